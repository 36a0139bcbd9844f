"""Do identity numbers, names, case files and secrets stay out of every place where nobody needs them?

Abuse case 24: marked values go through whole gateways in every place of a request, failures included (`FLOWS`), and
through what staff, citizens and commands do with the record of it (`canary_flows`): searches by a person's number, the
list of watched people and its alerts, incidents, sealed values handed out, the citizen's own view, holds, exports, the
archive. Afterwards everything that is kept or printed is searched for them (`ALL`): in the clear, as the digits of
bytes, and as digests without a key, which a guess would confirm.

Two answers are clear by design and no place here: the form that shows its sender what he has just typed, and what
`lienthong reveal` prints where the recovery key is.
"""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import quote

import canary_flows
import httpx2
import pytest
from bureau import Bureau, open_bureau
from conftest import administrate, in_a_thread, migrate, with_database
from gateways import NO_TLS, PARCEL, PARCELS, SECRET, SYSTEM, GatewayProcess, send_raw, settle_province, token
from leftovers import dump_postgresql, dump_redis, dump_sqlite, promised, taken_along, unpacked_all
from providers.land_http import TALK, LandProvider
from providers.land_tables import BI_MAT, ROWS
from servers import RedisServer

# What the flows leave behind is searched many times: one process of the test run makes them for all.
pytestmark = pytest.mark.xdist_group("canaries")
IDENTITY, OLD_CARD, NAME, CASE = "056199887766", "225998871", "Hoàng Thị Mật Yến", "H32.05-261122-07741"
MARKS = {"identity": IDENTITY, "old card": OLD_CARD, "name": NAME, "case file": CASE}
TOKEN = re.compile(rb"(?P<header>eyJ[\w-]+)\.[\w-]+\.")
WRONG_SECRET, WRONG_TOKEN = "bi-mat-sai-7f3a9c", "eyJhbGciOiJFUzI1NiJ9.bWF0LTA1NjE5OTg4Nzc2Ng.c2Fp"
HELD = {"held": BI_MAT, "said": TALK, "owner": "056099000001", "secret": SECRET, "wrong secret": WRONG_SECRET}
WRITE = {"idempotency-key": "k-{n}", "content-type": "application/json"}


