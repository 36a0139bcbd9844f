"""How does a reader take a part of the record along, so that others can check it?

From the list with its conditions, from one exchange, or with ids that he names: he chooses the form, the worker makes
the file, and he takes it. `/console/record/export` takes the conditions of the list in its query, and `exchange` again
and again for ids: other pages link to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from catalog.names import agency_names, system_names
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.forms import Form as Typed
from gateway.console.forms import Refused, attempted
from gateway.console.frame import HEADERS, language_of, redirect, render
from gateway.console.listing import Asked, Column, asked_of, cut, export
from gateway.console.listing import Format as ListFormat
from gateway.console.record.pages import FILTERS, HERE, is_auditor, span_of, wanted_of
from gateway.console.record.wording import (
    ENDINGS,
    EXPORT_FORMS,
    EXPORT_STATES,
    HAPPENED,
    SIDES_OF_SEARCH,
    WHY_NOT,
    reason_words,
)
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.exports.ordering import ask_export, exchange_ids, show_export, take_file
from gateway.exports.orders import KEPT, MOST_IDS, About, Form, Order, State, list_orders
from security.audit.search import Search, Side
from security.staff import Permission, Role

router = APIRouter(prefix=HERE, include_in_schema=False)
ASKED: Final = tuple(name for name in FILTERS if name != "before")
ORDERS: Final = f"{HERE}/exports"
ASK: Final = f"{HERE}/export"
_QUIET: Final = timedelta(minutes=1)
COLUMNS: Final = (
    Column("asked_at", Words("Yêu cầu lúc", "Asked for"), sortable=True),
    Column("form", Words("Dạng", "Form")),
    Column("about", Words("Phạm vi", "Of what")),
    Column("state", Words("Trạng thái", "State"), sortable=True),
    Column("records", Words("Số bản ghi", "Records"), sortable=True, numeric=True),
    Column("octets", Words("Dung lượng", "Size"), numeric=True),
)


@router.get("/export")
async def choose(request: Request, desk: Signed) -> Response:
    """Show what would be exported, and ask in which form."""
    _require(desk)
    asked = asked_of(request, sorts=(), filters=ASKED)
    ids = request.query_params.getlist("exchange")
    return await _form(request, desk, asked, "\n".join(ids), refused=None)


@router.post("/export")
async def ask(request: Request, desk: Signed) -> Response:
    """Take the order, and show how far it is."""
    _require(desk)
    typed = await desk.read_form(request)
    filters = {name: typed.text(name)[:200] for name in ASKED if typed.text(name)}
    asked = Asked(path=ASK, filters=filters)
    ids = exchange_ids(typed.text("exchanges"))
    about = About(exchanges=ids) if ids else About(search=_wanted(asked, desk))
    form = Form(typed.text("form")) if typed.text("form") in set(Form) else Form.BUNDLE
    order = await attempted(
        ask_export(desk.control, desk.member, about, form=form, source=source_of(request), at=desk.now)
    )
    if isinstance(order, Refused):
        return await _form(request, desk, asked, typed.text("exchanges"), refused=order, typed=typed)
    return redirect(f"{ORDERS}/{order.id}")


@router.get("/exports")
async def list_mine(request: Request, desk: Signed) -> Response:
    """Show what the reader has asked for, the newest first."""
    _require(desk)
    asked = asked_of(request, sorts=("-asked_at", "state", "records"), filters=("state", "form"))
    async with desk.reading() as session:
        orders = await list_orders(await session.connection(), member=desk.member.code)
    part = cut(_sorted([one for one in orders if _fits(one, asked)], asked), asked)
    if asked.format is not ListFormat.PAGE:
        language = language_of(request)
        rows = [
            (
                one.asked_at,
                EXPORT_FORMS[one.form].in_language(language),
                " ".join(f"{name}={value}" for name, value in one.about.told().items()),
                EXPORT_STATES[one.state].words.in_language(language),
                one.records,
                one.octets,
            )
            for one in part.rows
        ]
        return await export("ban-xuat", COLUMNS, rows, form=asked.format, language=language)
    return render(
        request,
        "record/exports.html",
        desk=desk,
        asked=asked,
        part=part,
        columns=COLUMNS,
        forms=EXPORT_FORMS,
        states=EXPORT_STATES,
        why_not=WHY_NOT,
    )


@router.get("/exports/{export_id}")
async def show(export_id: str, request: Request, desk: Signed) -> Response:
    """Show how far an export is, and how to check it."""
    _require(desk)
    order = await show_export(desk.control, desk.member, export_id)
    return render(
        request,
        "record/export.html",
        desk=desk,
        order=order,
        forms=EXPORT_FORMS,
        states=EXPORT_STATES,
        why_not=WHY_NOT,
        told=await _told(desk, order.about),
        is_slow=order.state in (State.WAITING, State.MAKING) and desk.now - order.asked_at > _QUIET,
        until=order.made_at + KEPT if order.made_at else None,
        issuer=desk.control.issuer,
    )


@router.get("/exports/{export_id}/file")
async def take(export_id: str, request: Request, desk: Signed) -> Response:
    """Hand out the file, when that is on record."""
    _require(desk)
    path = await take_file(desk.control, desk.member, export_id, source=source_of(request), at=desk.now)
    return FileResponse(path, media_type="application/zip", filename=path.name, headers=dict(HEADERS))


async def _form(
    request: Request, desk: Desk, asked: Asked, ids: str, *, refused: Refused | None, typed: Typed | None = None
) -> Response:
    wanted = _wanted(asked, desk)
    return render(
        request,
        "record/export_form.html",
        status=422 if refused else 200,
        desk=desk,
        told=await _told(desk, About(search=wanted)),
        # The moments, and not "the last day": what is exported is what was seen.
        hidden={**asked.filters, "since": _exact(wanted.since), "until": _exact(wanted.until)},
        back=replace(asked, path=HERE).address(),
        ids=ids,
        most=MOST_IDS,
        refused=refused,
        form=typed,
        forms=[(one.value, words.in_language(language_of(request))) for one, words in EXPORT_FORMS.items()],
        chosen=typed.text("form") if typed else Form.BUNDLE.value,
        is_owner=desk.role is Role.DATA_OWNER,
    )


def _exact(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _wanted(asked: Asked, desk: Desk) -> Search:
    """Return what the list of these conditions looks for; who is no auditor takes his own systems' exchanges along."""
    search = wanted_of(asked, desk, span_of(asked, desk))
    return search if is_auditor(desk) else msgspec.structs.replace(search, side=Side.CONSUMER)


