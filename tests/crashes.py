"""What did callers receive, what did the provider see, and does the record agree, whatever was killed between?"""

import asyncio
import hashlib
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import asyncpg
from gateways import PARCEL, PARCELS, GatewayProcess
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import Database
from gateway.exchange import clock
from gateway.receipts import Promise, find_promise
from security.audit.verify import Report, verify_database

Result = TypeVar("Result")
Ends = Mapping[str, Sequence[tuple[str, str]]]
"""For each exchange the kind and the response digest of every end that the record has of it."""

_RETRY_PAUSE_SECONDS = 0.02
_PATIENCE_SECONDS = 60.0
BLINDING = (sqlite3.OperationalError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_END_KINDS = "('OUTCOME', 'DENY', 'UNKNOWN')"


# --- callers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer that was received to its last byte. `asked_at` is `time.monotonic()`."""

    exchange_id: str
    status: int
    retry_after: str
    receipt: str
    body: bytes
    asked_at: float
    seconds: float

    @property
    def problem(self) -> str:
        """The slug of the problem that it is, empty when it is none."""
        return "" if self.status < 400 else str(json.loads(self.body)["type"]).rsplit("/", 1)[-1]


@dataclass
class Load:
    """Callers on a few connections that ask without pause, in a thread of their own, while the block lasts.

    One call in ten must be refused and `writes` of them create something, each under a key of its own. What breaks off
    is counted and asked anew.
    """

    gateway: GatewayProcess
    token: str
    connections: int = 8
    seed: int = 1
    writes: float = 0.15
    kept: list[Kept] = field(default_factory=list)
    broken: int = 0

    def __enter__(self) -> "Load":
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_all()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(_PATIENCE_SECONDS)

    @property
    def answers(self) -> list[Kept]:
        """What was answered, not refused."""
        return [one for one in self.kept if one.status == 200]

    def since(self, moment: float) -> list[Kept]:
        """What was asked after `moment` (`time.monotonic()`) and should not be refused anyway."""
        return [one for one in self.kept if one.asked_at > moment and one.status != 404]

    def wait_for(self, enough: Callable[["Load"], bool], *, seconds: float) -> float:
        """Return after how many seconds `enough` held. Raises AssertionError when it did not within `seconds`."""
        began = time.monotonic()
        while not enough(self):
            assert time.monotonic() - began < seconds, f"not within {seconds} s: {tally(self.kept[-200:])}"
            time.sleep(0.02)
        return time.monotonic() - began

    async def _ask_all(self) -> None:
        await asyncio.gather(*(self._ask_on(number) for number in range(self.connections)))

    async def _ask_on(self, number: int) -> None:
        chance = random.Random(self.seed * 1000 + number)
        while not self._over.is_set():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port)
            except OSError:
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
                continue
            try:
                while not self._over.is_set():
                    self.kept.append(await self._ask(reader, writer, chance))
            except (OSError, asyncio.IncompleteReadError):
                self.broken += 1
            finally:
                writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chance: random.Random) -> Kept:
        began = time.monotonic()
        writer.write(self._request(chance))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
            body = await reader.readexactly(int(headers["content-length"]))
        took = time.monotonic() - began
        return Kept(
            exchange_id=headers["exchange-id"],
            status=int(head[0][9:12]),
            retry_after=headers.get("retry-after", ""),
            receipt=headers.get("exchange-receipt", ""),
            body=body,
            asked_at=began,
            seconds=took,
        )

    def _request(self, chance: random.Random) -> bytes:
        kind = chance.random()
        if kind < self.writes:
            return request(PARCELS, self.token, body=b'{"DienTich":12.5}', key=f"{chance.getrandbits(64):016x}")
        if kind > 0.9:
            return request("/x/datdai/khong-co/v1/gi-do", self.token)
        return request(PARCEL.format(f"CD{chance.randrange(10**6)}"), self.token)


def request(path: str, token: str, *, body: bytes = b"", key: str = "") -> bytes:
    """Return the bytes of a call: a POST when it has a body, else a GET."""
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", f"Idempotency-Key: {key}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def kill_again_and_again(gateway: GatewayProcess, *, times: int, seed: int) -> None:
    """Kill the gateway (SIGKILL) at random moments and start it again, each time."""
    chance = random.Random(seed)
    for _ in range(times):
        time.sleep(chance.uniform(0.05, 0.6))
        gateway.kill()
        gateway.start()


# --- the provider's own look -----------------------------------------------------------------------------------


class Eyes(Protocol):
    """Looks into the record on a connection of its own."""

    def has_intent(self, exchange_id: str) -> bool:
        """Tell whether an intent is committed. Raises `BLINDING` when the database is away."""

    def close(self) -> None:
        """Let go of the connection."""


