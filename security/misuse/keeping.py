"""Where does what the rules remember outlive the process that watches?

Kept in the transaction in which the reader of the record moves on, so that nothing is learnt twice or not at all.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.misuse.findings import Actor
from security.misuse.memory import KEPT_HOURS, KnownThing, Memory
from security.misuse.watch import Listed

_metadata = sa.MetaData()
hours = sa.Table(
    "misuse_hours",
    _metadata,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("agency", "system", "officer")),
    sa.Column("hour", sa.Integer, primary_key=True),
    sa.Column("people", sa.Integer),
)
known = sa.Table(
    "misuse_known",
    _metadata,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("system", "what", "value")),
    sa.Column("first_us", sa.BigInteger),
    sa.Column("last_us", sa.BigInteger),
)
people = sa.Table(
    "misuse_people",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("kind", "reason", "agency", "officer", "marks", "added_by")),
    sa.Column("added_us", sa.BigInteger),
    sa.Column("until_us", sa.BigInteger),
)
_KEEP_HOUR = sa.text(
    "INSERT INTO misuse_hours (agency, system, officer, hour, people) "
    "VALUES (:agency, :system, :officer, :hour, :people) ON CONFLICT (agency, system, officer, hour) "
    "DO UPDATE SET people = excluded.people WHERE excluded.people > misuse_hours.people"
)
_KEEP_KNOWN = sa.text(
    "INSERT INTO misuse_known (system, what, value, first_us, last_us) "
    "VALUES (:system, :what, :value, :first_us, :last_us) ON CONFLICT (system, what, value) "
    "DO UPDATE SET last_us = excluded.last_us WHERE excluded.last_us > misuse_known.last_us"
)
MOST_LISTED: Final = 2000


class ListedAs(StrEnum):
    """Why somebody is on the list."""

    FLAGGED = "flagged"
    OFFICER = "officer"


class ListedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the list, by the marks of his number in the months to come: the number itself is kept nowhere.

    `agency` and `officer` say which officer he is (R11), empty for a flagged person (R5). `until_us` is when the last
    of the marks ends: he is to be named again before.
    """

    id: str
    kind: ListedAs
    reason: str
    agency: str = ""
    officer: str = ""
    marks: tuple[str, ...]
    added_by: str
    added_us: int
    until_us: int


async def read_memory(connection: AsyncConnection, *, hour: int) -> Memory:
    """Return what was learnt up to `hour`."""
    memory = Memory()
    recent = sa.select(hours).where(hours.c.hour > hour - KEPT_HOURS)
    for agency, system, officer, one, count in await connection.execute(recent):
        memory.put_hour(Actor(agency, system, officer), one, count)
    for system, what, value, first_us, last_us in await connection.execute(sa.select(known)):
        memory.put_known(system, what, value, KnownThing(first_us, last_us))
    return memory


async def keep_memory(connection: AsyncConnection, memory: Memory) -> None:
    """Keep what was learnt since this was called last."""
    learnt = [
        {"agency": actor.agency, "system": actor.system, "officer": actor.officer, "hour": hour, "people": count}
        for (actor, hour), count in sorted(memory.take_hours().items())
    ]
    if learnt:
        await connection.execute(_KEEP_HOUR, learnt)
    seen = [
        {"system": system, "what": what, "value": value, "first_us": thing.first_us, "last_us": thing.last_us}
        for system, what, value, thing in memory.take_known()
    ]
    if seen:
        await connection.execute(_KEEP_KNOWN, seen)


async def forget_hours(connection: AsyncConnection, *, hour: int) -> int:
    """Forget hours of more than four weeks before `hour`; return how many."""
    return (await connection.execute(sa.delete(hours).where(hours.c.hour <= hour - KEPT_HOURS))).rowcount


async def list_people(connection: AsyncConnection) -> list[ListedPerson]:
    """Return who is on the list, the newest first."""
    rows = sa.select(people).order_by(people.c.added_us.desc(), people.c.id).limit(MOST_LISTED)
    return [_person(row) for row in (await connection.execute(rows)).mappings()]


async def add_person(connection: AsyncConnection, one: ListedPerson) -> None:
    """Put somebody on the list."""
    told = msgspec.structs.asdict(one) | {"kind": one.kind.value, "marks": msgspec.json.encode(one.marks).decode()}
    await connection.execute(sa.insert(people).values(**told))


async def remove_person(connection: AsyncConnection, person_id: str) -> bool:
    """Take somebody off the list; tell whether he was on it."""
    return bool((await connection.execute(sa.delete(people).where(people.c.id == person_id))).rowcount)


def listed_of(found: Sequence[ListedPerson]) -> Listed:
    """Return the list as the rules look people up."""
    flagged = {mark: one.id for one in found if one.kind is ListedAs.FLAGGED for mark in one.marks}
    officers: dict[tuple[str, str], frozenset[str]] = {}
    for one in found:
        if one.kind is ListedAs.OFFICER:
            place = (one.agency, one.officer)
            officers[place] = officers.get(place, frozenset()) | set(one.marks)
    return Listed(flagged, officers)


def _person(row: sa.RowMapping) -> ListedPerson:
    members = {str(name): value for name, value in row.items()}
    marks = msgspec.json.decode(members["marks"], type=tuple[str, ...])
    return msgspec.convert({**members, "marks": marks}, ListedPerson)
