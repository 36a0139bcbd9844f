"""Who was sent to the single sign-on, and has not come back yet?

A visit is taken once: whoever comes back with the same state again finds nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.account_tables import SsoVisitRow


@dataclass(frozen=True, slots=True)
class SsoVisit:
    """A visit: digests of its state and of the browser's cookie, its nonce and PKCE verifier, where it goes on.

    `staff` is empty for signing in, else the code of who is to prove again who he is.
    """

    state: str
    browser: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str
    staff: str
    created_at: datetime


async def keep_visit(session: AsyncSession, visit: SsoVisit) -> None:
    """Keep a visit until it comes back."""
    session.add(
        SsoVisitRow(
            state=visit.state,
            browser=visit.browser,
            nonce=visit.nonce,
            verifier=visit.verifier,
            back=visit.back,
            staff=visit.staff,
            created_at=visit.created_at,
        )
    )


async def take_visit(session: AsyncSession, state: str) -> SsoVisit | None:
    """Return the visit of this state, which only the first may take; None where there is none."""
    row = await session.get(SsoVisitRow, state, with_for_update=True)
    if row is None:
        return None
    visit = SsoVisit(row.state, row.browser, row.nonce, row.verifier, row.back, row.staff, row.created_at)
    taken = await session.exec(delete(SsoVisitRow).where(col(SsoVisitRow.state) == state))
    return visit if taken.rowcount == 1 else None
