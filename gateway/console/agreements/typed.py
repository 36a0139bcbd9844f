"""How are terms typed into forms and read back, without losing a word of what they say?

Pure. Each step of the wizard writes its part of the terms into fields and reads it back; a field is called like the
member of the terms that it is for (`grants[0].daily_quota`), so that a fault of the terms finds its field.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

import msgspec

from catalog.agreement_differences import grant_name
from catalog.agreement_preparations import Prepared, blank_grant
from catalog.descriptions import FieldClass, FieldType, OperationDescription, ServiceDescription
from catalog.errors import ContentInvalid, Fault
from catalog.paths import below
from catalog.terms import (
    AgreementTerms,
    Comparison,
    DisclosureTerms,
    FieldReason,
    GrantTerms,
    Hours,
    LegalBasis,
    Rate,
    RowCondition,
)
from gateway.console.forms import Form

BASES: Final = 4
"""How many legal bases, windows and conditions a form has room for, at least."""
_IS_FIELD: Final = re.compile(
    r"grants\[\d+\]\.(fields|reasons\[.+\]|rate\.\w+|daily_quota|officer_required|hours(\[\d+\](\.days)?)?"
    r"|networks|networks\.list|rows(\[\d+\]\.(field|operator|values))?)"
    r"|purposes|legal_basis(\[\d+\]\.(document|article))?"
    r"|disclosure\.(after_days|legal_basis\.(document|article))"
)
OFFICE_HOURS: Final = (Hours(days=(1, 2, 3, 4, 5), from_="07:00", until="17:30"),)


class Step(StrEnum):
    """A step of the wizard."""

    WHO = "who"
    OPERATIONS = "operations"
    FIELDS = "fields"
    WHY = "why"
    LIMITS = "limits"
    TERM = "term"
    REVIEW = "review"


STEPS: Final = tuple(Step)


@dataclass(frozen=True, slots=True)
class Offered:
    """An operation that may be asked for."""

    service: ServiceDescription
    operation: OperationDescription

    @property
    def name(self) -> str:
        """By what it is known among the grants: `thua-dat/v1/tra-cuu`."""
        return f"{self.service.code}/v{self.service.version}/{self.operation.code}"


def offered_by(services: Sequence[ServiceDescription]) -> dict[str, Offered]:
    """Return the operations of these services by name."""
    every = (Offered(service, operation) for service in services for operation in service.operations)
    return {one.name: one for one in every}


def write(prepared: Prepared, step: Step) -> Form:
    """Return one step's fields as the terms have them."""
    terms = prepared.terms
    match step:
        case Step.WHO:
            return Form({"code": [terms.code], "systems": list(terms.systems)})
        case Step.OPERATIONS:
            return Form({"operations": [grant_name(grant) for grant in terms.grants]})
        case Step.FIELDS:
            return Form(dict(pair for n, grant in enumerate(terms.grants) for pair in _write_fields(n, grant)))
        case Step.WHY:
            return Form(_write_why(terms))
        case Step.LIMITS:
            return Form(dict(pair for n, grant in enumerate(terms.grants) for pair in _write_limits(n, grant)))
        case Step.TERM:
            days = {name: [getattr(terms, name).isoformat()] for name in ("valid_from", "valid_until", "review_on")}
            return Form({**days, **_write_disclosure(terms), "attachments": [one.digest for one in terms.attachments]})
        case Step.REVIEW:
            return Form()


def read(prepared: Prepared, step: Step, form: Form, *, offered: Mapping[str, Offered]) -> Prepared:
    """Return what was prepared with what was typed in one step.

    Raises ContentInvalid for what cannot be kept at all: a number, a day or a time that is none.
    """
    terms, faults = prepared.terms, list[Fault]()
    match step:
        case Step.WHO:
            code = terms.code if prepared.revises else form.text("code")
            terms = msgspec.structs.replace(terms, code=code, systems=tuple(form.all("systems")))
        case Step.OPERATIONS:
            terms = msgspec.structs.replace(terms, grants=_chosen(terms, form.all("operations"), offered))
        case Step.FIELDS:
            grants = tuple(_read_fields(n, one, form, offered) for n, one in enumerate(terms.grants))
            terms = msgspec.structs.replace(terms, grants=grants)
        case Step.WHY:
            terms = _read_why(terms, form)
        case Step.LIMITS:
            grants = tuple(_read_limits(n, one, form, offered, faults) for n, one in enumerate(terms.grants))
            terms = msgspec.structs.replace(terms, grants=grants)
        case Step.TERM:
            terms = _read_term(terms, form, faults)
        case Step.REVIEW:
            pass
    if faults:
        raise ContentInvalid(faults)
    return msgspec.structs.replace(prepared, terms=terms)


