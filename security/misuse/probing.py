"""Does somebody try what he may not: numbers in a row (R2), fields and purposes (R8), proofs (R9)?"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from security.misuse.events import MINUTE, Event, Happened
from security.misuse.findings import Actor, Evidence, Finding, Rule, nearest_actor
from security.misuse.limits import PROBING, Limits
from security.misuse.memory import hour_of
from security.misuse.neighbours import LAST

_WINDOW: Final = 10 * MINUTE
_PROOFS: Final = frozenset({"client-unknown", "token-invalid", "client-differs", "client-suspended"})
_REPLAYED: Final = "assertion-replayed"


class Enumeration:
    """R2: ten of the last twenty numbers lie close to one another."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._last: dict[Actor, deque[tuple[Event, bool]]] = {}
        self._told: dict[Actor, int] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call by number makes, answered or not."""
        if not event.asked or event.happened not in (Happened.ANSWERED, Happened.REFUSED):
            return
        actor = nearest_actor(event)
        last = self._last.get(actor)
        if last is None:
            last = self._last[actor] = deque(maxlen=LAST)
        last.append((event, event.near))
        near = sum(is_near for _, is_near in last)
        hour = hour_of(event.at_us)
        if event.near and near >= self._limits.near_numbers and self._told.get(actor) != hour:
            self._told[actor] = hour
            evidence = Evidence()
            for one, _ in last:
                evidence.add(one)
            yield evidence.finding(
                Rule.ENUMERATION, actor, hour, measure=near, limit=self._limits.near_numbers, of=len(last)
            )

    def forget(self, now_us: int) -> None:
        """Forget who has asked for nothing in the hour before."""
        over = hour_of(now_us) - 1
        for actor in [one for one, last in self._last.items() if hour_of(last[-1][0].at_us) < over]:
            del self._last[actor]
            self._told.pop(actor, None)


class _Burst:
    """Something that must not happen so often within ten minutes, for each of whom it is counted by."""

    def __init__(self, rule: Rule, limit: int) -> None:
        self._rule = rule
        self._limit = limit
        self._seen: dict[Actor, deque[Event]] = {}
        self._told: dict[Actor, int] = {}

    def count(self, actor: Actor, event: Event, **facts: str | int) -> Iterator[Finding]:
        seen = self._seen.setdefault(actor, deque(maxlen=500))
        seen.append(event)
        while seen[0].at_us < event.at_us - _WINDOW:
            seen.popleft()
        times = sum(one.times for one in seen)
        hour = hour_of(event.at_us)
        if times >= self._limit and self._told.get(actor) != hour:
            self._told[actor] = hour
            evidence = Evidence()
            for one in seen:
                evidence.add(one)
            yield evidence.finding(self._rule, actor, hour, measure=times, limit=self._limit, **facts)

    def forget(self, now_us: int) -> None:
        for actor in [one for one, seen in self._seen.items() if seen[-1].at_us < now_us - _WINDOW]:
            del self._seen[actor]
            self._told.pop(actor, None)


class RefusedOften:
    """R8: a burst of refusals for fields, purposes or operations that are not agreed."""

    def __init__(self, limits: Limits) -> None:
        self._burst = _Burst(Rule.REFUSED_OFTEN, limits.refusals)

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a refusal makes."""
        if event.happened is Happened.REFUSED and event.reason in PROBING and event.system:
            yield from self._burst.count(Actor(event.agency, event.system), event, reason=event.reason)

    def forget(self, now_us: int) -> None:
        """Forget what is longer ago than the window."""
        self._burst.forget(now_us)


class FailedSignIns:
    """R9: proofs that do not hold, of one client or from one address; and assertions that were used before."""

    def __init__(self, limits: Limits) -> None:
        self._failed = _Burst(Rule.FAILED_SIGN_IN, limits.failed_sign_ins)
        self._replayed = _Burst(Rule.FAILED_SIGN_IN, limits.replays)

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a refused token or call makes."""
        refused = event.happened is Happened.TOKEN_REFUSED
        if not refused and not (event.happened is Happened.REFUSED and event.reason in _PROOFS):
            return
        if event.notes.get("cause") == _REPLAYED:
            yield from self._replayed.count(Actor(event.agency, event.system, _REPLAYED), event, cause=_REPLAYED)
        if event.system:
            yield from self._failed.count(Actor(event.agency, event.system), event)
        if event.source:
            yield from self._failed.count(Actor("", "", event.source), event, source=event.source)

    def forget(self, now_us: int) -> None:
        """Forget what is longer ago than the window."""
        self._failed.forget(now_us)
        self._replayed.forget(now_us)
