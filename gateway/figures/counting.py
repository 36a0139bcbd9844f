"""What does a stretch of the record add to the figures?

Pure. An exchange is counted once, when its end (OUTCOME, UNKNOWN, or a DENY without an intent) is in the record, in the
hour of its end; what was asked stands in its intent. Refusals of the control plane and of pages are no exchanges, and
what was tried with synthetic data is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from gateway.figures.latency import bucket_of
from gateway.figures.tables import LATENCIES, MEASURES, Side, Span, Subject
from security.audit.following import Followed
from security.audit.record import Kind

_ENDS = frozenset({Kind.OUTCOME.value, Kind.DENY.value, Kind.UNKNOWN.value})
_NOT_EXCHANGES = frozenset({"control", "sandbox"})
_PLACES = {measure: place for place, measure in enumerate(MEASURES)}
NOT_KNOWN = "?"


class Result(StrEnum):
    """How an exchange ended: with data, refused for what was asked (4xx), for what failed (5xx), or nobody knows."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


class _Counted(msgspec.Struct, frozen=True):
    """What a list was shortened to where a body would have been too long (security/audit/encode.py)."""

    count: int


class _Who(msgspec.Struct, frozen=True):
    agency: str = ""
    system: str = ""


class _Hidden(msgspec.Struct, frozen=True):
    """A pseudonym and a sealed value, neither of which is looked at."""


class _Why(msgspec.Struct, frozen=True):
    agreement: str = ""
    case_file: _Hidden | None = None


class _What(msgspec.Struct, frozen=True):
    database: str = ""
    door: str = ""
    operation: str = ""
    request_bytes: int = 0
    service: str = ""
    version: int = 0


class _Decision(msgspec.Struct, frozen=True):
    allowed: bool = False
    reason: str = ""
    repeated: int = 1


class _Outcome(msgspec.Struct, frozen=True):
    status: int
    fields_withheld: list[str] | _Counted = []
    latency_us: int = 0
    response_bytes: int = 0
    rows_withheld: int = 0
    unexpected: int = 0


class _Body(msgspec.Struct, frozen=True):
    who: _Who = _Who()
    why: _Why = _Why()
    what: _What = _What()
    decision: _Decision = _Decision()
    outcome: _Outcome | None = None


