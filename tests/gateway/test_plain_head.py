"""Does the lane's own reader of a head take nothing that the parser and the guard refuse, or read otherwise?

The parser (llhttp, strict) with the guard's rules over it is the judge; the lane may leave to it what it wants, but
what it takes must be one whole request with the very same target and header fields.
"""

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.guard import MAX_HEADER_BYTES, malformation
from gateway.plainhead import FieldNames, HeadReader

Read = tuple[bytes, list[tuple[bytes, bytes]]]
HEAD = b"GET /x/a HTTP/1.1\r\nHost: a\r\n"


class Judge:
    """What the guarded protocol understands of the bytes of one connection."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.whole = 0
        self.body = b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.strip(b" \t")))  # as the guard does

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole += 1


def judged(data: bytes) -> Read | None:
    """Return target and header fields when `data` is one well-formed GET of HTTP/1.1 and nothing more."""
    judge = Judge()
    parser = httptools.HttpRequestParser(judge)
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    version = parser.get_http_version()
    if judge.whole != 1 or judge.body or (parser.get_method(), version) != (b"GET", "1.1"):
        return None
    return None if malformation(judge.url, judge.headers, http_version=version) else (judge.url, judge.headers)


def plain_head(data: bytes) -> Read | None:
    """Return target and header fields when the lane takes `data`."""
    taken = HeadReader(FieldNames()).read(data)
    return None if taken is None else (taken[0], taken[1].pairs)


PIECES = st.sampled_from(
    [
        b"GET",
        b"get",
        b"POST",
        b"GET ",
        b" ",
        b"/x/",
        b"/x/a",
        b"/y",
        b"?a=b",
        b"#a",
        b"%2e",
        b"http://a/x/",
        b"HTTP/1.1",
        b" HTTP/1.1",
        b"HTTP/1.0",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\t",
        b"\x0b",
        b"\x0c",
        b"\x1f",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"Host",
        b"hOsT",
        b"Host: a\r\n",
        b"Host:a:1\r\n",
        b":",
        b": ",
        b" :",
        b",",
        b";",
        b"a",
        b"X-A",
        b"X_A",
        b"(",
        b'"',
        b"Connection: close\r\n",
        b"Connection: keep-alive\r\n",
        b"Connection: Close\r\n",
        b"Connection: x, close\r\n",
        b"Proxy-Connection: close\r\n",
        b"Keep-Alive: 1\r\n",
        b"Upgrade: h2c\r\n",
        b"Content-Length: 0\r\n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"TE: trailers\r\n",
        b"Trailer: a\r\n",
        b"X-A: \r\n",
        b"X-A:\t a \t\r\n",
        b"X-A: a\r\n b\r\n",
        b"X A: a\r\n",
        b" X-A: a\r\n",
        b": a\r\n",
        b"Authorization: Bearer a\r\n",
        b"Authorization: b\r\n",
    ]
)
HEADS = st.one_of(
    st.lists(PIECES, max_size=12).map(lambda parts: HEAD + b"".join(parts) + b"\r\n"),
    st.lists(PIECES, max_size=12).map(lambda parts: b"GET /x/" + b"".join(parts) + b"\r\n\r\n"),
    st.tuples(st.binary(max_size=6), st.binary(max_size=6)).map(lambda pair: HEAD + b"%b:%b\r\n\r\n" % pair),
    st.binary(max_size=12).map(lambda value: b"GET /x/" + value + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
)


@given(HEADS)
@example(HEAD + b"Proxy-Connection: close\r\n\r\n")
@example(HEAD + b"X-A: a\t\r\n\r\n")
@example(HEAD + b"X-A: \xa0a\x85\r\n\r\n")
def test_what_the_lane_takes_the_parser_reads_in_the_same_way(data: bytes) -> None:
    taken = plain_head(data)

    assert taken in (None, judged(data))


@pytest.mark.parametrize("place", [b"GET /x/a%bb HTTP/1.1\r\nHost: a\r\n\r\n", HEAD + b"X%bA: a\r\n\r\n",
                                   HEAD + b"%bX-A: a\r\n\r\n", HEAD + b"X-A%b: a\r\n\r\n", HEAD + b"X-A: a%bb\r\n\r\n",
                                   HEAD + b"X-A:%ba\r\n\r\n", HEAD + b"X-A: a%b\r\n\r\n", HEAD + b"X-A: a\r\n%b\r\n",
                                   b"GET /x/a HTTP/1.1\r\nHost: a%b\r\n\r\n", b"GET /x/a%bHTTP/1.1\r\nHost: a\r\n\r\n",
                                   b"GET /x/a HTTP/1.1%b\r\nHost: a\r\n\r\n"])  # fmt: skip
def test_no_byte_at_any_place_is_read_in_two_ways(place: bytes) -> None:
    heads = [place % bytes([byte]) for byte in range(256)]

    assert [head for head in heads if plain_head(head) not in (None, judged(head))] == []


LEFT = {
    "nothing": b"",
    "a head without its end": HEAD,
    "two requests": (HEAD + b"\r\n") * 2,
    "a body behind it": HEAD + b"\r\nabc\r\n\r\n",
    "a bare LF": b"GET /x/a HTTP/1.1\nHost: a\r\n\r\n",
    "an LF in a value": HEAD + b"X-A: a\nHost: b\r\n\r\n",
    "a CR in a value": HEAD + b"X-A: a\rb\r\n\r\n",
    "NUL": HEAD + b"X-A: a\0b\r\n\r\n",
    "a folded line": HEAD + b"X-A: a\r\n b\r\n\r\n",
    "two hosts": HEAD + b"Host: a\r\n\r\n",
    "no host": b"GET /x/a HTTP/1.1\r\n\r\n",
    "a method in lower case": b"get /x/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "absolute form": b"GET http://a/x/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.0": b"GET /x/a HTTP/1.0\r\nHost: a\r\n\r\n",
    "a blank before the end": b"GET /x/a HTTP/1.1 \r\nHost: a\r\n\r\n",
    "a blank in the target": b"GET /x/a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "an empty name": HEAD + b": a\r\n\r\n",
    "a blank before the colon": HEAD + b"X-A : a\r\n\r\n",
    "a list of options": HEAD + b"Connection: close, x\r\n\r\n",
    "a length": HEAD + b"Content-Length: 0\r\n\r\n",
    "a coding": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "17 KB": HEAD + b"X-A: " + b"a" * MAX_HEADER_BYTES + b"\r\n\r\n",
    "200 fields": HEAD + b"X-A: a\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_plain_is_left_to_the_parser(name: str) -> None:
    assert plain_head(LEFT[name]) is None


def test_a_plain_head_is_taken() -> None:
    assert plain_head(HEAD + b"X-A: b \t\r\n\r\n") == (b"/x/a", [(b"host", b"a"), (b"x-a", b"b")])


@given(st.lists(HEADS, min_size=2, max_size=6))
def test_what_was_said_before_changes_nothing_of_what_is_said_now(heads: list[bytes]) -> None:
    reader = HeadReader(FieldNames())

    heard = [reader.read(head) for head in heads]

    assert [taken and (taken[0], taken[1].pairs) for taken in heard] == [plain_head(head) for head in heads]
