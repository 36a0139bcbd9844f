"""What is left when a process is killed just before one step of its work?

A step is a call by which something lasts or leaves the process: a statement, a commit, a write to a file or a socket, a
rename. The product knows nothing of it: a child counts its calls into C, and kills itself (SIGKILL) before the one that
was named.
"""

import asyncio
import functools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from logged import ORIGIN, after, clock, sequencing

from gateway.witnesses import Witness, read_witness
from gateway.witnessing import WitnessDesk, witness_application
from security.audit.checkpoints import ensure_log_key
from security.audit.notes import KeyKind, key_of
from security.audit.witness_book import WitnessBook

_STEPS = frozenset({"execute", "executemany", "commit", "rollback", "write", "flush", "fsync", "replace", "send"})
_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_NAME = "w.example"
NEVER = 0


def the_witness(port: int) -> Witness:
    """Return the witness below, as a sequencer knows it that has just been started."""
    key = key_of(_PRIVATE, _NAME, kind=KeyKind.COSIGNATURE)
    return read_witness(f"{key.written()} http://127.0.0.1:{port}")


def sequence(url: str, directory: Path, *, port: int, turn: int, at: int) -> BaseProcess:
    """Start a process that brings the log up once, as the sequencer of this turn."""
    return _start(_sequence, url, directory, port, turn, at)


def witness(directory: Path, *, port: int, at: int) -> BaseProcess:
    """Start a process that witnesses until it is killed; its steps count from the first request on."""
    return _start(_witness, directory, port, at)


def was_killed(process: BaseProcess) -> bool:
    """Tell, when it has ended, whether it was killed. Raises AssertionError: it ended in another way than well."""
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


@functools.cache
def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    # What is heavy. The server does not hear of our sys.path in Python 3.11: modules of the tests it would not find.
    context.set_forkserver_preload(["gateway.sequencing", "gateway.witnessing", "security.audit.stores", "uvicorn"])
    return context


def _start(work: Callable[..., None], *told: object) -> BaseProcess:
    process = _context().Process(target=work, args=told, daemon=True)
    process.start()
    return process


def _sequence(url: str, directory: Path, port: int, turn: int, at: int) -> None:
    async def bring_up() -> None:
        async with sequencing(
            url, directory, witness=the_witness(port), holder=f"turn-{turn}", clock=after(turn)
        ) as sequencer:
            _die_before(at)
            await sequencer.run()

    asyncio.run(bring_up())


def _witness(directory: Path, port: int, at: int) -> None:
    log_key = ensure_log_key(directory / "log-keys").public(f"{ORIGIN}/log/{clock():%Y}")
    desk = WitnessDesk(_NAME, _PRIVATE, {log_key.name: [log_key]}, WitnessBook(directory / "witness.db"), clock)
    application = witness_application(desk)
    _die_before(at, begins_with="sign")
    uvicorn.run(application, port=port, log_config=None, lifespan="off", loop="asyncio")


def _die_before(at: int, *, begins_with: str = "") -> None:
    """Count the steps of this process from now on, or from when a function of this name is called."""
    steps, begun = count(1), threading.Event()
    if not begins_with:
        begun.set()

    def see(frame: FrameType, event: str, called: object) -> None:
        if event == "call" and begins_with and frame.f_code.co_name == begins_with:
            begun.set()
        elif event == "c_call" and begun.is_set() and _is_step(frame, called) and next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(see)
    sys.setprofile(see)


def _is_step(frame: FrameType, called: object) -> bool:
    # A loop that wakes itself sends a byte too, to nobody.
    return getattr(called, "__name__", "") in _STEPS and frame.f_code.co_name != "_write_to_self"
