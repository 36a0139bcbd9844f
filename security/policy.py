"""Does an agreement in force allow this call, for this purpose, now, from here?

Pure: `now` and everything else is passed in. Each check refuses with the slug of its own problem; there is no default
that allows, and an agreement that lists nothing allows nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from security.errors import AccessRefused


class Standing(StrEnum):
    """How an agreement stands at this moment, apart from its term."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the week in the province's time.

    ISO days, `start` inclusive, `end` exclusive; None is midnight at the day's end.
    """

    days: frozenset[int]
    start: time
    end: time | None


class GrantFacts(Protocol):
    """What the decision needs to know of one granted operation.

    None in `windows` and `networks` says "always" and "any".
    """

    @property
    def standing(self) -> Standing:
        """How it stands, apart from its term."""
        ...

    @property
    def valid_from(self) -> datetime:
        """The first moment of its term."""
        ...

    @property
    def valid_before(self) -> datetime:
        """The first moment after its term."""
        ...

    @property
    def purposes(self) -> Collection[str]:
        """The purposes agreed."""
        ...

    @property
    def fields(self) -> Collection[str]:
        """The paths released."""
        ...

    @property
    def windows(self) -> Sequence[Window] | None:
        """The hours agreed."""
        ...

    @property
    def networks(self) -> Sequence[IPv4Network | IPv6Network] | None:
        """The networks agreed."""
        ...

    @property
    def case_file_required(self) -> bool:
        """Whether a call must name a case file."""
        ...

    @property
    def officer_required(self) -> bool:
        """Whether a call must name an officer."""
        ...


class Request(msgspec.Struct, frozen=True):
    """What a call says of itself. Empty strings where it says nothing; `fields` empty: all that are agreed.

    `compared` are the values that it has rows compared with, each as the fields any of which shows it.

    A msgspec struct, since one is made per call and a frozen dataclass costs ten times as much.
    """

    source: str
    purpose: str
    case_file: str
    officer: str
    fields: tuple[str, ...]
    compared: tuple[tuple[str, ...], ...] = ()


def standing_problem(grant: GrantFacts, *, now: datetime) -> str:
    """Return the slug that says why the agreement is not in force, or an empty string."""
    if grant.standing is Standing.SUSPENDED:
        return "agreement-suspended"
    if grant.standing is Standing.ENDED or now >= grant.valid_before:
        return "agreement-expired"
    if grant.standing is Standing.PENDING or now < grant.valid_from:
        return "agreement-not-yet-valid"
    return ""


def permit(grant: GrantFacts, request: Request, *, now: datetime, zone: ZoneInfo) -> str:
    """Return the purpose under which the call is allowed.

    Raises AccessRefused with the slug of the first check that does not pass. The order goes from the agreement to the
    particulars of the call, so that the refusal names the widest reason.
    """
    if slug := standing_problem(grant, now=now):
        raise AccessRefused(slug)
    if grant.networks is not None and not _inside(request.source, grant.networks):
        raise AccessRefused("source-not-allowed")
    if grant.windows is not None and not _within(now.astimezone(zone), grant.windows):
        raise AccessRefused("outside-hours")
    purpose = _purpose(grant, request.purpose)
    if grant.case_file_required and not request.case_file:
        raise AccessRefused("case-file-required")
    if grant.officer_required and not request.officer:
        raise AccessRefused("officer-required")
    if not _fields_agreed(grant, request):
        raise AccessRefused("field-not-agreed")
    return purpose


class Check(StrEnum):
    """One of the checks of `permit`, in its order."""

    STANDING = "standing"
    NETWORK = "network"
    HOURS = "hours"
    PURPOSE = "purpose"
    CASE_FILE = "case-file"
    OFFICER = "officer"
    FIELDS = "fields"


def judge(grant: GrantFacts, request: Request, *, now: datetime, zone: ZoneInfo) -> Sequence[tuple[Check, str]]:
    """Return every check with the slug that it refuses with, empty where it passes: for whoever asks why.

    The first slug is the one that `permit` refuses with; none means that it permits.
    """
    inside = grant.networks is None or _inside(request.source, grant.networks)
    within = grant.windows is None or _within(now.astimezone(zone), grant.windows)
    return (
        (Check.STANDING, standing_problem(grant, now=now)),
        (Check.NETWORK, "" if inside else "source-not-allowed"),
        (Check.HOURS, "" if within else "outside-hours"),
        (Check.PURPOSE, _purpose_problem(grant, request.purpose)),
        (Check.CASE_FILE, "case-file-required" if grant.case_file_required and not request.case_file else ""),
        (Check.OFFICER, "officer-required" if grant.officer_required and not request.officer else ""),
        (Check.FIELDS, "" if _fields_agreed(grant, request) else "field-not-agreed"),
    )


def _fields_agreed(grant: GrantFacts, request: Request) -> bool:
    """Tell whether all that is asked for is released, and every value compared with: else guessing would reveal it."""
    agreed = grant.fields
    if not agreed:
        return False
    for path in request.fields:
        if path not in agreed:
            return False
    return not request.compared or all(any(path in agreed for path in shown) for shown in request.compared)


def _purpose_problem(grant: GrantFacts, named: str) -> str:
    try:
        _purpose(grant, named)
    except AccessRefused as refused:
        return refused.slug
    return ""


def _purpose(grant: GrantFacts, named: str) -> str:
    if named:
        if named not in grant.purposes:
            raise AccessRefused("purpose-not-agreed")
        return named
    if len(grant.purposes) == 1:
        return next(iter(grant.purposes))
    raise AccessRefused("purpose-required")


def _inside(source: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(source)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _within(local: datetime, windows: Sequence[Window]) -> bool:
    day, moment = local.isoweekday(), local.time()
    return any(day in w.days and w.start <= moment and (w.end is None or moment < w.end) for w in windows)
