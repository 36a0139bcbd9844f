"""How does an operator hold months of the record, and lift a hold, from the command line?"""

from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.commands.changing import By, change, read
from gateway.retention import holds
from gateway.retention.holds import Hold, HoldDescription

hold = typer.Typer(name="hold", help="Hold months of the record, so that nothing of them goes.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the hold.")]


@hold.command("add")
def add(
    code: Code,
    first: Annotated[str, typer.Option(help="The first month, such as 2026-01 (UTC).")],
    reason: Annotated[str, typer.Option(help="Why, and by whose order.")],
    by: By,
    last: Annotated[str, typer.Option(help="The last month, included; without end where it is left out.")] = "",
    agency: Annotated[str, typer.Option(help="For the sake of which agency's data.")] = "",
    database: Annotated[str, typer.Option(help="For the sake of which database.")] = "",
) -> None:
    """Let nothing of some months be removed or erased. Its months are held whole, whatever it names."""
    asked = HoldDescription(code=code, reason=reason, first=first, last=last, agency=agency, database=database)
    change("record.hold", lambda session, actor: holds.set_hold(session, asked, by=actor), by=by)


@hold.command("list")
def list_all() -> None:
    """List the holds, those that stand first."""
    for one in read(_holds):
        state = "standing" if one.stands else f"lifted by {one.lifted_by}"
        typer.echo(f"{one.code}\t{one.first}..{one.last}\t{state}\t{one.set_by}\t{one.reason}")


@hold.command("lift")
def lift(code: Code, reason: Annotated[str, typer.Option(help="Why it is lifted.")], by: By) -> None:
    """Lift a hold; never by who has set it."""
    change("record.lift", lambda session, actor: holds.lift_hold(session, code, why=reason, by=actor), by=by)


async def _holds(session: AsyncSession) -> list[Hold]:
    return await holds.list_holds(await session.connection())
