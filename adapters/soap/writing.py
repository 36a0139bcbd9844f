"""How does JSON become a SOAP message that its schema finds valid?

Elements are written in the order of the schema, whatever the order in which values are given. Only what stands in
the shapes can be written: a value without an element is refused, never dropped silently and never sent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

from adapters.contract import Json
from adapters.soap.lexical import NOT_XML, NotOfType, ToText, make_writer
from adapters.soap.names import declarations, qualified_names, reachable
from adapters.soap.placement import ValueUnfit, items_of, place_members
from adapters.soap.shapes import TEXT_MEMBER, TYPE_MEMBER, Element, Kind, Particle, Shape

__all__ = ["MAX_WRITTEN_DEPTH", "BlockWriter", "MessageWriter", "ValueUnfit", "escape_text"]

MAX_WRITTEN_DEPTH: Final = 60

_SPECIAL: Final = re.compile('[<>&"\r\n\t]')
_Write: TypeAlias = Callable[[list[str], Json, int], None]


class MessageWriter:
    """Writes messages whose root is `root`. Everything that does not depend on the message is made once."""

    def __init__(self, root: Element, shapes: Sequence[Shape]) -> None:
        self._root = root
        names = qualified_names((root,), shapes)
        self._tables = [_ShapeWriter(names) for _ in shapes]
        for index in reachable((root,), shapes):
            self._tables[index].fill(shapes[index], self._tables)
        self._slot = _Slot(root, names, self._tables)
        self._declared = declarations((root,), shapes)
        self._name_length = len(names[root.tag]) + 1 if root.tag else 0

    def write(self, value: Json) -> str:
        """Return `value` (an object in the root's shape) as an element that declares all its namespaces.

        A root of kind `GROUP` has no element: its text is empty. Raises `ValueUnfit` naming the member that has no
        element, no value where one must be, or a value that the element's type or XML itself does not allow.
        """
        out: list[str] = []
        root = self._root
        if root.kind not in (Kind.COMPLEX, Kind.GROUP):
            if isinstance(value, dict):
                _refuse_unknown(value, frozenset((root.name,)))
                value = value.get(root.name)
            self._slot.write(out, value, 0)
        else:
            self._slot.write(out, {} if value is None and not root.nillable else value, 0)
        text = "".join(out)
        # The declarations go behind the name of the first element, which is the only one without a parent.
        return f"{text[: self._name_length]}{self._declared}{text[self._name_length :]}" if text else ""


class BlockWriter:
    """Writes elements that have no parent of their own: the header blocks that a WSDL declares."""

    def __init__(self, blocks: Sequence[Element], shapes: Sequence[Shape]) -> None:
        self._blocks = tuple((block.name, MessageWriter(block, shapes)) for block in blocks)
        self._known = frozenset(block.name for block in blocks)

    def write(self, value: Json) -> str:
        """Return the blocks that `value` has members for, each with its namespaces. Raises `ValueUnfit`."""
        if value is None:
            return ""
        if not isinstance(value, dict):
            raise ValueUnfit(vi="phải là một đối tượng JSON", en="must be a JSON object")
        _refuse_unknown(value, self._known)
        written = []
        for name, writer in self._blocks:
            if value.get(name) is not None:
                try:
                    written.append(writer.write(value[name]))
                except ValueUnfit as error:
                    raise error.below(name) from error
        return "".join(written)


class _Slot:
    """An element where it stands in its parent: how one of it is written, and how often it may be."""

    __slots__ = ("fixed", "least", "many", "most", "name", "nil", "one", "required", "table")

    def __init__(self, element: Element, names: Mapping[str, str], tables: Sequence["_ShapeWriter"]) -> None:
        name = names.get(element.tag, "")
        self.name = element.name
        self.many = element.many
        self.required = element.required
        self.least = max(element.least, 1 if element.required else 0)
        self.most = element.most
        self.nil = f'<{name} xsi:nil="true"/>' if element.nillable else ""
        self.fixed = element.fixed
        self.table = tables[element.shape] if element.kind in (Kind.COMPLEX, Kind.GROUP) else None
        if self.table is not None:
            self.one = self.table.writer(name)
        else:
            self.one = _leaf_writer(name, make_writer(element.kind, element.simple), element.fixed)

    def write(self, out: list[str], value: Json, depth: int) -> None:
        """Write one element, by `xsi:nil` when `value` is `None`."""
        if value is not None:
            self.one(out, value, depth)
        elif self.nil:
            out.append(self.nil)
        elif self.fixed is not None and self.table is None:
            self.one(out, self.fixed, depth)
        elif self.table is not None:
            self.one(out, {}, depth)  # its own required members decide whether it can be empty
        else:
            raise ValueUnfit(vi="thiếu giá trị bắt buộc", en="is required")

    def write_all(self, out: list[str], members: Mapping[str, Json], depth: int) -> None:
        """Write what `members` holds under this element's name."""
        try:
            self._write_all(out, members, depth)
        except ValueUnfit as error:
            raise error.below(self.name) from error

    def _write_all(self, out: list[str], members: Mapping[str, Json], depth: int) -> None:
        value = members.get(self.name)
        if not self.many:
            # A `null` that is given is written as nil; an optional member that is not given is left out.
            if value is not None or self.required or (self.nil and self.name in members):
                self.write(out, value, depth)
            return
        items = items_of(value)
        if len(items) < self.least:
            raise ValueUnfit(vi="thiếu giá trị bắt buộc", en="is required")
        if self.most and len(items) > self.most:
            raise ValueUnfit(vi="có quá nhiều giá trị", en="has more values than the schema allows")
        for item in items:
            self.write(out, item, depth)


class _ShapeWriter:
    """Writes one complex type; made empty first, because a type may contain itself."""

    __slots__ = ("_abstract", "_attributes", "_content", "_derived", "_known", "_names", "_slots", "_text")

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._attributes: tuple[tuple[str, str, ToText, str | None], ...] = ()
        self._slots: tuple[_Slot, ...] = ()
        self._text: ToText | None = None
        self._content: Particle | None = None
        self._derived: dict[str, tuple[str, _ShapeWriter]] = {}
        self._known: frozenset[str] = frozenset()
        self._abstract = False

    def fill(self, shape: Shape, tables: Sequence["_ShapeWriter"]) -> None:
        """Take in the shape's members."""
        self._attributes = tuple(
            (
                one.name,
                f' {self._names[one.tag]}="',
                make_writer(one.kind, one.simple),
                (one.fixed if one.fixed is not None else "") if one.required else None,
            )
            for one in shape.attributes
        )
        self._slots = tuple(_Slot(one, self._names, tables) for one in shape.elements)
        self._text = None if shape.text is None else make_writer(shape.text, shape.text_simple)
        self._content = shape.content
        self._derived = {one.name: (self._names[one.tag], tables[one.shape]) for one in shape.derived}
        self._abstract = shape.abstract
        members = {one.name for one in shape.attributes} | {one.name for one in shape.elements}
        self._known = frozenset(members | ({TEXT_MEMBER} if self._text else set()))

    def writer(self, name: str) -> _Write:
        """Return what writes an element called `name` of this type, or without a name the members alone."""

        def write(out: list[str], value: Json, depth: int) -> None:
            if depth > MAX_WRITTEN_DEPTH:
                raise ValueUnfit(vi="lồng nhau quá sâu", en="is nested too deeply")
            table, said = self, ""
            if isinstance(value, dict):
                if TYPE_MEMBER in value and self._derived:
                    said, table = self._derived_type(value)
                    value = {name: inner for name, inner in value.items() if name != TYPE_MEMBER}
            elif self._text is not None:
                value = {TEXT_MEMBER: value}
            else:
                raise ValueUnfit(vi="phải là một đối tượng JSON", en="must be a JSON object")
            table.write(out, f"{name}{said}", members=value, depth=depth)

        return write

    def _derived_type(self, value: Mapping[str, Json]) -> tuple[str, "_ShapeWriter"]:
        found = self._derived.get(str(value[TYPE_MEMBER]))
        if found is None:
            raise ValueUnfit(vi="không có trong lược đồ", en="names a type that the schema has not", where=TYPE_MEMBER)
        return f' xsi:type="{found[0]}"', found[1]

    def write(self, out: list[str], start: str, *, members: Mapping[str, Json], depth: int) -> None:
        """Write an element of this very type; `start` is its name and what `xsi:type` says, empty for none."""
        if self._abstract:
            raise ValueUnfit(vi="thiếu giá trị bắt buộc", en="is required", where=TYPE_MEMBER)
        _refuse_unknown(members, self._known)
        if start:
            out.append(f"<{start}{self._written_attributes(members)}>")
        if self._text is not None:
            text = members.get(TEXT_MEMBER)
            out.append(_escaped(self._text, "" if text is None else text, TEXT_MEMBER))
        elif self._content is None:
            for slot in self._slots:
                slot.write_all(out, members, depth + 1)
        else:
            place_members(out, self._content, self._slots, members, depth=depth + 1)
        if start:
            out.append(f"</{start.partition(' ')[0]}>")

    def _written_attributes(self, members: Mapping[str, Json]) -> str:
        if not self._attributes:
            return ""
        written = []
        for name, start, to_text, when_absent in self._attributes:
            value = members.get(name)
            if value is None:
                if when_absent is None:
                    continue
                if not when_absent:
                    raise ValueUnfit(vi="thiếu giá trị bắt buộc", en="is required", where=name)
                value = when_absent
            written.append(f'{start}{_escaped(to_text, value, name)}"')
        return "".join(written)


def escape_text(text: str) -> str:
    """Return `text` as it stands in an element or in an attribute between double quotes."""
    # A carriage return is normalized away by every parser unless it is a reference (XML 1.0, 2.11); in an attribute
    # tabs and line feeds are too (3.3.3).
    return escape(text, {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _leaf_writer(name: str, to_text: ToText, fixed: str | None) -> _Write:
    start, end = f"<{name}>", f"</{name}>"
    special = _SPECIAL.search

    def write(out: list[str], value: Json, _depth: int) -> None:
        try:
            text = to_text(value)
        except NotOfType as error:
            raise _unfit(error) from error
        if fixed is not None and text != fixed:
            raise ValueUnfit(vi="phải là giá trị cố định của lược đồ", en="must be the value that the schema fixes")
        if special(text):
            text = escape_text(text)
        out.append(f"{start}{text}{end}")

    return write


def _escaped(to_text: ToText, value: Json, name: str) -> str:
    try:
        text = to_text(value)
    except NotOfType as error:
        raise _unfit(error).below(name) from error
    return escape_text(text) if _SPECIAL.search(text) else text


def _unfit(error: NotOfType) -> ValueUnfit:
    return ValueUnfit(vi=_VIETNAMESE.get(str(error), "sai kiểu dữ liệu của dịch vụ"), en=str(error))


_VIETNAMESE: Final = {
    "contains a control character": "chứa ký tự điều khiển",
    "must be a single value": "phải là một giá trị đơn",
    "is not a value that the service's schema allows": "không phải giá trị mà lược đồ của dịch vụ cho phép",
}


def _refuse_unknown(members: Mapping[str, Json], known: frozenset[str]) -> None:
    if members.keys() <= known:
        return
    unknown = min(members.keys() - known)
    shown = unknown if not NOT_XML.search(unknown) and len(unknown) <= 100 else "?"
    raise ValueUnfit(vi="không có trong thông điệp của dịch vụ", en="has no place in the request", where=shown)
