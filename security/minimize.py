"""What of a provider's answer may leave, under one grant?

Default deny: a mask is compiled from the declared leaves and the granted ones, and what is neither granted nor
structural has no way out, because nothing builds it. The usual answer goes through decoders that msgspec generates for
the grant: one that reads only what may leave (and what rows and people are found by), one that only
notices members that nobody declared. Anything unusual (an undeclared member, a number where a string was declared) goes
through a plain walk with the same outcome. The released bytes are always written by us.
"""

import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from security.errors import AnswerUnreadable, RowWithheld
from security.rows import RowCondition, Test, compile_test
from security.shapes import ELEMENT, Declared, Node, build_shape, find_values, mark_needed, split_path

Steps: TypeAlias = tuple[str, ...]
_ABSENT = Raw(b"")
_LEAF_TYPES = {"integer": int, "boolean": bool, "number": Raw}
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Masked:
    """What may leave, and what was counted. `subjects` are the identifiers of the people in the released rows."""

    body: bytes = field(repr=False)
    rows_released: int
    rows_withheld: int
    unexpected: int
    subjects: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Filter:
    """One row condition: where its value stands in a row, in the answer's names and in the compiled ones."""

    steps: Steps
    attributes: Steps | None
    test: Test


@dataclass(frozen=True, slots=True)
class Mask:
    """The mask of one grant, made by `compile_mask`. `released` and `withheld` are declared paths, for the record."""

    released: tuple[str, ...]
    withheld: tuple[str, ...]
    _shape: Node
    _rows: Steps
    _filters: tuple[_Filter, ...]
    _subjects: tuple[Steps, ...]
    _reader: "msgspec.json.Decoder[object]"
    _notices: "msgspec.json.Decoder[object]"
    _row_attributes: Steps
    _subject_attributes: tuple[Steps, ...]
    _number_attributes: tuple[Steps, ...]
    _strip: tuple[tuple[Steps, str], ...]

    def apply(self, body: bytes, rows_applied: bool) -> Masked:
        """Cut `body` (JSON) to the grant. With `rows_applied` the provider has already filtered the rows.

        Raises `AnswerUnreadable` when it is not JSON, or a container or a released leaf has the wrong shape, and
        `RowWithheld` when the answer is one row and the row filter does not match it.
        """
        filters = () if rows_applied else self._filters
        try:
            masked = self._apply_compiled(body, filters)
            return masked if masked is not None else self._apply_plainly(body, filters)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise AnswerUnreadable("the provider's answer is not JSON that can be read") from error

    def _apply_compiled(self, body: bytes, filters: tuple[_Filter, ...]) -> Masked | None:
        """Return None when the answer is unusual in any way."""
        try:
            root = self._reader.decode(body)
            self._notices.decode(body)
        except msgspec.ValidationError:
            return None
        for steps in self._number_attributes:
            for number in _reach(root, steps):
                if memoryview(number)[0] not in b"-0123456789n":  # type: ignore[arg-type]  # a Raw, by construction
                    return None
        if any(one.attributes is None for one in filters):
            return None
        released, withheld = self._cut_rows(root, filters)
        subjects = [_plain(value) for steps in self._subject_attributes for value in _reach(root, steps)]
        for steps, attribute in self._strip:
            for owner in _reach(root, steps):
                setattr(owner, attribute, UNSET)
        return Masked(_encoder.encode(root), released, withheld, 0, _identifiers(subjects))

    def _cut_rows(self, root: object, filters: tuple[_Filter, ...]) -> tuple[int, int]:
        steps = self._row_attributes
        if not steps or steps[-1] != ELEMENT:
            rows = _reach(root, steps)
            if not all(_row_passes(row, filters) for row in rows):
                raise RowWithheld("the row filter does not release the row")
            return len(rows), 0
        released = withheld = 0
        for part in _reach(root, steps[:-1]):
            if isinstance(part, list):
                kept = [row for row in part if row is not None and _row_passes(row, filters)] if filters else part
                withheld += len(part) - len(kept)
                released += len(kept)
                part[:] = kept
        return released, withheld

    def _apply_plainly(self, body: bytes, filters: tuple[_Filter, ...]) -> Masked:
        document = _decoder.decode(body)
        unexpected = _Count()
        _walk(document, self._shape, unexpected)
        released, withheld = _cut_plain_rows(document, self._rows, filters)
        subjects = [value for steps in self._subjects for value in find_values(document, steps)]
        cut = _walk(document, self._shape, _Count())
        return Masked(_encoder.encode(cut), released, withheld, unexpected.number, _identifiers(subjects))


