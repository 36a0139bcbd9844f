"""Which databases and services are what a reader looks for, and how many of each kind would he find?

Databases are few and are looked through in memory; services are many and stay in the tables, filtered, counted and cut
there. Words are looked for folded, so "dat dai" finds "Đất đai", and a service is also found by words of its database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, assert_never

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, true
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.folding import fold
from catalog.holdings import Holding, list_holdings, show_holding
from catalog.quality.criteria import Band
from catalog.quality.scores import QualityScore, latest_scores
from catalog.services import ServiceView, view_of
from catalog.states import ServiceState
from catalog.tables import DatabaseRow, ProviderRow, ServiceRow, ServiceVersionRow

MAX_QUERY: Final = 200
_AT_ONCE: Final = 100
"""How many services one statement reads: between two of them others have their turn."""


class Technology(StrEnum):
    """By what a service reaches its data."""

    REST = "rest"
    SOAP = "soap"
    SQL = "sql"
    FILE = "file"
    NATIONAL = "national"
    OTHER = "other"
    UNSPECIFIED = "unspecified"


class Scope(StrEnum):
    """Whose database it is: the province's own, or a national one that it may reach."""

    PROVINCE = "province"
    NATIONAL = "national"


class Facet(StrEnum):
    """By what the catalogue is narrowed."""

    SCOPE = "scope"
    DOMAIN = "domain"
    OWNER = "owner"
    SHARING = "sharing"
    TECHNOLOGY = "technology"
    QUALITY = "quality"


class Order(StrEnum):
    """In which order services stand."""

    DATABASE = "database"
    CODE = "code"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a reader looks for: folded words, all of which must be there, and a value for each facet that he chose."""

    words: tuple[str, ...] = ()
    chosen: Mapping[Facet, str] = field(default_factory=dict)

    def without(self, facet: Facet) -> "Sought":
        """Return the same without one facet: what another choice of it would find."""
        return replace(self, chosen={one: value for one, value in self.chosen.items() if one is not facet})


@dataclass(frozen=True, slots=True)
class Count:
    """How many services of a database are reached by an adapter (None: without a specification), and have the words."""

    database: str
    adapter: str | None
    services: int
    matching: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """All databases, how many services each has, which of them (`named`) have the words, and how good they are."""

    holdings: tuple[Holding, ...]
    counts: tuple[Count, ...]
    named: frozenset[str]
    scores: Mapping[str, QualityScore]

    def services_of(self, database: str) -> int:
        """Return how many services a database has."""
        return sum(one.services for one in self.counts if one.database == database)


def words_of(query: str) -> tuple[str, ...]:
    """Return the folded words of what somebody typed (its first 200 characters)."""
    return tuple(dict.fromkeys(fold(query[:MAX_QUERY]).split()))


def technology_of(adapter: str | None) -> Technology:
    """Return the technology of an adapter, None: of a service without a specification."""
    if adapter is None:
        return Technology.UNSPECIFIED
    family = adapter.partition(".")[0]
    return Technology(family) if family in _FAMILIES else Technology.OTHER


_FAMILIES: Final = frozenset(Technology) - {Technology.OTHER, Technology.UNSPECIFIED}


async def read_shelf(session: AsyncSession, words: Sequence[str], *, database: str = "") -> Shelf:
    """Return what is looked through: everything, or one database. Raises NotThere for a database that is not there."""
    holdings = (await show_holding(session, database),) if database else tuple(await list_holdings(session))
    codes = frozenset(one.database.code for one in holdings)
    if words:
        codes = frozenset(await session.exec(select(DatabaseRow.code).where(has_words(col(DatabaseRow.folded), words))))
    scores = await latest_scores(session, [one.database.code for one in holdings])
    return Shelf(holdings, await _counts(session, words, database=database), codes, scores)


def databases_of(shelf: Shelf, sought: Sought) -> list[Holding]:
    """Return the databases that are what is looked for: the province's by number, then the others by code."""
    return [one for one in shelf.holdings if one.database.code in shelf.named and _fits(shelf, one, sought)]


