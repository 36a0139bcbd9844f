"""What of a provider's answer may leave, under one grant?

Default deny: a mask is compiled from the declared leaves and the granted ones, and what is neither granted nor
structural has no way out, because nothing builds it. The usual answer goes through decoders that msgspec generates for
the grant: one that reads only what may leave (and what rows and people are found by), one that only
notices members that nobody declared. Anything unusual (an undeclared member, a number where a string was declared) goes
through a plain walk with the same outcome. The released bytes are always written by us.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from msgspec import UNSET, Raw

from security.errors import AnswerUnreadable, RowWithheld
from security.reading import Reach, Reading, Steps, compile_reading, reach_of
from security.rows import RowCondition, Test, compile_test
from security.shapes import ELEMENT, Declared, Node, build_shape, find_values, mark_needed, split_path

# What numbers and null are written with: of the valid JSON values, every other one has a character besides.
_OF_NUMBERS = b"0123456789+-.eEnul"
_IDENTIFIER_TYPES = (str, int, Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Masked(msgspec.Struct, frozen=True):
    """What may leave, and what was counted. `subjects` are the identifiers of the people in the released rows.

    A msgspec struct: one is made per call, and a frozen dataclass costs five times as much.
    """

    body: bytes
    rows_released: int
    rows_withheld: int
    unexpected: int
    subjects: tuple[str, ...]

    def __repr__(self) -> str:
        """Tell the counts only: what was released is people's data."""
        return f"Masked({self.rows_released} rows released, {self.rows_withheld} withheld)"


@dataclass(frozen=True, slots=True)
class _Filter:
    """One row condition: where its value stands in a row, as the answer has it and as it was compiled."""

    steps: Steps
    reach: Reach | None
    test: Test


class _Decoders:
    """The decoders of a mask, generated when it is first applied.

    They are types of their own, a thousand times as costly as the rest of a mask, and of a hundred thousand grants few
    are used before the next change.
    """

    __slots__ = ("_made", "_rows", "_shape", "_subjects")

    def __init__(self, shape: Node, rows: Steps, subjects: tuple[Steps, ...]) -> None:
        self._shape, self._rows, self._subjects = shape, rows, subjects
        self._made: Reading | None = None

    def get(self) -> Reading:
        """Return the decoders."""
        made = self._made
        if made is None:
            made = self._made = compile_reading(self._shape, self._rows, self._subjects)
        return made


@dataclass(frozen=True, slots=True)
class Mask:
    """The mask of one grant, made by `compile_mask`. `released` and `withheld` are declared paths, for the record."""

    released: tuple[str, ...]
    withheld: tuple[str, ...]
    _shape: Node
    _rows: Steps
    _filters: tuple[_Filter, ...]
    _subjects: tuple[Steps, ...]
    _decoders: _Decoders

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
        way = self._decoders.get()
        try:
            root = way.reader.decode(body)
            way.notices.decode(body)
        except msgspec.ValidationError:
            return None
        for reach in way.numbers:
            # All of them in one look: they are Raw by construction, and join as the bytes that the provider wrote.
            if b"".join(reach(root)).translate(None, _OF_NUMBERS):  # type: ignore[arg-type]  # as said
                return None
        if filters and any(one.reach is None for one in filters):
            return None
        released, withheld = _cut_rows(way, root, filters)
        subjects = [value for reach in way.subjects for value in reach(root)]
        for reach, attributes in way.strip:
            for owner in reach(root):
                for attribute in attributes:
                    setattr(owner, attribute, UNSET)
        return Masked(_encoder.encode(root), released, withheld, 0, _identifiers(subjects))

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
    reaches = [
        reach_of(shape, row_steps + steps, below=len(row_steps)) if there else None
        for steps, there in zip(field_steps, found, strict=True)
    ]
    tests = [compile_test(condition) for condition in conditions]
    filters = tuple(_Filter(*one) for one in zip(field_steps, reaches, tests, strict=True))
    free = tuple(leaf.path for leaf in declared if leaf.structural or leaf.path in wanted)
    return Mask(
        released=free,
        withheld=tuple(leaf.path for leaf in declared if leaf.path not in free),
        _shape=shape,
        _rows=row_steps,
        _filters=filters,
        _subjects=subject_steps,
        _decoders=_Decoders(shape, row_steps, subject_steps),
    )


# --- the compiled way ------------------------------------------------------------------------------------------------


def _cut_rows(way: Reading, root: object, filters: tuple[_Filter, ...]) -> tuple[int, int]:
    found = way.rows(root)
    if not way.row_lists:
        if filters and not all(_row_passes(row, filters) for row in found):
            raise RowWithheld("the row filter does not release the row")
        return len(found), 0
    released = withheld = 0
    for part in found:
        if isinstance(part, list):
            if filters:
                kept = [row for row in part if row is not None and _row_passes(row, filters)]
                withheld += len(part) - len(kept)
                part[:] = kept
            released += len(part)
    return released, withheld


def _row_passes(row: object, filters: tuple[_Filter, ...]) -> bool:
    for one in filters:
        values = one.reach(row) if one.reach is not None else ()
        if len(values) != 1:
            return False
        value = values[0]
        if not one.test(value if isinstance(value, str) else _plain(value)):
            return False
    return True


def _plain(value: object) -> object:
    return _decoder.decode(value) if isinstance(value, Raw) else value


def _identifiers(values: Sequence[object]) -> tuple[str, ...]:
    """Return identifiers as strings, each once, in the order in which they stand."""
    if not values:
        return ()
    plain = [value if isinstance(value, str) else _plain(value) for value in values]
    clear = [str(value) for value in plain if isinstance(value, _IDENTIFIER_TYPES) and not isinstance(value, bool)]
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