def compile_mask(
    declared: Sequence[Declared],
    granted: Iterable[str],
    *,
    rows: str,
    conditions: Sequence[RowCondition],
    subjects: Sequence[str],
) -> Mask:
    """Compile what a grant releases of an operation's answer.

    `granted` and `subjects` are declared paths, `rows` is the path of one row (`items[]`, `Data`, or empty: the whole
    answer is one), the conditions' fields are relative to it. Raises `ValueError` when nothing is granted, or when
    a path is not declared: a grant that cannot be enforced is not served.
    """
    wanted, known = frozenset(granted), {leaf.path for leaf in declared}
    if not wanted:
        raise ValueError("a grant without fields releases nothing")
    if wanted - known:
        raise ValueError(f"fields are granted that the operation does not declare: {sorted(wanted - known)}")
    shape = build_shape(declared, wanted)
    row_steps, subject_steps = split_path(rows), tuple(split_path(path) for path in subjects)
    for steps in (row_steps, *subject_steps):
        if mark_needed(shape, steps) is None:
            raise ValueError(f"the place {'.'.join(steps)} is not declared")
    field_steps = [split_path(condition.field) for condition in conditions]
    found = [mark_needed(shape, row_steps + steps) is not None for steps in field_steps]
    attributes = [
        _attributes(shape, row_steps + steps)[len(row_steps) :] if there else None
        for steps, there in zip(field_steps, found, strict=True)
    ]
    tests = [compile_test(condition) for condition in conditions]
    filters = tuple(_Filter(*one) for one in zip(field_steps, attributes, tests, strict=True))
    free = tuple(leaf.path for leaf in declared if leaf.structural or leaf.path in wanted)
    return Mask(
        released=free,
        withheld=tuple(leaf.path for leaf in declared if leaf.path not in free),
        _shape=shape,
        _rows=row_steps,
        _filters=filters,
        _subjects=subject_steps,
        _reader=msgspec.json.Decoder(_reader_type(shape)),
        _notices=msgspec.json.Decoder(_noticing_type(shape)),
        _row_attributes=_attributes(shape, row_steps),
        _subject_attributes=tuple(_attributes(shape, steps) for steps in subject_steps),
        _number_attributes=tuple(_attributes(shape, steps) for steps in _numbers(shape)),
        _strip=tuple((_attributes(shape, steps[:-1]), _attribute(shape, steps)) for steps in _only_needed(shape)),
    )


# --- the compiled way ------------------------------------------------------------------------------------------------


def _reader_type(node: Node) -> Any:  # a type made at run time has no static one
    """Return the type that reads what may leave or must be looked at, and skips the rest."""
    if node.type:
        leaf = _LEAF_TYPES.get(node.type, str)
        return Raw if leaf is Raw else leaf | None
    if node.is_list:
        return types.GenericAlias(list, (_reader_type(node.members[ELEMENT]),)) | None
    fields: list[tuple[str, Any, Any]] = []
    for index, member in enumerate(node.members.values()):
        if member.released or member.needed:
            kind = _reader_type(member)
            fields.append((f"m{index}", kind, _ABSENT) if kind is Raw else (f"m{index}", kind | UnsetType, UNSET))
    return _struct(node, fields, forbid_unknown_fields=False) | None


def _noticing_type(node: Node) -> Any:  # a type made at run time has no static one
    """Return the type that accepts every declared member, whatever its leaves hold, and no other member."""
    if node.type:
        return Raw
    if node.is_list:
        return types.GenericAlias(list, (_noticing_type(node.members[ELEMENT]),)) | None
    kinds = [(f"m{index}", _noticing_type(member)) for index, member in enumerate(node.members.values())]
    fields = [(name, kind, _ABSENT) if kind is Raw else (name, kind | UnsetType, UNSET) for name, kind in kinds]
    return _struct(node, fields, forbid_unknown_fields=True) | None


