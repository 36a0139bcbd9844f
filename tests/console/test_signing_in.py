"""Does the right person get in, by the right steps, and nobody else by any?"""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gateways import CONSUMER_AGENCY
from visitors import PASSWORD, Clerk, Office, Visitor

from security.second_factor import step_at, totp_code
from security.staff import Role

OWN_PASSWORD = "một câu khác hẳn lần này"


def new_clerk(office: Office, *, initial: bool = False) -> Clerk:
    """Give somebody new an account in the office."""
    return office.new_clerk(Role.OBSERVER, CONSUMER_AGENCY, initial=initial)


def recorded(office: Office, code: str) -> list[tuple[str, bool]]:
    """Return the steps of somebody's signing in that stand in the record, and whether each was allowed."""
    path = Path(office.gateway.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        bodies = [row[0] for row in connection.execute("SELECT body FROM record WHERE kind = 'AUTH' ORDER BY at_us")]
    found = (bytes(body).decode() for body in bodies)
    return [
        (str(re.search(r'"operation":"([a-z-]+)"', body)[1]), '"allowed":true' in body)  # type: ignore[index]  # each AUTH of the console has one
        for body in found
        if f'"client":"{code}"' in body
    ]


def test_password_and_code_open_the_page_that_was_asked_for(office: Office) -> None:
    visitor, clerk = Visitor(office.gateway.url), new_clerk(office)
    sent_on = visitor.go("/console/account").headers["location"]

    answer = visitor.sign_in(clerk, back="/console/account")

    assert sent_on == "/console/sign-in?next=%2Fconsole%2Faccount"
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
    assert f"Người {clerk.code}" in visitor.go("/console/account").text
    assert recorded(office, clerk.code) == [("sign-in", True)]


def test_the_password_alone_opens_nothing(office: Office) -> None:
    visitor = Visitor(office.gateway.url)
    visitor.go("/console/sign-in")
    visitor.send("/console/sign-in", {"name": "quan-sat", "password": PASSWORD})

    assert visitor.go("/console/account").headers["location"].startswith("/console/sign-in")


def test_a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words(office: Office) -> None:
    said = []
    for name, password in (("quan-sat", "sai mất rồi, không phải"), ("khong-co-ai", PASSWORD)):
        visitor = Visitor(office.gateway.url)
        visitor.go("/console/sign-in")
        answer = visitor.send("/console/sign-in", {"name": name, "password": password})
        said.append((answer.status_code, visitor.text.replace(name, "…")))

    assert said[0] == said[1]
    assert said[0][0] == 401


def test_a_code_opens_once(office: Office) -> None:
    clerk = new_clerk(office)
    first, second = Visitor(office.gateway.url), Visitor(office.gateway.url)
    for visitor in (first, second):
        visitor.go("/console/sign-in")
        visitor.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD})
        visitor.go("/console/sign-in/code")
    code = clerk.totp()

    assert first.send("/console/sign-in/code", {"code": code}).status_code == 303
    assert second.send("/console/sign-in/code", {"code": code}).status_code == 401


def test_a_recovery_code_opens_once(office: Office) -> None:
    clerk = new_clerk(office)
    answers = []
    for _ in range(2):
        visitor = Visitor(office.gateway.url)
        visitor.go("/console/sign-in")
        visitor.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD})
        visitor.go("/console/sign-in/code")
        answers.append(visitor.send("/console/sign-in/code", {"code": clerk.recovery[0].lower()}).status_code)

    assert answers == [303, 401]


def test_after_five_failures_even_the_right_password_waits(office: Office) -> None:
    clerk = new_clerk(office)
    visitor = Visitor(office.gateway.url)
    visitor.go("/console/sign-in")
    for _ in range(5):
        visitor.send("/console/sign-in", {"name": clerk.code, "password": "sai mất rồi, không phải"})

    answer = visitor.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD})

    assert answer.status_code == 401
    assert ("lock", True) in recorded(office, clerk.code)


