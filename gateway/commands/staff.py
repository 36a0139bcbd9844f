"""How does an operator give somebody access to the platform from the command line?

The first administrator can come in no other way; later the pages do the same.
"""

from typing import Annotated

import typer

from catalog import accounts, staffing
from catalog import staff as nouns
from gateway.commands.changing import By, change, read
from security.passwords import hash_password, new_initial_password
from security.staff import Role, new_token

staff = typer.Typer(name="staff", help="Keep the staff, their tokens and how they sign in.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the member of staff.")]


@staff.command("list")
def list_all() -> None:
    """List the staff."""
    for member in read(nouns.list_members):
        access = "\t(left)" if not member.active else "" if member.has_access else "\t(no token)"
        typer.echo(f"{member.code}\t{member.role}\t{member.agency}\t{member.name}{access}")


@staff.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="Name.")],
    role: Annotated[Role, typer.Option(help="Role.")],
    agency: Annotated[str, typer.Option(help="Code of the agency.")],
    by: By,
) -> None:
    """Add a member of the staff and print the token, this once."""
    member, token = nouns.StaffMember(code, name, role, agency, has_access=True), new_token()
    change("add", lambda s, actor: nouns.add_member(s, member, token_hash=token.digest, by=actor), by=by)
    typer.echo(token.clear)


@staff.command("replace-token")
def replace_token(code: Code, by: By) -> None:
    """Replace a member's token and print the new one, this once."""
    token = new_token()
    change("replace-token", lambda s, _: nouns.replace_token(s, code, token_hash=token.digest), by=by)
    typer.echo(token.clear)


@staff.command("withdraw-token")
def withdraw_token(code: Code, by: By) -> None:
    """Let a member in no more."""
    change("withdraw-token", lambda s, _: nouns.replace_token(s, code, token_hash=None), by=by)


@staff.command("set-password")
def set_password(code: Code, by: By) -> None:
    """Give a member an initial password and print it, this once; he replaces it when he signs in."""
    password = new_initial_password()
    hashed = hash_password(password)
    change("set-password", lambda s, _: accounts.set_password(s, code, password_hash=hashed, initial=True), by=by)
    typer.echo(password)


@staff.command("reset-device")
def reset_device(code: Code, by: By) -> None:
    """Take a member's device and recovery codes away; he sets a new one when he signs in."""
    change("reset-device", lambda s, _: accounts.reset_second_factor(s, code), by=by)


@staff.command()
def unlock(code: Code, by: By) -> None:
    """Let a member who typed wrong passwords try again at once."""
    change("unlock", lambda s, _: accounts.unlock(s, code), by=by)


@staff.command()
def deactivate(code: Code, by: By) -> None:
    """Let a member who leaves in no more, by token or console."""
    change("deactivate", lambda s, actor: staffing.deactivate_member(s, code, by=actor), by=by)


@staff.command()
def reinstate(code: Code, by: By) -> None:
    """Let a member who came back in again; his token stays withdrawn."""
    change("reinstate", lambda s, _: staffing.reinstate_member(s, code), by=by)
