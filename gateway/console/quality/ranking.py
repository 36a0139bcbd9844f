"""Which database is better than which? The ranking of all by their newest scores (NĐ 278/2025/NĐ-CP art. 15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agencies import agencies_named
from catalog.databases import list_databases
from catalog.descriptions import AgencyDescription, DatabaseDescription
from catalog.folding import fold
from catalog.quality import profiles
from catalog.quality.criteria import Band, Criterion
from catalog.quality.scores import QualityScore, latest_scores, score_history
from gateway.console.charts import sparkline
from gateway.console.desk import Signed
from gateway.console.frame import Speech, language_of, render
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, cut, export
from gateway.console.quality.wording import BANDS, CRITERIA, options_of
from gateway.console.words import Words
from security.staff import Permission

router = APIRouter(prefix="/console/quality", include_in_schema=False)
_HISTORY = 12

_RANKING = (
    Column("place", Words("Hạng", "Rank"), numeric=True),
    Column("title", Words("Cơ sở dữ liệu", "Database"), sortable=True),
    Column("owner", Words("Cơ quan chủ quản", "Owner"), sortable=True),
    Column("score", Words("Điểm", "Score"), sortable=True, numeric=True),
    Column("band", Words("Mức", "Level")),
    *(Column(criterion.value, words, sortable=True, numeric=True) for criterion, words in CRITERIA.items()),
    Column("trend", Words("Xu hướng", "Trend"), numeric=True),
    Column("measured", Words("Đo lúc", "Measured"), sortable=True),
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A database in the ranking: its place among those measured (0: none), and its scores up to now."""

    place: int
    database: DatabaseDescription
    owner: Words
    score: QualityScore | None
    before: tuple[QualityScore, ...]

    @property
    def rise(self) -> Decimal | None:
        """Return by how much the score has risen since the profile before."""
        known = [one.score for one in self.before if one.score is not None]
        return known[-1] - known[-2] if len(known) > 1 else None


@router.get("")
async def show_ranking(request: Request, desk: Signed) -> Response:
    """Show all databases by their scores."""
    desk.require(Permission.CATALOGUE_READ)
    asked = asked_of(
        request, sorts=["-score", *(column.key for column in _RANKING if column.sortable)], filters=["band"]
    )
    async with desk.reading() as session:
        ranked = await _rank(session)
        under_way = await profiles.open_profiles(session)
    rows = _sorted(_filtered(ranked, asked), asked)
    if asked.format is not Format.PAGE:
        cells = [_ranking_cells(one, Speech(language_of(request))) for one in rows]
        return await export("chat-luong", _RANKING, cells, form=asked.format, language=language_of(request))
    counts = {band: sum((one.score.band if one.score else Band.UNMEASURED) is band for one in ranked) for band in Band}
    speech = Speech(language_of(request))
    return render(
        request,
        "quality/ranking.html",
        desk=desk,
        asked=asked,
        part=cut(rows, asked),
        columns=_RANKING,
        criteria=CRITERIA,
        bands=BANDS,
        bands_options=options_of(BANDS, speech),
        counts=counts,
        under_way=under_way,
        spark=lambda one: sparkline(
            speech.say("Điểm các lần đo gần đây", "Scores of the last profiles"),
            [number_of(score.score) for score in one.before],
            top=100.0,
        ),
    )


async def _rank(session: AsyncSession) -> list[Ranked]:
    databases = [one for one in await list_databases(session) if not one.national]
    codes = [one.code for one in databases]
    scores = await latest_scores(session, codes)
    history = await score_history(session, codes, limit=_HISTORY)
    owners = await agencies_named(session, {one.owner for one in databases})
    # Databases of the same score have the same place, and the next one counts them.
    known = sorted((one.score for one in scores.values() if one.score is not None), reverse=True)
    return [
        Ranked(
            known.index(score.score) + 1 if score is not None and score.score is not None else 0,
            one,
            name_of(owners.get(one.owner), one.owner),
            score,
            history.get(one.code, ()),
        )
        for one in databases
        for score in (scores.get(one.code),)
    ]


def _filtered(ranked: Sequence[Ranked], asked: Asked) -> list[Ranked]:
    words, band = fold(asked.words), asked.filters.get("band", "")
    return [
        one
        for one in ranked
        if words in fold(f"{one.database.code} {one.database.title_vi} {one.database.title_en} {one.owner.vi}")
        and (not band or (one.score.band if one.score else Band.UNMEASURED) == band)
    ]


def _sorted(ranked: Sequence[Ranked], asked: Asked) -> list[Ranked]:
    """Return the databases in the order that is asked for; what has no value comes last in either direction."""

    def value(one: Ranked) -> Decimal | str | float | None:
        match asked.sort:
            case "title":
                return fold(one.database.title_vi)
            case "owner":
                return fold(one.owner.vi)
            case "measured":
                return one.score.measured_at.timestamp() if one.score else None
            case "score":
                return one.score.score if one.score else None
            case criterion:
                return one.score.criteria.get(Criterion(criterion)) if one.score else None

    known = [one for one in ranked if value(one) is not None]
    return sorted(known, key=value, reverse=asked.descending) + [one for one in ranked if value(one) is None]  # type: ignore[arg-type]  # None was left out


def _ranking_cells(one: Ranked, speech: Speech) -> list[Cell]:
    score = one.score
    band = BANDS[score.band if score else Band.UNMEASURED]
    return [
        one.place or None,
        f"{one.database.code} – {speech.say(one.database.title_vi, one.database.title_en)}",
        speech.say(one.owner),
        score.score if score else None,
        speech.say(band.words),
        *(score.criteria.get(criterion) if score else None for criterion in CRITERIA),
        one.rise,
        score.measured_at if score else None,
    ]


def name_of(agency: AgencyDescription | None, code: str) -> Words:
    """Return what an agency is called; its code where it has gone."""
    return Words(code, code) if agency is None else Words(agency.name_vi, agency.name_en or agency.name_vi)


def number_of(points: Decimal | None) -> float | None:
    """Return a score as charts want it."""
    return None if points is None else float(points)
