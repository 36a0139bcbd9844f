"""How does anyone check, without trusting us, that the record is whole?"""

import base64
import hashlib
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from gateway.archive.files import INDEX_SUFFIX
from gateway.archive.reading import verify_archived, verify_with_archive
from gateway.exports.reading import verify_export
from security.audit.encode import moment_of
from security.audit.receipts import ReceiptForged, ReceiptUnreadable, read_receipt, verify_receipt
from security.audit.verify import DatabaseUnreadable, Report, Verdict, verify_database
from security.audit.verify_bundle import KeyUnusable, Trusted, Unusable, check_keys
from security.audit.verify_log import Known

audit = typer.Typer(name="audit", help="Verify the record of exchanges.", no_args_is_help=True)


@audit.callback()
def about_the_record() -> None:
    """Verify the record of exchanges."""


@audit.command("verify")
def verify(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="An evidence bundle or export (the ZIP, or where it was unpacked), or the directory of an archive.",
            show_default=False,
        ),
    ] = None,
    database: Annotated[str, typer.Option(help="sqlite:///path or postgresql://…", show_default=False)] = "",
    archive: Annotated[
        Path | None,
        typer.Option(help="With --database: where lies what was removed from it.", show_default=False),
    ] = None,
    log_key: Annotated[
        list[str] | None,
        typer.Option(help="The key of a log as you were given it (name+id+key); again for more.", show_default=False),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A file with a checkpoint that you have kept; again for more.", show_default=False),
    ] = None,
    witness_key: Annotated[
        list[str] | None,
        typer.Option(help="The key of a witness who must have signed; again for more.", show_default=False),
    ] = None,
    platform_keys: Annotated[
        Path | None,
        typer.Option(help="The platform's keys as you kept them (/.well-known/jwks.json).", show_default=False),
    ] = None,
) -> None:
    """Check every record, chain, exchange and log. Exit code: 0 whole, 1 tampered, 2 incomplete, 3 wrong usage.

    Checks a database (--database), an archive, or a bundle or export, as the verifier does that lies in every bundle.
    """
    if (path is None) == (not database) and archive is None:
        typer.echo("name a bundle or an archive, or --database, one of the two", err=True)
        raise typer.Exit(Verdict.USAGE)
    keys = {key.partition("+")[0]: key for key in log_key or ()}
    if archive is not None:
        if path is not None or not database or witness_key or platform_keys:
            typer.echo("--archive goes with --database: it has what was removed from it", err=True)
            raise typer.Exit(Verdict.USAGE)
        _verify_whole(database, archive, keys, checkpoint or [])
    if path is not None and path.is_dir() and any(path.glob(f"*{INDEX_SUFFIX}")):
        if witness_key or platform_keys:
            typer.echo("--witness-key and --platform-keys go with a bundle: an archive has neither", err=True)
            raise typer.Exit(Verdict.USAGE)
        _verify_archive(path, keys, checkpoint or [])
    if path is not None and checkpoint:
        typer.echo("--checkpoint goes with --database: a bundle has one checkpoint, and nothing to compare", err=True)
        raise typer.Exit(Verdict.USAGE)
    if path is not None:
        _verify_bundle(path, tuple(log_key or ()), tuple(witness_key or ()), platform_keys=platform_keys)
    try:
        report = verify_database(
            database,
            keys=keys,
            checkpoints=[path.read_text(encoding="utf-8") for path in checkpoint or ()],
        )
    except (DatabaseUnreadable, OSError, UnicodeDecodeError) as error:
        typer.echo(f"unreadable: {error}", err=True)
        raise typer.Exit(Verdict.USAGE) from error
    typer.echo(describe(report))
    raise typer.Exit(report.verdict)


@audit.command("receipt")
def check_receipt(
    path: Annotated[Path, typer.Argument(help="A file with the value of Exchange-Receipt.")],
    platform_keys: Annotated[Path, typer.Option(help="The platform's keys as you kept them (/.well-known/jwks.json).")],
    body: Annotated[
        Path | None, typer.Option(help="A file with the answer's body, byte for byte.", show_default=False)
    ] = None,
) -> None:
    """Check, offline, that a receipt is the platform's. Exit code: 0 it is, 1 it is not, 3 wrong usage.

    Whether its promise was kept only the log can tell: `POST /log/v1/receipts`, or the page /log/receipt.
    """
    try:
        keys = _receipt_keys(platform_keys.read_bytes())
        receipt = read_receipt(path.read_text(encoding="ascii"))
        held = body.read_bytes() if body is not None else None
    except (OSError, UnicodeDecodeError, ReceiptUnreadable, msgspec.MsgspecError, ValueError) as error:
        typer.echo(f"unreadable: {error}", err=True)
        raise typer.Exit(Verdict.USAGE) from error
    says = receipt.statement
    try:
        verify_receipt(receipt, keys)
    except (ReceiptForged, ReceiptUnreadable) as error:
        typer.echo(f"NOT A RECEIPT OF THIS PLATFORM: {error}")
        raise typer.Exit(Verdict.TAMPERED) from error
    if held is not None and hashlib.sha256(held).hexdigest() != says.response:
        typer.echo("THE BODY IS NOT THE ONE THAT WAS ANSWERED WITH")
        raise typer.Exit(Verdict.TAMPERED)
    typer.echo(f"promised by {receipt.signed.iss}: exchange {says.exchange}, {says.stream} number {says.seq}")
    typer.echo(f"at {moment_of(says.at_us).isoformat()}, leaf {says.leaf}")


