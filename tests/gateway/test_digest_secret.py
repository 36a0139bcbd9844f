"""Who may make a secret for digests, over the control API and by command, and is it shown once and told to nobody?"""

import asyncio
import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from conftest import in_a_thread, migrate
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PROVIDER_AGENCY,
    READER,
    SYSTEM,
    GatewayProcess,
    settle_province,
)
from nursery import run_command

from catalog import systems
from catalog.descriptions import SystemDescription
from catalog.policy import read_policy
from catalog.staff import StaffMember, add_member
from gateway.clients import TokenClient
from gateway.db import Database
from security.errors import ClientRefused
from security.keys import load_keys
from security.sealing import SealedSecret, SecretSealer
from security.staff import Role, new_token
from security.usernametoken import DigestVerifier, UsernameToken

pytestmark = pytest.mark.xdist_group("digest-secret")

MODERN = "he-thong-moi"
NOW = datetime.now(UTC)
MEMBERS = {
    "quan-tri": (Role.PLATFORM_ADMIN, PROVIDER_AGENCY),
    "can-bo": (Role.AGENCY_OFFICER, CONSUMER_AGENCY),
    "chu-quan": (Role.DATA_OWNER, PROVIDER_AGENCY),
    "kiem-toan": (Role.AUDITOR, PROVIDER_AGENCY),
}


@dataclass
class Office:
    """A running gateway and the tokens of those who work on it."""

    gateway: GatewayProcess
    tokens: dict[str, str]

    def post(self, member: str, system: str = SYSTEM, **asked: object) -> httpx2.Response:
        url = f"{self.gateway.url}/api/v1/systems/{system}/digest-secret"
        headers = {"authorization": f"Bearer {self.tokens[member]}"}
        return httpx2.post(url, json=asked, headers=headers, timeout=10, verify=NO_TLS)

    def show(self, system: str = SYSTEM) -> str:
        headers = {"authorization": f"Bearer {self.tokens['quan-tri']}"}
        url = f"{self.gateway.url}/api/v1/systems/{system}"
        return httpx2.get(url, headers=headers, timeout=10, verify=NO_TLS).text

    def command(self, *words: str) -> tuple[int, str]:
        settings = {
            "LIENTHONG_DATABASE_URL": self.gateway.database_url,
            "LIENTHONG_KEYS_DIR": str(self.gateway.directory / "keys"),
            "LIENTHONG_VAR_DIR": str(self.gateway.directory / "var-command"),
            "LIENTHONG_DISK_RESERVE_BYTES": "1048576",
        }
        return run_command(["systems", *words], settings=settings, directory=self.gateway.directory)


async def settle(url: str, digests: dict[str, str]) -> None:
    await settle_province(url, "http://127.0.0.1:9")
    database = Database.open(url)
    async with database.transaction() as session:
        described = SystemDescription(code=MODERN, agency=CONSUMER_AGENCY, name_vi="Mới")
        await systems.add_system(session, described, by=READER)
        for code, (role, agency) in MEMBERS.items():
            member = StaffMember(code, code, role, agency, has_access=True)
            await add_member(session, member, token_hash=digests[code], by=READER)
    await database.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One gateway for all: the store of secrets is tested on both engines in test_proofs.py."""
    directory: Path = tmp_path_factory.mktemp("digest-secret")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    tokens = {code: new_token() for code in MEMBERS}
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle(url, {code: made.digest for code, made in tokens.items()})))
    process = GatewayProcess(directory, url)
    process.start()
    yield Office(process, {code: made.clear for code, made in tokens.items()})
    process.stop()


async def is_good(office: Office, secret: str) -> bool:
    """Tell whether a digest of the secret proves the system, by what the catalogue holds and the gateway's keys."""
    database = Database.open(office.gateway.database_url)
    async with database.reading() as session:
        facts = (await read_policy(session)).systems[SYSTEM]
    await database.close()
    sealed = tuple(SealedSecret(key.id, key.sealed) for key in facts.keys if key.sealed)
    client = TokenClient(facts.code, facts.agency, facts.active, facts.legacy, (), (), sealed)
    nonce, created = os.urandom(16), NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + secret.encode()).digest()).decode()
    token = UsernameToken(SYSTEM, digest=digest, nonce=base64.b64encode(nonce).decode(), created=created)
    verifier = DigestVerifier(SecretSealer(load_keys(office.gateway.directory / "keys").sealing))
    try:
        return verifier.verify(token, client, now=NOW).key_thumbprint in {key.id for key in facts.keys}
    except ClientRefused:
        return False


async def test_the_administrator_gets_a_secret_that_works_and_is_shown_once(office: Office) -> None:
    made = office.post("quan-tri").json()

    assert (made["username"], len(made["password"]), made["change"]["noun"]) == (SYSTEM, 43, "system")
    assert await is_good(office, made["password"])
    assert made["key_id"] in office.show()
    assert made["password"] not in office.show() + office.gateway.log()


@pytest.mark.parametrize("member", ["can-bo", "chu-quan", "kiem-toan"])
def test_nobody_else_makes_one(office: Office, member: str) -> None:
    before = office.show()
    answer = office.post(member)

    assert answer.status_code in (403, 404), answer.text
    assert office.show() == before


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"old_for_hours": -1}, "content-invalid"),
        ({"old_for_hours": 721}, "content-invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "content-invalid"),
        ({"expires_at": "2099-01-01T00:00:00"}, "content-invalid"),
        ({"expires_at": "mai"}, "content-invalid"),
        ({"secret": "của tôi"}, "content-invalid"),
    ],
)
def test_what_is_asked_wrongly_is_refused(office: Office, asked: dict[str, object], problem: str) -> None:
    assert office.post("quan-tri", **asked).json()["type"].endswith(problem)


def test_a_system_that_is_not_legacy_gets_none(office: Office) -> None:
    answer = office.post("quan-tri", MODERN)

    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (409, "state-forbids")


async def test_a_new_one_ends_the_old_one_and_a_revoked_one_ends(office: Office) -> None:
    old, new = office.post("quan-tri").json(), office.post("quan-tri").json()
    goods = [await is_good(office, made["password"]) for made in (old, new)]
    office.command("revoke-key", SYSTEM, new["key_id"], "--by", "quan-tri")

    assert (goods, await is_good(office, new["password"])) == ([False, True], False)


async def test_a_secret_is_made_by_command_too(office: Office) -> None:
    words = ("rotate-digest-secret", SYSTEM, "--by", "quan-tri", "--expires-at", "2099-01-01T00:00:00Z")
    code, printed = office.command(*words)

    assert code == 0, printed
    assert await is_good(office, printed.split()[-1])
    assert "2099-01-01" in office.show()


def test_a_command_that_cannot_be_carried_out_says_why(office: Office) -> None:
    code, printed = office.command("rotate-digest-secret", MODERN, "--by", "quan-tri")

    assert (code, "not legacy" in printed) == (1, True)


async def test_the_database_holds_no_secret_that_can_be_read(office: Office) -> None:
    made = office.post("quan-tri").json()
    database = Database.open(office.gateway.database_url)
    async with database.reading() as session:
        rows = await (await session.connection()).exec_driver_sql(
            "SELECT sealed FROM client_keys WHERE kind = 'digest'"
        )
        sealed = [bytes(row[0]) for row in rows]
    await database.close()

    assert sealed
    assert [one for one in sealed if made["password"].encode() in one] == []
