"""How does an operator put old months of the record into files, remove them from the database, or erase them?"""

import asyncio
import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.archive.files import ArchiveUnusable
from gateway.archive.making import archive_month
from gateway.commands.changing import By, change, read
from gateway.commands.holds import hold
from gateway.db import Database
from gateway.exchange import clock
from gateway.lookups import note_reading
from gateway.node import StartRefused, open_record, pseudonym_keys
from gateway.retention.erasing import (
    Erasure,
    ask_erasure,
    confirm_erasure,
    is_asked,
    is_confirmed,
    must_not_be_held,
)
from gateway.retention.removing import Remover
from gateway.settings import Settings, SettingsInvalid
from gateway.siem.stream import output_names
from security.audit.checkpoints import ensure_log_key
from security.audit.keyfiles import KeyUnusable
from security.audit.log import LogBroken
from security.audit.removal import Removal
from security.audit.retention import RetentionRefused
from security.audit.verify_archive import Index
from security.errors import KeysUnusable, RecordUnavailable

record = typer.Typer(name="record", help="Archive, remove, hold and erase months of the record.", no_args_is_help=True)
record.add_typer(hold)
Month = Annotated[str, typer.Argument(help="The month, such as 2026-10 (UTC).")]


@record.callback()
def about_the_archive() -> None:
    """Archive, remove, hold and erase months of the record (docs/retention.md)."""


@record.command("archive")
def archive(
    month: Month,
    directory: Annotated[Path, typer.Argument(help="Where the archive lies: the same for every month.")],
    by: By,
) -> None:
    """Write a closed month of the record into files that prove themselves. Nothing is removed from the database."""
    try:
        made = asyncio.run(_archive(Settings.from_environment(os.environ), month, directory, by=by))
    except (ArchiveUnusable, LogBroken, SettingsInvalid, StartRefused, RecordUnavailable) as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    for index in made:
        octets = (directory / index.file).stat().st_size
        typer.echo(f"{index.file}: log {index.log}, records {index.first} to {index.end - 1}, {octets} bytes, verified")
    if not made:
        typer.echo(f"All that the logs hold of {month} is in {directory} already.")


@record.command("remove")
def remove(
    month: Month,
    directory: Annotated[Path, typer.Argument(help="Where the archive lies that has the month.")],
    by: By,
) -> None:
    """Remove an archived month from the database, once its term is over and no hold is on it. Can be run again."""
    try:
        done = asyncio.run(_remove(Settings.from_environment(os.environ), month, directory, by=by))
    except (RetentionRefused, LogBroken, SettingsInvalid, StartRefused, RecordUnavailable, KeysUnusable) as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    for one in done:
        typer.echo(f"{one.month}: records {one.first} to {one.end - 1} of log {one.log} are in {directory} only.")


@record.command("erase")
def erase(
    month: Month,
    by: By,
    database: Annotated[
        str | None, typer.Option(help="Only what is sealed of this database: the code of one. Without: the month.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; for who asks first.")] = "",
) -> None:
    """Destroy the keys of a month, or of one database in it (--database). One asks (--reason), another confirms."""
    wanted = Erasure(month, database)
    try:
        settings = Settings.from_environment(os.environ)
        keys, keep = pseudonym_keys(settings), settings.retention_months
        if not read(lambda session: is_confirmed(session, wanted)):
            if not read(lambda session: is_asked(session, wanted)):
                change(
                    "record.ask-erasure",
                    lambda s, actor: ask_erasure(s, wanted, why=reason, keys=keys, keep_months=keep, by=actor),
                    by=by,
                )
                again = month if database is None else f"{month} --database {database}"
                typer.echo(f"Nothing is erased yet: somebody else confirms with lienthong record erase {again} --by …")
                return
            change(
                "record.erase",
                lambda s, actor: confirm_erasure(s, wanted, keys=keys, keep_months=keep, by=actor),
                by=by,
            )
        read(lambda session: must_not_be_held(session, wanted))
        was_there = wanted.destroy(keys)
    except (RetentionRefused, KeyUnusable, SettingsInvalid) as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    named = f"the keys of {month}" if database is None else f"the data key of {database} in {month}"
    typer.echo(f"Destroyed: {named}." if was_there else f"Destroyed already: {named}.")


async def _remove(settings: Settings, month: str, directory: Path, *, by: str) -> list[Removal]:
    database = Database.open(settings.database_url)
    writer = await open_record(settings, role="command")
    try:
        remover = Remover(
            database=database,
            recorder=writer,
            key=ensure_log_key(settings.keys_dir),
            directory=directory,
            keep_months=settings.retention_months,
            clock=clock,
            outputs=output_names(settings),
        )
        return await remover.remove(month, by=by, source=f"command:{getpass.getuser()}")
    finally:
        await writer.close()
        await database.close()


async def _archive(settings: Settings, month: str, directory: Path, *, by: str) -> list[Index]:
    writer = await open_record(settings, role="command")
    try:
        source = f"command:{getpass.getuser()}"
        about = {"month": month}
        await note_reading(writer, "archive", member=by, agency="", source=source, at=clock(), about=about)
    finally:
        await writer.close()
    database = Database.open(settings.database_url)
    try:
        return await archive_month(database, directory, month)
    finally:
        await database.close()