async def _told(desk: Desk, about: About) -> list[tuple[Words, Words | datetime]]:
    """Return what is asked for in words."""
    search = about.search
    if search is None:
        return [(Words("Số mã tra cứu", "Correlation ids"), Words(*[str(len(about.exchanges))] * 2))]
    async with desk.reading() as session:
        names = await agency_names(session, (search.agency,)) | await system_names(session, (search.system,))
    told: list[tuple[Words, Words | datetime]] = [
        (Words("Từ", "From"), search.since),
        (Words("Đến", "Until"), search.until),
    ]
    if search.agency:
        told.append((SIDES_OF_SEARCH[search.side], Words(*[names.get(search.agency, search.agency)] * 2)))
    plain = (
        (Words("Hệ thống", "System"), names.get(search.system, search.system)),
        (Words("Thỏa thuận", "Agreement"), search.agreement),
        (Words("Cơ sở dữ liệu", "Database"), search.database),
        (Words("Dịch vụ", "Service"), search.service),
    )
    told += [(title, Words(value, value)) for title, value in plain if value]
    if search.happened:
        told.append((Words("Việc", "What"), HAPPENED[search.happened]))
    if search.ending:
        told.append((Words("Kết quả", "Result"), ENDINGS[search.ending].words))
    if search.reason:
        told.append((Words("Lý do từ chối", "Reason of refusal"), reason_words(search.reason)))
    return told


def _fits(order: Order, asked: Asked) -> bool:
    wanted: Mapping[str, str] = asked.filters
    return wanted.get("state", order.state) == order.state and wanted.get("form", order.form) == order.form


def _sorted(orders: Sequence[Order], asked: Asked) -> list[Order]:
    match asked.sort:
        case "records":
            found = sorted(orders, key=lambda one: one.records)
        case "state":
            found = sorted(orders, key=lambda one: one.state)
        case _:
            found = sorted(orders, key=lambda one: one.id)
    return found[::-1] if asked.descending else found


def _require(desk: Desk) -> None:
    if not desk.may(Permission.RECORD_READ, desk.member.agency):
        raise StaffForbidden
