"""What do leaders and agencies read about the exchanges: how many, how quick, refused why, by whom, of what?

Each report is a table that is sorted, cut, downloaded and printed; pictures stand beside the table of their numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agencies
from catalog.titles import agency_titles
from gateway.console.desk import Desk, Signed
from gateway.console.frame import PROVINCE_ZONE, language_of, render
from gateway.console.listing import Asked, Format, Part, asked_of, cut, export, part_of
from gateway.console.reports import contents
from gateway.console.reports.contents import Contents
from gateway.console.reports.pictures import bars_of, overview_charts
from gateway.console.reports.tables import Table, named
from gateway.console.reports.views import FILTERS, PERIODS, View, view_of
from gateway.console.words import Language, Words
from gateway.errors import PathUnknown
from gateway.figures.reading import by_key, counted_until, over_time
from gateway.figures.sums import total_of
from gateway.figures.tables import Subject
from security.staff import Permission

router = APIRouter(prefix="/console/reports", include_in_schema=False)
HERE = "/console/reports"
_USUAL_LAG = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its name in addresses, what it is called and tells, its table, and the order it begins with.

    `picture` are the columns of a bar chart of its first rows: what is named, and how long the bar is.
    """

    key: str
    title: Words
    lead: Words
    contents: Contents
    usual: str
    picture: tuple[str, str] | None = None
    is_platforms: bool = False


@dataclass(frozen=True, slots=True)
class Picker:
    """What may be chosen on every report; `agency_name` is whose figures they are, empty for the platform's."""

    tabs: Sequence[tuple[str, Words]]
    periods: Sequence[tuple[str, Words]]
    agencies: Sequence[tuple[str, str]]
    agency_name: str


REPORTS: tuple[Report, ...] = (
    Report(
        "services",
        Words("Dịch vụ", "Services"),
        Words("Các phiên bản dịch vụ được gọi trong kỳ.", "The service versions that were called."),
        contents.services,
        "-exchanges",
        ("service", "exchanges"),
    ),
    Report(
        "operations",
        Words("Thao tác", "Operations"),
        Words("Các thao tác được gọi trong kỳ.", "The operations that were called."),
        contents.operations,
        "-exchanges",
        ("operation", "exchanges"),
    ),
    Report(
        "databases",
        Words("Cơ sở dữ liệu", "Databases"),
        Words("Mỗi cơ sở dữ liệu được bao nhiêu đơn vị, hệ thống khai thác.", "Who used which database."),
        contents.databases,
        "-exchanges",
        ("database", "exchanges"),
    ),
    Report(
        "consumers",
        Words("Đơn vị khai thác", "Consumers"),
        Words("Các đơn vị và hệ thống đã gọi.", "The agencies and systems that called."),
        contents.consumers,
        "-exchanges",
        ("system", "exchanges"),
    ),
    Report(
        "refusals",
        Words("Từ chối và lỗi", "Refusals"),
        Words(
            "Vì sao lượt gọi không thành công, và bên nào xử lý được.",
            "Why calls were not answered, and whose side it is on.",
        ),
        contents.refusals,
        "-exchanges",
        ("reason", "exchanges"),
    ),
    Report(
        "agreements",
        Words("Thỏa thuận", "Agreements"),
        Words("Số thỏa thuận theo trạng thái, tại thời điểm này.", "Agreements by state, now."),
        contents.agreements,
        "-agreements",
        ("state", "agreements"),
    ),
    Report(
        "readiness",
        Words("Mức sẵn sàng", "Readiness"),
        Words(
            "Từng CSDL đã đi đến đâu: nguồn, dịch vụ, thỏa thuận, khai thác, chất lượng (NĐ 278/2025, Điều 7 và 24).",
            "How far each database is: source, service, agreement, use, quality (Decree 278/2025, Art. 7 and 24).",
        ),
        contents.readiness,
        "database",
    ),
    Report(
        "indicators",
        Words("Chỉ số", "Indicators"),
        Words(
            "Chỉ số của toàn nền tảng, kèm cách tính; dùng làm số liệu chứng minh cho bộ chỉ số chuyển đổi số.",
            "Indicators of the whole platform with their formulas; evidence for digital transformation indices.",
        ),
        contents.indicators,
        "",
        is_platforms=True,
    ),
)
CONNECTIONS = Report(
    "connections",
    Words("Kết nối", "Connections"),
    Words(
        "Đơn vị nào được khai thác cơ sở dữ liệu nào, theo thỏa thuận nào, lần gần nhất khi nào.",
        "Who may use which database under which agreement, and when he last did.",
    ),
    contents.agreements,
    "database",
)
_BY_KEY = {report.key: report for report in REPORTS}


