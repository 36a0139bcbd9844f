"""Who writes the record, while the gateway goes on with its exchanges?

A process of its own, started by `security.audit.dictation` as `python -m security.audit.scribe N`, where N is the
descriptor of one end of a pair of sockets. It settles what its predecessor left, runs the one RecordWriter, and ends
when the other end is closed: by then it has written all that it was told, also when the gateway was killed.
"""

import asyncio
import gc
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

from security.audit.frames import FrameEnd
from security.audit.keyfiles import KeyUnusable
from security.audit.privacy import PseudonymKeys, read_recovery_public_key
from security.audit.receipts import ReceiptSigner
from security.audit.record import Committed, Entry
from security.audit.recovery import Recovered, Recoverer, recover
from security.audit.stores import record_store
from security.audit.streams import StoreFailed
from security.audit.writer import RecordWriter
from security.errors import RecordUnavailable

_LOOK_SECONDS = 0.2
_COLLECT_AFTER = 10_000


class Instructions(msgspec.Struct, frozen=True):
    """What a scribe must know before it writes: where, in whose name, with which keys.

    `receipt_key` are the 32 octets of the Ed25519 key that `receipt_kid` names. No repr shows them.
    """

    database_url: str
    node: str
    pseudonyms: str
    recovery_public: str
    reserve_bytes: int
    receipt_key: bytes
    receipt_kid: str
    issuer: str

    def __repr__(self) -> str:
        return f"Instructions(node={self.node!r})"


class Begun(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The stream is open. `recovered` is what the predecessors left and became of it."""

    recovered: Recovered


class NotBegun(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """There is no stream, and why."""

    why: str


class Heard(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """What became of entries, by their numbers, and whether more can be taken."""

    ready: bool
    committed: list[tuple[int, Committed]]
    refused: list[tuple[int, str]]


Told = list[tuple[int, Entry]]
Answer = Begun | NotBegun | Heard


class _Ticket:
    """Stands for whoever waits in the other process."""

    __slots__ = ("_number", "_scribe")

    def __init__(self, scribe: "Scribe", number: int) -> None:
        self._scribe = scribe
        self._number = number

    def done(self) -> bool:
        return False

    def set_result(self, result: Committed, /) -> None:
        self._scribe.note(self._number, result)

    def set_exception(self, exception: RecordUnavailable, /) -> None:
        self._scribe.note(self._number, str(exception))


class Scribe:
    """Writes down what it is told, until no more comes."""

    def __init__(self) -> None:
        self._end = FrameEnd(self._take, self._stop)
        self._writer: RecordWriter | None = None
        self._instructed: asyncio.Future[Instructions] = asyncio.get_running_loop().create_future()
        self._stopped = asyncio.Event()
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Told).decode
        self._committed: list[tuple[int, Committed]] = []
        self._refused: list[tuple[int, str]] = []
        self._ready = True

    async def serve(self, channel: socket.socket) -> None:
        """Write until the other end is closed, then close the record."""
        await asyncio.get_running_loop().create_unix_connection(lambda: self._end, sock=channel)
        watching = None
        try:
            if await self._begin():
                watching = asyncio.create_task(self._watch())
                await self._stopped.wait()
        finally:
            if watching is not None:
                watching.cancel()
            if self._writer is not None:
                await self._writer.close()
                self._answer()
            self._end.close()

    def note(self, number: int, became: Committed | str) -> None:
        """Remember what became of an entry: its place, or why it has none."""
        if not self._committed and not self._refused:
            asyncio.get_running_loop().call_soon(self._answer)
        if isinstance(became, str):
            self._refused.append((number, became))
        else:
            self._committed.append((number, became))

    async def _begin(self) -> bool:
        stopped = asyncio.ensure_future(self._stopped.wait())
        await asyncio.wait((self._instructed, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not self._instructed.done():
            return False
        said = self._instructed.result()
        try:
            by = Recoverer(
                node=said.node,
                pseudonyms=PseudonymKeys(Path(said.pseudonyms)),
                recovery_key=read_recovery_public_key(Path(said.recovery_public)),
            )
            recovered = await recover(said.database_url, by, now=_clock())
            store = record_store(said.database_url, reserve_bytes=said.reserve_bytes, blocking=True)
            writer = RecordWriter(
                store,
                node=by.node,
                pseudonyms=by.pseudonyms,
                recovery_key=by.recovery_key,
                clock=_clock,
                receipts=ReceiptSigner(said.receipt_key, kid=said.receipt_kid, issuer=said.issuer),
            )
            await writer.start()
        except (StoreFailed, KeyUnusable, RecordUnavailable) as error:
            self._end.send(self._encode(NotBegun(str(error))))
            return False
        self._writer = writer
        self._end.send(self._encode(Begun(recovered)))
        return True

    def _take(self, content: bytes) -> None:
        if not self._instructed.done():
            self._instructed.set_result(msgspec.msgpack.decode(content, type=Instructions))
            return
        for number, entry in self._decode(content):
            try:
                if self._writer is None:
                    raise RecordUnavailable("the record is not open")
                self._writer.take(entry, _Ticket(self, number))
            except RecordUnavailable as error:
                self.note(number, str(error))

    def _stop(self) -> None:
        self._stopped.set()

    def _answer(self) -> None:
        ready = self._writer is not None and self._writer.ready()
        if self._committed or self._refused or ready != self._ready:
            self._ready = ready
            self._end.send(self._encode(Heard(ready, self._committed, self._refused)))
            self._committed, self._refused = [], []

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._answer()


async def _write(channel: socket.socket) -> None:
    await Scribe().serve(channel)


def _clock() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    # It ends with its gateway, which is told to stop by the same key press and still has records to write.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()
    # A record leaves no cycles: looking for some after every 700 objects finds nothing.
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
    with socket.socket(fileno=int(sys.argv[1])) as end:
        uvloop.run(_write(end))
