"""How does anybody check, without an account and without trusting us, that an exchange is in the log?

Static files as C2SP tlog-tiles lays them out, proofs as JSON and as C2SP tlog-proof, and what became of an exchange's
receipt. Hashes are public, for a record's nonce keeps it from being guessed; the records themselves are the auditors'.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request, Response

from gateway.api.record import Identify
from gateway.db import Database
from gateway.errors import FaultFound, PathUnknown, RequestInvalid, RequestTooLarge, StaffForbidden
from gateway.exchange import clock
from gateway.exchangeids import EXCHANGE_ID
from gateway.receipts import Promise, find_promise
from gateway.stamps import Stamp, find_stamp, stamps_of
from security.audit.log import head_of, heads_of, log_of
from security.audit.merkle import HASH_BYTES
from security.audit.proving import Kept, Proof, prove_exchange, prove_growth, prove_record, read_bundle, read_tile
from security.audit.receipts import MOST_CHARS
from security.audit.tiles import TILE_WIDTH, TilePathWrong, read_tile_path

_TEXT = "text/plain; charset=utf-8"
_OCTETS = "application/octet-stream"
_STAMP = "application/timestamp-reply"
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_NOW = {"cache-control": "no-store"}
_MOST_SEQ = 2**63 - 1


class ShownProof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof as JSON. Hashes are base64 in `hashes` as in the other forms, and hex in `leaf` as in the record."""

    log: str
    index: int
    size: int
    leaf: str
    hashes: Sequence[str]
    checkpoint: str


class ShownReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """One record of an exchange: `state` is `included` with its proof, or `pending` for a second or two."""

    stream: str
    seq: int
    kind: str
    leaf: str
    state: str
    proof: ShownProof | None


