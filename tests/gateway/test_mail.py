"""Does a letter reach a real mail server, protected as agreed, and is a refusal told for what it is?"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from providers.mail_server import MailServer

from gateway.notifications.kinds import TITLES, Kind, told
from gateway.notifications.mail import FilePost, NotSent, Security, SmtpPost, compose
from gateway.notifications.outbox import Letter

FACTS = {"name": "TT-1", "database": "Đất đai", "agency": "Sở Nội vụ"}
LETTER = Letter(7, "can-bo@tinh.example", Kind.REQUEST_WAITING, FACTS, "/console/agreements/TT-1", datetime.now(UTC), 1)
MESSAGE = compose(LETTER, sender="lien-thong@tinh.example", public_url="https://lienthong.tinh.example")


def post_to(server: MailServer, security: Security, **more: str) -> SmtpPost:
    return SmtpPost("127.0.0.1", server.port, security, trust=server.trust, **more)


@pytest.mark.parametrize(
    ("security", "implicit", "secured"),
    [(Security.STARTTLS, False, True), (Security.TLS, True, True), (Security.NONE, False, False)],
)
async def test_a_letter_is_handed_over(tmp_path: Path, security: Security, implicit: bool, secured: bool) -> None:
    with MailServer(tmp_path, implicit_tls=implicit) as server:
        await post_to(server, security).send(MESSAGE)

    (letter,) = server.letters
    assert server.secured == [secured]
    assert letter["subject"] == "[Liên Thông] Yêu cầu chờ quyết định / Request waiting for a decision"
    assert letter["message-id"] == "<notification-7@lienthong.tinh.example>"


async def test_a_letter_says_it_in_both_languages_and_where_to_read_on(tmp_path: Path) -> None:
    with MailServer(tmp_path) as server:
        await post_to(server, Security.STARTTLS).send(MESSAGE)

    text = server.letters[0].get_content()  # type: ignore[attr-defined]  # of the modern policy
    assert "Sở Nội vụ xin khai thác Đất đai theo thỏa thuận TT-1" in text
    assert "asks for Đất đai under agreement TT-1" in text
    assert "https://lienthong.tinh.example/console/agreements/TT-1" in text


async def test_user_and_password_are_told_over_a_protected_line(tmp_path: Path) -> None:
    with MailServer(tmp_path, password="mat-khau") as server:
        await post_to(server, Security.STARTTLS, user="lien-thong", password="mat-khau").send(MESSAGE)

    assert len(server.letters) == 1


@pytest.mark.parametrize(
    ("refuse", "reason", "for_good"),
    [
        ({"RCPT": "550 no such box"}, "the mail server refuses the recipient (550)", True),
        ({"RCPT": "450 try later"}, "the mail server refuses the recipient (450)", False),
        ({"MAIL": "553 not you"}, "the mail server refuses the letter (553)", True),
        ({"DATA": "451 try later"}, "the mail server refuses the letter (451)", False),
        ({"CONNECT": "554 not now"}, "the mail server refuses the letter (554)", False),
        ({"STARTTLS": "454 not now"}, "the mail server refuses the letter (454)", False),
        ({"AUTH": "535 no"}, "the mail server does not take our user and password (535)", False),
    ],
)
async def test_a_refusal_is_told_by_its_kind_and_never_with_an_address(
    tmp_path: Path, refuse: dict[str, str], reason: str, for_good: bool
) -> None:
    with MailServer(tmp_path, password="mat-khau", refuse=refuse) as server, pytest.raises(NotSent) as failure:
        await post_to(server, Security.STARTTLS, user="a", password="mat-khau").send(MESSAGE)

    assert (str(failure.value), failure.value.for_good) == (reason, for_good)
    assert server.letters == []


async def test_a_server_that_is_not_who_it_should_be_gets_nothing(tmp_path: Path) -> None:
    with MailServer(tmp_path) as server, pytest.raises(NotSent, match="cannot be reached"):
        await SmtpPost("127.0.0.1", server.port, Security.STARTTLS).send(MESSAGE)

    assert server.letters == []


async def test_nobody_at_the_address_is_tried_again(free_port: int) -> None:
    with pytest.raises(NotSent) as failure:
        await SmtpPost("127.0.0.1", free_port, Security.NONE).send(MESSAGE)

    assert not failure.value.for_good


async def test_a_letter_becomes_a_file_and_the_same_letter_no_second_one(tmp_path: Path) -> None:
    post = FilePost(tmp_path / "mail")
    await post.send(MESSAGE)
    await post.send(MESSAGE)

    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert b"To: can-bo@tinh.example" in file.read_bytes()


@pytest.mark.parametrize("kind", Kind)
def test_everything_is_told_in_both_languages(kind: Kind) -> None:
    words = told(kind, FACTS | {"step": "approve", "until": "01/01/2027", "before": "green", "now": "red"})

    assert words.vi != words.en
    assert TITLES[kind].vi != TITLES[kind].en
