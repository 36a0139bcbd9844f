"""What of an agreement has nobody used, and what would be left of it without that?

Least privilege: what was granted and is not used is a risk without a use. Pure: what the record says is passed in. A
proposal is only a proposal; the consumer narrows the agreement by it, which acts at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from catalog.agreement_differences import grant_name
from catalog.terms import AgreementTerms, GrantTerms


@dataclass(frozen=True, slots=True)
class GrantUse:
    """What one system did with one grant: how many calls were looked at, the last of them, and the fields asked for.

    `calls` stops counting where enough were seen. `whole`: a call took every field, as one that names none does.
    """

    calls: int
    last_at: datetime | None
    fields: frozenset[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class UnusedGrants:
    """What was not used since `since`. `narrowed` are the terms without it: None where nothing would be left."""

    since: datetime
    systems: tuple[str, ...]
    operations: tuple[str, ...]
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    narrowed: AgreementTerms | None

    @property
    def any(self) -> bool:
        """Tell whether there is anything to propose."""
        return bool(self.systems or self.operations or self.fields)


def grant_key(code: str, system: str, *, database: str, grant: GrantTerms) -> str:
    """Return the name under which the record and the counters know what one system does with one grant."""
    return f"{code}/{system}/{database}/{grant_name(grant)}"


def unused_grants(terms: AgreementTerms, uses: Mapping[str, GrantUse], *, since: datetime) -> UnusedGrants:
    """Return what nobody used; `uses` are by `grant_key`, one that is missing was not used."""

    def use_of(system: str, grant: GrantTerms) -> GrantUse | None:
        found = uses.get(grant_key(terms.code, system, database=terms.database, grant=grant))
        return found if found is not None and found.calls else None

    idle_systems = tuple(one for one in terms.systems if not any(use_of(one, grant) for grant in terms.grants))
    kept: list[GrantTerms] = []
    idle_operations: list[str] = []
    idle_fields: list[tuple[str, tuple[str, ...]]] = []
    for grant in terms.grants:
        seen = [found for system in terms.systems if (found := use_of(system, grant)) is not None]
        if not seen:
            idle_operations.append(grant_name(grant))
            continue
        asked = frozenset[str]().union(*(one.fields for one in seen))
        whole = any(one.whole for one in seen)
        idle = () if whole else tuple(path for path in grant.fields if path not in asked)
        if idle and len(idle) < len(grant.fields):
            idle_fields.append((grant_name(grant), idle))
            kept.append(_without(grant, idle))
        else:
            kept.append(grant)
    systems = tuple(one for one in terms.systems if one not in idle_systems)
    narrowed = msgspec.structs.replace(terms, systems=systems, grants=tuple(kept)) if systems and kept else None
    return UnusedGrants(since, idle_systems, tuple(idle_operations), tuple(idle_fields), narrowed)


def _without(grant: GrantTerms, idle: tuple[str, ...]) -> GrantTerms:
    return msgspec.structs.replace(
        grant,
        fields=tuple(path for path in grant.fields if path not in idle),
        reasons=tuple(one for one in grant.reasons if one.field not in idle),
    )
