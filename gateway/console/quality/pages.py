"""How good is a database, and what is wrong with it? Its scores and how they went, results of rules, measuring now."""

from collections.abc import Sequence
from decimal import Decimal

from fastapi import APIRouter, Request, Response

from catalog.agencies import agencies_named
from catalog.databases import show_database
from catalog.errors import NotYours
from catalog.folding import fold
from catalog.quality import profiles
from catalog.quality.criteria import Band
from catalog.quality.profiles import Method
from catalog.quality.scores import QualityScore, latest_scores, score_history
from catalog.quality.scoring import FieldScore, score_database, shown
from catalog.quality.tally import RuleResult
from gateway.console.charts import Bar, Chart, Series, bar_chart, line_chart
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Refused, attempted
from gateway.console.frame import PROVINCE_ZONE, Speech, language_of, redirect, render
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, cut, export
from gateway.console.quality.ranking import name_of, number_of
from gateway.console.quality.wording import (
    BANDS,
    CHECKS,
    CRITERIA,
    CRITERIA_EXPLAINED,
    METHODS,
    PROFILE_STATES,
    options_of,
    reason_words,
)
from gateway.console.words import Words
from gateway.exchangeids import new_exchange_id
from security.staff import Permission

router = APIRouter(prefix="/console/quality", include_in_schema=False)
HERE = "/console/quality"
_HISTORY = 30
_WORST = 12
_LAST_PROFILES = 10

_RESULTS = (
    Column("service", Words("Dịch vụ", "Service"), sortable=True),
    Column("field", Words("Trường", "Field"), sortable=True),
    Column("criterion", Words("Tiêu chí", "Criterion")),
    Column("check", Words("Quy tắc", "Rule")),
    Column("weight", Words("Trọng số", "Weight"), numeric=True),
    Column("checked", Words("Đã kiểm", "Checked"), sortable=True, numeric=True),
    Column("failed", Words("Sai", "Wrong"), sortable=True, numeric=True),
    Column("share", Words("Điểm", "Score"), sortable=True, numeric=True),
    Column("examples", Words("Ví dụ (đã che)", "Examples (masked)")),
)


@router.get("/{database}")
async def show_quality(database: str, request: Request, desk: Signed) -> Response:
    """Show the scores of one database, where they come from, and how they have gone."""
    return await _quality_page(request, desk, database)


@router.post("/{database}/measure")
async def measure(database: str, request: Request, desk: Signed) -> Response:
    """Queue a profile; the worker takes it within seconds."""
    await desk.read_form(request)
    async with desk.reading() as session:
        owner = (await show_database(session, database)).owner
    desk.require(Permission.QUALITY_MEASURE, owner)
    profile = new_exchange_id()
    done = await attempted(
        desk.change("measure", lambda session: profiles.ask_profile(session, database, profile=profile, by=desk.actor))
    )
    if isinstance(done, Refused):
        return await _quality_page(request, desk, database, refused=done)
    return redirect(f"{HERE}/{database}")


@router.post("/{database}/cancel")
async def cancel(database: str, request: Request, desk: Signed) -> Response:
    """End the profile that waits or runs."""
    form = await desk.read_form(request)
    async with desk.reading() as session:
        row = await profiles.show_profile(session, form.text("profile"))
        owner = (await show_database(session, database)).owner
    if row.database != database:
        raise NotYours
    desk.require(Permission.QUALITY_MEASURE, owner)
    done = await attempted(
        desk.change("cancel", lambda session: profiles.cancel_profile(session, row.id, by=desk.actor))
    )
    if isinstance(done, Refused):
        return await _quality_page(request, desk, database, refused=done)
    return redirect(f"{HERE}/{database}")


@router.get("/{database}/results")
async def show_results(database: str, request: Request, desk: Signed) -> Response:
    """Show how each rule was kept the last time, with masked wrong values."""
    asked = asked_of(request, sorts=["-failed", *(one.key for one in _RESULTS if one.sortable)],
                     filters=["criterion", "check", "service", "only"])  # fmt: skip
    async with desk.reading() as session:
        about = await show_database(session, database)
        desk.require_sight(Permission.QUALITY_READ, about.owner)
        score = (await latest_scores(session, [database])).get(database)
        results = await profiles.results_of(session, score.profile) if score else []
    speech = Speech(language_of(request))
    rows = _sorted_results([one for one in results if _wanted(one, asked)], asked)
    if asked.format is not Format.PAGE:
        cells = [_result_cells(one, speech) for one in rows]
        return await export(f"chat-luong-{database}", _RESULTS, cells, form=asked.format, language=language_of(request))
    return render(
        request,
        "quality/results.html",
        desk=desk,
        asked=asked,
        part=cut(rows, asked),
        columns=_RESULTS,
        about=about,
        score=score,
        service_options=[(code, code) for code in sorted({one.rule.service for one in results})],
        criterion_options=options_of(CRITERIA, speech),
        check_options=options_of(CHECKS, speech),
        criteria=CRITERIA,
        checks=CHECKS,
        points=points_of,
        why=reason_words,
    )


