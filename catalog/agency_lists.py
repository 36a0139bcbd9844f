"""What would a list of agencies change, and what is wrong with it, line by line?

A list says of each agency its code, names and parent. What is new is added, what is said otherwise is revised, what is
not on the list stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agencies import add_agency, described_agency, revise_agency
from catalog.changes import Actor, Change
from catalog.codes import agency_code_fault, title_fault
from catalog.descriptions import AgencyDescription
from catalog.errors import ContentInvalid, Fault
from catalog.tables import AgencyRow

MOST_LINES = 2_000


class ListedStep(StrEnum):
    """What a line does."""

    ADD = "add"
    REVISE = "revise"
    KEEP = "keep"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """One line of a list: its number in the file, what it says, what that does, and what is wrong with it."""

    line: int
    agency: AgencyDescription
    step: ListedStep = ListedStep.KEEP
    faults: tuple[Fault, ...] = ()


async def plan_list(session: AsyncSession, lines: Sequence[tuple[int, AgencyDescription]]) -> list[ListedAgency]:
    """Return what each line would do, in their order. Changes nothing."""
    known = {row.code: described_agency(row) for row in await session.exec(select(AgencyRow))}
    above = {code: agency.parent for code, agency in known.items()} | {one.code: one.parent for _, one in lines}
    first: dict[str, int] = {}
    planned: list[ListedAgency] = []
    for number, agency in lines:
        faults = [*_faults(agency, above), *_twice(number, agency, first)]
        step = ListedStep.REFUSE if faults else _step(known.get(agency.code), agency)
        planned.append(ListedAgency(number, agency, step, tuple(faults)))
    return planned


async def take_list(session: AsyncSession, lines: Sequence[tuple[int, AgencyDescription]], *, by: Actor) -> Change:
    """Add and revise what the list says, whole or not at all.

    Raises ContentInvalid when a line is wrong, when there are too many, and when nothing would change.
    """
    if len(lines) > MOST_LINES:
        raise ContentInvalid([Fault("list", f"không quá {MOST_LINES} dòng", f"must have at most {MOST_LINES} lines")])
    planned = await plan_list(session, lines)
    wrong = [replace(fault, where=f"line[{one.line}].{fault.where}") for one in planned for fault in one.faults]
    if wrong:
        raise ContentInvalid(wrong)
    changes = [
        await (
            add_agency(session, one.agency, by=by) if one.step is ListedStep.ADD else revise_agency(session, one.agency)
        )
        for one in _from_above(planned)
    ]
    if not changes:
        raise ContentInvalid([Fault("list", "không có gì mới để lưu", "there is nothing new to keep")])
    return replace(changes[-1], parts=tuple(changes[:-1]))


def _from_above(planned: Sequence[ListedAgency]) -> list[ListedAgency]:
    """Return the lines that change something, each after that of its parent."""
    wanted = {one.agency.code: one for one in planned if one.step in (ListedStep.ADD, ListedStep.REVISE)}
    ordered: dict[str, ListedAgency] = {}
    for one in wanted.values():
        chain = [one]
        while (parent := wanted.get(chain[-1].agency.parent)) is not None and parent not in chain:
            chain.append(parent)
        for each in reversed(chain):
            ordered.setdefault(each.agency.code, each)
    return list(ordered.values())


def _step(known: AgencyDescription | None, agency: AgencyDescription) -> ListedStep:
    if known is None:
        return ListedStep.ADD
    return ListedStep.KEEP if known == agency else ListedStep.REVISE


def _faults(agency: AgencyDescription, above: Mapping[str, str]) -> list[Fault]:
    found = [agency_code_fault("code", agency.code), title_fault("name_vi", agency.name_vi)]
    if agency.parent and agency.parent not in above:
        vi = "cấp trên không có trong danh bạ, cũng không có trong danh sách"
        found.append(Fault("parent", vi, "the parent is neither known nor on the list"))
    elif _in_a_circle(agency.code, above):
        found.append(Fault("parent", "nằm dưới chính đơn vị này", "lies below the agency itself"))
    return [fault for fault in found if fault is not None]


def _twice(number: int, agency: AgencyDescription, first: dict[str, int]) -> list[Fault]:
    before = first.setdefault(agency.code, number)
    if before == number:
        return []
    return [Fault("code", f"trùng mã với dòng {before}", f"the code stands on line {before} already")]


def _in_a_circle(code: str, above: Mapping[str, str]) -> bool:
    seen, here = {code}, above.get(code, "")
    while here:
        if here in seen:
            return True
        seen.add(here)
        here = above.get(here, "")
    return False
