"""How does somebody start the demo province, and see all its sample calls answered?"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.node import StartRefused
from gateway.settings import SettingsInvalid
from security.errors import KeysUnusable
from security.second_factor import step_at, totp_code

if TYPE_CHECKING:
    from gateway.demo.callrunner import Result

# The demo is imported when it is asked for: a gateway in production carries no generator of people.
_EXPLAINED = (StartRefused, SettingsInvalid, KeysUnusable, OSError)


def demo() -> None:
    """Run the platform with a demo province: providers, gateway and worker; Ctrl-C ends them all."""
    from gateway.demo.run import plan_demo, run_demo

    try:
        ended = asyncio.run(run_demo(plan_demo(os.environ), os.environ, say=typer.echo))
    except _EXPLAINED as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(2) from error
    if ended:
        typer.echo(f"lienthong: the {ended} process ended by itself, so everything was stopped.", err=True)
        raise typer.Exit(1)


def demo_calls() -> None:
    """Make every sample call of the demo against the running platform; ends with 1 when one is not as expected."""
    import httpx2

    from gateway.demo.callrunner import TokenRefused, run_calls
    from gateway.demo.provincefile import NAME, read_province_file
    from gateway.demo.run import plan_demo

    try:
        path = plan_demo(os.environ).directory / NAME
    except _EXPLAINED as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(2) from error
    province = read_province_file(path)
    if province is None:
        typer.echo(f"lienthong: there is no demo in {path.parent}: start it with `make run` first.", err=True)
        raise typer.Exit(2)
    try:
        results = asyncio.run(run_calls(province, clock=_now))
    except (TokenRefused, httpx2.HTTPError) as error:
        typer.echo(f"lienthong: {province.base_url} cannot be called: {type(error).__name__} {error}", err=True)
        raise typer.Exit(2) from error
    _show(results)
    if not all(one.good for one in results):
        raise typer.Exit(1)


def demo_code(name: Annotated[str, typer.Argument(help="Sign-in name, or a role: the first who has it.")]) -> None:
    """Print the code that the device of somebody in the demo shows now, each good once."""
    from gateway.demo.accounts import ensure_demo_accounts
    from gateway.demo.run import plan_demo

    try:
        directory = plan_demo(os.environ).directory
    except _EXPLAINED as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(2) from error
    known = ensure_demo_accounts(directory) if (directory / "demo.json").exists() else ()
    found = next((one for one in known if name in (one.code, one.role.value)), None)
    if found is None:
        typer.echo(f"lienthong: nobody in {directory} has the name or role {name!r}.", err=True)
        raise typer.Exit(1)
    typer.echo(totp_code(found.totp_secret, step_at(_now())))


def _now() -> datetime:
    return datetime.now(UTC)


def _show(results: "Sequence[Result]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Sample calls")
    for heading in ("Call", "Database", "System", "Status", "Verdict"):
        table.add_column(heading, overflow="fold")
    for one in results:
        verdict = "as expected" if one.good else "; ".join(one.faults[:4])
        style = "" if one.good else "bold red"
        status = f"{one.status} {one.problem}".strip()
        table.add_row(one.call.name, one.call.database, one.call.system or "–", status, verdict, style=style)
    console = Console()
    console.print(table)
    good = sum(one.good for one in results)
    console.print(f"{good} of {len(results)} calls as expected.")
