"""What does the gateway say of itself: logs without personal data, and counters that are bound beforehand?"""

import logging
import sys
from collections.abc import Callable
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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


class ExchangeMeter:
    """Counts exchanges. Labels are operation keys and problem slugs: bounded, known, and no person's data."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the metrics."""
        self._answered = Counter(
            "lienthong_exchanges_answered", "Exchanges answered, by operation.", ["operation"], registry=registry
        )
        self._refused = Counter(
            "lienthong_exchanges_refused", "Exchanges refused, by problem type.", ["problem"], registry=registry
        )
        self._seconds = Histogram(
            "lienthong_exchange_seconds",
            "From the last byte of the head to the durable outcome.",
            registry=registry,
            buckets=_LATENCY_BUCKETS_SECONDS,
        )
        self._count_answered: dict[str, Callable[[], None]] = {}
        self._count_refused: dict[str, Callable[[], None]] = {}

    def answered(self, operation: str, seconds: float) -> None:
        """Count one answer."""
        count = self._count_answered.get(operation)
        if count is None:
            count = self._count_answered[operation] = self._answered.labels(operation).inc
        count()
        self._seconds.observe(seconds)

    def refused(self, slug: str) -> None:
        """Count one refusal."""
        count = self._count_refused.get(slug)
        if count is None:
            count = self._count_refused[slug] = self._refused.labels(slug).inc
        count()


def watch_number(registry: CollectorRegistry, name: str, help_text: str, read: Callable[[], float]) -> None:
    """Expose a number that is read whenever the metrics are."""
    Gauge(name, help_text, registry=registry).set_function(read)
