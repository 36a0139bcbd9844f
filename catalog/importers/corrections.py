"""What does a person correct in a draft before it is published?

Pure: a correction names a place and what it shall be; all that is wrong with the corrections is told at once.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from catalog.descriptions import FieldClass, FieldDescription, OperationDescription, ParameterDescription
from catalog.errors import ContentInvalid, Fault
from catalog.importers.classes import propose_subjects
from catalog.importers.draft import Draft
from catalog.importers.proposals import body_paths

One = TypeVar("One", FieldDescription, ParameterDescription, OperationDescription)


class Part(StrEnum):
    """What a correction is about."""

    SERVICE = "service"
    PROVIDER = "provider"
    OPERATION = "operation"
    PARAMETER = "parameter"
    FIELD = "field"


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One correction: members to set (as text), or `drop`.

    `at` is the code of an operation, the name of a parameter, the path of a field (or its last name); `operation`
    narrows it to one, else it is corrected wherever it stands.
    """

    part: Part
    at: str = ""
    operation: str = ""
    set: dict[str, str] = {}
    drop: bool = False


_MEMBERS: dict[Part, frozenset[str]] = {
    Part.SERVICE: frozenset({"title_vi", "title_en", "summary_vi", "code", "version"}),
    Part.PROVIDER: frozenset({"code", "endpoint", "timeout_seconds", "max_concurrency", "max_response_bytes"}),
    Part.OPERATION: frozenset({"code", "title_vi", "title_en", "safe", "officer_needed", "subjects"}),
    Part.PARAMETER: frozenset(
        {"title_vi", "title_en", "format", "pattern", "required", "example", "max_length", "minimum", "maximum"}
    ),
    Part.FIELD: frozenset({"class", "title_vi", "title_en", "term"}),
}
"""What may be corrected. What else an import says follows from the source: correct that, or publish from another."""

_OF_PEOPLE = frozenset({FieldClass.PERSONAL, FieldClass.SENSITIVE})
SHORT_NAMES = {"title": "title_vi", "summary": "summary_vi", "timeout": "timeout_seconds"}


def correct(draft: Draft, corrections: Sequence[Correction]) -> Draft:
    """Return the corrected draft, its subjects proposed anew. Raises ContentInvalid with all that cannot be done."""
    faults: list[Fault] = []
    for number, correction in enumerate(corrections):
        draft = _corrected(draft, correction, f"corrections[{number}]", faults)
    if faults:
        raise ContentInvalid(faults)
    settled = frozenset(one.at for one in corrections if one.part is Part.OPERATION and "subjects" in one.set)
    return draft if not corrections else _with_subjects(draft, settled=settled)


def _corrected(draft: Draft, correction: Correction, where: str, faults: list[Fault]) -> Draft:
    correction = msgspec.structs.replace(
        correction, set={SHORT_NAMES.get(name, name): value for name, value in correction.set.items()}
    )
    unknown = sorted(correction.set.keys() - _MEMBERS[correction.part])
    if unknown:
        allowed = ", ".join(sorted(_MEMBERS[correction.part]))
        faults += [
            Fault(f"{where}.set.{name}", f"không sửa được; có thể sửa: {allowed}", f"cannot be set; {allowed} can")
            for name in unknown
        ]
        return draft
    if not correction.set and not correction.drop:
        faults.append(Fault(where, "không nêu sửa gì", "says nothing to set or drop"))
        return draft
    match correction.part:
        case Part.SERVICE:
            return _replace_service(draft, correction, where, faults)
        case Part.PROVIDER:
            return _replace_provider(draft, correction, where, faults)
        case Part.OPERATION | Part.PARAMETER | Part.FIELD:
            return _correct_operations(draft, correction, where, faults)


def _replace_service(draft: Draft, correction: Correction, where: str, faults: list[Fault]) -> Draft:
    if correction.drop:
        faults.append(Fault(where, "dịch vụ không bỏ được: hãy bỏ bản nháp", "drop the draft instead"))
        return draft
    return msgspec.structs.replace(draft, service=_set(draft.service, correction.set, where, faults))


def _replace_provider(draft: Draft, correction: Correction, where: str, faults: list[Fault]) -> Draft:
    if correction.drop:
        faults.append(Fault(where, "nơi cung cấp không bỏ được", "the provider cannot be dropped"))
        return draft
    provider = _set(draft.provider, correction.set, where, faults)
    service = msgspec.structs.replace(draft.service, provider=provider.code)
    return msgspec.structs.replace(draft, provider=provider, service=service)


