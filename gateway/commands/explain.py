"""How does an operator hear, in a terminal, which link of a call broke?"""

import asyncio
import os
from typing import Annotated

import typer

from gateway.exchangeids import EXCHANGE_ID
from gateway.settings import Settings, SettingsInvalid
from gateway.why.calls import recorded_chain
from gateway.why.chain import Chain, Holds
from security.audit.read import find_exchange
from security.audit.streams import StoreFailed

_MARKS = {Holds.YES: "ok", Holds.NO: "NO", Holds.WARNING: "??", Holds.NOT_REACHED: "--"}


def explain(correlation_id: Annotated[str, typer.Argument(help="The Exchange-Id of a call or token request.")]) -> None:
    """Say which link of a recorded call broke, from key to field, and what mends it."""
    if not EXCHANGE_ID.match(correlation_id):
        typer.echo("lienthong: a correlation id has the form 01a2b3c4-…, 36 characters.", err=True)
        raise typer.Exit(2)
    try:
        records = asyncio.run(find_exchange(Settings.from_environment(os.environ).database_url, correlation_id))
    except (StoreFailed, SettingsInvalid) as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(2) from error
    chain = recorded_chain(records)
    if chain is None:
        typer.echo("lienthong: no call with this correlation id is on record.", err=True)
        raise typer.Exit(1)
    for line in lines_of(chain):
        typer.echo(line)


def lines_of(chain: Chain) -> list[str]:
    """Return what a terminal shows of a chain: its facts, each link, and what mends the broken one."""
    lines = [f"{name.vi} / {name.en}: {value}" for name, value in chain.facts]
    lines += [f"{_MARKS[link.holds]}  {link.title.vi} / {link.title.en}" for link in chain.links]
    broken = chain.broken
    if broken is None:
        return lines
    where = [f"{name.vi} / {name.en}: {value}" for name, value in broken.facts]
    return [*lines, "", *where, broken.detail.vi, broken.fix.vi, broken.detail.en, broken.fix.en]