def _struct(node: Node, fields: list[tuple[str, Any, Any]], *, forbid_unknown_fields: bool) -> Any:
    # omit_defaults leaves out what the provider did not send: the defaults are single objects, compared by identity.
    names = {f"m{index}": name for index, name in enumerate(node.members)}
    return msgspec.defstruct(
        "Part", fields, rename=names, omit_defaults=True, gc=False, forbid_unknown_fields=forbid_unknown_fields
    )


def _attributes(shape: Node, steps: Steps) -> Steps:
    """Return the way to a place in the names of the compiled types."""
    attributes: list[str] = []
    node = shape
    for step in steps:
        attributes.append(step if step == ELEMENT else f"m{list(node.members).index(step)}")
        node = node.members[step]
    return tuple(attributes)


def _attribute(shape: Node, steps: Steps) -> str:
    return _attributes(shape, steps)[-1]


def _numbers(node: Node, way: Steps = ()) -> list[Steps]:
    """Return the ways to all leaves that are read as they are written."""
    if node.type == "number":
        return [way] if node.released or node.needed else []
    return [steps for step, member in node.members.items() for steps in _numbers(member, (*way, step))]


def _only_needed(node: Node, way: Steps = ()) -> list[Steps]:
    """Return the ways to the members that are read and must not leave."""
    found: list[Steps] = []
    for step, member in node.members.items():
        if step != ELEMENT and member.needed and not member.released:
            found.append((*way, step))
        elif member.released:
            found.extend(_only_needed(member, (*way, step)))
    return found


def _reach(root: object, steps: Steps) -> list[object]:
    """Return what stands at a place in what the reader made; null and absent places are left out."""
    found = [] if root is None else [root]
    for step in steps:
        if step == ELEMENT:
            found = [element for part in found for element in part if element is not None]  # type: ignore[attr-defined]  # a list, by construction
        else:
            values = [getattr(part, step) for part in found]
            found = [value for value in values if value is not None and value is not UNSET and value is not _ABSENT]
    return found


def _row_passes(row: object, filters: tuple[_Filter, ...]) -> bool:
    for one in filters:
        values = _reach(row, one.attributes or ())
        if len(values) != 1 or not one.test(_plain(values[0])):
            return False
    return True


def _plain(value: object) -> object:
    return _decoder.decode(value) if isinstance(value, Raw) else value


def _identifiers(values: Iterable[object]) -> tuple[str, ...]:
    """Return identifiers as strings, each once, in the order in which they stand."""
    clear = (str(value) for value in values if isinstance(value, str | int | Decimal) and not isinstance(value, bool))
    return tuple(dict.fromkeys(clear))


# --- the plain way ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Count:
    """How many members nobody declared."""

    number: int = 0


def _walk(value: object, node: Node, unexpected: _Count) -> object:
    """Return what may leave of `value`, and count what nobody declared, below what is withheld too."""
    if value is None:
        return None
    wanted = list if node.is_list else dict if not node.type else (str, int, Decimal)
    if not isinstance(value, wanted):
        if node.released:
            raise AnswerUnreadable("a part of the provider's answer has another shape than declared")
        unexpected.number += not node.type
        return None
    if isinstance(value, list):
        return [_walk(element, node.members[ELEMENT], unexpected) for element in value]
    if not isinstance(value, dict):
        return value
    cut: dict[str, object] = {}
    for name, inner in value.items():
        member = node.members.get(name)
        if member is None:
            unexpected.number += 1
            continue
        kept = _walk(inner, member, unexpected)
        if member.released:
            cut[name] = kept
    return cut


def _cut_plain_rows(document: object, steps: Steps, filters: tuple[_Filter, ...]) -> tuple[int, int]:
    if not steps or steps[-1] != ELEMENT:
        rows = [row for row in find_values(document, steps) if row is not None]
        if not all(_plain_row_passes(row, filters) for row in rows):
            raise RowWithheld("the row filter does not release the row")
        return len(rows), 0
    released = withheld = 0
    for part in find_values(document, steps[:-1]):
        if isinstance(part, list):
            kept = [row for row in part if _plain_row_passes(row, filters)]
            withheld += len(part) - len(kept)
            released += len(kept)
            part[:] = kept
    return released, withheld


def _plain_row_passes(row: object, filters: tuple[_Filter, ...]) -> bool:
    for one in filters:
        values = find_values(row, one.steps)
        if len(values) != 1 or not one.test(values[0]):
            return False
    return True
