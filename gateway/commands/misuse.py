"""How does an operator say what a provider has counted of a day? (R17)"""

import asyncio
import getpass
import os
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from catalog.tables import DatabaseRow
from gateway.commands.changing import By
from gateway.db import Database
from gateway.exchange import clock
from gateway.lookups import note_reading
from gateway.misuse.counts import compare_count
from gateway.node import StartRefused, open_record
from gateway.settings import Settings, SettingsInvalid
from security.errors import RecordUnavailable
from security.misuse.findings import Finding

misuse = typer.Typer(name="misuse", help="Compare what is counted, to notice misuse.", no_args_is_help=True)


@misuse.callback()
def about_misuse() -> None:
    """Compare what is counted, to notice misuse (docs/misuse.md)."""


@misuse.command("count")
def count(
    database: Annotated[str, typer.Argument(help="Code of the database.")],
    day: Annotated[str, typer.Argument(help="The day, such as 2026-11-26 (the province's time).")],
    calls: Annotated[int, typer.Argument(help="How many calls its provider counted.", min=0)],
    by: By,
) -> None:
    """Say how many calls a provider counted on a day; an alert (R17) is raised where we counted otherwise."""
    try:
        asked = date.fromisoformat(day)
    except ValueError as error:
        typer.echo(f"lienthong: {day} is no day such as 2026-11-26", err=True)
        raise typer.Exit(1) from error
    try:
        ours, found = asyncio.run(_compare(Settings.from_environment(os.environ), database, asked, calls, by=by))
    except (SettingsInvalid, StartRefused, RecordUnavailable) as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{database} {day}: they counted {calls}, we {ours}" + ("" if found is None else "; an alert is raised"))


async def _compare(settings: Settings, database: str, day: date, theirs: int, *, by: str) -> tuple[int, Finding | None]:
    writer = await open_record(settings, role="command")
    opened = Database.open(settings.database_url)
    try:
        async with opened.reading() as session:
            if await session.get(DatabaseRow, database) is None:
                raise StartRefused(f"there is no database {database}")
        about = {"database": database, "day": day.isoformat()}
        source = f"command:{getpass.getuser()}"
        await note_reading(writer, "count", member=by, agency="", source=source, at=clock(), about=about)
        async with opened.transaction() as session:
            return await compare_count(
                await session.connection(),
                database,
                day,
                theirs=theirs,
                by=by,
                zone=ZoneInfo(settings.timezone),
                limits=settings.misuse,
                now=clock(),
            )
    finally:
        await opened.close()
        await writer.close()
