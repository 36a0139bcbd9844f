"""How does an operator give somebody access to the platform from the command line?"""

from typing import Annotated

import typer

from catalog import staff as nouns
from gateway.commands.changing import By, change, read
from security.staff import Role, new_token

staff = typer.Typer(name="staff", help="Keep the staff and their tokens.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the member of staff.")]


@staff.command("list")
def list_all() -> None:
    """List the staff."""
    for member in read(nouns.list_members):
        access = "" if member.has_access else "\t(no access)"
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
