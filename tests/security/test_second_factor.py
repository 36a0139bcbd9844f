"""Which codes are right, and when?"""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from security.second_factor import (
    looks_like_recovery,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    recovery_digest,
    step_at,
    totp_address,
    totp_code,
)

SECRET = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B
NOW = datetime(2026, 11, 26, 7, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert totp_code(SECRET, step_at(datetime.fromtimestamp(seconds, UTC))) == code


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_holds_for_one_step_around_now(steps: int, right: bool) -> None:
    code = totp_code(SECRET, step_at(NOW + timedelta(seconds=30 * steps)))

    assert (matching_step(SECRET, code, now=NOW) == step_at(NOW) + steps) is right


@pytest.mark.parametrize("typed", ["", "000", "abcdef", "１２３４５６", "12345６", "0" * 300])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert matching_step(SECRET, typed, now=NOW) is None


def test_a_code_may_be_typed_with_a_blank_in_it() -> None:
    code = totp_code(SECRET, step_at(NOW))

    assert matching_step(SECRET, f"{code[:3]} {code[3:]}", now=NOW) == step_at(NOW)


def test_the_address_names_account_and_issuer_for_the_program() -> None:
    address = urlsplit(totp_address(SECRET, account="quantri", issuer="Liên Thông"))

    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/Li%C3%AAn%20Th%C3%B4ng:quantri")
    assert parse_qs(address.query) == {
        "secret": [SECRET], "issuer": ["Liên Thông"], "digits": ["6"], "period": ["30"],
    }  # fmt: skip


def test_recovery_codes_are_known_however_they_are_typed() -> None:
    codes = new_recovery_codes()

    assert len(set(codes)) == 10
    assert recovery_digest(codes[0].lower().replace("-", " ")) == recovery_digest(codes[0])
    assert looks_like_recovery(codes[0])
    assert not looks_like_recovery("123 456")


def test_secrets_are_new_each_time() -> None:
    assert new_totp_secret() != new_totp_secret()
    assert len(base64.b32decode(new_totp_secret())) == 20
