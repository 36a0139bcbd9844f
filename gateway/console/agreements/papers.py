"""How does an agreement leave the screen: compared, printed, as a letter of refusal, as a file, and what is advised?"""

from fastapi import APIRouter, Request, Response

from catalog.agreement_differences import differences, said_disclosure
from catalog.agreement_files import show_file
from catalog.agreement_views import VersionView
from catalog.errors import NotThere
from catalog.states import AgreementState
from gateway.agreement_reviews import odrl_of, propose_narrowing, propose_upgrade
from gateway.api.agreement_papers import attachment_headers
from gateway.console.agreements.pages import HERE, read_agreement
from gateway.console.agreements.rights import rights_of
from gateway.console.agreements.wording import ACTS, DIRECTIONS, SIDE_NAMES
from gateway.console.desk import Signed
from gateway.console.frame import options_of, render
from gateway.console.words import AGREEMENT_STATES, Words

router = APIRouter(prefix=HERE, include_in_schema=False)
REVIEW_DAYS = (30, 90, 180, 365)


@router.get("/{code}/compare")
async def compare(code: str, request: Request, desk: Signed) -> Response:
    """Show what one version allows that another does not."""
    members = request.query_params
    shown = await read_agreement(desk, code, members.get("to", ""))
    versions = shown.view.versions
    old, new = _chosen(versions, members.get("from", ""), shown.version)
    return render(
        request,
        "agreements/compare.html",
        desk=desk,
        shown=shown,
        old=old,
        new=new,
        differences=differences(old.terms, new.terms),
        directions=DIRECTIONS,
        version_options=options_of(
            (
                (str(one.version), Words(f"{one.version} – {said.vi}", f"{one.version} – {said.en}"))
                for one in versions
                for said in [AGREEMENT_STATES[one.state].words]
            ),
            request,
        ),
    )


@router.get("/{code}/print")
async def show_print(code: str, request: Request, desk: Signed) -> Response:
    """Show a version as it is printed, signed below."""
    shown = await read_agreement(desk, code, request.query_params.get("version", ""))
    return render(
        request,
        "agreements/print.html",
        desk=desk,
        shown=shown,
        shown_to_people=said_disclosure(shown.version.terms),
        states=AGREEMENT_STATES,
        acts=ACTS,
        side_names=SIDE_NAMES,
    )


@router.get("/{code}/letter")
async def show_letter(code: str, request: Request, desk: Signed) -> Response:
    """Show the letter by which a version was refused (NĐ 194/2025/NĐ-CP art. 16(2))."""
    shown = await read_agreement(desk, code, request.query_params.get("version", ""))
    if shown.version.state is not AgreementState.REFUSED:
        raise NotThere("refusal letter", f"{code}/v{shown.version.version}")
    return render(request, "agreements/letter.html", desk=desk, shown=shown)


@router.get("/{code}/attachments/{digest}")
async def show_attachment(code: str, digest: str, desk: Signed) -> Response:
    """Return a file that belongs to the agreement, to be saved."""
    shown = await read_agreement(desk, code)
    if not any(one.digest == digest for version in shown.view.versions for one in version.terms.attachments):
        raise NotThere("file", digest)
    async with desk.reading() as session:
        found = await show_file(session, shown.view.consumer_agency, digest)
    return Response(found.content, media_type=found.media_type, headers=attachment_headers(found.name))


@router.get("/{code}/odrl.jsonld")
async def show_odrl(code: str, request: Request, desk: Signed) -> Response:
    """Return a version as ODRL 2.2, to be saved."""
    shown = await read_agreement(desk, code, request.query_params.get("version", ""))
    async with desk.reading() as session:
        content = await odrl_of(session, shown.version, public_url=desk.control.issuer)
    headers = attachment_headers(f"{code}-v{shown.version.version}.jsonld")
    return Response(content, media_type="application/ld+json", headers=headers)


@router.get("/{code}/unused")
async def show_unused(code: str, request: Request, desk: Signed) -> Response:
    """Show what of the agreement nobody used, and propose to narrow it."""
    asked = request.query_params.get("days", "")
    days = int(asked) if asked in {str(one) for one in REVIEW_DAYS} else 90
    shown = await read_agreement(desk, code)
    control = desk.control
    found = await propose_narrowing(control.database_url, shown.view, days=days, now=desk.now)
    return render(
        request,
        "agreements/unused.html",
        desk=desk,
        shown=shown,
        found=found,
        days=days,
        day_options=[(str(one), f"{one}") for one in REVIEW_DAYS],
        rights=rights_of(desk, shown.view),
    )


@router.get("/{code}/upgrade")
async def show_upgrade(code: str, request: Request, desk: Signed) -> Response:
    """Show what the agreement would say about the newest version of its services."""
    shown = await read_agreement(desk, code)
    async with desk.reading() as session:
        found = await propose_upgrade(session, shown.view)
    return render(
        request,
        "agreements/upgrade.html",
        desk=desk,
        shown=shown,
        found=found,
        rights=rights_of(desk, shown.view),
    )


def _chosen(versions: tuple[VersionView, ...], old: str, new: VersionView) -> tuple[VersionView, VersionView]:
    """Return the two versions to compare: the one named, else the one before."""
    found = next((one for one in versions if str(one.version) == old), None)
    if old and found is None:
        raise NotThere("agreement version", old)
    before = [one for one in versions if one.version < new.version]
    return found or (before[-1] if before else new), new
