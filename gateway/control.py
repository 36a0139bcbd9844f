"""What answers everything that is not an exchange: tokens, catalogue, control API, health, explanations?

One FastAPI application. Its refusals are problems like those of an exchange, each recorded and with an Exchange-Id.
"""

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request

from adapters.circuit import CircuitState
from adapters.errors import AdapterError
from adapters.resilience import ResilientAdapter
from catalog.errors import CatalogError
from gateway.api.control import Control, identify_reader
from gateway.api.dcat import dcat_router
from gateway.api.log import LogReader, log_router
from gateway.api.openapi import Readers, openapi_router
from gateway.api.record import Identify, RecordReader, record_router
from gateway.api.routers import add_routes, mount_control
from gateway.archive.searching import ArchiveReader
from gateway.citizens.proving import open_citizen_proof
from gateway.citizens.view import CitizenView, Looker, SystemByToken
from gateway.clients import PolicyClients
from gateway.console.routers import mount_console
from gateway.doors.arrival import Arrivals
from gateway.errors import GatewayError, PolicyUnavailable, PortalNotAllowed
from gateway.exchange import clock
from gateway.exchangeids import new_exchange_id
from gateway.explain import ReadExchange, explain_router
from gateway.health import Check, health_router
from gateway.inquiry.manifest import SIGNATURE_TYPE
from gateway.node import Node, pseudonym_keys
from gateway.oauth import TokenEndpoint, oauth_routes
from gateway.publication.workshop import open_workshop
from gateway.receipts import receipt_keys
from gateway.refusals import Refuser
from gateway.signing_in import SignIns
from gateway.sso import open_sso
from gateway.stages.authenticate import system_in_force
from gateway.tryit.room import CallRoom
from gateway.tryit.tryout import TryOut
from gateway.wellknown import wellknown_routes
from gateway.why.proofs import Proofs
from security.assertions import AssertionReader
from security.audit.privacy import PseudonymKeys
from security.audit.read import StoredRecord, find_exchange
from security.errors import LimitsUnavailable, SecurityError, TokenInvalid
from security.sealing import SecretSealer
from security.signatures import Signer

# Of what is no page: a page brings its own (gateway/console/frame.py).
_CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_STANDING = {CircuitState.CLOSED: "ok", CircuitState.HALF_OPEN: "being tried again", CircuitState.OPEN: "failing"}