def with_same_limits(prepared: Prepared) -> Prepared:
    """Return what was prepared with the first operation's limits for all of them; rows stay each operation's own."""
    grants = prepared.terms.grants
    if not grants:
        return prepared
    first = grants[0]
    same = tuple(
        msgspec.structs.replace(
            one,
            rate=first.rate,
            daily_quota=first.daily_quota,
            hours=first.hours,
            networks=first.networks,
            cache_allowed=first.cache_allowed,
        )
        for one in grants
    )
    return msgspec.structs.replace(prepared, terms=msgspec.structs.replace(prepared.terms, grants=same))


def fields_with_faults(faults: Sequence[Fault]) -> list[str]:
    """Return those members at which faults were found that are fields of a form: their fault is said there."""
    return [fault.where for fault in faults if _IS_FIELD.fullmatch(fault.where)]


def step_of(where: str) -> Step:
    """Return the step on which a member of the terms is typed."""
    name = where.partition("[")[0].partition(".")[0]
    if name == "grants":
        member = where.partition("].")[2]
        if member.startswith(("fields", "reasons")):
            return Step.FIELDS
        if member.startswith(("case_file", "officer")):
            return Step.WHY
        return Step.OPERATIONS if not member or member.startswith(("service", "operation")) else Step.LIMITS
    return _STEP_OF.get(name, Step.TERM)


_STEP_OF: Final = {
    "code": Step.WHO,
    "systems": Step.WHO,
    "consumer_agency": Step.WHO,
    "provider_agency": Step.WHO,
    "database": Step.WHO,
    "purposes": Step.WHY,
    "legal_basis": Step.WHY,
}


# --- operations and fields ---------------------------------------------------------------------------------------


def _chosen(terms: AgreementTerms, names: Sequence[str], offered: Mapping[str, Offered]) -> tuple[GrantTerms, ...]:
    held = {grant_name(grant): grant for grant in terms.grants}
    kept = [held.get(name) or blank_grant(offered[name].service, offered[name].operation)
            for name in dict.fromkeys(names) if name in held or name in offered]  # fmt: skip
    return tuple(kept)


def _write_fields(number: int, grant: GrantTerms) -> list[tuple[str, list[str]]]:
    where = f"grants[{number}]"
    reasons = [(f"{where}.reasons[{one.field}]", [one.reason]) for one in grant.reasons]
    return [(f"{where}.fields", list(grant.fields)), *reasons]


def _read_fields(number: int, grant: GrantTerms, form: Form, offered: Mapping[str, Offered]) -> GrantTerms:
    where = f"grants[{number}]"
    found = offered.get(grant_name(grant))
    if found is None:
        return grant
    ticked = form.all(f"{where}.fields")
    fields = tuple(leaf.path for leaf in found.operation.fields if leaf.path in ticked and not leaf.structural)
    sensitive = [
        leaf.path
        for leaf in found.operation.fields
        if leaf.class_ is FieldClass.SENSITIVE and leaf.path in fields and form.text(f"{where}.reasons[{leaf.path}]")
    ]
    reasons = tuple(FieldReason(field=path, reason=form.text(f"{where}.reasons[{path}]")) for path in sensitive)
    return msgspec.structs.replace(grant, fields=fields, reasons=reasons)


# --- why ---------------------------------------------------------------------------------------------------------


def _write_why(terms: AgreementTerms) -> dict[str, list[str]]:
    bases = {
        f"legal_basis[{number}].{member}": [getattr(one, member)]
        for number, one in enumerate(terms.legal_basis)
        for member in ("document", "article")
    }
    asked = [f"case_file:{grant_name(grant)}" for grant in terms.grants if grant.case_file_required]
    asked += [f"officer:{grant_name(grant)}" for grant in terms.grants if grant.officer_required]
    return {"purposes": list(terms.purposes), **bases, "asked": asked}


