"""How does an operator keep systems, their keys and secrets from the command line?"""

from pathlib import Path
from typing import Annotated

import typer

from catalog import systems as nouns
from catalog.descriptions import SystemDescription
from catalog.errors import ContentInvalid
from catalog.states import Side
from gateway.api.systems import overlap_end, read_moment, thumbprint
from gateway.commands.changing import By, change, load, open_sealer, read, show
from security.staff import new_token

systems = typer.Typer(name="systems", help="Keep the systems that call, their keys and secrets.", no_args_is_help=True)
OldFor = Annotated[int, typer.Option("--old-for-hours", help="How many hours the old secret still holds (0 to 720).")]
For = Annotated[Side, typer.Option(help="On whose behalf: the platform, or as its agency (consumer).")]
Code = Annotated[str, typer.Argument(help="Code of the system; it is its client_id.")]


@systems.command("list")
def list_all() -> None:
    """List all systems with their agencies."""
    for system in read(nouns.list_systems):
        typer.echo(f"{system.code}\t{system.agency}\t{system.name_vi}")


@systems.command("show")
def show_one(code: Code) -> None:
    """Print a system and what may be known of its keys as JSON."""
    show(read(lambda session: nouns.show_system(session, code)))


@systems.command()
def add(file: Annotated[Path, typer.Argument(help="The system as JSON.")], by: By) -> None:
    """Add a system."""
    system = load(file, SystemDescription)
    change("add", lambda session, actor: nouns.add_system(session, system, by=actor), by=by)


@systems.command("add-key")
def add_key(code: Code, file: Annotated[Path, typer.Argument(help="The public key as a JWK.")], by: By) -> None:
    """Add a public key with which the system signs its assertions."""
    try:
        jwk = file.read_bytes()
        key_id = thumbprint(jwk)
    except (OSError, ContentInvalid) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from error
    change("add-key", lambda session, actor: nouns.add_key(session, code, key_id=key_id, jwk=jwk, by=actor), by=by)
    typer.echo(key_id)


@systems.command("rotate-secret")
def rotate_secret(code: Code, by: By, old_for_hours: OldFor = 0) -> None:
    """Give a legacy system a new secret, printed this once; the old one ends."""
    secret, key_id = new_token(), new_token().digest[:32]
    change(
        "rotate-secret",
        lambda session, actor: nouns.replace_secret(
            session,
            code,
            key_id=key_id,
            secret_hash=secret.digest,
            by=actor,
            old_until=overlap_end(actor.at, old_for_hours),
        ),
        by=by,
    )
    typer.echo(secret.clear)


@systems.command("rotate-digest-secret")
def rotate_digest_secret(
    code: Code,
    by: By,
    old_for_hours: OldFor = 0,
    expires_at: Annotated[str, typer.Option(help="Until when it holds (ISO 8601); empty: until revoked.")] = "",
) -> None:
    """Give a legacy system a new secret for WS-Security PasswordDigest, printed this once; it is kept sealed."""
    secret, key_id = new_token().clear, new_token().digest[:32]
    sealed = open_sealer().seal(secret, system=code, key_id=key_id).sealed
    change(
        "rotate-digest-secret",
        lambda session, actor: nouns.replace_digest_secret(
            session,
            code,
            key_id=key_id,
            sealed=sealed,
            by=actor,
            old_until=overlap_end(actor.at, old_for_hours),
            expires_at=read_moment(expires_at),
        ),
        by=by,
    )
    typer.echo(secret)


@systems.command("revoke-key")
def revoke_key(code: Code, key_id: Annotated[str, typer.Argument(help="Id of the key.")], by: By) -> None:
    """End a key or secret at once."""
    change("revoke-key", lambda session, actor: nouns.revoke_key(session, code, key_id, by=actor), by=by)


@systems.command()
def suspend(code: Code, by: By, side: For = Side.PLATFORM) -> None:
    """Let a system call no more until this side resumes it."""
    change("suspend", lambda session, actor: nouns.suspend_system(session, code, side=side, by=actor), by=by)


@systems.command()
def resume(code: Code, by: By, side: For = Side.PLATFORM) -> None:
    """Lift this side's suspension."""
    change("resume", lambda session, _: nouns.resume_system(session, code, side=side), by=by)
