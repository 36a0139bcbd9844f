"""How long after an exchange are the people concerned shown it?

The version of the agreement under which it was made says so: what was agreed later neither hides nor shows it.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import AgreementVersionRow
from catalog.terms import MOST_DISCLOSURE_DAYS

AT_ONCE = timedelta(0)
LONGEST = timedelta(days=MOST_DISCLOSURE_DAYS)
"""What holds for an exchange of which nobody knows what was agreed: empty means no."""


class _Disclosure(msgspec.Struct):
    after_days: int


class _Terms(msgspec.Struct):
    disclosure: _Disclosure | None = None


async def delays_of(session: AsyncSession, versions: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], timedelta]:
    """Return the delay of each of these versions (agreement, version); one that there is none of is left out."""
    wanted = set(versions)
    rows = select(AgreementVersionRow.agreement, AgreementVersionRow.version, AgreementVersionRow.terms).where(
        col(AgreementVersionRow.agreement).in_(sorted({agreement for agreement, _ in wanted}))
    )
    return {
        (agreement, version): _delay(terms)
        for agreement, version, terms in await session.exec(rows)
        if (agreement, version) in wanted
    }


def _delay(terms: bytes) -> timedelta:
    told = msgspec.json.decode(terms, type=_Terms).disclosure
    return AT_ONCE if told is None else timedelta(days=told.after_days)
