"""Does a legacy system prove itself by Basic and by UsernameToken, once per nonce over all nodes, on both engines?"""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalog_samples import CONSUMER, OWNER

from catalog import agencies, systems
from catalog.changes import Actor
from catalog.descriptions import AgencyDescription, SystemDescription
from catalog.states import Side
from gateway.db import Database
from gateway.errors import RequestInvalid
from gateway.node import Node, open_node
from gateway.proofs import Prover
from gateway.settings import Settings
from gateway.states import Proven
from security.assertions import secret_thumbprint
from security.errors import AssertionReplayed, ClientRefused, RecordUnavailable
from security.keys import ensure_keys
from security.sealing import SecretSealer
from security.usernametoken import UsernameToken

LEGACY, MODERN, STOPPED = "he-thong-cu", "he-thong-moi", "he-thong-dung"
SECRET, DIGEST_SECRET = "bi-mat-thuong", "bi-mat-wsse"
HASH = hashlib.sha256(SECRET.encode()).hexdigest()
NOW = datetime.now(UTC)
BY = Actor("quan-tri", NOW)


def basic(client: str = LEGACY, secret: str = SECRET) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


def text_token(client: str = LEGACY, password: str = SECRET) -> UsernameToken:
    return UsernameToken(client, password=password)


def digest_token(
    client: str = LEGACY, secret: str = DIGEST_SECRET, *, nonce: bytes = b"", at: datetime = NOW
) -> UsernameToken:
    nonce, created = nonce or secrets.token_bytes(16), at.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(nonce + created.encode() + secret.encode()).digest()
    return UsernameToken(
        client, digest=base64.b64encode(digest).decode(), nonce=base64.b64encode(nonce).decode(), created=created
    )


@dataclass
class Nodes:
    """Two nodes on one database."""

    first: Node
    second: Node
    database: Database

    @property
    def prover(self) -> Prover:
        return self.first.prover

    async def refresh(self) -> None:
        for node in (self.first, self.second):
            await node.policy.refresh()


async def fill(database: Database, sealer: SecretSealer) -> None:
    async with database.transaction() as session:
        await agencies.add_agency(session, AgencyDescription(code=CONSUMER, name_vi="Sở"), by=BY)
        for code, legacy in ((LEGACY, True), (STOPPED, True), (MODERN, False)):
            described = SystemDescription(code=code, agency=CONSUMER, name_vi="Hệ thống", legacy=legacy)
            await systems.add_system(session, described, by=BY)
            if legacy:
                await systems.replace_secret(session, code, key_id=f"s-{code}", secret_hash=HASH, by=BY)
                sealed = sealer.seal(DIGEST_SECRET, system=code, key_id=f"d-{code}").sealed
                await systems.replace_digest_secret(session, code, key_id=f"d-{code}", sealed=sealed, by=BY)
        await systems.suspend_system(session, STOPPED, side=Side.PLATFORM, by=BY)


@pytest.fixture
async def nodes(migrated_url: str, tmp_path: Path) -> AsyncIterator[Nodes]:
    sealer = SecretSealer(ensure_keys(tmp_path / "keys").sealing)
    database = Database.open(migrated_url)
    await fill(database, sealer)
    one, other = (
        Settings(database_url=migrated_url, node=name, var_dir=tmp_path / name, keys_dir=tmp_path / "keys")
        for name in ("a", "b")
    )
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(open_node(one))
        # One gateway alone may have an embedded database: there the second node is the first.
        alone = migrated_url.startswith("sqlite")
        yield Nodes(first, first if alone else await running.enter_async_context(open_node(other)), database)
    await database.close()


async def test_a_legacy_system_proves_itself_by_basic(nodes: Nodes) -> None:
    expected = Proven(client_id=LEGACY, key_thumbprint=secret_thumbprint(HASH), method="client_secret_basic")

    assert await nodes.prover.prove(basic(), now=NOW) == expected


async def test_a_legacy_system_proves_itself_by_a_password(nodes: Nodes) -> None:
    expected = Proven(client_id=LEGACY, key_thumbprint=secret_thumbprint(HASH), method="wsse-password-text")

    assert await nodes.prover.prove({}, text_token(), now=NOW) == expected


