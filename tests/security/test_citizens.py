"""Is a citizen's session his alone, and is only an identity number taken for one?"""

from datetime import UTC, datetime, timedelta

import pytest

from security.citizens import LASTS, is_identity_number, is_over, open_number, seal_number
from security.sessions import new_cookie

NUMBER = "056099000001"
NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


def test_only_his_cookie_opens_whose_session_it_is() -> None:
    cookie, other = new_cookie().clear, new_cookie().clear
    sealed = seal_number(cookie, NUMBER)

    assert open_number(cookie, sealed) == NUMBER
    assert open_number(other, sealed) is None
    assert open_number(cookie, sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert NUMBER.encode() not in sealed


@pytest.mark.parametrize(("age", "over"), [(timedelta(0), False), (LASTS - timedelta(seconds=1), False), (LASTS, True)])
def test_a_session_lasts_a_quarter_of_an_hour(age: timedelta, over: bool) -> None:
    assert is_over(NOW - age, now=NOW) is over


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(NUMBER, True), ("", False), ("05609900000", False), ("0560990000011", False), ("05609900000a", False),
     ("٠٥٦٠٩٩٠٠٠٠٠١", False), (56099000001, False), (None, False), ([NUMBER], False)],
)  # fmt: skip
def test_an_identity_number_is_twelve_digits(value: object, is_one: bool) -> None:
    assert is_identity_number(value) is is_one
