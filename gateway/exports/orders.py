"""Which exports of the record were asked for, by whom, and how far is each?

An export is asked for, made by the worker, taken, and forgotten after `KEPT`. Whoever makes one holds it for `LEASE`
at a time, so that one that was begun by a worker that died is begun again by another.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import microseconds, moment_of
from security.audit.search import Search

KEPT: Final = timedelta(days=7)
LEASE: Final = timedelta(minutes=2)
MOST_IDS: Final = 10_000
MOST_ORDERS: Final = 200
MOST_WAITING: Final = 20
_MOST_TRIES: Final = 3
_NOT_BEFORE_SIGNED: Final = timedelta(seconds=30)

exports = sa.Table(
    "record_exports",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("asked_at_us", sa.BigInteger, nullable=False),
    sa.Column("member", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("form", sa.String(10), nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("held_until_us", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("made_at_us", sa.BigInteger, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("pending", sa.BigInteger, nullable=False),
    sa.Column("absent", sa.BigInteger, nullable=False),
    sa.Column("octets", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("why_not", sa.String(20), nullable=False),
)


class Form(StrEnum):
    """As what an export leaves. A bundle is JSON Lines with the proof of each record."""

    BUNDLE = "bundle"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class State(StrEnum):
    """How far an export is."""

    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    FORGOTTEN = "forgotten"


class WhyNot(StrEnum):
    """Why an export failed; empty while it did not."""

    NO = ""
    NOTHING = "nothing"
    ARCHIVED = "archived"
    """No record fits."""
    TOO_MANY = "too-many"
    NO_ROOM = "no-room"
    """The disk would fill up, on which the record may stand."""
    BROKEN = "broken"
    """It was tried several times; the worker's journal says why."""


