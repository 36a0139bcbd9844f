"""What does a test see of a refusal: its answer, its record, and what anyone is told of it?"""

import asyncio
import json
import re
import time
from dataclasses import dataclass

import httpx2
from conftest import in_a_thread
from gateways import NO_TLS, GatewayProcess, assert_problem

from security.audit.read import StoredRecord, find_exchange

_PATIENCE_SECONDS = 10.0
IDENTITY_NUMBER = "056099000001"
"""The person whom the calls of the tests name."""


@dataclass(frozen=True)
class Reply:
    """One response, read from the very bytes; `responses` is how many stood there."""

    status: int
    headers: dict[str, str]
    document: dict[str, object]
    responses: int

    @property
    def slug(self) -> str:
        """The last part of the problem's type."""
        return str(self.document["type"]).rsplit("/", 1)[-1]


def read_reply(raw: bytes) -> Reply:
    """Return the first response in `raw`, without any `100 Continue` before it."""
    raw = raw.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, rest = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = rest[: int(headers["content-length"])]
    responses = len(re.findall(rb"HTTP/1\.1 \d\d\d ", raw))
    return Reply(int(status.split(" ")[1]), headers, json.loads(body or b"{}"), responses)


def records_of(gateway: GatewayProcess, exchange_id: str) -> list[StoredRecord]:
    """Return what is in the record of this exchange now."""
    return in_a_thread(lambda: asyncio.run(find_exchange(gateway.database_url, exchange_id)))


def assert_denied(gateway: GatewayProcess, exchange_id: str, slug: str) -> None:
    """Assert that a DENY with this reason, and no number of a person in it, is or within seconds will be recorded."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := records_of(gateway, exchange_id)) and time.monotonic() < deadline:
        time.sleep(0.1)
    # A refusal that is shared by many within a second has a second DENY, with their number.
    assert {record.kind for record in found} == {"DENY"}
    body = json.loads(found[0].body)
    assert body["decision"]["reason"] == slug
    assert not body["decision"]["allowed"]
    assert IDENTITY_NUMBER not in found[0].body.decode()


def assert_explained(gateway: GatewayProcess, exchange_id: str, slug: str) -> None:
    """Assert that anyone who has the id is told which check failed."""
    told = httpx2.get(f"{gateway.url}/explain/{exchange_id}", timeout=10, verify=NO_TLS).json()
    assert (told["correlation_id"], told["state"], told["problem"]) == (exchange_id, "refused", slug)


def assert_refused_bytes(gateway: GatewayProcess, raw: bytes, slug: str, *, status: int) -> Reply:
    """Assert that these bytes are one refusal of this kind, recorded and explained, and return it."""
    reply = read_reply(raw)
    assert (reply.status, reply.slug, reply.responses) == (status, slug, 1), raw[:300]
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.document["correlation_id"] == reply.headers["exchange-id"]
    assert_denied(gateway, reply.headers["exchange-id"], slug)
    assert_explained(gateway, reply.headers["exchange-id"], slug)
    return reply


def assert_refused(gateway: GatewayProcess, answer: httpx2.Response, slug: str, *, status: int) -> None:
    """Assert that an answer is this refusal, recorded and explained."""
    assert_problem(answer, slug, status=status)
    assert_denied(gateway, answer.headers["exchange-id"], slug)
    assert_explained(gateway, answer.headers["exchange-id"], slug)