def _correct_operations(draft: Draft, correction: Correction, where: str, faults: list[Fault]) -> Draft:
    held = draft.service.operations
    if correction.operation and not any(one.code == correction.operation for one in held):
        faults.append(Fault(f"{where}.operation", "không có thao tác này", _one_of(one.code for one in held)))
        return draft
    touched: list[object] = []
    if correction.part is Part.OPERATION:
        operations = _each(held, correction, lambda one: one.code == correction.at, where, faults, touched)
    else:
        operations = tuple(
            _within(one, correction, where, faults, touched) if correction.operation in ("", one.code) else one
            for one in held
        )
    if not touched:
        names = sorted({name for one in held for name in _names_in(one, correction.part)})
        faults.append(Fault(f"{where}.at", "không có tên này", _one_of(names)))
    return msgspec.structs.replace(draft, service=msgspec.structs.replace(draft.service, operations=operations))


def _within(
    operation: OperationDescription, correction: Correction, where: str, faults: list[Fault], touched: list[object]
) -> OperationDescription:
    if correction.part is Part.PARAMETER:
        parameters = _each(
            operation.parameters, correction, lambda one: one.name == correction.at, where, faults, touched
        )
        return msgspec.structs.replace(operation, parameters=parameters)
    fields = _each(operation.fields, correction, lambda one: meets(one.path, correction.at), where, faults, touched)
    subjects = tuple(
        subject
        for subject in operation.subjects
        if not subject.startswith("answer:") or any(f"answer:{field.path}" == subject for field in fields)
    )
    return msgspec.structs.replace(operation, fields=fields, subjects=subjects)


def _each(
    held: Sequence[One], correction: Correction, is_meant: Callable[[One], bool], where: str, faults: list[Fault],
    touched: list[object],
) -> tuple[One, ...]:  # fmt: skip
    kept: list[One] = []
    for one in held:
        if not is_meant(one):
            kept.append(one)
            continue
        touched.append(one)
        if not correction.drop:
            kept.append(_set(one, correction.set, where, faults))
    return tuple(kept)


Described = TypeVar("Described", bound=msgspec.Struct)


def _set(described: Described, members: dict[str, str], where: str, faults: list[Fault]) -> Described:
    """Return `described` with members set from text, by the types that it declares."""
    declared = {field.encode_name: field for field in msgspec.structs.fields(described)}
    changed = {}
    for name, text in members.items():
        field = declared[name]
        try:
            value = tuple(text.replace(",", " ").split()) if name == "subjects" else text or field.default
            changed[field.name] = msgspec.convert(value, field.type, strict=False)
        except msgspec.ValidationError:
            faults.append(Fault(f"{where}.set.{name}", "giá trị không hợp lệ", "is not one of the values it can have"))
    return msgspec.structs.replace(described, **changed)


def meets(path: str, at: str) -> bool:
    """Tell whether `at` means the field at `path`: the whole path, with or without `[]`, or the end of it."""
    plain = path.replace("[]", "")
    return at in (path, plain) or plain.endswith(f".{at}")


def _names_in(operation: OperationDescription, part: Part) -> Sequence[str]:
    match part:
        case Part.OPERATION:
            return (operation.code,)
        case Part.PARAMETER:
            return tuple(parameter.name for parameter in operation.parameters)
        case _:
            return tuple(field.path for field in operation.fields)


def _one_of(names: Iterable[str]) -> str:
    return f"there is none of this name; there are: {', '.join(list(names)[:40])}"


def _with_subjects(draft: Draft, *, settled: frozenset[str]) -> Draft:
    """Return the draft with the subjects that its fields now suggest, but for the operations `settled` by hand."""
    operations = tuple(
        one if one.code in settled else msgspec.structs.replace(one, subjects=_subjects(one))
        for one in draft.service.operations
    )
    return msgspec.structs.replace(draft, service=msgspec.structs.replace(draft.service, operations=operations))


def _subjects(operation: OperationDescription) -> tuple[str, ...]:
    paths = body_paths(operation)
    proposed = propose_subjects(operation.parameters, operation.fields, body_paths=paths)
    about = {f"answer:{field.path}" for field in operation.fields if field.class_ in _OF_PEOPLE}
    about |= {f"parameter:{parameter.name}" for parameter in operation.parameters} | {f"body:{path}" for path in paths}
    return tuple(dict.fromkeys((*proposed, *(subject for subject in operation.subjects if subject in about))))
