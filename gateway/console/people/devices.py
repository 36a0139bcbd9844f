"""How does somebody come to a device that shows codes, and to the recovery codes beside it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import segno
from markupsafe import Markup

from catalog import console_sessions
from catalog.console_sessions import ConsoleSession
from catalog.errors import ContentInvalid, Fault
from gateway.api.control import Control
from security.second_factor import (
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    recovery_digest,
    totp_address,
)

ISSUER = "Liên Thông"


@dataclass(frozen=True, slots=True)
class NewCodes:
    """Recovery codes just made: shown once, kept as digests."""

    clear: tuple[str, ...] = field(repr=False)
    digests: tuple[str, ...] = field(repr=False)


def new_codes() -> NewCodes:
    """Return a new set of recovery codes."""
    clear = new_recovery_codes()
    return NewCodes(clear, tuple(recovery_digest(one) for one in clear))


async def pending_secret(control: Control, session: ConsoleSession) -> str:
    """Return the secret of the device that is being set in this session; the first time it is made and kept sealed."""
    if session.pending is not None:
        return control.sign_ins.open_device(session.member.code, session.pending)
    async with control.database.transaction() as writing:
        # Two pages opened at once must show the same: whoever comes second reads what the first has kept.
        found = await console_sessions.find_session(writing, session.digest)
        if found is not None and found.pending is not None:
            return control.sign_ins.open_device(session.member.code, found.pending)
        secret = new_totp_secret()
        sealed = control.sign_ins.seal_device(session.member.code, secret)
        await console_sessions.keep_pending(writing, session.digest, pending=sealed)
    return secret


def device_page_values(account: str, secret: str) -> Mapping[str, object]:
    """Return what a page shows of a new device: a QR code to scan, and the secret to type."""
    code = segno.make(totp_address(secret, account=account, issuer=ISSUER), micro=False)
    drawn = code.svg_inline(scale=5, border=4, light="#fff", omitsize=False)
    return {"qr": Markup(drawn), "secret": secret}  # noqa: S704 - segno escapes nothing because it draws only


def confirmed_step(secret: str, code: str, *, now: datetime) -> int:
    """Return the time step whose code was typed to confirm a new device. Raises ContentInvalid at `code`."""
    step = matching_step(secret, code, now=now)
    if step is None:
        vi = "mã không khớp: quét lại mã QR, kiểm tra giờ của thiết bị rồi gõ mã đang hiện"
        en = "is not the device's code: scan again, check the device's clock and type the code that it shows now"
        raise ContentInvalid([Fault("code", vi, en)])
    return step
