"""How do the people of the demo province sign in to the console?

Passwords and the keys of their devices are drawn when the demo is created and lie in its directory (0600), so that
whoever runs it can play every role; `lienthong demo-code` shows what a device would.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import accounts
from catalog.changes import Change
from gateway.changes import Author, Recorder, change_entry
from gateway.db import Database
from gateway.demo.consumers import describe_staff, kept_secret
from gateway.signing_in import seal_device
from security.passwords import hash_password, new_initial_password
from security.sealing import SecretSealer
from security.second_factor import new_totp_secret
from security.staff import Role

_SEEDER = "demo"
_PROVINCE = ".H32"
_MAIL_DOMAIN = "tinh.example"  # nobody's (RFC 2606)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What somebody of the demo signs in with."""

    code: str
    role: Role
    agency: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)


def ensure_demo_accounts(directory: Path) -> tuple[DemoAccount, ...]:
    """Return what each member of the staff signs in with; what is not there yet is drawn and kept."""
    folder = directory / "secrets"
    return tuple(
        DemoAccount(
            one.code,
            one.role,
            one.agency,
            kept_secret(folder / f"password.{one.code}", new_initial_password),
            kept_secret(folder / f"device.{one.code}", new_totp_secret),
        )
        for one in describe_staff()
    )


def one_of_each_role(known: Sequence[DemoAccount]) -> list[DemoAccount]:
    """Return the first account of each role, in the order of the roles; of the province before a ministry's."""
    first: dict[Role, DemoAccount] = {}
    for one in sorted(known, key=lambda account: not account.agency.endswith(_PROVINCE)):
        first.setdefault(one.role, one)
    return [first[role] for role in Role if role in first]


async def seed_accounts(
    database: Database,
    directory: Path,
    *,
    sealer: SecretSealer,
    open_recorder: Callable[[], AbstractAsyncContextManager[Recorder]],
    now: datetime,
) -> int:
    """Give the staff of the demo who cannot sign in yet their accounts, recorded; return how many.

    Raises CatalogError, RecordUnavailable, OSError.
    """
    async with database.reading() as session:
        found = [(one, await accounts.find_account(session, one.code)) for one in ensure_demo_accounts(directory)]
    lacking = [one for one, account in found if account is not None and account.password_hash is None]
    if not lacking:
        return 0
    prepared = [(one, hash_password(one.password), seal_device(sealer, one.code, one.totp_secret)) for one in lacking]
    async with database.rehearsal() as session:
        planned = [await _give(session, *each) for each in prepared]
    async with open_recorder() as recorder:
        author = Author(_SEEDER, "", "", "demo")
        for change in planned:
            await recorder.append(change_entry(change, action="demo.account", author=author, now=now, done=True))
    async with database.transaction() as session:
        for each in prepared:
            await _give(session, *each)
    return len(lacking)


async def _give(session: AsyncSession, one: DemoAccount, hashed: str, sealed: bytes) -> Change:
    first = await accounts.set_up(session, one.code, password_hash=hashed, sealed=sealed, recovery=(), step=0)
    email = f"{one.code}@{_MAIL_DOMAIN}"
    last = await accounts.set_identity(session, one.code, email=email, issuer="", subject="")
    return replace(last, before=first.before)
