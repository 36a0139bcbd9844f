"""By which words is a database judged, and what is looked at for each of them?

No legal text defines "đúng, đủ, sạch, sống"; this is the operational reading of 03-domain, section 5; docs/quality.md
has it with the formulas.
"""

from enum import StrEnum
from fractions import Fraction
from typing import assert_never

GREEN_FROM = 90
YELLOW_FROM = 75


class Criterion(StrEnum):
    """Đúng, đủ, sạch, sống."""

    ACCURACY = "accuracy"
    COMPLETENESS = "completeness"
    CLEANNESS = "cleanness"
    TIMELINESS = "timeliness"


class Check(StrEnum):
    """What a rule looks at. The first group looks at one value, `UNIQUE` at all of a field, `FRESH` at the newest.

    `FORMAT` has the name of a format as its argument, `ALLOWED` the values (joined by `|`), `LISTED` the field of
    another service that holds them all (`dmdc/dvhc/v1/danh-sach#MaDVHC`), `FRESH` a number of days.
    """

    FORMAT = "format"
    ALLOWED = "allowed"
    LISTED = "listed"
    NOT_FUTURE = "not-future"
    FILLED = "filled"
    NO_JUNK = "no-junk"
    TRIMMED = "trimmed"
    COMPOSED = "composed"
    CASED = "cased"
    UNIQUE = "unique"
    FRESH = "fresh"


class Band(StrEnum):
    """A score as a colour and a word: green from 90, yellow from 75, red below; unmeasured is no judgement."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNMEASURED = "unmeasured"


def criterion_of(check: Check) -> Criterion:
    """Return the word under which a check counts."""
    match check:
        case Check.FORMAT | Check.ALLOWED | Check.LISTED | Check.NOT_FUTURE:
            return Criterion.ACCURACY
        case Check.FILLED:
            return Criterion.COMPLETENESS
        case Check.NO_JUNK | Check.TRIMMED | Check.COMPOSED | Check.CASED | Check.UNIQUE:
            return Criterion.CLEANNESS
        case Check.FRESH:
            return Criterion.TIMELINESS
        case _:
            assert_never(check)


def band_of(score: Fraction | None, *, identifiers_right: bool = True) -> Band:
    """Return the band of an exact score of 0 to 100. With an identifier that is not at 100 % nothing is green."""
    if score is None:
        return Band.UNMEASURED
    if score >= GREEN_FROM and identifiers_right:
        return Band.GREEN
    return Band.YELLOW if score >= YELLOW_FROM else Band.RED