def _read_why(terms: AgreementTerms, form: Form) -> AgreementTerms:
    bases = [
        LegalBasis(document=form.text(f"legal_basis[{n}].document"), article=form.text(f"legal_basis[{n}].article"))
        for n in range(max(BASES, len(terms.legal_basis) + 1))
    ]
    asked = form.all("asked")
    return msgspec.structs.replace(
        terms,
        purposes=tuple(form.all("purposes")),
        legal_basis=tuple(one for one in bases if one.document or one.article),
        grants=tuple(
            msgspec.structs.replace(
                grant,
                case_file_required=f"case_file:{grant_name(grant)}" in asked,
                officer_required=f"officer:{grant_name(grant)}" in asked,
            )
            for grant in terms.grants
        ),
    )


# --- limits ------------------------------------------------------------------------------------------------------


def _write_limits(number: int, grant: GrantTerms) -> list[tuple[str, list[str]]]:
    where = f"grants[{number}]"
    said: list[tuple[str, list[str]]] = [
        (f"{where}.rate.requests", [str(grant.rate.requests)]),
        (f"{where}.rate.per_seconds", [str(grant.rate.per_seconds)]),
        (f"{where}.rate.burst", [str(grant.rate.burst)]),
        (f"{where}.daily_quota", [str(grant.daily_quota)]),
        (f"{where}.cache", ["on"] if grant.cache_allowed else []),
        (f"{where}.networks", ["any" if grant.networks == "any" else "listed"]),
        (f"{where}.networks.list", ["" if grant.networks == "any" else "\n".join(grant.networks)]),
        (f"{where}.rows", ["all" if grant.rows == "all" else "some"]),
        (f"{where}.hours", [_hours_choice(grant.hours)]),
    ]
    for n, window in enumerate(() if grant.hours == "always" else grant.hours):
        said.append((f"{where}.hours[{n}].days", [str(day) for day in window.days]))
        said.append((f"{where}.hours[{n}].from", [window.from_]))
        said.append((f"{where}.hours[{n}].until", [window.until]))
    for n, one in enumerate(() if grant.rows == "all" else grant.rows):
        said.append((f"{where}.rows[{n}].field", [one.field]))
        said.append((f"{where}.rows[{n}].operator", [str(one.operator)]))
        said.append((f"{where}.rows[{n}].values", ["\n".join(_typed_out(value) for value in one.values)]))
    return said


def _hours_choice(hours: Literal["always"] | tuple[Hours, ...]) -> str:
    if hours == "always":
        return "always"
    return "office" if hours == OFFICE_HOURS else "chosen"


def _read_limits(
    number: int, grant: GrantTerms, form: Form, offered: Mapping[str, Offered], faults: list[Fault]
) -> GrantTerms:
    where = f"grants[{number}]"
    listed = tuple(form.text(f"{where}.networks.list").replace(",", " ").split())
    return msgspec.structs.replace(
        grant,
        rate=Rate(
            requests=_whole(form, f"{where}.rate.requests", faults),
            per_seconds=_whole(form, f"{where}.rate.per_seconds", faults),
            burst=_whole(form, f"{where}.rate.burst", faults),
        ),
        daily_quota=_whole(form, f"{where}.daily_quota", faults),
        cache_allowed=form.has(f"{where}.cache"),
        networks=listed if form.text(f"{where}.networks") == "listed" else "any",
        hours=_read_hours(where, form),
        rows=_read_rows(where, grant, form, offered, faults),
    )


def _read_hours(where: str, form: Form) -> Literal["always"] | tuple[Hours, ...]:
    choice = form.text(f"{where}.hours")
    if choice != "chosen":
        return OFFICE_HOURS if choice == "office" else "always"
    windows = [
        Hours(
            days=tuple(int(day) for day in form.all(f"{where}.hours[{n}].days") if day in "1234567"),
            from_=form.text(f"{where}.hours[{n}].from"),
            until=form.text(f"{where}.hours[{n}].until"),
        )
        for n in _numbers(form, f"{where}.hours[")
    ]
    return tuple(one for one in windows if one.days or one.from_ or one.until)


