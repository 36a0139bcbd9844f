"""Is what may be used once used once, on both engines? And which addresses and secrets are reached?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db import create_engine
from security.egress import Egress, compile_allow_list
from security.errors import AssertionReplayed, EgressRefused, SecretUnavailable, StoreUnavailable
from security.idempotency import Conflict, Fresh, IdempotentCalls, InProgress, OutcomeUnknown, Repeated
from security.replay import Replays
from security.secrets import SecretPlaces

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
async def engine(migrated_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def calls(engine: AsyncEngine) -> IdempotentCalls:
    return IdempotentCalls(engine, b"k" * 32)


async def begin(calls: IdempotentCalls, *, digest: str = "d", exchange: str = "x1", now: datetime = NOW) -> object:
    return await calls.begin("pakn", "key", request_digest=digest, exchange_id=exchange, now=now)


async def test_of_fifty_uses_of_an_assertion_over_two_nodes_one_counts(engine: AsyncEngine, migrated_url: str) -> None:
    other = create_engine(migrated_url)
    uses = [Replays((engine, other)[number % 2]).use("c", "j", expires_at=NOW) for number in range(50)]
    results = await asyncio.gather(*uses, return_exceptions=True)
    await other.dispose()

    assert sorted(str(type(result).__name__) for result in results) == ["AssertionReplayed"] * 49 + ["NoneType"]


async def test_two_clients_may_use_the_same_jti(engine: AsyncEngine) -> None:
    await Replays(engine).use("a", "j", expires_at=NOW)
    await Replays(engine).use("b", "j", expires_at=NOW)

    with pytest.raises(AssertionReplayed):
        await Replays(engine).use("b", "j", expires_at=NOW)


async def test_used_assertions_are_forgotten_only_when_they_could_not_be_accepted(engine: AsyncEngine) -> None:
    replays = Replays(engine)
    await replays.use("a", "j", expires_at=NOW)

    assert [await replays.purge(NOW + timedelta(minutes=4)), await replays.purge(NOW + timedelta(minutes=6))] == [0, 1]


async def test_without_tables_no_assertion_is_accepted(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'empty.db'}")

    with pytest.raises(StoreUnavailable):
        await Replays(engine).use("a", "j", expires_at=NOW)
    await engine.dispose()


async def test_a_new_call_is_fresh_and_then_in_progress(calls: IdempotentCalls) -> None:
    assert [await begin(calls), await begin(calls, exchange="x2")] == [Fresh(), InProgress()]


async def test_of_many_claims_at_once_one_is_fresh(calls: IdempotentCalls) -> None:
    claims = await asyncio.gather(*(begin(calls, exchange=f"x{number}") for number in range(20)))

    assert claims.count(Fresh()) == 1


async def test_a_finished_call_is_repeated_from_what_was_kept(calls: IdempotentCalls) -> None:
    await begin(calls)
    await calls.finish("pakn", "key", exchange_id="x1", response=b"answer")

    assert await begin(calls, exchange="x2") == Repeated(b"answer", "x1")


async def test_the_key_with_another_request_is_a_conflict(calls: IdempotentCalls) -> None:
    await begin(calls)

    assert await begin(calls, digest="other") == Conflict()


async def test_a_call_that_was_not_answered_stays_unknown(calls: IdempotentCalls) -> None:
    await begin(calls)
    await calls.leave_unknown("pakn", "key", exchange_id="x1")

    assert await begin(calls) == OutcomeUnknown("x1")


async def test_a_claim_left_by_a_dead_process_becomes_unknown(calls: IdempotentCalls) -> None:
    await begin(calls)

    assert await begin(calls, now=NOW + timedelta(minutes=3)) == OutcomeUnknown("x1")


async def test_a_withdrawn_claim_may_be_made_again(calls: IdempotentCalls) -> None:
    await begin(calls)
    await calls.withdraw("pakn", "key", exchange_id="x1")

    assert await begin(calls) == Fresh()


async def test_another_exchange_cannot_settle_a_claim(calls: IdempotentCalls) -> None:
    await begin(calls)
    await calls.finish("pakn", "key", exchange_id="x2", response=b"forged")

    assert await begin(calls) == InProgress()


async def test_after_a_day_a_key_is_new(calls: IdempotentCalls) -> None:
    await begin(calls)

    assert await begin(calls, now=NOW + timedelta(hours=25)) == Fresh()


async def test_a_kept_answer_moved_to_another_call_does_not_open(calls: IdempotentCalls, engine: AsyncEngine) -> None:
    await begin(calls)
    await calls.finish("pakn", "key", exchange_id="x1", response=b"answer")
    await calls.begin("pakn", "key2", request_digest="d", exchange_id="x2", now=NOW)
    await calls.finish("pakn", "key2", exchange_id="x2", response=b"another")
    async with engine.begin() as connection:
        kept = "(SELECT response FROM idempotency WHERE exchange_id = 'x2')"
        await connection.execute(text(f"UPDATE idempotency SET response = {kept} WHERE exchange_id = 'x1'"))

    with pytest.raises(StoreUnavailable):
        await begin(calls)


async def test_what_another_key_kept_is_not_recognised(calls: IdempotentCalls, engine: AsyncEngine) -> None:
    await begin(calls)
    await calls.finish("pakn", "key", exchange_id="x1", response=b"answer")

    assert await begin(IdempotentCalls(engine, b"x" * 32), exchange="x2") == Fresh()


async def test_kept_digests_do_not_confirm_a_guessed_request(calls: IdempotentCalls, engine: AsyncEngine) -> None:
    guess = sha256(b"056099000001").hexdigest()
    await calls.begin("pakn", "056099000001", request_digest=guess, exchange_id="x1", now=NOW)

    async with engine.connect() as connection:
        kept = (await connection.execute(text("SELECT key_digest, request_digest FROM idempotency"))).one()
    assert {*kept} & {
        guess,
        sha256(guess.encode()).hexdigest(),
        sha256(b"request\n" + guess.encode()).hexdigest(),
    } == set()


EGRESS = Egress(compile_allow_list(["127.0.0.0/8", "10.0.0.0/8", "::1/128", "169.254.0.0/16"], ["localhost"]))


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "::1", "[::1]", "::ffff:10.1.2.3"])
async def test_an_allowed_address_is_reached_as_itself(host: str) -> None:
    assert await EGRESS.resolve(host, 80) == [(host.strip("[]").removeprefix("::ffff:"), 80)]


async def test_an_allowed_name_is_reached_at_its_allowed_addresses() -> None:
    assert set(await EGRESS.resolve("LocalHost.", 80)) <= {("127.0.0.1", 80), ("::1", 80)}


@pytest.mark.parametrize(
    "host",
    [
        *("", "8.8.8.8", "192.168.1.1", "example.org", "evil.localhost", "localhost.evil", "169.254.169.254"),
        *("0x7f000001", "2130706433", "127.1", "0177.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"),
        *("fe80::1%lo", "fe80::1", "64:ff9b::7f00:1", "127.0.0.1.", "127.0.0.0x1", "a b"),
    ],
)
async def test_everything_else_is_not_reached(host: str) -> None:
    with pytest.raises(EgressRefused):
        await EGRESS.resolve(host, 80)


async def test_an_empty_allow_list_allows_nothing() -> None:
    with pytest.raises(EgressRefused):
        await Egress(compile_allow_list([], [])).resolve("127.0.0.1", 80)


async def test_a_name_whose_addresses_are_not_allowed_is_not_reached() -> None:
    with pytest.raises(EgressRefused):
        await Egress(compile_allow_list(["10.0.0.0/8"], ["localhost"])).resolve("localhost", 80)


LAND, HEALTH = "000.00.06.H32", "000.00.07.H32"


def test_a_secret_is_read_from_a_file_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / LAND).mkdir()
    (tmp_path / LAND / "s").write_text(" bí mật \n")

    assert SecretPlaces((tmp_path,), (), {}).resolve(f"file:{tmp_path / LAND / 's'}", agency=LAND) == " bí mật "


OURS = "LIENTHONG_SECRET_000_00_06_H32__KHO"


def test_a_secret_is_read_from_the_environment() -> None:
    assert SecretPlaces((), (), {OURS: "value"}).resolve(f"env:{OURS}", agency=LAND) == "value"


NOWHERE = ["", "value", "env:", "file:", f"env:{OURS}_2", "file:/does/not/exist", "http://x", "file:a\x00"]


@pytest.mark.parametrize("reference", NOWHERE)
def test_a_reference_that_leads_to_nothing_is_refused(reference: str) -> None:
    with pytest.raises(SecretUnavailable):
        SecretPlaces((Path("/"),), (), {OURS: "value"}).resolve(reference, agency=LAND)


@pytest.mark.parametrize(
    "name",
    [
        "HOME",
        "LIENTHONG_DATABASE_URL",
        OURS.lower(),
        f"X_{OURS}",
        "LIENTHONG_SECRET_KHO",
        "LIENTHONG_SECRET_000_00_07_H32__KHO",
        "LIENTHONG_SECRET_000_00_06_H32_KHO",
        "LIENTHONG_SECRET_000_00_06_H32__",
        "LIENTHONG_SECRET_000_00_06_H32__1__KHO",
    ],
)
def test_a_variable_that_is_not_the_agencys_secret_is_refused(name: str) -> None:
    with pytest.raises(SecretUnavailable):
        SecretPlaces((), (), {name: "value", OURS: "value"}).resolve(f"env:{name}", agency=LAND)


@pytest.fixture
def laid_out(tmp_path: Path) -> Path:
    """A directory for secrets: an agency's folder with our keys in it by mistake, another's, one that is a link to it,
    a file of nobody, one beside the directory, and links that lead out of the folder.
    """
    inside, other = tmp_path / "bi-mat" / LAND, tmp_path / "bi-mat" / HEALTH
    for folder in (inside / "keys", other):
        folder.mkdir(parents=True)
    for place in (inside / "good", inside / "keys" / "token.pem", other / "theirs", tmp_path / "bi-mat" / "nobodys"):
        place.write_text("value")
    (tmp_path / "outside").write_text("value")
    (inside / "link-out").symlink_to(tmp_path / "outside")
    (inside / "link-other").symlink_to(other / "theirs")
    (inside / "link-keys").symlink_to(inside / "keys" / "token.pem")
    (inside / "circle").symlink_to(inside / "circle")
    (tmp_path / "bi-mat" / "H33").symlink_to(other)
    return tmp_path / "bi-mat"


def places_in(directory: Path) -> SecretPlaces:
    return SecretPlaces((directory,), (directory / LAND / "keys",), {})


def test_a_secret_below_the_agencys_folder_is_read(laid_out: Path) -> None:
    assert places_in(laid_out).resolve(f"file:{laid_out / LAND}/good", agency=LAND) == "value"


@pytest.mark.parametrize(
    "name",
    [
        "../../outside",
        "../nobodys",
        f"../{HEALTH}/theirs",
        "link-out",
        "link-other",
        "link-keys",
        "keys/token.pem",
        "circle",
        ".",
        "../../bi-mat2/good",
    ],
)
def test_a_file_that_is_no_secret_of_the_agency_is_refused(laid_out: Path, name: str) -> None:
    with pytest.raises(SecretUnavailable):
        places_in(laid_out).resolve(f"file:{laid_out / LAND}/{name}", agency=LAND)


@pytest.mark.parametrize("agency", ["", ".", "..", "../bi-mat", f"{LAND}/keys", HEALTH, "H33"])
def test_a_secret_is_not_read_for_another_agency(laid_out: Path, agency: str) -> None:
    with pytest.raises(SecretUnavailable):
        places_in(laid_out).resolve(f"file:{laid_out / LAND}/good", agency=agency)


def test_a_folder_that_is_a_link_opens_nothing(laid_out: Path) -> None:
    with pytest.raises(SecretUnavailable):
        places_in(laid_out).resolve(f"file:{laid_out / 'H33'}/theirs", agency="H33")


def test_directories_in_each_other_open_nothing(laid_out: Path) -> None:
    nested = SecretPlaces((laid_out, laid_out / LAND), (), {})

    with pytest.raises(SecretUnavailable):
        nested.resolve(f"file:{laid_out / LAND}/good", agency=LAND)


def test_no_directory_named_means_no_secret_file(laid_out: Path) -> None:
    with pytest.raises(SecretUnavailable):
        SecretPlaces((), (), {}).resolve(f"file:{laid_out / LAND}/good", agency=LAND)
