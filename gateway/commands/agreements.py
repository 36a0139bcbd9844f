"""How does an operator keep agreements from the command line?"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreement_lists, agreement_signatures, agreement_views
from catalog import agreements as nouns
from catalog.agreement_differences import Difference, differences
from catalog.agreement_lists import AgreementFilter
from catalog.agreement_proposals import propose_terms
from catalog.agreements import PROVINCE_TIME
from catalog.changes import Actor
from catalog.databases import show_database
from catalog.errors import NotThere
from catalog.purposes import list_purposes
from catalog.services import latest_version, show_service
from catalog.states import AgreementState, Side
from catalog.systems import show_system
from catalog.terms import AgreementTerms, LegalBasis
from gateway import agreement_deeds as deeds
from gateway.commands.changing import By, change, load, open_signer, read, show
from security.signatures import Signer

agreements = typer.Typer(name="agreements", help="Draft, decide, suspend and end agreements.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the agreement.")]
Version = Annotated[int, typer.Option(help="Which version.")]


@agreements.command("list")
def list_some(
    state: Annotated[AgreementState | None, typer.Option(help="Only those that stand so.")] = None,
    words: Annotated[str, typer.Option(help="Words of the code, the database or a party.")] = "",
    expiring_days: Annotated[int | None, typer.Option(help="Only those that end within so many days.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 1000,
) -> None:
    """List agreements with the version that counts and its state, the one changed last first."""
    today = datetime.now(PROVINCE_TIME).date()
    wanted = AgreementFilter(
        state=state,
        words=words,
        expiring_by=None if expiring_days is None else today + timedelta(days=expiring_days),
    )
    found = read(lambda session: agreement_lists.list_agreements(session, wanted, descending=True, limit=limit))
    for line in found:
        until = f"{line.valid_until}" if line.valid_until else ""
        typer.echo(f"{line.code}\tv{line.version}\t{line.state}\t{until}\t{line.consumer_agency} <- {line.database}")


@agreements.command("show")
def show_one(code: Code) -> None:
    """Print an agreement with all its versions as JSON."""
    show(read(lambda session: agreement_views.show_agreement(session, code)))


@agreements.command()
def verify(code: Code) -> None:
    """Check the signatures of all versions with this platform's keys; ends with 1 when one does not hold."""
    signer = open_signer()
    view = read(lambda session: agreement_views.show_agreement(session, code))
    signed = read(lambda session: agreement_signatures.signatures_of(session, code))
    broken = 0
    for version in view.versions:
        for one in deeds.check_signatures(version, signed.get(version.version, ()), code=code, signer=signer):
            broken += not one.holds
            says = "holds" if one.holds else f"DOES NOT HOLD: {one.fault_en}"
            who = one.signature.signer_name or one.signature.signer
            typer.echo(f"v{version.version}\t{one.signature.side}\t{one.signature.act}\t{who}\t{says}")
        if not version.intact:
            broken += 1
            typer.echo(f"v{version.version}\tthe terms kept are not those that their digest was made of")
    if broken:
        raise typer.Exit(1)


@agreements.command()
def compare(
    code: Code,
    old: Annotated[int, typer.Option("--from", help="Which version.")],
    new: Annotated[int, typer.Option("--to", help="With which other.")],
) -> None:
    """Say what one version allows that another does not."""

    async def work(session: AsyncSession) -> tuple[Difference, ...]:
        terms = [
            msgspec.json.decode(
                await agreement_views.terms_of_version(session, code, version=version), type=AgreementTerms
            )
            for version in (old, new)
        ]
        return differences(terms[0], terms[1])

    for one in read(work):
        typer.echo(f"{one.direction}\t{one.about}\t{one.what_vi}\t{one.was_vi} -> {one.now_vi}")


@agreements.command()
def propose(
    database: Annotated[str, typer.Argument(help="Code of the database.")],
    service: Annotated[str, typer.Argument(help="Code of the service.")],
    system: Annotated[str, typer.Option(help="Code of the system that will call (`lienthong systems list`).")],
    code: Annotated[str, typer.Option(help="Code of the new agreement.")],
    purpose: Annotated[list[str], typer.Option(help="Code of a purpose; a wrong one lists those that there are.")],
    basis: Annotated[str, typer.Option(help="The document that allows the sharing.")],
    version: Annotated[int, typer.Option(help="Version of the service; by default the latest.")] = 0,
) -> None:
    """Print the terms of an agreement that does not exist yet: a file to read, change and `create`."""

    async def work(session: AsyncSession) -> AgreementTerms:
        latest = await latest_version(session, database, service)
        if latest is None:
            raise NotThere("service", f"{database}/{service}")
        known = [one.code for one in await list_purposes(session)]
        if unknown := sorted(set(purpose) - set(known)):
            raise NotThere("purpose", f"{', '.join(unknown)}; there are: {', '.join(known)}")
        chosen = await show_service(session, database, service, version=version) if version else latest
        return propose_terms(
            chosen.service,
            code,
            owner=(await show_database(session, database)).owner,
            consumer=(await show_system(session, system)).system.agency,
            system=system,
            purposes=purpose,
            legal_basis=LegalBasis(document=basis),
            today=datetime.now(PROVINCE_TIME).date(),
        )

    show(read(work))


@agreements.command()
def create(file: Annotated[Path, typer.Argument(help="Terms as JSON.")], by: By) -> None:
    """Draft a new agreement from its terms."""
    terms = load(file, AgreementTerms)
    change("draft", lambda session, actor: nouns.create_draft(session, terms, by=actor), by=by)


@agreements.command()
def revise(file: Annotated[Path, typer.Argument(help="Terms as JSON.")], by: By) -> None:
    """Write the next version: a narrower one is in force at once, any other is a draft to approve."""
    terms = load(file, AgreementTerms)
    signer = open_signer()
    change("new-version", lambda s, actor: deeds.new_version(s, terms, pen=_pen(signer, actor)), by=by)


@agreements.command()
def submit(code: Code, version: Version, by: By) -> None:
    """Ask the provider to decide about a version."""
    signer = open_signer()
    change("submit", lambda s, actor: deeds.submit(s, code, version=version, pen=_pen(signer, actor)), by=by)


@agreements.command()
def approve(code: Code, version: Version, by: By) -> None:
    """Approve a submitted version; never the one who wrote or submitted it."""
    signer = open_signer()
    change("approve", lambda s, actor: deeds.approve(s, code, version=version, pen=_pen(signer, actor)), by=by)


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
    signer = open_signer()
    change("activate", lambda s, actor: deeds.activate(s, code, version=version, pen=_pen(signer, actor)), by=by)


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
    change("resume", lambda session, actor: nouns.resume(session, code, side=side, by=actor), by=by)


@agreements.command()
def end(code: Code, by: By) -> None:
    """End the agreement for good."""
    change("end", lambda session, actor: nouns.end(session, code, by=actor), by=by)


def _pen(signer: Signer, actor: Actor) -> deeds.Pen:
    return deeds.Pen(signer, actor, "command")
