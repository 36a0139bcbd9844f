"""Is who calls, and what allows it, as it was: R7 (new place), R12 (dormant), R13 (emergency), R14 (widened), R15?"""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

import msgspec

from security.misuse.events import DAY, HOUR, MINUTE, Event, Happened
from security.misuse.findings import Actor, Finding, Rule, evidence_of, nearest_actor
from security.misuse.limits import Limits
from security.misuse.memory import LAST_CALL, Memory, days_between

_NETWORK, _KEY = "network", "key"
_REVEALED: Final = "reveal"
_INTO_FORCE: Final = frozenset({"activate", "submit", "new-version", "narrow"})


class NewPlace:
    """R7: a system calls from a network, or with a key, that it never used; and R12: one that was silent for long."""

    def __init__(self, limits: Limits, memory: Memory) -> None:
        self._limits = limits
        self._memory = memory

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call of a system makes; a try in the console comes from its member, and says nothing."""
        calls = (Happened.ANSWERED, Happened.REFUSED)
        if event.happened not in calls or not event.system or not event.agency or event.by_member:
            return
        since = self._memory.known_since(event.system)
        is_new = since is None or days_between(since, event.at_us) < self._limits.learning_days
        for what, value in ((_NETWORK, network_of(event.source)), (_KEY, event.key)):
            if not value:
                continue
            if not is_new and self._memory.last_seen(event.system, what, value) is None:
                yield evidence_of(event).finding(
                    Rule.NEW_PLACE,
                    Actor(event.agency, event.system),
                    f"{what}/{value}",
                    measure=1,
                    limit=0,
                    what=what,
                    value=value,
                )
            self._memory.note_known(event.system, what, value, at_us=event.at_us)
        last = self._memory.last_seen(event.system, LAST_CALL)
        if last is not None and days_between(last, event.at_us) >= self._limits.dormant_days:
            days = int(days_between(last, event.at_us))
            yield evidence_of(event).finding(
                Rule.DORMANT,
                Actor(event.agency, event.system),
                event.at_us // DAY,
                measure=days,
                limit=self._limits.dormant_days,
            )
        self._memory.note_known(event.system, LAST_CALL, "", at_us=event.at_us)

    def forget(self, now_us: int) -> None:
        """Keep what is known."""


class Emergency:
    """R13: a call for an emergency, which somebody has to look at afterwards."""

    def __init__(self, limits: Limits) -> None:
        self._purposes = frozenset(limits.emergency_purposes)
        self._hours = limits.review_hours

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call for such a purpose makes."""
        if event.happened is Happened.ANSWERED and event.purpose in self._purposes:
            yield evidence_of(event).finding(
                Rule.EMERGENCY,
                nearest_actor(event),
                event.exchange_id,
                measure=1,
                limit=self._hours,
                purpose=event.purpose,
            )

    def forget(self, now_us: int) -> None:
        """Keep nothing."""


class _Widened(msgspec.Struct, frozen=True):
    at_us: int
    by: str


class WidenedAndUsed:
    """R14: an agreement that nobody else looked at is widened, and used at once.

    Nobody else: who asked has approved, or one agency is on both sides.
    """

    def __init__(self, limits: Limits) -> None:
        self._within = limits.widened_minutes * MINUTE
        self._limit = limits.widened_minutes
        self._widened: dict[tuple[str, int], _Widened] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call under such an agreement makes."""
        if event.happened is Happened.CHANGE:
            self._note(event)
            return
        if event.happened is not Happened.ANSWERED or not event.agreement:
            return
        place = (event.agreement, event.version)
        widened = self._widened.pop(place, None)
        if widened is not None and event.at_us - widened.at_us <= self._within:
            minutes = (event.at_us - widened.at_us) // MINUTE
            yield evidence_of(event).finding(
                Rule.WIDENED_AND_USED,
                nearest_actor(event),
                f"{event.agreement}/{event.version}",
                measure=minutes,
                limit=self._limit,
                agreement=event.agreement,
                version=event.version,
                by=widened.by,
            )

    def forget(self, now_us: int) -> None:
        """Forget what was widened longer ago."""
        for place in [one for one, held in self._widened.items() if held.at_us < now_us - self._within - HOUR]:
            del self._widened[place]

    def _note(self, event: Event) -> None:
        notes = event.notes
        version = notes.get("version", 0)
        if notes.get("noun") != "agreement" or notes.get("action") not in _INTO_FORCE or notes.get("state") != "active":
            return
        if not isinstance(version, int) or version < 2 or notes.get("done") is False:
            return  # the first version widens nothing
        parties = str(notes.get("agencies", "")).split()
        alone = bool(notes.get("asked_by")) and notes.get("asked_by") == notes.get("approved_by")
        if alone or (len(parties) == 2 and parties[0] == parties[1]):
            by = str(notes.get("approved_by") or notes.get("asked_by") or event.officer)
            self._widened[str(notes.get("code", "")), version] = _Widened(event.at_us, by)


class Reveal:
    """R15: sealed identifiers are asked for or handed out without an incident that it is for."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what such a reading of the record makes."""
        if event.happened is not Happened.READING or not str(event.notes.get("what", "")).startswith(_REVEALED):
            return
        if not event.notes.get("incident"):
            yield evidence_of(event).finding(
                Rule.REVEAL,
                Actor(event.agency, "", event.officer),
                event.at_us // DAY,
                measure=1,
                limit=0,
                what=str(event.notes["what"]),
            )

    def forget(self, now_us: int) -> None:
        """Keep nothing."""


@lru_cache(maxsize=4096)
def network_of(source: str) -> str:
    """Return the network (of 24 bits, or 48 of IPv6) that an address lies in, empty for what is none."""
    try:
        address = ip_address(source)
    except ValueError:
        return ""
    parts = address.exploded.split("." if address.version == 4 else ":")[:3]
    return ".".join(parts) + ".0/24" if address.version == 4 else ":".join(parts) + "::/48"
