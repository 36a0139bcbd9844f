"""How do policy and pages bear a hundred thousand agreements, five thousand services and ten million records?

    python -m bench.agreements sqlite:////tmp/many.db
    python -m bench.agreements postgresql://…/many

Fills an empty, migrated database, then reads and compiles the policy whole and after one change, starts a gateway on
it and asks for pages of the console. Prints Markdown for docs/performance.md, and what the process weighs.
"""

import argparse
import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import msgspec
from sqlalchemy import insert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.recorded import fill_recorded
from catalog import agencies, agreements, databases, providers, purposes, services, systems
from catalog.canonical import canonical_document, digest
from catalog.changes import Actor
from catalog.console_sessions import ConsoleSession, open_session
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
    SystemDescription,
)
from catalog.folding import fold
from catalog.policy import announce_change
from catalog.staff import StaffMember, add_member
from catalog.states import AgreementState, Side
from catalog.tables import (
    AgreementEventRow,
    AgreementRow,
    AgreementVersionRow,
    OperationRow,
    ServiceRow,
    ServiceVersionRow,
)
from catalog.terms import AgreementTerms, GrantTerms, LegalBasis, Rate
from gateway import migrations
from gateway.db import Database
from gateway.node import open_node
from gateway.settings import Settings
from security.sessions import Method, Stage, new_cookie
from security.staff import Role, new_token

NOW = datetime.now(UTC)
BY = Actor("nguoi-lap", NOW)
DATABASES, AGENCIES, FIELDS, CHUNK = 25, 400, 12, 2_000
PORT = 18_777
_A = AgreementState
STATES = (*[_A.ACTIVE] * 16, _A.SUBMITTED, _A.DRAFT, _A.ENDED, _A.EXPIRED)
PAGES = (
    "/console/agreements",
    "/console/agreements?page=1000",
    "/console/agreements?q=datasothu+17",
    "/console/agreements?q=khong+co+chu+nay",
    "/console/agreements?state=submitted&sort=until",
    "/console/agreements?expiring=1&sort=until",
    "/console/agreements?agency=000.00.17.H32&sort=-until",
    "/console/agreements?database=db7&sort=consumer",
    "/console/agreements?waiting=1",
    "/console/agreements/TT-50000",
    "/console/agreements/TT-50000/compare",
    "/console/agreements/TT-50000/print",
    "/console/agreements/TT-50000/unused",
    "/console/agreements/TT-50000/upgrade",
    "/console/agreements/new?database=db7",
    "/catalogue",
    "/catalogue?q=dich+vu+17&kind=services",
    "/catalogue/db7",
    "/catalogue/db7/dv7/v1",
    "/console",
    "/console/databases",
    "/console/databases/db7",
    "/console/providers",
    "/console/publishing",
    "/console/agencies",
    "/console/systems",
    "/console/staff",
    "/console/quality",
    "/console/reports",
    "/console/reports?period=year",
    "/console/notifications",
    "/console/platform",
)
# The administrator does not read the record: an auditor does.
PAGES_OF_AUDITORS = (
    "/console/record",
    "/console/record?agency=000.00.17.H32",
    "/console/record?agreement=TT-17",
    "/console/record?reason=quota-exceeded",
)


def agency(number: int) -> str:
    """Return the code of an agency."""
    return f"000.{number // 100:02}.{number % 100:02}.H32"


def service(number: int) -> ServiceDescription:
    """Return one of the many services, with one operation."""
    fields = tuple(
        FieldDescription(
            path=f"items[].Truong{n}",
            type=FieldType.STRING,
            class_=FieldClass.SENSITIVE if n == FIELDS - 1 else FieldClass.INTERNAL,
            title_vi=f"Trường {n}",
        )
        for n in range(FIELDS)
    )
    return ServiceDescription(
        database=f"db{number % DATABASES}",
        code=f"dv{number}",
        version=1,
        title_vi=f"Dịch vụ {number}",
        provider=f"p{number % DATABASES}",
        operations=(
            OperationDescription(
                code="tra-cuu", method="GET", path="/tra-cuu", title_vi="Tra cứu", rows="items[]", fields=fields,
                binding=msgspec.Raw(b'{"method":"GET","path":"/tra-cuu"}'),
            ),
        ),
    )  # fmt: skip


