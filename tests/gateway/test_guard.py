"""Is a request's head refused exactly when RFC 9112 lets two readers differ on it?"""

import pytest

from gateway.guard import MAX_TARGET_BYTES, malformation, origin_of

Headers = list[tuple[bytes, bytes]]
HOST: Headers = [(b"host", b"gateway:8000")]


@pytest.mark.parametrize(
    ("target", "headers", "version", "reason"),
    [
        (b"/", HOST, "1.1", ""),
        (b"/x/a?b=%2F", HOST, "1.1", ""),
        (b"/", HOST, "1.0", ""),
        (b"/" + b"a" * (MAX_TARGET_BYTES - 1), HOST, "1.1", ""),
        (b"/" + b"a" * MAX_TARGET_BYTES, HOST, "1.1", "target"),
        (b"", HOST, "1.1", "target"),
        (b"*", HOST, "1.1", "target"),
        (b"a", HOST, "1.1", "target"),
        (b"http://a/", HOST, "1.1", "target"),
        (b"/#a", HOST, "1.1", "target"),
        (b"/a b", HOST, "1.1", "target"),
        (b"/\x00", HOST, "1.1", "target"),
        (b"/\xc4\x83", HOST, "1.1", "target"),
        (b"/\n", HOST, "1.1", "target"),
        (b"/", [], "1.1", "host-count"),
        (b"/", [], "1.0", "host-count"),
        (b"/", HOST * 2, "1.1", "host-count"),
        (b"/", [(b"host", b"")], "1.1", "host"),
        (b"/", [(b"host", b"a b")], "1.1", "host"),
        (b"/", [(b"host", b"a/b")], "1.1", "host"),
        (b"/", [(b"host", b"a@b")], "1.1", "host"),
        (b"/", [(b"host", b"[")], "1.1", "host"),
        (b"/", [(b"host", b"a:b")], "1.1", "host"),
        (b"/", [(b"host", b"a:123456")], "1.1", "host"),
        (b"/", [(b"host", b"[::1]:80")], "1.1", ""),
        (b"/", [(b"host", b"a.vn")], "1.1", ""),
        (b"/", [*HOST, (b"a", b"b\tc")], "1.1", ""),
        (b"/", [*HOST, (b"a", b"\xc4\x83")], "1.1", ""),
        (b"/", [*HOST, (b"a", b"b\rc")], "1.1", "control-character"),
        (b"/", [*HOST, (b"a", b"b\nc")], "1.1", "control-character"),
        (b"/", [*HOST, (b"a", b"\x00")], "1.1", "control-character"),
        (b"/", [*HOST, (b"a", b"\x7f")], "1.1", "control-character"),
        (b"/", [*HOST, (b"content-length", b"0")], "1.1", ""),
        (b"/", [*HOST, (b"content-length", b"-1")], "1.1", "content-length"),
        (b"/", [*HOST, (b"content-length", b"1,1")], "1.1", "content-length"),
        (b"/", [*HOST, (b"content-length", b"")], "1.1", "content-length"),
        (b"/", [*HOST, (b"content-length", b"1"), (b"content-length", b"1")], "1.1", "body-length-ambiguous"),
        (b"/", [*HOST, (b"transfer-encoding", b"chunked")], "1.1", ""),
        (b"/", [*HOST, (b"transfer-encoding", b"Chunked")], "1.1", ""),
        (b"/", [*HOST, (b"transfer-encoding", b"identity")], "1.1", "transfer-encoding"),
        (b"/", [*HOST, (b"transfer-encoding", b"chunked")], "1.0", "transfer-encoding"),
        (b"/", [*HOST, (b"transfer-encoding", b"chunked"), (b"content-length", b"1")], "1.1", "body-length-ambiguous"),
        (b"/", HOST, "2.0", "http-version"),
        (b"/", HOST, "0.9", "http-version"),
    ],
)
def test_a_head_is_well_formed_or_named_for_its_fault(
    target: bytes, headers: Headers, version: str, reason: str
) -> None:
    assert malformation(target, headers, http_version=version) == reason


@pytest.mark.parametrize(
    ("target", "origin", "authority"),
    [
        (b"http://example.org/xroad-endpoint", b"/xroad-endpoint", b"example.org"),
        (b"HTTP://example.org:8080/r1/a%2Fb?c=d", b"/r1/a%2Fb?c=d", b"example.org:8080"),
        (b"https://[::1]:443/", b"/", b"[::1]:443"),
        (b"http://example.org", b"/", b"example.org"),
        (b"http://example.org?a", b"", b""),
        (b"http://a@example.org/", b"", b""),
        (b"http://a:b@example.org/", b"", b""),
        (b"http:///xroad-endpoint", b"", b""),
        (b"http://example.org:/", b"", b""),
        (b"http://example.org:123456/", b"", b""),
        (b"http://example.org\\@a/", b"", b""),
        (b"http://example.org/a#b", b"", b""),
        (b"http://example.org/a b", b"", b""),
        (b"http:/example.org/", b"", b""),
        (b"ftp://example.org/", b"", b""),
        (b"example.org:443", b"", b""),
        (b"/", b"", b""),
        (b"*", b"", b""),
    ],
)
def test_an_absolute_target_is_made_the_origin_form_that_it_means(
    target: bytes, origin: bytes, authority: bytes
) -> None:
    assert origin_of(target) == (origin, authority)
