"""Do frames arrive whole and in order, also when they leave at once, the other end reads late, or it is gone?"""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from security.audit.frames import FrameEnd

# From one byte to more than any buffer of a pair of sockets, small ones behind large ones.
FRAMES = [bytes([number % 256]) * size for number, size in enumerate([1, 700_000, 3, 0, 90_000, 17, 400_000, 5] * 4)]


async def _end(channel: socket.socket, end: FrameEnd) -> FrameEnd:
    channel.setblocking(False)
    await asyncio.get_running_loop().create_unix_connection(lambda: end, sock=channel)
    return end


async def _carry(at_once: bool) -> list[bytes]:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    come: list[bytes] = []
    gone = asyncio.Event()
    sender = await _end(ours, FrameEnd(come.append, gone.set, ours if at_once else None))
    for content in FRAMES[: len(FRAMES) // 2]:
        sender.send(content)  # nobody reads yet
    taker = await _end(theirs, FrameEnd(come.append, gone.set))
    for content in FRAMES[len(FRAMES) // 2 :]:
        sender.send(content)
        await asyncio.sleep(0)
    sender.finish()
    await gone.wait()
    sender.close()
    taker.close()
    await asyncio.sleep(0)
    return come


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "at the turn's end"])
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_frames_arrive_whole_and_in_order(run: Callable[..., list[bytes]], at_once: bool) -> None:
    assert run(_carry(at_once)) == FRAMES


def test_what_is_sent_at_once_is_there_before_the_turn_ends() -> None:
    async def send() -> bytes:
        ours, theirs = socket.socketpair()
        with theirs:
            end = await _end(ours, FrameEnd(lambda _: None, lambda: None, ours))
            end.send(b"now")
            theirs.setblocking(False)
            came = theirs.recv(100)  # no turn of the loop in between
            end.close()
        return came

    assert uvloop.run(send()) == b"\x00\x00\x00\x03now"


def test_sending_to_an_end_that_is_gone_is_told_and_does_nothing() -> None:
    async def send() -> int:
        ours, theirs = socket.socketpair()
        told: list[None] = []
        gone = asyncio.Event()

        def lose() -> None:
            told.append(None)
            gone.set()

        end = await _end(ours, FrameEnd(lambda _: None, lose, ours))
        theirs.close()
        end.send(b"into nothing")
        end.send(b"again")
        await gone.wait()
        end.send(b"and again")
        end.close()
        await asyncio.sleep(0)
        return len(told)

    assert uvloop.run(send()) == 1
