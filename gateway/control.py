"""What answers everything that is not an exchange: tokens, catalogue, control API, health, explanations?

One FastAPI application. Its refusals are problems like those of an exchange, each recorded and with an Exchange-Id.
"""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRouter
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request

from adapters.circuit import CircuitState
from adapters.resilience import ResilientAdapter
from catalog.errors import CatalogError
from gateway.api.control import Control, identify_reader
from gateway.api.record import Identify, RecordReader, record_router
from gateway.api.routers import mount_control
from gateway.clients import PolicyClients
from gateway.errors import GatewayError, PathUnknown, PolicyUnavailable
from gateway.exchange import clock
from gateway.exchangeids import new_exchange_id
from gateway.explain import ReadExchange, explain_router
from gateway.health import Check, health_router
from gateway.node import Node
from gateway.oauth import TokenEndpoint, oauth_routes
from gateway.pages import CONTENT_SECURITY_POLICY, page
from gateway.problem_texts import PROBLEMS
from gateway.refusals import Refuser
from gateway.wellknown import wellknown_routes
from security.audit.read import StoredRecord, find_exchange
from security.errors import LimitsUnavailable, SecurityError, TokenInvalid

_STANDING = {CircuitState.CLOSED: "ok", CircuitState.HALF_OPEN: "being tried again", CircuitState.OPEN: "failing"}


def control_application(node: Node) -> FastAPI:
    """Return the application. Its usual documentation page is not served: it loads from a content network."""
    app = FastAPI(title="Liên Thông", version="1", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None)
    # A redirect would be made of the caller's own Host header.
    app.router.redirect_slashes = False
    refuse = Refuser(node.denials, public_url=node.settings.issuer, log=node.log)
    for kind in (HTTPException, RequestValidationError, CatalogError, GatewayError, SecurityError, Exception):
        app.add_exception_handler(kind, refuse)
    app.middleware("http")(add_headers)
    app.include_router(explain_router(_reader(node)), tags=["explain"])
    app.include_router(
        health_router(
            checks={"database": _check_database(node), "record": _check_record(node), "limits": _check_limits(node)},
            providers=lambda: provider_states(node),
            registry=node.registry,
        ),
        tags=["health"],
    )
    app.include_router(_problem_pages(), tags=["explain"])
    mount_control(app, Control(database=node.database, recorder=node.record, clock=clock))
    app.include_router(
        record_router(database_url=node.settings.database_url, writer=node.record, identify=_identifier(node)),
        tags=["record"],
    )
    tokens = TokenEndpoint(
        PolicyClients(node.policy, now=clock),
        node.keys,
        issuer=node.settings.issuer,
        replays=node.replays,
        record=node.record.append,
        now=clock,
        new_id=new_exchange_id,
    )
    app.router.routes.extend(oauth_routes(tokens))
    app.router.routes.extend(wellknown_routes(node.settings.issuer, lambda: node.keys))
    return app


async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Give each answer an Exchange-Id where it has none, and what keeps a browser from doing more than show it."""
    response = await call_next(request)
    response.headers.setdefault("exchange-id", new_exchange_id())
    response.headers.setdefault("content-security-policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("x-content-type-options", "nosniff")
    response.headers.setdefault("referrer-policy", "no-referrer")
    return response


def provider_states(node: Node) -> dict[str, str]:
    """Return how each provider does, in the words of an operator and not of circuit breakers ("closed" is good)."""
    states: dict[str, str] = {}
    for code, adapter in sorted(node.policy.current.providers.items()):
        states[code] = _STANDING[adapter.state.circuit] if isinstance(adapter, ResilientAdapter) else "unknown"
    return states


def _reader(node: Node) -> ReadExchange:
    async def read_exchange(exchange_id: str) -> Sequence[StoredRecord]:
        return await find_exchange(node.settings.database_url, exchange_id)

    return read_exchange


def _identifier(node: Node) -> Identify:
    async def identify(request: Request) -> RecordReader:
        """Return who reads the record: a system by its access token (three parts), else a member of the staff."""
        authorization = request.headers.get("authorization", "")
        if authorization.count(".") == 2:
            token = node.verifier.verify(authorization, clock())
            system = node.policy.current.systems.get(token.client_id)
            if system is None or not system.active or token.key_thumbprint not in system.proofs:
                raise TokenInvalid("the token's client may not call")
            return RecordReader(name=system.code, agency=system.agency, auditor=False)
        return await identify_reader(request)

    return identify


def _check_database(node: Node) -> Check:
    async def check() -> str:
        try:
            await node.policy.refresh()
        except PolicyUnavailable:
            return "the database does not answer"
        return ""

    return check


def _check_record(node: Node) -> Check:
    async def check() -> str:
        return "" if node.record.ready() else "exchanges cannot be recorded"

    return check


def _check_limits(node: Node) -> Check:
    async def check() -> str:
        try:
            await node.ping_counters()
        except LimitsUnavailable:
            return "the shared counters do not answer"
        return ""

    return check


def _problem_pages() -> APIRouter:
    router = APIRouter()

    @router.get("/problems/{slug}", summary="What a problem type means")
    async def show_problem(slug: str) -> Response:
        known = PROBLEMS.get(slug)
        if known is None:
            raise PathUnknown
        rows = [
            ("Mã / Type", known.slug),
            ("Trạng thái HTTP / Status", str(known.status)),
            ("Thuộc về / Side", known.side.value),
            ("Chi tiết", known.detail_vi),
            ("Làm gì tiếp", known.next_vi),
            ("Detail", known.detail_en),
            ("What to do", known.next_en),
        ]
        return HTMLResponse(page(f"{known.title_vi} / {known.title_en}", rows))

    return router
