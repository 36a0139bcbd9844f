"""Is what no honest caller sends answered once, rightly and on record, and is no provider asked for it?"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from climbs import CLIMBS
from conftest import in_a_thread, migrate
from gateways import NO_TLS, PARCEL, PARCELS, GatewayProcess, RestProvider, ask, send_raw, settle_province, token
from refused import assert_refused, assert_refused_bytes, read_reply

HOST = b"Host: gateway\r\n"
TARGET = PARCEL.format("CD1").encode()
GET = b"GET " + TARGET + b" HTTP/1.1\r\n"
POST = b"POST " + PARCELS.encode() + b" HTTP/1.1\r\n"
ELEVEN_MB = 11 * 1024 * 1024
CLOSE = b"Connection: close\r\n"


def bearer(gateway: GatewayProcess) -> bytes:
    """Return the line that would let any of these calls pass, were it not malformed."""
    return f"Authorization: Bearer {token(gateway)}\r\n".encode()


MALFORMED = {
    "two-hosts": GET + HOST + HOST + b"{auth}\r\n",
    "two-different-hosts": GET + HOST + b"Host: other\r\n{auth}\r\n",
    "no-host": GET + b"{auth}\r\n",
    "empty-host": GET + b"Host: \r\n{auth}\r\n",
    "host-unclosed-bracket": GET + b"Host: [\r\n{auth}\r\n",
    "host-two-ports": GET + b"Host: a:1:2\r\n{auth}\r\n",
    "host-with-user": GET + b"Host: a@b\r\n{auth}\r\n",
    "length-and-chunked": POST + HOST + b"{auth}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked-and-length": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two-equal-lengths": POST + HOST + b"{auth}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two-lengths": POST + HOST + b"{auth}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length-list": POST + HOST + b"{auth}Content-Length: 2, 2\r\n\r\n{}",
    "length-signed": POST + HOST + b"{auth}Content-Length: +2\r\n\r\n{}",
    "length-hex": POST + HOST + b"{auth}Content-Length: 0x2\r\n\r\n{}",
    "length-of-5000-digits": POST + HOST + b"{auth}Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "encoding-unknown": POST + HOST + b"{auth}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "encoding-twice": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "encoding-misspelt": POST + HOST + b"{auth}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "encoding-with-blank": POST + HOST + b"{auth}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "encoding-on-1.0": POST.replace(b"1.1", b"1.0") + HOST + b"{auth}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare-lf": GET.replace(b"\r", b"") + b"Host: gateway\n{auth}\n",
    "bare-lf-after-a-header": GET + b"Host: gateway\n{auth}\r\n",
    "bare-cr": GET + HOST + b"{auth}Purpose: a\rb\r\n\r\n",
    "folded": GET + HOST + b"{auth}Purpose: a\r\n b\r\n\r\n",
    "absolute-form": b"GET http://gateway" + TARGET + b" HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "authority-form": b"CONNECT gateway:80 HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "fragment": b"GET " + TARGET + b"#a HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "target-not-ascii": b"GET " + TARGET + "ă".encode() + b" HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "target-of-9-kb": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "blank-in-target": b"GET " + TARGET + b" x HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "header-of-17-kb": GET + HOST + b"{auth}A: " + b"a" * 17_000 + b"\r\n\r\n",
    "headers-of-17-kb": GET + HOST + b"{auth}" + (b"A: " + b"a" * 500 + b"\r\n") * 34 + b"\r\n",
    "200-headers": GET + HOST + b"{auth}" + b"A: a\r\n" * 200 + b"\r\n",
    "nul-in-a-header": GET + HOST + b"{auth}Purpose: a\0b\r\n\r\n",
    "nul-in-the-target": b"GET " + TARGET + b"\0 HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "header-without-colon": GET + HOST + b"{auth}Purpose\r\n\r\n",
    "header-without-name": GET + HOST + b"{auth}: a\r\n\r\n",
    "method-unknown": b"FOO " + TARGET + b" HTTP/1.1\r\n" + HOST + b"{auth}\r\n",
    "version-unknown": GET.replace(b"1.1", b"1.7") + HOST + b"{auth}\r\n",
    "http-2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls-hello": bytes.fromhex("16030100a5010000a10303") + b"\0" * 64,
    "chunk-size-no-number": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunk-size-too-small": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "chunk-size-negative": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "chunk-size-overflow": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n{}\r\n",
    "header-without-end": GET + HOST + b"{auth}A: " + b"a" * 300_000,
    "target-without-end": b"GET /" + b"a" * 300_000,
    "trailer-without-end": POST + HOST + b"{auth}Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + b"a" * 300_000,
    "nothing-without-end": b"\r\n" * 150_000,
    "another-behind-it": GET + HOST + HOST + b"{auth}\r\n" + GET + HOST + b"{auth}\r\n",
    "another-behind-the-body": POST + HOST + b"{auth}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + GET + HOST + b"{auth}\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_http_gets_one_answer_and_the_line_is_closed(
    name: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    raw = send_raw(standing_gateway, MALFORMED[name].replace(b"{auth}", bearer(standing_gateway)))

    reply = assert_refused_bytes(standing_gateway, raw, "request-malformed", status=400)
    assert reply.headers["connection"] == "close"
    assert quiet_provider.calls == []


def test_a_whole_request_before_a_malformed_one_is_answered_first(
    standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    auth = bearer(standing_gateway)

    raw = send_raw(standing_gateway, GET + HOST + auth + b"\r\n" + GET + HOST + HOST + auth + b"\r\n")

    first, second = (b"HTTP/1.1 " + part for part in raw.split(b"HTTP/1.1 ")[1:])
    assert (read_reply(first).status, read_reply(first).document["SoGCN"]) == (200, "CD1")
    assert_refused_bytes(standing_gateway, second, "request-malformed", status=400)
    assert len(quiet_provider.calls) == 1


def test_what_follows_an_ignored_upgrade_is_a_request(standing_gateway: GatewayProcess) -> None:
    auth = bearer(standing_gateway)
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"

    raw = send_raw(standing_gateway, GET + HOST + auth + upgrade + b"\r\n" + GET + HOST + auth + CLOSE + b"\r\n")

    assert raw.count(b"HTTP/1.1 200 OK") == 2


def test_http_1_0_is_answered_and_closed(standing_gateway: GatewayProcess) -> None:
    raw = send_raw(standing_gateway, GET.replace(b"1.1", b"1.0") + HOST + bearer(standing_gateway) + b"\r\n")

    assert (read_reply(raw).status, read_reply(raw).headers["connection"]) == (200, "close")


# --- bodies ------------------------------------------------------------------------------------------------------

BODIES = {
    "empty": b"",
    "cut-off": b'{"DienTich": 1',
    "two-values": b'{"DienTich": 1} {}',
    "trailing-comma": b'{"DienTich": 1,}',
    "single-quotes": b"{'DienTich': 1}",
    "duplicate-keys": b'{"DienTich": 1, "DienTich": 2}',
    "duplicate-keys-escaped": b'{"DienTich": 1, "DienT\\u0069ch": 2}',
    "nan": b'{"DienTich": NaN}',
    "infinity": b'{"DienTich": -Infinity}',
    "huge-integer": b'{"DienTich": 9007199254740993}',
    "integer-of-5000-digits": b'{"DienTich": ' + b"1" * 5000 + b"}",
    "huge-number": b'{"DienTich": 1e999}',
    "deep-lists": b'{"DienTich": ' + b"[" * 40 + b"]" * 40 + b"}",
    "deep-objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "bottomless": b"[" * 200_000,
    "byte-order-mark": b'\xef\xbb\xbf{"DienTich": 1}',
    "utf-16": '{"DienTich": 1}'.encode("utf-16"),
    "bad-utf-8": b'{"DienTich": "\xff"}',
    "lone-surrogate": b'{"DienTich": "\\ud800"}',
    "lone-surrogate-in-a-list": b'["\\ud800"]',
    "nul": b'{"DienTich": 1}\0',
    "wrong-type": b'{"DienTich": "1"}',
    "missing-member": b"{}",
    "undeclared-member": b'{"DienTich": 1, "x056099000001": 1}',
    "list": b"[]",
    "null": b"null",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_what_is_declared_is_invalid(
    name: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = post(standing_gateway, BODIES[name])

    assert_refused(standing_gateway, answer, "request-invalid", status=400)
    assert all(fault["where"].startswith("body") for fault in answer.json()["errors"])
    assert quiet_provider.calls == []


def test_a_good_body_passes(standing_gateway: GatewayProcess, quiet_provider: RestProvider) -> None:
    answer = post(standing_gateway, b'{"DienTich": 1}')

    assert (answer.status_code, answer.json()) == (200, {"SoGCN": "CD-MOI"})
    assert len(quiet_provider.calls) == 1


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml", "application/jsonp", "text/json"])
def test_a_body_of_another_type_is_unsupported(
    media_type: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = post(standing_gateway, b'{"DienTich": 1}', content_type=media_type)

    assert_refused(standing_gateway, answer, "media-type-unsupported", status=415)
    assert quiet_provider.calls == []


@pytest.mark.parametrize("chunked", [False, True], ids=["content-length", "chunked"])
def test_a_body_of_11_mb_is_too_large(
    chunked: bool, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    body = iter([b"a" * 65_536] * (ELEVEN_MB // 65_536)) if chunked else b"a" * ELEVEN_MB

    answer = post(standing_gateway, body)

    assert_refused(standing_gateway, answer, "request-too-large", status=413)
    assert quiet_provider.calls == []


@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 413)], ids=["a-mebibyte", "one-byte-more"])
def test_a_json_body_may_have_a_mebibyte(over: int, status: int, standing_gateway: GatewayProcess) -> None:
    answer = post(standing_gateway, b'{"DienTich": 1}'.ljust(1024 * 1024 + over))

    assert (answer.status_code, "request-too-large" in answer.text) == (status, status == 413)


def test_a_caller_who_asks_first_is_not_told_to_go_on_with_11_mb(standing_gateway: GatewayProcess) -> None:
    head = POST + HOST + bearer(standing_gateway) + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % ELEVEN_MB

    raw = send_raw(standing_gateway, head)

    assert not raw.startswith(b"HTTP/1.1 100")
    assert_refused_bytes(standing_gateway, raw, "request-too-large", status=413)


def test_a_caller_who_asks_first_is_told_to_go_on(standing_gateway: GatewayProcess) -> None:
    head = POST + HOST + bearer(standing_gateway) + b"Expect: 100-continue\r\nContent-Length: 0\r\n" + CLOSE + b"\r\n"

    raw = send_raw(standing_gateway, head)

    assert raw.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert_refused_bytes(
        standing_gateway, raw.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"), "media-type-unsupported", status=415
    )


@pytest.fixture(scope="module")
def hasty_gateway(
    tmp_path_factory: pytest.TempPathFactory, standing_provider: RestProvider
) -> Iterator[GatewayProcess]:
    """A gateway that waits a second for a body."""
    directory: Path = tmp_path_factory.mktemp("hasty")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_province(url, standing_provider.url)))
    process = GatewayProcess(directory, url, environment={"LIENTHONG_EXCHANGE_DEADLINE_SECONDS": "1"})
    process.start()
    yield process
    process.stop()


@pytest.mark.parametrize("length", [b"Content-Length: 9", b"Transfer-Encoding: chunked"], ids=["length", "chunked"])
def test_a_body_that_never_ends_is_cut_off(
    length: bytes, hasty_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    raw = send_raw(hasty_gateway, POST + HOST + bearer(hasty_gateway) + length + b"\r\n\r\n2\r\n{")

    reply = assert_refused_bytes(hasty_gateway, raw, "request-timeout", status=408)
    assert reply.headers["connection"] == "close"
    assert quiet_provider.calls == []


# --- values, paths, methods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    ["", "0", "05609900000", "0560990000011", "05609900000a", "056 09900001", "٠٥٦٠٩٩٠٠٠٠٠١", "%20056099000001"],
)  # fmt: skip
def test_a_wrong_identity_number_is_invalid_and_named_without_its_value(
    number: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = ask(standing_gateway, f"{PARCELS}?SoDinhDanh={number}")

    assert_refused(standing_gateway, answer, "request-invalid", status=400)
    assert [fault["where"] for fault in answer.json()["errors"]] == ["SoDinhDanh"]
    assert number == "" or number not in str(answer.json()["errors"])
    assert quiet_provider.calls == []


@pytest.mark.parametrize(
    "query", ["x=1", "056099000001=1", "SoGCN=CD1", "SoDinhDanh=056099000001&SoDinhDanh=056099000001", "SoDinhDanh=%ff"]
)
def test_a_query_that_is_not_declared_is_invalid(
    query: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = ask(standing_gateway, f"{PARCELS}?{query}")

    assert_refused(standing_gateway, answer, "request-invalid", status=400)
    assert quiet_provider.calls == []


def test_a_number_in_an_undeclared_name_is_told_to_nobody_else(standing_gateway: GatewayProcess) -> None:
    answer = ask(standing_gateway, f"{PARCELS}?056099000001=1")
    told = httpx2.get(f"{standing_gateway.url}/explain/{answer.headers['exchange-id']}", timeout=10, verify=NO_TLS)

    assert "056099000001" not in told.text


@pytest.mark.parametrize(
    "path", ["/x/datdai/thua-dat/v1/khong-co", "/x/datdai/thua-dat/v2/thua-dat", "/x/a/b/v1/c", "/x/"]
)
def test_an_unknown_path_is_not_found(
    path: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = ask(standing_gateway, path)

    assert_refused(standing_gateway, answer, "path-unknown", status=404)
    assert quiet_provider.calls == []


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "TRACE", "OPTIONS", "POST"])
def test_an_unpublished_method_is_told_which_there_are(
    method: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    raw = send_raw(standing_gateway, method.encode() + GET[3:] + HOST + bearer(standing_gateway) + CLOSE + b"\r\n")

    reply = assert_refused_bytes(standing_gateway, raw, "method-not-allowed", status=405)
    assert reply.headers["allow"] == "GET"
    assert quiet_provider.calls == []


TRAVERSALS = (
    *(f"/x/datdai/thua-dat/v1/thua-dat/{climb}" for climb in CLIMBS),
    *(f"/x/datdai/thua-dat/v1/{climb}/thua-dat/CD1" for climb in CLIMBS),
    "//x/datdai/thua-dat/v1/thua-dat/CD1", "/x//datdai/thua-dat/v1/thua-dat/CD1", "/x/datdai//thua-dat/v1/thua-dat/CD1",
    "/x/datdai/thua-dat/v1//thua-dat/CD1", "/x/datdai/thua-dat/v1/thua-dat//CD1", "/x/datdai/thua-dat/v1/thua-dat/CD1/",
    "/x/../x/datdai/thua-dat/v1/thua-dat/CD1", "/./x/datdai/thua-dat/v1/thua-dat/CD1",
    "/x/datdai/thua-dat/v1/thua-dat/CD1/..", "/x/datdai/thua-dat/v1/thua-dat/CD1/../CD2",
    "/x/datdai/thua-dat/v1/thua-dat/CD1%2f..%2fCD2", "/x/datdai/thua-dat/v1/thua-dat/CD1;a=b",
    "/x/datdai/thua-dat/v1/thua-dat/CD1%3fx=1", "/x/datdai/thua-dat/v1/thua-dat/CD1%23",
    "/x/datdai/thua-dat/v1%2fthua-dat/CD1",
    "/x/datdai/thua-dat/v1/thua-dat/CD1%20", "/x/datdai/thua-dat/v1/thua-dat/CD1%09",
    "/X/datdai/thua-dat/v1/thua-dat/CD1",
    "/x%2fdatdai/thua-dat/v1/thua-dat/CD1", "/%78/datdai/thua-dat/v1/thua-dat/CD1",
)  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_a_path_that_climbs_reaches_nothing(
    path: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    raw = send_raw(
        standing_gateway, f"GET {path} HTTP/1.1\r\n".encode() + HOST + bearer(standing_gateway) + CLOSE + b"\r\n"
    )

    reply = read_reply(raw)
    assert reply.status in (400, 404)
    assert_refused_bytes(standing_gateway, raw, reply.slug, status=reply.status)
    assert quiet_provider.calls == []


@pytest.mark.parametrize(
    "header", ["Purpose", "Case-File", "Officer", "Agreement", "traceparent", "Idempotency-Key", "X-Any"]
)
@pytest.mark.parametrize(
    "mark", [b"\r\nX-Injected: 1", b"\n X-Injected: 1", b"\rX-Injected: 1"], ids=["crlf", "lf", "cr"]
)
def test_a_line_break_in_a_header_never_reaches_the_provider(
    header: str, mark: bytes, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    head = GET + HOST + bearer(standing_gateway) + header.encode() + b": a" + mark + b"\r\n" + CLOSE + b"\r\n"

    reply = read_reply(send_raw(standing_gateway, head))

    assert (reply.status, quiet_provider.calls) in ((400, []), (403, []), (200, ["GET /thua-dat/CD1"]))
    assert all("Injected" not in line for line in quiet_provider.calls)


@pytest.mark.parametrize(
    "path",
    [
        PARCEL.format("CD1%0d%0aX-Injected:1"), PARCEL.format("CD1%0a"), PARCEL.format("%0dCD1"),
        PARCEL.format("CD1%c2%85"),
        f"{PARCELS}?SoDinhDanh=056099000001%0d%0aX:1", f"{PARCELS}?SoDinhDanh=%0a056099000001",
        f"{PARCELS}?fields=items%5B%5D.SoGCN%0d%0a", f"{PARCELS}?a%0d%0ab=1",
    ],
)  # fmt: skip
def test_an_encoded_line_break_never_reaches_the_provider(
    path: str, standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    raw = send_raw(
        standing_gateway, f"GET {path} HTTP/1.1\r\n".encode() + HOST + bearer(standing_gateway) + CLOSE + b"\r\n"
    )

    assert read_reply(raw).status in (400, 403, 404)
    assert quiet_provider.calls == []


def post(
    gateway: GatewayProcess, body: bytes | Iterator[bytes], *, content_type: str = "application/json"
) -> httpx2.Response:
    """Post a body as the demo system, each under a key of its own."""
    headers = {
        "authorization": f"Bearer {token(gateway)}", "content-type": content_type, "idempotency-key": f"k{id(body)}",
    }  # fmt: skip
    return httpx2.post(f"{gateway.url}{PARCELS}", content=body, headers=headers, timeout=20, verify=NO_TLS)