def services_sought(shelf: Shelf, sought: Sought) -> int:
    """Return how many services are what is looked for."""
    return sum(one.matching for one in _matching(shelf, sought))


def facet_of_databases(shelf: Shelf, sought: Sought, facet: Facet) -> Mapping[str, int]:
    """Return how many databases each value of a facet would find, whatever of it is chosen now."""
    found = databases_of(shelf, sought.without(facet))
    return _tally((value, 1) for one in found for value in _values(shelf, one, facet))


def facet_of_services(shelf: Shelf, sought: Sought, facet: Facet) -> Mapping[str, int]:
    """Return how many services each value of a facet would find, whatever of it is chosen now."""
    holdings = {one.database.code: one for one in shelf.holdings}
    found = _matching(shelf, sought.without(facet))
    if facet is Facet.TECHNOLOGY:
        return _tally((technology_of(one.adapter), one.matching) for one in found)
    return _tally((_value(shelf, holdings[one.database], facet), one.matching) for one in found)


async def find_services(
    session: AsyncSession, shelf: Shelf, sought: Sought, *, order: Order, descending: bool, limit: int, offset: int
) -> list[tuple[ServiceView, Technology]]:
    """Return the newest version of each service that is what is looked for, one part of all of them."""
    wanted = _matching(shelf, sought)
    latest = newest_versions()
    rows = (
        select(ServiceVersionRow.database, ServiceVersionRow.service, ServiceVersionRow.version, ProviderRow.adapter)
        .join(latest, _same_version(latest))
        .join(ServiceRow, _same_service())
        .join(DatabaseRow, col(DatabaseRow.code) == col(ServiceVersionRow.database))
        .outerjoin(ProviderRow, col(ProviderRow.code) == col(ServiceVersionRow.provider))
        .where(
            _service_has(sought.words) if sought.words else true(),
            col(ServiceVersionRow.database).in_({one.database for one in wanted}),
            _reached_by({one.adapter for one in wanted}),
        )
    )
    placed = (col(ServiceVersionRow.database), col(ServiceVersionRow.service))
    match order:
        case Order.DATABASE:
            number = col(DatabaseRow.number)
            keys = (number.desc() if descending else number.asc(), *placed)
            rows = rows.order_by(number.is_(None), *keys)
        case Order.CODE:
            code = col(ServiceVersionRow.service)
            rows = rows.order_by(code.desc() if descending else code.asc(), placed[0])
        case Order.PUBLISHED:
            moment = col(ServiceVersionRow.published_at)
            rows = rows.order_by(moment.desc() if descending else moment.asc(), *placed)
    # The descriptions are read last, of one part only: sorting would carry those of all services about.
    part = await session.exec(rows.limit(limit).offset(offset))
    adapters = {(database, service, version): adapter for database, service, version, adapter in part}
    views = await _views(session, list(adapters))
    return [
        (view, technology_of(adapter if view.service.specified else None))
        for place, adapter in adapters.items()
        if (view := views.get(place)) is not None
    ]


def newest_versions(database: str = "") -> Subquery:
    """Return the newest version of each service (of one database, or of all) that is not retired, to be joined."""
    return (
        select(
            ServiceVersionRow.database, ServiceVersionRow.service, func.max(ServiceVersionRow.version).label("version")
        )
        .where(
            ServiceVersionRow.state != ServiceState.RETIRED,
            ServiceVersionRow.database == database if database else true(),
        )
        .group_by(col(ServiceVersionRow.database), col(ServiceVersionRow.service))
        .subquery()
    )


async def _views(
    session: AsyncSession, places: Sequence[tuple[str, str, int]]
) -> Mapping[tuple[str, str, int], ServiceView]:
    services: dict[str, list[str]] = {}
    for database, service, _ in places:
        services.setdefault(database, []).append(service)
    found: dict[tuple[str, str, int], ServiceView] = {}
    wanted = set(places)
    # By database, because SQLite finds no index for a list of pairs.
    for database, codes in services.items():
        for start in range(0, len(codes), _AT_ONCE):
            rows = select(ServiceVersionRow).where(
                ServiceVersionRow.database == database,
                col(ServiceVersionRow.service).in_(codes[start : start + _AT_ONCE]),
            )
            for row in await session.exec(rows):
                place = (row.database, row.service, row.version)
                if place in wanted:
                    found[place] = view_of(row)
    return found


