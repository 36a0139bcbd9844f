"""What did a change of the catalogue change?

Every function that changes something returns a `Change`: the record of administration (ADMIN, design 04) is made of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import JsonValue, canonical_json, digest
from catalog.codes import page_fault
from catalog.errors import AlreadyThere, ContentInvalid, Fault, NotThere

Row = TypeVar("Row", bound=SQLModel)
Document = TypeVar("Document", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of what, and the digests (SHA-256, hex) of what was there before and after; empty: nothing was there.

    `version` is 0 where there are none. `state` is the state reached. `asked_by` and `approved_by` are staff codes.
    `parts` are changes made in the same transaction, each of which is recorded too.
    """

    noun: str
    code: str
    before: str = ""
    after: str = ""
    version: int = 0
    state: str = ""
    asked_by: str = ""
    approved_by: str = ""
    agencies: tuple[str, ...] = field(default=())
    parts: tuple["Change", ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and when (aware UTC)."""

    code: str
    at: datetime


def digest_of(document: JsonValue) -> str:
    """Return the digest of the canonical form of `document`."""
    return digest(canonical_json(document))


async def find(session: AsyncSession, row_type: type[Row], noun: str, code: str) -> Row:
    """Return the row with this code, locked until the transaction ends. Raises NotThere."""
    row = await session.get(row_type, code, with_for_update=True)
    if row is None:
        raise NotThere(noun, code)
    return row


async def must_be_new(session: AsyncSession, row_type: type[Row], noun: str, code: str) -> None:
    """Raise AlreadyThere when the code is taken, ContentInvalid when a page has its address."""
    refuse_faults(page_fault("code", code))
    if await session.get(row_type, code) is not None:
        raise AlreadyThere(noun, code)


def refuse_faults(*faults: Fault | None) -> None:
    """Raise ContentInvalid when there is any fault among these."""
    found = tuple(fault for fault in faults if fault is not None)
    if found:
        raise ContentInvalid(found)