@dataclass(frozen=True)
class Flow:
    """One request with `{mark}` somewhere in it."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


ONE = PARCEL.format("CD01")
SOAP, XML = "/soap/datdai/thua-dat/v1", {"content-type": "text/xml; charset=utf-8"}
ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>{}</e:Header><e:Body>{}</e:Body>'
    "</e:Envelope>"
)
USERNAME_TOKEN = (
    '<s:Security xmlns:s="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">'
    "<s:UsernameToken><s:Username>{mark}</s:Username><s:Password>{mark}</s:Password></s:UsernameToken></s:Security>"
)
ASKING = {"grant_type": "client_credentials", "client_id": SYSTEM, "client_secret": WRONG_SECRET}
FLOWS = (
    # what is answered
    Flow(ONE, headers={"case-file": "{mark}"}),
    Flow(f"{PARCELS}?SoDinhDanh={IDENTITY}", headers={"case-file": "{mark}"}),
    Flow(PARCELS, "POST", WRITE | {"idempotency-key": "{mark}"}, '{"DienTich": 5.5}'),
    Flow(PARCELS, "POST", WRITE | {"idempotency-key": "{mark}"}, '{"DienTich": 5.5}'),
    # what the provider refuses, breaks or keeps waiting
    *(Flow(PARCEL.format(key), headers={"case-file": "{mark}"}) for key in ("LOI404", "LOI422", "LOI500", "NHAM")),
    Flow(PARCEL.format("CHAM"), headers={"case-file": "{mark}"}),
    # what the gateway refuses, in each place of a request
    Flow(PARCEL.format("{mark}")),
    Flow(PARCELS + "/{mark}/con"),
    Flow("/x/datdai/{mark}/v1/thua-dat"),
    Flow("/x/{mark}"),
    Flow("/{mark}?a={mark}"),
    Flow(f"{PARCELS}?SoDinhDanh={{mark}}x"),
    Flow(f"{PARCELS}?{{mark}}=1"),
    Flow(f"{PARCELS}?SoDinhDanh=1&SoDinhDanh={{mark}}"),
    Flow(f"{ONE}?fields={{mark}}"),
    Flow(ONE, "DELETE", {"case-file": "{mark}"}),
    Flow(ONE, headers={"purpose": "{mark}"}),
    Flow(ONE, headers={"agreement": "{mark}"}),
    Flow(ONE, headers={"case-file": "{mark}" * 20}),
    Flow(ONE, headers={"traceparent": "00-{mark}", "user-agent": "{mark}", "cookie": "a={mark}", "referer": "{mark}"}),
    Flow(ONE, headers={"x-forwarded-for": "{mark}", "forwarded": "for={mark}"}),
    Flow(ONE, headers={"authorization": "Bearer {mark}"}),
    Flow(ONE, headers={"authorization": f"Bearer {WRONG_TOKEN}", "case-file": "{mark}"}),
    Flow(ONE, headers={"authorization": ""}),
    Flow(PARCELS, "POST", WRITE, '{"DienTich": "{mark}"}'),
    Flow(PARCELS, "POST", WRITE, '{"DienTich": 1, "{mark}": "{mark}"}'),
    Flow(PARCELS, "POST", WRITE, '{"DienTich": 1, "{mark}'),
    Flow(PARCELS, "POST", WRITE | {"content-type": "text/{mark}"}, '{"DienTich": 1}'),
    Flow(PARCELS, "POST", {"content-type": "application/json"}, '{"DienTich": 1, "a": "{mark}"}'),
    # the other doors
    Flow("/oauth2/token", "POST", form=ASKING | {"client_id": "{mark}"}),
    Flow("/oauth2/token", "POST", form=ASKING | {"grant_type": "{mark}"}),
    Flow("/oauth2/token", "POST", form={"grant_type": "client_credentials", "client_assertion": "{mark}"}),
    Flow("/explain/{mark}"),
    Flow("/catalog/v1/search?q={mark}"),
    Flow("/api/v1/record/exchanges/{mark}", headers={"authorization": "Bearer {mark}"}),
    Flow("/healthz?{mark}={mark}"),
    Flow(SOAP, "POST", XML, ENVELOPE.format("", "<get><SoDinhDanh>{mark}</SoDinhDanh></get>")),
    Flow(SOAP, "POST", XML, ENVELOPE.format("", "<{mark}")),
    Flow(SOAP, "POST", XML | {"authorization": ""}, ENVELOPE.format(USERNAME_TOKEN, "<get/>")),
    Flow("/xroad", "POST", XML, ENVELOPE.format("<id>{mark}</id>", "<get>{mark}</get>")),
    Flow("/r1/VN/GOV/{mark}/thua-dat", headers={"x-road-client": "VN/GOV/{mark}/x", "x-road-id": "{mark}"}),
    Flow("/log/receipt?receipt={mark}~{mark}"),
    Flow("/log/v1/receipts", "POST", body="{mark}"),
    Flow("/log/v1/proof/inclusion?stream={mark}&seq=1"),
)  # fmt: skip
RAW = (
    "GET /x/{mark} HTTP/1.1\r\nHost: a\r\nHost: {mark}\r\n\r\n",
    "GET /x/../{mark} HTTP/1.1\r\nHost: {mark}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "{mark} /x/{mark} HTTP/9.9\r\n\r\n",
)


def spelled(text: str, mark: str, number: int = 0) -> str:
    """Return a part of a request with the mark in it, as it can stand in a header or an address."""
    return text.replace("{mark}", quote(mark, safe="")).replace("{n}", str(number))


def run_flows(gateway: GatewayProcess, bearer: str) -> tuple[list[bytes], list[httpx2.Response]]:
    """Send every flow with every mark, as the holder of the token."""
    asked, answers = [], []
    with httpx2.Client(base_url=gateway.url, timeout=20, verify=NO_TLS) as client:
        for number, (mark, flow) in enumerate((mark, flow) for mark in MARKS.values() for flow in FLOWS):
            path, body = spelled(flow.path, mark), flow.body.replace("{mark}", mark).encode()
            headers = {"authorization": f"Bearer {bearer}"} | dict(flow.headers)
            headers = {name: spelled(value, mark, number) for name, value in headers.items()}
            form = {name: value.replace("{mark}", mark) for name, value in flow.form.items()}
            content = {"data": form} if form else {"content": body} if body else {}
            answers.append(client.request(flow.method, path, headers=headers, **content))
            route, _, query = path.partition("?")
            asked += [f"{flow.method}\n{route}\n{query}\n".encode() + part for part in (body, b"")]
        for mark in (IDENTITY, OLD_CARD, NAME, f"CB-{IDENTITY}"):
            headers = {"authorization": f"Bearer {bearer}", "officer": quote(mark)}
            assert client.get(ONE, headers=headers).status_code == 400
    for mark in MARKS.values():
        for text in RAW:
            send_raw(gateway, spelled(text, mark).encode(), wait_seconds=2)
    return asked, answers


@dataclass(frozen=True)
class Left:
    """What the flows left behind: place → its bytes; what they asked, as a digest would have it; what was right."""

    places: Mapping[str, bytes]
    asked: tuple[bytes, ...]
    answers: int
    bearer: str
    went: Mapping[str, bool]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def left(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Left]:
    directory, provider = tmp_path_factory.mktemp("dau-vet"), LandProvider()
    url, counters = f"sqlite:///{directory / 'lienthong.db'}", redis_server.url
    if request.param == "postgresql":
        admin = str(request.getfixturevalue("postgres_admin_url"))
        name = f"lienthong_{directory.name.replace('-', '_')}"
        administrate(admin, f'CREATE DATABASE "{name}" TEMPLATE template0')
        url = with_database(admin, name)
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_province(url, f"{provider.url}/rest")))
    environment = {"LIENTHONG_EXCHANGE_DEADLINE_SECONDS": "1.5", "LIENTHONG_LOG_LEVEL": "debug"}
    with open_bureau(directory, url, MARKS, redis_url=counters, environment=environment) as bureau:
        bearer = token(bureau.gateway)
        with ThreadPoolExecutor(max_workers=1) as beside:  # much of either is waiting
            sending = beside.submit(run_flows, bureau.gateway, bearer)
            called = canary_flows.go_through(bureau)
            asked, answers = sending.result()
        canary_flows.take_along(bureau, called)
        places = open_places(bureau.gateway, answers) | {"redis": dump_redis(counters)}
    places |= in_a_thread(lambda: asyncio.run(taken_along(url, directory)))
    places |= kept_places(bureau) | {"receipts": promised(answers), "pages": b"\n".join(bureau.handed)}
    places["database"] = (
        dump_postgresql(url) if request.param == "postgresql" else dump_sqlite(directory / "lienthong.db")
    )
    yield Left(places, tuple(asked), len(answers), bearer, bureau.went)
    provider.close()


def open_places(gateway: GatewayProcess, answers: list[httpx2.Response]) -> dict[str, bytes]:
    """Return what anybody may ask for without proof, of each exchange too."""
    with httpx2.Client(base_url=gateway.url, timeout=20, verify=NO_TLS) as client:
        public = [client.get(f"/{page}").content for page in ("metrics", "readyz", "healthz", "openapi.json")]
        ids = (answer.headers["exchange-id"] for answer in answers if "exchange-id" in answer.headers)
        explained = [client.get(f"/explain/{one}").content for one in ids]
    return {"public": b"\n".join(public), "explain": b"\n".join(explained)}


def kept_places(bureau: Bureau) -> dict[str, bytes]:
    """Return what lies in the directories of the processes, whoever wrote it; the database's own files are apart."""
    directory = bureau.directory
    apart = {*directory.glob("lienthong.db*"), *directory.glob("*.log"), *(directory / "backup").rglob("*")}
    kept = {path for path in directory.rglob("*") if path.is_file()} - apart - {directory / "siem.jsonl"}
    letters, archive = set(directory.glob("letters/*")), set(directory.glob("archive/*"))
    exports = {*directory.glob("taken-*.zip"), *directory.glob("var-*/exports/*")}
    return {
        "log": bureau.gateway.log().encode(),
        "worker": unpacked_all(directory.glob("worker-*.log")),
        "letters": unpacked_all(letters),
        "archive": unpacked_all(archive),
        "export": unpacked_all(exports),
        "siem file": (directory / "siem.jsonl").read_bytes(),
        "files": unpacked_all(kept - letters - archive - exports),
    }


