"""Over which addresses is an agreement read: its history and signatures, what differs, is unused, could come next?

Whoever may see an agreement may read all of this; nothing here changes anything.
"""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response

from catalog import agreement_views
from catalog.agreement_differences import differences
from catalog.agreement_files import show_file
from catalog.agreement_signatures import SignedAct, signatures_of
from catalog.agreement_views import AgreementView, VersionView
from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.states import Side
from gateway.agreement_deeds import check_signatures
from gateway.agreement_reviews import odrl_of, propose_narrowing, propose_upgrade
from gateway.api.agreements import seen_agreement
from gateway.api.control import Staff, control_of, document

router = APIRouter(prefix="/api/v1/agreements", tags=["agreements"])
_MOST_DAYS = 1000


@dataclass(frozen=True, slots=True)
class ShownSignature:
    """A signature of a version, with the JWS that anybody can check and what came of checking it here."""

    version: int
    side: Side
    act: SignedAct
    signer: str
    signer_name: str
    agency: str
    signed_at: datetime
    jws: str
    holds: bool
    fault_vi: str
    fault_en: str


@router.get("/{code}/history", summary="What was done to an agreement")
async def show_history(code: str, visit: Staff) -> Response:
    """Return what was done to an agreement, by whom and when, oldest first."""
    await seen_agreement(visit, code)
    async with visit.reading() as session:
        return document(await agreement_views.history_of(session, code))


@router.get("/{code}/signatures", summary="Who has signed, and whether it holds")
async def show_signatures(code: str, request: Request, visit: Staff) -> Response:
    """Return the signatures of all versions, each checked against the terms that are kept."""
    view = await seen_agreement(visit, code)
    async with visit.reading() as session:
        signed = await signatures_of(session, code)
    signer = control_of(request).signer
    return document(
        [
            ShownSignature(
                version.version,
                one.signature.side,
                one.signature.act,
                one.signature.signer,
                one.signature.signer_name,
                one.signature.agency,
                one.signature.signed_at,
                one.signature.jws,
                one.holds,
                one.fault_vi,
                one.fault_en,
            )
            for version in view.versions
            for one in check_signatures(version, signed.get(version.version, ()), code=code, signer=signer)
        ]
    )


@router.get("/{code}/versions/{version}/terms", summary="The terms, in the very bytes that are signed")
async def show_terms(code: str, version: int, visit: Staff) -> Response:
    """Return the canonical terms (RFC 8785) of a version: their SHA-256 is what signatures and records name."""
    await seen_agreement(visit, code)
    async with visit.reading() as session:
        content = await agreement_views.terms_of_version(session, code, version=version)
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/{code}/versions/{version}/odrl", summary="The terms as ODRL 2.2")
async def show_odrl(code: str, version: int, request: Request, visit: Staff) -> Response:
    """Return a version as ODRL 2.2 in JSON-LD, for another platform."""
    view = await seen_agreement(visit, code)
    found = next((one for one in view.versions if one.version == version), None)
    if found is None:
        raise NotThere("agreement version", f"{code}/v{version}")
    async with visit.reading() as session:
        content = await odrl_of(session, found, public_url=control_of(request).issuer)
    return Response(content, media_type="application/ld+json", headers={"Cache-Control": "no-store"})


@router.get("/{code}/differences", summary="What one version allows that another does not")
async def show_differences(code: str, request: Request, visit: Staff) -> Response:
    """Return the differences between the versions that `from` and `to` name."""
    view = await seen_agreement(visit, code)
    old, new = (version_of(view, request.query_params.get(name, ""), name=name) for name in ("from", "to"))
    return document(differences(old.terms, new.terms))


@router.get("/{code}/attachments/{digest}", summary="A file that belongs to the agreement")
async def show_attachment(code: str, digest: str, visit: Staff) -> Response:
    """Return a file that the terms of a version name."""
    view = await seen_agreement(visit, code)
    if not any(one.digest == digest for version in view.versions for one in version.terms.attachments):
        raise NotThere("file", digest)
    async with visit.reading() as session:
        found = await show_file(session, view.consumer_agency, digest)
    return Response(found.content, media_type=found.media_type, headers=attachment_headers(found.name))


@router.get("/{code}/upgrade", summary="The agreement about the newest version of its services")
async def show_upgrade(code: str, visit: Staff) -> Response:
    """Return the terms moved to the newest services, with what breaks; `null` where there is nothing newer."""
    view = await seen_agreement(visit, code)
    async with visit.reading() as session:
        return document(await propose_upgrade(session, view))


@router.get("/{code}/unused", summary="What of the agreement nobody has used")
async def show_unused(code: str, request: Request, visit: Staff) -> Response:
    """Return what was not used in the last `days` (90), and the terms without it; `null` where none is in force."""
    view = await seen_agreement(visit, code)
    days = request.query_params.get("days", "90")
    if not (days.isascii() and days.isdigit()) or not 0 < int(days) <= _MOST_DAYS:
        raise ContentInvalid([Fault("days", f"phải là số từ 1 đến {_MOST_DAYS}", f"must be 1 to {_MOST_DAYS}")])
    control = control_of(request)
    found = await propose_narrowing(control.database_url, view, days=int(days), now=control.clock())
    return document(found)


def version_of(view: AgreementView, text: str, *, name: str) -> VersionView:
    """Return the version whose number the text is. Raises ContentInvalid."""
    for version in view.versions:
        if text == str(version.version):
            return version
    raise ContentInvalid([Fault(name, "không có phiên bản này", "there is no such version")])


def attachment_headers(name: str) -> dict[str, str]:
    """Return the headers with which a file is saved and never shown in place, whatever a browser takes it for."""
    plain = name.encode("ascii", "replace").decode().replace('"', "_").replace("\\", "_").replace("?", "_")
    coded = "".join(f"%{byte:02X}" for byte in name.encode())
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
