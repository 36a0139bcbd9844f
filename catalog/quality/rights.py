"""May the data of one database be checked against another's: by which right?

A database is measured by its owner's standing order, and that reaches his own data only (ADR 23). Another service is
asked where it is his too, where the field is open and its database is shared by default (NĐ 194/2025 art. 16), or under
an agreement of his that is in force and grants the operation and the field.
"""

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.databases import show_database
from catalog.descriptions import FieldClass, OperationDescription, SharingMode
from catalog.quality.rules import Reference
from catalog.states import AgreementState
from catalog.tables import AgreementRow, AgreementVersionRow, SuspensionRow
from catalog.terms import AgreementTerms


async def may_check_against(
    session: AsyncSession, owner: str, place: Reference, operation: OperationDescription
) -> bool:  # fmt: skip
    """Tell whether the agency `owner` may have its data checked against a field of another operation."""
    database = await show_database(session, place.database)
    if database.owner == owner:
        return True
    described = next((one for one in operation.fields if _names(one.path, place.field)), None)
    if described is None:
        return False
    if described.class_ is FieldClass.OPEN and database.sharing in (SharingMode.OPEN, SharingMode.DEFAULT):
        return True
    return await agreement_for(session, owner, place) is not None


async def agreement_for(session: AsyncSession, owner: str, place: Reference) -> AgreementTerms | None:
    """Return the terms of an agreement in force by which `owner` may use the field, or None."""
    rows = await session.exec(
        select(AgreementVersionRow)
        .join(AgreementRow, col(AgreementRow.code) == col(AgreementVersionRow.agreement))
        .where(
            AgreementRow.database == place.database,
            AgreementRow.consumer_agency == owner,
            AgreementVersionRow.state == AgreementState.ACTIVE,
            col(AgreementRow.code).not_in(select(SuspensionRow.agreement)),
        )
        .order_by(col(AgreementVersionRow.agreement))
    )
    for row in rows:
        terms = msgspec.json.decode(row.terms, type=AgreementTerms)
        for grant in terms.grants:
            granted = (grant.service, grant.version, grant.operation) == (place.service, place.version, place.operation)
            if granted and grant.rows == "all" and any(_names(path, place.field) for path in grant.fields):
                return terms
    return None


def _names(path: str, field: str) -> bool:
    return path == field or path.endswith(f".{field}")