@router.get("")
async def show_overview(request: Request, desk: Signed) -> Response:
    """Show the figures of a period at a glance."""
    view, language = view_of(request, desk), language_of(request)
    async with desk.reading() as session:
        steps = await over_time(session, view.scope, view.period, until=desk.now.astimezone(PROVINCE_ZONE))
        doors = await by_key(session, view.scope, Subject.DOOR, view.period)
        reasons = await by_key(session, view.scope, Subject.REASON, view.period)
        waiting = await counted_until(session)
        picker = await _picker(session, view, language)
    return render(
        request,
        "reports/overview.html",
        desk=desk,
        view=view,
        picker=picker,
        may_pack=desk.may(Permission.PLATFORM_READ),
        total=total_of(doors.values()),
        lag=waiting if waiting is not None and desk.now - waiting > _USUAL_LAG else None,
        charts=overview_charts(steps, doors, reasons, view=view, language=language),
    )


@router.get("/connections")
async def show_connections(request: Request, desk: Signed) -> Response:
    """Show the connections of each database."""
    view, language = view_of(request, desk), language_of(request)
    asked = asked_of(request, sorts=tuple(contents.CONNECTION_ORDERS), filters=FILTERS)
    async with desk.reading() as session:
        table = await contents.connections(session, view, language, asked=asked)
        picker = await _picker(session, view, language)
    if asked.format is not Format.PAGE:
        return await _file(CONNECTIONS, table, view, asked.format, language)
    return _page(
        request, desk, CONNECTIONS, view, table=table, part=part_of(table.rows, asked), asked=asked, picker=picker
    )


@router.get("/{key}")
async def show_report(request: Request, desk: Signed, key: str) -> Response:
    """Show a report, or send it as a file."""
    report = _BY_KEY.get(key)
    if report is None:
        raise PathUnknown
    view, language = view_of(request, desk), language_of(request)
    async with desk.reading() as session:
        table = await report.contents(session, view, language)
        picker = await _picker(session, view, language)
    asked = asked_of(request, sorts=_sorts(report, table), filters=FILTERS)
    if asked.sort:
        table = table.sorted_by(asked.sort, descending=asked.descending)
    if asked.format is not Format.PAGE:
        return await _file(report, table, view, asked.format, language)
    return _page(request, desk, report, view, table=table, part=cut(table.rows, asked), asked=asked, picker=picker)


def _page(
    request: Request,
    desk: Desk,
    report: Report,
    view: View,
    *,
    table: Table,
    part: Part[Sequence[object]],
    asked: Asked,
    picker: Picker,
) -> Response:
    return render(
        request,
        "reports/report.html",
        desk=desk,
        report=report,
        view=view,
        table=table,
        part=part,
        asked=asked,
        chart=bars_of(table, report.picture, language_of(request)) if report.picture else None,
        picker=picker,
    )


async def _file(report: Report, table: Table, view: View, form: Format, language: Language) -> Response:
    name = f"lienthong-{report.key}-{view.period.first.isoformat()}-{view.period.last.isoformat()}"
    return await export(name, table.columns, table.rows, form=form, language=language)


def _sorts(report: Report, table: Table) -> list[str]:
    keys = [column.key for column in table.columns]
    return [report.usual, *keys] if report.usual else ["", *keys]


async def _picker(session: AsyncSession, view: View, language: Language) -> Picker:
    listed = await agencies.list_agencies(session) if view.sees_all else []
    own = await agency_titles(session, [view.scope.agency])
    return Picker(
        tabs=[("", Words("Tổng quan", "Overview")), *((one.key, one.title) for one in (*REPORTS, CONNECTIONS))],
        periods=[(preset.value, words) for preset, words in PERIODS.items()],
        agencies=[(one.code, one.name_vi if language is Language.VI else one.name_en or one.name_vi) for one in listed],
        agency_name=named(own, view.scope.agency, language) if view.scope.agency else "",
    )
