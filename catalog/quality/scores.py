"""How good was a database found to be, the last time and before? What pages, catalogue and reports read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.quality.criteria import Band, Criterion
from catalog.quality.tables import QualityProfileRow
from catalog.states import ProfileState


@dataclass(frozen=True, slots=True)
class QualityScore:
    """The scores of one database at one moment, 0 to 100 with one digit; None where nothing could be measured.

    `identifiers_right` is false when a single identifier is wrong: the band is then yellow at best.
    """

    database: str
    profile: str
    measured_at: datetime
    band: Band
    score: Decimal | None
    criteria: Mapping[Criterion, Decimal]
    identifiers_right: bool
    rows_read: int
    services: int


async def latest_scores(session: AsyncSession, databases: Iterable[str]) -> Mapping[str, QualityScore]:
    """Return the newest scores of those `databases` that have ever been measured; the others are left out."""
    asked = tuple(databases)
    if not asked:
        return {}
    newest = (
        select(func.max(QualityProfileRow.id))
        .where(col(QualityProfileRow.database).in_(asked), QualityProfileRow.state == ProfileState.DONE)
        .group_by(col(QualityProfileRow.database))
    )
    rows = await session.exec(select(QualityProfileRow).where(col(QualityProfileRow.id).in_(newest)))
    return {row.database: score_of(row) for row in rows}


async def score_history(
    session: AsyncSession, databases: Iterable[str], *, limit: int = 30
) -> Mapping[str, tuple[QualityScore, ...]]:
    """Return the last `limit` scores of each of `databases`, the oldest first; one never measured is left out."""
    asked = tuple(databases)
    if not asked:
        return {}
    place = func.row_number().over(
        partition_by=col(QualityProfileRow.database), order_by=col(QualityProfileRow.id).desc()
    )
    placed = (
        select(col(QualityProfileRow.id), place.label("place"))
        .where(col(QualityProfileRow.database).in_(asked), QualityProfileRow.state == ProfileState.DONE)
        .subquery()
    )
    rows = await session.exec(
        select(QualityProfileRow)
        .where(col(QualityProfileRow.id).in_(select(placed.c.id).where(placed.c.place <= limit)))
        .order_by(col(QualityProfileRow.id))
    )
    found: dict[str, list[QualityScore]] = {}
    for row in rows:
        found.setdefault(row.database, []).append(score_of(row))
    return {database: tuple(scores) for database, scores in found.items()}


def score_of(row: QualityProfileRow) -> QualityScore:
    """Return the scores that stand in the row of a finished profile."""
    tenths = {
        Criterion.ACCURACY: row.accuracy,
        Criterion.COMPLETENESS: row.completeness,
        Criterion.CLEANNESS: row.cleanness,
        Criterion.TIMELINESS: row.timeliness,
    }
    return QualityScore(
        database=row.database,
        profile=row.id,
        measured_at=row.finished_at or row.asked_at,
        band=Band(row.band or Band.UNMEASURED),
        score=_points(row.score),
        criteria={criterion: points for criterion, one in tenths.items() if (points := _points(one)) is not None},
        identifiers_right=row.identifiers_right,
        rows_read=row.rows_read,
        services=row.services_done,
    )


def _points(tenths: int | None) -> Decimal | None:
    return None if tenths is None else Decimal(tenths).scaleb(-1)
