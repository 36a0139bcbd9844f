"""How are sealed values of the record opened, where the recovery key is and the gateway is not?"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.inquiry.sealed import FORMAT, SealedFile
from security.audit.keyfiles import KeyUnusable
from security.audit.privacy import read_recovery_private_key, unseal


def reveal(
    file: Annotated[Path, typer.Argument(help="The file that was handed out.")],
    recovery_key: Annotated[Path, typer.Option("--recovery-key", help="The recovery key's private file.")],
) -> None:
    """Open sealed values of the record with the recovery key, offline: prints what each is of, and the clear value."""
    try:
        said = msgspec.json.decode(file.read_bytes(), type=SealedFile)
        key = read_recovery_private_key(recovery_key)
    except (OSError, msgspec.MsgspecError, KeyUnusable) as error:
        typer.echo(f"lienthong: {error}", err=True)
        raise typer.Exit(1) from error
    if said.format != FORMAT:
        typer.echo(f"lienthong: {file} is not of the form {FORMAT}", err=True)
        raise typer.Exit(1)
    for one in said.values:
        try:
            public = bytes.fromhex(one.ephemeral)
            clear = unseal(key, one.sealed, ephemeral_public=public, seq=one.seq, place=one.place)
        except (KeyUnusable, ValueError) as error:
            typer.echo(f"lienthong: {one.exchange} {one.stream} {one.seq}: {error}", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{one.exchange}\t{one.kind}\t{one.of}\t{clear}")
    for exchange in said.missing:
        typer.echo(f"{exchange}: missing: nothing, or not all that opens it, is in the database", err=True)
    for gone in said.erased:
        where = f"{gone.database} in {gone.month}" if gone.database else gone.month
        typer.echo(f"{gone.exchange}\t{gone.kind}\t{gone.of}: erased: the data key of {where} was destroyed", err=True)