def control_application(node: Node) -> FastAPI:
    """Return the application. Its usual documentation page is not served: it loads from a content network."""
    app = FastAPI(title="Liên Thông", version="1", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None)
    # A redirect would be made of the caller's own Host header.
    app.router.redirect_slashes = False
    refuse = Refuser(node.denials, public_url=node.settings.issuer, log=node.log)
    for kind in (
        HTTPException,
        RequestValidationError,
        CatalogError,
        GatewayError,
        SecurityError,
        AdapterError,
        Exception,
    ):
        app.add_exception_handler(kind, refuse)
    app.middleware("http")(add_headers)
    archive = ArchiveReader(node.database, Path(node.settings.archive_dir) if node.settings.archive_dir else None)
    add_routes(app, explain_router(_reader(node, archive)))
    add_routes(
        app,
        health_router(
            checks=checks_of(node),
            providers=lambda: provider_states(node),
            remarks=lambda: _remarks(node),
            registry=node.registry,
        ),
    )
    mount_control(app, open_control(node, archive))
    readers = Readers(lambda: node.policy.current, node.verifier, clock, node.zone, node.settings.issuer)
    add_routes(app, openapi_router(readers))
    mount_console(app)
    add_routes(app, dcat_router(node.settings.issuer, node.settings.catalogue_publisher))
    named = [one.split(" ")[0] for one in node.settings.witnesses]
    add_routes(app, log_router(LogReader(node.database, _identifier(node), named, receipt_keys(node.keys))))
    add_routes(
        app,
        record_router(
            database_url=node.settings.database_url, writer=node.record, identify=_identifier(node), archive=archive
        ),
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


def checks_of(node: Node) -> dict[str, Check]:
    """Return what this node needs to take calls."""
    return {
        "database": _check_database(node),
        "record": _check_record(node),
        "limits": _check_limits(node),
        "log": _check_log(node),
    }


def open_control(node: Node, archive: ArchiveReader) -> Control:
    """Return what control API and console work with on this node."""
    sealer, pseudonyms = SecretSealer(node.keys.sealing), pseudonym_keys(node.settings)
    return Control(
        database=node.database,
        database_url=node.settings.database_url,
        recorder=node.record,
        clock=clock,
        sealer=sealer,
        signer=Signer(node.keys.agreement, issuer=node.settings.issuer),
        receipt_keys=receipt_keys(node.keys),
        workshop=open_workshop(node.settings, node.keys),
        provider=lambda code: _asked_with(node, code),
        sign_ins=SignIns(node.database, node.record, denials=node.denials, sealer=sealer, clock=clock),
        sso=open_sso(node.settings, clock=clock),
        citizens=open_citizen_view(node, pseudonyms),
        calls=open_call_room(node),
        issuer=node.settings.issuer,
        settings=node.settings,
        archive=archive,
        checks=checks_of(node),
        pseudonyms=pseudonyms,
        result_signer=Signer(node.keys.agreement, issuer=node.settings.issuer, typ=SIGNATURE_TYPE),
    )


def open_citizen_view(node: Node, pseudonyms: PseudonymKeys) -> CitizenView:
    """Return what shows citizens the use of their data."""
    return CitizenView(
        node.database,
        node.record,
        node.limiter,
        pseudonyms=pseudonyms,
        proof=open_citizen_proof(node.settings, clock=clock),
        systems=_systems_by_token(node),
        clock=clock,
        zone=node.zone,
    )


def _systems_by_token(node: Node) -> SystemByToken:
    async def system(authorization: str) -> Looker:
        """Return the system whose access token this is, by the policy in force now; a narrowed one is for calls only.

        Raises TokenMissing, TokenInvalid, TokenExpired, AccessRefused, PortalNotAllowed, PolicyUnavailable.
        """
        now = clock()
        token = node.verifier.verify(authorization, now)
        await node.policy.refresh()
        found = system_in_force(node.policy.current, token.client_id, token.key_thumbprint, now=now)
        if token.agreements:
            raise PortalNotAllowed
        return Looker(system=found.code, agency=found.agency)

    return system


def open_call_room(node: Node) -> CallRoom:
    """Return what the pages work with on which calls are tried and explained."""
    settings = node.settings
    arrivals = Arrivals(deadline_seconds=settings.exchange_deadline_seconds, most_body_bytes=settings.max_json_bytes)
    return CallRoom(
        tryout=TryOut(node.exchange, arrivals, clock=clock),
        proofs=Proofs(
            assertions=AssertionReader(issuer=settings.issuer),
            tokens=node.verifier,
            replays=node.replays,
            find=PolicyClients(node.policy, now=clock).find,
            policy=lambda: node.policy.current,
        ),
        policy=lambda: node.policy.current,
        zone=node.zone,
        database_url=settings.database_url,
        public_url=settings.issuer,
    )


async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Give each answer an Exchange-Id where it has none, and what keeps a browser from doing more than show it."""
    response = await call_next(request)
    response.headers.setdefault("exchange-id", new_exchange_id())
    response.headers.setdefault("content-security-policy", _CONTENT_SECURITY_POLICY)
    response.headers.setdefault("x-content-type-options", "nosniff")
    response.headers.setdefault("referrer-policy", "no-referrer")
    return response


def provider_states(node: Node) -> dict[str, str]:
    """Return how each provider does, in the words of an operator and not of circuit breakers ("closed" is good)."""
    states: dict[str, str] = {}
    for code, adapter in sorted(node.policy.current.providers.items()):
        if not isinstance(adapter, ResilientAdapter):
            states[code] = "unknown"
            continue
        state = adapter.state
        states[code] = f"{_STANDING[state.circuit]}: {state.remark}" if state.remark else _STANDING[state.circuit]
    return states


def _asked_with(node: Node, code: str) -> ResilientAdapter | None:
    try:
        adapter = node.policy.current.providers.get(code)
    except PolicyUnavailable:
        return None
    return adapter if isinstance(adapter, ResilientAdapter) else None


def _reader(node: Node, archive: ArchiveReader) -> ReadExchange:
    async def read_exchange(exchange_id: str) -> Sequence[StoredRecord]:
        return await archive.with_database(exchange_id, await find_exchange(node.settings.database_url, exchange_id))

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


def _check_log(node: Node) -> Check:
    async def check() -> str:
        return "what was recorded has waited too long for the log" if node.log_watch.is_over else ""

    return check


def _remarks(node: Node) -> dict[str, str]:
    if not node.log_watch.is_late():
        return {}
    seconds = node.log_watch.waited().total_seconds()
    return {"log": f"the oldest record without a proof has waited {seconds:.0f} s"}


def _check_limits(node: Node) -> Check:
    async def check() -> str:
        try:
            await node.limiter.ping()
        except LimitsUnavailable:
            return "the shared counters do not answer"
        return ""

    return check