class ShownPromise(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a pasted receipt: `included`, `pending`, `late`, `absent`, `replaced` or `forged`.

    `fault` says what does not fit of a forged one.
    """

    promise: str
    fault: str
    exchange: str
    stream: str
    seq: int
    leaf: str
    response: str
    proof: ShownProof | None


class ShownGrowth(msgspec.Struct, frozen=True, kw_only=True):
    """That the first `old` leaves of a log are the beginning of the first `new`."""

    log: str
    old: int
    new: int
    hashes: Sequence[str]
    checkpoint: str


class ShownStamp(msgspec.Struct, frozen=True, kw_only=True):
    """A stamped checkpoint: how many leaves the log had, and when the authority saw it (UTC)."""

    size: int
    at: datetime


class ShownKeys(msgspec.Struct, frozen=True, kw_only=True):
    """By which keys the logs' checkpoints are signed, and by which witnesses' (name+id+key)."""

    logs: Sequence[str]
    witnesses: Sequence[str]


@dataclass(frozen=True, slots=True)
class LogReader:
    """What these addresses work with. `witnesses` are the keys of those who sign too (name+id+key).

    `receipt_keys` are the public keys of receipts, by their `kid`.
    """

    database: Database
    identify: Identify
    witnesses: Sequence[str]
    receipt_keys: Mapping[str, bytes]


def log_router(reader: LogReader) -> APIRouter:
    """Return the router of `/log/v1`; include it without a prefix."""
    router = APIRouter(prefix="/log/v1", tags=["log"])
    _add_files(router, reader)
    _add_proofs(router, reader)
    _add_stamps(router, reader)
    return router


def _add_files(router: APIRouter, reader: LogReader) -> None:
    @router.get("/checkpoint", summary="The last signed checkpoint of the log in use")
    async def show_checkpoint() -> Response:
        return await _checkpoint(reader, "")

    @router.get("/keys", summary="By whose keys checkpoints are signed")
    async def show_keys() -> Response:
        async with reader.database.reading() as session:
            heads = await heads_of(await session.connection())
        keys = [head.key for head in heads if head.key]
        return _json(ShownKeys(logs=keys, witnesses=reader.witnesses))

    @router.get("/{log}/checkpoint", summary="The last signed checkpoint of a log")
    async def show_checkpoint_of(log: str) -> Response:
        return await _checkpoint(reader, log)

    @router.get("/{log}/tile/{path:path}", summary="A tile of hashes, or for auditors of entries")
    async def show_tile(log: str, path: str, request: Request) -> Response:
        try:
            name, of_entries = read_tile_path(f"tile/{path}")
        except TilePathWrong as error:
            raise PathUnknown from error
        if of_entries and not (await reader.identify(request)).auditor:
            raise StaffForbidden
        async with reader.database.reading() as session:
            connection = await session.connection()
            content = await (read_bundle if of_entries else read_tile)(connection, log, name)
        if content is None:
            raise PathUnknown
        kept = _FOREVER if name.width == TILE_WIDTH and not of_entries else _NOW
        return Response(content, media_type=_OCTETS, headers=kept)


def _add_proofs(router: APIRouter, reader: LogReader) -> None:
    @router.get("/proof/inclusion", summary="That a record is in the log, as JSON or as a tlog-proof")
    async def prove_inclusion(stream: str, seq: int, request: Request) -> Response:
        if not 0 < seq <= _MOST_SEQ:
            raise PathUnknown
        async with reader.database.reading() as session:
            kept = await prove_record(await session.connection(), stream, seq)
        if kept is None or kept.proof is None:
            raise PathUnknown
        if "text/plain" in request.headers.get("accept", ""):
            return Response(as_text(kept.proof), media_type=_TEXT, headers=_NOW)
        return _json(_shown(kept.proof))

    @router.get("/proof/consistency", summary="That a log only grew between two sizes")
    async def prove_consistency(log: str, old: int, new: int) -> Response:
        async with reader.database.reading() as session:
            connection = await session.connection()
            hashes = await prove_growth(connection, log, old=old, new=new)
            head = await head_of(connection, log)
        if hashes is None or head is None:
            where = "new" if head is not None else "log"
            fault = FaultFound(where, "phải có 0 < old ≤ new ≤ số bản ghi đã ký", "0 < old ≤ new ≤ what was signed")
            raise RequestInvalid([fault])
        written = [_base64(one) for one in hashes]
        return _json(ShownGrowth(log=log, old=old, new=new, hashes=written, checkpoint=head.checkpoint))

    @router.get("/receipts/{exchange_id}", summary="What became of the receipt of an exchange")
    async def show_receipt(exchange_id: str) -> Response:
        if not EXCHANGE_ID.match(exchange_id):
            raise PathUnknown
        async with reader.database.reading() as session:
            kept = await prove_exchange(await session.connection(), exchange_id)
        if not kept:
            raise PathUnknown
        return _json([_receipt(one) for one in kept])

    @router.post("/receipts", summary="Whether a receipt is ours, and what became of its promise")
    async def check_receipt(request: Request) -> Response:
        text = (await _body(request)).decode("ascii", "replace")
        async with reader.database.reading() as session:
            found = await find_promise(await session.connection(), text, keys=reader.receipt_keys, now=clock())
        says = found.statement
        if says is None:
            raise RequestInvalid([FaultFound("body", "không phải biên nhận", f"is no receipt: {found.fault}")])
        proof = found.kept.proof if found.kept is not None and found.promise is Promise.INCLUDED else None
        return _json(
            ShownPromise(
                promise=found.promise,
                fault=found.fault,
                exchange=says.exchange,
                stream=says.stream,
                seq=says.seq,
                leaf=says.leaf,
                response=says.response,
                proof=None if proof is None else _shown(proof),
            )
        )


def _add_stamps(router: APIRouter, reader: LogReader) -> None:
    @router.get("/{log}/timestamps", summary="When a time-stamping authority saw the log, and how large it was then")
    async def list_stamps(log: str) -> Response:
        async with reader.database.reading() as session:
            found = await stamps_of(await session.connection(), log)
        return _json([ShownStamp(size=one.size, at=one.at) for one in found])

    @router.get("/{log}/timestamps/{size}", summary="The authority's answer (RFC 3161)")
    async def show_stamp(log: str, size: str) -> Response:
        return Response((await _stamp(reader, log, size)).token, media_type=_STAMP, headers=_FOREVER)

    @router.get("/{log}/timestamps/{size}/checkpoint", summary="The checkpoint that was stamped, to the byte")
    async def show_stamped(log: str, size: str) -> Response:
        return Response((await _stamp(reader, log, size)).checkpoint, media_type=_TEXT, headers=_FOREVER)


async def _stamp(reader: LogReader, log: str, size: str) -> Stamp:
    if not (size.isascii() and size.isdigit() and int(size[:20]) <= _MOST_SEQ):
        raise PathUnknown
    async with reader.database.reading() as session:
        found = await find_stamp(await session.connection(), log, int(size))
    if found is None:
        raise PathUnknown
    return found


def as_text(proof: Proof) -> str:
    """Return the proof as a C2SP tlog-proof: to be kept as a file, and verified with nothing else."""
    lines = [f"index {proof.place.index}", *(_base64(one) for one in proof.hashes), "", proof.checkpoint]
    return "\n".join(["c2sp.org/tlog-proof@v1", *lines])


async def _checkpoint(reader: LogReader, log: str) -> Response:
    async with reader.database.reading() as session:
        connection = await session.connection()
        head = await head_of(connection, log or await log_of(connection, clock()))
    if head is None or not head.checkpoint:
        raise PathUnknown
    return Response(head.checkpoint, media_type=_TEXT, headers=_NOW)


def _receipt(kept: Kept) -> ShownReceipt:
    return ShownReceipt(
        stream=kept.stream,
        seq=kept.seq,
        kind=kept.kind,
        leaf=kept.leaf.hex(),
        state="pending" if kept.proof is None else "included",
        proof=None if kept.proof is None else _shown(kept.proof),
    )


def _shown(proof: Proof) -> ShownProof:
    return ShownProof(
        log=proof.place.log,
        index=proof.place.index,
        size=proof.size,
        leaf=proof.leaf.hex(),
        hashes=[_base64(one) for one in proof.hashes],
        checkpoint=proof.checkpoint,
    )


async def _body(request: Request) -> bytes:
    """Return the body. Raises RequestTooLarge for one that is longer than any receipt."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_CHARS:
            raise RequestTooLarge
    return body


def _base64(hash_: bytes) -> str:
    if len(hash_) != HASH_BYTES:
        raise ValueError("this is no SHA-256")
    return base64.b64encode(hash_).decode()


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers=_NOW)
