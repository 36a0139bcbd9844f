"""Does a call reach its provider once and end in the record once, whoever goes away in the middle of it?"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
from crashes import ends_of, kinds_of, request, verified
from gateways import NO_TLS, PARCEL, PARCELS, GatewayProcess, RestProvider, assert_problem, token

KEY = "8c7f3a52-1d2e-4c55-9c4e-0f4a6a1f1c11"
BODY = b'{"DienTich":12.5}'


def create(gateway: GatewayProcess, body: bytes = BODY) -> httpx2.Response:
    """Ask for a new parcel, always under the same key."""
    headers = {
        "authorization": f"Bearer {token(gateway)}",
        "idempotency-key": KEY,
        "content-type": "application/json",
    }
    return httpx2.post(f"{gateway.url}{PARCELS}", content=body, headers=headers, timeout=20, verify=NO_TLS)


def send(gateway: GatewayProcess, data: bytes) -> socket.socket:
    """Send a call and return the connection, on which nobody has read yet."""
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    connection.sendall(data)
    return connection


def until(true: Callable[[], bool], *, seconds: float = 20) -> None:
    """Return when it is true. Raises AssertionError when it is not within `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)


@dataclass
class Held:
    """Stands in the provider and keeps a call waiting until it is released."""

    asked: str = ""
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange_id: str) -> None:
        self.asked = exchange_id
        self.release.wait(20)


def cut_the_line(_: str) -> None:
    """Fail after the provider has done what it was asked, so that its connection closes without an answer."""
    raise ConnectionAbortedError


async def test_an_exchange_whose_caller_went_away_ends_in_the_record(
    gateway: GatewayProcess, provider: RestProvider, migrated_url: str
) -> None:
    provider.before_answer = held = Held()
    connection = send(gateway, request(PARCEL.format("CD1"), token(gateway)))
    until(lambda: held.asked != "")
    connection.close()
    held.release.set()

    until(lambda: held.asked in ends_of(migrated_url))
    assert [kind for kind, _ in ends_of(migrated_url)[held.asked]] == ["OUTCOME"]


async def test_an_unsafe_call_whose_answer_was_lost_is_not_sent_again(
    gateway: GatewayProcess, provider: RestProvider
) -> None:
    provider.before_answer = cut_the_line

    assert_problem(create(gateway), "outcome-unknown", status=504)
    assert_problem(create(gateway), "outcome-unknown", status=504)
    assert len(provider.calls) == 1


async def test_a_repeated_unsafe_call_gets_the_first_answer(gateway: GatewayProcess, provider: RestProvider) -> None:
    first, again = create(gateway), create(gateway)

    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["exchange-id"] != first.headers["exchange-id"]
    assert len(provider.calls) == 1


async def test_a_key_that_was_used_for_another_body_is_refused(gateway: GatewayProcess, provider: RestProvider) -> None:
    create(gateway)

    assert_problem(create(gateway, b'{"DienTich":99}'), "idempotency-conflict", status=422)
    assert len(provider.calls) == 1


async def test_an_unsafe_call_under_way_when_the_gateway_was_killed_is_not_sent_again(
    gateway: GatewayProcess, provider: RestProvider
) -> None:
    provider.before_answer = held = Held()
    connection = send(gateway, request(PARCELS, token(gateway), body=BODY, key=KEY))
    until(lambda: held.asked != "")
    gateway.kill()
    held.release.set()
    connection.close()
    gateway.start()

    assert_problem(create(gateway), "idempotency-in-progress", status=409)
    assert len(provider.calls) == 1


async def test_an_answer_kept_for_a_key_survives_a_kill(gateway: GatewayProcess, provider: RestProvider) -> None:
    first = create(gateway)
    gateway.kill()
    gateway.start()

    assert create(gateway).content == first.content
    assert len(provider.calls) == 1


async def test_the_record_of_a_lost_answer_says_so_and_verifies(
    gateway: GatewayProcess, provider: RestProvider, migrated_url: str
) -> None:
    provider.before_answer = cut_the_line
    lost = create(gateway)
    gateway.stop()

    assert len(ends_of(migrated_url)[lost.headers["exchange-id"]]) == 1
    assert kinds_of(migrated_url)["UNKNOWN"] == 0
    assert verified(migrated_url).verdict == 0
