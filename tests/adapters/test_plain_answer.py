"""Is a provider's answer that is read without the parser read as the parser reads it?"""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.connection import Connection
from adapters.plainheads import PlainHeads

MAX_BYTES = 4096
OK = b"HTTP/1.1 200 OK\r\n"


class Parsed(Connection):
    """A connection that leaves every answer to the parser."""

    __slots__ = ()

    def _take_whole(self, data: bytes) -> bool:
        del data
        return False


def heard(kind: type[Connection], data: bytes, loop: asyncio.AbstractEventLoop) -> tuple[object, ...]:
    """Return what a connection that waits for an answer makes of `data`."""
    connection = kind(loop, MAX_BYTES, PlainHeads())
    connection.waiter = loop.create_future()
    connection.data_received(data)
    said = (connection.status, connection.headers, b"".join(connection.chunks), connection.size)
    return (connection.done, connection.refusal, connection.reusable, *said) if connection.done else ()


def both(data: bytes) -> tuple[bool, tuple[object, ...], tuple[object, ...]]:
    """Return whether an answer is taken whole, and what both ways make of it."""
    loop = asyncio.new_event_loop()
    try:
        taken = Connection(loop, MAX_BYTES, PlainHeads())._take_whole(data)
        return taken, heard(Connection, data, loop), heard(Parsed, data, loop)
    finally:
        loop.close()


PIECES = st.sampled_from(
    [
        b"Content-Length: 0\r\n",
        b"Content-Length: 2\r\n",
        b"content-length:2\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: -2\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: 02\r\n",
        b"Content-Length: 2, 2\r\n",
        b"Content-Length: 2\t\r\n",
        b"Content-Length : 2\r\n",
        b"Content-Length: 2\r\n 2\r\n",
        b"Content-Length: \xb2\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Connection: close\r\n",
        b"Connection: Keep-Alive\r\n",
        b"Connection: keep-alive, x\r\n",
        b"Upgrade: x\r\n",
        b"Proxy-Connection: close\r\n",
        b"Keep-Alive: timeout=1\r\n",
        b"Trailer: a\r\n",
        b"Content-Type: a/b\r\n",
        b"X-A: \r\n",
        b"X-A:\t a \t\r\n",
        b"X-A: a\r\n b\r\n",
        b"X-A: a\0b\r\n",
        b"X-A: a\rb\r\n",
        b"X-A: a\nb\r\n",
        b": a\r\n",
        b"X A: a\r\n",
        b" X-A: a\r\n",
        b"X-A\r\n",
        b"X-A: \xff\x7f\r\n",
        b"X.A: a\r\n",
        b"a",
        b":",
        b"\r\n",
        b"{}",
        b"HTTP/1.1 200 OK\r\n",
        b"\r",
        b"\n",
        b" ",
    ]
)
LINES = st.sampled_from(
    [
        OK,
        b"HTTP/1.1 200\r\n",
        b"HTTP/1.1 200 \r\n",
        b"HTTP/1.1  200 OK\r\n",
        b"HTTP/1.1 2000 OK\r\n",
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 205 A\r\n",
        b"HTTP/1.1 304 A\r\n",
        b"HTTP/1.1 100 Continue\r\n",
        b"HTTP/1.1 404 \xff\t\r\n",
        b"HTTP/1.1 500 A\rB\r\n",
        b"http/1.1 200 OK\r\n",
        b"HTTP/1.1 599 A\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n",
    ]
)
TAILS = st.sampled_from([b"", b"{}", b"{}\r\n", b"{}{}", b"0\r\n\r\n", b"{}" + OK + b"Content-Length: 0\r\n\r\n"])
ANSWERS = st.one_of(
    st.tuples(LINES, st.lists(PIECES, max_size=6), TAILS).map(lambda it: it[0] + b"".join(it[1]) + b"\r\n" + it[2]),
    st.tuples(LINES, st.lists(PIECES, max_size=3), TAILS).map(
        lambda it: it[0] + b"".join(it[1]) + b"Content-Length: 2\r\n\r\n" + it[2]
    ),
)


@given(ANSWERS)
@example(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")
@example(OK + b"Proxy-Connection: close\r\nContent-Length: 2\r\n\r\n{}")
@example(OK + b"Content-Length: 2\t\r\n\r\n{}")
def test_an_answer_means_the_same_whoever_reads_it(data: bytes) -> None:
    _, whole, parsed = both(data)

    assert whole == parsed


@pytest.mark.parametrize("place", [b"HTTP/1.1 200 O%bK\r\n", b"HTTP/1.1 200%b\r\n", OK + b"X-A: a%bb\r\n",
                                   OK + b"X%bA: a\r\n", OK + b"X-A%b: a\r\n", OK + b"%bX-A: a\r\n", OK + b"X-A:%ba\r\n",
                                   OK + b"X-A: a%b\r\n", OK + b"X-A: a\r\n%b\r\n"])  # fmt: skip
def test_no_byte_at_any_place_is_read_in_two_ways(place: bytes) -> None:
    answers = [place % bytes([byte]) + b"Content-Length: 2\r\n\r\n{}" for byte in range(256)]

    assert [answer for answer in answers if len(set(map(repr, both(answer)[1:]))) != 1] == []


def test_a_plain_answer_is_taken_whole() -> None:
    assert both(OK + b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")[0]


def test_a_head_that_was_read_before_says_the_same_again() -> None:
    heads = PlainHeads()
    ok, none = b"HTTP/1.1 200 OK\r\nContent-Length: 2", b"HTTP/1.1 404 A\r\nContent-Length: 0"

    read = [heads.read(head) for head in (ok, none, ok + b"\r\nConnection: close", ok, none)]

    assert [head and (head.status, head.length) for head in read] == [(200, 2), (404, 0), None, (200, 2), (404, 0)]
