"""What do some figures amount to together, and which shares and percentiles follow? Pure (docs/reports.md)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.figures.latency import BUCKETS, percentile_ms
from gateway.figures.tables import AMOUNTS, MEASURES, RESULTS


@dataclass(frozen=True, slots=True)
class Sums:
    """The measures of some rows of figures, added up."""

    answered: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    case_files: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    fields_withheld: int = 0
    rows_withheld: int = 0
    unexpected: int = 0
    latency_us: int = 0
    latencies: tuple[int, ...] = field(default=(0,) * BUCKETS)

    @property
    def exchanges(self) -> int:
        """Return how many there were, however they ended."""
        return self.answered + self.refused + self.failed + self.unknown

    @property
    def success_rate(self) -> float | None:
        """Return the share that was answered, None of nothing."""
        return _share(self.answered, self.exchanges)

    @property
    def availability(self) -> float | None:
        """Return the share that was answered of what was not rightly refused, None of nothing."""
        return _share(self.answered, self.exchanges - self.refused)

    @property
    def mean_ms(self) -> float | None:
        """Return the mean latency of answered exchanges in milliseconds."""
        return self.latency_us / 1000 / self.answered if self.answered else None

    def percentile_ms(self, share: float) -> float | None:
        """Return the estimated latency that `share` of the answered exchanges does not exceed."""
        return percentile_ms(self.latencies, share)

    def __add__(self, other: "Sums") -> "Sums":
        return sums_of([mine + theirs for mine, theirs in zip(self.measures(), other.measures(), strict=True)])

    def measures(self) -> list[int]:
        """Return the numbers in the order of MEASURES."""
        return [*(getattr(self, name) for name in (*RESULTS, *AMOUNTS)), *self.latencies]


NOTHING = Sums()


def sums_of(measures: Sequence[int]) -> Sums:
    """Return the sums of numbers in the order of MEASURES."""
    named = dict(zip(MEASURES, measures, strict=True))
    plain = {name: named[name] for name in (*RESULTS, *AMOUNTS)}
    return Sums(**plain, latencies=tuple(measures[-BUCKETS:]))


def folded(rows: Mapping[str, Sums], part: Callable[[str], str]) -> dict[str, Sums]:
    """Return the sums by what `part` says of each key: services of operations, agencies of connections."""
    found: dict[str, Sums] = {}
    for key, sums in rows.items():
        name = part(key)
        found[name] = found[name] + sums if name in found else sums
    return found


def total_of(sums: Iterable[Sums]) -> Sums:
    """Return all of them together."""
    return sum(sums, start=NOTHING)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
