"""How do marked values go through all that staff, citizens and commands do with the record of a running gateway?

Searches, the list of watched people and the alerts that it makes, incidents, requests to open sealed values, the
citizen's own view, holds, exports, the archive: over pages and addresses, with a worker that is a process of its own.
Each flow says whether its answer was what it should be, so that none passes by breaking off.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import msgspec
from archived import id_at
from citizens import CLAIM, COMPLAINTS, PORTAL_CLIENT
from conftest import in_a_thread
from gateways import AGREEMENT, CONSUMER_AGENCY, NO_TLS, PROVIDER_AGENCY, SYSTEM, GatewayProcess
from logged import soon
from nursery import Child, nursery, plain_environment, run_command
from providers.single_sign_on import CLIENT_ID, CLIENT_SECRET, SingleSignOnServer
from recorded import entry, keys
from visitors import Clerk, Office, settle_clerks

from catalog import accounts
from gateway.db import Database
from security.audit.log import unproven_since
from security.audit.privacy import read_recovery_public_key
from security.audit.record import Kind, Whom, Why
from security.audit.stores import record_store
from security.audit.writer import RecordWriter
from security.staff import Role

FIRST, SECOND, ADMIN, OFFICER = "thanh-tra", "thanh-tra-hai", "quan-tri", "dau-moi"
LONG_AGO = datetime.now(UTC) - timedelta(days=500)
"""Of a month that may go: the term of a year is over."""


@dataclass
class Bureau:
    """Everybody around a gateway. `went` says of each flow whether its answer was right; `handed` is what was taken.

    `handed` holds no answer that shows a person what he has just typed or who he is himself: that is its purpose.
    """

    gateway: GatewayProcess
    issuer: SingleSignOnServer
    office: Office
    marks: Mapping[str, str]
    long_ago: str
    workers: list[Child] = field(default_factory=list)
    went: dict[str, bool] = field(default_factory=dict)
    handed: list[bytes] = field(default_factory=list)

    @property
    def directory(self) -> Path:
        """Where all of it lies."""
        return self.gateway.directory

    @property
    def identity(self) -> str:
        """The number of whom all this is about."""
        return self.marks["identity"]

    def start_worker(self) -> None:
        """Start a worker, or one more: each tells its news when it starts, and then not for a while."""
        own = {"LIENTHONG_NODE": f"worker-{len(self.workers)}"}
        environment = plain_environment(self.gateway.settings | own)
        log = self.directory / f"worker-{len(self.workers)}.log"
        self.workers.append(nursery().start(["worker"], environment=environment, directory=self.directory, output=log))

    def command(self, *words: str) -> str:
        """Return what a command of the operator's prints. Raises AssertionError when it fails."""
        code, printed = run_command(words, settings=self.gateway.settings, directory=self.directory)
        assert code == 0, printed
        return printed

    def flow(self, name: str, right: object) -> None:
        """Say that a flow was gone through, and whether its answer was what it should be."""
        assert name not in self.went
        self.went[name] = bool(right)

    def api(self, code: str, method: str, path: str, **content: object) -> httpx2.Response:
        """Ask over the control API as a member of the staff."""
        headers = {"authorization": f"Bearer {self.office.clerks[code].token}"}
        with httpx2.Client(base_url=self.gateway.url, verify=NO_TLS, timeout=30) as client:
            return client.request(method, path, headers=headers, **content)  # type: ignore[arg-type]  # json=…

    def await_log(self) -> None:
        """Return when all that was recorded is in the signed log, and listed."""

        async def waiting() -> int | None:
            database = Database.open(self.gateway.database_url)
            async with database.reading() as session:
                found = await unproven_since(await session.connection())
            await database.close()
            return found

        soon(lambda: in_a_thread(lambda: asyncio.run(waiting())), lambda found: found is None)


def more_settings(directory: Path, issuer: SingleSignOnServer) -> dict[str, str]:
    """Return the settings by which a gateway has citizens, letters, an archive and a SIEM."""
    secret = directory / "citizen-secret"
    secret.write_text(CLIENT_SECRET)
    return {
        "LIENTHONG_CITIZEN_ISSUER": issuer.url,
        "LIENTHONG_CITIZEN_CLAIM": CLAIM,
        "LIENTHONG_CITIZEN_CLIENT_ID": CLIENT_ID,
        "LIENTHONG_CITIZEN_CLIENT_SECRET_FILE": str(secret),
        "LIENTHONG_CITIZEN_PORTALS": f"{SYSTEM}={PORTAL_CLIENT}",
        "LIENTHONG_CITIZEN_COMPLAINTS": COMPLAINTS,
        "LIENTHONG_ARCHIVE_DIR": str(directory / "archive"),
        "LIENTHONG_SIEM_FILE": str(directory / "siem.jsonl"),
        "LIENTHONG_MAIL_DIR": str(directory / "letters"),
        "LIENTHONG_MAIL_SENDER": "lien-thong@thu.example",
    }


@contextmanager
def open_bureau(
    directory: Path, url: str, marks: Mapping[str, str], *, redis_url: str, environment: Mapping[str, str]
) -> Iterator[Bureau]:
    """Yield a gateway of a settled province with a worker, staff, and a call of long ago; in the end all is stopped."""
    issuer = SingleSignOnServer()
    clerks = [
        Clerk(FIRST, Role.AUDITOR, CONSUMER_AGENCY),
        Clerk(SECOND, Role.AUDITOR, PROVIDER_AGENCY),
        Clerk(ADMIN, Role.PLATFORM_ADMIN, PROVIDER_AGENCY),
        Clerk(OFFICER, Role.AGENCY_OFFICER, CONSUMER_AGENCY),
    ]
    long_ago = in_a_thread(lambda: asyncio.run(_settle(url, directory, clerks, marks)))
    settings = more_settings(directory, issuer) | dict(environment)
    gateway = GatewayProcess(directory, url, redis_url=redis_url, environment=settings)
    gateway.start()
    bureau = Bureau(gateway, issuer, Office(gateway, {one.code: one for one in clerks}), marks, long_ago)
    bureau.start_worker()
    try:
        yield bureau
    finally:
        for worker in bureau.workers:
            worker.terminate()
        gateway.stop()
        for worker in bureau.workers:
            worker.wait(timeout=40)
        issuer.close()


async def _settle(url: str, directory: Path, clerks: list[Clerk], marks: Mapping[str, str]) -> str:
    """Give the staff accounts and addresses, and record a call of long ago; return its id."""
    await settle_clerks(url, directory / "keys", clerks)
    database = Database.open(url)
    async with database.transaction() as session:
        for one in clerks:
            await accounts.set_identity(session, one.code, email=f"{one.code}@thu.example", issuer="", subject="")
    await database.close()
    pseudonyms, _ = keys(directory / "keys")
    writer = RecordWriter(
        record_store(url, reserve_bytes=0),
        node="node-long-ago",
        pseudonyms=pseudonyms,
        recovery_key=read_recovery_public_key(directory / "keys" / "recovery.pub"),
        clock=lambda: LONG_AGO,
    )
    await writer.start()
    exchange_id = id_at(LONG_AGO)
    asked = {
        "whom": Whom((marks["identity"], marks["old card"])),
        "why": Why(agreement=AGREEMENT, purpose="xac-minh", case_file=marks["case file"]),
    }
    for one in (entry(Kind.INTENT, exchange_id, **asked), entry(Kind.OUTCOME, exchange_id, whom=None)):
        await writer.append(msgspec.structs.replace(one, at=LONG_AGO))
    await writer.close()
    return exchange_id
