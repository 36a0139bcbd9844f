"""What is handed out of the record's sealed values, once two people have agreed, and what can be opened no more?

The gateway takes off the layer that it has the key of, the data key of the month and the database
([ADR 34](../../docs/adr/0034-sealed-values-under-data-keys.md)), and cannot open what is left
([ADR 5](../../docs/adr/0005-sealing-by-session-key.md)): the file goes to where the recovery key is.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import DataKeyUnusable
from gateway.inquiry.reveals import Reveal
from security.audit.datakeys import DataKeys, keyed_database
from security.audit.keyfiles import KeyErased, KeyUnusable
from security.audit.privacy import CASE_FILE_PLACE, FIRST_SUBJECT_PLACE, LAYERS, data_layer, uncover

FORMAT: Final = "lienthong-sealed-1"
_ONE_LAYER: Final = 1
"""What releases before the data keys have sealed; their KEY records do not speak of layers."""


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


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """One value that nobody can open any more, because its data key was destroyed: that of which month and database.

    `database` is empty for a record of none.
    """

    exchange: str
    kind: str
    of: str
    month: str
    database: str


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
    """Exchanges of which nothing, or not all that opens their values, is in the database (any more)."""
    erased: Sequence[Erased] = ()


class _Hidden(msgspec.Struct):
    sealed: str = ""


class _Whom(msgspec.Struct):
    inline: list[_Hidden] = []


class _Why(msgspec.Struct):
    case_file: _Hidden | None = None


class _What(msgspec.Struct):
    database: str = ""


class _Body(msgspec.Struct):
    pseudonym_key: str = ""
    seal_key: str = ""
    what: _What = msgspec.field(default_factory=_What)
    whom: _Whom = msgspec.field(default_factory=_Whom)
    why: _Why = msgspec.field(default_factory=_Why)
    notes: dict[str, str | int | bool] = {}


class _Session(msgspec.Struct, frozen=True):
    """What a KEY record says of the values that were sealed in its epoch."""

    ephemeral: str
    layers: int


class _Found(msgspec.Struct, frozen=True):
    """One record of the exchanges asked for; no session: it seals nothing, or its KEY record is gone."""

    exchange: str
    kind: str
    stream: str
    seq: int
    said: _Body
    session: _Session | None


_RECORDS = sa.text(
    "SELECT exchange_id, kind, stream, seq, body FROM record WHERE exchange_id IN :ids ORDER BY exchange_id, at_us, seq"
).bindparams(sa.bindparam("ids", expanding=True))
_KEYS = sa.text("SELECT body FROM record WHERE stream = :stream AND kind = 'KEY' ORDER BY seq")
_AT_ONCE: Final = 200


async def sealed_file(connection: AsyncConnection, reveal: Reveal, keys: DataKeys) -> SealedFile:
    """Return what is sealed in the records of a request's exchanges, in the one layer that the recovery key opens.

    Raises DataKeyUnusable where a data key is missing that nobody has erased: then nothing is handed out.
    """
    values: list[Sealed] = []
    erased: list[Erased] = []
    whole: dict[str, bool] = {}
    uncovering = _Uncovering(keys)
    async for found in _records_of(connection, reveal.exchanges):
        has_key = found.session is not None or not found.said.seal_key
        whole[found.exchange] = whole.get(found.exchange, True) and has_key
        if found.session is not None:
            opened, gone = uncovering.of(found, found.session)
            values += opened
            erased += gone
    return SealedFile(
        format=FORMAT,
        reveal=reveal.id,
        incident=reveal.incident,
        reason=reveal.reason,
        asked_by=reveal.asked_by,
        agreed_by=reveal.decided_by,
        values=values,
        missing=[one for one in reveal.exchanges if not whole.get(one, False)],
        erased=erased,
    )


async def erased_among(connection: AsyncConnection, exchanges: Sequence[str], keys: DataKeys) -> frozenset[str]:
    """Return the exchanges of which something is sealed that nobody can open any more."""
    return frozenset(
        [
            found.exchange
            async for found in _records_of(connection, exchanges)
            if found.session is not None
            and found.session.layers == LAYERS
            and keys.is_erased(found.said.pseudonym_key, keyed_database(found.said.what.database))
        ]
    )


async def _records_of(connection: AsyncConnection, exchanges: Sequence[str]) -> AsyncIterator[_Found]:
    sessions: dict[str, dict[str, _Session]] = {}
    for start in range(0, len(exchanges), _AT_ONCE):
        rows = await connection.execute(_RECORDS, {"ids": list(exchanges[start : start + _AT_ONCE])})
        for exchange, kind, stream, seq, body in rows:
            said = msgspec.json.decode(body, type=_Body)
            if said.seal_key and stream not in sessions:
                sessions[stream] = await _sessions_of(connection, stream)
            session = sessions[stream].get(said.seal_key) if said.seal_key else None
            yield _Found(exchange, kind, stream, seq, said, session)
        await asyncio.sleep(0)


async def _sessions_of(connection: AsyncConnection, stream: str) -> dict[str, _Session]:
    told = [
        msgspec.json.decode(row[0], type=_Body).notes for row in await connection.execute(_KEYS, {"stream": stream})
    ]
    return {
        str(one.get("seal_key", "")): _Session(str(one.get("ephemeral_public", "")), int(one.get("layers", _ONE_LAYER)))
        for one in told
    }


class _Uncovering:
    """Takes the outer layer off; reads each data key once."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys
        self._layers: dict[tuple[str, str, str], ChaCha20Poly1305 | None] = {}

    def of(self, found: _Found, session: _Session) -> tuple[list[Sealed], list[Erased]]:
        """Return the values of a record without their outer layer, or which can be opened no more."""
        month, database = found.said.pseudonym_key, keyed_database(found.said.what.database)
        places = _places(found.said)
        try:
            if session.layers not in (_ONE_LAYER, LAYERS):
                raise KeyUnusable(f"values in {session.layers} layers are read by a later release only")
            layer = self._layer(month, database, session.ephemeral) if session.layers == LAYERS else None
            values = [
                Sealed(
                    exchange=found.exchange,
                    kind=found.kind,
                    of=of,
                    stream=found.stream,
                    seq=found.seq,
                    place=place,
                    sealed=sealed if layer is None else uncover(sealed, layer=layer, seq=found.seq, place=place),
                    ephemeral=session.ephemeral,
                )
                for of, place, sealed in places
            ]
        except KeyErased:
            told = {"exchange": found.exchange, "kind": found.kind, "month": month, "database": database}
            return [], [Erased(**told, of=of) for of, _, _ in places]
        except KeyUnusable as error:
            raise DataKeyUnusable(f"{error} ({month} {database})") from error
        return values, []

    def _layer(self, month: str, database: str, ephemeral: str) -> ChaCha20Poly1305:
        keyed = month, database, ephemeral
        if keyed not in self._layers:
            try:
                self._layers[keyed] = data_layer(self._keys.read(month, database), bytes.fromhex(ephemeral))
            except KeyErased:
                self._layers[keyed] = None
        layer = self._layers[keyed]
        if layer is None:
            raise KeyErased("the data key was erased")
        return layer


def _places(said: _Body) -> list[tuple[str, int, str]]:
    places = [("subject", number, one.sealed) for number, one in enumerate(said.whom.inline, FIRST_SUBJECT_PLACE)]
    if said.why.case_file is not None:
        places.append(("case-file", CASE_FILE_PLACE, said.why.case_file.sealed))
    return places