class About(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be exported: the exchanges named, or those that a search finds."""

    search: Search | None = None
    exchanges: Sequence[str] = ()

    def told(self) -> dict[str, str]:
        """Return it in words for the manifest and the record: what was not asked is left out."""
        if self.search is None:
            return {"exchanges": str(len(self.exchanges))}
        plain: Mapping[str, object] = msgspec.to_builtins(self.search)
        return {name: str(value) for name, value in plain.items() if value}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An export that was asked for. An empty `agency` has every agency's records. Times are aware UTC."""

    id: str
    asked_at: datetime
    member: str
    agency: str
    form: Form
    about: About
    state: State = State.WAITING
    made_at: datetime | None = None
    records: int = 0
    pending: int = 0
    absent: int = 0
    octets: int = 0
    digest: str = ""
    why_not: WhyNot = WhyNot.NO

    @property
    def file_name(self) -> str:
        """What the file is called, here and where it is taken to."""
        return f"nhat-ky-{self.id}.zip"


async def place_order(connection: AsyncConnection, order: Order) -> None:
    """Keep an order; the worker makes it."""
    await connection.execute(
        sa.insert(exports).values(
            id=order.id,
            asked_at_us=microseconds(order.asked_at),
            member=order.member,
            agency=order.agency,
            form=order.form.value,
            about=msgspec.json.encode(order.about).decode(),
            state=State.WAITING.value,
            held_until_us=0,
            tries=0,
            made_at_us=0,
            records=0,
            pending=0,
            absent=0,
            octets=0,
            digest="",
            why_not="",
        )
    )


async def count_waiting(connection: AsyncConnection, *, member: str) -> int:
    """Return how many orders of this member are not made yet."""
    waiting = exports.c.state.in_([State.WAITING.value, State.MAKING.value])
    asked_for = sa.select(sa.func.count()).select_from(exports).where(exports.c.member == member, waiting)
    return int(await connection.scalar(asked_for) or 0)


async def find_order(connection: AsyncConnection, order_id: str, *, member: str) -> Order | None:
    """Return an order of this member, None where he has none of this id."""
    asked_for = sa.select(exports).where(exports.c.id == order_id, exports.c.member == member)
    row = (await connection.execute(asked_for)).mappings().first()
    return None if row is None else _order(row)


async def list_orders(connection: AsyncConnection, *, member: str) -> list[Order]:
    """Return the orders of this member, the newest first, at most `MOST_ORDERS`."""
    asked_for = sa.select(exports).where(exports.c.member == member).order_by(exports.c.id.desc()).limit(MOST_ORDERS)
    return [_order(row) for row in (await connection.execute(asked_for)).mappings()]


async def take_next(connection: AsyncConnection, *, signed_at_us: int, now: datetime) -> Order | None:
    """Take the oldest order that can be made now, None where there is none.

    One waits until the log was signed after it was asked for (`signed_at_us`), so that what its reader saw can be
    proven; it does not wait for ever. One that was tried often enough has failed.
    """
    now_us = microseconds(now)
    await connection.execute(
        sa.update(exports)
        .where(exports.c.state == State.MAKING, exports.c.held_until_us < now_us, exports.c.tries >= _MOST_TRIES)
        .values(state=State.FAILED.value, why_not=WhyNot.BROKEN.value)
    )
    late = microseconds(now - _NOT_BEFORE_SIGNED)
    is_due = sa.or_(
        sa.and_(
            exports.c.state == State.WAITING,
            sa.or_(exports.c.asked_at_us < signed_at_us, exports.c.asked_at_us < late),
        ),
        sa.and_(exports.c.state == State.MAKING, exports.c.held_until_us < now_us),
    )
    row = (
        (await connection.execute(sa.select(exports).where(is_due).order_by(exports.c.id).limit(1))).mappings().first()
    )
    if row is None:
        return None
    taken = await connection.execute(
        sa.update(exports)
        .where(exports.c.id == row["id"], exports.c.tries == row["tries"])
        .values(state=State.MAKING.value, tries=row["tries"] + 1, held_until_us=microseconds(now + LEASE))
    )
    return _order(row) if taken.rowcount == 1 else None


async def hold_on(connection: AsyncConnection, order_id: str, *, now: datetime) -> None:
    """Go on holding an order that takes long."""
    await connection.execute(
        sa.update(exports).where(exports.c.id == order_id).values(held_until_us=microseconds(now + LEASE))
    )


async def finish(connection: AsyncConnection, order: Order) -> None:
    """Keep what became of an order: READY with its figures, or FAILED with the reason."""
    await connection.execute(
        sa.update(exports)
        .where(exports.c.id == order.id)
        .values(
            state=order.state.value,
            made_at_us=microseconds(order.made_at) if order.made_at else 0,
            records=order.records,
            pending=order.pending,
            absent=order.absent,
            octets=order.octets,
            digest=order.digest,
            why_not=order.why_not.value,
        )
    )


async def forget_made_before(connection: AsyncConnection, moment: datetime) -> list[Order]:
    """Say of orders made before `moment` that they are forgotten, and return them: their files are to be removed."""
    old = sa.and_(exports.c.state == State.READY, exports.c.made_at_us < microseconds(moment))
    found = [_order(row) for row in (await connection.execute(sa.select(exports).where(old))).mappings()]
    if found:
        ids = [one.id for one in found]
        forgotten = sa.update(exports).where(exports.c.id.in_(ids)).values(state=State.FORGOTTEN.value)
        await connection.execute(forgotten)
    return found


def _order(row: sa.RowMapping) -> Order:
    return Order(
        id=row["id"],
        asked_at=moment_of(row["asked_at_us"]),
        member=row["member"],
        agency=row["agency"],
        form=Form(row["form"]),
        about=msgspec.json.decode(row["about"], type=About),
        state=State(row["state"]),
        made_at=moment_of(row["made_at_us"]) if row["made_at_us"] else None,
        records=row["records"],
        pending=row["pending"],
        absent=row["absent"],
        octets=row["octets"],
        digest=row["digest"],
        why_not=WhyNot(row["why_not"]),
    )