FILES = ("letters", "archive", "export", "siem file", "files", "backup")
ALL = ("public", "explain", "redis", "database", "log", "worker", "siem", "receipts", "pages", *FILES)
PLACES = pytest.mark.parametrize("place", ALL)


def spellings(text: str) -> set[bytes]:
    """Return how a text may stand somewhere: as it is, in an address, escaped in JSON, as hexadecimal digits."""
    clear = text.encode()
    return {clear, quote(text, safe="").encode(), json.dumps(text)[1:-1].encode(), clear.hex().encode()}


def digests(text: bytes) -> set[bytes]:
    """Return the beginnings of digests that anybody can compute: of the text, of a line of it."""
    hashes = [hashlib.new(name, part).digest() for name in ("sha256", "sha1", "md5") for part in (text, text + b"\n")]
    return {form for digest in hashes for form in (digest[:8], digest.hex()[:16].encode())}


def found_in(place: bytes, guesses: set[bytes]) -> list[bytes]:
    """Return which of many guesses stand somewhere: in one pass, for thousands of searches take ten times as long."""
    widths = {len(guess) for guess in guesses}
    windows = (place[at : at + width] for width in widths for at in range(len(place)))
    return [window for window in windows if window in guesses]


def tokens(place: bytes) -> list[bytes]:
    """Return what has the shape of a token (RFC 7519 in JWS Compact Serialization): a header in JSON, dot, more, dot.

    Random text of base64url begins like one by chance; it does not decode to an object of JSON and go on with dots.
    """
    return [found.group() for found in TOKEN.finditer(place) if is_object(found["header"])]


