"""How does an operator have the figures counted again?"""

import asyncio
import os

import typer

from gateway.db import Database
from gateway.figures.rollup import forget_figures
from gateway.settings import Settings

figures = typer.Typer(name="figures", help="Figures counted from the record.", no_args_is_help=True)


@figures.callback()
def _figures() -> None:
    """Figures counted from the record (docs/reports.md)."""


@figures.command()
def recount() -> None:
    """Drop all figures; the worker counts the whole record again. Reports are incomplete until it has."""
    asyncio.run(_recount(Settings.from_environment(os.environ)))
    typer.echo("The figures are dropped; the worker counts them again.")


async def _recount(settings: Settings) -> None:
    database = Database.open(settings.database_url)
    try:
        await forget_figures(database)
    finally:
        await database.close()
