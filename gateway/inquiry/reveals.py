"""Who wants sealed values of the record opened, who has agreed, and what is handed out?

Two people: who asks is never who agrees, and only he takes the file, within a day. The gateway cannot open what it
hands out ([ADR 5](../../docs/adr/0005-sealing-by-session-key.md)): the file goes to where the recovery key is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.errors import FourEyes, StateForbids
from security.audit.privacy import CASE_FILE_PLACE, FIRST_SUBJECT_PLACE

FORMAT: Final = "lienthong-sealed-1"
MOST_EXCHANGES: Final = 10_000
TAKEN_WITHIN: Final = timedelta(hours=24)


class RevealState(StrEnum):
    """How far it is."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    TAKEN = "taken"


class RevealStep(StrEnum):
    """What can be done with it."""

    AGREE = "agree"
    REFUSE = "refuse"
    TAKE = "take"


REVEAL_STEPS: Final[Mapping[tuple[RevealState, RevealStep], RevealState]] = MappingProxyType(
    {
        (RevealState.ASKED, RevealStep.AGREE): RevealState.AGREED,
        (RevealState.ASKED, RevealStep.REFUSE): RevealState.REFUSED,
        (RevealState.AGREED, RevealStep.TAKE): RevealState.TAKEN,
    }
)


class Reveal(msgspec.Struct, frozen=True, kw_only=True):
    """A request to open what is sealed in some exchanges' records. Moments are microseconds since 1970."""

    id: str
    asked_us: int
    asked_by: str
    reason: str
    incident: str
    exchanges: tuple[str, ...]
    state: RevealState
    decided_us: int
    decided_by: str
    note: str


def step_reveal(reveal: Reveal, step: RevealStep, *, by: str, now_us: int) -> RevealState:
    """Return the state after `step`. Raises FourEyes, and StateForbids: also when it was agreed too long ago."""
    after = REVEAL_STEPS.get((reveal.state, step))
    if after is None:
        raise StateForbids("reveal", reveal.state, step)
    if step is RevealStep.TAKE:
        if by != reveal.asked_by:
            raise StateForbids("reveal", "asked by somebody else", step)
        if now_us - reveal.decided_us > TAKEN_WITHIN // timedelta(microseconds=1):
            raise StateForbids("reveal", "agreed more than a day ago", step)
    elif step is RevealStep.AGREE and by == reveal.asked_by:
        raise FourEyes("who asked for it does not agree to it")
    return after


reveals = sa.Table(
    "record_reveals",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("asked_us", sa.BigInteger),
    *(sa.Column(name, sa.Text) for name in ("asked_by", "reason", "incident", "exchanges", "state")),
    sa.Column("decided_us", sa.BigInteger),
    *(sa.Column(name, sa.Text) for name in ("decided_by", "note")),
)


async def keep_reveal(connection: AsyncConnection, reveal: Reveal) -> None:
    """Keep a new request, or what became of one."""
    told = {"exchanges": msgspec.json.encode(reveal.exchanges).decode(), "state": reveal.state.value}
    values = msgspec.structs.asdict(reveal) | told
    known = await connection.execute(sa.update(reveals).where(reveals.c.id == reveal.id).values(**values))
    if not known.rowcount:
        await connection.execute(sa.insert(reveals).values(**values))


async def find_reveal(connection: AsyncConnection, reveal_id: str) -> Reveal | None:
    """Return a request, locked until the transaction ends; None where there is none."""
    asked = sa.select(reveals).where(reveals.c.id == reveal_id).with_for_update()
    row = (await connection.execute(asked)).mappings().first()
    return None if row is None else _reveal(row)


async def list_reveals(connection: AsyncConnection, *, most: int, offset: int = 0) -> list[Reveal]:
    """Return the requests: those that wait first, then the newest."""
    waits = (reveals.c.state == RevealState.ASKED.value).desc()
    rows = sa.select(reveals).order_by(waits, reveals.c.id.desc()).limit(most).offset(offset)
    return [_reveal(row) for row in (await connection.execute(rows)).mappings()]


