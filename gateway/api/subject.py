"""What does a citizen portal get to show to the citizen who has signed in there? (docs/citizen.md)

The portal proves itself by an access token as every system does, and the citizen by his ID token in `Citizen-Token`.
Nobody is asked for by a number: whoever is proven sees himself. `findUsage`, `usagePeriod` and `heartbeat` have the
shapes of Estonia's Andmejälgija (e-gov/AJ, dumonitor-openapi-v2.yaml, 2.0.0).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from gateway.api.control import control_of, document
from gateway.citizens.usage import Use
from gateway.citizens.view import MOST_AT_ONCE, MOST_COUNTED, Citizen, CitizenView, Looker
from gateway.errors import FaultFound, RequestInvalid
from gateway.exchangeids import EXCHANGE_ID

router = APIRouter(prefix="/subject/v1", tags=["subject"])
_MOST_OF_ESTONIA = 1000


class ShownUsage(msgspec.Struct, frozen=True, kw_only=True):
    """A page: the time that was asked for (UTC), what happened in it, and the `before` of the next page."""

    since: datetime
    until: datetime
    usage: Sequence[Use]
    next: str


class EstonianUsage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`Usage` of the contract: to whom data was released, when, and why."""

    logtime: datetime
    action: str
    receiver_code: str
    receiver_name: str
    receiver_system: str


class EstonianUsages(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`FindUsageResponse` of the contract. `totalUsages` is left out above what is counted."""

    total_usages: int | msgspec.UnsetType
    usages: Sequence[EstonianUsage]


class EstonianPeriod(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`UsagePeriodResponse` of the contract: no `periodEnd`, for what is asked for may end now."""

    period_start: datetime


class EstonianHeartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """`HeartbeatResponse` of the contract."""

    status: str
    message: str


async def portal_of(request: Request) -> Looker:
    """Return the portal that calls. Raises PortalNotAllowed, and what an access token is refused with."""
    return await _view(request).portal(request.headers.get("authorization", ""))


Portal = Annotated[Looker, Depends(portal_of)]


async def citizen_of(
    request: Request, portal: Portal, token: Annotated[str, Header(alias="Citizen-Token")] = ""
) -> Citizen:
    """Return the citizen whom the portal has signed in, by his ID token. Raises CitizenUnproven, SsoFailed."""
    return await _view(request).citizen_of(token, portal)


SignedIn = Annotated[Citizen, Depends(citizen_of)]


@router.get("/usage", summary="Who has used the data of the citizen who is signed in")
async def show_usage(
    request: Request,
    portal: Portal,
    citizen: SignedIn,
    since: str = "",
    until: str = "",
    before: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 50,
) -> Response:
    """Return a page of the exchanges that concern him, the newest first."""
    _know(request, ("since", "until", "before", "limit"))
    view = _view(request)
    period = view.period(since, until)
    if before and not EXCHANGE_ID.match(before):
        raise RequestInvalid([FaultFound("before", "không phải giá trị next của trang trước", "is no page's next")])
    page = await view.look(citizen, period, before=before, most=limit, looker=portal)
    return document(ShownUsage(since=period.since, until=period.until, usage=page.uses, next=page.next))


@router.get("/findUsage", summary="The same in the shape of Estonia's Andmejälgija 2.0.0")
async def find_usage(
    request: Request,
    portal: Portal,
    citizen: SignedIn,
    period_start: Annotated[str, Query(alias="periodStart")] = "",
    period_end: Annotated[str, Query(alias="periodEnd")] = "",
    offset: Annotated[int, Query(ge=0, le=MOST_COUNTED)] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_OF_ESTONIA)] = _MOST_OF_ESTONIA,
) -> Response:
    """Return the answered exchanges that concern him, the newest first."""
    _know(request, ("periodStart", "periodEnd", "offset", "limit"))
    view = _view(request)
    period = view.period(period_start, period_end, names=("periodStart", "periodEnd"))
    found = await view.slice(citizen, period, offset=offset, limit=limit, looker=portal)
    total = msgspec.UNSET if found.total is None else found.total
    return document(EstonianUsages(total_usages=total, usages=[_estonian(one) for one in found.uses]))


@router.get("/usagePeriod", summary="Since when uses can be found, in the shape of Andmejälgija 2.0.0")
async def show_period(request: Request, portal: Portal) -> Response:
    """Return since when somebody can be found in the record: older months are erased, or were never kept."""
    del portal  # proven, and nothing more is needed
    _know(request, ())
    return document(EstonianPeriod(period_start=_view(request).kept_since()))


@router.get("/heartbeat", summary="Whether uses can be asked for, in the shape of Andmejälgija 2.0.0")
async def beat(request: Request, portal: Portal) -> Response:
    """Return `OK`, or `FAIL` with what does not work."""
    del portal  # proven, and nothing more is needed
    _know(request, ())
    failing = [name for name, check in control_of(request).checks.items() if await check()]
    if failing:
        return document(EstonianHeartbeat(status="FAIL", message=f"not working: {', '.join(failing)}"))
    return document(EstonianHeartbeat(status="OK", message="usage can be asked for"))


def _estonian(use: Use) -> EstonianUsage:
    return EstonianUsage(
        logtime=use.at.astimezone(UTC),
        action=f"{use.purpose.title_vi}: {use.operation.title_vi}",
        receiver_code=use.agency.code,
        receiver_name=use.agency.title_vi,
        receiver_system=use.system.title_vi,
    )


def _know(request: Request, names: Collection[str]) -> None:
    """Refuse what is not asked here, a person's number above all. Its name is not repeated: it may be one."""
    if not set(request.query_params) <= set(names):
        vi = "có tham số không dùng ở đây; người được hỏi là người đã đăng nhập, không nêu bằng tham số"
        en = "there is a parameter that is none here; who is asked about is who signed in, and is never a parameter"
        raise RequestInvalid([FaultFound("query", vi, en)])


def _view(request: Request) -> CitizenView:
    return control_of(request).citizens
