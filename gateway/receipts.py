"""Is what somebody holds a receipt of ours, and was the promise in it kept?

The signature says that the record was promised, the record and the log say whether it is there. What is shown names no
person and no agency: the caller's correlation id and hashes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import moment_of
from security.audit.proving import Kept, prove_record
from security.audit.receipts import (
    Receipt,
    ReceiptForged,
    ReceiptUnreadable,
    Statement,
    read_receipt,
    verify_receipt,
)
from security.keys import Keys

PROMISED_WITHIN = timedelta(seconds=60)
"""A record that is in no signed log after this time is late (docs/receipts.md)."""


class Promise(StrEnum):
    """What became of what a receipt promises."""

    UNREADABLE = "unreadable"
    FORGED = "forged"
    INCLUDED = "included"
    PENDING = "pending"
    LATE = "late"
    ABSENT = "absent"
    REPLACED = "replaced"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `fault` says what is wrong with a receipt that is none, or none of ours.

    `statement` is None unless the receipt could be read; `kept` None unless the record that it promises is there.
    """

    promise: Promise
    fault: str = ""
    statement: Statement | None = None
    kept: Kept | None = None


def receipt_keys(keys: Keys) -> Mapping[str, bytes]:
    """Return the public keys that receipts are checked with, by their `kid`."""
    return {key.kid: key.public for key in keys.receipt}


async def find_promise(connection: AsyncConnection, text: str, *, keys: Mapping[str, bytes], now: datetime) -> Finding:
    """Return what became of the promise in `text`. Raises the database's errors and LogBroken."""
    try:
        receipt: Receipt = read_receipt(text)
    except ReceiptUnreadable as error:
        return Finding(promise=Promise.UNREADABLE, fault=str(error))
    statement = receipt.statement
    try:
        verify_receipt(receipt, keys)
    except (ReceiptForged, ReceiptUnreadable) as error:
        return Finding(promise=Promise.FORGED, fault=str(error), statement=statement)
    kept = await prove_record(connection, statement.stream, statement.seq)
    return Finding(promise=became(statement, kept, now=now), statement=statement, kept=kept)


def became(statement: Statement, kept: Kept | None, *, now: datetime) -> Promise:
    """Return what became of a statement that we signed, by what stands at its place of the record today."""
    if kept is None:
        return Promise.ABSENT
    if kept.leaf.hex() != statement.leaf:
        return Promise.REPLACED
    if kept.proof is not None:
        return Promise.INCLUDED
    return Promise.PENDING if now - moment_of(statement.at_us) < PROMISED_WITHIN else Promise.LATE
