"""Does the province's single sign-on open the console for just whom an administrator entered?"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest
from conftest import in_a_thread, migrate
from gateways import NO_TLS, PROVIDER_AGENCY, GatewayProcess, settle_province
from providers.single_sign_on import CLIENT_ID, CLIENT_SECRET, Claims, SingleSignOnServer
from visitors import BY, Clerk, Office, Visitor, settle_clerks

from catalog import accounts
from catalog.staff import StaffMember, add_member
from gateway.db import Database
from security.staff import Role

KNOWN = "nguoi-dung-1"


@dataclass
class SsoOffice:
    """An office with a single sign-on, at which `daidien` is known."""

    office: Office
    provider: SingleSignOnServer

    def leave(self, visitor: Visitor, path: str = "/console/sign-in/sso?next=/console/account") -> str:
        """Go to the single sign-on, and return the address to which it sends the browser back."""
        visitor.go("/console/sign-in")
        away = visitor.go(path)
        assert away.status_code == 303, visitor.text
        with httpx2.Client(verify=NO_TLS, timeout=10) as client:
            back = urlsplit(client.get(away.headers["location"]).headers["location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, visitor: Visitor) -> httpx2.Response:
        """Sign in there, and come back."""
        return visitor.go(self.leave(visitor))


async def enter(url: str, issuer: str) -> None:
    """Enter somebody as the single sign-on names him; he has no password here."""
    database = Database.open(url)
    async with database.transaction() as session:
        member = StaffMember("daidien", "Đại diện", Role.PLATFORM_ADMIN, PROVIDER_AGENCY, has_access=False)
        await add_member(session, member, token_hash=None, by=BY)
        await accounts.set_identity(session, "daidien", email="", issuer=issuer, subject=KNOWN)
    await database.close()


@pytest.fixture(scope="module")
def sso_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SsoOffice]:
    directory, provider = tmp_path_factory.mktemp("sso"), SingleSignOnServer()
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    clerk = Clerk("tai-cho", Role.PLATFORM_ADMIN, PROVIDER_AGENCY)

    async def settle() -> None:
        await settle_province(url, "http://127.0.0.1:9")
        await settle_clerks(url, directory / "keys", [clerk])
        await enter(url, provider.url)

    in_a_thread(lambda: asyncio.run(settle()))
    secret = directory / "oidc-secret"
    secret.write_text(CLIENT_SECRET)
    settings = {
        "LIENTHONG_OIDC_ISSUER": provider.url,
        "LIENTHONG_OIDC_CLIENT_ID": CLIENT_ID,
        "LIENTHONG_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    process = GatewayProcess(directory, url, environment=settings)
    process.start()
    yield SsoOffice(Office(process, {clerk.code: clerk}), provider)
    process.stop()
    provider.close()


@pytest.fixture
def sso(sso_office: SsoOffice) -> Iterator[SsoOffice]:
    """The office, whose single sign-on tells the truth again afterwards."""
    provider = sso_office.provider
    yield sso_office
    provider.subject, provider.change = KNOWN, lambda claims: claims
    provider.unsigned = provider.signed_by_another = provider.broken = False


def test_whom_an_administrator_entered_comes_in_to_the_page_he_asked_for(sso: SsoOffice) -> None:
    visitor = Visitor(sso.office.gateway.url)

    answer = sso.sign_in(visitor)

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
    assert "Đại diện" in visitor.go("/console/account").text


def test_nobody_gets_an_account_by_himself(sso: SsoOffice) -> None:
    visitor = Visitor(sso.office.gateway.url)
    sso.provider.subject = "nguoi-la"

    assert sso.sign_in(visitor).status_code == 401
    assert visitor.go("/console/account").status_code == 303


def altered(**members: object) -> Callable[[Claims], Claims]:
    return lambda claims: {name: value for name, value in {**claims, **members}.items() if value is not None}


@pytest.mark.parametrize(
    "change",
    [
        altered(nonce="another"),
        altered(nonce=None),
        altered(aud="another-client"),
        altered(aud=[CLIENT_ID, "another-client"], azp=CLIENT_ID),
        altered(azp="another-client"),
        altered(iss="http://127.0.0.1:1"),
        altered(exp=1_700_000_000),
        altered(exp=None),
        altered(iat=1_700_000_000),
        altered(sub=""),
        altered(sub=None),
    ],
)
def test_a_token_that_does_not_say_what_it_must_opens_nothing(
    sso: SsoOffice, change: Callable[[Claims], Claims]
) -> None:
    visitor = Visitor(sso.office.gateway.url)
    sso.provider.change = change

    assert sso.sign_in(visitor).status_code == 401
    assert visitor.go("/console/account").status_code == 303


@pytest.mark.parametrize("lie", ["unsigned", "signed_by_another"])
def test_a_token_that_its_issuer_did_not_sign_opens_nothing(sso: SsoOffice, lie: str) -> None:
    visitor = Visitor(sso.office.gateway.url)
    setattr(sso.provider, lie, True)

    assert sso.sign_in(visitor).status_code == 401


def test_who_comes_back_twice_is_let_in_once(sso: SsoOffice) -> None:
    visitor = Visitor(sso.office.gateway.url)
    back = sso.leave(visitor)
    cookies = dict(visitor.cookies)

    first = visitor.go(back)
    again = Visitor(sso.office.gateway.url)
    again.cookies.update(cookies)

    assert first.status_code == 303
    assert again.go(back).status_code == 403


def test_another_browser_cannot_come_back_in_his_place(sso: SsoOffice) -> None:
    visitor, other = Visitor(sso.office.gateway.url), Visitor(sso.office.gateway.url)
    back = sso.leave(visitor)
    other.go("/console/sign-in")

    assert other.go(back).status_code == 403
    assert visitor.go(back).status_code == 403  # it was taken, by whoever it was


def test_who_changes_keys_is_asked_there_once_more(sso: SsoOffice) -> None:
    visitor = Visitor(sso.office.gateway.url)
    sso.sign_in(visitor)

    answer = visitor.go(sso.leave(visitor, "/console/prove/sso?next=/console/staff/new"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/staff/new")
    assert sso.provider.asked_again[-1] == "login"


def test_a_proof_that_is_old_or_of_another_is_none(sso: SsoOffice) -> None:
    visitor = Visitor(sso.office.gateway.url)
    sso.sign_in(visitor)

    sso.provider.change = altered(auth_time=1_700_000_000)
    assert visitor.go(sso.leave(visitor, "/console/prove/sso")).status_code == 401
    sso.provider.change, sso.provider.subject = lambda claims: claims, "nguoi-la"
    assert visitor.go(sso.leave(visitor, "/console/prove/sso")).status_code == 401


def test_a_single_sign_on_that_is_off_has_no_address(office: Office) -> None:
    visitor = Visitor(office.gateway.url)
    visitor.go("/console/sign-in")

    assert "/console/sign-in/sso" not in visitor.page
    assert visitor.go("/console/sign-in/sso").status_code == 404
