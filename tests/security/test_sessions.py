"""When is a session over, and for how long is an account locked?"""

from datetime import UTC, datetime, timedelta

import pytest

from security.sessions import Stage, form_token, is_form_token, is_fresh, is_over, locked_until, new_cookie

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "created_minutes", "seen_minutes", "over"),
    [
        (Stage.COMPLETE, 0, 0, False),
        (Stage.COMPLETE, 60, 14.9, False),
        (Stage.COMPLETE, 60, 15, True),
        (Stage.COMPLETE, 479, 0, False),
        (Stage.COMPLETE, 480, 0, True),
        (Stage.PASSWORD, 9.9, 0, False),
        (Stage.PASSWORD, 10, 0, True),
        (Stage.SETTING_UP, 10, 0, True),
    ],
)
def test_a_session_ends_by_itself(stage: Stage, created_minutes: float, seen_minutes: float, over: bool) -> None:
    created, seen = NOW - timedelta(minutes=created_minutes), NOW - timedelta(minutes=seen_minutes)

    assert is_over(stage, created_at=created, seen_at=seen, now=NOW) is over


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, None), (4, None), (5, 1), (6, 2), (7, 4), (9, 16), (10, 30), (500, 30)]
)
def test_each_failure_after_the_fifth_waits_twice_as_long(failures: int, minutes: int | None) -> None:
    expected = None if minutes is None else NOW + timedelta(minutes=minutes)

    assert locked_until(failures, now=NOW) == expected


@pytest.mark.parametrize(("minutes", "fresh"), [(0, True), (9.9, True), (10, False)])
def test_a_proof_holds_for_ten_minutes(minutes: float, fresh: bool) -> None:
    assert is_fresh(NOW - timedelta(minutes=minutes), now=NOW) is fresh


def test_a_form_is_known_by_the_cookie_of_the_browser_it_was_given_to() -> None:
    mine, other = new_cookie(), new_cookie()

    assert is_form_token(mine.clear, form_token(mine.clear))
    assert not is_form_token(mine.clear, form_token(other.clear))
    assert not is_form_token(mine.clear, "")
    assert mine.clear not in repr(mine)
