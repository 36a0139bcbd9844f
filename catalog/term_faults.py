"""What is wrong with the terms of an agreement?

Pure: what the catalogue knows is passed in as `Known`. Empty means no, so empty lists are refused; all
faults are gathered.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

import msgspec

from catalog.codes import code_fault
from catalog.descriptions import FieldClass, FieldDescription, FieldType, OperationDescription, ServiceDescription
from catalog.errors import Fault
from catalog.paths import below
from catalog.terms import (
    MOST_DISCLOSURE_DAYS,
    AgreementTerms,
    AttachmentTerms,
    Comparison,
    GrantTerms,
    Hours,
    LegalBasis,
    Rate,
    RowCondition,
)
from catalog.widening import minute_of_day

_TEXTUAL = frozenset({FieldType.STRING, FieldType.DATE, FieldType.DATETIME})
_LARGEST = 1_000_000_000
MAX_REASON_CHARS = 500
MAX_ATTACHMENTS = 10


@dataclass(frozen=True, slots=True)
class Known:
    """What an agreement's terms are checked against. `services` are its database's, by (code, version)."""

    agencies: frozenset[str]
    owners: Mapping[str, str]
    """Database code to owner's agency code."""
    system_agencies: Mapping[str, str]
    purposes: frozenset[str]
    services: Mapping[tuple[str, int], ServiceDescription]


def check_terms(terms: AgreementTerms, known: Known) -> list[Fault]:
    """Return all that is wrong with `terms`. A sensitive field must be listed by name, with the reason for it."""
    faults = [code_fault("code", terms.code), *_party_faults(terms, known), *_term_faults(terms)]
    faults += [] if terms.systems else [_empty("systems")]
    faults.extend(_twice("systems", terms.systems))
    faults.extend(grants_faults(terms.purposes, terms.legal_basis, terms.grants, known))
    faults.extend(attachment_faults(terms.attachments))
    faults.extend(_disclosure_faults(terms))
    return [fault for fault in faults if fault is not None]


def grants_faults(
    purposes: Sequence[str], legal_basis: Sequence[LegalBasis], grants: Sequence[GrantTerms], known: Known
) -> Iterator[Fault]:
    """Return all that is wrong with what is granted, for what, and on which ground."""
    for name, members in (("purposes", purposes), ("legal_basis", legal_basis), ("grants", grants)):
        if not members:
            yield _empty(name)
    yield from _twice("purposes", purposes)
    for number, basis in enumerate(legal_basis):
        if not basis.document.strip():
            yield Fault(f"legal_basis[{number}].document", "phải nêu số văn bản", "must name a document")
    for number, purpose in enumerate(purposes):
        if purpose not in known.purposes:
            yield Fault(f"purposes[{number}]", "không có mục đích này", "there is no such purpose")
    yield from _twice("grants", (f"{g.service}/v{g.version}/{g.operation}" for g in grants))
    for number, grant in enumerate(grants):
        yield from _grant_faults(f"grants[{number}]", grant, known)


def _party_faults(terms: AgreementTerms, known: Known) -> Iterator[Fault]:
    owner = known.owners.get(terms.database)
    if owner is None:
        yield Fault("database", "không có cơ sở dữ liệu này", "there is no such database")
    elif owner != terms.provider_agency:
        yield Fault("provider_agency", "không phải cơ quan chủ quản cơ sở dữ liệu", "does not own the database")
    if terms.consumer_agency not in known.agencies:
        yield Fault("consumer_agency", "không có cơ quan này", "there is no such agency")
    for number, system in enumerate(terms.systems):
        if known.system_agencies.get(system) != terms.consumer_agency:
            yield Fault(
                f"systems[{number}]", "không phải hệ thống của cơ quan khai thác", "not a system of the consumer agency"
            )


def _term_faults(terms: AgreementTerms) -> Iterator[Fault]:
    if terms.valid_until < terms.valid_from:
        yield Fault("valid_until", "trước ngày bắt đầu hiệu lực", "lies before valid_from")
    if not terms.valid_from <= terms.review_on <= terms.valid_until:
        yield Fault("review_on", "phải nằm trong thời hạn", "must lie within the term")