_body = msgspec.json.Decoder(_Body)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange that has ended, or `times` identical refusals."""

    at_us: int
    result: Result
    times: int
    reason: str
    agency: str
    system: str
    agreement: str
    door: str
    database: str
    service: str
    version: int
    operation: str
    case_file: bool
    request_bytes: int
    response_bytes: int
    fields_withheld: int
    rows_withheld: int
    unexpected: int
    latency_us: int


class FigureKey(NamedTuple):
    """Which row of `figures`."""

    span: Span
    side: Side
    agency: str
    subject: Subject
    start: int
    key: str


class UseKey(NamedTuple):
    """Which row of `agreement_use`."""

    agreement: str
    operation: str


class Use(msgspec.Struct):
    """How often and between which moments (microseconds since 1970) an operation of an agreement was used."""

    answered: int = 0
    other: int = 0
    first_us: int = 0
    last_us: int = 0
    last_answered_us: int = 0


class Tally(msgspec.Struct):
    """What is to be added. `figures` has the numbers of each row in the order of MEASURES."""

    figures: dict[FigureKey, list[int]] = {}
    use: dict[UseKey, Use] = {}
    exchanges: int = 0


def ends_without_intent(records: Sequence[Followed]) -> list[str]:
    """Return the exchanges that end here and began before: their intents must be fetched."""
    begun = {record.exchange_id for record in records if record.kind == Kind.INTENT.value}
    ended = (record.exchange_id for record in records if record.kind in _ENDS)
    return [exchange_id for exchange_id in dict.fromkeys(ended) if exchange_id and exchange_id not in begun]


def ended_exchanges(records: Sequence[Followed], earlier: Mapping[str, bytes]) -> Iterator[Ended]:
    """Yield the exchanges that end in `records`. `earlier` are bodies of intents that are not among them.

    A record that cannot be read is passed over: verifying the record is another's work, and counting must go on.
    """
    intents = dict(earlier)
    for record in records:
        if record.kind == Kind.INTENT.value:
            intents[record.exchange_id] = record.body
        elif record.kind in _ENDS:
            try:
                ended = _ended(record, intents.get(record.exchange_id))
            except msgspec.MsgspecError:
                continue
            if ended is not None:
                yield ended


def _ended(record: Followed, intent: bytes | None) -> Ended | None:
    end = _body.decode(record.body)
    asked = _body.decode(intent) if intent is not None else end
    if asked.what.door in _NOT_EXCHANGES:
        return None
    outcome = end.outcome
    return Ended(
        at_us=record.at_us,
        result=_result(record, end),
        # The first of many that share an id is in the record twice: alone, and counted with the others.
        times=max(end.decision.repeated - 1, 1),
        reason=end.decision.reason,
        agency=record.agency,
        system=record.system,
        agreement=asked.why.agreement,
        door=asked.what.door,
        database=asked.what.database,
        service=asked.what.service,
        version=asked.what.version,
        operation=asked.what.operation,
        case_file=asked.why.case_file is not None,
        request_bytes=asked.what.request_bytes,
        response_bytes=outcome.response_bytes if outcome is not None else 0,
        fields_withheld=_length(outcome.fields_withheld) if outcome is not None else 0,
        rows_withheld=outcome.rows_withheld if outcome is not None else 0,
        unexpected=outcome.unexpected if outcome is not None else 0,
        latency_us=outcome.latency_us if outcome is not None else 0,
    )


def _result(record: Followed, end: _Body) -> Result:
    if record.kind == Kind.UNKNOWN.value:
        return Result.UNKNOWN
    if record.kind == Kind.OUTCOME.value and end.decision.allowed:
        return Result.ANSWERED
    return Result.FAILED if end.outcome is not None and end.outcome.status >= 500 else Result.REFUSED


def _length(listed: list[str] | _Counted) -> int:
    return listed.count if isinstance(listed, _Counted) else len(listed)


def starts(at_us: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """Return the numbers of the hour, day and month of a moment on the calendar of `zone`: YYYYMMDDHH and shorter."""
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(zone)
    day = at.year * 10_000 + at.month * 100 + at.day
    return day * 100 + at.hour, day, day // 100


def add(tally: Tally, ended: Ended, *, owner: str, zone: ZoneInfo) -> None:
    """Count one exchange. `owner` is the agency whose database was asked, empty where none was found."""
    numbers = _measures(ended)
    hour, day, month = starts(ended.at_us, zone)
    for subject, key in _subjects(ended):
        for side, agency in ((Side.ALL, ""), (Side.CONSUMER, ended.agency), (Side.PROVIDER, owner)):
            if side is not Side.ALL and not agency:
                continue
            if subject is Subject.DOOR:
                _sum(tally, FigureKey(Span.HOUR, side, agency, subject, hour, key), numbers)
            _sum(tally, FigureKey(Span.DAY, side, agency, subject, day, key), numbers)
            _sum(tally, FigureKey(Span.MONTH, side, agency, subject, month, key), numbers)
    if ended.agreement and ended.operation:
        _use(tally, ended)
    tally.exchanges += ended.times


def _subjects(ended: Ended) -> list[tuple[Subject, str]]:
    database = ended.database or NOT_KNOWN
    found = [
        (Subject.DOOR, ended.door or NOT_KNOWN),
        (Subject.CONNECTION, f"{database}/{ended.agency or NOT_KNOWN}/{ended.system or NOT_KNOWN}"),
    ]
    if ended.result is not Result.ANSWERED:
        found.append((Subject.REASON, f"{ended.reason or ended.result.value}/{database}"))
    if ended.database:
        operation = _operation(ended)
        found.append((Subject.SERVICE, operation.rpartition("/")[0]))
        found.append((Subject.OPERATION, operation))
    return found


def _operation(ended: Ended) -> str:
    return f"{ended.database}/{ended.service}/v{ended.version}/{ended.operation}"


def _measures(ended: Ended) -> dict[int, int]:
    """Return the numbers that are not zero, by their place in MEASURES."""
    answered = ended.result is Result.ANSWERED
    numbers = {
        _PLACES[ended.result.value]: ended.times,
        _PLACES["case_files"]: int(answered and ended.case_file),
        _PLACES["request_bytes"]: ended.request_bytes * ended.times,
        _PLACES["response_bytes"]: ended.response_bytes * ended.times,
        _PLACES["fields_withheld"]: ended.fields_withheld,
        _PLACES["rows_withheld"]: ended.rows_withheld,
        _PLACES["unexpected"]: ended.unexpected,
    }
    if answered:
        # A refusal takes next to nothing, a failure as long as it is waited for: neither says how quick answers are.
        numbers[_PLACES["latency_us"]] = ended.latency_us
        numbers[_PLACES[LATENCIES[bucket_of(ended.latency_us)]]] = 1
    return {place: number for place, number in numbers.items() if number}


def _sum(tally: Tally, key: FigureKey, numbers: Mapping[int, int]) -> None:
    held = tally.figures.get(key)
    if held is None:
        held = tally.figures[key] = [0] * len(MEASURES)
    for place, number in numbers.items():
        held[place] += number


def _use(tally: Tally, ended: Ended) -> None:
    use = tally.use.setdefault(UseKey(ended.agreement, _operation(ended)), Use(first_us=ended.at_us))
    if ended.result is Result.ANSWERED:
        use.answered += ended.times
        use.last_answered_us = max(use.last_answered_us, ended.at_us)
    else:
        use.other += ended.times
    use.first_us, use.last_us = min(use.first_us, ended.at_us), max(use.last_us, ended.at_us)
