"""How does a record become durable before anything is released, without a disk write for each?

Group commit: records get their place in the stream, are chained and hashed when they are appended; one driver sends
all that waits as one transaction whenever the store is idle. After a commit that was not confirmed nothing more is
written to that stream: all who wait are refused, and a new stream is opened in the background, which says what
became of the old one.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from security.audit.encode import Place, encode, microseconds
from security.audit.intents import ENDS, OpenIntents
from security.audit.keyfiles import KeyUnusable
from security.audit.privacy import LAYERS, Concealer, PseudonymKeys, SealSession
from security.audit.receipts import ReceiptSigner
from security.audit.record import Committed, Entry, Kind, Who
from security.audit.rows import Row
from security.audit.streams import Batch, Fenced, Opening, PreviousStream, RecordStore, StoreFailed
from security.errors import RecordUnavailable

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
_ROOM_CHECK_SECONDS = 0.5
_NONCE_BYTES = 16
_NONCES_AT_ONCE = 256
_RECEIPTED = frozenset({Kind.OUTCOME, Kind.DENY})


class WriterLimits(msgspec.Struct, frozen=True):
    """How much a writer takes. A beat must come well within the 30 s after which recovery takes a stream for dead.

    While at least `gather_from` intents wait for their end, a commit of less than that many records waits
    `gather_seconds` for more: it costs as much as twenty records do.
    """

    max_batch: int = 512
    max_queue: int = 10_000
    gather_from: int = 32
    gather_seconds: float = 0.001
    beat_seconds: float = 5.0
    epoch_seconds: float = 600.0


class Waiter(Protocol):
    """Who waits for a record to be durable: a future, or what stands for somebody in another process."""

    def done(self) -> bool:
        """Tell whether nobody waits any more."""
        ...

    def set_result(self, result: Committed, /) -> None:
        """Take the record's place."""
        ...

    def set_exception(self, exception: RecordUnavailable, /) -> None:
        """Take why there is none."""
        ...


class _Stream:
    """The end of one stream: what the next record needs to know."""

    def __init__(self, name: str, conceal: Concealer, *, epoch_ends: float) -> None:
        self.name = name
        self.conceal = conceal
        self.epoch_ends = epoch_ends
        self.last_seq = 0
        self.last_leaf = b""
        self.sent_seq = 0
        self.sent_leaf = b""
        self._nonces: list[str] = []

    def place(self, entry: Entry) -> Row:
        """Return `entry` as this stream's next row. Raises KeyUnusable, and then nothing has changed."""
        place = Place(
            stream=self.name,
            seq=self.last_seq + 1,
            prev=self.last_leaf.hex(),
            nonce=self._nonce(),
            monotonic_us=time.monotonic_ns() // 1000,
        )
        row = encode(entry, place, self.conceal)
        self.last_seq, self.last_leaf = row.seq, row.leaf
        return row

    def _nonce(self) -> str:
        # Asking the kernel for each record costs three times as much as asking for many at once.
        if not self._nonces:
            digits = os.urandom(_NONCE_BYTES * _NONCES_AT_ONCE).hex()
            self._nonces = [
                digits[start : start + 2 * _NONCE_BYTES] for start in range(0, len(digits), 2 * _NONCE_BYTES)
            ]
        return self._nonces.pop()


