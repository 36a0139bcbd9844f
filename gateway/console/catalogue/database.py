"""What is there to know of a database: whose it is, on which ground, how good, with which services and fields?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Request, Response

from catalog.browsing import Order, Scope, Sought, find_services, read_shelf
from catalog.coverage import FieldsSought, count_fields, list_fields, read_coverage
from catalog.descriptions import FieldClass
from catalog.holdings import read_lifetimes, show_holding
from catalog.quality.criteria import Criterion
from catalog.quality.scores import QualityScore, score_history
from gateway.api.control import control_of
from gateway.console.catalogue.lines import EXPORTED_SERVICES, service_cells, service_line
from gateway.console.catalogue.told import BANDS, CRITERIA, SCOPES, SERVICE_STATES, Marker, named
from gateway.console.charts import Chart, Series, line_chart
from gateway.console.desk import Visitor
from gateway.console.frame import PROVINCE_ZONE, Speech, language_of, render
from gateway.console.listing import Column, Format, asked_of, export, part_of
from gateway.console.words import FIELD_CLASSES, FIELD_TYPES, SHARING_MODES, Language, Words

router = APIRouter(prefix="/catalogue", include_in_schema=False)

SERVICE_COLUMNS = (
    Column("code", Words("Dịch vụ", "Service"), sortable=True),
    Column("versions", Words("Phiên bản", "Versions")),
    Column("operations", Words("Thao tác", "Operations"), numeric=True),
    Column("technology", Words("Nguồn dữ liệu", "Source")),
    Column("published", Words("Công bố", "Published"), sortable=True),
)
FIELD_COLUMNS = (
    Column("service", Words("Dịch vụ", "Service")),
    Column("operation", Words("Thao tác", "Operation")),
    Column("path", Words("Trường", "Field")),
    Column("title", Words("Ý nghĩa", "Meaning")),
    Column("type", Words("Kiểu", "Type")),
    Column("class", Words("Phân loại", "Class")),
    Column("term", Words("Từ điển dữ liệu", "Dictionary term")),
)
_NAMED = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class ShownQuality:
    """How good a database was found to be, and how that went on."""

    score: QualityScore
    criteria: Sequence[tuple[Words, Decimal | None]]
    chart: Chart | None


@router.get("/{database}")
async def show_database(database: str, request: Request, desk: Visitor) -> Response:
    """Return the page of a database."""
    asked = asked_of(request, sorts=(Order.CODE, Order.PUBLISHED))
    async with control_of(request).database.reading() as session:
        shelf = await read_shelf(session, (), database=database)
        found = await find_services(
            session,
            shelf,
            Sought(),
            order=Order(asked.sort),
            descending=asked.descending,
            limit=asked.limit,
            offset=asked.offset,
        )
        lines = [service_line(shelf, view, technology, Marker(())) for view, technology in found]
        lifetimes = await read_lifetimes(session, database, [line.view.service.code for line in lines])
        coverage = await read_coverage(session, database)
        history = (await score_history(session, [database])).get(database, ())
    if asked.format is not Format.PAGE:
        language = language_of(request)
        cells = [service_cells(line, language) for line in lines]
        return await export(f"dich-vu-{database}", EXPORTED_SERVICES, cells, form=asked.format, language=language)
    holding = shelf.holdings[0]
    return render(
        request,
        "catalogue/database.html",
        desk=desk,
        asked=asked,
        part=part_of(lines, asked, total=shelf.services_of(database)),
        columns=SERVICE_COLUMNS,
        database=holding.database,
        holding=holding,
        title=named(holding.database.title_vi, holding.database.title_en),
        owner=named(holding.owner.name_vi, holding.owner.name_en),
        scope=SCOPES[Scope.NATIONAL if holding.database.national else Scope.PROVINCE],
        sharing=SHARING_MODES[holding.database.sharing],
        versions=lifetimes,
        states=SERVICE_STATES,
        coverage=coverage,
        classes=FIELD_CLASSES,
        quality=_shown_quality(history, language_of(request)),
        bands=BANDS,
    )


@router.get("/{database}/fields")
async def show_fields(database: str, request: Request, desk: Visitor) -> Response:
    """Return the fields that a database gives out, with class and dictionary term."""
    asked = asked_of(request, sorts=(), filters=("class", "service", "term"))
    sought = FieldsSought(
        class_=asked.filters.get("class", ""),
        service=asked.filters.get("service", ""),
        with_term=_NAMED.get(asked.filters.get("term", "")),
    )
    async with control_of(request).database.reading() as session:
        holding = await show_holding(session, database)
        lines = await list_fields(session, database, sought, limit=asked.limit, offset=asked.offset)
        total = await count_fields(session, database, sought)
        coverage = await read_coverage(session, database)
    language = language_of(request)
    if asked.format is not Format.PAGE:
        cells = [
            [
                line.service,
                line.operation,
                line.path,
                line.title_vi,
                FIELD_TYPES[line.type].in_language(language),
                FIELD_CLASSES[line.class_].words.in_language(language),
                line.term,
            ]
            for line in lines
        ]
        return await export(f"truong-{database}", FIELD_COLUMNS, cells, form=asked.format, language=language)
    return render(
        request,
        "catalogue/fields.html",
        desk=desk,
        asked=asked,
        part=part_of(lines, asked, total=total),
        columns=FIELD_COLUMNS,
        holding=holding,
        title=named(holding.database.title_vi, holding.database.title_en),
        coverage=coverage,
        classes=FIELD_CLASSES,
        types=FIELD_TYPES,
        every_class=[one for one in FieldClass if coverage.classes.get(one)],
    )


def _shown_quality(history: Sequence[QualityScore], language: Language) -> ShownQuality | None:
    if not history:
        return None
    newest, speech = history[-1], Speech(language)
    chart = None
    if len(history) > 1:
        days = [one.measured_at.astimezone(PROVINCE_ZONE).strftime("%d/%m/%Y") for one in history]
        lines = [Series(speech.say("Điểm", "Score"), [_float(one.score) for one in history])]
        lines += [
            Series(speech.say(words), [_float(one.criteria.get(criterion)) for one in history])
            for criterion, words in CRITERIA.items()
        ]
        chart = line_chart(
            speech.say("Chất lượng theo thời gian", "Quality over time"),
            days,
            lines,
            say=speech.number,
            name="quality",
            first=speech.say("Ngày đo", "Measured"),
            top=100.0,
        )
    return ShownQuality(newest, [(CRITERIA[one], newest.criteria.get(one)) for one in Criterion], chart)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
