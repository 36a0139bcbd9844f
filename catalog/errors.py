"""Why can the catalogue not be changed, or not be read, as asked?

None of these knows HTTP: `gateway/problems.py` turns them into problems. Texts name codes and members, never
personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class CatalogError(Exception):
    """The catalogue cannot do what was asked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document: `where` names the member (`grants[0].fields[2]`), never its value."""

    where: str
    vi: str
    en: str


class NotThere(CatalogError):
    """There is nothing with this code."""

    def __init__(self, noun: str, code: str) -> None:
        super().__init__(f"no {noun} {code!r}")
        self.noun = noun
        self.code = code


class NotYours(CatalogError):
    """It belongs to another agency; whoever asks is told that it is not there."""


class AlreadyThere(CatalogError):
    """The code, or the number, is taken."""

    def __init__(self, noun: str, code: str) -> None:
        super().__init__(f"{noun} {code!r} is already there")
        self.noun = noun
        self.code = code


class StateForbids(CatalogError):
    """The state that it is in does not allow the step."""

    def __init__(self, noun: str, state: str, action: str) -> None:
        super().__init__(f"{noun} is {state}: {action} is not possible")
        self.noun = noun
        self.state = state
        self.action = action


class FourEyes(CatalogError):
    """Whoever asked for something never approves it (design 05, agreements)."""


class ContentInvalid(CatalogError):
    """A document does not say what it must. `faults` is never empty."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.en}" for fault in faults))
        self.faults = tuple(faults)


class TermsInvalid(ContentInvalid):
    """The terms of an agreement do not fit the catalogue, or each other."""


class NotCanonical(CatalogError, ValueError):
    """A value has no canonical JSON form (RFC 8785): not finite, beyond 2**53, a lone surrogate, or no JSON at all."""
