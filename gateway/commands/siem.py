"""How does an operator see how far the SIEM was told, and have it told again?"""

from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change
from gateway.commands.changing import By, change, read
from gateway.siem.cursors import Cursor, list_cursors, rewind
from security.audit.removal import list_removals

siem = typer.Typer(name="siem", help="See how far the SIEM was told.", no_args_is_help=True)


@siem.callback()
def about_the_stream() -> None:
    """See how far the SIEM was told, and have it told again (docs/siem.md)."""


@siem.command("show")
def show() -> None:
    """Print where each output of the stream stands: the next leaf that it has not been told of."""
    for cursor in read(_cursors):
        typer.echo(f"{cursor.output}: log {cursor.log or '(none yet)'}, next leaf {cursor.next_index}")


@siem.command("rewind")
def go_back(
    output: Annotated[str, typer.Argument(help="tls or file")],
    log: Annotated[str, typer.Option(help="The log, such as 2026.")],
    index: Annotated[int, typer.Option(min=0, help="The first leaf to tell of again.")],
    by: By,
) -> None:
    """Tell an output of everything again from a leaf on; what it has already, it knows by its id."""

    async def work(session: AsyncSession, _: Actor) -> Change:
        connection = await session.connection()
        for one in await list_removals(connection):
            if (one.log, one.end) > (log, index):
                typer.echo(
                    f"{one.month} was removed from the database: begin at {one.log}/{one.end} or later", err=True
                )
                raise typer.Exit(1)
        former = await rewind(connection, output, log=log, next_index=index)
        if former is None:
            typer.echo(f"there is no output {output}: lienthong siem show", err=True)
            raise typer.Exit(1)
        before = f"{former.log}/{former.next_index}"
        return Change("siem", output, before=before, after=f"{log}/{index}")

    change("siem.rewind", work, by=by)


async def _cursors(session: AsyncSession) -> list[Cursor]:
    return await list_cursors(await session.connection())
