"""What does a rule of misuse say when something does not look right?"""

from collections import deque
from enum import StrEnum
from typing import Final

import msgspec

from security.misuse.events import Event

MOST_EXCHANGES: Final = 50
"""So many of the last exchanges stand in a finding; how many there were is counted on."""


class Rule(StrEnum):
    """The rules, by the numbers of docs/misuse.md."""

    MANY_PEOPLE = "R1"
    ENUMERATION = "R2"
    CASE_FILE = "R3"
    OFF_HOURS = "R4"
    FLAGGED_PERSON = "R5"
    MANY_AGENCIES = "R6"
    NEW_PLACE = "R7"
    REFUSED_OFTEN = "R8"
    FAILED_SIGN_IN = "R9"
    NOT_FOUND = "R10"
    SELF_LOOKUP = "R11"
    DORMANT = "R12"
    EMERGENCY = "R13"
    WIDENED_AND_USED = "R14"
    REVEAL = "R15"
    LOG_HEALTH = "R16"
    COUNTS_DIFFER = "R17"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody should look at.

    `key` is the same as long as it is the same thing that goes on: a later finding takes the place of an earlier one.
    `measure` is what was counted and `limit` what is usual. Of `total` exchanges `explained` named a case file.
    """

    rule: Rule
    key: str
    first_us: int
    last_us: int
    measure: int
    limit: int
    agency: str = ""
    system: str = ""
    officer: str = ""
    total: int = 0
    explained: int = 0
    exchanges: tuple[str, ...] = ()
    facts: dict[str, str | int] = {}


class Actor(msgspec.Struct, frozen=True, order=True):
    """Who acts: a system, or one officer of it. `officer` is empty for the system as a whole."""

    agency: str
    system: str
    officer: str = ""

    def __hash__(self) -> int:
        """Hash as the tuple of its members would."""
        return hash((self.agency, self.system, self.officer))


def actors_of(event: Event) -> tuple[Actor, ...]:
    """Return the system that called, and the officer for whom, where it named one."""
    whole = Actor(event.agency, event.system)
    return (whole, Actor(event.agency, event.system, event.officer)) if event.officer else (whole,)


def nearest_actor(event: Event) -> Actor:
    """Return the officer who acted, or the system where it named none."""
    return Actor(event.agency, event.system, event.officer)


class Evidence:
    """The exchanges that a finding is made of, as they come: the last ones by id, all by number."""

    __slots__ = ("exchanges", "explained", "first_us", "last_us", "total")

    def __init__(self) -> None:
        self.exchanges: deque[str] = deque(maxlen=MOST_EXCHANGES)
        self.first_us = 0
        self.last_us = 0
        self.total = 0
        self.explained = 0

    def add(self, event: Event) -> None:
        """Take an exchange along."""
        self.first_us = self.first_us or event.at_us
        self.last_us = event.at_us
        self.total += event.times
        self.explained += bool(event.case)
        self.exchanges.append(event.exchange_id)

    def finding(
        self, rule: Rule, actor: Actor, bucket: object, *, measure: int, limit: int, **facts: str | int
    ) -> Finding:
        """Return the finding that these make, of `actor` in `bucket` (an hour, a day, a person)."""
        return Finding(
            rule=rule,
            key=f"{rule}/{actor.agency}/{actor.system}/{actor.officer}/{bucket}",
            first_us=self.first_us,
            last_us=self.last_us,
            measure=measure,
            limit=limit,
            agency=actor.agency,
            system=actor.system,
            officer=actor.officer,
            total=self.total,
            explained=self.explained,
            exchanges=tuple(self.exchanges),
            facts=facts,
        )


def evidence_of(event: Event) -> Evidence:
    """Return what is made of one exchange alone."""
    alone = Evidence()
    alone.add(event)
    return alone
