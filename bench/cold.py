"""How long does a log take that has to be begun over a record of millions, and how long does verifying all of it?

    python -m bench.cold sqlite|postgresql [--records 10000000] [--directory /somewhere]

Lays down a record of bodies as the writer makes them (calls for one person each, four streams, written in turns),
faster than a writer would, then lets the worker's sequencer bring all of it into a log, and verifies database and log.
10 million records take some 20 GB in the directory. Prints lines for docs/log.md.
"""

import argparse
import asyncio
import os
import resource
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import asyncpg
import httpx2
import msgspec

from bench.record import entry
from gateway import migrations
from gateway.db import Database
from gateway.sequencing import Sequencer
from gateway.telemetry import make_logger
from gateway.witnesses import Witnesses
from security.audit.checkpoints import Anchors, LogKey, ensure_log_key
from security.audit.encode import Place, encode, leaf_hash, microseconds
from security.audit.privacy import (
    Concealer,
    PseudonymKeys,
    SealSession,
    make_recovery_key,
    read_recovery_public_key,
)
from security.audit.record import Kind
from security.audit.verify import verify_database

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # servers are those of the tests

import servers

STREAMS, CHUNK = 4, 5_000
# at_us, seq, mono_us; prev, nonce, exchange, stream
PLACEHOLDERS = (*(one * 16 for one in (b"1", b"2", b"3")), b"p" * 64, b"n" * 32, b"e" * 36, b"s" * 20)
COLUMNS = "stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf"
STREAM_COLUMNS = "stream, node, role, life, opened_at, beat_at, closed_at, last_seq, last_leaf, settled_seq, settled_at"
Row = tuple[str, int, int, str, str, str, str, str, bytes, bytes]


class Form:
    """A body as the writer makes it, with a gap for each member that differs from record to record."""

    def __init__(self, kind: Kind, conceal: Concealer) -> None:
        at_us, seq, mono_us, prev, nonce, exchange, stream = PLACEHOLDERS
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at_us))
        place = Place(stream.decode(), int(seq), prev.decode(), nonce.decode(), int(mono_us))
        row = encode(msgspec.structs.replace(entry(kind, exchange.decode()), at=at), place, conceal)
        self.kind, self.row = str(kind), row
        found = sorted((row.body.index(one), number, one) for number, one in enumerate(PLACEHOLDERS))
        self._order = [number for _, number, _ in found]
        written, rest = b"", row.body
        for _, _, one in found:
            before, _, rest = rest.partition(one)
            written += before.replace(b"%", b"%%") + b"%b"
        self._body = written + rest.replace(b"%", b"%%")

    def fill(self, stream: bytes, seq: int, at_us: int, prev: bytes, exchange: str) -> Row:
        """Return the row that it becomes."""
        numbers, nonce = (b"%d" % at_us, b"%d" % seq, b"%d" % at_us), secrets.token_hex(16).encode()
        parts = (*numbers, prev, nonce, exchange.encode(), stream)
        body = self._body % tuple(parts[number] for number in self._order)
        row = self.row
        named = (row.agency, row.system, row.grant_key)
        return (stream.decode(), seq, at_us, self.kind, exchange, *named, body, leaf_hash(body))


