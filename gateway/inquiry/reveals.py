"""Who wants sealed values of the record opened, and who has agreed?

Two people: who asks is never who agrees, and only he takes the file (`gateway.inquiry.sealed`), within a day.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.errors import FourEyes, StateForbids

MOST_EXCHANGES: Final = 10_000
TAKEN_WITHIN: Final = timedelta(hours=24)


class RevealState(StrEnum):
    """How far it is."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    TAKEN = "taken"


class RevealStep(StrEnum):
    """What can be done with it."""

    AGREE = "agree"
    REFUSE = "refuse"
    TAKE = "take"


REVEAL_STEPS: Final[Mapping[tuple[RevealState, RevealStep], RevealState]] = MappingProxyType(
    {
        (RevealState.ASKED, RevealStep.AGREE): RevealState.AGREED,
        (RevealState.ASKED, RevealStep.REFUSE): RevealState.REFUSED,
        (RevealState.AGREED, RevealStep.TAKE): RevealState.TAKEN,
    }
)


class Reveal(msgspec.Struct, frozen=True, kw_only=True):
    """A request to open what is sealed in some exchanges' records. Moments are microseconds since 1970."""

    id: str
    asked_us: int
    asked_by: str
    reason: str
    incident: str
    exchanges: tuple[str, ...]
    state: RevealState
    decided_us: int
    decided_by: str
    note: str


def step_reveal(reveal: Reveal, step: RevealStep, *, by: str, now_us: int) -> RevealState:
    """Return the state after `step`. Raises FourEyes, and StateForbids: also when it was agreed too long ago."""
    after = REVEAL_STEPS.get((reveal.state, step))
    if after is None:
        raise StateForbids("reveal", reveal.state, step)
    if step is RevealStep.TAKE:
        if by != reveal.asked_by:
            raise StateForbids("reveal", "asked by somebody else", step)
        if now_us - reveal.decided_us > TAKEN_WITHIN // timedelta(microseconds=1):
            raise StateForbids("reveal", "agreed more than a day ago", step)
    elif step is RevealStep.AGREE and by == reveal.asked_by:
        raise FourEyes("who asked for it does not agree to it")
    return after


reveals = sa.Table(
    "record_reveals",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("asked_us", sa.BigInteger),
    *(sa.Column(name, sa.Text) for name in ("asked_by", "reason", "incident", "exchanges", "state")),
    sa.Column("decided_us", sa.BigInteger),
    *(sa.Column(name, sa.Text) for name in ("decided_by", "note")),
)


async def keep_reveal(connection: AsyncConnection, reveal: Reveal) -> None:
    """Keep a new request, or what became of one."""
    told = {"exchanges": msgspec.json.encode(reveal.exchanges).decode(), "state": reveal.state.value}
    values = msgspec.structs.asdict(reveal) | told
    known = await connection.execute(sa.update(reveals).where(reveals.c.id == reveal.id).values(**values))
    if not known.rowcount:
        await connection.execute(sa.insert(reveals).values(**values))


async def find_reveal(connection: AsyncConnection, reveal_id: str) -> Reveal | None:
    """Return a request, locked until the transaction ends; None where there is none."""
    asked = sa.select(reveals).where(reveals.c.id == reveal_id).with_for_update()
    row = (await connection.execute(asked)).mappings().first()
    return None if row is None else _reveal(row)


async def list_reveals(connection: AsyncConnection, *, most: int, offset: int = 0) -> list[Reveal]:
    """Return the requests: those that wait first, then the newest."""
    waits = (reveals.c.state == RevealState.ASKED.value).desc()
    rows = sa.select(reveals).order_by(waits, reveals.c.id.desc()).limit(most).offset(offset)
    return [_reveal(row) for row in (await connection.execute(rows)).mappings()]


def _reveal(row: sa.RowMapping) -> Reveal:
    members = {str(name): value for name, value in row.items()}
    return msgspec.convert(
        {**members, "exchanges": msgspec.json.decode(members["exchanges"], type=tuple[str, ...])}, Reveal
    )
