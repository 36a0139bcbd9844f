"""What does an owner see of a published service version, and how does he let it end?

Deprecated first, with the last day and what comes after it; retired when nobody should call it any more.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog import databases, services
from catalog.changes import Change
from catalog.descriptions import DatabaseDescription
from catalog.errors import ContentInvalid, Fault
from catalog.inventory import Dependent, Slice, VersionLine, find_versions, read_dependents
from catalog.services import ServiceView
from catalog.states import SERVED
from gateway.compilation import operation_key
from gateway.console.catalogue.told import SERVICE_STATES
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import PROVINCE_ZONE, redirect, render
from gateway.console.history import read_history
from gateway.console.sharing.databases import rights_over
from gateway.console.words import AGREEMENT_STATES, FIELD_CLASSES, FIELD_TYPES
from security.policy import Standing
from security.staff import Permission

router = APIRouter(prefix="/console/databases/{database}/services/{service}/v{version}", include_in_schema=False)
_MOST_VERSIONS: Final = 200
_MOST_DEPENDENTS: Final = 200


@router.get("")
async def show_service(database: str, service: str, version: int, request: Request, desk: Signed) -> Response:
    """Show a version: what it offers, how it stands, who calls it, and for its owner what can be done."""
    desk.require(Permission.CATALOGUE_READ)
    of, view, others = await _found(desk, database, service, version)
    rights = rights_over(desk, of.owner)
    return render(
        request,
        "databases/service.html",
        desk=desk,
        database=of,
        view=view,
        history=await read_history(desk, f"{database}/{service}", "service"),
        others=others,
        rights=rights,
        may_end=desk.may(Permission.SERVICE_PUBLISH, of.owner),
        dependents=await _dependents(desk, view) if rights.dependents else [],
        states=SERVICE_STATES,
        agreement_states=AGREEMENT_STATES,
        classes=FIELD_CLASSES,
        types=FIELD_TYPES,
        published=request.query_params.get("published") == "1",
    )


@router.get("/deprecate")
async def ask_deprecation(database: str, service: str, version: int, request: Request, desk: Signed) -> Response:
    """Ask for the last day and for what comes after it."""
    of, view, others = await _own(desk, database, service, version)
    last = "" if view.sunset_at is None else _last_day(view.sunset_at).isoformat()
    newest = max((one.version for one in others if one.version > version and one.state in SERVED), default=None)
    form = Form({"sunset": [last], "successor": [str(view.successor or newest or "")]})
    return _deprecation_page(request, desk, of, view, others, form)


@router.post("/deprecate")
async def deprecate_service(database: str, service: str, version: int, request: Request, desk: Signed) -> Response:
    """Let each answer of a version say that it will end."""
    form = await desk.read_form(request)
    of, view, others = await _own(desk, database, service, version)
    done = await attempted(_deprecate(desk, view, form))
    if isinstance(done, Refused):
        return _deprecation_page(request, desk, of, view, others, form, why_not=done)
    return redirect(_address(view))


@router.post("/reinstate")
async def reinstate_service(database: str, service: str, version: int, request: Request, desk: Signed) -> Response:
    """Take a deprecation back."""
    await desk.read_form(request)
    _, view, _ = await _own(desk, database, service, version)
    await desk.change(
        "reinstate", lambda session: services.reinstate_service(session, database, service, version=version)
    )
    return redirect(_address(view))


@router.get("/retire")
async def ask_retirement(database: str, service: str, version: int, request: Request, desk: Signed) -> Response:
    """Ask whether nobody shall call a version any more, naming who still does."""
    of, view, _ = await _own(desk, database, service, version)
    desk.require_recent_proof()
    return await _retirement_page(request, desk, of, view)


@router.post("/retire")
async def retire_service(database: str, service: str, version: int, request: Request, desk: Signed) -> Response:
    """Let nobody call a version any more."""
    await desk.read_form(request)
    of, view, _ = await _own(desk, database, service, version)
    desk.require_recent_proof()
    done = await attempted(_retire(desk, view))
    if isinstance(done, Refused):
        return await _retirement_page(request, desk, of, view, why_not=done)
    return redirect(_address(view))


async def _found(
    desk: Desk, database: str, service: str, version: int
) -> tuple[DatabaseDescription, ServiceView, list[VersionLine]]:
    async with desk.reading() as session:
        of = await databases.show_database(session, database)
        view = await services.show_service(session, database, service, version=version)
        listed = await find_versions(session, database=database, service=service, part=Slice(limit=_MOST_VERSIONS))
    return of, view, [one for one in listed if one.version != version]


async def _own(
    desk: Desk, database: str, service: str, version: int
) -> tuple[DatabaseDescription, ServiceView, list[VersionLine]]:
    """Return what `_found` does. Raises StaffForbidden unless the reader may publish it."""
    found = await _found(desk, database, service, version)
    desk.require(Permission.SERVICE_PUBLISH, found[0].owner)
    return found


async def _deprecate(desk: Desk, view: ServiceView, form: Form) -> Change:
    successor = form.text("successor")
    sunset = _end_of(form.text("sunset"))
    return await desk.change(
        "deprecate",
        lambda session: services.deprecate_service(
            session,
            view.service.database,
            view.service.code,
            version=view.service.version,
            sunset=sunset,
            successor=int(successor) if successor.isascii() and successor.isdigit() else None,
            by=desk.actor,
        ),
    )


async def _retire(desk: Desk, view: ServiceView) -> Change:
    says = view.service
    return await desk.change(
        "retire", lambda session: services.retire_service(session, says.database, says.code, version=says.version)
    )


async def _dependents(desk: Desk, view: ServiceView) -> list[Dependent]:
    """Return the agreements by which systems may call the version, at most `_MOST_DEPENDENTS`, by code."""
    says, policy = view.service, desk.control.calls.policy()
    near = [system for system in policy.systems if (system, says.database, says.code) in policy.reach]
    keys = [operation_key(says, operation) for operation in says.operations]
    granted = (grant for system in near for key in keys for grant in policy.grants.get((system, key), ()))
    codes = sorted({grant.agreement for grant in granted if grant.standing is not Standing.ENDED})
    async with desk.reading() as session:
        return await read_dependents(session, codes[:_MOST_DEPENDENTS])


def _end_of(text: str) -> datetime | None:
    """Return the end of a day in the province's time, None for no day. Raises ContentInvalid."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), PROVINCE_ZONE)
    except (ValueError, OverflowError) as error:
        raise ContentInvalid([Fault("sunset", "không phải một ngày", "is no day")]) from error


def _last_day(end: datetime) -> date:
    return (end.astimezone(PROVINCE_ZONE) - timedelta(seconds=1)).date()


def _address(view: ServiceView) -> str:
    says = view.service
    return f"/console/databases/{says.database}/services/{says.code}/v{says.version}"


def _deprecation_page(
    request: Request, desk: Desk, of: DatabaseDescription, view: ServiceView, others: list[VersionLine], form: Form,
    *, why_not: Refused = NOTHING_REFUSED,
) -> Response:  # fmt: skip
    return render(
        request,
        "databases/deprecate.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        database=of,
        view=view,
        successors=[(one.version, f"v{one.version}: {one.title_vi}") for one in others if one.state in SERVED],
        form=form,
        refused=why_not,
    )


async def _retirement_page(
    request: Request, desk: Desk, of: DatabaseDescription, view: ServiceView, *, why_not: Refused = NOTHING_REFUSED
) -> Response:
    return render(
        request,
        "databases/retire.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        database=of,
        view=view,
        dependents=await _dependents(desk, view),
        agreement_states=AGREEMENT_STATES,
        refused=why_not,
    )
