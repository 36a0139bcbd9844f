"""What can be done to how somebody on the staff gets in, each after a question: reset, unlock, deactivate?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from fastapi import APIRouter, Request, Response

from catalog import accounts, staffing
from catalog.changes import Change
from catalog.errors import StateForbids
from gateway.console.desk import Desk, Signed
from gateway.console.frame import redirect, render
from gateway.console.people.staff import HERE, seen, shown_once
from gateway.console.words import Words
from gateway.errors import PathUnknown
from security.passwords import new_initial_password

router = APIRouter(prefix="/console/staff", include_in_schema=False)


class Act(StrEnum):
    """What can be done to how somebody gets in, each after a question."""

    PASSWORD = "password"  # noqa: S105 - a part of an address
    DEVICE = "device"
    UNLOCK = "unlock"
    DEACTIVATE = "deactivate"
    REINSTATE = "reinstate"


_ACTS: Mapping[Act, tuple[Words, Words]] = {
    Act.PASSWORD: (
        Words("Đặt lại mật khẩu", "Reset the password"),
        Words(
            "Một mật khẩu ban đầu mới hiện ra một lần để bạn chuyển tận tay. Mật khẩu cũ hết hiệu lực, mọi phiên đang "
            "mở bị đăng xuất; khi đăng nhập người này phải đặt mật khẩu của riêng mình.",
            "A new initial password is shown once, for you to hand over. The old one ends and every session is signed "
            "out; at the next sign-in a password of their own must be set.",
        ),
    ),
    Act.DEVICE: (
        Words("Đặt lại thiết bị lấy mã", "Reset the device"),
        Words(
            "Thiết bị và các mã dự phòng hết hiệu lực, mọi phiên đang mở bị đăng xuất; lần đăng nhập sau chỉ cần mật "
            "khẩu rồi phải gắn thiết bị mới. Chỉ làm khi đã chắc đúng người.",
            "The device and the recovery codes end and every session is signed out; the next sign-in needs the "
            "password only, then a new device. Be sure who asks for it.",
        ),
    ),
    Act.UNLOCK: (
        Words("Mở khóa", "Unlock"),
        Words("Người này được thử đăng nhập lại ngay.", "This person may try to sign in again at once."),
    ),
    Act.DEACTIVATE: (
        Words("Cho nghỉ", "Deactivate"),
        Words(
            "Mọi phiên đang mở bị đăng xuất ngay, mã gọi API bị thu hồi, không đăng nhập được nữa. Hồ sơ và nhật ký "
            "giữ nguyên.",
            "Every session is signed out at once, the token is withdrawn, signing in is not possible. What was done "
            "stays on record.",
        ),
    ),
    Act.REINSTATE: (
        Words("Cho làm việc lại", "Reinstate"),
        Words(
            "Người này đăng nhập lại được bằng mật khẩu và thiết bị cũ; mã gọi API phải cấp mới.",
            "This person can sign in again with the old password and device; the token must be made anew.",
        ),
    ),
}


@router.get("/{code}/{name}")
async def ask_act(code: str, name: str, request: Request, desk: Signed) -> Response:
    """Ask whether something shall be done that changes what somebody can do now."""
    act = _act(name)
    account = await seen(desk, code, to_change=True)
    desk.require_recent_proof()
    return render(request, "staff/act.html", desk=desk, account=account, act=act, words=_ACTS[act])


@router.post("/{code}/{name}")
async def take_act(code: str, name: str, request: Request, desk: Signed) -> Response:
    """Do it; an initial password is shown this once."""
    act = _act(name)
    await desk.read_form(request)
    await seen(desk, code, to_change=True)
    desk.require_recent_proof()
    match act:
        case Act.PASSWORD:
            password = new_initial_password()
            await _reset_password(desk, code, password)
            return shown_once(request, desk, code, password)
        case Act.DEVICE:
            await desk.change("reset-device", lambda session: accounts.reset_second_factor(session, code))
        case Act.UNLOCK:
            await desk.change("unlock", lambda session: accounts.unlock(session, code))
        case Act.DEACTIVATE:
            _must_be_another(desk, code)
            await desk.change("deactivate", lambda session: staffing.deactivate_member(session, code, by=desk.actor))
        case Act.REINSTATE:
            await desk.change("reinstate", lambda session: staffing.reinstate_member(session, code))
        case _:
            assert_never(act)
    return redirect(f"{HERE}/{code}")


async def _reset_password(desk: Desk, code: str, password: str) -> Change:
    hashed = await desk.control.sign_ins.hash(password)
    return await desk.change(
        "set-password", lambda session: accounts.set_password(session, code, password_hash=hashed, initial=True)
    )


def _act(name: str) -> Act:
    if name not in set(Act):
        raise PathUnknown
    return Act(name)


def _must_be_another(desk: Desk, code: str) -> None:
    if code == desk.member.code:
        raise StateForbids("staff", "signed in", "deactivate")