def has_words(column: Mapped[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a folded column has all the words."""
    return and_(true(), *(column.contains(word, autoescape=True) for word in words))


def _value(shelf: Shelf, holding: Holding, facet: Facet) -> str:
    database = holding.database
    match facet:
        case Facet.SCOPE:
            return Scope.NATIONAL if database.national else Scope.PROVINCE
        case Facet.DOMAIN:
            return database.domain_vi
        case Facet.OWNER:
            return database.owner
        case Facet.SHARING:
            return database.sharing
        case Facet.QUALITY:
            score = shelf.scores.get(database.code)
            return Band.UNMEASURED if score is None else score.band
        case Facet.TECHNOLOGY:
            raise ValueError("a database has several")
        case _:
            assert_never(facet)


def _values(shelf: Shelf, holding: Holding, facet: Facet) -> Iterable[str]:
    if facet is not Facet.TECHNOLOGY:
        return (_value(shelf, holding, facet),)
    return {technology_of(one.adapter) for one in shelf.counts if one.database == holding.database.code}


def _fits(shelf: Shelf, holding: Holding, sought: Sought) -> bool:
    return all(value in _values(shelf, holding, facet) for facet, value in sought.chosen.items())


def _matching(shelf: Shelf, sought: Sought) -> list[Count]:
    plain = Sought(chosen={one: value for one, value in sought.chosen.items() if one is not Facet.TECHNOLOGY})
    databases = {one.database.code for one in shelf.holdings if _fits(shelf, one, plain)}
    technology = sought.chosen.get(Facet.TECHNOLOGY)
    return [
        one for one in shelf.counts if one.database in databases and technology in (None, technology_of(one.adapter))
    ]


def _tally(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for value, number in found:
        if value and number:
            counted[value] = counted.get(value, 0) + number
    return counted


async def _counts(session: AsyncSession, words: Sequence[str], *, database: str) -> tuple[Count, ...]:
    latest = newest_versions()
    adapter = case((col(ServiceVersionRow.specified), col(ProviderRow.adapter)))
    matching = func.sum(case((_service_has(words), 1), else_=0))
    rows = (
        select(ServiceVersionRow.database, adapter, func.count(), matching)
        .join(latest, _same_version(latest))
        .join(ServiceRow, _same_service())
        .join(DatabaseRow, col(DatabaseRow.code) == col(ServiceVersionRow.database))
        .outerjoin(ProviderRow, col(ProviderRow.code) == col(ServiceVersionRow.provider))
        .where(ServiceVersionRow.database == database if database else true())
        .group_by(col(ServiceVersionRow.database), adapter)
    )
    return tuple(Count(*counted) for counted in await session.exec(rows))


def _same_version(latest: Subquery) -> ColumnElement[bool]:
    return and_(
        col(ServiceVersionRow.database) == latest.c.database,
        col(ServiceVersionRow.service) == latest.c.service,
        col(ServiceVersionRow.version) == latest.c.version,
    )


def _same_service() -> ColumnElement[bool]:
    return and_(
        col(ServiceRow.database) == col(ServiceVersionRow.database),
        col(ServiceRow.code) == col(ServiceVersionRow.service),
    )


def _service_has(words: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        true(),
        *(
            or_(
                col(ServiceRow.folded).contains(word, autoescape=True),
                col(DatabaseRow.folded).contains(word, autoescape=True),
            )
            for word in words
        ),
    )


def _reached_by(adapters: set[str | None]) -> ColumnElement[bool]:
    named = sorted(one for one in adapters if one is not None)
    specified = col(ServiceVersionRow.specified)
    reached = and_(specified, col(ProviderRow.adapter).in_(named))
    return or_(reached, specified.is_(False)) if None in adapters else reached
