"""How is a change of the catalogue made, so that it is on record before it is in force?

A change is rehearsed in a transaction that is rolled back: all that could be wrong with it shows, and what it would do.
Then its ADMIN record is made durable, and only then is it done. When it cannot be recorded it is not done (design 04).
Where it fails after all, because somebody was quicker, a second record says so.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeAlias

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Change
from catalog.errors import CatalogError
from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from security.audit.record import Committed, Entry, Kind, Who

_KINDS: Mapping[str, Kind] = MappingProxyType({"hold": Kind.HOLD, "removal": Kind.ERASE, "erasure": Kind.ERASE})
"""As what else than ADMIN a change of such a thing is recorded."""
Work: TypeAlias = Callable[[AsyncSession], Awaitable[Change]]


class Recorder(Protocol):
    """Where ADMIN records go: a `security.audit.record.Recording`, of which only this is needed."""

    def append(self, entry: Entry) -> Awaitable[Committed]:
        """Return when the record is durable. Raises RecordUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change: a member of the staff, his agency, from where, and proven how."""

    code: str
    agency: str
    source: str
    method: str


async def make_change(
    database: Database, recorder: Recorder, *, action: str, author: Author, now: datetime, work: Work
) -> Change:
    """Record and then make the change that `work` makes of a session; return it.

    `work` runs twice, so it MUST give the same both times: random values and `now` are made before.
    Raises what `work` raises (CatalogError), and RecordUnavailable.
    """
    async with database.rehearsal() as session:
        planned = await work(session)
    for one in (*planned.parts, planned):
        await recorder.append(change_entry(one, action=action, author=author, now=now, done=True))
    try:
        async with database.transaction() as session:
            return await work(session)
    except CatalogError:
        for one in (*planned.parts, planned):
            await recorder.append(change_entry(one, action=action, author=author, now=now, done=False))
        raise


def change_entry(change: Change, *, action: str, author: Author, now: datetime, done: bool) -> Entry:
    """Return the record of a change: ADMIN, HOLD or ERASE.

    `done` is false where it was recorded and then could not be made.
    """
    notes: dict[str, str | int | bool] = {
        "action": action,
        "noun": change.noun,
        "code": change.code,
        "version": change.version,
        "state": str(change.state),
        "before": change.before,
        "after": change.after if done else change.before,
        "asked_by": change.asked_by,
        "approved_by": change.approved_by,
        "agencies": " ".join(change.agencies),
        "done": done,
    }
    return Entry(
        kind=_KINDS.get(change.noun, Kind.ADMIN),
        exchange_id=new_exchange_id(),
        at=now,
        who=Who(client=author.code, agency=author.agency, method=author.method, source=author.source),
        notes={name: value for name, value in notes.items() if value != ""},
    )