async def test_a_legacy_system_proves_itself_by_a_digest(nodes: Nodes) -> None:
    expected = Proven(client_id=LEGACY, key_thumbprint=f"d-{LEGACY}", method="wsse-password-digest")

    assert await nodes.prover.prove({}, digest_token(), now=NOW) == expected


async def test_what_a_proof_names_is_what_the_policy_knows(nodes: Nodes) -> None:
    proofs = [
        await nodes.prover.prove(basic(), now=NOW),
        await nodes.prover.prove({}, digest_token(), now=NOW),
    ]

    known = nodes.first.policy.current.systems[LEGACY].proofs
    assert [proof is not None and proof.key_thumbprint in known for proof in proofs] == [True, True]


async def test_a_call_without_a_secret_is_left_to_its_token(nodes: Nodes) -> None:
    for headers in ({}, {"authorization": "Bearer abc"}, {"authorization": ""}):
        assert await nodes.prover.prove(headers, now=NOW) is None


REFUSED_BASIC = {
    "an unknown client": basic("khong-co"),
    "a wrong secret": basic(secret="sai"),
    "no secret": basic(secret=""),
    "a secret for digests": basic(secret=DIGEST_SECRET),
    "the hash of the secret": basic(secret=HASH),
    "a system that is not legacy": basic(MODERN),
    "a suspended system": basic(STOPPED),
    "a colon in the client id": basic(f"{LEGACY}:x"),
    "another case": basic(LEGACY.upper()),
    "blanks around": basic(f" {LEGACY} "),
    "a zero byte": basic(f"{LEGACY}\x00"),
    "no colon": {"authorization": "Basic " + base64.b64encode(LEGACY.encode()).decode()},
    "not UTF-8": {"authorization": "Basic " + base64.b64encode(b"he-thong-cu:\xff\xfe").decode()},
    "not Base64": {"authorization": "Basic he-thong-cu:bi-mat"},
    "URL-safe Base64": {"authorization": "Basic " + base64.urlsafe_b64encode(b"\xfb\xef\xbe:x").decode()},
    "two credentials": {"authorization": basic()["authorization"] + ", " + basic()["authorization"]},
    "Basic alone": {"authorization": "Basic"},
    "a token as Basic": {"authorization": "Basic eyJhbGciOiJFUzI1NiJ9.e30.c2ln"},
    "a thousand signs": {"authorization": "Basic " + "A" * 1028},
}


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_basic_that_proves_nothing_is_refused(nodes: Nodes) -> None:
    accepted = [case for case, headers in REFUSED_BASIC.items() if not await is_refused(nodes, headers, None)]

    assert accepted == []


async def is_refused(nodes: Nodes, headers: Mapping[str, str], token: UsernameToken | None) -> bool:
    try:
        await nodes.prover.prove(headers, token, now=NOW)
    except ClientRefused:
        return True
    return False


REFUSED_TOKENS = {
    "an unknown client": text_token("khong-co"),
    "a wrong password": text_token(password="sai"),
    "no password": text_token(password=""),
    "the secret for digests as a password": text_token(password=DIGEST_SECRET),
    "a system that is not legacy": text_token(MODERN),
    "a suspended system": text_token(STOPPED),
    "a digest of the ordinary secret": digest_token(secret=SECRET),
    "a digest of the secret's hash": digest_token(secret=HASH),
    "a digest by an unknown client": digest_token("khong-co"),
    "a digest by a system that is not legacy": digest_token(MODERN),
    "a digest by a suspended system": digest_token(STOPPED),
    "an old digest": digest_token(at=NOW - timedelta(minutes=6)),
    "a digest from the future": digest_token(at=NOW + timedelta(minutes=2)),
    "a digest and a password": replace(digest_token(), password=SECRET),
}


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_a_token_that_proves_nothing_is_refused(nodes: Nodes) -> None:
    accepted = [case for case, token in REFUSED_TOKENS.items() if not await is_refused(nodes, {}, token)]

    assert accepted == []


async def test_two_proofs_in_one_call_are_refused(nodes: Nodes) -> None:
    for headers in (basic(), {"authorization": "Bearer abc"}):
        with pytest.raises(RequestInvalid):
            await nodes.prover.prove(headers, text_token(), now=NOW)


