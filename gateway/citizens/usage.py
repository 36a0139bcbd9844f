"""What is a citizen told of the exchanges that concern him?

Who asked, when, why, by which law, for which data: never by which officer, from where, about whom else, or for which
case file. What an agreement discloses later is passed over until then as if it were not there: it fills no page, is in
no count, and no cursor is its id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agreement_titles import Titles, read_titles
from catalog.disclosure import LONGEST, delays_of
from catalog.field_titles import Operation, field_titles
from catalog.titles import Title, service_titles
from security.audit.concerns import Concern, concerns_of
from security.audit.index import Ending
from security.audit.search import Found, Search, search

_AT_ONCE = 200
"""How many exchanges are looked at together."""


class Result(StrEnum):
    """What became of an exchange, as a citizen is told."""

    ANSWERED = "answered"
    REFUSED = "refused"
    UNKNOWN = "unknown"


_RESULTS: Mapping[Ending, Result] = {
    Ending.DONE: Result.ANSWERED,
    Ending.REFUSED: Result.REFUSED,
    Ending.UNKNOWN: Result.UNKNOWN,
    Ending.OPEN: Result.UNKNOWN,
}


class Named(msgspec.Struct, frozen=True):
    """Something with its code and what it is called; without a known name the code is the name."""

    code: str
    title_vi: str
    title_en: str


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange, as the citizen sees it. `at` is UTC.

    `fields` are those that left the platform, `field_count` how many (of a very long list the record has the count
    only). `has_case_file` tells whether a case file was named, never which.
    """

    exchange_id: str
    at: datetime
    agency: Named
    system: Named
    purpose: Named
    legal_basis: str
    owner: Named
    database: Named
    service: Named
    operation: Named
    fields: Sequence[Named]
    field_count: int
    has_case_file: bool
    result: Result


class Shown(msgspec.Struct, frozen=True):
    """An exchange that may be shown: its row, and what may be told of it."""

    row: Found
    concern: Concern


async def shown_of(session: AsyncSession, asked: Search, *, before: str, most: int, now: datetime) -> list[Shown]:
    """Return the newest exchanges that fit and may be shown by `now`, at most `most`, older than `before`."""
    connection = await session.connection()
    shown: list[Shown] = []
    while len(shown) < most:
        page = await search(connection, asked, before=before, most=_AT_ONCE)
        concerns = await concerns_of(connection, [row.exchange_id for row in page.rows])
        told = [Shown(row, concerns.get(row.exchange_id, Concern())) for row in page.rows]
        delays = await delays_of(session, {(one.concern.agreement, one.concern.agreement_version) for one in told})
        shown += [
            one
            for one in told
            if one.row.at + delays.get((one.concern.agreement, one.concern.agreement_version), LONGEST) <= now
        ]
        before = page.next
        if not before:
            break
    return shown[:most]


async def described(session: AsyncSession, shown: Sequence[Shown]) -> list[Use]:
    """Return exchanges in words: what the catalogue calls today what they name by codes."""
    rows = [one.row for one in shown]
    titles = await read_titles(
        session,
        agencies=[code for row in rows for code in (row.agency, row.provider)],
        databases=[row.database for row in rows],
        systems=[row.system for row in rows],
        purposes=[row.purpose for row in rows],
    )
    services = await service_titles(session, {_service_key(row) for row in rows})
    fields = await field_titles(session, {_operation(row) for row in rows})
    return [_use(one, titles, services, fields.get(_operation(one.row), {})) for one in shown]


def _use(shown: Shown, titles: Titles, services: Mapping[str, Title], fields: Mapping[str, Title]) -> Use:
    row, concern = shown.row, shown.concern
    key = _service_key(row)
    return Use(
        exchange_id=row.exchange_id,
        at=row.at,
        agency=_named(row.agency, titles.agency(row.agency)),
        system=_named(row.system, titles.system(row.system)),
        purpose=_named(row.purpose, titles.purpose(row.purpose)),
        legal_basis=concern.legal_basis,
        owner=_named(row.provider, titles.agency(row.provider)),
        database=_named(row.database, titles.database(row.database)),
        service=_named(row.service, services.get(key)),
        operation=_named(row.operation, services.get(f"{key}/{row.operation}")),
        fields=[_named(path, fields.get(path)) for path in concern.released],
        field_count=concern.released_count,
        has_case_file=concern.has_case_file,
        result=_RESULTS[row.ending],
    )


def _named(code: str, title: Title | None) -> Named:
    return Named(code, code, code) if title is None else Named(code, title.vi, title.en)


def _service_key(row: Found) -> str:
    return f"{row.database}/{row.service}/v{row.version}"


def _operation(row: Found) -> Operation:
    return row.database, row.service, row.version, row.operation
