"""Over which address is the record searched? (docs/inquiry.md)

The same search as the console's, with keyset pages: auditors look through every agency's exchanges, an agency's own
people through its own. That somebody searched, and for what, is on record before anything is shown.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.errors import ContentInvalid, Fault
from gateway.api.control import Staff, Visit, control_of, document
from gateway.exchangeids import EXCHANGE_ID
from gateway.inquiry.conditions import CODES, condition_faults
from gateway.lookups import note_reading
from security.audit.index import Ending, Happened
from security.audit.proving import place_of
from security.audit.search import Found, Search, Side
from security.audit.streams import StoreFailed
from security.errors import RecordUnavailable
from security.staff import Permission, Role

router = APIRouter(prefix="/api/v1/record/exchanges", tags=["record"])
Choice = TypeVar("Choice", bound=StrEnum)
MOST = 200
_LONGEST = timedelta(days=366)
_USUAL = timedelta(hours=24)
_NAMES = frozenset(
    {"since", "until", "agency", "side", "system", "agreement", "database", "service", "happened", "ending", "reason"}
)
_PAGING = frozenset({"before", "limit"})
_RECORDS = sa.text(
    "SELECT exchange_id, stream, seq FROM record WHERE exchange_id IN :ids ORDER BY exchange_id, at_us, seq"
).bindparams(sa.bindparam("ids", expanding=True))


class FoundLeaf(msgspec.Struct, frozen=True):
    """Where a record of an exchange stands: which leaf of which log."""

    log: str
    index: int


class FoundExchange(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange, as the list has it, and the leaves of its records; none while it is in no log, or was removed."""

    exchange: Found
    leaves: Sequence[FoundLeaf]


class FoundExchanges(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first. `next` is the `before` of the page after, empty where that was all.

    `looked_back_to`: the page is not full because enough was looked at; go on from `next`.
    """

    exchanges: Sequence[FoundExchange]
    next: str
    looked_back_to: datetime | None
    absent: Sequence[str]
    """Months that stand in an archive which cannot be read here: nothing of them was looked at."""


@router.get("", summary="Search the record")
async def search_record(request: Request, visit: Staff) -> Response:
    """Return the exchanges that fit, the newest first.

    `since` and `until` are instants with an offset (a day by default, a year at most); `agency`, `side` (consumer,
    provider), `system`, `agreement`, `database`, `service`, `happened`, `ending` and `reason` choose; `before` and
    `limit` (200 at most) turn pages.
    """
    visit.require(Permission.RECORD_READ, visit.member.agency)
    told = dict(request.query_params)
    asked, before, limit = read_search(told, now=visit.actor.at)
    if Role(visit.member.role) is not Role.AUDITOR:
        asked = msgspec.structs.replace(asked, agency=visit.member.agency)
    await note_reading(
        control_of(request).recorder,
        "search",
        member=visit.member.code,
        agency=visit.member.agency,
        source=request.client.host if request.client else "",
        at=visit.actor.at,
        about={name: text[:200] for name, text in told.items() if name in _NAMES},
    )
    return document(await _found(request, visit, asked, before=before, limit=limit))


async def _found(request: Request, visit: Visit, asked: Search, *, before: str, limit: int) -> FoundExchanges:
    try:
        async with visit.reading() as session:
            whole = await control_of(request).archive.search(session, asked, before=before, most=limit)
            page = whole.page
            leaves = await _leaves(await session.connection(), [row.exchange_id for row in page.rows])
    except StoreFailed as error:
        raise RecordUnavailable("the record cannot be read") from error
    return FoundExchanges(
        exchanges=[FoundExchange(exchange=row, leaves=leaves.get(row.exchange_id, ())) for row in page.rows],
        next=page.next,
        looked_back_to=page.looked_back_to,
        absent=whole.absent,
    )


async def _leaves(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[FoundLeaf]]:
    leaves: dict[str, list[FoundLeaf]] = {}
    if not ids:
        return leaves
    for exchange_id, stream, seq in list(await connection.execute(_RECORDS, {"ids": list(ids)})):
        place = await place_of(connection, stream, seq)
        if place is not None:
            leaves.setdefault(exchange_id, []).append(FoundLeaf(place.log, place.index))
    return leaves


def read_search(told: dict[str, str], *, now: datetime) -> tuple[Search, str, int]:
    """Return what is asked for, from which id on, and how much of it. Raises ContentInvalid with all that is wrong."""
    faults = [
        Fault(name, "không có điều kiện này", "is nothing to search by")
        for name in sorted(told.keys() - _NAMES - _PAGING)
    ]
    until = _moment("until", told, faults) or now + timedelta(minutes=1)
    since = _moment("since", told, faults) or until - _USUAL
    if not since < until <= since + _LONGEST:
        faults.append(
            Fault("since", "phải trước until, cách nhau tối đa 366 ngày", "before until, by 366 days at most")
        )
    faults += condition_faults({name: told.get(name, "") for name in CODES})
    before = told.get("before", "")
    if before and not EXCHANGE_ID.match(before):
        faults.append(Fault("before", "phải là next của trang trước", "must be the next of the page before"))
    limit = told.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit[:6]) <= MOST):
        faults.append(Fault("limit", f"từ 1 đến {MOST}", f"1 to {MOST}"))
    side = _one_of(Side, "side", told, faults)
    happened, ending = _one_of(Happened, "happened", told, faults), _one_of(Ending, "ending", told, faults)
    if faults:
        raise ContentInvalid(faults)
    asked = Search(
        since=since,
        until=until,
        agency=told.get("agency", ""),
        side=side or Side.CONSUMER,
        system=told.get("system", ""),
        agreement=told.get("agreement", ""),
        database=told.get("database", ""),
        service=told.get("service", ""),
        happened=happened,
        ending=ending,
        reason=told.get("reason", ""),
    )
    return asked, before, int(limit)


def _moment(name: str, told: dict[str, str], faults: list[Fault]) -> datetime | None:
    text = told.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    faults.append(Fault(name, "phải theo ISO 8601, có múi giờ", "must be ISO 8601 with an offset"))
    return None


def _one_of(kind: type[Choice], name: str, told: dict[str, str], faults: list[Fault]) -> Choice | None:
    text = told.get(name, "")
    if text and text not in set(kind):
        known = ", ".join(one.value for one in kind)
        faults.append(Fault(name, f"phải là một trong: {known}", f"must be one of: {known}"))
        return None
    return kind(text) if text else None
