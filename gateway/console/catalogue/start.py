"""How does somebody find a database or a service: by words, by narrowing, or by reading on?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.browsing import (
    Facet,
    Order,
    Shelf,
    Sought,
    databases_of,
    facet_of_databases,
    facet_of_services,
    find_services,
    read_shelf,
    services_sought,
    words_of,
)
from catalog.descriptions import SharingMode
from gateway.api.control import control_of
from gateway.console.catalogue.lines import (
    DATABASE_COLUMNS,
    EXPORTED_DATABASES,
    EXPORTED_SERVICES,
    SERVICE_COLUMNS,
    DatabaseLine,
    ServiceLine,
    database_cells,
    database_line,
    service_cells,
    service_line,
)
from gateway.console.catalogue.told import (
    BANDS,
    FACETS,
    SCOPES,
    TECHNOLOGIES,
    Marker,
    named,
)
from gateway.console.desk import Visitor
from gateway.console.frame import language_of, redirect, render, with_query
from gateway.console.listing import Asked, Format, asked_of, cut, export, part_of
from gateway.console.words import SHARING_MODES, Words
from gateway.errors import PathUnknown

router = APIRouter(prefix="/catalogue", include_in_schema=False)
entrance = APIRouter(include_in_schema=False)
_PLACE = "/catalogue"
_SHOWN_AT_ONCE = 8


class Kind(StrEnum):
    """What is listed."""

    DATABASES = "databases"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: how many it would find, and the address that chooses it, or takes the choice back."""

    words: Words
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """A facet with the values that would find something, the most fruitful first; `more` are beyond the first ones."""

    words: Words
    options: Sequence[Option]
    more: Sequence[Option]


@entrance.get("/")
async def enter(request: Request) -> Response:
    """Lead a browser to the catalogue; programs have nothing to ask here."""
    if "text/html" not in request.headers.get("accept", ""):
        raise PathUnknown
    return redirect("/catalogue")


@router.get("")
async def show_catalogue(request: Request, desk: Visitor) -> Response:
    """Return the start page of the catalogue, or what it lists as a file."""
    kinds = ("kind", *Facet)
    members = request.query_params
    words = words_of(members.get("q", ""))
    sought = Sought(words, {facet: members[facet] for facet in Facet if members.get(facet)})
    async with control_of(request).database.reading() as session:
        shelf = await read_shelf(session, words)
        databases = databases_of(shelf, sought)
        counts = {Kind.DATABASES: len(databases), Kind.SERVICES: services_sought(shelf, sought)}
        kind = _kind(members.get("kind", ""), counts)
        asked = asked_of(request, sorts=_sorts(kind), filters=kinds)
        services = [] if kind is Kind.DATABASES else await _services(session, shelf, sought, asked)
    lines = _ordered([database_line(shelf, one) for one in databases], asked)
    if asked.format is not Format.PAGE:
        language = language_of(request)
        if kind is Kind.DATABASES:
            cells = [database_cells(one, language) for one in lines]
            return await export("co-so-du-lieu", EXPORTED_DATABASES, cells, form=asked.format, language=language)
        cells = [service_cells(one, language) for one in services]
        return await export("dich-vu", EXPORTED_SERVICES, cells, form=asked.format, language=language)
    return render(
        request,
        "catalogue/start.html",
        desk=desk,
        asked=asked,
        kind=kind,
        kinds={one: with_query(_PLACE, **_members(asked) | {"kind": one}) for one in Kind},
        counts=counts,
        part=cut(lines, asked) if kind is Kind.DATABASES else part_of(services, asked, total=counts[kind]),
        columns=DATABASE_COLUMNS if kind is Kind.DATABASES else SERVICE_COLUMNS,
        facets=[_shown_facet(shelf, sought, facet, kind, asked) for facet in Facet],
        narrowed=bool(sought.chosen),
        marked=Marker(words),
        whole=(len(shelf.holdings), sum(one.services for one in shelf.counts)),
    )


async def _services(session: AsyncSession, shelf: Shelf, sought: Sought, asked: Asked) -> list[ServiceLine]:
    found = await find_services(
        session,
        shelf,
        sought,
        order=Order(asked.sort),
        descending=asked.descending,
        limit=asked.limit,
        offset=asked.offset,
    )
    marker = Marker(sought.words)
    return [service_line(shelf, view, technology, marker) for view, technology in found]


def _kind(asked: str, counts: Mapping[Kind, int]) -> Kind:
    if asked in set(Kind):
        return Kind(asked)
    # Who looks for a word that only services have would else see an empty list.
    return Kind.SERVICES if counts[Kind.SERVICES] and not counts[Kind.DATABASES] else Kind.DATABASES


def _sorts(kind: Kind) -> tuple[str, ...]:
    match kind:
        case Kind.DATABASES:
            return tuple(column.key for column in DATABASE_COLUMNS if column.sortable)
        case Kind.SERVICES:
            return tuple(Order)
        case _:
            assert_never(kind)


def _ordered(lines: Sequence[DatabaseLine], asked: Asked) -> list[DatabaseLine]:
    """Return databases in the order asked for; those that have no value of it stand last."""

    def key(line: DatabaseLine) -> tuple[bool, str | int | Decimal]:
        match asked.sort:
            case "title":
                return False, line.title.vi
            case "owner":
                return False, line.owner.vi
            case "services":
                return False, line.services
            case "quality":
                return line.score is None, line.score or Decimal(0)
            case _:
                number = line.holding.database.number
                return number is None, number or 0

    known = [line for line in lines if not key(line)[0]]
    unknown = [line for line in lines if key(line)[0]]
    return [*sorted(known, key=key, reverse=asked.descending), *unknown]


def _shown_facet(shelf: Shelf, sought: Sought, facet: Facet, kind: Kind, asked: Asked) -> ShownFacet:
    counted = facet_of_databases if kind is Kind.DATABASES else facet_of_services
    found = dict(counted(shelf, sought, facet))
    chosen = sought.chosen.get(facet, "")
    if chosen and chosen not in found:
        found[chosen] = 0
    options = [
        Option(
            words=_words_of_value(shelf, facet, value),
            count=count,
            address=with_query(_PLACE, **_members(asked) | {facet.value: "" if value == chosen else value}),
            chosen=value == chosen,
        )
        for value, count in sorted(found.items(), key=lambda one: (one[0] != chosen, -one[1], one[0]))
    ]
    return ShownFacet(FACETS[facet], options[:_SHOWN_AT_ONCE], options[_SHOWN_AT_ONCE:])


def _words_of_value(shelf: Shelf, facet: Facet, value: str) -> Words:
    tables: Mapping[Facet, Mapping[str, Words]] = {
        Facet.SCOPE: {one.value: words for one, words in SCOPES.items()},
        Facet.SHARING: {one.value: SHARING_MODES[one] for one in SharingMode},
        Facet.TECHNOLOGY: {one.value: words for one, words in TECHNOLOGIES.items()},
        Facet.QUALITY: {one.value: status.words for one, status in BANDS.items()},
        Facet.OWNER: {one.owner.code: named(one.owner.name_vi, one.owner.name_en) for one in shelf.holdings},
    }
    # What an address names that nobody has (and every domain) is shown as it is.
    return tables.get(facet, {}).get(value, Words(value, value))


def _members(asked: Asked) -> dict[str, str]:
    order = f"-{asked.sort}" if asked.descending else asked.sort
    return {"q": asked.words, **asked.filters, "sort": order if asked.filters.get("kind") else ""}
