"""How many values of a service keep each rule? Rows are added one by one and none of them is kept.

What is remembered of a row are counts, hashes (to find doubles) and a few masked wrong values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

import msgspec

from catalog.canonical import JsonValue
from catalog.descriptions import FieldClass
from catalog.quality.checks import (
    is_allowed,
    is_cased,
    is_composed,
    is_junk,
    is_past,
    is_trimmed,
    keeps_format,
    moment_of,
)
from catalog.quality.criteria import Check
from catalog.quality.freshness import liveliness
from catalog.quality.masking import mask_value
from catalog.quality.reading import values_at
from catalog.quality.rules import Rule

MOST_EXAMPLES = 5
POINTS = 10_000
"""A full score, in the unit in which one is kept."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How a rule was kept: of `checked` values (rows, for a whole row), `failed` did not keep it.

    `points` of `POINTS` are reached; they say the same as the counts but for `FRESH`, whose score is one of age.
    `reason` tells why a rule could not be measured: then `checked` is 0. `examples` are masked.
    """

    rule: Rule
    checked: int
    failed: int
    points: int
    examples: tuple[str, ...] = ()
    reason: str = ""

    @property
    def share(self) -> Fraction | None:
        """Return the exact share that is right, None when nothing was checked."""
        if not self.checked:
            return None
        if self.rule.check is Check.FRESH:
            return Fraction(self.points, POINTS)
        return Fraction(self.checked - self.failed, self.checked)


def result_of(rule: Rule, *, checked: int, failed: int, examples: Sequence[str] = (), reason: str = "") -> RuleResult:
    """Return the result of a rule that counts values."""
    points = (checked - failed) * POINTS // checked if checked else 0
    return RuleResult(rule, checked, failed, points, tuple(examples), reason)


@dataclass(slots=True)
class _Count:
    rule: Rule
    class_: FieldClass
    checked: int = 0
    failed: int = 0
    examples: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    newest: datetime | None = None


class Tally:
    """Counts the rows of one service. `lists` holds the right values of `LISTED` rules by their argument.

    A `LISTED` rule without its list is left to the caller: `results` has none for it.
    """

    def __init__(
        self, rules: Sequence[Rule], *, classes: Mapping[str, FieldClass], lists: Mapping[str, frozenset[str]],
        now: datetime, once: bool = False,
    ) -> None:  # fmt: skip
        """With `once`, a row that comes again is not counted again: that is for rows asked by code after code."""
        self._now = now
        self._once: set[int] | None = set() if once else None
        self._lists = lists
        self._counts: dict[str, list[_Count]] = {}
        for rule in rules:
            if self._countable(rule):
                count = _Count(rule, classes.get(rule.field, FieldClass.PERSONAL))
                self._counts.setdefault(rule.field, []).append(count)
        self._choices = {
            rule.argument: frozenset(part.strip() for part in rule.argument.split("|"))
            for rule in rules
            if rule.check is Check.ALLOWED
        }
        self.rows = 0

    def add(self, row: JsonValue) -> None:
        """Count one row."""
        if self._once is not None:
            mark = hash(msgspec.json.encode(row))
            if mark in self._once:
                return
            self._once.add(mark)
        self.rows += 1
        for path, counts in self._counts.items():
            if not path:
                for count in counts:
                    self._count_double(count, hash(msgspec.json.encode(row)), shown="")
                continue
            for value in values_at(row, path):
                for count in counts:
                    self._count(count, value)

    def results(self) -> tuple[RuleResult, ...]:
        """Return what has been counted so far."""
        return tuple(self._result(count) for counts in self._counts.values() for count in counts)

    def _countable(self, rule: Rule) -> bool:
        return rule.enabled and (rule.check is not Check.LISTED or rule.argument in self._lists)

    def _count(self, count: _Count, value: str | None) -> None:
        rule = count.rule
        if value is None or not value.strip():
            if rule.check is Check.FILLED:
                self._note(count, kept=False, shown="")
            return
        match rule.check:
            case Check.UNIQUE:
                self._count_double(count, hash(value), shown=value)
            case Check.FRESH:
                at = moment_of(value)
                if at is not None:
                    count.checked += 1
                    count.newest = at if count.newest is None else max(at, count.newest)
            case _:
                self._note(count, kept=self._keeps(rule, value), shown=value)

    def _keeps(self, rule: Rule, value: str) -> bool:
        match rule.check:
            case Check.FORMAT:
                return keeps_format(value, rule.argument)
            case Check.ALLOWED:
                return is_allowed(value, self._choices[rule.argument])
            case Check.LISTED:
                return is_allowed(value, self._lists[rule.argument])
            case Check.NOT_FUTURE:
                return is_past(value, now=self._now)
            case Check.NO_JUNK:
                return not is_junk(value)
            case Check.TRIMMED:
                return is_trimmed(value)
            case Check.COMPOSED:
                return is_composed(value)
            case Check.CASED:
                return is_cased(value)
            case _:  # a value that is there is filled; the others are counted elsewhere
                return True

    def _count_double(self, count: _Count, mark: int, *, shown: str) -> None:
        self._note(count, kept=mark not in count.seen, shown=shown)
        count.seen.add(mark)

    def _note(self, count: _Count, *, kept: bool, shown: str) -> None:
        count.checked += 1
        if kept:
            return
        count.failed += 1
        if shown and len(count.examples) < MOST_EXAMPLES:
            masked = mask_value(shown, count.class_)
            if masked not in count.examples:
                count.examples.append(masked)

    def _result(self, count: _Count) -> RuleResult:
        rule = count.rule
        if rule.check is not Check.FRESH:
            return result_of(rule, checked=count.checked, failed=count.failed, examples=count.examples)
        if count.newest is None:
            return RuleResult(rule, 0, 0, 0)
        share = liveliness(count.newest, int(rule.argument), now=self._now)
        failed = 0 if share == 1 else 1
        return RuleResult(rule, count.checked, failed, int(share * POINTS), (count.newest.date().isoformat(),))
