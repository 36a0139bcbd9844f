"""How does an operator put something into the catalogue from the command line?"""

import os
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agencies, databases, providers, purposes, search, services
from catalog.changes import Actor, Change
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
)
from gateway.commands.changing import By, Work, change, load, read
from gateway.settings import Settings

catalogue = typer.Typer(name="catalogue", help="Publish agencies, databases and services.", no_args_is_help=True)


class CatalogueFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `lienthong catalogue add` takes: documents of the control API, by noun; they are added in this order."""

    agencies: tuple[AgencyDescription, ...] = ()
    purposes: tuple[PurposeDescription, ...] = ()
    databases: tuple[DatabaseDescription, ...] = ()
    providers: tuple[ProviderDescription, ...] = ()
    services: tuple[ServiceDescription, ...] = ()


@catalogue.command()
def add(file: Annotated[Path, typer.Argument(help="Documents by noun, as JSON.")], by: By) -> None:
    """Add agencies, purposes, databases, providers and services from a file, each recorded on its own."""
    content = load(file, CatalogueFile)
    for action, work in _works(content):
        change(action, work, by=by)


def _works(content: CatalogueFile) -> Iterator[tuple[str, Work]]:
    yield from (("add", _agency(agency)) for agency in content.agencies)
    yield from (("add", _purpose(purpose)) for purpose in content.purposes)
    yield from (("add", _database(database)) for database in content.databases)
    yield from (("add", _provider(provider)) for provider in content.providers)
    yield from (("publish", _service(service)) for service in content.services)


def _agency(agency: AgencyDescription) -> Work:
    return lambda session, actor: agencies.add_agency(session, agency, by=actor)


def _purpose(purpose: PurposeDescription) -> Work:
    return lambda session, _: purposes.add_purpose(session, purpose)


def _database(database: DatabaseDescription) -> Work:
    return lambda session, actor: databases.add_database(session, database, by=actor)


def _provider(provider: ProviderDescription) -> Work:
    return lambda session, actor: providers.add_provider(session, provider, by=actor)


def _service(service: ServiceDescription) -> Work:
    return lambda session, actor: services.publish_service(session, service, by=actor)


@catalogue.command()
def retire(
    database: Annotated[str, typer.Argument(help="Code of the database.")],
    service: Annotated[str, typer.Argument(help="Code of the service.")],
    version: Annotated[int, typer.Option(help="Which version.")],
    by: By,
) -> None:
    """Let nobody call a service version any more."""

    async def work(session: AsyncSession, _: Actor) -> Change:
        return await services.retire_service(session, database, service, version=version)

    change("retire", work, by=by)


@catalogue.command()
def deprecate(
    database: Annotated[str, typer.Argument(help="Code of the database.")],
    service: Annotated[str, typer.Argument(help="Code of the service.")],
    version: Annotated[int, typer.Option(help="Which version.")],
    by: By,
    sunset: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day on which it is served, if known.")
    ] = None,
    successor: Annotated[int | None, typer.Option(help="The version to go on to.")] = None,
) -> None:
    """Let each answer of a service version say that it will end, when, and which version comes after it."""
    zone = ZoneInfo(Settings.from_environment(os.environ).timezone)
    end = None if sunset is None else datetime.combine(sunset.date() + timedelta(days=1), time(), zone)

    async def work(session: AsyncSession, actor: Actor) -> Change:
        return await services.deprecate_service(
            session, database, service, version=version, sunset=end, successor=successor, by=actor
        )

    change("deprecate", work, by=by)


@catalogue.command()
def reinstate(
    database: Annotated[str, typer.Argument(help="Code of the database.")],
    service: Annotated[str, typer.Argument(help="Code of the service.")],
    version: Annotated[int, typer.Option(help="Which version.")],
    by: By,
) -> None:
    """Take the deprecation of a service version back."""

    async def work(session: AsyncSession, _: Actor) -> Change:
        return await services.reinstate_service(session, database, service, version=version)

    change("reinstate", work, by=by)


@catalogue.command("search")
def find(words: Annotated[str, typer.Argument(help="Words; marks may be left out.")]) -> None:
    """Search databases and services."""
    found = read(lambda session: search.search(session, words))
    for database in found.databases:
        typer.echo(f"{database.code}\t{database.title_vi}")
    for service in found.services:
        typer.echo(f"{service.database}/{service.code}/v{service.version}\t{service.title_vi}")
