"""How does an operator keep systems, their keys and secrets from the command line?"""

from pathlib import Path
from typing import Annotated

import typer

from catalog import systems as nouns
from catalog.descriptions import SystemDescription
from catalog.errors import ContentInvalid
from gateway.api.systems import thumbprint
from gateway.commands.changing import By, change, load, read, show
from security.staff import new_token

systems = typer.Typer(name="systems", help="Keep the systems that call, their keys and secrets.", no_args_is_help=True)
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
def rotate_secret(code: Code, by: By) -> None:
    """Give a legacy system a new secret, printed this once; the old one ends."""
    secret, key_id = new_token(), new_token().digest[:32]
    change(
        "rotate-secret",
        lambda session, actor: nouns.replace_secret(session, code, key_id=key_id, secret_hash=secret.digest, by=actor),
        by=by,
    )
    typer.echo(secret.clear)


@systems.command("revoke-key")
def revoke_key(code: Code, key_id: Annotated[str, typer.Argument(help="Id of the key.")], by: By) -> None:
    """End a key or secret at once."""
    change("revoke-key", lambda session, actor: nouns.revoke_key(session, code, key_id, by=actor), by=by)


@systems.command()
def suspend(code: Code, by: By) -> None:
    """Let a system call no more."""
    change("suspend", lambda session, _: nouns.suspend_system(session, code), by=by)


@systems.command()
def resume(code: Code, by: By) -> None:
    """Let a suspended system call again."""
    change("resume", lambda session, _: nouns.resume_system(session, code), by=by)
