"""Can a system that shows the figures get them as a service under an agreement?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from recorded import entry, new_id, writing

from gateway.db import Database
from gateway.figures.feed import FILE_NAME, HEADINGS, write_feed
from gateway.figures.rollup import roll_up
from security.audit.record import Decision, Kind, Outcome, Who

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
REFUSED = {"decision": Decision(allowed=False, reason="quota-exceeded"), "outcome": Outcome(status=429)}


@pytest.fixture
async def database(migrated_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with two answers and a refusal of one database, and a refusal of none, counted."""
    async with writing(migrated_url, tmp_path) as record:
        for _ in range(2):
            exchange_id = new_id()
            await record.append(entry(Kind.INTENT, exchange_id))
            await record.append(entry(Kind.OUTCOME, exchange_id))
        await record.append(entry(Kind.DENY, new_id(), **REFUSED))
        await record.append(entry(Kind.DENY, new_id(), **REFUSED, what=None, who=Who(source="127.0.0.1")))
    opened = Database.open(migrated_url)
    await roll_up(opened, zone=ZONE)
    yield opened
    await opened.close()


async def test_a_day_of_a_database_is_one_line(database: Database, tmp_path: Path) -> None:
    await write_feed(database, tmp_path / "feed", zone=ZONE, now=datetime.now(UTC))

    head, line = (tmp_path / "feed" / FILE_NAME).read_text("utf-8").splitlines()
    cells = dict(zip(head.split(","), line.split(","), strict=True))
    assert tuple(cells) == HEADINGS
    assert cells["Khoa"] == f"{cells['Ngay']}-population"
    assert [cells[name] for name in ("MaCSDL", "SoLuot", "ThanhCong", "BiTuChoi")] == ["population", "3", "2", "1"]


async def test_a_file_in_which_nothing_changed_is_left_alone(database: Database, tmp_path: Path) -> None:
    now = datetime.now(UTC)

    assert [await write_feed(database, tmp_path, zone=ZONE, now=now) for _ in range(2)] == [1, 0]