# --- what is handed out ------------------------------------------------------------------------------------


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed value: what it is of (`subject` or `case-file`), and what the recovery key needs to open it."""

    exchange: str
    kind: str
    of: str
    stream: str
    seq: int
    place: int
    sealed: str
    ephemeral: str


class SealedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed out: sealed values, and on whose word."""

    format: str
    reveal: str
    incident: str
    reason: str
    asked_by: str
    agreed_by: str
    values: Sequence[Sealed]
    missing: Sequence[str]
    """Exchanges of which nothing is in the database (any more)."""


class _Hidden(msgspec.Struct):
    sealed: str = ""


class _Whom(msgspec.Struct):
    inline: list[_Hidden] = []


class _Why(msgspec.Struct):
    case_file: _Hidden | None = None


class _Body(msgspec.Struct):
    seal_key: str = ""
    whom: _Whom = msgspec.field(default_factory=_Whom)
    why: _Why = msgspec.field(default_factory=_Why)
    notes: dict[str, str | int | bool] = {}


_RECORDS = sa.text(
    "SELECT exchange_id, kind, stream, seq, body FROM record WHERE exchange_id IN :ids ORDER BY exchange_id, at_us, seq"
).bindparams(sa.bindparam("ids", expanding=True))
_KEYS = sa.text("SELECT body FROM record WHERE stream = :stream AND kind = 'KEY' ORDER BY seq")
_AT_ONCE: Final = 200


async def sealed_file(connection: AsyncConnection, reveal: Reveal) -> SealedFile:
    """Return what is sealed in the records of a request's exchanges."""
    values: list[Sealed] = []
    found: set[str] = set()
    keys: dict[str, dict[str, str]] = {}
    for start in range(0, len(reveal.exchanges), _AT_ONCE):
        some = list(reveal.exchanges[start : start + _AT_ONCE])
        for exchange, kind, stream, seq, body in await connection.execute(_RECORDS, {"ids": some}):
            found.add(exchange)
            said = msgspec.json.decode(body, type=_Body)
            if not said.seal_key:
                continue
            if stream not in keys:
                keys[stream] = await _keys_of(connection, stream)
            ephemeral = keys[stream].get(said.seal_key, "")
            if ephemeral:
                values += _sealed(said, exchange, kind, stream, seq, ephemeral)
        await asyncio.sleep(0)
    return SealedFile(
        format=FORMAT,
        reveal=reveal.id,
        incident=reveal.incident,
        reason=reveal.reason,
        asked_by=reveal.asked_by,
        agreed_by=reveal.decided_by,
        values=values,
        missing=[one for one in reveal.exchanges if one not in found],
    )


async def _keys_of(connection: AsyncConnection, stream: str) -> dict[str, str]:
    told = [
        msgspec.json.decode(row[0], type=_Body).notes for row in await connection.execute(_KEYS, {"stream": stream})
    ]
    return {str(one.get("seal_key", "")): str(one.get("ephemeral_public", "")) for one in told}


def _sealed(said: _Body, exchange: str, kind: str, stream: str, seq: int, ephemeral: str) -> list[Sealed]:
    places = [("subject", number, one) for number, one in enumerate(said.whom.inline, FIRST_SUBJECT_PLACE)]
    if said.why.case_file is not None:
        places.append(("case-file", CASE_FILE_PLACE, said.why.case_file))
    return [
        Sealed(
            exchange=exchange,
            kind=kind,
            of=of,
            stream=stream,
            seq=seq,
            place=place,
            sealed=hidden.sealed,
            ephemeral=ephemeral,
        )
        for of, place, hidden in places
    ]


def _reveal(row: sa.RowMapping) -> Reveal:
    members = {str(name): value for name, value in row.items()}
    return msgspec.convert(
        {**members, "exchanges": msgspec.json.decode(members["exchanges"], type=tuple[str, ...])}, Reveal
    )