def terms(number: int, services: int) -> AgreementTerms:
    """Return the terms of one of the many agreements: two operations, each with most of the fields."""
    first = number % services
    about = [service(first)]
    about.append(service((first + DATABASES) % services))
    consumer = number % AGENCIES
    return AgreementTerms(
        code=f"TT-{number}",
        database=about[0].database,
        provider_agency=agency(first % DATABASES),
        consumer_agency=agency(consumer),
        systems=(f"ht{consumer}",),
        purposes=("giai-quyet-tthc",),
        legal_basis=(LegalBasis(document="278/2025/NĐ-CP", article="Điều 13"),),
        valid_from=date(2026, 1, 1),
        valid_until=NOW.date() + timedelta(days=number % 900 + 1),
        review_on=date(2026, 6, 1),
        grants=tuple(
            GrantTerms(
                service=one.code,
                version=1,
                operation="tra-cuu",
                fields=tuple(leaf.path for leaf in one.operations[0].fields[: FIELDS - 2]),
                rows="all",
                rate=Rate(requests=10, per_seconds=1, burst=20),
                daily_quota=1000,
                hours="always",
                networks=("10.0.0.0/8",),
            )
            for one in about
        ),
    )


async def fill(database: Database, *, many: int, services: int) -> None:
    """Fill an empty database: agencies and systems by the usual functions, services and agreements by the thousand."""
    async with database.transaction() as session:
        await purposes.add_purpose(session, PurposeDescription(code="giai-quyet-tthc", title_vi="Giải quyết TTHC"))
        for number in range(AGENCIES):
            name = AgencyDescription(code=agency(number), name_vi=f"Đơn vị số thứ {number}")
            await agencies.add_agency(session, name, by=BY)
            system = SystemDescription(code=f"ht{number}", agency=agency(number), name_vi=f"Hệ thống {number}")
            await systems.add_system(session, system, by=BY)
        for number in range(DATABASES):
            shelf = DatabaseDescription(
                code=f"db{number}", title_vi=f"Cơ sở dữ liệu {number}", title_en="",
                owner=agency(number), domain_vi="Lĩnh vực"
            )  # fmt: skip
            await databases.add_database(session, shelf, by=BY)
            provider = ProviderDescription(
                code=f"p{number}", agency=agency(number), adapter="rest", endpoint="http://127.0.0.1:9",
                options=msgspec.Raw(b'{"auth":"none"}'),
            )  # fmt: skip
            await providers.add_provider(session, provider, by=BY)
    for rows in in_chunks(range(services)):
        described = [service(number) for number in rows]
        await write(database, ServiceRow, [
            {"database": one.database, "code": one.code, "folded": fold(one.title_vi), "created_at": NOW}
            for one in described
        ])  # fmt: skip
        await write(database, ServiceVersionRow, [version_row(one) for one in described])
        await write(database, OperationRow, [
            {"database": one.database, "service": one.code, "version": 1, "code": "tra-cuu", "method": "GET",
             "path": "/tra-cuu", "title_vi": "Tra cứu", "safe": True, "parameters": b"[]"}
            for one in described
        ])  # fmt: skip
    for numbers in in_chunks(range(many)):
        said = [(number, terms(number, services), STATES[number % len(STATES)]) for number in numbers]
        await write(database, AgreementRow, [agreement_row(number, one, state) for number, one, state in said])
        await write(database, AgreementVersionRow, [agreement_version_row(one, state) for _, one, state in said])
        await write(database, AgreementEventRow, [
            {"agreement": one.code, "number": 1, "version": 1, "step": "draft", "side": "", "note": "",
             "done_by": BY.code, "done_at": NOW}
            for _, one, _ in said
        ])  # fmt: skip
    async with database.transaction() as session:
        await announce_change(session)


def in_chunks(numbers: range) -> Iterator[range]:
    """Yield the numbers some thousand at a time."""
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]


async def write(database: Database, table: type[SQLModel], rows: Sequence[dict[str, object]]) -> None:
    """Insert rows."""
    async with database.transaction() as session:
        await (await session.connection()).execute(insert(table), list(rows))