class _Jwk(msgspec.Struct):
    kid: str
    kty: str
    crv: str = ""
    x: str = ""


class _Jwks(msgspec.Struct):
    keys: list[_Jwk]


def _receipt_keys(jwks: bytes) -> dict[str, bytes]:
    """Return the Ed25519 keys of a JWK Set, by their `kid`."""
    found = msgspec.json.decode(jwks, type=_Jwks).keys
    return {
        one.kid: base64.urlsafe_b64decode(one.x + "=" * (-len(one.x) % 4))
        for one in found
        if (one.kty, one.crv) == ("OKP", "Ed25519")
    }


def _verify_whole(database: str, directory: Path, keys: dict[str, str], checkpoints: list[Path]) -> NoReturn:
    """Verify a database together with the archive of what was removed from it."""
    try:
        kept = [path.read_text(encoding="utf-8") for path in checkpoints]
        report, archived = verify_with_archive(database, directory, Known(keys, kept))
    except (DatabaseUnreadable, OSError, UnicodeDecodeError) as error:
        typer.echo(f"unreadable: {error}", err=True)
        raise typer.Exit(Verdict.USAGE) from error
    bad = archived.finding
    if bad is not None:
        typer.echo(f"FIRST BAD PLACE of the archive: {bad.stream}, number {bad.seq}: {bad.what}")
        typer.echo("TAMPERED")
        raise typer.Exit(Verdict.TAMPERED)
    typer.echo(f"archive: files {archived.files}, records {archived.records}")
    typer.echo(describe(report))
    raise typer.Exit(report.verdict)


def _verify_archive(path: Path, keys: dict[str, str], checkpoints: list[Path]) -> NoReturn:
    try:
        report = verify_archived(path, Known(keys, [one.read_text(encoding="utf-8") for one in checkpoints]))
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"unreadable: {error}", err=True)
        raise typer.Exit(Verdict.USAGE) from error
    for name, (first, end) in report.reaches.items():
        typer.echo(f"log {name}: records {first} to {end - 1}")
    typer.echo(f"files {report.files}, records {report.records}")
    if not keys:
        typer.echo("ATTENTION: no --log-key was given; the files' own key shows less (docs/retention.md)")
    if report.finding is not None:
        bad = report.finding
        typer.echo(f"FIRST BAD PLACE: {bad.stream}, number {bad.seq}: {bad.what}")
    typer.echo("whole" if report.finding is None else "TAMPERED")
    raise typer.Exit(Verdict.OK if report.finding is None else Verdict.TAMPERED)


def _verify_bundle(
    path: Path, log_keys: tuple[str, ...], witness_keys: tuple[str, ...], *, platform_keys: Path | None
) -> NoReturn:
    try:
        check_keys((*log_keys, *witness_keys))
        jwks = platform_keys.read_text(encoding="utf-8") if platform_keys is not None else ""
        report = verify_export(path, Trusted(log_keys, witness_keys, jwks))
    except (Unusable, KeyUnusable, OSError, UnicodeDecodeError) as error:
        typer.echo(f"unreadable: {error}", err=True)
        raise typer.Exit(Verdict.USAGE) from error
    typer.echo(report.describe())
    raise typer.Exit(report.verdict)


def describe(report: Report) -> str:
    """Return the report in lines for people."""
    lines = [
        f"records {report.records}, streams {report.streams}, exchanges {report.exchanges}, pending {report.pending}, "
        f"in the log {report.logged}"
    ]
    lines += [
        f"only in the archive: {report.absent.get((one.log, one.first), 0)} of the records {one.first} to "
        f"{one.end - 1} of log {one.log} ({one.month}), file SHA-256 {one.file}"
        for one in report.removed
    ]
    bad = report.finding
    if bad is not None:
        lines.append(f"FIRST BAD PLACE: {bad.stream}, number {bad.seq}: {bad.what}")
    lines.append({0: "whole", 1: "TAMPERED", 2: "incomplete: exchanges are still open"}[report.verdict])
    return "\n".join(lines)
