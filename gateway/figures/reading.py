"""What do the figures say of a period, for the platform or for one agency?

Each answer is one to three ranges of the primary key of `figures`, added up in the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.figures.period import Period, Piece, number_at, pieces_of, starts_in
from gateway.figures.rollup import READER
from gateway.figures.sums import NOTHING, Sums, sums_of
from gateway.figures.tables import AGREEMENT_USE, FIGURES, MEASURES, RESULTS, Side, Subject
from security.audit.encode import moment_of
from security.audit.following import unread_since

_EXCHANGES = sum((func.sum(FIGURES.c[result]) for result in RESULTS[1:]), start=func.sum(FIGURES.c[RESULTS[0]]))
_SUMMED = [func.sum(FIGURES.c[measure]) for measure in MEASURES]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose exchanges: the whole platform's, or an agency's on one side."""

    side: Side = Side.ALL
    agency: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """How an agreement was used, whenever."""

    answered: int
    other: int
    last_at: datetime
    last_answered_at: datetime | None


async def by_key(
    session: AsyncSession, scope: Scope, subject: Subject, period: Period, *, most: int | None = None
) -> dict[str, Sums]:
    """Return the sums of a period by the key of a subject, the greatest first; `most` keys at most."""
    within = or_(*(and_(*_rows(scope, subject, piece)) for piece in pieces_of(period)))
    summed = select(FIGURES.c.key, *_SUMMED).where(within).group_by(FIGURES.c.key).order_by(_EXCHANGES.desc())
    rows = await (await session.connection()).execute(summed.limit(most))
    return {key: sums_of([int(number) for number in measures]) for key, *measures in rows.all()}


async def over_time(session: AsyncSession, scope: Scope, period: Period, *, until: datetime) -> list[tuple[int, Sums]]:
    """Return the sums of each hour, day or month of a period (`Period.steps`), by their numbers.

    What lies after `until`, a moment on the province's calendar, is left out: nothing happened there yet.
    """
    latest = number_at(until, period.steps)
    starts = [start for start in starts_in(period) if start <= latest]
    if not starts:
        return []
    piece = Piece(period.steps, starts[0], starts[-1])
    summed = select(FIGURES.c.start, *_SUMMED).where(*_rows(scope, Subject.DOOR, piece)).group_by(FIGURES.c.start)
    rows = (await (await session.connection()).execute(summed)).all()
    found = {start: sums_of([int(number) for number in measures]) for start, *measures in rows}
    return [(start, found.get(start, NOTHING)) for start in starts]


async def use_of(session: AsyncSession, agreements: Sequence[str]) -> dict[str, Use]:
    """Return how these agreements were used; those that never were are not among them."""
    held = AGREEMENT_USE.c
    asked = (
        select(
            held.agreement,
            func.sum(held.answered),
            func.sum(held.other),
            func.max(held.last_at),
            func.max(held.last_answered_at),
        )
        .where(held.agreement.in_(agreements))
        .group_by(held.agreement)
    )
    rows = (await (await session.connection()).execute(asked)).all()
    return {row[0]: Use(int(row[1]), int(row[2]), row[3], row[4]) for row in rows}


async def counted_until(session: AsyncSession) -> datetime | None:
    """Return since when records wait to be counted; None: everything is counted."""
    waiting = await unread_since(await session.connection(), READER)
    return moment_of(waiting) if waiting is not None else None


def _rows(scope: Scope, subject: Subject, piece: Piece) -> list[ColumnElement[bool]]:
    held = FIGURES.c
    return [
        held.span == piece.span.value,
        held.side == scope.side.value,
        held.agency == scope.agency,
        held.subject == subject.value,
        held.start.between(piece.first, piece.last),
    ]
