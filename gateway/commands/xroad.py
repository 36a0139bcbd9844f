"""How does an operator keep X-Road identifiers from the command line?"""

from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import xroad as nouns
from catalog.descriptions import XRoadMember, XRoadSubsystem
from gateway.commands.changing import By, change, read, show

xroad = typer.Typer(
    name="xroad", help="Keep the X-Road identifiers of agencies; the first one opens the door.", no_args_is_help=True
)
Agency = Annotated[str, typer.Argument(help="Code of the agency.")]
Subsystem = Annotated[str, typer.Argument(help="Code of the subsystem; empty for the member itself.")]


@xroad.command("list")
def list_all() -> None:
    """Print members and subsystems as JSON."""

    async def work(session: AsyncSession) -> dict[str, object]:
        return {"members": await nouns.list_members(session), "subsystems": await nouns.list_subsystems(session)}

    show(read(work))


@xroad.command("set-member")
def set_member(
    agency: Agency,
    instance: Annotated[str, typer.Argument(help="X-Road instance, for example VN.")],
    member_class: Annotated[str, typer.Argument(help="Member class, for example GOV.")],
    member_code: Annotated[str, typer.Argument(help="Member code.")],
    by: By,
) -> None:
    """Let an agency be known by this identifier."""
    member = XRoadMember(agency=agency, instance=instance, member_class=member_class, member_code=member_code)
    change("set", lambda session, actor: nouns.set_member(session, member, by=actor), by=by)


@xroad.command("remove-member")
def remove_member(agency: Agency, by: By) -> None:
    """Take an agency's identifier from it; its subsystems go first."""
    change("remove", lambda session, _: nouns.remove_member(session, agency), by=by)


@xroad.command("set-subsystem")
def set_subsystem(
    agency: Agency,
    code: Subsystem,
    by: By,
    system: Annotated[str, typer.Option(help="The system that calls by it.")] = "",
    database: Annotated[str, typer.Option(help="The database that is offered by it.")] = "",
    network: Annotated[
        list[str] | None, typer.Option(help="A network (CIDR) from which its calls need no other proof; repeatable.")
    ] = None,
) -> None:
    """Let a subsystem stand for a system that calls, a database, or both."""
    subsystem = XRoadSubsystem(
        agency=agency, code=code, system=system, database=database, networks=tuple(network or ())
    )
    change("set", lambda session, actor: nouns.set_subsystem(session, subsystem, by=actor), by=by)


@xroad.command("remove-subsystem")
def remove_subsystem(agency: Agency, code: Subsystem, by: By) -> None:
    """Let nobody call or be called by a subsystem any more."""
    change("remove", lambda session, _: nouns.remove_subsystem(session, agency, code), by=by)
