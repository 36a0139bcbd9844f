"""How does a test sit before the console without a browser: with an account, a cookie jar and the pages' forms?"""

import asyncio
import html
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from conftest import in_a_thread
from gateways import NO_TLS, GatewayProcess

from catalog import accounts
from catalog.changes import Actor
from catalog.console_sessions import ConsoleSession, open_session
from catalog.staff import StaffMember, add_member, show_member
from gateway.db import Database
from gateway.indexing import index_exchanges
from gateway.signing_in import seal_device
from security.keys import ensure_keys
from security.passwords import hash_password
from security.sealing import SecretSealer
from security.second_factor import new_totp_secret, recovery_digest, step_at, totp_code
from security.sessions import Method, Stage, new_cookie
from security.staff import Role, new_token, token_digest

PASSWORD = "một câu dài để nhớ 2026"
BY = Actor("nguoi-lap", datetime(2026, 1, 1, tzinfo=UTC))
_FIELD = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass
class Clerk:
    """A member of the staff, with what he has at hand to sign in."""

    code: str
    role: Role
    agency: str
    secret: str = field(default_factory=new_totp_secret, repr=False)
    recovery: tuple[str, ...] = ("AAAA-BBBB-CCCC-DDDD", "EEEE-FFFF-GGGG-HHHH")
    token: str = field(default_factory=lambda: new_token().clear, repr=False)
    _used: int = 0

    def totp(self) -> str:
        """Return a code of the device that was not used yet: of the step before, of this one, or of the next.

        The step before is not taken where this one is about to end: the code would come too late.
        """
        self._used = max(step_at(datetime.now(UTC) + timedelta(seconds=10)) - 1, self._used + 1)
        return totp_code(self.secret, self._used)


async def settle_clerks(database_url: str, keys: Path, clerks: Sequence[Clerk], *, initial: bool = False) -> None:
    """Give people accounts: complete ones, or with an initial password only."""
    sealer, hashed = SecretSealer(ensure_keys(keys).sealing), hash_password(PASSWORD)
    database = Database.open(database_url)
    async with database.transaction() as session:
        for one in clerks:
            member = StaffMember(one.code, f"Người {one.code}", one.role, one.agency, has_access=True)
            await add_member(session, member, token_hash=token_digest(one.token), by=BY)
            await accounts.set_password(session, one.code, password_hash=hashed, initial=initial)
            if not initial:
                sealed = seal_device(sealer, one.code, one.secret)
                digests = tuple(map(recovery_digest, one.recovery))
                await accounts.set_second_factor(session, one.code, sealed=sealed, recovery=digests, step=0)
    await database.close()


class Visitor:
    """A browser without pictures: keeps cookies, follows nothing, and sends a form as its page says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = httpx2.Cookies()
        self.page = ""

    def go(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        return self._ask("GET", path, {}, headers)

    def send(self, path: str, values: dict[str, str] | None = None, **headers: str) -> httpx2.Response:
        """Send a form of the page that was shown last, with its token."""
        sent = {"csrf": self.csrf, **(values or {})}
        return self._ask("POST", path, sent, {"origin": self.url, **headers})

    def upload(self, path: str, values: dict[str, str], field_name: str, name: str, content: bytes) -> httpx2.Response:
        """Send a form of the page that was shown last with a file in it."""
        with httpx2.Client(base_url=self.url, verify=NO_TLS, timeout=30, cookies=self.cookies) as client:
            headers = {"accept": "text/html", "origin": self.url}
            files = {field_name: (name, content, "application/octet-stream")}
            answer = client.post(path, data={"csrf": self.csrf, **values}, files=files, headers=headers)
        self.page = answer.text
        return answer

    @property
    def csrf(self) -> str:
        """The token of the forms on the page that was shown last."""
        found = _FIELD.search(self.page)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """What can be read on the page, without its marks."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.page)).split())

    def sign_in(self, clerk: Clerk, *, back: str = "") -> httpx2.Response:
        """Sign in with password and device; return the last answer."""
        self.go("/console/sign-in")
        self.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD, "next": back})
        self.go("/console/sign-in/code")
        return self.send("/console/sign-in/code", {"code": clerk.totp(), "next": back})

    def _ask(self, method: str, path: str, sent: dict[str, str], headers: dict[str, str]) -> httpx2.Response:
        told = {"accept": "text/html", **headers}
        with httpx2.Client(base_url=self.url, verify=NO_TLS, timeout=30, cookies=self.cookies) as client:
            answer = client.request(method, path, data=sent or None, headers=told)
            self.cookies = client.cookies
        if "text/html" in answer.headers.get("content-type", ""):
            self.page = answer.text
        return answer


@dataclass
class Office:
    """A running gateway and those who work on it, by code."""

    gateway: GatewayProcess
    clerks: dict[str, Clerk]

    def visitor(self, code: str = "", *, proven_minutes_ago: float = 0) -> Visitor:
        """Return a visitor, signed in where a code is given: by a session laid down for him, which costs no code."""
        visitor = Visitor(self.gateway.url)
        if code:
            cookie = new_cookie()
            in_a_thread(lambda: asyncio.run(self._lay_down(code, cookie.digest, proven_minutes_ago)))
            visitor.cookies.set("lienthong", cookie.clear)
        return visitor

    async def _lay_down(self, code: str, digest: str, proven_minutes_ago: float) -> None:
        now = datetime.now(UTC)
        proven = now - timedelta(minutes=proven_minutes_ago)
        database = Database.open(self.gateway.database_url)
        async with database.transaction() as session:
            member = await show_member(session, code)
            made = ConsoleSession(digest, member, Stage.COMPLETE, Method.TOTP, "127.0.0.1", now, now, proven)
            await open_session(session, made)
        await database.close()

    def catch_up(self) -> None:
        """Let the list of exchanges and changes come up to what is recorded, as the worker does."""

        async def index() -> None:
            database = Database.open(self.gateway.database_url)
            await index_exchanges(database)
            await database.close()

        in_a_thread(lambda: asyncio.run(index()))

    def new_clerk(self, role: Role, agency: str, *, initial: bool = False) -> Clerk:
        """Give somebody new an account, with an initial password only or complete."""
        clerk = Clerk(f"nguoi-{uuid.uuid4().hex[:8]}", role, agency)
        gateway = self.gateway
        settling = settle_clerks(gateway.database_url, gateway.directory / "keys", [clerk], initial=initial)
        in_a_thread(lambda: asyncio.run(settling))
        self.clerks[clerk.code] = clerk
        return clerk

    def reset_password(self, clerk: Clerk) -> None:
        """Give somebody the initial password again, as an administrator does."""

        async def reset() -> None:
            database = Database.open(self.gateway.database_url)
            async with database.transaction() as session:
                await accounts.set_password(session, clerk.code, password_hash=hash_password(PASSWORD), initial=True)
            await database.close()

        in_a_thread(lambda: asyncio.run(reset()))