def _disclosure_faults(terms: AgreementTerms) -> Iterator[Fault]:
    told = terms.disclosure
    if told is msgspec.UNSET:
        return
    if not 0 < told.after_days <= MOST_DISCLOSURE_DAYS:
        yield Fault(
            "disclosure.after_days",
            f"từ 1 đến {MOST_DISCLOSURE_DAYS} ngày; cho xem ngay thì bỏ trống",
            f"must be 1 to {MOST_DISCLOSURE_DAYS} days; leave it out to show at once",
        )
    if not told.legal_basis.document.strip():
        yield Fault(
            "disclosure.legal_basis.document",
            "chậm cho người dân xem thì phải nêu văn bản cho phép",
            "name the document that allows the people concerned to be told later",
        )


def _grant_faults(where: str, grant: GrantTerms, known: Known) -> Iterator[Fault]:
    yield from _rate_faults(f"{where}.rate", grant.rate)
    if not 0 < grant.daily_quota <= _LARGEST:
        yield Fault(f"{where}.daily_quota", "phải lớn hơn 0", f"must be 1 to {_LARGEST}")
    yield from _hour_faults(f"{where}.hours", grant)
    yield from _network_faults(f"{where}.networks", grant)
    service = known.services.get((grant.service, grant.version))
    if service is None:
        yield Fault(f"{where}.service", "không có phiên bản dịch vụ này", "there is no such service version to call")
        return
    operation = next((operation for operation in service.operations if operation.code == grant.operation), None)
    if operation is None:
        yield Fault(f"{where}.operation", "không có thao tác này", "there is no such operation")
        return
    yield from _field_faults(f"{where}.fields", grant, operation)
    yield from _reason_faults(f"{where}.reasons", grant, operation)
    yield from _row_faults(f"{where}.rows", grant, operation)
    if operation.officer_needed and not grant.officer_required:
        yield Fault(f"{where}.officer_required", "thao tác này bắt buộc nêu cán bộ", "the operation needs an officer")


def _field_faults(where: str, grant: GrantTerms, operation: OperationDescription) -> Iterator[Fault]:
    declared = {field.path for field in operation.fields if not field.structural}
    if not grant.fields:
        yield _empty(where)
    yield from _twice(where, grant.fields)
    for number, path in enumerate(grant.fields):
        if path not in declared:
            yield Fault(f"{where}[{number}]", "không phải trường đã khai", "not a declared field")


def _reason_faults(where: str, grant: GrantTerms, operation: OperationDescription) -> Iterator[Fault]:
    sensitive = {field.path for field in operation.fields if field.class_ is FieldClass.SENSITIVE}
    needed = [path for path in grant.fields if path in sensitive]
    said = {one.field for one in grant.reasons if one.reason.strip()}
    for path in needed:
        if path not in said:
            yield Fault(
                f"{where}[{path}]",
                "trường nhạy cảm: phải nêu lý do cần dùng",
                "a sensitive field: say why it is needed",
            )
    yield from _twice(where, (one.field for one in grant.reasons))
    for number, one in enumerate(grant.reasons):
        if one.field not in needed:
            yield Fault(
                f"{where}[{number}].field",
                "không phải trường nhạy cảm được cấp",
                "not a sensitive field that is granted",
            )
        if len(one.reason) > MAX_REASON_CHARS:
            yield Fault(f"{where}[{number}].reason", "quá 500 ký tự", "longer than 500 characters")


def attachment_faults(attachments: Sequence[AttachmentTerms]) -> Iterator[Fault]:
    """Return what is wrong with the files of an agreement, apart from whether they are there."""
    if len(attachments) > MAX_ATTACHMENTS:
        yield Fault("attachments", f"nhiều nhất {MAX_ATTACHMENTS} tệp", f"at most {MAX_ATTACHMENTS} files")
    yield from _twice("attachments", (one.digest for one in attachments))
    for number, one in enumerate(attachments):
        if not one.name.strip() or len(one.name) > 200:
            yield Fault(f"attachments[{number}].name", "tên từ 1 đến 200 ký tự", "a name has 1 to 200 characters")


