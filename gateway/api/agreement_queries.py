"""What does an address ask of the list of agreements, and what of it may this reader see?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from fastapi import Request

from catalog.agreement_lists import AgreementFilter, Order
from catalog.agreements import PROVINCE_TIME
from catalog.errors import ContentInvalid, Fault
from catalog.staff import StaffMember
from catalog.states import AgreementState, Side
from security.staff import Permission

MOST_LINES = 1000
_LINES = 100
_MOST_DAYS = 3660
_MOST_OFFSET = 10_000_000
Choice = TypeVar("Choice", bound=StrEnum)


class Reader(Protocol):
    """A member of the staff who reads: at the control API (`Visit`) or in the console (`Desk`)."""

    @property
    def member(self) -> StaffMember:
        """Who reads."""
        ...

    def may(self, permission: Permission, agency: str = "") -> bool:
        """Tell whether the reader has the permission over what belongs to `agency` (empty: the platform)."""
        ...


@dataclass(frozen=True, slots=True)
class AskedAgreements:
    """Which agreements an address asks for, and which part of the list."""

    wanted: AgreementFilter
    order: Order
    descending: bool
    limit: int
    offset: int


def asked_of(request: Request) -> AskedAgreements:
    """Return what the address asks for. Raises ContentInvalid for a member that says nothing sensible."""
    members = request.query_params
    order = members.get("sort", "-changed")
    days = members.get("expiring_days", "")
    return AskedAgreements(
        AgreementFilter(
            words=members.get("q", "")[:200],
            state=_choice(AgreementState, "state", members.get("state", "")),
            database=members.get("database", ""),
            agency=members.get("agency", ""),
            side=_choice(Side, "side", members.get("side", "")),
            expiring_by=(
                datetime.now(PROVINCE_TIME).date() + timedelta(days=_whole("expiring_days", days, most=_MOST_DAYS))
                if days
                else None
            ),
        ),
        order=_choice(Order, "sort", order.removeprefix("-")) or Order.CHANGED,
        descending=order.startswith("-"),
        limit=_whole("limit", members.get("limit", str(_LINES)), most=MOST_LINES),
        offset=_whole("offset", members.get("offset", "0"), most=_MOST_OFFSET),
    )


def visible_to(reader: Reader, wanted: AgreementFilter) -> AgreementFilter:
    """Return the filter, narrowed to what the reader may see: his agency's, or everybody's for the platform's staff."""
    if reader.may(Permission.AGREEMENT_READ):
        return wanted
    own = reader.member.agency
    return replace(wanted, within=(own,) if reader.may(Permission.AGREEMENT_READ, own) else ())


def _choice(kind: type[Choice], name: str, value: str) -> Choice | None:
    if not value:
        return None
    try:
        return kind(value)
    except ValueError as error:
        raise ContentInvalid([Fault(name, "không có giá trị này", "there is no such value")]) from error


def _whole(name: str, text: str, *, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise ContentInvalid([Fault(name, f"phải là số từ 0 đến {most}", f"must be a number from 0 to {most}")])
    return int(text)
