"""Which systems may call, and what do they prove themselves with?

A secret or a private key never comes here: the caller hands in the SHA-256 (hex) of a 256-bit secret, a secret that he
has sealed with a key of his own, or a public key.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, find, must_be_new, refuse_faults
from catalog.codes import code_fault, title_fault
from catalog.descriptions import SystemDescription
from catalog.errors import ContentInvalid, Fault, NotThere, StateForbids
from catalog.folding import fold
from catalog.policy import announce_change
from catalog.states import Side, SystemState, SystemStep, step_system
from catalog.tables import AgencyRow, ClientKeyRow, SystemRow, SystemSuspensionRow

_SHA256_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518, 6.2.2, 6.3.2, 6.4.1


@dataclass(frozen=True, slots=True)
class SystemView:
    """A system, its state, what may be shown of its keys, and who has suspended it."""

    system: SystemDescription
    state: SystemState
    keys: tuple["KeyView", ...]
    suspensions: tuple["SystemSuspension", ...] = ()

    def is_suspended_by(self, side: Side) -> bool:
        """Tell whether this side has suspended it, whatever the other has."""
        return any(one.side is side for one in self.suspensions)


@dataclass(frozen=True, slots=True)
class SystemSuspension:
    """One side's suspension. `suspended_by` is empty where nobody wrote down who it was."""

    side: Side
    suspended_by: str
    suspended_at: datetime


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key or secret, without either."""

    id: str
    kind: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def add_system(session: AsyncSession, system: SystemDescription, *, by: Actor) -> Change:
    """Add a system, active and without any key. Raises ContentInvalid, AlreadyThere."""
    refuse_faults(code_fault("code", system.code), title_fault("name_vi", system.name_vi))
    await must_be_new(session, SystemRow, "system", system.code)
    if await session.get(AgencyRow, system.agency) is None:
        refuse_faults(Fault("agency", "không có cơ quan này", "there is no such agency"))
    row = SystemRow(
        code=system.code,
        agency=system.agency,
        name_vi=system.name_vi,
        name_en=system.name_en,
        legacy=system.legacy,
        state=SystemState.ACTIVE,
        folded=_folded(system.name_vi, system.name_en, system.code),
        created_at=by.at,
    )
    session.add(row)
    return await _changed(session, row, before="")


async def revise_system(session: AsyncSession, code: str, *, name_vi: str, name_en: str) -> Change:
    """Call a system otherwise; its code stays. Raises NotThere, ContentInvalid."""
    row = await find(session, SystemRow, "system", code)
    refuse_faults(title_fault("name_vi", name_vi))
    before = await _state_digest(session, row)
    row.name_vi, row.name_en, row.folded = name_vi, name_en, _folded(name_vi, name_en, code)
    session.add(row)
    return await _changed(session, row, before=before)


async def mark_legacy(session: AsyncSession, code: str, *, legacy: bool, by: Actor) -> Change:
    """Let a system prove itself with secrets, or with keys only: its secrets then end at once. Raises NotThere."""
    row = await find(session, SystemRow, "system", code)
    before = await _state_digest(session, row)
    row.legacy = legacy
    session.add(row)
    for key in () if legacy else await _live_keys(session, code):
        if key.kind != "jwk":
            key.revoked_at = by.at
            session.add(key)
    return await _changed(session, row, before=before)


async def suspend_system(session: AsyncSession, code: str, *, side: Side, by: Actor) -> Change:
    """Let a system call no more until this side lifts it: its agency (CONSUMER) or the PLATFORM.

    Raises NotThere, StateForbids, and ContentInvalid for a side that a system does not have.
    """
    if side is Side.PROVIDER:
        raise ContentInvalid([Fault("side", "hệ thống không có bên cung cấp", "a system has no provider's side")])
    row = await find(session, SystemRow, "system", code)
    if await session.get(SystemSuspensionRow, (code, side)) is not None:
        raise StateForbids("system", f"suspended by the {side}", SystemStep.SUSPEND)
    before = await _state_digest(session, row)
    session.add(SystemSuspensionRow(system=code, side=side, suspended_by=by.code, suspended_at=by.at))
    if row.state == SystemState.ACTIVE:
        row.state = step_system(SystemState(row.state), SystemStep.SUSPEND)
        session.add(row)
    return await _changed(session, row, before=before)


async def resume_system(session: AsyncSession, code: str, *, side: Side) -> Change:
    """Lift this side's suspension; the system calls again when the other side's is not left. Raises NotThere,
    StateForbids.
    """
    row = await find(session, SystemRow, "system", code)
    flag = await session.get(SystemSuspensionRow, (code, side))
    if flag is None:
        raise StateForbids("system", f"not suspended by the {side}", SystemStep.RESUME)
    before = await _state_digest(session, row)
    await session.delete(flag)
    await session.flush()
    if not await _suspensions(session, code):
        row.state = step_system(SystemState(row.state), SystemStep.RESUME)
        session.add(row)
    return await _changed(session, row, before=before)


async def add_key(
    session: AsyncSession,
    code: str,
    *,
    key_id: str,
    jwk: bytes,
    by: Actor,
    expires_at: datetime | None = None,
    old_until: datetime | None = None,
) -> Change:
    """Add a public key (JWK, RFC 7517) with which the system signs its assertions. `key_id` is its thumbprint.

    The keys that it has end at `old_until` where that is given, none sooner than now.
    Raises NotThere, AlreadyThere, and ContentInvalid for what is no public key.
    """
    row = await find(session, SystemRow, "system", code)
    before = await _state_digest(session, row)
    refuse_faults(_jwk_fault(jwk), _expiry_fault(expires_at, by.at))
    await must_be_new(session, ClientKeyRow, "key", key_id)
    if old_until is not None:
        for old in await _live_keys(session, code):
            if old.kind == "jwk":
                _end_old(old, old_until, now=by.at)
                session.add(old)
    session.add(ClientKeyRow(id=key_id, system=code, kind="jwk", jwk=jwk, created_at=by.at, expires_at=expires_at))
    return await _changed(session, row, before=before)


async def replace_secret(
    session: AsyncSession,
    code: str,
    *,
    key_id: str,
    secret_hash: str,
    by: Actor,
    old_until: datetime | None = None,
) -> Change:
    """Give a legacy system a new secret, by its hash. The old ones end at `old_until`, or at once.

    Raises NotThere, ContentInvalid, and StateForbids for a system that is not marked legacy.
    """
    if not _SHA256_HEX.fullmatch(secret_hash):
        raise ContentInvalid([Fault("secret_hash", "phải là SHA-256 (hex)", "must be a SHA-256 in hex")])
    new = ClientKeyRow(id=key_id, system=code, kind="secret", secret_hash=secret_hash, created_at=by.at)
    return await _replace(session, new, by=by, old_until=old_until)


async def replace_digest_secret(
    session: AsyncSession,
    code: str,
    *,
    key_id: str,
    sealed: bytes,
    by: Actor,
    old_until: datetime | None = None,
    expires_at: datetime | None = None,
) -> Change:
    """Give a legacy system a new secret for digests (WS-Security), sealed. Its other secrets and keys stay as they are.

    The old ones of this kind end at `old_until`, or at once; the new one at `expires_at`, or when it is revoked.
    Raises NotThere, ContentInvalid, and StateForbids for a system that is not marked legacy.
    """
    empty = None if sealed else Fault("sealed", "không được rỗng", "must not be empty")
    refuse_faults(empty, _expiry_fault(expires_at, by.at))
    new = ClientKeyRow(id=key_id, system=code, kind="digest", sealed=sealed, created_at=by.at, expires_at=expires_at)
    return await _replace(session, new, by=by, old_until=old_until)


async def revoke_key(session: AsyncSession, code: str, key_id: str, *, by: Actor) -> Change:
    """End a key or secret at once. Raises NotThere."""
    row = await find(session, SystemRow, "system", code)
    key = await session.get(ClientKeyRow, key_id, with_for_update=True)
    if key is None or key.system != code or key.revoked_at is not None:
        raise NotThere("key", key_id)
    before = await _state_digest(session, row)
    key.revoked_at = by.at
    session.add(key)
    return await _changed(session, row, before=before)


async def show_system(session: AsyncSession, code: str) -> SystemView:
    """Return a system with its keys, revoked ones included. Raises NotThere."""
    row = await session.get(SystemRow, code)
    if row is None:
        raise NotThere("system", code)
    keys = await session.exec(
        select(ClientKeyRow).where(ClientKeyRow.system == code).order_by(col(ClientKeyRow.created_at))
    )
    return SystemView(
        described_system(row),
        SystemState(row.state),
        tuple(KeyView(key.id, key.kind, key.created_at, key.expires_at, key.revoked_at) for key in keys),
        await _suspensions(session, code),
    )


async def list_systems(session: AsyncSession) -> list[SystemDescription]:
    """Return all systems by code."""
    return [described_system(row) for row in await session.exec(select(SystemRow).order_by(col(SystemRow.code)))]


async def systems_of(session: AsyncSession, agency: str) -> list[SystemDescription]:
    """Return the systems of an agency by code."""
    rows = select(SystemRow).where(SystemRow.agency == agency).order_by(col(SystemRow.code))
    return [described_system(row) for row in await session.exec(rows)]


async def _replace(session: AsyncSession, new: ClientKeyRow, *, by: Actor, old_until: datetime | None) -> Change:
    row = await find(session, SystemRow, "system", new.system)
    if not row.legacy:
        raise StateForbids("system", "not legacy", "a client secret")
    before = await _state_digest(session, row)
    for old in await _live_keys(session, new.system):
        if old.kind == new.kind:
            _end_old(old, old_until or by.at, now=by.at)
            session.add(old)
    session.add(new)
    return await _changed(session, row, before=before)


def _end_old(key: ClientKeyRow, until: datetime, *, now: datetime) -> None:
    if until <= now:
        key.revoked_at = now
    else:
        key.expires_at = min(key.expires_at or until, until)


async def _suspensions(session: AsyncSession, code: str) -> tuple[SystemSuspension, ...]:
    flags = select(SystemSuspensionRow).where(SystemSuspensionRow.system == code)
    return tuple(
        SystemSuspension(Side(one.side), one.suspended_by, one.suspended_at)
        for one in await session.exec(flags.order_by(col(SystemSuspensionRow.side)))
    )


async def _changed(session: AsyncSession, row: SystemRow, *, before: str) -> Change:
    await session.flush()
    await announce_change(session)
    after = await _state_digest(session, row)
    return Change("system", row.code, before=before, after=after, state=row.state, agencies=(row.agency,))


async def _live_keys(session: AsyncSession, code: str) -> list[ClientKeyRow]:
    live = select(ClientKeyRow).where(ClientKeyRow.system == code, col(ClientKeyRow.revoked_at).is_(None))
    return list(await session.exec(live.order_by(col(ClientKeyRow.id))))


async def _state_digest(session: AsyncSession, row: SystemRow) -> str:
    keys = [
        {"id": key.id, "expires_at": key.expires_at.isoformat() if key.expires_at else None}
        for key in await _live_keys(session, row.code)
    ]
    return digest_of(
        {
            "code": row.code,
            "agency": row.agency,
            "name_vi": row.name_vi,
            "name_en": row.name_en,
            "legacy": row.legacy,
            "state": str(row.state),
            "suspended_by": [str(one.side) for one in await _suspensions(session, row.code)],
            "keys": keys,
        }
    )


def _folded(name_vi: str, name_en: str, code: str) -> str:
    return fold(f"{name_vi} {name_en} {code}")


def _jwk_fault(jwk: bytes) -> Fault | None:
    try:
        members = json.loads(jwk)
    except ValueError:
        members = None
    if not isinstance(members, dict) or members.get("kty") not in ("EC", "OKP", "RSA"):
        return Fault("jwk", "phải là khóa công khai dạng JWK (EC, OKP, RSA)", "must be a public JWK (EC, OKP, RSA)")
    if _PRIVATE_MEMBERS & members.keys():
        return Fault("jwk", "đây là khóa bí mật, không được gửi", "this is a private key: it must not be sent")
    return None


def _expiry_fault(expires_at: datetime | None, now: datetime) -> Fault | None:
    if expires_at is None or (expires_at.tzinfo is not None and expires_at > now):
        return None
    return Fault("expires_at", "phải ở tương lai và có múi giờ", "must lie in the future and have an offset")


def described_system(row: SystemRow) -> SystemDescription:
    """Return a system as its row keeps it."""
    return SystemDescription(
        code=row.code, agency=row.agency, name_vi=row.name_vi, name_en=row.name_en, legacy=row.legacy
    )