def _read_rows(
    where: str, grant: GrantTerms, form: Form, offered: Mapping[str, Offered], faults: list[Fault]
) -> Literal["all"] | tuple[RowCondition, ...]:
    if form.text(f"{where}.rows") != "some":
        return "all"
    found = offered.get(grant_name(grant))
    types = {} if found is None else row_fields(found.operation)
    conditions: list[RowCondition] = []
    for n in _numbers(form, f"{where}.rows["):
        name, operator = form.text(f"{where}.rows[{n}].field"), form.text(f"{where}.rows[{n}].operator")
        if not name:
            continue
        said = [text.strip() for text in form.text(f"{where}.rows[{n}].values").splitlines() if text.strip()]
        kind = types.get(name, FieldType.STRING)
        values = [_typed_in(text, kind) for text in said]
        if any(value is None for value in values):
            faults.append(Fault(f"{where}.rows[{n}].values", "không cùng kiểu với trường", "not of the field's type"))
        if operator not in list(Comparison):
            faults.append(Fault(f"{where}.rows[{n}].operator", "chưa chọn phép so sánh", "choose a comparison"))
            continue
        kept = tuple(value for value in values if value is not None)
        conditions.append(RowCondition(field=name, operator=Comparison(operator), values=kept))
    return tuple(conditions)


def row_fields(operation: OperationDescription) -> dict[str, FieldType]:
    """Return the fields by which rows may be chosen, relative to a row, with their types."""
    return {
        path: leaf.type
        for leaf in operation.fields
        if not leaf.structural and (path := below(leaf.path, operation.rows)) and "[]" not in path
    }


def _numbers(form: Form, prefix: str) -> list[int]:
    """Return the numbers of the rows of a table that were sent, in order."""
    sent = {name[len(prefix) :].partition("]")[0] for name in form.values if name.startswith(prefix)}
    return sorted(int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < 4)


def _typed_in(text: str, kind: FieldType) -> str | int | bool | None:
    if kind is FieldType.BOOLEAN:
        return {"true": True, "đúng": True, "false": False, "sai": False}.get(text.lower())
    if kind in (FieldType.INTEGER, FieldType.NUMBER):
        plain = text.removeprefix("-")
        return int(text) if plain.isascii() and plain.isdigit() and len(plain) < 16 else None
    return text


def _typed_out(value: str | int | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _whole(form: Form, name: str, faults: list[Fault]) -> int:
    text = form.text(name).replace(".", "").replace(" ", "")
    if text.isascii() and text.isdigit() and len(text) < 12:
        return int(text)
    faults.append(Fault(name, "phải là số nguyên", "must be a whole number"))
    return 0


# --- term --------------------------------------------------------------------------------------------------------


def _read_term(terms: AgreementTerms, form: Form, faults: list[Fault]) -> AgreementTerms:
    kept = form.all("attachments")
    return msgspec.structs.replace(
        terms,
        valid_from=_day(form, "valid_from", terms.valid_from, faults),
        valid_until=_day(form, "valid_until", terms.valid_until, faults),
        review_on=_day(form, "review_on", terms.review_on, faults),
        attachments=tuple(one for one in terms.attachments if one.digest in kept),
        disclosure=_read_disclosure(form, faults),
    )


def _write_disclosure(terms: AgreementTerms) -> dict[str, list[str]]:
    told = terms.disclosure
    if told is msgspec.UNSET:
        return {}
    return {
        "disclosure.after_days": [str(told.after_days)],
        "disclosure.legal_basis.document": [told.legal_basis.document],
        "disclosure.legal_basis.article": [told.legal_basis.article],
    }


def _read_disclosure(form: Form, faults: list[Fault]) -> DisclosureTerms | msgspec.UnsetType:
    days, document, article = (
        form.text(f"disclosure.{name}") for name in ("after_days", "legal_basis.document", "legal_basis.article")
    )
    # Nothing, or a zero and no ground: shown at once. Half of it is kept, and its fault said when it is sent.
    if not (document or article) and days.strip("0") == "":
        return msgspec.UNSET
    after_days = _whole(form, "disclosure.after_days", faults) if days else 0
    return DisclosureTerms(after_days=after_days, legal_basis=LegalBasis(document=document, article=article))


def _day(form: Form, name: str, otherwise: date, faults: list[Fault]) -> date:
    try:
        return date.fromisoformat(form.text(name))
    except ValueError:
        faults.append(Fault(name, "phải là một ngày", "must be a day"))
        return otherwise
