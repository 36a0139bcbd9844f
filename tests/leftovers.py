"""What have flows through a gateway left behind, in every place where something is kept or printed?

What is packed is unpacked: a search through compressed bytes finds nothing, whatever they hold.
"""

import asyncio
import base64
import gzip
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import asyncpg
import duckdb
import httpx2
import redis
from conftest import in_a_thread

from gateway.backups.copying import make_backup
from gateway.db import Database
from gateway.siem.events import event_of
from gateway.siem.ocsf import line_of
from gateway.siem.syslog import message
from security.audit.leaves import read_leaves, signed_logs
from security.audit.removal import list_removals
from security.audit.verify_bundle import SIGNATURE

BYTEA = re.compile(rb"\\\\x((?:[0-9a-f]{2})+)")


def dump_postgresql(url: str) -> bytes:
    """Return every row of every table as text, and its bytes as they are."""

    async def dump() -> bytes:
        connection = await asyncpg.connect(url)
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for name in names for row in await connection.fetch(f'SELECT * FROM "{name[0]}"')]
        await connection.close()
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)

    return in_a_thread(lambda: asyncio.run(dump()))


def dump_sqlite(path: Path) -> bytes:
    """Return the whole file and its log, freed pages too."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def dump_redis(url: str) -> bytes:
    """Return all keys with what they hold, in Redis's own serialization."""
    with redis.Redis.from_url(url) as client:
        return b"\n".join(part for key in client.scan_iter() for part in (key, client.dump(key) or b""))


async def taken_along(url: str, directory: Path) -> dict[str, bytes]:
    """Return what leaves the platform of all this beside files that people take: what a SIEM hears, and a backup."""
    database = Database.open(url)
    async with database.reading() as session:
        connection = await session.connection()
        (head,) = await signed_logs(connection)
        first = max((one.end for one in await list_removals(connection)), default=0)
        leaves = await read_leaves(connection, head, first=first, most=100_000)
    await database.close()
    events = [event_of("thu.example", leaf) for leaf in leaves]
    heard = [part for one in events for part in (message(one, "thu.example"), line_of(one))]
    await make_backup(url, directory / "backup", now=datetime.now(UTC), keys=None)
    return {"siem": b"\n".join(heard), "backup": unpacked_all((directory / "backup").rglob("*"))}


def unpacked_all(paths: Iterable[Path]) -> bytes:
    """Return what is in files, unpacked."""
    return b"\n".join(unpacked(path.name, path.read_bytes()) for path in sorted(paths) if path.is_file())


def unpacked(name: str, packed: bytes) -> bytes:
    """Return what is in a file; bytes that stand there as digits stand behind it as they are."""
    match packed[:4]:
        case b"PK\x03\x04":
            with zipfile.ZipFile(BytesIO(packed)) as bundle:
                # The signature is a token by design, over a manifest that is searched itself.
                inner = [one for one in bundle.namelist() if one != SIGNATURE]
                return b"\n".join(unpacked(one, bundle.read(one)) for one in inner)
        case b"PAR1":
            return rows_of(packed)
        case _ if packed.startswith(b"\x1f\x8b"):
            text = gzip.decompress(packed)
        case _ if name.endswith(".eml"):
            letter = message_from_bytes(packed, policy=policy.default)
            text = packed + str(letter["subject"]).encode() + str(letter.get_content()).encode()
        case _:
            text = packed
    return text + b"\n".join(bytes.fromhex(digits.decode()) for digits in BYTEA.findall(text))


def rows_of(packed: bytes) -> bytes:
    """Return every value of a Parquet file, as text or as its bytes."""
    with duckdb.connect(config={"threads": 1}) as database, NamedTemporaryFile(suffix=".parquet") as file:
        file.write(packed)
        file.flush()
        table = database.read_parquet(file.name)
        # DuckDB needs a further package for times with their zone.
        columns = (
            f'epoch_us("{name}")' if "ZONE" in str(kind) else f'"{name}"'
            for name, kind in zip(table.columns, table.types, strict=True)
        )
        rows = table.project(", ".join(columns)).fetchall()
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)


def promised(answers: list[httpx2.Response]) -> bytes:
    """Return what every receipt says."""
    receipts = [answer.headers["exchange-receipt"] for answer in answers if "exchange-receipt" in answer.headers]
    parts = [part for one in receipts for part in re.split(r"[.~]", one)]
    return b"\n".join(base64.urlsafe_b64decode(f"{part}{'=' * (-len(part) % 4)}") for part in parts)
