"""Which databases are shared?"""

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, find, must_be_new, refuse_faults
from catalog.codes import code_fault, title_fault
from catalog.descriptions import DatabaseDescription
from catalog.errors import AlreadyThere, Fault, NotThere
from catalog.folding import fold
from catalog.policy import announce_change
from catalog.tables import AgencyRow, DatabaseRow


async def add_database(session: AsyncSession, database: DatabaseDescription, *, by: Actor) -> Change:
    """Add a database. Raises ContentInvalid, AlreadyThere (its code, or its place among the province's nineteen)."""
    refuse_faults(code_fault("code", database.code), *_faults(database))
    await must_be_new(session, DatabaseRow, "database", database.code)
    await _check_number(session, database)
    if await session.get(AgencyRow, database.owner) is None:
        refuse_faults(Fault("owner", "không có cơ quan chủ quản này", "there is no such agency"))
    content = canonical_document(database)
    session.add(
        DatabaseRow(
            code=database.code,
            owner=database.owner,
            number=database.number,
            national=database.national,
            description=content,
            folded=_folded(database),
            created_at=by.at,
        )
    )
    await announce_change(session)
    return Change("database", database.code, after=digest(content), agencies=(database.owner,))


async def replace_database(session: AsyncSession, database: DatabaseDescription) -> Change:
    """Replace what is said about a database; it stays with its owner, and what it is. Raises NotThere, ContentInvalid.

    Whose it is, which of the nineteen, and whether it is a national one decide others than its owner.
    """
    row = await find(session, DatabaseRow, "database", database.code)
    held = msgspec.json.decode(row.description, type=DatabaseDescription)
    refuse_faults(
        *_faults(database),
        *(
            Fault(name, "không đổi được ở đây", "cannot be changed here")
            for name in ("owner", "number", "national")
            if getattr(database, name) != getattr(held, name)
        ),
    )
    content = canonical_document(database)
    before, row.description, row.folded = digest(row.description), content, _folded(database)
    session.add(row)
    await announce_change(session)
    return Change("database", database.code, before=before, after=digest(content), agencies=(row.owner,))


async def show_database(session: AsyncSession, code: str) -> DatabaseDescription:
    """Return a database. Raises NotThere."""
    row = await session.get(DatabaseRow, code)
    if row is None:
        raise NotThere("database", code)
    return msgspec.json.decode(row.description, type=DatabaseDescription)


async def list_databases(session: AsyncSession) -> list[DatabaseDescription]:
    """Return all databases: the province's by number, then the others by code."""
    ordered = select(DatabaseRow).order_by(
        col(DatabaseRow.number).is_(None), col(DatabaseRow.number), col(DatabaseRow.code)
    )
    return [msgspec.json.decode(row.description, type=DatabaseDescription) for row in await session.exec(ordered)]


def _faults(database: DatabaseDescription) -> list[Fault]:
    limits = {"title_en": 300, "domain_vi": 300, "legal_basis": 2000, "update_frequency": 300, "contact": 500}
    long = [
        Fault(name, f"không quá {most} ký tự", f"at most {most} characters")
        for name, most in (*limits.items(), ("note_vi", 2000))
        if len(getattr(database, name)) > most
    ]
    fault = title_fault("title_vi", database.title_vi)
    return [*([fault] if fault else []), *long]


async def _check_number(session: AsyncSession, database: DatabaseDescription) -> None:
    if database.number is None:
        return
    taken = await session.exec(select(DatabaseRow.code).where(DatabaseRow.number == database.number))
    if taken.first() is not None:
        raise AlreadyThere("database number", str(database.number))


def _folded(database: DatabaseDescription) -> str:
    words = (database.code, database.title_vi, database.title_en, database.domain_vi, *database.objects_vi)
    return fold(" ".join((*words, *database.keywords)))
