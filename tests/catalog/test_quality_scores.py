"""Is a score made as docs/quality.md says, at its edges too?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.descriptions import FieldClass
from catalog.quality.criteria import Band, Check, Criterion, band_of
from catalog.quality.rules import Rule, read_reference, rule_faults
from catalog.quality.scoring import score_database, shown
from catalog.quality.tally import RuleResult, Tally, result_of

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


def kept(check: Check, right: int, *, of: int = 100, field: str = "a", **members: object) -> RuleResult:
    rule = Rule("dv", field, check, "4" if check is Check.FRESH else "", **members)
    return result_of(rule, checked=of, failed=of - right)


@pytest.mark.parametrize(
    ("score", "right", "band"),
    [
        (Fraction(100), True, Band.GREEN),
        (Fraction(90), True, Band.GREEN),
        (Fraction(8999, 100), True, Band.YELLOW),
        (Fraction(75), True, Band.YELLOW),
        (Fraction(7499, 100), True, Band.RED),
        (Fraction(0), True, Band.RED),
        (Fraction(100), False, Band.YELLOW),
        (Fraction(80), False, Band.YELLOW),
        (Fraction(10), False, Band.RED),
        (None, True, Band.UNMEASURED),
    ],
)
def test_a_band_begins_at_its_edge(score: Fraction | None, right: bool, band: Band) -> None:
    assert band_of(score, identifiers_right=right) is band


@pytest.mark.parametrize(
    ("score", "text"),
    [(Fraction(100), "100.0"), (Fraction(89999, 1000), "89.9"), (Fraction(2, 3), "0.6"), (Fraction(0), "0.0")],
)
def test_a_score_is_cut_and_never_rounded_up(score: Fraction, text: str) -> None:
    assert shown(score) == Decimal(text)


def test_without_a_rule_or_a_row_there_is_no_score() -> None:
    empty = score_database([])
    unread = score_database([result_of(Rule("dv", "a", Check.FILLED), checked=0, failed=0, reason="no-rows")])

    assert (empty.score, empty.band) == (None, Band.UNMEASURED)
    assert (unread.score, unread.band, unread.criteria) == (None, Band.UNMEASURED, {})


def test_rules_count_by_their_weights_within_a_criterion() -> None:
    found = score_database([kept(Check.NO_JUNK, 100, weight=3), kept(Check.TRIMMED, 0)])

    assert found.criteria[Criterion.CLEANNESS] == 75


def test_criteria_count_alike_within_a_field() -> None:
    found = score_database([kept(Check.FILLED, 50), kept(Check.NO_JUNK, 100), kept(Check.TRIMMED, 100)])

    assert found.score == 75


def test_an_identifier_weighs_three_times() -> None:
    found = score_database([kept(Check.FORMAT, 100, field="ma", identifier=True), kept(Check.FILLED, 0, field="b")])

    assert found.score == 75


def test_liveliness_is_a_quarter_of_the_whole() -> None:
    dead = RuleResult(Rule("dv", "luc", Check.FRESH, "4"), 10, 1, 0)
    found = score_database([kept(Check.FILLED, 100, field="a"), kept(Check.FILLED, 100, field="b"), dead])

    assert found.score == 75
    assert found.criteria == {Criterion.COMPLETENESS: 100, Criterion.TIMELINESS: 0}


@pytest.mark.parametrize(
    ("check", "right", "identifier", "all_right"),
    [
        (Check.FORMAT, 99, True, False),
        (Check.UNIQUE, 99, True, False),
        (Check.FILLED, 99, True, False),
        (Check.NO_JUNK, 99, True, False),
        (Check.FORMAT, 100, True, True),
        (Check.FORMAT, 99, False, True),
        (Check.TRIMMED, 99, True, True),
    ],
)
def test_one_wrong_identifier_keeps_a_database_from_green(
    check: Check, right: int, identifier: bool, all_right: bool
) -> None:
    found = score_database([kept(check, right, identifier=identifier)])

    assert found.identifiers_right is all_right
    assert found.band is (Band.GREEN if all_right else Band.YELLOW)


def test_a_rule_that_is_switched_off_does_not_count() -> None:
    found = score_database([kept(Check.FILLED, 0, enabled=False), kept(Check.NO_JUNK, 100)])

    assert found.score == 100


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10), st.sampled_from(["a", "b", "c"]), st.booleans())))
def test_a_score_lies_between_its_worst_and_its_best_rule(rules: list[tuple[int, int, str, bool]]) -> None:
    results = [
        kept(Check.FILLED, right, of=50, field=field, weight=weight, identifier=identifier)
        for right, weight, field, identifier in rules
    ]
    shares = [result.share * 100 for result in results if result.share is not None]

    score = score_database(results).score

    assert (score is None) is (not rules)
    assert score is None or min(shares) <= score <= max(shares)


def tally(*rules: Rule, lists: dict[str, frozenset[str]] | None = None) -> Tally:
    return Tally(rules, classes={"so": FieldClass.PERSONAL}, lists=lists or {}, now=NOW)


@pytest.mark.parametrize(
    ("rule", "values", "checked", "failed"),
    [
        (Rule("dv", "so", Check.FILLED), ["1", None, " "], 3, 2),
        (Rule("dv", "so", Check.UNIQUE), ["1", "1", "2", None, "1"], 4, 2),
        (Rule("dv", "so", Check.FORMAT, "cmnd"), ["123456789", "12", None], 2, 1),
        (Rule("dv", "so", Check.ALLOWED, "Nam|Nữ"), ["Nam", "nam", "Nữ"], 3, 1),
        (Rule("dv", "so", Check.LISTED, "x"), ["22333", "99999"], 2, 1),
        (Rule("dv", "so", Check.NOT_FUTURE), ["2030-01-01", "2020-01-01"], 2, 1),
    ],
)
def test_rows_are_counted_against_a_rule(rule: Rule, values: list[str | None], checked: int, failed: int) -> None:
    counted = tally(rule, lists={"x": frozenset({"22333"})})
    for value in values:
        counted.add({"so": value})

    (result,) = counted.results()
    assert (result.checked, result.failed) == (checked, failed)


def test_doubled_rows_are_found_without_a_key() -> None:
    counted = tally(Rule("dv", "", Check.UNIQUE))
    for row in ({"so": "1"}, {"so": "2"}, {"so": "1"}):
        counted.add(row)

    (result,) = counted.results()
    assert (result.checked, result.failed, result.examples) == (3, 1, ())


def test_a_row_that_is_asked_for_twice_is_counted_once() -> None:
    counted = Tally([Rule("dv", "so", Check.FILLED)], classes={}, lists={}, now=NOW, once=True)
    for row in ({"so": "1"}, {"so": "2"}, {"so": "1"}):
        counted.add(row)

    assert counted.rows == counted.results()[0].checked == 2


def test_the_newest_row_tells_how_alive_a_service_is() -> None:
    counted = tally(Rule("dv", "so", Check.FRESH, "4"))
    for day in ("2026-01-01", (NOW - timedelta(days=10)).isoformat(), None):
        counted.add({"so": day})

    (result,) = counted.results()
    assert (result.share, result.checked, result.examples) == (Fraction(1, 2), 2, ("2026-11-16",))


def test_examples_are_masked_few_and_different() -> None:
    counted = tally(Rule("dv", "so", Check.FORMAT, "so-dinh-danh"))
    for number in range(100):
        counted.add({"so": f"{number:02d}609900012"})

    (result,) = counted.results()
    assert len(set(result.examples)) == 5
    assert all("*******" in example for example in result.examples)


def test_a_list_that_could_not_be_read_judges_nobody() -> None:
    counted = tally(Rule("dv", "so", Check.LISTED, "x"))
    counted.add({"so": "1"})

    assert counted.results() == ()


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        (Rule("dv", "a", Check.FORMAT, "so-dinh-danh"), None),
        (Rule("dv", "a", Check.FORMAT, "khong-co"), "argument"),
        (Rule("dv", "a", Check.ALLOWED, "Nam|Nữ"), None),
        (Rule("dv", "a", Check.ALLOWED, "Nam||Nữ"), "argument"),
        (Rule("dv", "a", Check.ALLOWED, ""), "argument"),
        (Rule("dv", "a", Check.LISTED, "dmdc/dvhc/v1/danh-sach#MaDVHC"), None),
        (Rule("dv", "a", Check.LISTED, "dmdc/dvhc/danh-sach#MaDVHC"), "argument"),
        (Rule("dv", "a", Check.FRESH, "4"), None),
        (Rule("dv", "a", Check.FRESH, "0"), "argument"),
        (Rule("dv", "a", Check.FRESH, "²"), "argument"),
        (Rule("dv", "a", Check.FILLED, "x"), "argument"),
        (Rule("dv", "a", Check.FILLED, weight=0), "weight"),
        (Rule("dv", "a", Check.FILLED, weight=11), "weight"),
        (Rule("dv", "", Check.FILLED), "field"),
        (Rule("dv", "", Check.UNIQUE), None),
    ],
)
def test_a_rule_says_what_is_wrong_with_it_at_its_member(rule: Rule, where: str | None) -> None:
    assert [fault.where for fault in rule_faults(rule)] == ([] if where is None else [where])


def test_a_reference_names_a_field_of_an_operation() -> None:
    found = read_reference("dmdc/dvhc/v1/danh-sach#MaDVHC")

    assert found is not None
    assert (found.database, found.service, found.version, found.operation) == ("dmdc", "dvhc", 1, "danh-sach")
