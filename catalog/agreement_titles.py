"""What are the parties, systems, purposes and people of agreements called?

Only the names that are needed are read, whatever the number of things. A code without a name is its own name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.staff import names_of
from catalog.tables import PurposeRow
from catalog.titles import Title, agency_titles, database_titles, system_titles


@dataclass(frozen=True, slots=True)
class Titles:
    """What agencies, databases, systems, purposes and people are called, by their codes."""

    agencies: Mapping[str, Title] = field(default_factory=dict)
    databases: Mapping[str, Title] = field(default_factory=dict)
    systems: Mapping[str, Title] = field(default_factory=dict)
    purposes: Mapping[str, Title] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)

    def agency(self, code: str) -> Title:
        """Return what an agency is called."""
        return self.agencies.get(code, Title(code, code))

    def database(self, code: str) -> Title:
        """Return what a database is called."""
        return self.databases.get(code, Title(code, code))

    def system(self, code: str) -> Title:
        """Return what a system is called."""
        return self.systems.get(code, Title(code, code))

    def purpose(self, code: str) -> Title:
        """Return what a purpose is called."""
        return self.purposes.get(code, Title(code, code))

    def person(self, code: str | None) -> str:
        """Return the name of a member of the staff."""
        return self.people.get(code or "", code or "")


async def read_titles(
    session: AsyncSession,
    *,
    agencies: Iterable[str] = (),
    databases: Iterable[str] = (),
    systems: Iterable[str] = (),
    purposes: Iterable[str] = (),
    people: Iterable[str] = (),
) -> Titles:
    """Return what these are called."""
    told = select(PurposeRow.code, PurposeRow.title_vi, PurposeRow.title_en)
    named = await session.exec(told.where(col(PurposeRow.code).in_(sorted(set(purposes)))))
    return Titles(
        agencies=await agency_titles(session, agencies),
        databases=await database_titles(session, databases),
        systems=await system_titles(session, systems),
        purposes={code: Title(vi, en or vi) for code, vi, en in named},
        people=await names_of(session, people),
    )
