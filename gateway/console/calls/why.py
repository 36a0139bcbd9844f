"""Why was a token or a call refused, and would a call be let through now?

Anybody may ask about a correlation id, and hears what `/explain` says. Whoever is signed in hears of his own agency's
systems, calls and proofs link by link. What is pasted goes by POST, is judged, and is neither kept nor logged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog.calling import find_caller
from catalog.errors import NotThere, NotYours
from gateway.api.control import control_of
from gateway.console.desk import Desk, Signed, Visitor, source_of
from gateway.console.forms import NOTHING_REFUSED, Refused, refuse_field
from gateway.console.frame import redirect, render, with_query
from gateway.console.record.exchange import seen
from gateway.exchangeids import EXCHANGE_ID
from gateway.lookups import Sight, note_reading
from gateway.snapshot import CompiledGrant, CompiledOperation
from gateway.why.calls import Supposed, recorded_chain, supposed_chain
from gateway.why.chain import Chain
from gateway.why.proofs import MAX_CHARS
from security.audit.read import find_exchange
from security.audit.streams import StoreFailed
from security.errors import RecordUnavailable
from security.policy import Request as Asked
from security.staff import Permission

router = APIRouter(prefix="/console/why", include_in_schema=False)
HERE = "/console/why"
_MOST_BYTES: Final = 4 * MAX_CHARS


@dataclass(frozen=True, slots=True)
class Supposing:
    """A call that might be made, as the form says it. `addressed` and `at` are texts as they were typed."""

    system: str
    grant: CompiledGrant
    operation: CompiledOperation
    purpose: str
    source: str
    at: str
    has_case_file: bool
    has_officer: bool


@router.get("")
async def explain(request: Request, desk: Visitor) -> Response:
    """Show why a call was refused (by its correlation id), or whether one would be let through; else ask for either."""
    query = request.query_params
    if exchange_id := query.get("id", "").strip():
        if not EXCHANGE_ID.match(exchange_id):
            told = refuse_field("id", "không phải mã tra cứu (36 ký tự, dạng 01a2b3c4-…)", "no correlation id")
            return _page(request, desk, refused=told, pasted=exchange_id, status=422)
        return _page(request, desk, chain=await _recorded(request, desk, exchange_id), id=exchange_id)
    if desk is not None and query.get("operation"):
        return await _suppose(request, desk)
    return _page(request, desk)


@router.post("")
async def judge_proof(request: Request, desk: Signed) -> Response:
    """Show which link of a pasted assertion or access token does not hold; a correlation id leads to its own page."""
    form = await desk.read_form(request, most_bytes=_MOST_BYTES)
    # Mail programs and terminals break long lines: a JWT has no blanks.
    pasted = "".join(form.text("pasted").removeprefix("Bearer ").split())
    if EXCHANGE_ID.match(pasted):
        return redirect(with_query(HERE, id=pasted))
    if not pasted or len(pasted) > MAX_CHARS:
        told = refuse_field("pasted", "trống hoặc dài quá 8.192 ký tự", "empty or longer than 8,192 characters")
        return _page(request, desk, refused=told, status=422)
    chain = await desk.control.calls.proofs.chain_of(pasted, may_see=_may_see(desk), now=desk.now)
    return _page(request, desk, chain=chain)


def _may_see(desk: Desk) -> Callable[[str], bool]:
    return lambda agency: desk.may(Permission.SYSTEM_READ, agency)


async def _recorded(request: Request, desk: Desk | None, exchange_id: str) -> Chain:
    """Return the chain of a recorded call; who may not see the exchange hears which link broke and no more."""
    if desk is not None and desk.may(Permission.RECORD_READ, desk.member.agency):
        records, sight, _ = await seen(desk, exchange_id)
        chain = recorded_chain(records)
        if sight is Sight.WHOLE and chain is not None:
            await note_reading(
                desk.control.recorder,
                "why",
                member=desk.member.code,
                agency=desk.member.agency,
                source=source_of(request),
                at=desk.now,
                about={"exchange": exchange_id},
            )
            return chain
    try:
        control = control_of(request)
        records = await control.archive.with_database(
            exchange_id, await find_exchange(control.calls.database_url, exchange_id)
        )
    except StoreFailed as error:
        raise RecordUnavailable("the record cannot be read") from error
    chain = recorded_chain(records)
    if chain is None:
        raise NotThere("exchange", exchange_id)
    return replace(chain, facts=())


# --- a call that might be made ---------------------------------------------------------------------------------------


async def _suppose(request: Request, desk: Desk) -> Response:
    """Say whether a call would be let through, as far as the policy decides. Raises NotYours for another's system."""
    query = request.query_params
    calls = desk.control.calls
    async with desk.reading() as session:
        system = await find_caller(session, query.get("system", ""))
    operation = calls.operation(query.get("operation", ""))
    if system is None or operation is None or not desk.may(Permission.SYSTEM_READ, system.agency):
        raise NotYours
    grants = calls.policy().grants.get((system.code, operation.key), ())
    grant = next((one for one in grants if one.agreement == query.get("agreement", "")), None)
    if grant is None:
        raise NotYours
    supposing = Supposing(
        system=system.code,
        grant=grant,
        operation=operation,
        purpose=query.get("purpose", ""),
        source=query.get("source", "") or source_of(request),
        at=query.get("at", ""),
        has_case_file="case_file" in query,
        has_officer="officer" in query,
    )
    if told := _faults(supposing):
        return _page(request, desk, refused=told, supposing=supposing, status=422)
    supposed = Supposed(
        system.code,
        grant.agreement,
        operation,
        Asked(
            source=supposing.source,
            purpose=supposing.purpose,
            case_file="x" if supposing.has_case_file else "",
            officer="x" if supposing.has_officer else "",
            fields=(),
        ),
    )
    at = datetime.fromisoformat(supposing.at).replace(tzinfo=calls.zone).astimezone(UTC) if supposing.at else desk.now
    chain = supposed_chain(supposed, calls.policy(), now=at, zone=calls.zone)
    return _page(request, desk, chain=chain, supposing=supposing)


def _faults(supposing: Supposing) -> Refused | None:
    try:
        ip_address(supposing.source)
    except ValueError:
        return refuse_field("source", "không phải địa chỉ IP", "not an IP address")
    try:
        if supposing.at:
            at = datetime.fromisoformat(supposing.at)
            if at.tzinfo is not None or not 2000 <= at.year <= 2200:
                raise ValueError("another form")
    except ValueError:
        return refuse_field("at", "không phải thời điểm", "no moment")
    return None


def _page(
    request: Request,
    desk: Desk | None,
    *,
    chain: Chain | None = None,
    supposing: Supposing | None = None,
    refused: Refused = NOTHING_REFUSED,
    id: str = "",  # noqa: A002 - the name in the address
    pasted: str = "",
    status: int = 200,
) -> Response:
    return render(
        request,
        "why/why.html",
        status=status,
        desk=desk,
        chain=chain,
        supposing=supposing,
        refused=refused,
        id=id,
        pasted=pasted,
        issuer=control_of(request).issuer,
        most=MAX_CHARS,
    )
