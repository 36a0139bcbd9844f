"""How does an operator name the log to others, witness another's, and go on after an older database was put back?"""

import os
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change
from gateway.commands.changing import By, change, read
from gateway.exchange import clock
from gateway.sequencing import log_origin
from gateway.settings import Settings
from gateway.witnessing import WitnessDesk, witness_application
from security.audit.checkpoints import Anchors, LogKey, SigningRefused, ensure_log_key
from security.audit.log import Head, LogBroken, begin_anew, head_of, heads_of, log_of
from security.audit.notes import NoteKey, NoteWrong, read_key
from security.audit.restored import Decision, Restore, decide, undecided_restore
from security.audit.witness_book import WitnessBook
from security.keys import create_once, ensure_directory, read_private

log = typer.Typer(name="log", help="Name the log of the record, and go on with it.", no_args_is_help=True)


@log.callback()
def about_the_log() -> None:
    """Name the log of the record, and go on with it (docs/log.md)."""


@log.command("key")
def show_key(
    name: Annotated[str, typer.Option("--log", help="Of which log; this year's by default.", show_default=False)] = "",
) -> None:
    """Print the public key of the log, as witnesses and verifiers take it: name+id+key."""
    settings = Settings.from_environment(os.environ)
    chosen = name or read(_current_log)
    typer.echo(ensure_log_key(settings.keys_dir).public(f"{log_origin(settings)}/log/{chosen}").written())


@log.command("show")
def show_logs() -> None:
    """Print each log, how far it has come, and its last checkpoint."""
    for head in read(_heads):
        state = ", closed" if head.is_closed else ""
        typer.echo(f"{head.log}: {head.size} records, {head.signed_size} signed{state}")
        typer.echo(head.checkpoint or "(nothing signed yet)\n")


@log.command("resume")
def resume(by: By) -> None:
    """Close the log and begin another, after a database was put back that is older than what was signed.

    Its name says that it follows (2026-02 after 2026). What the older database lacks is lost, and receipts of it prove
    that it is.
    """
    change("log.resume", _begin_anew, by=by)
    Anchors(Settings.from_environment(os.environ).keys_dir).forget_all()


@log.command("continue")
def go_on(by: By) -> None:
    """Go on with the same log after a backup was put back, because nothing was signed after it.

    Refused when the file beside the key remembers more. What only a witness remembers stops the signing later.
    """
    change("log.continue", _continue, by=by)


def witness(
    name: Annotated[str, typer.Option(help="What the witness calls itself, such as giamsat.tinh.gov.vn/w1.")],
    known: Annotated[list[str], typer.Option("--log", help="Key of a log to witness: name+id+key. Again for more.")],
    directory: Annotated[Path, typer.Option(help="Where its key and its book are kept.")] = Path("witness"),
    port: Annotated[int, typer.Option(help="The port on which it listens.")] = 8010,
    host: Annotated[str, typer.Option(help="The address on which it listens.")] = "127.0.0.1",
) -> None:
    """Witness a log: sign its checkpoints while it only grows. Better run by another agency (docs/log.md)."""
    try:
        keys = [read_key(one) for one in known]
    except NoteWrong as error:
        typer.echo(f"--log: {error}", err=True)
        raise typer.Exit(2) from error
    ensure_directory(directory)
    create_once(directory / "witness.key", lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    desk = WitnessDesk(
        name=name,
        private=Ed25519PrivateKey.from_private_bytes(read_private(directory / "witness.key")),
        logs=_by_origin(keys),
        book=WitnessBook(directory / "witness.db"),
        clock=clock,
    )
    typer.echo(f"Witness {desk.key.written()} on http://{host}:{port}")
    uvicorn.run(witness_application(desk), host=host, port=port, log_config=None, server_header=False)


def _by_origin(keys: list[NoteKey]) -> dict[str, list[NoteKey]]:
    found: dict[str, list[NoteKey]] = {}
    for key in keys:
        found.setdefault(key.name, []).append(key)
    return found


async def _current_log(session: AsyncSession) -> str:
    return await log_of(await session.connection(), clock())


async def _heads(session: AsyncSession) -> list[Head]:
    return await heads_of(await session.connection())


async def _begin_anew(session: AsyncSession, by: Actor) -> Change:
    connection = await session.connection()
    restore = await undecided_restore(connection)
    former = await log_of(connection, by.at)
    try:
        remembered = Anchors(Settings.from_environment(os.environ).keys_dir).logs()
        follower = await begin_anew(connection, by.at, is_restored=restore is not None, remembered=remembered)
    except LogBroken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    await decide(connection, Decision.RESUMED)
    return Change("log", follower, before=former, after=follower, state=_told(restore))


async def _continue(session: AsyncSession, by: Actor) -> Change:
    connection = await session.connection()
    restore = await undecided_restore(connection)
    if restore is None:
        typer.echo("no backup was put back about which somebody had to decide: lienthong log show", err=True)
        raise typer.Exit(1)
    settings = Settings.from_environment(os.environ)
    newer = await _signed_since(connection, Anchors(settings.keys_dir), ensure_log_key(settings.keys_dir))
    if newer:
        typer.echo(newer, err=True)
        raise typer.Exit(1)
    await decide(connection, Decision.CONTINUED)
    log_name = await log_of(connection, by.at)
    return Change("log", log_name, before=log_name, after=log_name, state=_told(restore))


async def _signed_since(connection: AsyncConnection, anchors: Anchors, key: LogKey) -> str:
    """Return what says that more was signed than this database holds, empty when nothing says so."""
    for name in anchors.logs():
        head = await head_of(connection, name)
        try:
            signed = key.read(anchors.last(name)).size
        except SigningRefused as error:
            return str(error)
        here = head.size if head is not None else 0
        if signed > here:
            return (
                f"of log {name}, {signed} records were signed and {here} are here: put back a newer backup, or begin "
                "another log with lienthong log resume"
            )
    return ""


def _told(restore: Restore | None) -> str:
    """Return which backup a decision is about: the beginning of its manifest's digest."""
    return "" if restore is None else f"backup {restore.backup[:16]}"
