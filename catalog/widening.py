"""Does a new version of an agreement allow anything that the old one did not?

Narrowing acts at once, widening must be approved again (design 05). Pure and cautious: whatever is not plainly the same
or narrower counts as wider.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

import msgspec

from catalog.terms import AgreementTerms, Comparison, GrantTerms, Hours, Rate, RowCondition

_ONE_OF = frozenset({Comparison.EQ, Comparison.IN})


def widens(old: AgreementTerms, new: AgreementTerms) -> list[str]:
    """Return the members of `new` that allow more than `old`, or something else; empty: the same or narrower."""
    found = [
        name
        for name in ("code", "database", "provider_agency", "consumer_agency", "legal_basis", "attachments")
        if getattr(old, name) != getattr(new, name)
    ]
    found += [name for name in ("systems", "purposes") if not set(getattr(new, name)) <= set(getattr(old, name))]
    if new.valid_from < old.valid_from:
        found.append("valid_from")
    found += [name for name in ("valid_until", "review_on") if getattr(new, name) > getattr(old, name)]
    if not disclosure_within(new, old):
        found.append("disclosure")
    granted = {(grant.service, grant.version, grant.operation): grant for grant in old.grants}
    for number, grant in enumerate(new.grants):
        before = granted.get((grant.service, grant.version, grant.operation))
        if before is None:
            found.append(f"grants[{number}]")
        else:
            found += [f"grants[{number}].{member}" for member in _wider_members(before, grant)]
    return found


def _wider_members(old: GrantTerms, new: GrantTerms) -> Iterator[str]:
    if not set(new.fields) <= set(old.fields):
        yield "fields"
    if not set(new.reasons) <= set(old.reasons):
        yield "reasons"
    if not rows_within(new.rows, old.rows):
        yield "rows"
    if not rate_within(new.rate, old.rate):
        yield "rate"
    if new.daily_quota > old.daily_quota:
        yield "daily_quota"
    if not hours_within(new.hours, old.hours):
        yield "hours"
    if not networks_within(new.networks, old.networks):
        yield "networks"
    if old.case_file_required and not new.case_file_required:
        yield "case_file_required"
    if old.officer_required and not new.officer_required:
        yield "officer_required"
    if new.cache_allowed and not old.cache_allowed:
        yield "cache_allowed"


def disclosure_within(new: AgreementTerms, old: AgreementTerms) -> bool:
    """Tell whether the people concerned see the new terms' exchanges no later than the old ones', on the same ground.

    To keep somebody in the dark for longer, or by another law, needs to be approved; to tell him sooner does not.
    """
    if new.disclosure is msgspec.UNSET:
        return True
    if old.disclosure is msgspec.UNSET:
        return False
    same = new.disclosure.legal_basis == old.disclosure.legal_basis
    return same and new.disclosure.after_days <= old.disclosure.after_days


def rows_within(new: Literal["all"] | tuple[RowCondition, ...], old: Literal["all"] | tuple[RowCondition, ...]) -> bool:
    """All conditions of a grant must hold, so each old one must follow from one of the new."""
    if old == "all":
        return True
    if new == "all":
        return False
    return all(any(_implies(after, before) for after in new) for before in old)


def _implies(new: RowCondition, old: RowCondition) -> bool:
    """Tell whether every row that meets `new` surely meets `old`."""
    if new == old and _typed(new) == _typed(old):
        return True
    if new.field != old.field:
        return False
    if new.operator in _ONE_OF and old.operator in _ONE_OF:
        return _typed(new) <= _typed(old)
    if old.operator is Comparison.PREFIX and new.operator in _ONE_OF | {Comparison.PREFIX}:
        start = old.values[0]
        return isinstance(start, str) and all(isinstance(v, str) and v.startswith(start) for v in new.values)
    if new.operator is old.operator and new.operator in (Comparison.GTE, Comparison.LTE):
        after, before = new.values[0], old.values[0]
        if type(after) is int and type(before) is int:
            return after >= before if new.operator is Comparison.GTE else after <= before
    return False


def _typed(condition: RowCondition) -> frozenset[tuple[str, str | int | bool]]:
    return frozenset((type(value).__name__, value) for value in condition.values)  # 1 and true are equal in Python


def rate_within(new: Rate, old: Rate) -> bool:
    """Tell whether the new rate lets nobody call more, or more at once, than the old one."""
    return new.requests * old.per_seconds <= old.requests * new.per_seconds and new.burst <= old.burst


def hours_within(new: Literal["always"] | tuple[Hours, ...], old: Literal["always"] | tuple[Hours, ...]) -> bool:
    """Tell whether the new hours lie within the old ones."""
    if old == "always":
        return True
    if new == "always":
        return False
    return _minutes(new) <= _minutes(old)


def _minutes(hours: tuple[Hours, ...]) -> set[int]:
    """Return the minutes of the week in which the hours allow a call."""
    return {
        day * 1440 + minute
        for window in hours
        for day in window.days
        for minute in range(minute_of_day(window.from_), minute_of_day(window.until))
    }


def minute_of_day(text: str) -> int:
    """Return the minutes since midnight of `HH:MM`, 1440 for `24:00`. Raises ValueError for anything else."""
    hour, _, minute = text.partition(":")
    plain = len(text) == 5 and text.isascii() and hour.isdigit() and minute.isdigit()
    if not plain or int(minute) > 59 or int(hour) * 60 + int(minute) > 1440:
        raise ValueError("not a time of day")
    return int(hour) * 60 + int(minute)


def networks_within(new: Literal["any"] | tuple[str, ...], old: Literal["any"] | tuple[str, ...]) -> bool:
    """Tell whether the new networks lie within the old ones."""
    if old == "any":
        return True
    if new == "any":
        return False
    allowed = [ip_network(text) for text in old]
    return all(any(_inside(ip_network(text), network) for network in allowed) for text in new)


def _inside(network: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(network, IPv4Network) and isinstance(other, IPv4Network):
        return network.subnet_of(other)
    if isinstance(network, IPv6Network) and isinstance(other, IPv6Network):
        return network.subnet_of(other)
    return False
