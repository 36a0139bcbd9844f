"""How does an operator keep the database elsewhere, and put it back?"""

import asyncio
import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.backups.copying import make_backup
from gateway.backups.manifest import BackupUnusable, Manifest
from gateway.backups.restoring import restore_backup
from gateway.commands.audit import describe
from gateway.commands.changing import By
from gateway.exchange import clock
from gateway.lookups import note_reading
from gateway.node import StartRefused, open_record
from gateway.settings import Settings, SettingsInvalid
from security.audit.verify import DatabaseUnreadable, Verdict, verify_database
from security.errors import RecordUnavailable

_EXPLAINED = (BackupUnusable, SettingsInvalid, StartRefused, RecordUnavailable, DatabaseUnreadable)


def backup(
    directory: Annotated[Path, typer.Argument(help="Where it is put: a directory that is empty or not there.")],
    by: By,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="The platform's keys too: who has the backup can then sign as we do.")
    ] = False,
) -> None:
    """Copy the database, of one moment and while the platform serves. Keys stay out unless you ask (docs/backup.md)."""
    try:
        manifest = asyncio.run(_backup(Settings.from_environment(os.environ), directory, by=by, with_keys=with_keys))
    except _EXPLAINED as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(_about(manifest))
    keys = "The platform's keys are in it: keep it as you keep them." if with_keys else "There are no keys in it."
    typer.echo(f"Written to {directory}. {keys} Files that were uploaded are not: docs/backup.md.")


def restore(
    directory: Annotated[Path, typer.Argument(help="The backup.")],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Put back the keys that are in it too.")] = False,
) -> None:
    """Put a backup back at LIENTHONG_DATABASE_URL, where nothing may be yet, and verify the record in it.

    Nothing is signed until you have said how the log goes on: lienthong log continue, or lienthong log resume.
    """
    try:
        settings = Settings.from_environment(os.environ)
        keys = settings.keys_dir if with_keys else None
        manifest = asyncio.run(restore_backup(directory, settings.database_url, now=clock(), keys=keys))
        typer.echo(_about(manifest))
        report = verify_database(settings.database_url)
    except _EXPLAINED as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(describe(report))
    if report.verdict is Verdict.TAMPERED:
        typer.echo("lienthong: the record in this backup is not whole: let nothing run on it.", err=True)
        raise typer.Exit(1)
    typer.echo("What was changed after the backup is undone: suspensions, revoked keys, people's rights. Look first.")
    typer.echo(
        "Then `lienthong migrate`, and say how the log goes on: `lienthong log continue` or `lienthong log resume`."
    )


async def _backup(settings: Settings, directory: Path, *, by: str, with_keys: bool) -> Manifest:
    now = clock()
    record = await open_record(settings, role="command")
    try:
        source, about = f"command:{getpass.getuser()}", {"keys": "yes" if with_keys else "no"}
        await note_reading(record, "backup", member=by, agency="", source=source, at=now, about=about)
    finally:
        await record.close()
    keys = settings.keys_dir if with_keys else None
    return await make_backup(settings.database_url, directory, now=now, keys=keys)


def _about(manifest: Manifest) -> str:
    logs = ", ".join(f"log {one.log}: {one.size} records, {one.signed_size} signed" for one in manifest.logs)
    return f"{manifest.engine}, revision {manifest.revision}, {manifest.records} records; {logs or 'no log yet'}"
