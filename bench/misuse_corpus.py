"""What do a million usual calls and twelve kinds of misuse look like?

A made-up province, the same for the same seed: systems with their officers, desks, batches and people on duty, with the
irregular things that honest people do (campaigns, night shifts, new keys, moved offices, mistyped numbers, expired
secrets, families on one case file, neighbours who come together). Into it some cases of each kind of misuse are put,
each with a label. Nothing of it is anybody's.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from security.audit.encode import microseconds
from security.misuse.events import DAY, HOUR, MINUTE, SECOND, Event, Happened
from security.misuse.findings import Rule
from security.misuse.limits import Limits
from security.misuse.neighbours import Neighbours

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
BEGINS: Final = microseconds(datetime(2026, 3, 2, tzinfo=ZONE))
DAYS: Final = 49
LEARNT: Final = 14
"""Misuse begins after so many days: a watch that has just begun knows nothing of anybody."""
EMERGENCY: Final = "khan-cap"
LIMITS: Final = Limits(emergency_purposes=(EMERGENCY,))
_PEOPLE: Final = 400_000
_FIRST_NUMBER: Final = 56_000_000_000
_FLAGGED: Final = 40


class Attack(StrEnum):
    """The kinds of misuse."""

    BULK = "bulk"
    ROW = "row"
    ONE_CASE = "one-case"
    NO_CASE = "no-case"
    NIGHT = "night"
    CURIOUS = "curious"
    FLAGGED = "flagged"
    STOLEN = "stolen"
    PROBING = "probing"
    PASSWORDS = "passwords"
    GUESSING = "guessing"
    SELF = "self"


MEANT_FOR: Final = {
    Attack.BULK: Rule.MANY_PEOPLE,
    Attack.ROW: Rule.ENUMERATION,
    Attack.ONE_CASE: Rule.CASE_FILE,
    Attack.NO_CASE: Rule.CASE_FILE,
    Attack.NIGHT: Rule.OFF_HOURS,
    Attack.CURIOUS: Rule.MANY_AGENCIES,
    Attack.FLAGGED: Rule.FLAGGED_PERSON,
    Attack.STOLEN: Rule.NEW_PLACE,
    Attack.PROBING: Rule.REFUSED_OFTEN,
    Attack.PASSWORDS: Rule.FAILED_SIGN_IN,
    Attack.GUESSING: Rule.NOT_FOUND,
    Attack.SELF: Rule.SELF_LOOKUP,
}
"""Which rule is to find which kind; another may find it too, and is then not counted as wrong."""


@dataclass(frozen=True, slots=True)
class Label:
    """One case of misuse: which of the events are it."""

    number: int
    kind: Attack
    exchanges: frozenset[str]


@dataclass(slots=True)
class Desk:
    """A system, with those who work with it. `weight` is how many calls it makes beside the others."""

    agency: str
    system: str
    officers: tuple[str, ...]
    weight: float
    names_cases: float
    nights: bool = False
    networks: list[tuple[int, str]] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)

    def place_at(self, at_us: int) -> tuple[str, str]:
        """Return from which network and with which key it calls at a moment."""
        network = max(one for one in self.networks if one[0] <= at_us)[1]
        return network, max(one for one in self.keys if one[0] <= at_us)[1]


class Corpus:
    """The events in order of time, the labels, and the people whom rules know."""

    def __init__(self, seed: int, usual: int) -> None:
        """Make the province of `seed`; `usual` is about how many usual calls there are."""
        self._random = Random(seed)
        self._usual = usual
        self._count = 0
        self._cases = 0
        self._desks = self._make_desks()
        self.labels: list[Label] = []
        self.flagged = {mark_of(one): f"list-{one}" for one in self._random.sample(range(_PEOPLE), _FLAGGED)}
        self.officers: dict[tuple[str, str], frozenset[str]] = {}
        for desk in self._desks:
            for officer in desk.officers[:3]:
                self.officers[desk.agency, officer] = frozenset({mark_of(self._person())})

    def events(self) -> Iterator[Event]:
        """Yield everything in order of time, numbers that lie close to one another flagged as the gateway does."""
        neighbours = Neighbours()
        streams = [self._usual_calls(), iter(sorted(self._irregular(), key=_moment)), iter(self._misuse())]
        for event in heapq.merge(*streams, key=_moment):
            numbers = [str(_FIRST_NUMBER + int(mark[:12], 16)) for mark in event.asked]
            near = bool(numbers) and neighbours.is_near(event.system, numbers)
            yield msgspec.structs.replace(event, near=True) if near else event

    # --- the province --------------------------------------------------------------------------------------

    def _make_desks(self) -> list[Desk]:
        desks = []
        for number in range(24):
            staff = self._random.randint(3, 40) if number % 4 else 0
            desks.append(
                Desk(
                    agency=f"H32.{number % 12}",
                    system=f"ht-{number:02}",
                    officers=tuple(f"cb-{number:02}-{one:02}" for one in range(staff)),
                    weight=staff * self._random.uniform(0.7, 1.3) if staff else self._random.uniform(10, 60),
                    names_cases=0.985 if number % 3 else 0.3,
                    nights=number % 8 == 0,
                    networks=[(0, f"10.{number}.0")],
                    keys=[(0, f"k-{number:02}")],
                )
            )
        return desks

    def _usual_calls(self) -> Iterator[Event]:
        """Yield what people do on usual days: mornings and afternoons, less on Saturdays, hardly at night."""
        weights = [desk.weight for desk in self._desks]
        hours = [self._share(hour) for hour in range(DAYS * 24)]
        whole = sum(hours)
        for hour, share in enumerate(hours):
            number = int(self._usual * share / whole + self._random.random())
            moments = sorted(BEGINS + hour * HOUR + self._random.randrange(HOUR) for _ in range(number))
            works = share > 0.05
            for at_us, desk in zip(moments, self._random.choices(self._desks, weights, k=number), strict=True):
                # At night and on Sundays there are portals and people on duty, no desks.
                chosen = desk if works or not desk.officers or desk.nights else self._desks[0]
                officer = self._on_duty(chosen, hour) if chosen.officers and not works else self._someone(chosen)
                yield from self._visit(chosen, officer, at_us)

    def _share(self, hour: int) -> float:
        local = datetime.fromtimestamp((BEGINS + hour * HOUR) // SECOND, UTC).astimezone(ZONE)
        day = {6: 0.3 if local.hour < 12 else 0.04, 7: 0.04}.get(local.isoweekday(), 1.0)
        if local.day in (1, 2, 3):
            day *= 1.4
        within = {7: 0.5, 8: 1.0, 9: 1.2, 10: 1.1, 11: 0.6, 13: 0.7, 14: 1.1, 15: 1.1, 16: 0.8, 17: 0.2}
        return day * within.get(local.hour, 0.02 if 5 < local.hour < 23 else 0.005)

    def _on_duty(self, desk: Desk, hour: int) -> str:
        return desk.officers[(hour // 24 // 3) % min(3, len(desk.officers))]

    def _someone(self, desk: Desk) -> str:
        return self._random.choice(desk.officers) if desk.officers else ""

    def _visit(self, desk: Desk, officer: str, at_us: int) -> Iterator[Event]:
        """Yield what one applicant makes: mostly one call, at times one for each of the family."""
        case = self._new_case() if self._random.random() < desk.names_cases else ""
        family = 1 if self._random.random() < 0.93 else self._random.randint(2, 4)
        for member in range(family):
            at = at_us + member * 20 * SECOND
            if self._random.random() < 0.03:
                missed = mark_of(self._random.randrange(_PEOPLE) + _PEOPLE)
                yield self._call(desk, officer, at - SECOND, missed, case=case, found=False)
            yield self._call(desk, officer, at, mark_of(self._person()), case=case)

    def _call(
        self, desk: Desk, officer: str, at_us: int, mark: str, *, case: str, found: bool = True, **more: object
    ) -> Event:
        self._count += 1
        network, key = desk.place_at(at_us)
        said: dict[str, object] = {
            "at_us": at_us,
            "exchange_id": f"x{self._count}",
            "happened": Happened.ANSWERED if found else Happened.REFUSED,
            "reason": "" if found else "not-found",
            "agency": desk.agency,
            "system": desk.system,
            "officer": officer,
            "source": f"{network}.{self._random.randint(2, 9)}",
            "key": key,
            "subjects": (mark,) if mark else (),
            "asked": (mark,) if mark else (),
            "case": case,
            "purpose": "giai-quyet-tthc",
            "agreement": f"TT-{desk.system}",
            "version": 1,
            "database": "dancu",
        } | more
        return msgspec.convert(said, Event)

    def _person(self) -> int:
        while True:
            # Some people come often: births, moves, pensions.
            found = self._random.randrange(20_000 if self._random.random() < 0.1 else _PEOPLE)
            if mark_of(found) not in self.flagged:
                return found

    def _new_case(self) -> str:
        self._cases += 1
        return f"c{self._cases}"

    # --- what honest people do, and looks odd --------------------------------------------------------------

    def _irregular(self) -> Iterator[Event]:
        staffed = [desk for desk in self._desks if desk.officers]
        for week in range(DAYS // 7):
            for _ in range(6):  # a campaign: one officer does a village in a morning
                desk = self._random.choice(staffed)
                yield from self._run_of(desk, self._someone(desk), self._morning(week), self._random.randint(30, 70))
            for _ in range(4):  # overtime: somebody finishes his files in the evening
                desk = self._random.choice(staffed)
                evening = self._morning(week) + 12 * HOUR
                yield from self._run_of(desk, self._someone(desk), evening, self._random.randint(1, 7))
            for _ in range(8):  # a misprint in an integration: some fields that are not agreed
                desk = self._random.choice(self._desks)
                yield from self._refusals(desk, self._morning(week), self._random.randint(1, 12), "field-not-agreed")
            for _ in range(5):  # an expired secret: the system asks again until somebody looks
                desk = self._random.choice(self._desks)
                yield from self._failures(desk, self._morning(week), self._random.randint(1, 14))
            for _ in range(3):  # a list with old numbers
                desk = self._random.choice(staffed)
                yield from self._old_list(desk, self._morning(week), self._random.randint(8, 26))
            if week:  # an office moves, or a key is renewed
                desk = self._random.choice(self._desks)
                self._move(desk, week)
                yield self._call(
                    desk, self._someone(desk), self._morning(week), mark_of(self._person()), case="c-moved"
                )
            for _ in range(10):  # those on the list have to do with offices like everybody
                desk, mark = self._random.choice(staffed), self._random.choice(sorted(self.flagged))
                yield self._call(desk, self._someone(desk), self._morning(week), mark, case=self._new_case())
            for _ in range(12):  # a family of six on one case file
                desk = self._random.choice(staffed)
                yield from self._run_of(desk, self._someone(desk), self._morning(week), 6, case=self._new_case())
            for _ in range(3):  # somebody who has to do with three agencies at once, on one case file or not
                shared = self._new_case() if self._random.random() < 0.5 else ""
                yield from self._three_agencies(self._person(), self._morning(week), case=shared)

    def _morning(self, week: int) -> int:
        day = week * 7 + self._random.randrange(5)
        return BEGINS + day * DAY + 8 * HOUR + self._random.randrange(2 * HOUR)

    def _run_of(
        self, desk: Desk, officer: str, at_us: int, number: int, *, case: str | None = None, **more: object
    ) -> Iterator[Event]:
        for one in range(number):
            named = self._new_case() if case is None else case
            yield self._call(desk, officer, at_us + one * 40 * SECOND, mark_of(self._person()), case=named, **more)

    def _refusals(self, desk: Desk, at_us: int, number: int, reason: str) -> Iterator[Event]:
        for one in range(number):
            yield self._call(desk, "", at_us + one * 30 * SECOND, "", case="", found=False, reason=reason)

    def _failures(self, desk: Desk, at_us: int, number: int, **more: object) -> Iterator[Event]:
        said: dict[str, object] = {"happened": Happened.TOKEN_REFUSED, "reason": "client-unknown", "agency": ""} | more
        for one in range(number):
            yield self._call(desk, "", at_us + one * 30 * SECOND, "", case="", **said)

    def _old_list(self, desk: Desk, at_us: int, number: int) -> Iterator[Event]:
        officer = self._someone(desk)
        for one in range(number):
            is_there = self._random.random() < 0.75
            mark = mark_of(self._person() if is_there else self._random.randrange(_PEOPLE) + _PEOPLE)
            yield self._call(desk, officer, at_us + one * MINUTE, mark, case=self._new_case(), found=is_there)

    def _move(self, desk: Desk, week: int) -> None:
        if self._random.random() < 0.5:
            desk.networks.append((self._morning(week), f"10.{100 + week}.{self._random.randint(0, 200)}"))
        else:
            desk.keys.append((self._morning(week), f"k-{desk.system}-{week}"))

    def _three_agencies(self, person: int, at_us: int, *, case: str | None) -> Iterator[Event]:
        desks = {desk.agency: desk for desk in self._desks if desk.officers}
        for number, agency in enumerate(self._random.sample(sorted(desks), 3)):
            desk = desks[agency]
            named = "" if case is None else case or self._new_case()
            yield self._call(desk, self._someone(desk), at_us + number * HOUR, mark_of(person), case=named)

    # --- misuse --------------------------------------------------------------------------------------------

    def _misuse(self) -> list[Event]:
        found: list[Event] = []
        for kind in Attack:
            for number in range(20):
                made = list(self._one(kind))
                self.labels.append(Label(number, kind, frozenset(event.exchange_id for event in made)))
                found += made
        return sorted(found, key=_moment)

    def _one(self, kind: Attack) -> Iterator[Event]:
        staffed = [desk for desk in self._desks if len(desk.officers) > 4]
        naming = [desk for desk in staffed if desk.names_cases > 0.9]
        desk = self._random.choice(naming if kind is Attack.NO_CASE else staffed)
        officer = self._random.choice(desk.officers[4:])  # nobody who is on duty at night
        week = self._random.randrange(LEARNT // 7, DAYS // 7)
        at = self._morning(week)
        match kind:
            case Attack.BULK:
                yield from self._run_of(desk, officer, at, self._random.randint(30, 300), case="")
            case Attack.ROW:
                first, step = self._random.randrange(_PEOPLE), self._random.randint(1, 60)
                for one in range(self._random.randint(8, 60)):
                    mark = mark_of(first + one * step)
                    yield self._call(desk, officer, at + one * 30 * SECOND, mark, case=self._new_case())
            case Attack.ONE_CASE:
                yield from self._run_of(desk, officer, at, self._random.randint(4, 30), case=self._new_case())
            case Attack.NO_CASE:
                yield from self._run_of(desk, officer, at, self._random.randint(3, 20), case="")
            case Attack.NIGHT:
                night = at + self._random.randint(12, 16) * HOUR
                yield from self._run_of(desk, officer, night, self._random.randint(2, 25), case="")
            case Attack.CURIOUS:
                yield from self._three_agencies(self._person(), at, case=None if self._random.random() < 0.8 else "")
            case Attack.FLAGGED:
                mark = self._random.choice(sorted(self.flagged))
                yield self._call(desk, officer, at, mark, case="")
            case Attack.STOLEN:
                # Now and then from within the agency itself, which nothing tells from its system.
                inside = f"{desk.place_at(at)[0]}.77"
                outside = f"203.0.{self._random.randint(1, 250)}.{self._random.randint(1, 250)}"
                elsewhere = inside if self._random.random() < 0.15 else outside
                yield from self._run_of(desk, officer, at, self._random.randint(2, 20), source=elsewhere)
            case Attack.PROBING:
                reason = self._random.choice(["field-not-agreed", "purpose-not-agreed", "operation-not-agreed"])
                yield from self._refusals(desk, at, self._random.randint(5, 40), reason)
            case Attack.PASSWORDS:
                source = f"203.0.{self._random.randint(1, 250)}.{self._random.randint(1, 250)}"
                yield from self._failures(desk, at, self._random.randint(5, 60), source=source)
            case Attack.GUESSING:
                for one in range(self._random.randint(12, 60)):
                    is_there = self._random.random() < 0.4
                    mark = mark_of(self._random.randrange(_PEOPLE) + (0 if is_there else _PEOPLE))
                    yield self._call(desk, officer, at + one * 30 * SECOND, mark, case="", found=is_there)
            case Attack.SELF:
                agency, own = self._random.choice(sorted(self.officers))
                at_desk = next(one for one in self._desks if one.agency == agency and own in one.officers)
                mark = next(iter(self.officers[agency, own]))
                yield self._call(at_desk, own, at, mark, case="")


def mark_of(person: int) -> str:
    """Return the mark of a made-up person."""
    return f"{person:012x}" + f"{person * 2654435761 % 2**80:020x}"


def day_of(at_us: int) -> int:
    """Return on which day of the corpus a moment lies."""
    return (at_us - BEGINS) // DAY


def _moment(event: Event) -> int:
    return event.at_us


def span() -> timedelta:
    """Return how long the corpus is."""
    return timedelta(days=DAYS)
