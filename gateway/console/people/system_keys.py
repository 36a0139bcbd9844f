"""How does a system get what it proves itself with: public keys, and where it is legacy, secrets shown once?"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from fastapi import APIRouter, Request, Response

from catalog import systems
from catalog.changes import Change
from catalog.errors import ContentInvalid, Fault, NotThere
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import PROVINCE_ZONE, language_of, redirect, render
from gateway.console.people.systems import HERE, KEY_KINDS, seen
from gateway.console.words import Words
from gateway.publickeys import read_public_key
from security.staff import Permission, new_token

router = APIRouter(prefix="/console/systems/{code}", include_in_schema=False)
_USUAL_LIFE = timedelta(days=365)
_LONGEST_LIFE = timedelta(days=3 * 366)
_KEEP = "keep"
OVERLAPS: Mapping[str, Words] = {
    "0": Words("Hết hiệu lực ngay", "End at once"),
    "24": Words("Dùng thêm 1 ngày", "Good for another day"),
    "168": Words("Dùng thêm 7 ngày", "Good for another 7 days"),
    "720": Words("Dùng thêm 30 ngày", "Good for another 30 days"),
}


@router.get("/keys/new")
async def show_new_key(code: str, request: Request, desk: Signed) -> Response:
    """Ask for a public key."""
    view = await seen(desk, code, Permission.SYSTEM_KEYS)
    desk.require_recent_proof()
    expires = (desk.now + _USUAL_LIFE).astimezone(PROVINCE_ZONE).date().isoformat()
    return _key_page(request, desk, view, form=Form({"expires_on": (expires,), "old": (_KEEP,)}))


@router.post("/keys/new")
async def take_new_key(code: str, request: Request, desk: Signed) -> Response:
    """Add a public key, beside the old ones or in their place."""
    form = await desk.read_form(request)
    view = await seen(desk, code, Permission.SYSTEM_KEYS)
    desk.require_recent_proof()
    done = await attempted(_add_key(desk, code, form))
    if isinstance(done, Refused):
        return _key_page(request, desk, view, form=form, refused=done)
    return redirect(f"{HERE}/{code}")


@router.get("/keys/{key_id}/revoke")
async def ask_revoke(code: str, key_id: str, request: Request, desk: Signed) -> Response:
    """Ask whether a key or secret shall end at once."""
    view = await seen(desk, code, Permission.SYSTEM_KEYS)
    desk.require_recent_proof()
    key = next((one for one in view.keys if one.id == key_id and one.revoked_at is None), None)
    if key is None:
        raise NotThere("key", key_id)
    return render(request, "systems/revoke.html", desk=desk, view=view, key=key, kind=KEY_KINDS[key.kind])


@router.post("/keys/{key_id}/revoke")
async def revoke(code: str, key_id: str, request: Request, desk: Signed) -> Response:
    """End a key or secret at once."""
    await desk.read_form(request)
    await seen(desk, code, Permission.SYSTEM_KEYS)
    desk.require_recent_proof()
    await desk.change("revoke-key", lambda session: systems.revoke_key(session, code, key_id, by=desk.actor))
    return redirect(f"{HERE}/{code}")


@router.get("/secret")
async def ask_secret(code: str, request: Request, desk: Signed) -> Response:
    """Ask how long the old secret stays good beside a new one."""
    view = await seen(desk, code, Permission.SYSTEM_KEYS)
    desk.require_recent_proof()
    return _secret_page(request, desk, view, digest=False)


@router.post("/secret")
async def take_secret(code: str, request: Request, desk: Signed) -> Response:
    """Make a new client secret and show it this once."""
    form = await desk.read_form(request)
    view = await seen(desk, code, Permission.SYSTEM_KEYS)
    desk.require_recent_proof()
    secret, key_id, old_until = new_token(), new_token().digest[:32], _old_until(form, desk.now)
    changing = desk.change(
        "rotate-secret",
        lambda session: systems.replace_secret(
            session, code, key_id=key_id, secret_hash=secret.digest, by=desk.actor, old_until=old_until
        ),
    )
    done = await attempted(changing)
    if isinstance(done, Refused):
        return _secret_page(request, desk, view, digest=False, refused=done)
    return render(request, "systems/shown_once.html", desk=desk, view=view, secret=secret.clear, digest=False)


@router.get("/digest-secret")
async def ask_digest_secret(code: str, request: Request, desk: Signed) -> Response:
    """Ask how long the old secret for digests stays good beside a new one."""
    view = await seen(desk, code, Permission.SYSTEM_SEALED_KEYS)
    desk.require_recent_proof()
    return _secret_page(request, desk, view, digest=True)


@router.post("/digest-secret")
async def take_digest_secret(code: str, request: Request, desk: Signed) -> Response:
    """Make a new secret for WS-Security digests and show it this once; it is kept sealed."""
    form = await desk.read_form(request)
    view = await seen(desk, code, Permission.SYSTEM_SEALED_KEYS)
    desk.require_recent_proof()
    secret, key_id, old_until = new_token().clear, new_token().digest[:32], _old_until(form, desk.now)
    sealed = desk.sealer.seal(secret, system=code, key_id=key_id).sealed
    changing = desk.change(
        "rotate-digest-secret",
        lambda session: systems.replace_digest_secret(
            session, code, key_id=key_id, sealed=sealed, by=desk.actor, old_until=old_until
        ),
    )
    done = await attempted(changing)
    if isinstance(done, Refused):
        return _secret_page(request, desk, view, digest=True, refused=done)
    return render(request, "systems/shown_once.html", desk=desk, view=view, secret=secret, digest=True)


async def _add_key(desk: Desk, code: str, form: Form) -> Change:
    key = read_public_key(form.text("public_key"), where="public_key")
    expires_at = _end_of_day(form.text("expires_on"), desk.now)
    old_until = None if form.text("old") == _KEEP else _old_until(form, desk.now) or desk.now
    return await desk.change(
        "add-key",
        lambda session: systems.add_key(
            session,
            code,
            key_id=key.thumbprint,
            jwk=key.jwk,
            by=desk.actor,
            expires_at=expires_at,
            old_until=old_until,
        ),
    )


def _end_of_day(text: str, now: datetime) -> datetime:
    """Return the last second of the day that was typed, in the province. Raises ContentInvalid."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ContentInvalid([Fault("expires_on", "phải là một ngày", "must be a day")]) from error
    end = datetime.combine(day, time_of_day(23, 59, 59), PROVINCE_ZONE)
    if not now < end <= now + _LONGEST_LIFE:
        told = Fault("expires_on", "phải sau hôm nay, không quá 3 năm", "must be after today, within 3 years")
        raise ContentInvalid([told])
    return end


def _old_until(form: Form, now: datetime) -> datetime | None:
    """Return until when old ones stay good, None for not at all; what is no choice of ours is not at all."""
    chosen = form.text("old")
    return now + timedelta(hours=int(chosen)) if chosen in OVERLAPS and chosen != "0" else None


def _key_page(
    request: Request, desk: Desk, view: systems.SystemView, *, form: Form, refused: Refused = NOTHING_REFUSED
) -> Response:
    keys = [key for key in view.keys if key.kind == "jwk" and key.revoked_at is None]
    return render(
        request,
        "systems/new_key.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        view=view,
        form=form,
        refused=refused,
        has_keys=bool(keys),
        overlaps=[(hours, words.in_language(language_of(request))) for hours, words in OVERLAPS.items()],
    )


def _secret_page(
    request: Request, desk: Desk, view: systems.SystemView, *, digest: bool, refused: Refused = NOTHING_REFUSED
) -> Response:
    return render(
        request,
        "systems/secret.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        view=view,
        digest=digest,
        refused=refused,
        overlaps=[(hours, words.in_language(language_of(request))) for hours, words in OVERLAPS.items()],
    )
