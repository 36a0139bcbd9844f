"""Over which addresses does an owner say under which terms a database is shared by default?"""

from fastapi import APIRouter, Request, Response

from catalog import standard_terms
from catalog.databases import show_database
from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.standard_terms import StandardTerms
from gateway.api.control import Staff, Visit, document, read_document
from gateway.api.documents import takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/databases", tags=["agreements"])


@router.get("/{database}/standard-terms", summary="The terms under which a database is shared by default")
async def show_standard(database: str, visit: Staff) -> Response:
    """Return the standard terms: every agency may know them."""
    async with visit.reading() as session:
        view = await standard_terms.show_standard(session, database)
    if view is None:
        raise NotThere("standard terms", database)
    return document(view)


@router.put("/{database}/standard-terms", summary="Declare them", openapi_extra=takes(StandardTerms))
async def declare(database: str, request: Request, visit: Staff) -> Response:
    """Declare the terms instead of those before; requests within them are in force at once from now on."""
    await _require_owner(visit, database)
    terms = await read_document(request, StandardTerms)
    if terms.database != database:
        raise ContentInvalid([Fault("database", "khác với mã trong địa chỉ", "differs from the code in the address")])
    return document(
        await visit.change("declare", lambda session: standard_terms.declare(session, terms, by=visit.actor))
    )


@router.delete("/{database}/standard-terms", summary="Share nothing by default any more")
async def withdraw(database: str, visit: Staff) -> Response:
    """Withdraw the standard terms; agreements that were made by them go on."""
    await _require_owner(visit, database)
    return document(await visit.change("withdraw", lambda session: standard_terms.withdraw(session, database)))


async def _require_owner(visit: Visit, database: str) -> None:
    async with visit.reading() as session:
        owner = (await show_database(session, database)).owner
    visit.require(Permission.AGREEMENT_STANDARD, owner)
