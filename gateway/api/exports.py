"""Over which addresses does a part of the record leave as a file? (docs/evidence.md)

An export is asked for, made by the worker within seconds or minutes, and then taken. Each step is on record.
"""

from datetime import UTC, datetime, timedelta

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from catalog.errors import ContentInvalid, Fault
from gateway.api.control import Staff, Visit, control_of, document, read_document
from gateway.api.documents import ExportDocument, ExportSearchDocument, takes
from gateway.exports.ordering import ask_export, show_export, take_file
from gateway.exports.orders import About, Order, State, list_orders
from security.audit.search import Search
from security.staff import Permission

router = APIRouter(prefix="/api/v1/record/exports", tags=["record"])
_LONGEST = timedelta(days=366)


class ShownExport(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export is. `file` is where it can be taken, empty until it is ready; `digest` its SHA-256 (hex)."""

    id: str
    form: str
    state: str
    why_not: str
    asked_at: datetime
    made_at: datetime | None
    records: int
    pending: int
    absent: int
    octets: int
    digest: str
    file: str


@router.post("", summary="Ask for a part of the record", status_code=202, openapi_extra=takes(ExportDocument))
async def ask(request: Request, visit: Staff) -> Response:
    """Take an order for an export: the exchanges that are named, or those that a search finds."""
    _require(visit)
    asked = await read_document(request, ExportDocument)
    about = About(exchanges=tuple(asked.exchanges), search=_search(asked.search) if asked.search else None)
    order = await ask_export(
        control_of(request), visit.member, about, form=asked.form, source=_source(request), at=visit.actor.at
    )
    answer = document(_shown(order), status=202)
    answer.headers["location"] = f"{router.prefix}/{order.id}"
    return answer


@router.get("", summary="The exports that you asked for")
async def list_mine(visit: Staff) -> Response:
    """Return the caller's own exports, the newest first."""
    _require(visit)
    async with visit.reading() as session:
        orders = await list_orders(await session.connection(), member=visit.member.code)
    return document([_shown(order) for order in orders])


@router.get("/{export}", summary="How far an export is")
async def show(export: str, request: Request, visit: Staff) -> Response:
    """Return one of the caller's own exports."""
    _require(visit)
    return document(_shown(await show_export(control_of(request), visit.member, export)))


@router.get("/{export}/file", summary="The export itself, a ZIP")
async def take(export: str, request: Request, visit: Staff) -> Response:
    """Hand out the file of an export that is ready."""
    _require(visit)
    path = await take_file(control_of(request), visit.member, export, source=_source(request), at=visit.actor.at)
    return FileResponse(path, media_type="application/zip", filename=path.name, headers={"cache-control": "no-store"})


def _require(visit: Visit) -> None:
    visit.require(Permission.RECORD_READ, visit.member.agency)


def _source(request: Request) -> str:
    return request.client.host if request.client else ""


def _search(asked: ExportSearchDocument) -> Search:
    since, until = asked.since, asked.until
    if since.tzinfo is None or until.tzinfo is None or not since < until <= since + _LONGEST:
        vi, en = "phải có múi giờ, và since < until, tối đa 366 ngày", "with zones, since < until, 366 days at most"
        raise ContentInvalid([Fault("search", vi, en)])
    return Search(
        since=since.astimezone(UTC),
        until=until.astimezone(UTC),
        agency=asked.agency,
        side=asked.side,
        system=asked.system,
        agreement=asked.agreement,
        database=asked.database,
        service=asked.service,
        happened=asked.happened,
        ending=asked.ending,
        reason=asked.reason,
    )


def _shown(order: Order) -> ShownExport:
    return ShownExport(
        id=order.id,
        form=order.form.value,
        state=order.state.value,
        why_not=order.why_not.value,
        asked_at=order.asked_at,
        made_at=order.made_at,
        records=order.records,
        pending=order.pending,
        absent=order.absent,
        octets=order.octets,
        digest=order.digest,
        file=f"{router.prefix}/{order.id}/file" if order.state is State.READY else "",
    )
