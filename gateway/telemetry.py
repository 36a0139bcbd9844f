"""What does the gateway say of itself: logs without personal data, and counters that are bound beforehand?"""

import logging
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_LATENCY_BUCKETS_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Logger(Protocol):
    """A structured logger. MUST NOT be given identifiers of people, tokens, secrets, bodies or query strings."""

    def info(self, event: str, **facts: object) -> object:
        """Write what happens as it should."""
        ...

    def warning(self, event: str, **facts: object) -> object:
        """Write what an operator should know."""
        ...

    def error(self, event: str, **facts: object) -> object:
        """Write what an operator must mend."""
        ...


def make_logger(level: str) -> Logger:
    """Return a logger that writes one JSON object a line to standard output.

    Exceptions are written as their type and the places of their frames, never with their text or their locals: an
    error's text may hold what a provider or a caller sent.
    """
    logger: Logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stdout),
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _places_only,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )
    return logger


def _places_only(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        places, frame = [], error.__traceback__
        while frame is not None:
            places.append(f"{frame.tb_frame.f_code.co_filename.rsplit('/', 3)[-1]}:{frame.tb_lineno}")
            frame = frame.tb_next
        event["places"] = places[-8:]
    return event


class ExchangeMeter(Collector):
    """Counts exchanges. Labels are operation keys and problem slugs: bounded, known, and no person's data.

    Plain numbers, turned into metrics when somebody asks: a counter of the library takes a lock for each addition.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the metrics."""
        self._answered: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._seconds = [0] * (len(_LATENCY_BUCKETS_SECONDS) + 1)
        self._seconds_sum = 0.0
        registry.register(self)

    def answered(self, operation: str, seconds: float) -> None:
        """Count one answer."""
        self._answered[operation] += 1
        self._seconds[bisect_left(_LATENCY_BUCKETS_SECONDS, seconds)] += 1
        self._seconds_sum += seconds

    def refused(self, slug: str) -> None:
        """Count one refusal."""
        self._refused[slug] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they stand."""
        answered = CounterMetricFamily(
            "lienthong_exchanges_answered", "Exchanges answered, by operation.", labels=["operation"]
        )
        for operation, number in self._answered.items():
            answered.add_metric([operation], number)
        refused = CounterMetricFamily(
            "lienthong_exchanges_refused", "Exchanges refused, by problem type.", labels=["problem"]
        )
        for slug, number in self._refused.items():
            refused.add_metric([slug], number)
        bounds = (*(str(bound) for bound in _LATENCY_BUCKETS_SECONDS), "+Inf")
        yield answered
        yield refused
        yield HistogramMetricFamily(
            "lienthong_exchange_seconds",
            "From arrival to the durable outcome of what was answered.",
            buckets=list(zip(bounds, accumulate(self._seconds), strict=True)),
            sum_value=self._seconds_sum,
        )


def watch_number(registry: CollectorRegistry, name: str, help_text: str, read: Callable[[], float]) -> None:
    """Expose a number that is read whenever the metrics are."""
    Gauge(name, help_text, registry=registry).set_function(read)
