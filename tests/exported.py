"""What do the tests of exports have at hand? A record with its signed log, and the maker that the worker has."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conftest import in_a_thread
from gateways import GatewayProcess
from logged import ORIGIN, clock, sequencing
from recorded import entry, writing

from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.exports.making import ExportMaker
from gateway.exports.orders import About, Form, Order, find_order, place_order
from gateway.indexing import index_exchanges
from security.audit.checkpoints import ensure_log_key
from security.audit.record import Kind, Who
from security.audit.verify_bundle import SIGNATURE_TYPE, Trusted
from security.keys import ensure_keys
from security.signatures import Signer

ISSUER = "http://127.0.0.1:8000"


# What an empty environment with `cryptography` has: neither our packages nor anything else of this environment's.
EMPTY = """
import importlib.util, runpy, sys
allowed = ("cryptography", "cffi", "_cffi_backend")
site, script = sys.argv[1], sys.argv[2]
class Only:
    def find_spec(self, name, path=None, target=None):
        if path is None and name in allowed:
            return importlib.machinery.PathFinder.find_spec(name, [site])
sys.meta_path.append(Only())
sys.argv = sys.argv[2:]
runpy.run_path(script, run_name="__main__")
"""


def alone(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier where nothing is installed but `cryptography`: no site-packages, no current directory."""
    import cryptography

    site = str(Path(cryptography.__file__).parent.parent)
    command = [sys.executable, "-I", "-S", "-c", EMPTY, site, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=script.parent, env={}, check=False)


@asynccontextmanager
async def export_maker(
    url: str, directory: Path, *, files: Path | None = None, most_records: int = 1000, spare_bytes: int = 0
) -> AsyncIterator[ExportMaker]:
    """The maker, with keys below `directory`, and its files there too unless somewhere else is named."""
    held = ensure_keys(directory / "keys")
    database = Database.open(url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        writer = await stack.enter_async_context(writing(url, directory, node=f"maker-{new_exchange_id()}"))
        yield ExportMaker(
            database=database,
            recorder=writer,
            directory=files or directory / "exports",
            signer=Signer(held.agreement, issuer=ISSUER, typ=SIGNATURE_TYPE),
            jwks=held.jwks(),
            witnesses=(),
            clock=lambda: datetime.now(UTC) + timedelta(minutes=1),  # as if the log had been signed long ago
            most_records=most_records,
            spare_bytes=spare_bytes,
        )


async def record_exchanges(url: str, directory: Path, count: int, *, agency: str = "so-noi-vu") -> list[str]:
    """Record exchanges of an agency, and have the log signed; return their ids."""
    ids = [new_exchange_id() for _ in range(count)]
    who = Who(client="motcua", system="one-stop", agency=agency)
    async with writing(url, directory, node=f"node-{new_exchange_id()}") as writer:
        for one in ids:
            await writer.append(entry(Kind.INTENT, one, who=who))
            await writer.append(entry(Kind.OUTCOME, one, who=who))
    async with sequencing(url, directory) as sequencer:
        await sequencer.run()
    return ids


async def made(maker: ExportMaker, about: About, form: Form = Form.BUNDLE, *, agency: str = "") -> Order:
    """Order an export, make it, and return what became of it."""
    order = Order(
        id=new_exchange_id(), asked_at=datetime.now(UTC), member="thanh-tra", agency=agency, form=form, about=about
    )
    async with maker.database.transaction() as session:
        await place_order(await session.connection(), order)
    assert await maker.make_next() == 1
    async with maker.database.reading() as session:
        found = await find_order(await session.connection(), order.id, member=order.member)
    assert found is not None
    return found


def make_bundle(url: str, directory: Path, count: int = 4, *, form: Form = Form.BUNDLE) -> Path:
    """Record exchanges, export them, and return the file."""

    async def run() -> Path:
        ids: Sequence[str] = await record_exchanges(url, directory, count)
        async with export_maker(url, directory) as maker:
            order = await made(maker, About(exchanges=ids), form)
            return maker.directory / order.file_name

    return in_a_thread(lambda: asyncio.run(run()))


def pinned(directory: Path) -> Trusted:
    """The keys as an auditor was given them, apart from any bundle."""
    key = ensure_log_key(directory / "log-keys").public(f"{ORIGIN}/log/{clock():%Y}").written()
    return Trusted(log_keys=(key,), platform_keys=ensure_keys(directory / "keys").jwks().decode())


def work(gateway: GatewayProcess) -> int:
    """Do what the worker of a running gateway does: list exchanges, sign the log, make the exports that wait."""

    async def run() -> int:
        url, directory, count = gateway.database_url, gateway.directory, 0
        async with sequencing(url, directory) as sequencer:
            await sequencer.run()
        async with export_maker(url, directory, files=directory / f"var-{gateway.port}" / "exports") as maker:
            await index_exchanges(maker.database)
            while await maker.make_next():
                count += 1
        return count

    return in_a_thread(lambda: asyncio.run(run()))


def readings_of(gateway: GatewayProcess, member: str) -> list[dict[str, object]]:
    """Return the notes of what a member has read, as a running gateway on SQLite recorded it."""
    with closing(sqlite3.connect(gateway.database_url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT body FROM record WHERE kind = 'READ' ORDER BY rowid").fetchall()
    bodies = [json.loads(row[0]) for row in rows]
    return [body["notes"] for body in bodies if body["who"].get("officer") == member]
