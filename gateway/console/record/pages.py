"""Which exchanges does somebody look for in the record, and what is he shown of one?

Auditors look through all agencies', an agency through its own, as consumer or as provider. Each search, look and export
is put on record before anything is shown. The list is the worker's (`security/audit/index.py`): it says how far it has
come.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agencies import list_agencies
from catalog.names import agency_names, system_names
from gateway.archive.searching import Whole
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.frame import language_of, redirect, render, with_query
from gateway.console.listing import PAGE_SIZE, Asked, Cell, Column, Format, asked_of, export
from gateway.console.record.wording import ENDINGS, HAPPENED, READINGS, SIDES_OF_SEARCH, reason_words
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.exchangeids import EXCHANGE_ID
from gateway.inquiry.conditions import must_be_by_codes
from gateway.inquiry.searches import searches_for
from gateway.lookups import note_reading
from gateway.problem_texts import PROBLEMS
from security.audit.following import unread_since
from security.audit.index import READER, Ending, Happened
from security.audit.search import Found, Search, Side
from security.audit.streams import StoreFailed
from security.errors import RecordUnavailable
from security.staff import Permission, Role

router = APIRouter(prefix="/console/record", include_in_schema=False)
HERE = "/console/record"
FILTERS = (
    "since",
    "until",
    "side",
    "agency",
    "system",
    "agreement",
    "database",
    "service",
    "happened",
    "ending",
    "reason",
    "before",
)
MOST_EXPORTED = 10_000
EVERYTHING = "all"
_LONGEST = timedelta(days=366)
_USUAL = timedelta(hours=24)
SPANS = (
    (Words("1 giờ", "1 hour"), timedelta(hours=1)),
    (Words("24 giờ", "24 hours"), _USUAL),
    (Words("7 ngày", "7 days"), timedelta(days=7)),
    (Words("30 ngày", "30 days"), timedelta(days=30)),
)
COLUMNS = (
    Column("at", Words("Thời điểm", "Time")),
    Column("happened", Words("Việc", "What")),
    Column("agency", Words("Đơn vị, hệ thống", "Agency, system")),
    Column("operation", Words("Thao tác", "Operation")),
    Column("agreement", Words("Thỏa thuận", "Agreement")),
    Column("ending", Words("Kết quả", "Result")),
    Column("latency", Words("Thời gian", "Duration"), numeric=True),
)
EXPORTED = (
    Column("exchange_id", Words("Mã tra cứu", "Correlation id")),
    Column("at", Words("Thời điểm", "Time")),
    Column("happened", Words("Việc", "What")),
    Column("agency", Words("Đơn vị", "Agency")),
    Column("system", Words("Hệ thống", "System")),
    Column("actor", Words("Người thực hiện", "Person")),
    Column("provider", Words("Đơn vị cung cấp", "Provider")),
    Column("database", Words("Cơ sở dữ liệu", "Database")),
    Column("service", Words("Dịch vụ", "Service")),
    Column("version", Words("Phiên bản", "Version")),
    Column("operation", Words("Thao tác", "Operation")),
    Column("agreement", Words("Thỏa thuận", "Agreement")),
    Column("purpose", Words("Mục đích", "Purpose")),
    Column("door", Words("Cửa vào", "Door")),
    Column("ending", Words("Kết quả", "Result")),
    Column("reason", Words("Lý do", "Reason")),
    Column("status", Words("Mã HTTP", "HTTP status")),
    Column("latency_ms", Words("Thời gian (ms)", "Duration (ms)")),
    Column("repeated", Words("Số lần", "Times")),
)


@dataclass(frozen=True, slots=True)
class Span:
    """From when (included) until when is looked, as moments and as the form shows them."""

    since: datetime
    until: datetime
    shown_since: str
    shown_until: str


@router.get("")
async def search_record(request: Request, desk: Signed) -> Response:
    """Show the exchanges that fit, the newest first, or hand them out as a file."""
    _require(desk)
    asked = asked_of(request, sorts=(), filters=FILTERS)
    if EXCHANGE_ID.match(asked.words):
        return redirect(f"{HERE}/{asked.words}")
    span = span_of(asked, desk)
    wanted = wanted_of(asked, desk, span)
    is_page = asked.format is Format.PAGE
    await _note(request, desk, asked, wanted, "search" if is_page else "export")
    if not is_page:
        return await _export(request, desk, asked, wanted)
    async with desk.reading() as session:
        connection = await session.connection()
        whole = await searched(session, desk, wanted, before=asked.filters.get("before", ""), most=PAGE_SIZE)
        page = whole.page
        waiting = await unread_since(connection, READER)
        kept = await searches_for(connection, member=desk.member.code, role=desk.role.value)
        agencies = await list_agencies(session) if is_auditor(desk) else []
        names = await agency_names(session, (code for row in page.rows for code in (row.agency, row.provider)))
        names |= await system_names(session, (row.system for row in page.rows))
    return render(
        request,
        "record/search.html",
        desk=desk,
        asked=asked,
        span=span,
        side=wanted.side,
        chosen=wanted.happened.value if wanted.happened else EVERYTHING,
        everything=EVERYTHING,
        narrowed=[name for name in ("system", "agreement", "database", "service") if asked.filters.get(name)],
        spans=[(words, _span_address(asked, desk, length)) for words, length in SPANS],
        page=page,
        absent=whole.absent,
        kept=kept,
        manifest=with_query(
            f"{HERE}/manifest", **{name: text for name, text in asked.filters.items() if name != "before"}
        ),
        columns=COLUMNS,
        names=names,
        agencies=agencies,
        is_auditor=is_auditor(desk),
        lag=None if waiting is None else desk.now - datetime.fromtimestamp(waiting / 1_000_000, UTC),
        newest=_without(asked, "before"),
        taken={name: value for name, value in asked.filters.items() if name != "before"},
        older=_with(asked, before=page.next) if page.next else "",
        sides=SIDES_OF_SEARCH,
        happened=HAPPENED,
        endings=ENDINGS,
        reasons=[(slug, Words(kind.title_vi, kind.title_en)) for slug, kind in sorted(PROBLEMS.items())],
        reason_words=reason_words,
        readings=READINGS,
    )


def is_auditor(desk: Desk) -> bool:
    """Tell whether the reader looks through every agency's exchanges."""
    return desk.role is Role.AUDITOR


