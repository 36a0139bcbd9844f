"""How does somebody get from a name and a password to a session, and prove later that it is still he?

Every way in is on record: what is refused before anything is answered, what succeeds before the session is there. A
refusal says the same in the same time, whether the name, the password or the code was wrong or the account is locked.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from catalog import accounts, console_sessions
from catalog.accounts import Account
from catalog.console_sessions import ConsoleSession
from catalog.staff import StaffMember
from gateway.changes import Recorder
from gateway.db import Database
from gateway.errors import Overloaded, SignInRefused
from gateway.exchangeids import new_exchange_id
from security import second_factor
from security.audit.denials import Denials
from security.audit.record import Decision, Entry, Kind, What, Who
from security.errors import SecretUnavailable
from security.passwords import Verdict, hash_password, nobodys_hash, verify_password
from security.sealing import SealedSecret, SecretSealer
from security.sessions import Method, NewCookie, Stage, is_over, locked_until, new_cookie

REFUSAL_SECONDS = 0.5
"""How long a refusal takes at least: longer than any way to it, so that its time tells nothing."""
_AT_ONCE = 2
_MOST_WAITING = 50
_DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just made, and the cookie that opens it."""

    cookie: NewCookie
    session: ConsoleSession


class SignIns:
    """The way into the console. `clock` returns the aware UTC time."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        *,
        denials: Denials,
        sealer: SecretSealer,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._denials = denials
        self._sealer = sealer
        self._clock = clock
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    # --- ways in ----------------------------------------------------------------------------------------------------

    async def with_password(self, name: str, password: str, *, source: str) -> Opened:
        """Return a session that awaits the second factor, or in which one is set where there is none.

        Raises SignInRefused, Overloaded, RecordUnavailable.
        """
        async with self._evenly():
            account = await self._attempt(name)
            verdict = await self._verify(account, password)
            if account is None or not verdict.right:
                raise await self._refused(account, "password", source=source)
            # Failures are forgotten only after the second factor: else a known password would give endless codes.
            no_device = account.totp_sealed is None
            if no_device or verdict.outdated:
                renewed = await self.hash(password) if verdict.outdated else ""
                failures = 0 if no_device else account.failures + 1
                async with self._database.transaction() as session:
                    await accounts.note_password(session, name, failures=failures, password_hash=renewed)
            stage = Stage.SETTING_UP if no_device else Stage.PASSWORD
            return await self._open(account.member, stage=stage, method="", source=source)

    async def with_code(self, begun: ConsoleSession, code: str, *, source: str) -> Opened:
        """Return the session that a code makes of one whose password was right; that one ends.

        It is complete, or one in which an initial password is replaced. Raises SignInRefused, RecordUnavailable.
        """
        async with self._evenly():
            name = begun.member.code
            account = await self._attempt(name)
            method = None if account is None else await self._code_method(account, code)
            if account is None or method is None:
                raise await self._refused(account, "code", source=source)
        if account.password_initial:
            async with self._database.transaction() as session:
                await accounts.note_success(session, name, at=None)
                await console_sessions.end_session(session, begun.digest)
            return await self._open(account.member, stage=Stage.SETTING_UP, method=method, source=source)
        return await self.complete(account.member, method=method, source=source, instead_of=begun.digest)

    async def complete(self, member: StaffMember, *, method: Method, source: str, instead_of: str = "") -> Opened:
        """Return a complete session of whom `method` has proven, recorded. Raises RecordUnavailable."""
        await self._recorder.append(self._entry("sign-in", member, method=method, source=source))
        async with self._database.transaction() as session:
            await accounts.note_success(session, member.code, at=self._clock())
            await console_sessions.end_session(session, instead_of)
        return await self._open(member, stage=Stage.COMPLETE, method=method, source=source)

    async def refuse_sso(self, member: StaffMember | None, reason: str, *, source: str) -> SignInRefused:
        """Return the refusal of what the single sign-on said, once it is recorded. Raises RecordUnavailable."""
        entry = self._entry("sso", member, method=Method.OIDC, source=source, reason=f"sso-{reason}")
        await self._denials.refuse(entry)
        return SignInRefused()

    # --- while signed in ----------------------------------------------------------------------------------------------

    async def prove(self, current: ConsoleSession, password: str, code: str, *, source: str) -> None:
        """Return when the holder of a session has proven again who he is. Raises SignInRefused, RecordUnavailable."""
        async with self._evenly():
            account = await self._attempt(current.member.code)
            verdict = await self._verify(account, password)
            method = None
            if account is not None and verdict.right:
                method = await self._code_method(account, code)
            if account is None or method is None:
                raise await self._refused(account, "proof", source=source)
        await self.proven(current, method=method, source=source)

    async def proven(self, current: ConsoleSession, *, method: Method, source: str) -> None:
        """Note, recorded, that the holder of a session has just proven who he is. Raises RecordUnavailable."""
        await self._recorder.append(self._entry("prove", current.member, method=method, source=source))
        async with self._database.transaction() as session:
            await accounts.note_success(session, current.member.code, at=None)
            await console_sessions.note_proven(session, current.digest, at=self._clock())

    async def current(self, digest: str) -> ConsoleSession | None:
        """Return the session of this digest while it lasts."""
        async with self._database.reading() as session:
            found = await console_sessions.find_session(session, digest)
        if found is None or is_over(
            Stage(found.stage), created_at=found.created_at, seen_at=found.seen_at, now=self._clock()
        ):
            return None
        return found

    async def end(self, current: ConsoleSession, *, source: str) -> None:
        """End a session, recorded. Raises RecordUnavailable."""
        await self._recorder.append(self._entry("sign-out", current.member, method=current.method, source=source))
        async with self._database.transaction() as session:
            await console_sessions.end_session(session, current.digest)

    async def hash(self, password: str) -> str:
        """Return the hash of a password to keep. Raises Overloaded."""
        async with self._turn():
            return await asyncio.to_thread(hash_password, password)

    async def is_password(self, account: Account, password: str) -> bool:
        """Tell whether this is the account's password. Raises Overloaded."""
        return (await self._verify(account, password)).right

    # --- devices ------------------------------------------------------------------------------------------------------

    def seal_device(self, code: str, secret: str) -> bytes:
        """Return the secret of a member's device, sealed for him."""
        return seal_device(self._sealer, code, secret)

    def open_device(self, code: str, sealed: bytes) -> str:
        """Return the secret of a member's device. Raises SecretUnavailable."""
        return self._sealer.open(SealedSecret(_DEVICE, sealed), system=_sealed_for(code)).decode("ascii")

    # --- steps --------------------------------------------------------------------------------------------------------

    async def _attempt(self, name: str) -> Account | None:
        """Return the account that may be tried now, its attempt counted; None where there is none or it is locked."""
        now = self._clock()
        async with self._database.transaction() as session:
            account = await accounts.find_account(session, name, to_change=True)
            if account is None or (account.locked_until is not None and now < account.locked_until):
                return None
            failures = account.failures + 1
            until = locked_until(failures, now=now)
            await accounts.note_attempt(session, name, failures=failures, locked_until=until)
        return account

    async def _verify(self, account: Account | None, password: str) -> Verdict:
        kept = account.password_hash if account is not None else None
        async with self._turn():
            verdict = await asyncio.to_thread(verify_password, kept or nobodys_hash(), password)
        return verdict if kept else Verdict(right=False)

    async def _code_method(self, account: Account, code: str) -> Method | None:
        """Return how `code` proves the holder of an account, using it up, or None."""
        name = account.member.code
        if second_factor.looks_like_recovery(code):
            async with self._database.transaction() as session:
                spent = await accounts.use_recovery_code(session, name, second_factor.recovery_digest(code))
            return Method.RECOVERY if spent else None
        if account.totp_sealed is None:
            return None
        try:
            secret = self.open_device(name, account.totp_sealed)
        except SecretUnavailable:
            return None
        step = second_factor.matching_step(secret, code, now=self._clock())
        if step is None:
            return None
        async with self._database.transaction() as session:
            return Method.TOTP if await accounts.use_totp_step(session, name, step) else None

    async def _open(self, member: StaffMember, *, stage: Stage, method: str, source: str) -> Opened:
        now, cookie = self._clock(), new_cookie()
        made = ConsoleSession(cookie.digest, member, stage, method, source, now, now, now)
        async with self._database.transaction() as session:
            await console_sessions.open_session(session, made)
        return Opened(cookie, made)

    async def _refused(self, account: Account | None, what: str, *, source: str) -> SignInRefused:
        """Return the refusal once it is recorded. What was typed as a name is not: it may be a password."""
        member = account.member if account is not None else None
        entry = self._entry(what, member, method="", source=source, reason="sign-in-refused")
        await self._denials.refuse(entry)
        until = None if account is None else locked_until(account.failures + 1, now=self._clock())
        if member is not None and until is not None:
            await self._recorder.append(self._entry("lock", member, method="", source=source, until=until.isoformat()))
        return SignInRefused()

    def _entry(
        self, operation: str, member: StaffMember | None, *, method: str, source: str, reason: str = "", until: str = ""
    ) -> Entry:
        who = Who(source=source, method=method)
        if member is not None:
            who = Who(client=member.code, agency=member.agency, source=source, method=method)
        return Entry(
            Kind.AUTH,
            new_exchange_id(),
            self._clock(),
            who=who,
            what=What(door="console", operation=operation),
            decision=Decision(allowed=not reason, reason=reason),
            notes={"until": until} if until else None,
        )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn at what is slow on purpose; a crowd waits outside. Raises Overloaded."""
        if self._waiting >= _MOST_WAITING:
            raise Overloaded
        self._waiting += 1
        try:
            async with self._hashing:
                yield
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def _evenly(self) -> AsyncIterator[None]:
        """Let no refusal come sooner than another."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            yield
        except SignInRefused:
            await asyncio.sleep(max(0.0, began + REFUSAL_SECONDS - loop.time()))
            raise


def seal_device(sealer: SecretSealer, code: str, secret: str) -> bytes:
    """Return the secret of a member's device, sealed for him."""
    return sealer.seal(secret, system=_sealed_for(code), key_id=_DEVICE).sealed


def _sealed_for(code: str) -> str:
    return f"staff/{code}"  # no code of a system has a slash
