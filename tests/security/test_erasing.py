"""Do two people together erase a month, and nobody else, and is it gone for good?"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archived import record_at
from conftest import in_a_thread
from removed import carry_out, count
from typer.testing import CliRunner

from catalog.agencies import add_agency
from catalog.changes import Actor
from catalog.descriptions import AgencyDescription
from catalog.staff import StaffMember, add_member
from gateway.cli import app
from gateway.db import Database
from security.audit.keyfiles import KeyUnusable
from security.audit.privacy import PseudonymKeys
from security.staff import Role

AGENCY, LONG_AGO = "000.00.01.H32", datetime(2025, 3, 15, tzinfo=UTC)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(migrated_url: str, tmp_path: Path) -> Run:
    """Commands over a record of March 2025, with people of the staff."""

    async def prepare() -> None:
        (tmp_path / "keys").mkdir(mode=0o700)
        await record_at(migrated_url, tmp_path / "keys", LONG_AGO, count=1)
        await record_at(migrated_url, tmp_path / "keys", datetime.now(UTC), count=1)
        database, by = Database.open(migrated_url), Actor("a", LONG_AGO)
        async with database.transaction() as session:
            await add_agency(session, AgencyDescription(code=AGENCY, name_vi="Sở"), by=by)
            for code, role in (
                ("quan-tri", Role.PLATFORM_ADMIN),
                ("thanh-tra", Role.AUDITOR),
                ("quan-sat", Role.OBSERVER),
            ):
                member = StaffMember(code, code, role, AGENCY, has_access=True)
                await add_member(session, member, token_hash=None, by=by)
        await database.close()

    in_a_thread(lambda: asyncio.run(prepare()))
    environment = {
        "LIENTHONG_DATABASE_URL": migrated_url,
        "LIENTHONG_KEYS_DIR": str(tmp_path / "keys"),
        "LIENTHONG_VAR_DIR": str(tmp_path / "var"),
        "LIENTHONG_DISK_RESERVE_BYTES": "1",
    }

    def invoke(*words: str) -> tuple[int, str]:
        done = in_a_thread(lambda: CliRunner().invoke(app, ["record", *words], env=environment))
        return done.exit_code, done.output

    return invoke


async def test_two_people_erase_a_month_for_good(run: Run, migrated_url: str, tmp_path: Path) -> None:
    keys = PseudonymKeys(tmp_path / "keys" / "pseudonyms")
    assert keys.subject("1", key_id="2025-03")

    asked = run("erase", "2025-03", "--by", "quan-tri", "--reason", "hết hạn")
    alone = run("erase", "2025-03", "--by", "quan-tri")
    held = keys.has("2025-03")
    done = run("erase", "2025-03", "--by", "thanh-tra")
    again = run("erase", "2025-03", "--by", "thanh-tra")

    assert [one[0] for one in (asked, alone, done, again)] == [0, 1, 0, 0], (asked, alone, done, again)
    assert "never confirms" in alone[1]
    assert held
    assert "is destroyed" in done[1]
    assert "already" in again[1]
    assert await count(migrated_url, "record WHERE kind = 'ERASE'") == 2
    assert "2025-03" not in keys.known_months(datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))
    with pytest.raises(KeyUnusable):
        keys.subject("1", key_id="2025-03")


@pytest.mark.parametrize(
    ("month", "by", "reason", "why"),
    [
        (f"{datetime.now(UTC):%Y-%m}", "quan-tri", "x", "must be kept"),
        ("2025-03", "quan-sat", "x", "nobody of the staff who may erase"),
        ("2025-03", "khong-co", "x", "nobody of the staff who may erase"),
        ("2025-03", "quan-tri", "", "must not be empty"),
        ("2025-02", "quan-tri", "x", "there is no key"),
        ("3/2025", "quan-tri", "x", "written as"),
    ],
)
async def test_what_may_not_be_erased_is_refused(
    run: Run, migrated_url: str, month: str, by: str, reason: str, why: str
) -> None:
    code, said = run("erase", month, "--by", by, "--reason", reason)

    assert code == 1
    assert why in said
    assert await count(migrated_url, "record_erasures") == 0


async def test_a_hold_that_comes_between_asking_and_confirming_stops_it(run: Run, tmp_path: Path) -> None:
    run("erase", "2025-03", "--by", "quan-tri", "--reason", "hết hạn")
    held = run("hold", "add", "CV-1", "--first", "2025-01", "--reason", "điều tra", "--by", "quan-tri")
    stopped = run("erase", "2025-03", "--by", "thanh-tra")
    own = run("hold", "lift", "CV-1", "--reason", "xong", "--by", "quan-tri")
    lifted = run("hold", "lift", "CV-1", "--reason", "xong", "--by", "thanh-tra")
    listed = run("hold", "list")
    done = run("erase", "2025-03", "--by", "thanh-tra")

    assert [one[0] for one in (held, stopped, own, lifted, listed, done)] == [0, 1, 1, 0, 0, 0]
    assert "legal hold CV-1" in stopped[1]
    assert "lifted by thanh-tra" in listed[1]
    assert not PseudonymKeys(tmp_path / "keys" / "pseudonyms").has("2025-03")


async def test_a_confirmed_erasure_that_was_cut_off_is_finished_unless_a_hold_came(
    run: Run, migrated_url: str, tmp_path: Path
) -> None:
    run("erase", "2025-03", "--by", "quan-tri", "--reason", "hết hạn")
    await carry_out(migrated_url, "UPDATE record_erasures SET approved_by = 'thanh-tra', approved_at_us = 1")
    run("hold", "add", "CV-1", "--first", "2025-01", "--reason", "điều tra", "--by", "quan-tri")

    held = run("erase", "2025-03", "--by", "quan-tri")
    run("hold", "lift", "CV-1", "--reason", "xong", "--by", "thanh-tra")
    finished = run("erase", "2025-03", "--by", "quan-tri")

    assert (held[0], finished[0]) == (1, 0)
    assert PseudonymKeys(tmp_path / "keys" / "pseudonyms").is_erased("2025-03")
