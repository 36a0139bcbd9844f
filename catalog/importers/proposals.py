"""Which classes, titles, formats and subjects are proposed for a draft, and for which reason?

Importers leave every field `internal` with the name that it has; this reads names and sample values. What an importer
has classified itself is left alone.
"""

from collections.abc import Mapping, Sequence

import msgspec

from catalog.descriptions import FieldClass, FieldDescription, OperationDescription, ParameterDescription
from catalog.importers.classes import Proposal, propose, propose_subjects
from catalog.importers.draft import Draft
from catalog.importers.naming import words_of

NO_SAMPLES: Mapping[str, Sequence[str]] = {}
Samples = Mapping[str, Sequence[str]]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a field has the class that it has."""

    operation: str
    path: str
    vi: str
    en: str


def propose_draft(draft: Draft, samples: Samples = NO_SAMPLES) -> tuple[Draft, tuple[Reason, ...]]:
    """Return the draft with its proposed classes, titles, formats and subjects, and the reason of each field's class.

    `samples` are values by the path of their field, or by its last name: they are looked at and not kept.
    """
    reasons: list[Reason] = []
    operations = []
    for operation in draft.service.operations:
        fields = tuple(_field(field, samples, reasons, operation=operation.code) for field in operation.fields)
        parameters = tuple(_parameter(parameter, samples) for parameter in operation.parameters)
        described = msgspec.structs.replace(operation, fields=fields, parameters=parameters)
        subjects = operation.subjects or propose_subjects(parameters, fields, body_paths=body_paths(operation))
        operations.append(msgspec.structs.replace(described, subjects=subjects))
    service = msgspec.structs.replace(draft.service, operations=tuple(operations))
    return msgspec.structs.replace(draft, service=service), tuple(reasons)


def body_paths(operation: OperationDescription) -> tuple[str, ...]:
    """Return the paths of the leaves that the body's schema names; none where it names none."""
    if not operation.takes_body:
        return ()
    schema = msgspec.json.decode(operation.body_schema)
    return tuple(_leaves(schema, schema, "", depth=0)) if isinstance(schema, dict) else ()


def _field(
    field: FieldDescription, samples: Samples, reasons: list[Reason], *, operation: str
) -> FieldDescription:  # fmt: skip
    if field.structural:
        reasons.append(Reason(operation=operation, path=field.path, vi="thuộc khung câu trả lời", en="of the envelope"))
        return field
    proposal = _proposal(field.path, field.title_vi, samples)
    if field.class_ is not FieldClass.INTERNAL:
        reasons.append(Reason(operation=operation, path=field.path, vi="theo nguồn", en="as its source says"))
        return field
    reasons.append(Reason(operation=operation, path=field.path, vi=proposal.reason_vi, en=proposal.reason_en))
    named = words_of(field.title_vi) == words_of(_leaf(field.path)) and field.title_vi.isascii()
    title = proposal.title_vi if named or not field.title_vi else field.title_vi
    return msgspec.structs.replace(field, class_=proposal.class_, title_vi=title)


def _proposal(path: str, title: str, samples: Samples) -> Proposal:
    found = propose(path, _values(path, samples))
    if found.known or not title:
        return found
    # A column `c17` may have the comment "Số định danh".
    by_title = propose(title.replace(".", " "))
    return by_title if by_title.known else found


def _parameter(parameter: ParameterDescription, samples: Samples) -> ParameterDescription:
    proposal = propose(parameter.name, _values(parameter.name, samples))
    titled = parameter.title_vi or proposal.title_vi
    if titled == parameter.name:
        titled = proposal.title_vi
    free = not (parameter.format or parameter.pattern or parameter.choices)
    # Without values to look at a format would be a guess that refuses callers: only identity numbers are worth it.
    seen = bool(_values(parameter.name, samples)) or proposal.subject
    format_ = proposal.format if free and seen and parameter.type == "string" else parameter.format
    return msgspec.structs.replace(parameter, title_vi=titled, format=format_)


def _values(path: str, samples: Samples) -> Sequence[str]:
    return samples.get(path) or samples.get(_leaf(path)) or ()


def _leaf(path: str) -> str:
    return path.replace("[]", "").rpartition(".")[2]


def _leaves(schema: object, root: object, path: str, *, depth: int) -> list[str]:
    if depth > 12 or not isinstance(schema, dict):
        return []
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        return _leaves(_pointed(root, reference), root, path, depth=depth + 1)
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(properties, dict):
        return [
            leaf
            for name, inner in properties.items()
            for leaf in _leaves(inner, root, f"{path}.{name}" if path else str(name), depth=depth + 1)
        ]
    if isinstance(items, dict):
        return _leaves(items, root, f"{path}[]", depth=depth + 1)
    return [path] if path else []


def _pointed(root: object, reference: str) -> object:
    found = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
