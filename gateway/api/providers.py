"""Over which addresses are providers kept?"""

from fastapi import APIRouter, Request, Response

from catalog import providers
from catalog.changes import refuse_faults
from catalog.descriptions import ProviderDescription
from catalog.errors import ContentInvalid, Fault
from gateway.api.control import Staff, control_of, document, read_document
from gateway.api.documents import takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/providers", tags=["providers"])


@router.get("", summary="The providers that you may see")
async def list_providers(visit: Staff) -> Response:
    """Return the providers of the agencies that the caller may see, by code."""
    async with visit.reading() as session:
        found = await providers.list_providers(session)
    return document([one for one in found if visit.may(Permission.PROVIDER_READ, one.agency)])


@router.get("/{code}", summary="One provider")
async def show_provider(code: str, visit: Staff) -> Response:
    """Return a provider; its secrets are references."""
    async with visit.reading() as session:
        found = await providers.show_provider(session, code)
    visit.require_sight(Permission.PROVIDER_READ, found.agency)
    return document(found)


@router.post("", summary="Add a provider", status_code=201, openapi_extra=takes(ProviderDescription))
async def add_provider(request: Request, visit: Staff) -> Response:
    """Add a provider of an agency."""
    provider = await read_document(request, ProviderDescription)
    visit.require(Permission.PROVIDER_CHANGE, provider.agency)
    refuse_faults(*control_of(request).workshop.place_faults(provider))
    change = await visit.change("add", lambda session: providers.add_provider(session, provider, by=visit.actor))
    return document(change, status=201)


@router.put("/{code}", summary="Replace what is said about a provider", openapi_extra=takes(ProviderDescription))
async def replace_provider(code: str, request: Request, visit: Staff) -> Response:
    """Replace a provider's description; gateways use the new one within a second."""
    async with visit.reading() as session:
        held = await providers.show_provider(session, code)
    visit.require_sight(Permission.PROVIDER_READ, held.agency)
    visit.require(Permission.PROVIDER_CHANGE, held.agency)
    provider = await read_document(request, ProviderDescription)
    if provider.code != code:
        raise ContentInvalid([Fault("code", "khác với mã trong địa chỉ", "differs from the code in the address")])
    refuse_faults(*control_of(request).workshop.place_faults(provider))
    change = await visit.change(
        "replace", lambda session: providers.replace_provider(session, provider, by=visit.actor)
    )
    return document(change)
