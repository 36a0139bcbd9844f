"""How does an agreement stand, told by its versions, and what has been done to it so far?

Lists of a hundred thousand agreements page by what stands here beside each of them; `settle` keeps it in step and is
called by every change. The history is only ever added to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor
from catalog.states import IN_FORCE, OPEN, AgreementState, AgreementStep, Side
from catalog.tables import AgreementEventRow, AgreementRow, AgreementVersionRow

DRAFTED = "draft"
"""The step by which a version begins; all others are those of `AgreementStep`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agreement stands: by the version in force, else by the newest.

    `asked` is the state of the newest version that is still being asked for, None where none is.
    """

    version: int
    state: AgreementState
    valid_until: date
    asked: AgreementState | None


def standing_of(versions: Sequence[tuple[int, AgreementState, date]]) -> Standing:
    """Return how an agreement with these versions (number, state, last day; never none) stands."""
    ordered = sorted(versions)
    in_force = [one for one in ordered if one[1] in IN_FORCE]
    number, state, last_day = (in_force or ordered)[-1]
    asked = [state for _, state, _ in ordered if state in OPEN]
    return Standing(number, state, last_day, asked[-1] if asked else None)


async def settle(session: AsyncSession, code: str, *, by: Actor) -> AgreementRow:
    """Write down beside the agreement how it stands now; return its row. What changed it MUST be flushed."""
    row = (await session.exec(select(AgreementRow).where(AgreementRow.code == code))).one()
    versions = select(
        col(AgreementVersionRow.version), col(AgreementVersionRow.state), col(AgreementVersionRow.valid_until)
    ).where(AgreementVersionRow.agreement == code)
    told = (await session.exec(versions)).all()
    stands = standing_of([(number, AgreementState(state), last_day) for number, state, last_day in told])
    row.version, row.state, row.valid_until = stands.version, str(stands.state), stands.valid_until
    row.open_state = "" if stands.asked is None else str(stands.asked)
    row.changed_at = by.at
    session.add(row)
    await session.flush()
    return row


async def note_step(
    session: AsyncSession,
    row: AgreementVersionRow,
    step: AgreementStep | str,
    *,
    by: Actor,
    side: Side | None = None,
    note: str = "",
) -> None:
    """Add what was done to the agreement's history. The agreement MUST be locked: its events are numbered."""
    events = select(func.max(AgreementEventRow.number)).where(AgreementEventRow.agreement == row.agreement)
    last = (await session.exec(events)).one() or 0
    session.add(
        AgreementEventRow(
            agreement=row.agreement,
            number=last + 1,
            version=row.version,
            step=str(step),
            side="" if side is None else str(side),
            note=note,
            done_by=by.code,
            done_at=by.at,
        )
    )
    await session.flush()
