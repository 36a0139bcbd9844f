"""At which desk does somebody work who publishes from the command line?"""

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from adapters.errors import AdapterError
from catalog.changes import Actor, Change
from catalog.errors import CatalogError, ContentInvalid
from catalog.importers.draft import ImportRefused
from gateway.changes import Author, Recorder, make_change
from gateway.db import Database, DatabaseUrlRefused
from gateway.errors import RequestInvalid
from gateway.node import StartRefused, open_record
from gateway.problems import problem_of
from gateway.publication.workshop import Workshop, open_workshop
from gateway.settings import Settings, SettingsInvalid
from security.errors import KeysUnusable, RecordUnavailable
from security.keys import ensure_keys

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class CommandDesk:
    """A member of the staff at the command line, the database, the record and the workshop. Satisfies `steps.Desk`."""

    actor: Actor
    workshop: Workshop
    database: Database
    recorder: Recorder

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Yield a session that only reads."""
        return self.database.reading()

    async def change(self, action: str, work: Callable[[AsyncSession], Awaitable[Change]]) -> Change:
        """Record the change that `work` makes, then make it. Raises CatalogError, RecordUnavailable."""
        author = Author(
            code=self.actor.code, agency="", source=f"command:{getpass.getuser()}", method="command"
        )  # the agency is the record's own knowledge: a command proves none
        return await make_change(
            self.database, self.recorder, action=action, author=author, now=self.actor.at, work=work
        )


def at_desk(work: Callable[[CommandDesk], Awaitable[Result]], *, by: str) -> Result:
    """Return what `work` does at the desk of `by`. Ends the command with 1, saying all that is wrong."""

    async def awaited() -> Result:
        async with _open_desk(by) as desk:
            return await work(desk)

    try:
        return asyncio.run(awaited())
    except ImportRefused as error:
        _say([f"{note.where}: {note.vi} / {note.en}" for note in error.notes])
    except (ContentInvalid, RequestInvalid) as error:
        _say([f"{fault.where}: {fault.vi} / {fault.en}" for fault in error.faults])
    except AdapterError as error:
        _say([f"{problem_of(error).type.title_vi} / {error}"])
    except (CatalogError, RecordUnavailable, KeysUnusable, SettingsInvalid, StartRefused, DatabaseUrlRefused) as error:
        _say([str(error)])
    raise typer.Exit(1)


def _say(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line, err=True)


@asynccontextmanager
async def _open_desk(by: str) -> AsyncIterator[CommandDesk]:
    settings = Settings.from_environment(os.environ)
    database = Database.open(settings.database_url)
    try:
        record = await open_record(settings, role="command")
        try:
            workshop = open_workshop(settings, ensure_keys(settings.keys_dir))
            yield CommandDesk(Actor(by, datetime.now(UTC)), workshop, database, record)
        finally:
            await record.close()
    finally:
        await database.close()
