"""How does an operator put old months of the record into files?"""

import asyncio
import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.archive.files import ArchiveUnusable
from gateway.archive.making import archive_month
from gateway.commands.changing import By
from gateway.db import Database
from gateway.exchange import clock
from gateway.lookups import note_reading
from gateway.node import StartRefused, open_record
from gateway.settings import Settings, SettingsInvalid
from security.audit.log import LogBroken
from security.audit.verify_archive import Index
from security.errors import RecordUnavailable

record = typer.Typer(name="record", help="Put old months of the record into files.", no_args_is_help=True)


@record.callback()
def about_the_archive() -> None:
    """Put old months of the record into files (docs/retention.md)."""


@record.command("archive")
def archive(
    month: Annotated[str, typer.Argument(help="The month, such as 2026-10 (UTC).")],
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
