"""What does a member of the staff keep of his own: password, device, recovery codes, sessions, token?

Nobody needs a permission for what is his. What would let another in later needs a recent proof.
"""

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import accounts, agencies, console_sessions, staff
from catalog.accounts import Account
from catalog.changes import Change
from gateway.console.desk import Desk, Signed, is_by_sso
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import redirect, render
from gateway.console.people.devices import confirmed_step, device_page_values, new_codes, pending_secret
from gateway.console.people.passwords import new_password
from gateway.console.words import ROLES, SIGN_IN_METHODS
from gateway.errors import StaffForbidden
from security.sessions import Method, Stage
from security.staff import new_token

router = APIRouter(prefix="/console/account", include_in_schema=False)
HERE = "/console/account"


@router.get("")
async def show_account(request: Request, desk: Signed) -> Response:
    """Show what the platform knows of the reader, and what he can change."""
    async with desk.reading() as session:
        account = await accounts.show_account(session, desk.member.code)
        agency = await agencies.show_agency(session, desk.member.agency)
        codes_left = await accounts.count_recovery_codes(session, desk.member.code)
        open_sessions = await console_sessions.list_sessions(session, desk.member, stage=Stage.COMPLETE)
    return render(
        request,
        "account/account.html",
        desk=desk,
        account=account,
        agency=agency,
        role=ROLES[desk.role],
        codes_left=codes_left,
        sessions=open_sessions,
        methods={method.value: words for method, words in SIGN_IN_METHODS.items()},
        by_sso=is_by_sso(desk.session),
    )


@router.get("/password")
async def show_password(request: Request, desk: Signed) -> Response:
    """Ask for a new password."""
    await _local(desk)
    desk.require_recent_proof()
    return render(request, "account/password.html", desk=desk, refused=NOTHING_REFUSED)


@router.post("/password")
async def take_password(request: Request, desk: Signed) -> Response:
    """Take a new password; every other session ends."""
    form = await desk.read_form(request)
    await _local(desk)
    desk.require_recent_proof()
    done = await attempted(_change_password(desk, form))
    if isinstance(done, Refused):
        return render(request, "account/password.html", status=422, desk=desk, refused=done)
    return redirect(HERE)


@router.get("/device")
async def show_device(request: Request, desk: Signed) -> Response:
    """Show a new device to be scanned."""
    await _local(desk)
    desk.require_recent_proof()
    return await _device_page(request, desk)


@router.post("/device")
async def take_device(request: Request, desk: Signed) -> Response:
    """Take the new device once its code confirms it, and show new recovery codes this once."""
    form = await desk.read_form(request)
    await _local(desk)
    desk.require_recent_proof()
    codes = new_codes()
    done = await attempted(_change_device(desk, form, recovery=codes.digests))
    if isinstance(done, Refused):
        return await _device_page(request, desk, refused=done)
    return render(request, "sign_in/recovery.html", desk=desk, codes=codes.clear, onward=HERE, first_time=False)


@router.get("/recovery-codes")
async def ask_recovery_codes(request: Request, desk: Signed) -> Response:
    """Ask whether the old recovery codes shall be good no more."""
    await _local(desk)
    desk.require_recent_proof()
    return render(request, "account/recovery_codes.html", desk=desk)


@router.post("/recovery-codes")
async def take_recovery_codes(request: Request, desk: Signed) -> Response:
    """Make new recovery codes and show them this once."""
    await desk.read_form(request)
    await _local(desk)
    desk.require_recent_proof()
    codes = new_codes()
    await desk.change(
        "replace-recovery-codes",
        lambda session: accounts.replace_recovery_codes(session, desk.member.code, recovery=codes.digests),
    )
    return render(request, "sign_in/recovery.html", desk=desk, codes=codes.clear, onward=HERE, first_time=False)


@router.get("/token")
async def ask_token(request: Request, desk: Signed) -> Response:
    """Ask whether the old token for the control API shall be good no more."""
    desk.require_recent_proof()
    return render(request, "account/token.html", desk=desk, token="")


@router.post("/token")
async def take_token(request: Request, desk: Signed) -> Response:
    """Make a new token for the control API and show it this once."""
    await desk.read_form(request)
    desk.require_recent_proof()
    token = new_token()
    await desk.change(
        "replace-token", lambda session: staff.replace_token(session, desk.member.code, token_hash=token.digest)
    )
    return render(request, "account/token.html", desk=desk, token=token.clear)


@router.post("/sessions/end")
async def end_sessions(request: Request, desk: Signed) -> Response:
    """End another session of the reader, or all but this one."""
    form = await desk.read_form(request)
    async with desk.control.database.transaction() as session:
        await console_sessions.end_sessions_of(
            session, desk.member.code, but=desk.session.digest, named=form.text("session")
        )
    return redirect(HERE)


async def _device_page(request: Request, desk: Desk, *, refused: Refused = NOTHING_REFUSED) -> Response:
    secret = await pending_secret(desk.control, desk.session)
    return render(
        request,
        "account/device.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        refused=refused,
        **device_page_values(desk.member.code, secret),
    )


async def _change_password(desk: Desk, form: Form) -> Change:
    hashed = await desk.control.sign_ins.hash(new_password(form, desk.member))
    return await desk.change(
        "set-password",
        lambda session: accounts.set_password(
            session, desk.member.code, password_hash=hashed, initial=False, but_session=desk.session.digest
        ),
    )


async def _change_device(desk: Desk, form: Form, *, recovery: tuple[str, ...]) -> Change:
    secret = await pending_secret(desk.control, desk.session)
    step = confirmed_step(secret, form.text("code"), now=desk.now)
    sealed = desk.control.sign_ins.seal_device(desk.member.code, secret)

    async def work(session: AsyncSession) -> Change:
        await console_sessions.keep_pending(session, desk.session.digest, pending=None)
        return await accounts.set_second_factor(session, desk.member.code, sealed=sealed, recovery=recovery, step=step)

    return await desk.change("set-device", work)


async def _local(desk: Desk) -> Account:
    """Return the reader's account when he signs in with a password of ours. Raises StaffForbidden."""
    async with desk.reading() as session:
        account = await accounts.show_account(session, desk.member.code)
    if account.password_hash is None or desk.session.method == Method.OIDC:
        raise StaffForbidden
    return account
