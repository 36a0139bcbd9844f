"""How far does the chain from a key to a field hold, and what mends the link that does not?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.console.words import Status, Tone, Words
from gateway.problem_texts import PROBLEMS


class Holds(StrEnum):
    """How one link was found."""

    YES = "yes"
    NO = "no"
    WARNING = "warning"
    NOT_REACHED = "not-reached"


HOLDS: dict[Holds, Status] = {
    Holds.YES: Status(Words("Đạt", "Holds"), Tone.GOOD),
    Holds.NO: Status(Words("Không đạt", "Broken"), Tone.BAD),
    Holds.WARNING: Status(Words("Cần xem", "Look at this"), Tone.WAITING),
    Holds.NOT_REACHED: Status(Words("Chưa xét tới", "Not reached"), Tone.QUIET),
}


NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what is asked, how it was found, what was seen, and what to do where it does not hold."""

    title: Words
    holds: Holds
    detail: Words = NO_WORDS
    fix: Words = NO_WORDS
    facts: Sequence[tuple[Words, str]] = ()

    @property
    def status(self) -> Status:
        """How it was found, as a word and a tone."""
        return HOLDS[self.holds]


@dataclass(frozen=True, slots=True)
class Chain:
    """All links in their order. `subject` says what was looked at, `facts` what it says of itself."""

    subject: Words
    links: Sequence[Link]
    facts: Sequence[tuple[Words, str]] = ()
    problem: str = ""
    """The slug that a caller is told, where there is one: it has a page of its own."""

    @property
    def broken(self) -> Link | None:
        """The first link that does not hold: the one to mend."""
        return next((link for link in self.links if link.holds is Holds.NO), None)

    @property
    def is_open(self) -> bool:
        """Tell whether nobody knows yet how it ends: nothing is broken, and the last link was not reached."""
        return self.broken is None and bool(self.links) and self.links[-1].holds is Holds.NOT_REACHED

    @property
    def warnings(self) -> Sequence[Link]:
        """The links that hold and deserve a look."""
        return [link for link in self.links if link.holds is Holds.WARNING]


def refused_link(title: Words, slug: str, *, facts: Sequence[tuple[Words, str]] = ()) -> Link:
    """Return the link that a problem breaks, in the problem's own words."""
    kind = PROBLEMS[slug]
    return Link(title, Holds.NO, Words(kind.detail_vi, kind.detail_en), Words(kind.next_vi, kind.next_en), facts=facts)
