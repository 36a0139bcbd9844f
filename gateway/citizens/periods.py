"""For which time does somebody ask about the use of his data?

Pure. A day is one of the province's; a moment has an offset, or is in the province's time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.errors import FaultFound, RequestInvalid

LONGEST = timedelta(days=731)
"""How long a time may be asked for at once: 24 months, a leap day among them."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) until `until` (not included), in UTC."""

    since: datetime
    until: datetime


def read_period(since: str, until: str, *, zone: ZoneInfo, now: datetime, names: tuple[str, str]) -> Period:
    """Return the time that is asked for: by default the 24 months up to now, and nothing of the future.

    A day as `until` is included. Raises RequestInvalid, naming the parameter by `names`.
    """
    faults = []
    ends = now
    if until:
        found = _moment(until, zone, days_later=1)
        if found is None:
            faults.append(_unreadable(names[1]))
        else:
            ends = min(found, now)
    begins = ends - LONGEST
    if since:
        found = _moment(since, zone, days_later=0)
        if found is None:
            faults.append(_unreadable(names[0]))
        elif found >= ends and not faults:
            faults.append(FaultFound(names[0], "phải trước thời điểm cuối", "must be before the end of the time"))
        elif found < begins and not faults:
            faults.append(FaultFound(names[0], "mỗi lần hỏi nhiều nhất 24 tháng", "at most 24 months at once"))
        else:
            begins = found
    if faults:
        raise RequestInvalid(faults)
    return Period(begins, ends)


def _moment(text: str, zone: ZoneInfo, *, days_later: int) -> datetime | None:
    try:
        if len(text) == len("2026-11-27"):
            day = date.fromisoformat(text) + timedelta(days=days_later)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _unreadable(name: str) -> FaultFound:
    return FaultFound(name, "phải là một ngày (2026-11-27) hoặc một thời điểm ISO 8601", "must be a day or an instant")
