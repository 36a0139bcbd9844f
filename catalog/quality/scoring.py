"""Of what is the score of a database made? Exact fractions all the way: what is shown is cut, never rounded up. Pure.

rule: the share of checked values that keep it
criterion of a field: the mean of its rules, by their weights
field: the mean of its criteria
database: the mean of its fields, where an identifier weighs three times; the services' liveliness, which no field has,
together weighs a third of all fields, and so a quarter of the whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from catalog.quality.criteria import Band, Check, Criterion, band_of
from catalog.quality.tally import RuleResult

IDENTIFIER_WEIGHT = 3
LIVELINESS_SHARE = Fraction(1, 3)
_OF_IDENTIFIERS = frozenset({Check.FORMAT, Check.UNIQUE, Check.FILLED, Check.NO_JUNK})


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field of a service: its scores (0 to 100), None where nothing was measured."""

    service: str
    field: str
    identifier: bool
    score: Fraction | None
    criteria: Mapping[Criterion, Fraction]


@dataclass(frozen=True, slots=True)
class DatabaseScore:
    """A database: its score (0 to 100) and band, each criterion over its fields, and the fields.

    `identifiers_right` is false when a single value of an identifier is malformed, missing, doubled or a filler: then
    the band is yellow at best.
    """

    score: Fraction | None
    band: Band
    criteria: Mapping[Criterion, Fraction]
    identifiers_right: bool
    fields: tuple[FieldScore, ...]


def score_database(results: Iterable[RuleResult]) -> DatabaseScore:
    """Return the score that results of all its services make; without any result, none."""
    measured = [result for result in results if result.share is not None and result.rule.enabled]
    lively = [result for result in measured if result.rule.check is Check.FRESH]
    fields = _fields([result for result in measured if result.rule.check is not Check.FRESH])
    parts = [(_weight(one), one.score, one.criteria) for one in fields if one.score is not None]
    parts += _liveliness(lively, beside=sum((weight for weight, _, _ in parts), Fraction(0)))
    score = _mean([(weight, one) for weight, one, _ in parts])
    right = not any(
        result.failed for result in measured if result.rule.identifier and result.rule.check in _OF_IDENTIFIERS
    )
    criteria = {
        criterion: mean
        for criterion in Criterion
        if (mean := _mean([(weight, told[criterion]) for weight, _, told in parts if criterion in told])) is not None
    }
    return DatabaseScore(score, band_of(score, identifiers_right=right), criteria, right, fields)


def shown(score: Fraction | None) -> Decimal | None:
    """Return a score with one digit, cut: 89.99 is shown as 89.9, never as a 90 that it is not."""
    if score is None:
        return None
    return Decimal(score.numerator * 10 // score.denominator).scaleb(-1)


def _fields(results: Sequence[RuleResult]) -> tuple[FieldScore, ...]:
    grouped: defaultdict[tuple[str, str], list[RuleResult]] = defaultdict(list)
    for result in results:
        grouped[result.rule.service, result.rule.field].append(result)
    return tuple(_field(service, field, found) for (service, field), found in grouped.items())


def _field(service: str, field: str, results: Sequence[RuleResult]) -> FieldScore:
    criteria = {}
    for criterion in Criterion:
        weighted = [
            (Fraction(result.rule.weight), result.share * 100)
            for result in results
            if result.rule.criterion is criterion and result.share is not None
        ]
        mean = _mean(weighted)
        if mean is not None:
            criteria[criterion] = mean
    score = _mean([(Fraction(1), one) for one in criteria.values()])
    return FieldScore(service, field, any(one.rule.identifier for one in results), score, criteria)


def _liveliness(
    results: Sequence[RuleResult], *, beside: Fraction
) -> list[tuple[Fraction, Fraction, Mapping[Criterion, Fraction]]]:
    """Return liveliness as parts of the whole: together a third of what is `beside`, by the weights of the rules."""
    whole = sum(result.rule.weight for result in results)
    room = beside * LIVELINESS_SHARE or Fraction(1)
    return [
        (room * result.rule.weight / whole, result.share * 100, {Criterion.TIMELINESS: result.share * 100})
        for result in results
        if result.share is not None
    ]


def _weight(field: FieldScore) -> Fraction:
    return Fraction(IDENTIFIER_WEIGHT if field.identifier else 1)


def _mean(weighted: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    total = sum((weight for weight, _ in weighted), Fraction(0))
    return sum((weight * score for weight, score in weighted), Fraction(0)) / total if total else None