async def _quality_page(
    request: Request, desk: Desk, database: str, *, refused: Refused = NOTHING_REFUSED
) -> Response:  # fmt: skip
    desk.require(Permission.CATALOGUE_READ)
    async with desk.reading() as session:
        about = await show_database(session, database)
        owner = (await agencies_named(session, [about.owner])).get(about.owner)
        history = (await score_history(session, [database], limit=_HISTORY)).get(database, ())
        score = history[-1] if history else None
        sees = desk.may(Permission.QUALITY_READ, about.owner)
        results = await profiles.results_of(session, score.profile) if score and sees else []
        readings = await profiles.readings_of(session, score.profile) if score else []
        under_way = (await profiles.open_profiles(session)).get(database)
        last = await profiles.list_profiles(session, database=database, limit=_LAST_PROFILES) if sees else []
    speech = Speech(language_of(request))
    return render(
        request,
        "quality/database.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        about=about,
        owner=name_of(owner, about.owner),
        score=score,
        band=BANDS[score.band if score else Band.UNMEASURED],
        chart=_history_chart(history, speech) if len(history) > 1 else None,
        criteria_chart=_criteria_chart(score, speech) if score and score.score is not None else None,
        criteria=CRITERIA,
        explained=CRITERIA_EXPLAINED,
        readings=readings,
        unread=sum(one.method is Method.NONE for one in readings),
        methods=METHODS,
        why=reason_words,
        fields=_worst_fields(results),
        failing=_sorted_results([one for one in results if one.failed], Asked("", sort="failed", descending=True))[
            :_WORST
        ],
        checks=CHECKS,
        points=points_of,
        shown=shown,
        under_way=under_way,
        last=last,
        states={state.value: status for state, status in PROFILE_STATES.items()},
        sees=sees,
        may_measure=desk.may(Permission.QUALITY_MEASURE, about.owner) and not about.national,
        may_rule=desk.may(Permission.QUALITY_RULES, about.owner),
        refused=refused,
    )


def points_of(result: RuleResult) -> Decimal | None:
    """Return the score of a rule, cut to one digit; None where nothing was checked."""
    return shown(None if result.share is None else result.share * 100)


def _sorted_results(results: Sequence[RuleResult], asked: Asked) -> list[RuleResult]:
    def value(one: RuleResult) -> tuple[object, ...]:
        match asked.sort:
            case "service":
                return (one.rule.service, one.rule.field)
            case "field":
                return (one.rule.field, one.rule.service)
            case "checked":
                return (one.checked,)
            case "share":
                return (one.share is not None, one.share or 0)
            case _:
                return (one.failed, one.rule.weight)

    return sorted(results, key=value, reverse=asked.descending)


def _wanted(one: RuleResult, asked: Asked) -> bool:
    chosen = asked.filters
    return (
        fold(asked.words) in fold(f"{one.rule.service} {one.rule.field}")
        and chosen.get("criterion", one.rule.criterion) == one.rule.criterion
        and chosen.get("check", one.rule.check) == one.rule.check
        and chosen.get("service", one.rule.service) == one.rule.service
        and (chosen.get("only") != "wrong" or one.failed > 0)
        and (chosen.get("only") != "unmeasured" or bool(one.reason))
    )


def _worst_fields(results: Sequence[RuleResult]) -> list[FieldScore]:
    fields = [one for one in score_database(results).fields if one.score is not None and one.score < 100]
    return sorted(fields, key=lambda one: one.score if one.score is not None else 0)[:_WORST]


def _history_chart(history: Sequence[QualityScore], speech: Speech) -> Chart:
    labels = [one.measured_at.astimezone(PROVINCE_ZONE).strftime("%d/%m %H:%M") for one in history]
    series = [Series(speech.say("Điểm chung", "Score"), [number_of(one.score) for one in history])]
    series += [
        Series(speech.say(words), [number_of(one.criteria.get(criterion)) for one in history])
        for criterion, words in CRITERIA.items()
    ]
    told = [one for one in series if any(value is not None for value in one.values)]
    lowest = min((value for one in told for value in one.values if value is not None), default=0.0)
    return line_chart(
        speech.say("Điểm qua các lần đo", "Scores of the last profiles"), labels, told, say=speech.number,
        name="history", first=speech.say("Lần đo", "Profile"), top=100.0, bottom=max(0.0, lowest // 10 * 10 - 10),
    )  # fmt: skip


def _criteria_chart(score: QualityScore, speech: Speech) -> Chart:
    bars = []
    for criterion, words in CRITERIA.items():
        points = score.criteria.get(criterion)
        tone = "" if points is None else "good" if points >= 90 else "waiting" if points >= 75 else "bad"
        bars.append(Bar(speech.say(words), number_of(points), tone))
    head = (speech.say("Tiêu chí", "Criterion"), speech.say("Điểm", "Score"))
    return bar_chart(
        speech.say("Điểm theo bốn tiêu chí", "Score by criterion"), bars, say=speech.number, name="criteria", head=head,
        top=100.0,
    )  # fmt: skip


def _result_cells(one: RuleResult, speech: Speech) -> list[Cell]:
    rule = one.rule
    return [
        rule.service, rule.field, speech.say(CRITERIA[rule.criterion]), speech.say(CHECKS[rule.check]), rule.weight,
        one.checked, one.failed, points_of(one), " ".join(one.examples),
    ]  # fmt: skip
