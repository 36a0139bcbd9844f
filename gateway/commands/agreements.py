"""How does an operator keep agreements from the command line?"""

from pathlib import Path
from typing import Annotated

import typer

from catalog import agreement_views
from catalog import agreements as nouns
from catalog.states import Side
from catalog.terms import AgreementTerms
from gateway.commands.changing import By, change, load, read, show

agreements = typer.Typer(name="agreements", help="Draft, decide, suspend and end agreements.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the agreement.")]
Version = Annotated[int, typer.Option(help="Which version.")]


@agreements.command("list")
def list_all() -> None:
    """List all agreements with the version that counts and its state."""
    for line in read(agreement_views.list_agreements):
        typer.echo(f"{line.code}\tv{line.version}\t{line.state}\t{line.consumer_agency} <- {line.database}")


@agreements.command("show")
def show_one(code: Code) -> None:
    """Print an agreement with all its versions as JSON."""
    show(read(lambda session: agreement_views.show_agreement(session, code)))


@agreements.command()
def create(file: Annotated[Path, typer.Argument(help="Terms as JSON.")], by: By) -> None:
    """Draft a new agreement from its terms."""
    terms = load(file, AgreementTerms)
    change("draft", lambda session, actor: nouns.create_draft(session, terms, by=actor), by=by)


@agreements.command()
def revise(file: Annotated[Path, typer.Argument(help="Terms as JSON.")], by: By) -> None:
    """Write the next version: a narrower one is in force at once, any other is a draft to approve."""
    terms = load(file, AgreementTerms)
    change("new-version", lambda session, actor: nouns.new_version(session, terms, by=actor), by=by)


@agreements.command()
def submit(code: Code, version: Version, by: By) -> None:
    """Ask the provider to decide about a version."""
    change("submit", lambda session, actor: nouns.submit(session, code, version=version, by=actor), by=by)


@agreements.command()
def approve(code: Code, version: Version, by: By) -> None:
    """Approve a submitted version; never the one who wrote or submitted it."""
    change("approve", lambda session, actor: nouns.approve(session, code, version=version, by=actor), by=by)


@agreements.command("return")
def return_version(
    code: Code, version: Version, note: Annotated[str, typer.Option(help="What is missing.")], by: By
) -> None:
    """Hand a submitted version back."""
    change(
        "return",
        lambda session, actor: nouns.return_for_changes(session, code, version=version, note=note, by=actor),
        by=by,
    )


@agreements.command()
def refuse(
    code: Code,
    version: Version,
    note: Annotated[str, typer.Option(help="Why.")],
    legal_ground: Annotated[str, typer.Option(help="Which provision limits the sharing.")],
    by: By,
) -> None:
    """Refuse a submitted version for good."""
    change(
        "refuse",
        lambda session, actor: nouns.refuse(
            session, code, version=version, note=note, legal_ground=legal_ground, by=actor
        ),
        by=by,
    )


@agreements.command()
def activate(code: Code, version: Version, by: By) -> None:
    """Put an approved version into force."""
    change("activate", lambda session, actor: nouns.activate(session, code, version=version, by=actor), by=by)


@agreements.command()
def suspend(
    code: Code,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By,
    side: Annotated[Side, typer.Option(help="On whose behalf.")] = Side.PLATFORM,
) -> None:
    """Let nobody call under the agreement until this side resumes it."""
    change(
        "suspend",
        lambda session, actor: nouns.suspend(session, code, side=side, reason=reason, by=actor),
        by=by,
    )


@agreements.command()
def resume(code: Code, by: By, side: Annotated[Side, typer.Option(help="On whose behalf.")] = Side.PLATFORM) -> None:
    """Lift this side's suspension."""
    change("resume", lambda session, _: nouns.resume(session, code, side=side), by=by)


@agreements.command()
def end(code: Code, by: By) -> None:
    """End the agreement for good."""
    change("end", lambda session, actor: nouns.end(session, code, by=actor), by=by)
