"""Which fields does a database give out, of which classes, and how many of them has the common data dictionary?

Counted are the fields of the newest version of each service, those of an envelope left out (R10, QĐ 2439/QĐ-TTg).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.browsing import newest_versions
from catalog.descriptions import FieldClass, FieldType
from catalog.tables import FieldRow


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many fields there are, how many of each class, and how many have a term of the dictionary."""

    fields: int
    with_term: int
    classes: Mapping[FieldClass, int]

    @property
    def share(self) -> float | None:
        """The part of the fields that has a term, 0 to 1; None where there is no field."""
        return self.with_term / self.fields if self.fields else None


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field in a list of a database's fields."""

    service: str
    version: int
    operation: str
    path: str
    title_vi: str
    type: FieldType
    class_: FieldClass
    term: str


@dataclass(frozen=True, slots=True)
class FieldsSought:
    """Which fields are listed: of one class, of one service, with or without a term. Empty and None: any."""

    class_: str = ""
    service: str = ""
    with_term: bool | None = None


async def read_coverage(session: AsyncSession, database: str) -> Coverage:
    """Return how many fields a database has, by class, and with a term."""
    rows = (
        select(FieldRow.class_, func.count(), func.sum(case((col(FieldRow.term) != "", 1), else_=0)))
        .where(_of(database))
        .group_by(col(FieldRow.class_))
    )
    found = list(await session.exec(rows))
    return Coverage(
        fields=sum(count for _, count, _ in found),
        with_term=sum(terms for _, _, terms in found),
        classes={FieldClass(class_): count for class_, count, _ in found},
    )


async def count_fields(session: AsyncSession, database: str, sought: FieldsSought) -> int:
    """Return how many fields of a database are what is looked for."""
    return (await session.exec(select(func.count()).select_from(FieldRow).where(_of(database), _is(sought)))).one()


async def list_fields(
    session: AsyncSession, database: str, sought: FieldsSought, *, limit: int, offset: int
) -> list[FieldLine]:
    """Return fields of a database by service, operation and path, one part of all of them."""
    rows = (
        select(FieldRow)
        .where(_of(database), _is(sought))
        .order_by(col(FieldRow.service), col(FieldRow.version), col(FieldRow.operation), col(FieldRow.path))
    )
    return [
        FieldLine(
            service=row.service,
            version=row.version,
            operation=row.operation,
            path=row.path,
            title_vi=row.title_vi,
            type=FieldType(row.type),
            class_=FieldClass(row.class_),
            term=row.term,
        )
        for row in await session.exec(rows.limit(limit).offset(offset))
    ]


def _of(database: str) -> ColumnElement[bool]:
    newest = newest_versions(database)
    there = (
        select(newest.c.version)
        .where(newest.c.service == col(FieldRow.service), newest.c.version == col(FieldRow.version))
        .exists()
    )
    return and_(col(FieldRow.database) == database, col(FieldRow.structural).is_(False), there)


def _is(sought: FieldsSought) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [true()]
    if sought.class_:
        parts.append(col(FieldRow.class_) == sought.class_)
    if sought.service:
        parts.append(col(FieldRow.service) == sought.service)
    if sought.with_term is not None:
        parts.append((col(FieldRow.term) != "") if sought.with_term else (col(FieldRow.term) == ""))
    return and_(*parts)
