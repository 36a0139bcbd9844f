"""How does anyone check, without trusting us, that the record is whole?"""

from typing import Annotated

import typer

from security.audit.verify import DatabaseUnreadable, Report, Verdict, verify_database

audit = typer.Typer(name="audit", help="Verify the record of exchanges.", no_args_is_help=True)


@audit.callback()
def about_the_record() -> None:
    """Verify the record of exchanges."""


@audit.command("verify")
def verify(
    database: Annotated[str, typer.Option(help="sqlite:///path or postgresql://…", show_default=False)] = "",
) -> None:
    """Check every record, chain and exchange. Exit code: 0 whole, 1 tampered, 2 incomplete, 3 wrong usage."""
    try:
        report = verify_database(database)
    except DatabaseUnreadable as error:
        typer.echo(f"unreadable: {error}", err=True)
        raise typer.Exit(Verdict.USAGE) from error
    typer.echo(describe(report))
    raise typer.Exit(report.verdict)


def describe(report: Report) -> str:
    """Return the report in lines for people."""
    lines = [
        f"records {report.records}, streams {report.streams}, exchanges {report.exchanges}, pending {report.pending}"
    ]
    bad = report.finding
    if bad is not None:
        lines.append(f"FIRST BAD PLACE: stream {bad.stream}, seq {bad.seq}: {bad.what}")
    lines.append({0: "whole", 1: "TAMPERED", 2: "incomplete: exchanges are still open"}[report.verdict])
    return "\n".join(lines)
