"""How does the gateway have its records written, without doing the work on the thread that carries exchanges?

It dictates: entries go to the scribe, a process of its own (`security.audit.scribe`), as many at once as one turn of
the loop has; what became of them comes back the same way. A scribe that dies is replaced. Until its successor has
settled what it left, nothing can be recorded, and so nothing is asked and nothing is released.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec

from security.audit.frames import FrameEnd
from security.audit.record import Committed, Entry, Kind
from security.audit.recovery import Recovered
from security.audit.scribe import Answer, Begun, Heard, Instructions, NotBegun
from security.errors import RecordUnavailable

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
_END_SECONDS = 15.0
_MOST_WAITING = 20_000
# So many entries are not kept for the end of the loop's turn: the scribe writes them while the loop goes on. With one
# frame a turn, the two would take turns, and half of two cores would wait.
_MOST_HELD = 16


class Dictation:
    """A Recording for one process: `start` it first, use it from one event loop, `close` it at the end."""

    def __init__(self, instructions: Instructions, *, begun: Callable[[Recovered], None]) -> None:
        """`begun` is told, at each start of a scribe, what its predecessors left."""
        self._instructions = instructions
        self._begun = begun
        self._scribe: _Scribe | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._open: set[str] = set()

    async def start(self) -> None:
        """Begin to take records. Raises RecordUnavailable when the record cannot be opened."""
        scribe = await _Scribe.employ(self._instructions)
        scribe.gone = self._replace
        self._scribe = scribe
        self._begun(scribe.recovered)
        if scribe.is_gone:  # as soon as it had begun
            self._replace()

    def append(self, entry: Entry) -> Awaitable[Committed]:
        """See Recording."""
        if self._scribe is None:
            raise RecordUnavailable("the record is not open")
        if entry.kind is Kind.INTENT:
            self._open.add(entry.exchange_id)
        elif self._open:
            self._open.discard(entry.exchange_id)  # whatever follows an intent ends it
        return self._scribe.dictate(entry)

    def ready(self) -> bool:
        """See Recording."""
        return self._scribe is not None and self._scribe.ready

    def has_open_intent(self, exchange_id: str) -> bool:
        """See Recording."""
        return exchange_id in self._open

    @property
    def scribe(self) -> int:
        """The number of the process that writes; 0 while there is none."""
        return self._scribe.process.pid if self._scribe is not None else 0

    async def close(self) -> None:
        """Let all that was dictated be written and the record be closed. Raises nothing; safe to call twice."""
        self._closing.set()
        scribe, self._scribe = self._scribe, None  # nothing more is taken
        if self._restarting is not None:
            await self._restarting
        late, self._scribe = self._scribe, None
        for one in (scribe, late):
            if one is not None:
                await one.dismiss()

    def _replace(self) -> None:
        if self._closing.is_set():
            return
        gone, self._scribe = self._scribe, None
        self._open.clear()
        self._restarting = asyncio.create_task(self._start_again(gone), name="record-scribe")

    async def _start_again(self, gone: "_Scribe | None") -> None:
        if gone is not None:
            await gone.dismiss()
        pause = _FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            try:
                await self.start()
            except RecordUnavailable:
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                return


class _Scribe:
    """The process at the other end, and who waits for it."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.process = process
        self.ready = True
        self.is_gone = False
        self.recovered = Recovered((), ())
        self.gone: Callable[[], None] | None = None
        self.end = FrameEnd(self._hear, self._lost, channel)
        self._loop = asyncio.get_running_loop()
        self._first: asyncio.Future[Answer] | None = self._loop.create_future()
        self._waiting: dict[int, asyncio.Future[Committed]] = {}
        self._said: list[tuple[int, Entry]] = []
        self._number = 0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Answer).decode

    @classmethod
    async def employ(cls, instructions: Instructions) -> "_Scribe":
        """Start a process and return it when its stream is open. Raises RecordUnavailable."""
        ours, theirs = socket.socketpair()
        with theirs:
            # A session of its own: who stops the gateway from its terminal does not stop what it still has to write.
            command = [sys.executable, "-m", "security.audit.scribe", str(theirs.fileno())]
            try:
                process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)  # noqa: ASYNC220, S603 - one fork at start-up; our own interpreter and module
            except OSError as error:
                ours.close()
                raise RecordUnavailable("the process that writes the record cannot be started") from error
        ours.setblocking(False)
        scribe = cls(process, ours)
        try:
            await scribe._begin(ours, instructions)
        except BaseException:
            scribe.end.close()
            await scribe.dismiss()
            raise
        return scribe

    async def _begin(self, channel: socket.socket, instructions: Instructions) -> None:
        await self._loop.create_unix_connection(lambda: self.end, sock=channel)
        self.end.send(self._encode(instructions))
        first, answer = self._first, None
        if first is not None:
            answer = await first
        match answer:
            case Begun(recovered):
                self.recovered = recovered
            case NotBegun(why):
                raise RecordUnavailable(why)
            case _:
                raise RecordUnavailable("the process that writes the record ended at once")

    def dictate(self, entry: Entry) -> Awaitable[Committed]:
        """Return what becomes the entry's place. Raises RecordUnavailable when too many wait."""
        if len(self._waiting) >= _MOST_WAITING:
            raise RecordUnavailable("too much waits to be recorded")
        self._number = number = self._number + 1
        future: asyncio.Future[Committed] = self._loop.create_future()
        self._waiting[number] = future
        if not self._said:
            self._loop.call_soon(self._say)
        self._said.append((number, entry))
        if len(self._said) >= _MOST_HELD:
            self._say()
        return future

    async def dismiss(self) -> None:
        """Wait until all that was said is written; a process that takes too long is killed."""
        self._say()
        self.end.finish()
        try:
            await asyncio.to_thread(self.process.wait, _END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
        self.end.close()

    def _say(self) -> None:
        said, self._said = self._said, []
        if not said:
            return
        try:
            content = self._encode(said)
        except (ValueError, OverflowError):
            self._say_one_by_one(said)
        else:
            self.end.send(content)

    def _say_one_by_one(self, said: list[tuple[int, Entry]]) -> None:
        # What cannot be written at all (half a surrogate pair) must not keep silent those who came in the same turn.
        for one in said:
            try:
                content = self._encode([one])
            except (ValueError, OverflowError):
                self._refuse(self._waiting.pop(one[0]), "it cannot be written")
            else:
                self.end.send(content)

    def _hear(self, content: bytes) -> None:
        answer = self._decode(content)
        if not isinstance(answer, Heard):
            if self._first is not None and not self._first.done():
                self._first.set_result(answer)
            return
        self.ready = answer.ready
        for number, committed in answer.committed:
            future = self._waiting.pop(number)
            if not future.done():  # who went away does not wait any more; the record stays
                future.set_result(committed)
        for number, why in answer.refused:
            self._refuse(self._waiting.pop(number), why)

    def _lost(self) -> None:
        self.is_gone, self.ready = True, False
        if self._first is not None and not self._first.done():
            self._first.set_result(NotBegun("the process that writes the record ended at once"))
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            self._refuse(future, "the process that writes the record is gone")
        if self.gone is not None:
            self.gone()

    @staticmethod
    def _refuse(future: asyncio.Future[Committed], why: str) -> None:
        if not future.done():
            future.set_exception(RecordUnavailable(why))