def test_who_comes_the_first_time_sets_password_and_device(office: Office) -> None:
    clerk = new_clerk(office, initial=True)
    visitor = Visitor(office.gateway.url)
    visitor.go("/console/sign-in")
    visitor.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD})
    page = visitor.go("/console/sign-in/set-up").text
    secret = str(re.search(r'class="key">([^<]+)<', page)[1]).replace(" ", "")  # type: ignore[index]  # the page shows one
    code = totp_code(secret, step_at(datetime.now(UTC)))

    answer = visitor.send(
        "/console/sign-in/set-up", {"new_password": OWN_PASSWORD, "repeated": OWN_PASSWORD, "code": code}
    )

    assert "<svg" in page
    assert answer.status_code == 200
    assert len(re.findall(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}", answer.text)) == 10
    assert visitor.go("/console/account").status_code == 200


def test_whose_password_was_reset_needs_his_device_before_he_replaces_it(office: Office) -> None:
    clerk = new_clerk(office)
    office.reset_password(clerk)
    visitor = Visitor(office.gateway.url)
    visitor.go("/console/sign-in")
    visitor.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD})

    early = visitor.go("/console/sign-in/set-up")
    visitor.go("/console/sign-in/code")
    visitor.send("/console/sign-in/code", {"code": clerk.totp()})
    visitor.go("/console/sign-in/set-up")
    answer = visitor.send("/console/sign-in/set-up", {"new_password": OWN_PASSWORD, "repeated": OWN_PASSWORD})

    assert early.headers["location"].startswith("/console/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


@pytest.mark.parametrize(
    ("chosen", "repeated", "said"),
    [
        ("ngan qua", "ngan qua", "ít nhất 12 ký tự"),
        (OWN_PASSWORD, "khác hẳn một câu khác", "không giống mật khẩu"),
        (PASSWORD, PASSWORD, "khác mật khẩu ban đầu"),
    ],
)
def test_an_unfit_first_password_is_refused_at_its_field(office: Office, chosen: str, repeated: str, said: str) -> None:
    clerk = new_clerk(office, initial=True)
    visitor = Visitor(office.gateway.url)
    visitor.go("/console/sign-in")
    visitor.send("/console/sign-in", {"name": clerk.code, "password": PASSWORD})
    visitor.go("/console/sign-in/set-up")

    answer = visitor.send("/console/sign-in/set-up", {"new_password": chosen, "repeated": repeated, "code": "000000"})

    assert answer.status_code == 422
    assert said in answer.text


def test_signing_out_ends_the_session_and_not_only_the_cookie(office: Office) -> None:
    visitor = office.visitor("quan-sat")
    kept = dict(visitor.cookies)
    visitor.go("/console/account")

    visitor.send("/console/sign-out")

    other = Visitor(office.gateway.url)
    other.cookies.update(kept)
    assert other.go("/console/account").status_code == 303


def test_the_cookie_that_a_browser_came_with_opens_nothing_afterwards(office: Office) -> None:
    visitor = Visitor(office.gateway.url)
    visitor.cookies.set("lienthong", "laid-out-by-somebody-else")

    visitor.sign_in(new_clerk(office))

    laid_out = Visitor(office.gateway.url)
    laid_out.cookies.set("lienthong", "laid-out-by-somebody-else")
    assert laid_out.go("/console/account").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_does_nothing(office: Office, headers: dict[str, str]) -> None:
    visitor = office.visitor("quan-sat")
    visitor.go("/console/account")

    answer = visitor.send("/console/sign-out", None, **headers)

    assert answer.status_code == 403
    assert visitor.go("/console/account").status_code == 200


def test_a_form_without_the_token_of_its_session_does_nothing(office: Office) -> None:
    visitor, other = office.visitor("quan-sat"), office.visitor("thanh-tra")
    other.go("/console/account")
    visitor.go("/console/account")

    assert visitor.send("/console/sign-out", {"csrf": other.csrf}).status_code == 403
    assert visitor.send("/console/sign-out", {"csrf": ""}).status_code == 403
    assert visitor.go("/console/account").status_code == 200


@pytest.mark.parametrize(
    "back", ["//elsewhere.example", "https://elsewhere.example/console", "/x/y", "/console\\..\\x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(office: Office, back: str) -> None:
    clerk = new_clerk(office)

    answer = Visitor(office.gateway.url).sign_in(clerk, back=back)

    assert answer.headers["location"] == "/console"


def test_a_program_is_told_and_not_sent_to_a_page(office: Office) -> None:
    answer = Visitor(office.gateway.url).go("/console/account", accept="application/json")

    assert answer.status_code == 401
    assert answer.json()["type"].endswith("/problems/staff-unauthorized")
