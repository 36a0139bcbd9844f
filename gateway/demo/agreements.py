"""Who may ask what of whom in the demo province, for what, and within which limits?

Pure: the terms follow from the catalogue, the table below, and the day on which the demo is made. A grant releases open
and internal fields unless it leaves some out; personal and sensitive ones only where it names them (R14).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from catalog.descriptions import FieldClass, OperationDescription
from catalog.terms import (
    AgreementTerms,
    Comparison,
    FieldReason,
    GrantTerms,
    Hours,
    LegalBasis,
    Rate,
    RowCondition,
)
from gateway.demo.catalogue import Catalogue
from gateway.demo.consumers import agency_of
from gateway.demo.described.databases import owner_of

PLAIN_RATE = Rate(requests=600, per_seconds=60, burst=100)
NIGHT = (Hours(days=(1, 2, 3, 4, 5, 6, 7), from_="02:00", until="02:01"),)
OFFICE_AND_MORE = (Hours(days=(1, 2, 3, 4, 5, 6, 7), from_="00:00", until="24:00"),)
HERE_AND_STATE_NETWORK = ("127.0.0.0/8", "::1/128", "10.0.0.0/8")
_RELEASED = frozenset({FieldClass.OPEN, FieldClass.INTERNAL})
_BASIS = LegalBasis(document="Nghị định 194/2025/NĐ-CP", article="Điều 16")
_REASON = "Thông tin phải xét khi giải quyết hồ sơ theo mục đích của thỏa thuận."


@dataclass(frozen=True, slots=True)
class Grant:
    """One operation of an agreement. `also` and `without` are fields below the row."""

    service: str
    operation: str
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    rows: Literal["all"] | tuple[RowCondition, ...] = "all"
    rate: Rate = PLAIN_RATE
    quota: int = 50_000
    hours: Literal["always"] | tuple[Hours, ...] = "always"
    networks: Literal["any"] | tuple[str, ...] = "any"
    case_file: bool = False
    officer: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """An agreement of the demo. Days are counted from the day on which the demo is made."""

    code: str
    system: str
    database: str
    grants: tuple[Grant, ...]
    purposes: tuple[str, ...] = ("quan-ly-nha-nuoc",)
    first_day: int = -30
    last_day: int = 3650
    suspended: bool = False
    undecided: bool = False
    legal_basis: LegalBasis = field(default=_BASIS)

    def grant(self, service: str, operation: str) -> Grant:
        """Return the grant of an operation. Raises `KeyError`."""
        for one in self.grants:
            if (one.service, one.operation) == (service, operation):
                return one
        raise KeyError(f"{self.code}: {service}/{operation}")


def inside(*codes: str) -> tuple[RowCondition, ...]:
    """Return the row filter "only these communes"."""
    return (RowCondition(field="MaDVHC", operator=Comparison.IN, values=codes),)


def equal(name: str, value: str | int | bool) -> tuple[RowCondition, ...]:
    """Return the row filter "only where this field has this value"."""
    return (RowCondition(field=name, operator=Comparison.EQ, values=(value,)),)


def released_fields(grant: Grant, operation: OperationDescription) -> tuple[str, ...]:
    """Return the paths that a grant releases. Raises `ValueError` when it names a field that is not declared."""
    prefix = f"{operation.rows}." if operation.rows else ""
    declared = [one for one in operation.fields if not one.structural]
    also = {f"{prefix}{name}" for name in grant.also}
    without = {f"{prefix}{name}" for name in grant.without}
    unknown = (also | without) - {one.path for one in declared}
    if unknown:
        raise ValueError(f"{grant.service}/{grant.operation} has no field {min(unknown)}")
    return tuple(
        one.path for one in declared if one.path in also or (one.class_ in _RELEASED and one.path not in without)
    )


def terms_of(wish: Wish, catalogue: Catalogue, *, today: date) -> AgreementTerms:
    """Return the terms of an agreement, its days counted from `today`."""
    first, last = today + timedelta(days=wish.first_day), today + timedelta(days=wish.last_day)
    return AgreementTerms(
        code=wish.code,
        database=wish.database,
        provider_agency=owner_of(wish.database),
        consumer_agency=agency_of(wish.system),
        systems=(wish.system,),
        purposes=wish.purposes,
        legal_basis=(wish.legal_basis,),
        valid_from=first,
        valid_until=last,
        review_on=min(first + timedelta(days=365), last),
        grants=tuple(_grant_terms(one, catalogue, wish.database) for one in wish.grants),
    )


def _grant_terms(grant: Grant, catalogue: Catalogue, database: str) -> GrantTerms:
    operation = catalogue.operation(database, grant.service, grant.operation)
    fields = released_fields(grant, operation)
    sensitive = {one.path for one in operation.fields if one.class_ is FieldClass.SENSITIVE}
    return GrantTerms(
        service=grant.service,
        version=1,
        operation=grant.operation,
        fields=fields,
        reasons=tuple(FieldReason(field=path, reason=_REASON) for path in fields if path in sensitive),
        rows=grant.rows,
        rate=grant.rate,
        daily_quota=grant.quota,
        hours=grant.hours,
        networks=grant.networks,
        case_file_required=grant.case_file,
        officer_required=grant.officer,
    )


def find_wish(wishes: Sequence[Wish], code: str) -> Wish:
    """Return the agreement with this code. Raises `KeyError`."""
    for one in wishes:
        if one.code == code:
            return one
    raise KeyError(code)