async def test_of_fifty_uses_of_one_digest_over_two_nodes_one_counts(nodes: Nodes) -> None:
    token = digest_token()
    provers = [node.prover for node in (nodes.first, nodes.second)]
    uses = [provers[number % 2].prove({}, token, now=NOW) for number in range(50)]
    results = await asyncio.gather(*uses, return_exceptions=True)

    assert [isinstance(result, AssertionReplayed) for result in results].count(True) == 49
    assert [isinstance(result, Proven) for result in results].count(True) == 1


async def test_one_nonce_is_used_once_whatever_time_is_signed_with_it(nodes: Nodes) -> None:
    nonce = secrets.token_bytes(16)
    await nodes.prover.prove({}, digest_token(nonce=nonce), now=NOW)

    with pytest.raises(AssertionReplayed):
        await nodes.second.prover.prove({}, digest_token(nonce=nonce, at=NOW - timedelta(minutes=1)), now=NOW)


async def test_a_wrong_digest_does_not_use_a_nonce_up(nodes: Nodes) -> None:
    nonce = secrets.token_bytes(16)
    with pytest.raises(ClientRefused):
        await nodes.prover.prove({}, digest_token(secret="sai", nonce=nonce), now=NOW)

    assert await nodes.prover.prove({}, digest_token(nonce=nonce), now=NOW) is not None


async def test_a_nonce_is_remembered_as_long_as_its_token_could_be_accepted(nodes: Nodes) -> None:
    await nodes.prover.prove({}, digest_token(), now=NOW)

    gone = [await nodes.first.replays.purge(NOW + timedelta(minutes=minutes)) for minutes in (6, 11)]
    assert gone == [0, 1]


async def test_a_new_secret_for_digests_ends_the_old_one(nodes: Nodes) -> None:
    sealed = SecretSealer(nodes.first.keys.sealing).seal("moi", system=LEGACY, key_id="d2").sealed
    async with nodes.database.transaction() as session:
        await systems.replace_digest_secret(session, LEGACY, key_id="d2", sealed=sealed, by=BY)
    await nodes.refresh()

    assert await nodes.prover.prove({}, digest_token(secret="moi"), now=NOW) is not None
    with pytest.raises(ClientRefused):
        await nodes.prover.prove({}, digest_token(), now=NOW)


async def test_an_old_secret_for_digests_holds_as_long_as_was_said(nodes: Nodes) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    sealed = SecretSealer(nodes.first.keys.sealing).seal("moi", system=LEGACY, key_id="d2").sealed
    async with nodes.database.transaction() as session:
        await systems.replace_digest_secret(session, LEGACY, key_id="d2", sealed=sealed, by=BY, old_until=until)
    await nodes.refresh()

    proof = await nodes.prover.prove({}, digest_token(), now=NOW)
    assert proof is not None
    assert nodes.first.policy.current.systems[LEGACY].proofs[proof.key_thumbprint] == until


@pytest.mark.parametrize("key_id", [f"d-{LEGACY}", f"s-{LEGACY}"])
async def test_a_revoked_secret_proves_nothing_and_leaves_the_other(nodes: Nodes, key_id: str) -> None:
    async with nodes.database.transaction() as session:
        await systems.revoke_key(session, LEGACY, key_id, by=BY)
    await nodes.refresh()
    proofs = (nodes.prover.prove(basic(), now=NOW), nodes.prover.prove({}, digest_token(), now=NOW))
    ends = await asyncio.gather(*proofs, return_exceptions=True)

    assert [isinstance(end, Proven) for end in ends] == [key_id.startswith("d-"), key_id.startswith("s-")]


async def test_a_secret_moved_to_another_system_proves_nothing(nodes: Nodes) -> None:
    moved = SecretSealer(nodes.first.keys.sealing).seal(DIGEST_SECRET, system=OWNER, key_id="d2").sealed
    async with nodes.database.transaction() as session:
        await systems.replace_digest_secret(session, LEGACY, key_id="d2", sealed=moved, by=BY)
    await nodes.refresh()

    with pytest.raises(ClientRefused):
        await nodes.prover.prove({}, digest_token(), now=NOW)


async def test_a_digest_whose_nonce_cannot_be_looked_up_is_not_accepted(nodes: Nodes) -> None:
    async with nodes.database.transaction() as session:
        await (await session.connection()).exec_driver_sql("DROP TABLE assertion_jti")

    with pytest.raises(RecordUnavailable):
        await nodes.prover.prove({}, digest_token(), now=NOW)
