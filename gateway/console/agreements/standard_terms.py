"""How does an owner say on a page under which terms a database is shared by default?

One form: the operations and fields that are granted (none sensitive), for which purposes, on which basis, within which
limits and for how long. What is declared decides requests of the owner and of the units below it at once.
"""

from dataclasses import dataclass

import msgspec
from fastapi import APIRouter, Request, Response

from catalog import standard_terms
from catalog.agreement_differences import grant_name
from catalog.agreement_preparations import blank_grant
from catalog.agreements import known_to
from catalog.changes import Change
from catalog.databases import list_databases, show_database
from catalog.descriptions import DatabaseDescription, FieldClass, SharingMode
from catalog.errors import NotThere
from catalog.purposes import list_purposes
from catalog.standard_terms import StandardTerms, StandardView, show_standard
from catalog.terms import GrantTerms, LegalBasis, Rate
from gateway.console.agreements.grant_pictures import picture_grants
from gateway.console.agreements.pages import HERE
from gateway.console.agreements.typed import Offered, offered_by
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import options_of, redirect, render
from gateway.console.words import SHARING_MODES, Words
from security.staff import Permission

router = APIRouter(prefix=f"{HERE}/standard", include_in_schema=False)
_BASES = 2
_LIMITS = {"requests": "60", "per_seconds": "60", "burst": "20", "daily_quota": "5000", "most_days": "365"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database with what is declared for it, and the operations that it offers by name."""

    database: DatabaseDescription
    declared: StandardView | None
    offered: dict[str, Offered]


@router.get("")
async def list_page(request: Request, desk: Signed) -> Response:
    """List the reader's databases, and which of them are shared by default."""
    async with desk.reading() as session:
        own = [
            one
            for one in await list_databases(session)
            if desk.may(Permission.AGREEMENT_STANDARD, one.owner) and not one.national
        ]
        declared = {one.code: await show_standard(session, one.code) for one in own}
    if not desk.may_anywhere(Permission.AGREEMENT_STANDARD):
        desk.require(Permission.AGREEMENT_STANDARD)
    return render(
        request, "agreements/standard_list.html", desk=desk, databases=own, declared=declared, sharing=SHARING_MODES
    )


@router.get("/{database}")
async def show_page(database: str, request: Request, desk: Signed) -> Response:
    """Show what is declared for a database, ready to be changed."""
    shelf = await _shelf(desk, database)
    return await _page(request, desk, shelf, form=_written(shelf))


@router.post("/{database}")
async def declare(database: str, request: Request, desk: Signed) -> Response:
    """Declare the terms."""
    form = await desk.read_form(request)
    shelf = await _shelf(desk, database)
    done = await attempted(_declare(desk, shelf, form))
    if isinstance(done, Refused):
        return await _page(request, desk, shelf, form=form, refused=done)
    return redirect(f"{HERE}/standard")


@router.get("/{database}/withdraw")
async def ask_withdraw(database: str, request: Request, desk: Signed) -> Response:
    """Ask whether nothing shall be shared by default any more."""
    shelf = await _shelf(desk, database)
    if shelf.declared is None:
        raise NotThere("standard terms", database)
    return render(request, "agreements/standard_withdraw.html", desk=desk, shelf=shelf)


@router.post("/{database}/withdraw")
async def withdraw(database: str, request: Request, desk: Signed) -> Response:
    """Withdraw the terms; agreements made by them go on."""
    await desk.read_form(request)
    await _shelf(desk, database)
    await desk.change("withdraw", lambda session: standard_terms.withdraw(session, database))
    return redirect(f"{HERE}/standard")


async def _shelf(desk: Desk, code: str) -> Shelf:
    """Return a database of which the reader may declare terms. Raises NotThere, NotYours."""
    async with desk.reading() as session:
        database = await show_database(session, code)
        desk.require_sight(Permission.AGREEMENT_STANDARD, database.owner)
        known = await known_to(session, code)
        declared = await show_standard(session, code)
    return Shelf(database, declared, offered_by([one for one in known.services.values() if one.specified]))


async def _page(
    request: Request, desk: Desk, shelf: Shelf, *, form: Form, refused: Refused = NOTHING_REFUSED
) -> Response:
    async with desk.reading() as session:
        purposes = await list_purposes(session)
    services = {(one.service.code, one.service.version): one.service for one in shelf.offered.values()}
    grants = [blank_grant(one.service, one.operation) for one in shelf.offered.values()]
    return render(
        request,
        "agreements/standard.html",
        status=200 if refused is NOTHING_REFUSED else 422,
        desk=desk,
        shelf=shelf,
        pictures=picture_grants(grants, services),
        form=form,
        refused=refused,
        bases=range(_BASES),
        purpose_options=options_of(((one.code, Words(one.title_vi, one.title_en)) for one in purposes), request),
        on_request=shelf.database.sharing is SharingMode.ON_REQUEST,
    )


async def _declare(desk: Desk, shelf: Shelf, form: Form) -> Change:
    terms = _read(shelf, form)
    return await desk.change("declare", lambda session: standard_terms.declare(session, terms, by=desk.actor))


def _read(shelf: Shelf, form: Form) -> StandardTerms:
    rate = Rate(
        requests=_number(form, "requests"), per_seconds=_number(form, "per_seconds"), burst=_number(form, "burst")
    )
    grants: list[GrantTerms] = []
    for name in form.all("operations"):
        offered = shelf.offered.get(name)
        if offered is None:
            continue
        open_ones = {leaf.path for leaf in offered.operation.fields if leaf.class_ is not FieldClass.SENSITIVE}
        grant = blank_grant(offered.service, offered.operation)
        ticked = form.all(f"fields:{name}")
        fields = tuple(path for path in grant.fields if path in ticked and path in open_ones)
        grants.append(
            msgspec.structs.replace(grant, fields=fields, rate=rate, daily_quota=_number(form, "daily_quota"))
        )
    bases = [LegalBasis(document=form.text(f"document{n}"), article=form.text(f"article{n}")) for n in range(_BASES)]
    return StandardTerms(
        database=shelf.database.code,
        purposes=tuple(form.all("purposes")),
        legal_basis=tuple(one for one in bases if one.document or one.article),
        grants=tuple(grants),
        most_days=_number(form, "most_days"),
    )


def _written(shelf: Shelf) -> Form:
    """Return the fields as they are declared, else as one would begin: all that is not sensitive."""
    if shelf.declared is None:
        every = {
            f"fields:{name}": list(blank_grant(one.service, one.operation).fields)
            for name, one in shelf.offered.items()
        }
        return Form({**every, **{name: [value] for name, value in _LIMITS.items()}})
    terms = shelf.declared.terms
    said: dict[str, list[str]] = {
        "purposes": list(terms.purposes),
        "operations": [grant_name(one) for one in terms.grants],
        "most_days": [str(terms.most_days)],
    }
    for number, basis in enumerate(terms.legal_basis):
        said |= {f"document{number}": [basis.document], f"article{number}": [basis.article]}
    for one in terms.grants:
        said[f"fields:{grant_name(one)}"] = list(one.fields)
        said |= {name: [str(getattr(one.rate, name))] for name in ("requests", "per_seconds", "burst")}
        said["daily_quota"] = [str(one.daily_quota)]
    return Form(said)


def _number(form: Form, name: str) -> int:
    """Return a number, 0 for none: the terms refuse it with its place."""
    text = form.text(name).replace(".", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
