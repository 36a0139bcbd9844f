"""How does a command change the catalogue as the control API does: rehearsed, recorded, done?"""

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

import msgspec
import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change
from catalog.errors import CatalogError
from gateway.changes import Author, make_change
from gateway.db import Database
from gateway.node import StartRefused, open_record
from gateway.settings import Settings, SettingsInvalid
from security.errors import KeysUnusable, RecordUnavailable
from security.keys import ensure_keys
from security.sealing import SecretSealer
from security.signatures import Signer

Document = TypeVar("Document")
Result = TypeVar("Result")
By = Annotated[str, typer.Option("--by", help="Code of the member of staff who answers for this change.")]
Work: TypeAlias = Callable[[AsyncSession, Actor], Awaitable[Change]]


def change(action: str, work: Work, *, by: str) -> None:
    """Record and make the change that `work` makes, and say so. Ends the command with 1 when it cannot be."""
    done = _run(_change(action, work, by=by))
    version = f" v{done.version}" if done.version else ""
    state = f": {done.state}" if done.state else ""
    typer.echo(f"{action} {done.noun} {done.code}{version}{state}")


def read(work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Return what `work` reads. Ends the command with 1 when it cannot be read."""
    return _run(_read(work))


def show(content: object) -> None:
    """Print `content` as indented JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())


def load(path: Path, kind: type[Document]) -> Document:
    """Return the JSON document in the file, strictly decoded. Ends the command with 1 when it is not one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        typer.echo(f"{path}: {error}", err=True)
        raise typer.Exit(1) from error


def open_sealer() -> SecretSealer:
    """Return what seals secrets with this platform's key. Ends the command with 1 when there is no usable key."""
    try:
        return SecretSealer(ensure_keys(Settings.from_environment(os.environ).keys_dir).sealing)
    except (KeysUnusable, SettingsInvalid) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def open_signer() -> Signer:
    """Return what signs agreements with this platform's key. Ends the command with 1 when there is no usable key."""
    try:
        settings = Settings.from_environment(os.environ)
        return Signer(ensure_keys(settings.keys_dir).agreement, issuer=settings.issuer)
    except (KeysUnusable, SettingsInvalid) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _run(work: Awaitable[Result]) -> Result:
    async def awaited() -> Result:
        return await work

    try:
        return asyncio.run(awaited())
    except (CatalogError, RecordUnavailable, KeysUnusable, SettingsInvalid, StartRefused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def _change(action: str, work: Work, *, by: str) -> Change:
    settings = Settings.from_environment(os.environ)
    now = datetime.now(UTC)
    actor = Actor(by, now)
    author = Author(code=by, agency="", source=f"command:{getpass.getuser()}", method="command")
    async with _opened(settings) as database:
        record = await open_record(settings, role="command")
        try:
            return await make_change(
                database, record, action=action, author=author, now=now, work=lambda session: work(session, actor)
            )
        finally:
            await record.close()


async def _read(work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async with _opened(Settings.from_environment(os.environ)) as database, database.reading() as session:
        return await work(session)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = Database.open(settings.database_url)
    try:
        yield database
    finally:
        await database.close()