class SqliteEyes:
    """Looks into a SQLite file."""

    def __init__(self, database_url: str) -> None:
        self._address = f"{Path(database_url.removeprefix('sqlite:///')).as_uri()}?mode=ro"

    def has_intent(self, exchange_id: str) -> bool:
        connection = sqlite3.connect(self._address, uri=True, timeout=10)
        try:
            query = "SELECT 1 FROM record WHERE exchange_id = ? AND kind = 'INTENT'"
            return connection.execute(query, (exchange_id,)).fetchone() is not None
        finally:
            connection.close()

    def close(self) -> None:
        """Nothing is held."""


class PostgresEyes:
    """Looks into a PostgreSQL database."""

    def __init__(self, database_url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._pool = self._carry_out(_pool(database_url))

    def has_intent(self, exchange_id: str) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM record WHERE exchange_id = $1 AND kind = 'INTENT')"
        return bool(self._carry_out(self._pool.fetchval(query, exchange_id)))

    def close(self) -> None:
        self._carry_out(self._pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _carry_out(self, work: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)


async def _pool(database_url: str) -> "asyncpg.Pool[asyncpg.Record]":
    pool = await asyncpg.create_pool(database_url, min_size=0, max_size=4)
    assert pool is not None
    return pool


@dataclass
class Witness:
    """Stands in the provider: notes every call, and which of them came before its intent was durable.

    A call that came while the database could not be asked stands in `blind`: look for its intent afterwards.
    """

    database_url: str
    pause_seconds: float = 0.02
    asked: list[str] = field(default_factory=list)
    unannounced: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._eyes: Eyes = (SqliteEyes if self.database_url.startswith("sqlite") else PostgresEyes)(self.database_url)

    def __call__(self, exchange_id: str) -> None:
        """Look, then take as long as a provider takes."""
        self.asked.append(exchange_id)
        try:
            if not self._eyes.has_intent(exchange_id):
                self.unannounced.append(exchange_id)
        except BLINDING:
            self.blind.append(exchange_id)
        time.sleep(self.pause_seconds)

    def close(self) -> None:
        self._eyes.close()


# --- what the record says --------------------------------------------------------------------------------------


def verified(database_url: str) -> Report:
    """Return what the verifier finds."""
    return apart(lambda: verify_database(database_url))


def ends_of(database_url: str) -> Ends:
    """Return every end in the record."""
    ends: dict[str, list[tuple[str, str]]] = {}
    query = f"SELECT exchange_id, kind, body FROM record WHERE kind IN {_END_KINDS}"
    for exchange_id, kind, body in rows_of(database_url, query):
        outcome = json.loads(body).get("outcome", {})
        ends.setdefault(exchange_id, []).append((kind, outcome.get("response_digest", "")))
    return ends


def intents_of(database_url: str) -> set[str]:
    """Return the exchanges that have an intent in the record."""
    return {row[0] for row in rows_of(database_url, "SELECT exchange_id FROM record WHERE kind = 'INTENT'")}


def kinds_of(database_url: str) -> Counter[str]:
    """Return how many records of each kind there are."""
    return Counter(str(row[0]) for row in rows_of(database_url, "SELECT kind FROM record"))


def rows_of(database_url: str, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a query on a connection of its own."""
    if database_url.startswith("sqlite"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    return apart(lambda: asyncio.run(_fetched(database_url, query)))


async def _fetched(database_url: str, query: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def unaccounted(kept: Sequence[Kept], ends: Ends) -> list[str]:
    """Return the exchanges answered whose one end in the record is not an OUTCOME with the digest of these bytes."""
    return [
        one.exchange_id
        for one in kept
        if ends.get(one.exchange_id) != [("OUTCOME", hashlib.sha256(one.body).hexdigest())]
    ]


def broken_promises(kept: Sequence[Kept], database_url: str, keys: Mapping[str, bytes]) -> list[str]:
    """Return the exchanges whose receipt is not ours, is about other bytes, or promises what is not in the record."""

    async def look() -> list[str]:
        database = Database.open(database_url)
        async with database.reading() as session:
            connection = await session.connection()
            broken = [one.exchange_id for one in kept if not await _holds(connection, one, keys)]
        await database.close()
        return broken

    return completed(look)


async def _holds(connection: AsyncConnection, one: Kept, keys: Mapping[str, bytes]) -> bool:
    found = await find_promise(connection, one.receipt, keys=keys, now=clock())
    says = found.statement
    good = found.promise in (Promise.PENDING, Promise.LATE, Promise.INCLUDED) and says is not None
    return good and (says.exchange, says.response) == (one.exchange_id, hashlib.sha256(one.body).hexdigest())


def tally(kept: Sequence[Kept]) -> Counter[str]:
    """Return how many answers of each kind were received."""
    return Counter(f"{one.status} {one.problem}".strip() for one in kept)


def apart(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, run where no event loop of a test is near."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(work).result()


def completed(work: Callable[[], Awaitable[Result]]) -> Result:
    """Return what `work` comes to, on an event loop of its own."""

    async def carry_out() -> Result:
        return await work()

    return apart(lambda: asyncio.run(carry_out()))
