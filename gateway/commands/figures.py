"""How does an operator have the figures counted again?"""

import asyncio
import os

import typer

from gateway.db import Database
from gateway.figures.rollup import forget_figures
from gateway.settings import Settings
from security.audit.removal import list_removals

figures = typer.Typer(name="figures", help="Figures counted from the record.", no_args_is_help=True)


@figures.callback()
def _figures() -> None:
    """Figures counted from the record (docs/reports.md)."""


@figures.command()
def recount() -> None:
    """Drop all figures; the worker counts the whole record again. Refused once months were removed from it."""
    gone = asyncio.run(_recount(Settings.from_environment(os.environ)))
    if gone:
        months = ", ".join(gone)
        typer.echo(f"lienthong: {months} were removed from the database and could not be counted again", err=True)
        raise typer.Exit(1)
    typer.echo("The figures are dropped; the worker counts them again.")


async def _recount(settings: Settings) -> list[str]:
    """Drop the figures; where months were removed, drop nothing and return which."""
    database = Database.open(settings.database_url)
    try:
        async with database.reading() as session:
            gone = [one.month for one in await list_removals(await session.connection())]
        if gone:
            return gone
        await forget_figures(database)
        return []
    finally:
        await database.close()