class RecordWriter:
    """The one way into the record, for one process. Use it from one event loop; `start` it first.

    `node` names the process's place among others (`node-worker`), `clock` returns the aware UTC time. With `receipts`
    an answer's or a refusal's record comes with what promises it.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        node: str,
        pseudonyms: PseudonymKeys,
        recovery_key: X25519PublicKey,
        clock: Callable[[], datetime],
        limits: WriterLimits | None = None,
        receipts: ReceiptSigner | None = None,
    ) -> None:
        self._store = store
        self._node = node
        self._pseudonyms = pseudonyms
        self._recovery_key = recovery_key
        self._clock = clock
        self._limits = limits or WriterLimits()
        self._receipts = receipts
        self._life = secrets.token_hex(8)
        self._intents = OpenIntents()
        self._stream: _Stream | None = None
        self._last_stream = ""
        self._rows: list[Row] = []
        self._waiting: list[Waiter | None] = []
        self._promises: list[bytes] = []
        self._sent: list[Row] = []
        self._futures_sent: list[Waiter | None] = []
        self._refused_meanwhile: list[str] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._driver: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop
        self._has_room = True
        self._room_checked = 0.0

    # --- what others use -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the first stream and begin to take records. Raises RecordUnavailable when the store cannot."""
        try:
            await self._open()
        except (StoreFailed, KeyUnusable) as error:
            await self._store.disconnect()
            raise RecordUnavailable("the record cannot be opened") from error
        self._loop = asyncio.get_running_loop()
        self._driver = asyncio.create_task(self._drive(), name="record-writer")

    def append(self, entry: Entry) -> Awaitable[Committed]:
        """See Recording."""
        if self._driver is None:
            raise RecordUnavailable("the record is not open")
        future: asyncio.Future[Committed] = self._loop.create_future()
        self.take(entry, future)
        return future

    def take(self, entry: Entry, waiter: "Waiter") -> None:
        """Take `entry`, and let `waiter` know its place when it is durable, or that it cannot be made so.

        Raises RecordUnavailable when it is not even taken.
        """
        stream = self._stream
        if stream is None or self._closing:
            if entry.kind in ENDS:
                self._refused_meanwhile.append(entry.exchange_id)
            raise RecordUnavailable("the record is not open")
        if not self._intents.may_append(entry.kind, entry.exchange_id):
            raise RecordUnavailable("this exchange cannot have this record any more")
        ends_intent = entry.kind in ENDS and self._intents.is_open(entry.exchange_id)
        try:
            self._check_capacity(ends_intent=ends_intent)
            self._renew_seal(stream)
            row = stream.place(entry)
        except (RecordUnavailable, KeyUnusable) as error:
            self._intents.give_up(entry.exchange_id)
            raise RecordUnavailable("the record cannot take more") from error
        if ends_intent:
            self._intents.ending(entry.exchange_id)
        self._enqueue(row, waiter, promise=self._promise(row, entry))

    def ready(self) -> bool:
        """Return whether new exchanges can be recorded now."""
        return self._stream is not None and not self._closing and self._room()

    def has_open_intent(self, exchange_id: str) -> bool:
        """Return whether this exchange has an intent here and no end yet."""
        return self._intents.is_open(exchange_id)

    @property
    def stream(self) -> str:
        """The name of the stream being written; of the last one while there is none."""
        return self._last_stream

    async def close(self) -> None:
        """Write all that waits, then CLOSE, and let go of the store. Raises nothing; safe to call twice."""
        self._closing = True
        self._wake.set()
        if self._driver is not None:
            await self._driver
            self._driver = None
        await self._store.disconnect()

    # --- taking --------------------------------------------------------------------------------------------

    def _enqueue(self, row: Row, future: Waiter | None, *, promise: bytes = b"") -> None:
        self._rows.append(row)
        self._waiting.append(future)
        self._promises.append(promise)
        self._wake.set()

    def _promise(self, row: Row, entry: Entry) -> bytes:
        if self._receipts is None or entry.kind not in _RECEIPTED:
            return b""
        return self._receipts.promise(
            at_us=row.at_us,
            exchange=row.exchange_id,
            leaf=row.leaf,
            response=entry.outcome.response_digest if entry.outcome is not None else "",
            seq=row.seq,
            stream=row.stream,
        )

    def _check_capacity(self, *, ends_intent: bool) -> None:
        if len(self._rows) >= self._limits.max_queue:
            raise RecordUnavailable("too much waits to be recorded")
        # The reserve is there for the ends of what has begun.
        if not ends_intent and not self._room():
            raise RecordUnavailable("too little disk space is left")

    def _room(self) -> bool:
        now = time.monotonic()
        if now - self._room_checked > _ROOM_CHECK_SECONDS:
            self._room_checked, self._has_room = now, self._store.has_room()
        return self._has_room

    def _renew_seal(self, stream: _Stream) -> None:
        if time.monotonic() < stream.epoch_ends:
            return
        stream.conceal = Concealer(self._pseudonyms, SealSession(self._recovery_key))
        stream.epoch_ends = time.monotonic() + self._limits.epoch_seconds
        self._enqueue(stream.place(self._key_entry(stream.conceal)), None)

    # --- writing -------------------------------------------------------------------------------------------

    async def _drive(self) -> None:
        try:
            while self._stream is not None:
                try:
                    return await self._write()
                except (StoreFailed, Fenced, KeyUnusable) as error:
                    self._stream = None
                    self._refuse_all(error)
                    await self._reopen()
        finally:
            # Whatever ended the driver, a mistake of ours included: nobody may wait for it, nothing more may come.
            self._stream = None
            self._refuse_all(RecordUnavailable("the record is closed"))

    async def _write(self) -> None:
        while not self._closing or self._rows:
            if not self._rows:
                await self._wait()
            if self._closing and not self._rows:
                break
            if len(self._rows) < self._limits.gather_from <= len(self._intents) and not self._closing:
                await asyncio.sleep(self._limits.gather_seconds)
            batch, waiting, promises = self._cut()
            revision = await self._store.commit(batch)
            self._sent = []
            _answer(waiting, batch, revision, self._sign(promises))
        await self._finish()

    async def _wait(self) -> None:
        self._wake.clear()
        if self._closing:
            return
        beat = asyncio.get_running_loop().call_later(self._limits.beat_seconds, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            beat.cancel()

    def _cut(self) -> tuple[Batch, list[Waiter | None], list[bytes]]:
        stream = self._writing()
        for intent in self._intents.take_orphans():
            self._enqueue(stream.place(self._unknown_entry(intent)), None)
        most = self._limits.max_batch
        rows, self._rows = self._rows[:most], self._rows[most:]
        waiting, self._waiting = self._waiting[:most], self._waiting[most:]
        promises, self._promises = self._promises[:most], self._promises[most:]
        self._sent, self._futures_sent = rows, waiting
        return self._batch(stream, rows), waiting, promises

    def _sign(self, promises: Sequence[bytes]) -> Sequence[bytes]:
        # What is promised is durable now: nothing is signed before.
        statements = [one for one in promises if one]
        if self._receipts is None or not statements:
            return promises
        receipts = iter(self._receipts.sign(statements))
        return [next(receipts) if one else one for one in promises]

    def _batch(self, stream: _Stream, rows: Sequence[Row]) -> Batch:
        first = stream.sent_seq + 1
        if rows:
            stream.sent_seq, stream.sent_leaf = rows[-1].seq, rows[-1].leaf
        self._intents.sent(rows)
        return Batch(
            stream=stream.name,
            first_seq=first,
            last_seq=stream.sent_seq,
            last_leaf=stream.sent_leaf,
            settled_seq=self._intents.settled_seq(stream.name, last_seq=stream.sent_seq),
            rows=rows,
        )

    async def _finish(self) -> None:
        stream = self._writing()
        rows = [stream.place(self._unknown_entry(intent)) for intent in self._intents.take_orphans()]
        rows.append(stream.place(self._entry(Kind.CLOSE, {})))
        await self._store.close_stream(self._batch(stream, rows), life=self._life, all_settled=self._intents.empty())

    def _writing(self) -> _Stream:
        if self._stream is None:
            raise StoreFailed("no stream is open")
        return self._stream

    # --- after a failure -----------------------------------------------------------------------------------

    def _refuse_all(self, error: Exception) -> None:
        waiting = [*self._futures_sent, *self._waiting] if self._sent else self._waiting
        for future in waiting:
            if future is not None and not future.done():
                refused = RecordUnavailable("the record could not be made durable")
                refused.__cause__ = error
                future.set_exception(refused)
        self._waiting, self._futures_sent, self._promises = [], [], []

    async def _reopen(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._closing:
            try:
                await self._open()
            except (StoreFailed, KeyUnusable):
                self._wake.clear()
                closing = asyncio.get_running_loop().call_later(pause, self._wake.set)
                await self._wake.wait()
                closing.cancel()
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                return

    async def _open(self) -> None:
        await self._store.connect()
        at = self._clock()
        name = f"{self._node}-{microseconds(at)}"
        stream = _Stream(
            name,
            Concealer(self._pseudonyms, SealSession(self._recovery_key)),
            epoch_ends=time.monotonic() + self._limits.epoch_seconds,
        )
        resolved: list[OpenIntents] = []
        build = partial(self._first_batch, stream, resolved, at)
        opening = await self._store.open_stream(self._last_stream, build, node=self._node)
        stream.sent_seq, stream.sent_leaf = opening.batch.last_seq, opening.batch.last_leaf
        self._rows, self._sent = [], []
        self._intents = resolved[-1]
        self._intents.take_orphans()
        self._intents.sent(opening.batch.rows)
        refused, self._refused_meanwhile = self._refused_meanwhile, []
        for exchange_id in refused:
            self._intents.give_up(exchange_id)
        self._last_stream, self._stream = name, stream

    def _first_batch(
        self, stream: _Stream, resolved: list[OpenIntents], at: datetime, previous: PreviousStream | None
    ) -> Opening:
        ours = previous is not None and previous.stream == self._last_stream
        durable = ours and previous is not None and bool(self._sent) and previous.last_seq >= self._sent[-1].seq
        fenced = ours and previous is not None and not previous.closed_by_us
        after = self._intents.after_failure(self._sent, self._rows, durable=durable, fenced=fenced)
        resolved.append(after)
        rows = [
            stream.place(self._entry(Kind.OPEN, self._opening_notes(previous, durable=durable))),
            stream.place(self._key_entry(stream.conceal)),
            *(stream.place(self._unknown_entry(intent)) for intent in after.orphans),
        ]
        last = rows[-1]
        batch = Batch(
            stream=stream.name,
            first_seq=1,
            last_seq=last.seq,
            last_leaf=last.leaf,
            settled_seq=last.seq,
            rows=rows,
        )
        return Opening(stream=stream.name, node=self._node, life=self._life, opened_at_us=microseconds(at), batch=batch)

    # --- records about the record --------------------------------------------------------------------------

    def _opening_notes(self, previous: PreviousStream | None, *, durable: bool) -> dict[str, str | int | bool]:
        if previous is None:
            return {"node": self._node}
        notes: dict[str, str | int | bool] = {
            "node": self._node,
            "previous_stream": previous.stream,
            "previous_seq": previous.last_seq,
            "previous_leaf": previous.last_leaf.hex(),
        }
        if self._sent:
            # Every caller of these was refused, also when they turn out to be durable: say which is true.
            notes["unconfirmed_from"] = self._sent[0].seq
            notes["unconfirmed_to"] = self._sent[-1].seq
            notes["unconfirmed_durable"] = durable
        return notes

    def _key_entry(self, conceal: Concealer) -> Entry:
        session = conceal.session
        told = {"seal_key": session.key_id, "ephemeral_public": session.public.hex()}
        return self._entry(Kind.KEY, {**told, "layers": LAYERS})

    def _unknown_entry(self, intent: Row) -> Entry:
        return unknown_entry(intent, at=self._clock(), cause="end-not-durable")

    def _entry(self, kind: Kind, notes: dict[str, str | int | bool]) -> Entry:
        return Entry(kind, "", self._clock(), notes=notes)


def unknown_entry(intent: Row, *, at: datetime, cause: str) -> Entry:
    """Return the record that ends an orphan intent: nobody knows what the provider did; nothing was released."""
    return Entry(
        Kind.UNKNOWN,
        intent.exchange_id,
        at,
        who=Who(system=intent.system, agency=intent.agency),
        notes={"intent_stream": intent.stream, "intent_seq": intent.seq, "cause": cause},
    )


def _answer(waiting: Sequence[Waiter | None], batch: Batch, revision: int, receipts: Sequence[bytes]) -> None:
    for future, row, receipt in zip(waiting, batch.rows, receipts, strict=True):
        # Who went away does not wait any more; the record stays.
        if future is not None and not future.done():
            future.set_result(Committed(row.stream, row.seq, row.leaf, revision, receipt))