def wanted_of(asked: Asked, desk: Desk, span: Span) -> Search:
    """Return what is looked for; who is no auditor looks through his own agency's only. Raises ContentInvalid."""
    told = asked.filters
    auditor = is_auditor(desk)
    usual = Side.PROVIDER if desk.role is Role.DATA_OWNER else Side.CONSUMER
    wanted = Search(
        since=span.since,
        until=span.until,
        agency=told.get("agency", "") if auditor else desk.member.agency,
        side=Side(told["side"]) if told.get("side") in set(Side) else usual,
        system=told.get("system", ""),
        agreement=told.get("agreement", ""),
        database=told.get("database", ""),
        service=told.get("service", ""),
        happened=_happened(told.get("happened", "")),
        ending=Ending(told["ending"]) if told.get("ending") in set(Ending) else None,
        reason=told.get("reason", ""),
    )
    must_be_by_codes(wanted)
    return wanted


def _happened(text: str) -> Happened | None:
    """Return what is looked for: calls, unless something else or everything was asked for."""
    if text == EVERYTHING:
        return None
    return Happened(text) if text in set(Happened) else Happened.CALL


def span_of(asked: Asked, desk: Desk) -> Span:
    """Return the span of time that is asked for, by default the last 24 hours; a year at most."""
    zone = desk.control.calls.zone
    # The list is of what happened up to now; the next minute leaves room for clocks.
    until = _moment(asked.filters.get("until", ""), desk) or desk.now + timedelta(minutes=1)
    since = _moment(asked.filters.get("since", ""), desk) or until - _USUAL
    since = max(min(since, until), until - _LONGEST)
    shown = [moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for moment in (since, until)]
    return Span(since, until, shown[0], shown[1] if asked.filters.get("until") else "")


def _moment(text: str, desk: Desk) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    zone = desk.control.calls.zone
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def _require(desk: Desk) -> None:
    if not desk.may(Permission.RECORD_READ, desk.member.agency):
        raise StaffForbidden


async def _note(request: Request, desk: Desk, asked: Asked, wanted: Search, what: str) -> None:
    # As it was understood and not as it was typed: what is no moment and no known word asks nothing and is not kept.
    understood: dict[str, str | None] = msgspec.to_builtins(wanted)
    about = {name: understood.get(name) or "" for name in FILTERS if name in asked.filters}
    form = "" if asked.format is Format.PAGE else asked.format.value
    await note_reading(
        desk.control.recorder,
        what,
        member=desk.member.code,
        agency=desk.member.agency,
        source=source_of(request),
        at=desk.now,
        about={**about, "format": form},
    )


async def searched(
    session: AsyncSession, desk: Desk, wanted: Search, *, before: str, most: int, must_be_whole: bool = False
) -> Whole:
    """Return a page of database and archive. Raises RecordUnavailable; a file never lacks a month without saying so."""
    try:
        found = await desk.control.archive.search(session, wanted, before=before, most=most)
    except StoreFailed as error:
        raise RecordUnavailable("the record cannot be read") from error
    if must_be_whole and found.absent:
        raise RecordUnavailable(f"{', '.join(found.absent)} stand in an archive that cannot be read here")
    return found


async def _export(request: Request, desk: Desk, asked: Asked, wanted: Search) -> Response:
    rows: list[Found] = []
    before = ""
    async with desk.reading() as session:
        while len(rows) < MOST_EXPORTED:
            page = (await searched(session, desk, wanted, before=before, most=1000, must_be_whole=True)).page
            rows += page.rows
            before = page.next
            if not before:
                break
    language = language_of(request)
    cells = [[*_cells(row, lambda words: words.in_language(language))] for row in rows[:MOST_EXPORTED]]
    return await export("nhat-ky", EXPORTED, cells, form=asked.format, language=language)


def _cells(row: Found, say: Callable[[Words], str]) -> Sequence[Cell]:
    return (
        row.exchange_id,
        row.at,
        say(HAPPENED[row.happened]),
        row.agency,
        row.system,
        row.actor,
        row.provider,
        row.database,
        row.service,
        row.version or None,
        row.operation,
        row.agreement,
        row.purpose,
        row.door,
        say(ENDINGS[row.ending].words),
        row.reason,
        row.status or None,
        row.latency_us // 1000 if row.latency_us else None,
        row.repeated,
    )


def _with(asked: Asked, **changes: str) -> str:
    return with_query(asked.path, **{**asked.filters, **changes})


def _without(asked: Asked, *names: str) -> str:
    return with_query(asked.path, **{name: value for name, value in asked.filters.items() if name not in names})


def _span_address(asked: Asked, desk: Desk, length: timedelta) -> str:
    since = (desk.now - length).astimezone(desk.control.calls.zone).strftime("%Y-%m-%dT%H:%M")
    kept = {name: value for name, value in asked.filters.items() if name not in ("since", "until", "before")}
    return with_query(asked.path, **kept, since=since)