def is_object(header: bytes) -> bool:
    """Tell whether this is base64url of an object of JSON."""
    try:
        return isinstance(json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4))), dict)
    except ValueError:
        return False


def test_every_flow_was_answered_and_left_something(left: Left) -> None:
    assert left.answers == len(MARKS) * len(FLOWS)
    assert left.answers >= 200 - len(RAW) * len(MARKS)
    assert [place for place in ALL if not left.places[place] and place != "log"] == []
    assert b"datdai" in left.places["backup"]
    assert b'"exchange"' in left.places["receipts"]


def test_every_flow_of_staff_and_citizens_ended_as_it_should(left: Left) -> None:
    assert [name for name, right in left.went.items() if not right] == []


@PLACES
@pytest.mark.parametrize("mark", MARKS)
def test_what_a_caller_sent_is_nowhere_in_the_clear(left: Left, place: str, mark: str) -> None:
    assert [found for found in spellings(MARKS[mark]) if found in left.places[place]] == []


@PLACES
@pytest.mark.parametrize("kind", HELD)
def test_what_a_provider_sent_and_every_secret_are_nowhere_in_the_clear(left: Left, place: str, kind: str) -> None:
    assert [found for found in spellings(HELD[kind]) if found in left.places[place]] == []


@PLACES
def test_no_owners_name_is_anywhere(left: Left, place: str) -> None:
    assert [row[1] for row in ROWS if row[1] and len(row[1]) > 6 and row[1].encode() in left.places[place]] == []


@PLACES
def test_no_token_is_anywhere(left: Left, place: str) -> None:
    _, claims, signature = left.bearer.split(".")

    assert [part for part in (WRONG_TOKEN, claims, signature) if part.encode() in left.places[place]] == []
    assert tokens(left.places[place]) == []


def test_a_token_would_be_found(left: Left) -> None:
    assert [len(tokens(f"x {one} x".encode())) for one in (left.bearer, WRONG_TOKEN)] == [1, 1]


@PLACES
@pytest.mark.parametrize("mark", MARKS)
def test_no_digest_without_a_key_confirms_a_guess(left: Left, place: str, mark: str) -> None:
    guesses = digests(MARKS[mark].encode()) | digests(quote(MARKS[mark], safe="").encode())

    assert [guess for guess in guesses if guess in left.places[place]] == []


@PLACES
def test_no_digest_of_a_whole_request_confirms_a_guess(left: Left, place: str) -> None:
    guesses = {guess for asked in left.asked for guess in digests(asked)}

    assert found_in(left.places[place], guesses) == []


def test_a_digest_would_be_found() -> None:
    guesses = digests(IDENTITY.encode())

    assert [found_in(b"x" + one + b"x", guesses) for one in guesses] == [[one] for one in guesses]