def rows(records: int, conceal: Concealer, now: datetime) -> Iterator[Row]:
    """Make intents and outcomes, a chunk of one stream after a chunk of another."""
    forms = Form(Kind.INTENT, conceal), Form(Kind.OUTCOME, conceal)
    heads = {b"bench-%d-0-000000000" % number: (0, b"") for number in range(STREAMS)}
    at_us, made = microseconds(now) - records * 1000, 0
    while made < records:
        for stream in heads:
            seq, prev = heads[stream]
            for _ in range(min(200, records - made) // 2):
                at_us += 2000
                digits = f"{at_us // 1000:012x}7{made & 0xFFF:03x}8{made:015x}"
                exchange = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
                for form in forms:
                    seq, made = seq + 1, made + 1
                    row = form.fill(stream, seq, at_us, prev, exchange)
                    prev = row[9].hex().encode()
                    yield row
            heads[stream] = (seq, prev)


def streams_of(written: dict[str, tuple[int, bytes]], now_us: int) -> list[tuple[object, ...]]:
    """Return the rows of streams that have ended."""
    return [
        (name, "bench", "writer", "bench", now_us, now_us, now_us, seq, leaf, seq, now_us)
        for name, (seq, leaf) in written.items()
    ]


def lay_down(url: str, records: int, conceal: Concealer) -> None:
    """Fill the tables of the record."""
    now = datetime.now(UTC)
    made, written = rows(records, conceal, now), {}
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        while chunk := list(islice(made, CHUNK)):
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO record ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", chunk)
            connection.execute("COMMIT")
            written |= {row[0]: (row[1], row[9]) for row in chunk}
        connection.executemany(
            f"INSERT INTO record_streams ({STREAM_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            streams_of(written, microseconds(now)),
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return

    async def copy() -> None:
        connection = await asyncpg.connect(url)
        while chunk := list(islice(made, CHUNK)):
            await connection.copy_records_to_table("record", records=chunk, columns=COLUMNS.split(", "))
            written.update({row[0]: (row[1], row[9]) for row in chunk})
        ended = streams_of(written, microseconds(now))
        await connection.copy_records_to_table("record_streams", records=ended, columns=STREAM_COLUMNS.split(", "))
        await connection.close()

    asyncio.run(copy())


@asynccontextmanager
async def sequencer(url: str, directory: Path, key: LogKey) -> AsyncIterator[Sequencer]:
    """Yield a sequencer as the worker has one, without witnesses."""
    database, log = Database.open(url), make_logger("error")
    async with httpx2.AsyncClient(trust_env=False) as http:
        yield Sequencer(
            database,
            key,
            Anchors(directory),
            Witnesses([], http, log),
            holder="bench",
            origin="bench.example",
            clock=lambda: datetime.now(UTC),
            log=log,
        )
    await database.close()


async def bring_up(url: str, directory: Path, key: LogKey) -> int:
    """Bring all records into a log, turn after turn; return how many."""
    appended = 0
    async with sequencer(url, directory, key) as one:
        while done := await one.run():
            appended += done
        if one.trouble:
            raise SystemExit(one.trouble)
    return appended


def main() -> None:
    """Lay down, bring into the log, verify, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--directory", type=Path, default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lienthong-cold-", dir=asked.directory) as name, ExitStack() as running:
        directory = Path(name)
        url = f"sqlite:///{directory}/all.db"
        if asked.engine == "postgresql":
            server = servers.PostgresServer(place=directory)
            running.callback(server.close)
            server.start()
            url = server.url("postgres")
        migrations.upgrade(url)
        make_recovery_key(directory / "recovery.key", directory / "recovery.pub")
        session = SealSession(read_recovery_public_key(directory / "recovery.pub"))
        began = time.monotonic()
        lay_down(url, asked.records, Concealer(PseudonymKeys(directory / "pseudonyms"), session))
        took = time.monotonic() - began
        print(f"{asked.engine}, {os.cpu_count()} cores: {asked.records:,} laid down in {took:,.0f} s")
        key = ensure_log_key(directory / "log")
        began, cpu = time.monotonic(), time.process_time()
        appended = asyncio.run(bring_up(url, directory / "log", key))
        took, cpu = time.monotonic() - began, time.process_time() - cpu
        print(f"{appended:,} brought into a log in {took:,.0f} s, {appended / took:,.0f} a second, {cpu:,.0f} s of CPU")
        began = time.monotonic()
        report = verify_database(url, checkpoints=[])
        took = time.monotonic() - began
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{report.records:,} verified in {took:,.1f} s, {report.records / took:,.0f} a second: "
            f"{report.verdict.name} {report.finding or ''}; {report.logged:,} in the log; most memory {most} MiB"
        )


if __name__ == "__main__":
    main()
