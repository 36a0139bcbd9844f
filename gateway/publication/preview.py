"""What does a person see of a draft before it is published?

Fields with type, proposed class and the reason; parameters; rows, of which what is personal is masked: whoever prepares
a publication need not have read it, to see that the right column stands in the right place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from catalog.descriptions import FieldClass, FieldDescription, OperationDescription
from catalog.errors import Fault
from catalog.importers.draft import Note, Source
from catalog.publications import Comparison, Publication
from gateway.publication.bodies import body_values

_OF_PEOPLE = frozenset({FieldClass.PERSONAL, FieldClass.SENSITIVE})
_SHOWN_VALUES = 12
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field: what it would be, why it has its class, and one value (masked where it is a person's)."""

    path: str
    type: str
    class_: str
    title_vi: str
    why_vi: str
    why_en: str
    sample: str
    structural: bool


@dataclass(frozen=True, slots=True)
class OperationPreview:
    """One operation as callers would meet it."""

    code: str
    method: str
    path: str
    title_vi: str
    safe: bool
    takes_body: bool
    body: tuple[str, ...]
    parameters: tuple[str, ...]
    subjects: tuple[str, ...]
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A publication as it stands. `breaks` is what callers of version `compared_with` (0: none) would lose."""

    code: str
    state: str
    source: Source
    title_vi: str
    address: str
    provider: str
    adapter: str
    endpoint: str
    secrets: tuple[str, ...]
    tried: str
    notes: tuple[Note, ...]
    operations: tuple[OperationPreview, ...]
    rows: tuple[Mapping[str, str | None], ...] = field(repr=False)
    compared_with: int
    breaks: tuple[Fault, ...]
    next_version: int


def preview(
    publication: Publication, comparison: Comparison, *, rows: Sequence[Mapping[str, str | None]] = ()
) -> Preview:
    """Return what is shown of a publication; `rows` are values by field, as they were just seen."""
    service, provider = publication.service, publication.provider
    reasons = {(one.operation, one.path): (one.vi, one.en) for one in publication.prepared.reasons}
    classes = {_leaf(leaf.path): leaf.class_ for operation in service.operations for leaf in operation.fields}
    shown = tuple({name: masked(value, classes.get(name)) for name, value in row.items()} for row in rows)
    return Preview(
        code=publication.code,
        state=publication.state,
        source=publication.source,
        title_vi=service.title_vi,
        address=f"/x/{service.database}/{service.code}/v{service.version}",
        provider=provider.code,
        adapter=provider.adapter,
        endpoint=provider.endpoint,
        secrets=tuple(f"{name}={reference}" for name, reference in sorted(provider.secrets.items())),
        tried=publication.tried,
        notes=publication.prepared.draft.notes,
        operations=tuple(_operation(operation, reasons, shown) for operation in service.operations),
        rows=shown,
        compared_with=comparison.version,
        breaks=comparison.breaks,
        next_version=comparison.next_version,
    )


def masked(value: str | None, class_: FieldClass | None) -> str | None:
    """Return a value as it may be shown: a person's as its first character and its length, any other cut short."""
    if value is None:
        return None
    if class_ in _OF_PEOPLE:
        return f"{value[:1]}{'•' * min(len(value) - 1, 11)}" if value else ""
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[: _SHOWN_CHARACTERS - 1]}…"


def _operation(
    operation: OperationDescription,
    reasons: Mapping[tuple[str, str], tuple[str, str]],
    rows: Sequence[Mapping[str, str | None]],
) -> OperationPreview:
    return OperationPreview(
        code=operation.code,
        method=operation.method,
        path=operation.path,
        title_vi=operation.title_vi,
        safe=operation.safe,
        takes_body=operation.takes_body,
        body=_body(operation) if operation.takes_body else (),
        parameters=tuple(
            f"{parameter.name}{'' if parameter.required else '?'}: {parameter.format or parameter.type}"
            for parameter in operation.parameters
        ),
        subjects=operation.subjects,
        fields=tuple(
            _line(leaf, reasons.get((operation.code, leaf.path), ("", "")), rows) for leaf in operation.fields
        ),
    )


def _body(operation: OperationDescription) -> tuple[str, ...]:
    values = body_values(bytes(operation.body_schema))
    shown = [f"{one.path}{'' if one.required else '?'}: {' | '.join(one.types)}" for one in values[:_SHOWN_VALUES]]
    return (*shown, "…") if len(values) > _SHOWN_VALUES else tuple(shown)


def _line(leaf: FieldDescription, why: tuple[str, str], rows: Sequence[Mapping[str, str | None]]) -> FieldLine:
    values = (row.get(_leaf(leaf.path)) for row in rows)
    return FieldLine(
        path=leaf.path,
        type=leaf.type,
        class_=leaf.class_,
        title_vi=leaf.title_vi,
        why_vi=why[0],
        why_en=why[1],
        sample="" if leaf.structural else next((value for value in values if value), ""),
        structural=leaf.structural,
    )


def _leaf(path: str) -> str:
    return path.replace("[]", "").rpartition(".")[2]
