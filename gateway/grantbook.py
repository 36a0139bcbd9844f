"""Which grants does each system hold under all agreements, when one of a hundred thousand changes?

A book is immutable: a change makes a new one, which shares all that did not change. Its digest is a sum over its
agreements, so that it too is made of the old one and the change.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from gateway.snapshot import CompiledGrant

Place: TypeAlias = tuple[str, str]
"""A system and the key of an operation."""
Reached: TypeAlias = tuple[str, str, str]
"""A system, a database and a service."""
_MODULUS: Final = 2**256


@dataclass(frozen=True, slots=True)
class Entry:
    """An agreement as it was compiled. `key` is all that this depends on."""

    key: str
    grants: Mapping[Place, CompiledGrant]


@dataclass(frozen=True, slots=True)
class GrantBook:
    """The compiled agreements by code, and what each system has of them, sorted by agreement.

    `reach` counts, for each service that a system has any agreement about, by how many grants it is reached.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    grants: Mapping[Place, tuple[CompiledGrant, ...]] = field(default_factory=dict)
    reach: Mapping[Reached, int] = field(default_factory=dict)
    sum: int = 0

    def with_changes(self, changed: Mapping[str, Entry | None]) -> "GrantBook":
        """Return the book in which these agreements stand so, and those that are None do not stand any more."""
        entries, grants, reach, total = dict(self.entries), dict(self.grants), dict(self.reach), self.sum
        for code, entry in changed.items():
            before = entries.pop(code, None)
            if before is not None:
                total -= _number_of(code, before)
                for place in before.grants:
                    _take_out(grants, reach, place, code)
            if entry is not None:
                total += _number_of(code, entry)
                entries[code] = entry
                for place, grant in entry.grants.items():
                    grants[place] = _sorted_in(grants.get(place, ()), grant)
                    reached = _reached(place)
                    reach[reached] = reach.get(reached, 0) + 1
        return GrantBook(entries, grants, reach, total % _MODULUS)

    @property
    def digest(self) -> bytes:
        """Return 32 bytes that name all agreements as they stand."""
        return self.sum.to_bytes(32)


def _take_out(
    grants: dict[Place, tuple[CompiledGrant, ...]], reach: dict[Reached, int], place: Place, code: str
) -> None:
    left = tuple(one for one in grants[place] if one.agreement != code)
    if left:
        grants[place] = left
    else:
        del grants[place]
    reached = _reached(place)
    reach[reached] -= 1
    if not reach[reached]:
        del reach[reached]


def _sorted_in(held: tuple[CompiledGrant, ...], grant: CompiledGrant) -> tuple[CompiledGrant, ...]:
    return (grant,) if not held else tuple(sorted((*held, grant), key=lambda one: one.agreement))


def _reached(place: Place) -> Reached:
    database, service, *_ = place[1].split("/")
    return place[0], database, service


def _number_of(code: str, entry: Entry) -> int:
    return int.from_bytes(hashlib.sha256(f"{code}|{entry.key}".encode()).digest())