def version_row(one: ServiceDescription) -> dict[str, object]:
    """Return a published version of a service."""
    content = canonical_document(one)
    return {
        "database": one.database, "service": one.code, "version": 1, "provider": one.provider, "state": "published",
        "specified": True, "description": content, "digest": digest(content), "published_at": NOW,
    }  # fmt: skip


def agreement_row(number: int, one: AgreementTerms, state: AgreementState) -> dict[str, object]:
    """Return an agreement, changed at a moment of its own."""
    asked = state in (AgreementState.SUBMITTED, AgreementState.DRAFT)
    return {
        "code": one.code, "database": one.database, "provider_agency": one.provider_agency,
        "consumer_agency": one.consumer_agency, "created_at": NOW, "version": 1, "state": str(state),
        "open_state": str(state) if asked else "", "valid_until": one.valid_until,
        "changed_at": NOW - timedelta(seconds=number),
    }  # fmt: skip


def agreement_version_row(one: AgreementTerms, state: AgreementState) -> dict[str, object]:
    """Return the first version of an agreement."""
    content = canonical_document(one)
    return {
        "agreement": one.code, "version": 1, "terms": content, "digest": digest(content),
        "valid_until": one.valid_until, "state": str(state), "created_by": BY.code, "created_at": NOW,
        "decision_note": "", "legal_ground": "",
    }  # fmt: skip


async def measure_policy(settings: Settings) -> list[tuple[str, str, str]]:
    """Return how long a node needs to read and compile the policy whole, and after one change of several kinds."""
    measured: list[tuple[str, str, str]] = []
    began, spent = time.perf_counter(), time.process_time()
    async with open_node(settings) as node:
        clock, processor = said(time.perf_counter() - began), said(time.process_time() - spent)
        measured.append(("a node reads and compiles everything", clock, processor))
        measured.append(("memory of the node then", f"{resident_mib()} MiB", ""))
        for name, work in CHANGES.items():
            took, used = [], []
            for number in range(5):
                async with node.database.transaction() as session:
                    await work(session, number)
                began, spent = time.perf_counter(), time.process_time()
                await node.policy.refresh()
                took.append(time.perf_counter() - began)
                used.append(time.process_time() - spent)
            measured.append((f"after one change ({name}), worst of 5", said(max(took)), said(max(used))))
    return measured


async def suspend_one(session: AsyncSession, number: int) -> None:
    """Suspend an agreement in force."""
    await agreements.suspend(
        session, f"TT-{20 * (number + 5 * secrets.randbelow(900))}", side=Side.PROVIDER, reason="đo", by=BY
    )


async def suspend_system(session: AsyncSession, number: int) -> None:
    """Suspend a system."""
    await systems.suspend_system(session, f"ht{number + 5 * secrets.randbelow(80)}", side=Side.PLATFORM, by=BY)


async def revise_one(session: AsyncSession, number: int) -> None:
    """Say a service better."""
    one = service(number)
    await services.revise_service(session, msgspec.structs.replace(one, title_vi=f"{one.title_vi} (mới)"), by=BY)


CHANGES: Mapping[str, Callable[[AsyncSession, int], Awaitable[object]]] = {
    "an agreement suspended": suspend_one,
    "a system suspended": suspend_system,
    "a service described better": revise_one,
}


def measure_pages(settings: Settings, *, times: int = 5) -> list[tuple[str, str, str]]:
    """Return the median time of pages of the console, asked one after the other of a running gateway."""
    environment = {
        **os.environ,
        "LIENTHONG_DATABASE_URL": settings.database_url,
        "LIENTHONG_KEYS_DIR": str(settings.keys_dir),
        "LIENTHONG_PUBLIC_URL": settings.issuer,
        "LIENTHONG_PORT": str(PORT),
        "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
    }
    process = subprocess.Popen([sys.executable, "-m", "gateway", "run"], env=environment, stderr=subprocess.DEVNULL)
    try:
        cookie = asyncio.run(lay_down_session(settings))
        with httpx2.Client(base_url=settings.issuer, cookies={"lienthong": cookie}, timeout=60) as client:
            wait_until_ready(client)
            measured = [(f"`{path}`", *timed(client, path, times, process.pid)) for path in PAGES]
        cookie = asyncio.run(lay_down_session(settings, Role.AUDITOR))
        with httpx2.Client(base_url=settings.issuer, cookies={"lienthong": cookie}, timeout=60) as client:
            return measured + [(f"`{path}`", *timed(client, path, times, process.pid)) for path in PAGES_OF_AUDITORS]
    finally:
        process.terminate()
        process.wait()