def _row_faults(where: str, grant: GrantTerms, operation: OperationDescription) -> Iterator[Fault]:
    if grant.rows == "all":
        return
    if not grant.rows:
        yield _empty(where)
    fields = {
        path: field
        for field in operation.fields
        if not field.structural and (path := below(field.path, operation.rows)) and "[]" not in path
    }
    for number, condition in enumerate(grant.rows):
        field = fields.get(condition.field)
        if field is None:
            yield Fault(
                f"{where}[{number}].field", "không phải trường đã khai của một dòng", "not a declared field of a row"
            )
        else:
            yield from _condition_faults(f"{where}[{number}]", condition, field)


def _condition_faults(where: str, condition: RowCondition, field: FieldDescription) -> Iterator[Fault]:
    if not condition.values:
        yield _empty(f"{where}.values")
    elif condition.operator is not Comparison.IN and len(condition.values) != 1:
        yield Fault(f"{where}.values", "phép so sánh này cần đúng một giá trị", "this comparison takes one value")
    if condition.operator is Comparison.PREFIX and field.type is not FieldType.STRING:
        yield Fault(f"{where}.operator", "chỉ chuỗi mới có tiền tố", "only a string has a prefix")
    if condition.operator in (Comparison.GTE, Comparison.LTE) and field.type is FieldType.BOOLEAN:
        yield Fault(f"{where}.operator", "giá trị đúng sai không có thứ tự", "truth values have no order")
    for number, value in enumerate(condition.values):
        if not _fits(value, field.type):
            yield Fault(f"{where}.values[{number}]", "không cùng kiểu với trường", "is not of the field's type")


def _fits(value: str | int | bool, kind: FieldType) -> bool:
    if kind in _TEXTUAL:
        return isinstance(value, str)
    return type(value) is (bool if kind is FieldType.BOOLEAN else int)


def _rate_faults(where: str, rate: Rate) -> Iterator[Fault]:
    for name in ("requests", "per_seconds", "burst"):
        if not 0 < getattr(rate, name) <= _LARGEST:
            yield Fault(f"{where}.{name}", "phải lớn hơn 0", f"must be 1 to {_LARGEST}")


def _hour_faults(where: str, grant: GrantTerms) -> Iterator[Fault]:
    if grant.hours == "always":
        return
    if not grant.hours:
        yield _empty(where)
    for number, window in enumerate(grant.hours):
        if not window.days or not set(window.days) <= set(range(1, 8)) or len(set(window.days)) != len(window.days):
            yield Fault(f"{where}[{number}].days", "ngày từ 1 (thứ hai) đến 7 (chủ nhật)", "days are 1 to 7, each once")
        if not _is_window(window):
            yield Fault(
                f"{where}[{number}]", "giờ phải có dạng HH:MM và bắt đầu trước khi kết thúc", "HH:MM, from before until"
            )


def _is_window(window: Hours) -> bool:
    try:
        return minute_of_day(window.from_) < minute_of_day(window.until)
    except ValueError:
        return False


def _network_faults(where: str, grant: GrantTerms) -> Iterator[Fault]:
    if grant.networks == "any":
        return
    if not grant.networks:
        yield _empty(where)
    for number, network in enumerate(grant.networks):
        try:
            ip_network(network)
        except ValueError:
            yield Fault(f"{where}[{number}]", "phải là mạng IP như 10.0.0.0/8", "not a network such as 10.0.0.0/8")


def _empty(where: str) -> Fault:
    return Fault(where, "không được để trống", "must not be empty")


def _twice(where: str, names: Iterable[str]) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(where, f"{name} bị nêu nhiều lần", f"{name} is named more than once")
