"""Over which addresses is the OpenAPI document of a service read, and what of it does a caller see?

Without a token it shows everything that is public; with the access token of a system only what its agreements in force
allow. Nobody needs an account to know what there is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import yaml
from fastapi import APIRouter, Request, Response

from catalog import services
from catalog.descriptions import ServiceDescription
from catalog.errors import NotThere
from catalog.openapi import Agreed, describe_service
from catalog.openapi_refusals import Platform, Refusal
from catalog.openapi_values import Document
from catalog.services import ServiceView
from catalog.states import ServiceState
from gateway.api.control import control_of
from gateway.compilation import operation_key
from gateway.errors import FaultFound, RequestInvalid
from gateway.problem_texts import PROBLEMS
from gateway.snapshot import CompiledGrant, Snapshot
from security.errors import TokenInvalid
from security.policy import standing_problem
from security.tokens import AccessToken, TokenVerifier

# What a call of data can meet, and nothing that only staff, SOAP or the token endpoint meets.
_NOT_OF_CALLS = frozenset(
    {"client-unknown", "staff-unauthorized", "staff-forbidden", "state-forbids", "already-there", "content-invalid"}
    | {"four-eyes", "soap-version-unknown", "soap-header-unknown", "soap-operation-unclear", "request-malformed"}
    | {"client-differs", "method-not-allowed", "path-unknown", "service-unspecified"}
)
_JSON = "application/json"
_YAML = "application/yaml"  # RFC 9512


@dataclass(frozen=True, slots=True)
class Readers:
    """What decides how much a reader sees. `snapshot` returns the policy in force, `clock` the aware UTC time."""

    snapshot: Callable[[], Snapshot]
    verifier: TokenVerifier
    clock: Callable[[], datetime]
    zone: ZoneInfo
    public_url: str


def openapi_router(readers: Readers) -> APIRouter:
    """Return the routes of the services' documents."""
    router = APIRouter(prefix="/catalog/v1", tags=["catalogue"])

    @router.get("/databases/{database}/services/{code}/v{version}/openapi.{form}", summary="OpenAPI 3.1 of a service")
    async def show_document(database: str, code: str, version: int, form: str, request: Request) -> Response:
        """Return the document as JSON or YAML; with a system's access token, what its agreements allow."""
        async with control_of(request).database.reading() as session:
            view = await services.show_service(session, database, code, version=version)
        return _written(document_for(readers, view, request.headers.get("authorization", "")), form)

    @router.get("/services/{code}/v{version}/openapi.{form}", summary="OpenAPI 3.1 of a service, by its code alone")
    async def show_by_code(code: str, version: int, form: str, request: Request) -> Response:
        """Return the document of the one service with this code; where several databases have one, say which."""
        async with control_of(request).database.reading() as session:
            views = await services.find_services_called(session, code, version=version)
        if not views:
            raise NotThere("service", f"{code}/v{version}")
        if len(views) > 1:
            raise _ambiguous(views)
        return _written(document_for(readers, views[0], request.headers.get("authorization", "")), form)

    return router


def document_for(readers: Readers, view: ServiceView, authorization: str) -> Document:
    """Return the document as the bearer of a token sees it; without a token, as anybody does.

    Raises TokenInvalid, TokenExpired and whatever else is wrong with a token that was presented.
    """
    agreed = None
    if authorization:
        now = readers.clock()
        snapshot = readers.snapshot()
        token = readers.verifier.verify(authorization, now)
        agreed = agreed_of(snapshot, token, view.service, now=now, zone=readers.zone)
    return describe_service(
        view.service,
        platform_of(readers.public_url),
        agreed=agreed,
        deprecated=view.state is not ServiceState.PUBLISHED,
        sunset=view.sunset_at,
    )


def agreed_of(
    snapshot: Snapshot, token: AccessToken, service: ServiceDescription, *, now: datetime, zone: ZoneInfo
) -> Mapping[str, Sequence[Agreed]]:
    """Return what the token's system may do with a service, by operation code. Raises TokenInvalid."""
    system = snapshot.systems.get(token.client_id)
    if system is None or not system.active or token.key_thumbprint not in system.proofs:
        raise TokenInvalid("the token's client may not call")
    narrowed = {detail.agreement for detail in token.authorization_details}
    return system_agreed(snapshot, system.code, service, narrowed=narrowed, now=now, zone=zone)


def system_agreed(
    snapshot: Snapshot,
    system: str,
    service: ServiceDescription,
    *,
    narrowed: set[str],
    now: datetime,
    zone: ZoneInfo,
) -> Mapping[str, Sequence[Agreed]]:
    """Return what a system's agreements in force allow of a service; `narrowed` names those that count, none all."""
    agreed: dict[str, Sequence[Agreed]] = {}
    for operation in service.operations:
        grants = snapshot.grants.get((system, operation_key(service, operation)), ())
        agreed[operation.code] = [
            _agreed(grant, zone)
            for grant in sorted(grants, key=lambda one: one.agreement)
            if not standing_problem(grant, now=now) and (not narrowed or grant.agreement in narrowed)
        ]
    return agreed


def platform_of(public_url: str) -> Platform:
    """Return where the platform is, and with which problems a call of data may be refused."""
    refusals = tuple(
        Refusal(known.slug, known.status, known.title_vi, known.title_en)
        for known in PROBLEMS.values()
        if known.slug not in _NOT_OF_CALLS and not known.slug.startswith(("xroad-", "publication-"))
    )
    return Platform(public_url, refusals)


def _agreed(grant: CompiledGrant, zone: ZoneInfo) -> Agreed:
    last = grant.valid_before.astimezone(zone) - timedelta(days=1)
    return Agreed(
        agreement=grant.agreement,
        version=grant.agreement_version,
        fields=grant.fields,
        purposes=tuple(sorted(grant.purposes)),
        case_file_required=grant.case_file_required,
        officer_required=grant.officer_required,
        daily_quota=grant.daily_quota,
        rows_filtered=bool(grant.conditions),
        valid_until=last.date().isoformat(),
    )


def _ambiguous(views: Sequence[ServiceView]) -> RequestInvalid:
    names = ", ".join(view.service.database for view in views)
    return RequestInvalid(
        [
            FaultFound(
                "code",
                f"nhiều cơ sở dữ liệu có dịch vụ này ({names}): dùng /catalog/v1/databases/…/services/…",
                f"several databases have this service ({names}): use /catalog/v1/databases/…/services/…",
            )
        ]
    )


def _written(document: Document, form: str) -> Response:
    # What a token's bearer sees is his alone.
    headers = {"Cache-Control": "no-store", "Vary": "Authorization"}
    if form == "json":
        return Response(msgspec.json.encode(document), media_type=_JSON, headers=headers)
    if form == "yaml":
        text = yaml.safe_dump(_plain(document), allow_unicode=True, sort_keys=False, width=120)
        return Response(text.encode(), media_type=_YAML, headers=headers)
    raise NotThere("form", form)


def _plain(document: Document) -> object:
    """Return the document with no value twice in it: YAML would write the second as an alias."""
    plain: object = msgspec.json.decode(msgspec.json.encode(document))
    return plain