def timed(client: httpx2.Client, path: str, times: int, pid: int) -> tuple[str, str]:
    """Return the median time of a page, and the mean processor time. Raises RuntimeError when it is not shown."""
    took = []
    for number in range(times + 1):
        if number == 1:
            spent = processor_seconds(pid)
        began = time.perf_counter()
        answer = client.get(path, headers={"accept": "text/html"})
        took.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return said(sorted(took[1:])[times // 2]), said((processor_seconds(pid) - spent) / times)


def processor_seconds(pid: int) -> float:
    """Return how long a process has been computing (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_ready(client: httpx2.Client) -> None:
    """Return when the gateway answers. Raises RuntimeError after ten minutes."""
    for _ in range(1200):
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.5)
    raise RuntimeError("the gateway did not start")


async def lay_down_session(settings: Settings, role: Role = Role.PLATFORM_ADMIN) -> str:
    """Give somebody an account and a session; return the cookie."""
    cookie, now = new_cookie(), datetime.now(UTC)
    database = Database.open(settings.database_url)
    async with database.transaction() as session:
        code = f"quan-tri-{secrets.token_hex(4)}"
        member = StaffMember(code, "Quản trị", role, agency(0), has_access=True)
        await add_member(session, member, token_hash=new_token().digest, by=BY)
        made = ConsoleSession(cookie.digest, member, Stage.COMPLETE, Method.TOTP, "127.0.0.1", now, now, now)
        await open_session(session, made)
    await database.close()
    return cookie.clear


def said(seconds: float) -> str:
    """Return a time as it stands in the table."""
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds * 1000:,.0f} ms"


def resident_mib() -> int:
    """Return what this process weighs."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def main() -> None:
    """Fill the database unless told not to, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("--agreements", type=int, default=100_000)
    parser.add_argument("--services", type=int, default=5_000)
    parser.add_argument("--exchanges", type=int, default=5_000_000, help="each has two records")
    parser.add_argument("--filled", action="store_true", help="the database was filled by an earlier run")
    parser.add_argument("--keys", type=Path, default=Path("var/bench-keys"))
    asked = parser.parse_args()
    settings = settings_for(asked.database_url, asked.keys)
    migrations.upgrade(asked.database_url)
    if not asked.filled:
        many = {"many": asked.agreements, "services": asked.services, "exchanges": asked.exchanges}
        asyncio.run(filled(asked.database_url, **many))
    print(report(settings))


def settings_for(database_url: str, keys: Path) -> Settings:
    """Return the settings of the node that is measured."""
    os.environ["LIENTHONG_EGRESS_NETWORKS"] = "127.0.0.0/8"
    return Settings.from_environment(
        {
            "LIENTHONG_DATABASE_URL": database_url,
            "LIENTHONG_KEYS_DIR": str(keys),
            "LIENTHONG_PUBLIC_URL": f"http://127.0.0.1:{PORT}",
            "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
        }
    )


def report(settings: Settings) -> str:
    """Measure, and return the table."""
    rows = [*measure_pages(settings), *asyncio.run(measure_policy(settings))]
    told = [f"| {name} | {clock} | {processor} |" for name, clock, processor in rows]
    return "\n".join(["| What | Clock | Processor |", "|---|---:|---:|", *told])


async def filled(database_url: str, *, many: int, services: int, exchanges: int) -> None:
    """Fill the database and let go of it."""
    database = Database.open(database_url)
    try:
        await fill(database, many=many, services=services)
        codes = [agency(number) for number in range(AGENCIES)]
        shape = {"many": exchanges, "services": services, "databases": DATABASES}
        await fill_recorded(database, **shape, agencies=codes, now=NOW)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
