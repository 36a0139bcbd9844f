"""Who has signed a version of an agreement, and what exactly?

What is signed is a `SignedStatement`: the digest of the terms, the side, the act and the person. The signature itself
is a JWS that the gateway makes (`security/signatures.py`); here it is kept with the version.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.errors import NotThere
from catalog.states import Side
from catalog.tables import AgreementSignatureRow, AgreementVersionRow


class SignedAct(StrEnum):
    """What a side did when it signed. `STANDARD`: its declaration of standard terms approved the request (R8)."""

    REQUEST = "request"
    APPROVE = "approve"
    STANDARD = "standard"
    ACTIVATE = "activate"
    NARROW = "narrow"


class SignedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of a signature. `terms` is the SHA-256 (hex) of the canonical terms, `at` seconds since 1970.

    `iss` is the platform. `signer` is a staff code, empty where the platform signs for itself; `method` says how that
    person had proven himself. `standard` is the digest of the standard terms by which a request was approved.
    """

    iss: str
    agreement: str
    version: int
    terms: str
    side: Side
    act: SignedAct
    signer: str
    name: str
    agency: str
    method: str
    iat: int
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it is kept: what it says in columns, and the JWS (compact serialization) that proves it."""

    side: Side
    act: SignedAct
    signer: str
    signer_name: str
    agency: str
    signed_at: datetime
    jws: str


async def keep_signature(session: AsyncSession, statement: SignedStatement, *, jws: str, at: datetime) -> None:
    """Keep a side's signature of a version, instead of one that it gave before the version was returned."""
    await session.merge(
        AgreementSignatureRow(
            agreement=statement.agreement,
            version=statement.version,
            side=statement.side,
            act=statement.act,
            signer=statement.signer,
            signer_name=statement.name,
            agency=statement.agency,
            signed_at=at,
            jws=jws,
        )
    )
    await session.flush()


async def terms_digest(session: AsyncSession, code: str, *, version: int) -> str:
    """Return the digest of a version's terms: what is signed. Raises NotThere."""
    row = await session.get(AgreementVersionRow, (code, version))
    if row is None:
        raise NotThere("agreement version", f"{code}/v{version}")
    return row.digest


async def signatures_of(session: AsyncSession, code: str) -> dict[int, tuple[Signature, ...]]:
    """Return the signatures of an agreement's versions, each version's in order of time."""
    rows = select(AgreementSignatureRow).where(AgreementSignatureRow.agreement == code)
    found: dict[int, tuple[Signature, ...]] = {}
    for row in await session.exec(rows.order_by(col(AgreementSignatureRow.signed_at), col(AgreementSignatureRow.side))):
        signature = Signature(
            Side(row.side), SignedAct(row.act), row.signer, row.signer_name, row.agency, row.signed_at, row.jws
        )
        found[row.version] = (*found.get(row.version, ()), signature)
    return found
