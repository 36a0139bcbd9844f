"""Over which addresses are systems, their keys and secrets kept?"""

from datetime import datetime, timedelta

import msgspec
from fastapi import APIRouter, Request, Response
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from catalog import systems
from catalog.changes import Change
from catalog.descriptions import SystemDescription
from catalog.errors import ContentInvalid, Fault
from catalog.states import Side
from gateway.api.control import Staff, Visit, document, read_document
from gateway.api.documents import DigestSecretDocument, KeyDocument, SecretDocument, takes
from security.staff import Permission, new_token

router = APIRouter(prefix="/api/v1/systems", tags=["systems"])


class NewSecret(msgspec.Struct, frozen=True):
    """A secret, shown this once."""

    client_id: str
    client_secret: str
    change: Change


class NewDigestSecret(msgspec.Struct, frozen=True):
    """A secret for digests, shown this once, and the id under which records name it."""

    username: str
    password: str
    key_id: str
    change: Change


@router.get("", summary="The systems that you may see")
async def list_systems(visit: Staff) -> Response:
    """Return the systems of the agencies that the caller may see, by code."""
    async with visit.reading() as session:
        found = await systems.list_systems(session)
    return document([one for one in found if visit.may(Permission.SYSTEM_READ, one.agency)])


@router.get("/{code}", summary="One system")
async def show_system(code: str, visit: Staff) -> Response:
    """Return a system with its keys; neither keys nor secrets are shown."""
    return document(await _seen(visit, code))


@router.post("", summary="Add a system", status_code=201, openapi_extra=takes(SystemDescription))
async def add_system(request: Request, visit: Staff) -> Response:
    """Add a system of an agency; it needs a key or a secret before it can call. Only some may mark it legacy."""
    system = await read_document(request, SystemDescription)
    visit.require(Permission.SYSTEM_CREATE, system.agency)
    if system.legacy:
        visit.require(Permission.SYSTEM_LEGACY, system.agency)
    change = await visit.change("add", lambda session: systems.add_system(session, system, by=visit.actor))
    return document(change, status=201)


@router.post("/{code}/keys", summary="Add a public key", status_code=201, openapi_extra=takes(KeyDocument))
async def add_key(code: str, request: Request, visit: Staff) -> Response:
    """Add a public key (JWK); its id is its thumbprint (RFC 7638)."""
    await _require(visit, code, Permission.SYSTEM_KEYS)
    key = await read_document(request, KeyDocument)
    jwk, key_id, expires_at = bytes(key.jwk), thumbprint(bytes(key.jwk)), read_moment(key.expires_at)
    change = await visit.change(
        "add-key",
        lambda session: systems.add_key(session, code, key_id=key_id, jwk=jwk, by=visit.actor, expires_at=expires_at),
    )
    return document({"key_id": key_id, "change": change}, status=201)


@router.post("/{code}/keys/{key_id}/revoke", summary="Revoke a key or secret")
async def revoke_key(code: str, key_id: str, visit: Staff) -> Response:
    """End a key or secret at once."""
    await _require(visit, code, Permission.SYSTEM_KEYS)
    change = await visit.change("revoke-key", lambda session: systems.revoke_key(session, code, key_id, by=visit.actor))
    return document(change)


@router.post("/{code}/secret", summary="Give a legacy system a new secret", openapi_extra=takes(SecretDocument))
async def rotate_secret(code: str, request: Request, visit: Staff) -> Response:
    """Make a new client secret and show it this once."""
    await _require(visit, code, Permission.SYSTEM_KEYS)
    asked = await read_document(request, SecretDocument)
    old_until = overlap_end(visit.actor.at, asked.old_for_hours)
    secret, key_id = new_token(), new_token().digest[:32]
    change = await visit.change(
        "rotate-secret",
        lambda session: systems.replace_secret(
            session, code, key_id=key_id, secret_hash=secret.digest, by=visit.actor, old_until=old_until
        ),
    )
    return document(NewSecret(code, secret.clear, change))


@router.post(
    "/{code}/digest-secret",
    summary="Give a legacy system a new secret for WS-Security digests",
    openapi_extra=takes(DigestSecretDocument),
)
async def rotate_digest_secret(code: str, request: Request, visit: Staff) -> Response:
    """Make a new secret for PasswordDigest and show it this once; it is kept sealed, not hashed."""
    await _require(visit, code, Permission.SYSTEM_SEALED_KEYS)
    asked = await read_document(request, DigestSecretDocument)
    old_until, expires_at = overlap_end(visit.actor.at, asked.old_for_hours), read_moment(asked.expires_at)
    secret, key_id = new_token().clear, new_token().digest[:32]
    sealed = visit.sealer.seal(secret, system=code, key_id=key_id).sealed
    change = await visit.change(
        "rotate-digest-secret",
        lambda session: systems.replace_digest_secret(
            session, code, key_id=key_id, sealed=sealed, by=visit.actor, old_until=old_until, expires_at=expires_at
        ),
    )
    return document(NewDigestSecret(code, secret, key_id, change))


@router.post("/{code}/suspend", summary="Suspend a system")
async def suspend_system(code: str, visit: Staff) -> Response:
    """Let a system call no more, until the same side resumes it: its agency, or whoever may do so for the province."""
    await _require(visit, code, Permission.SYSTEM_SUSPEND)
    side = side_of(visit)
    return document(
        await visit.change("suspend", lambda session: systems.suspend_system(session, code, side=side, by=visit.actor))
    )


@router.post("/{code}/resume", summary="Resume a system")
async def resume_system(code: str, visit: Staff) -> Response:
    """Lift what the caller's side suspended; the system calls again when the other side has not suspended it."""
    await _require(visit, code, Permission.SYSTEM_SUSPEND)
    side = side_of(visit)
    return document(await visit.change("resume", lambda session: systems.resume_system(session, code, side=side)))


def side_of(visit: Visit) -> Side:
    """Return for which side the caller suspends systems: the platform's where he may for all of them."""
    return Side.PLATFORM if visit.may(Permission.SYSTEM_SUSPEND) else Side.CONSUMER


def thumbprint(jwk: bytes) -> str:
    """Return the SHA-256 thumbprint (RFC 7638) of a key. Raises ContentInvalid for what is no key."""
    try:
        return import_key(msgspec.json.decode(jwk, type=dict[str, str | list[str]])).thumbprint()
    except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
        raise ContentInvalid([Fault("jwk", "không phải khóa JWK", "is not a JWK (RFC 7517)")]) from error


def overlap_end(now: datetime, hours: int) -> datetime | None:
    """Return until when old secrets hold beside a new one, None for not at all. Raises ContentInvalid."""
    if not 0 <= hours <= 24 * 30:
        raise ContentInvalid([Fault("old_for_hours", "từ 0 đến 720 giờ", "0 to 720 hours")])
    return now + timedelta(hours=hours) if hours else None


def read_moment(text: str) -> datetime | None:
    """Return the moment that `text` names, None for an empty text. Raises ContentInvalid."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ContentInvalid([Fault("expires_at", "phải theo ISO 8601", "must be ISO 8601")]) from error
    return moment


async def _seen(visit: Visit, code: str) -> systems.SystemView:
    async with visit.reading() as session:
        found = await systems.show_system(session, code)
    visit.require_sight(Permission.SYSTEM_READ, found.system.agency)
    return found


async def _require(visit: Visit, code: str, permission: Permission) -> None:
    visit.require(permission, (await _seen(visit, code)).system.agency)
