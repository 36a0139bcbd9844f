"""What are the agencies and systems called whose codes stand on a page?"""

from collections.abc import Iterable

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import AgencyRow, SystemRow


async def agency_names(session: AsyncSession, codes: Iterable[str]) -> dict[str, str]:
    """Return the Vietnamese names of those agencies that there are."""
    wanted = sorted({code for code in codes if code})
    asked = select(AgencyRow.code, AgencyRow.name_vi).where(col(AgencyRow.code).in_(wanted))
    return {row[0]: row[1] for row in await session.exec(asked)} if wanted else {}


async def system_names(session: AsyncSession, codes: Iterable[str]) -> dict[str, str]:
    """Return the Vietnamese names of those systems that there are."""
    wanted = sorted({code for code in codes if code})
    asked = select(SystemRow.code, SystemRow.name_vi).where(col(SystemRow.code).in_(wanted))
    return {row[0]: row[1] for row in await session.exec(asked)} if wanted else {}
