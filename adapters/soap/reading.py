"""How does a SOAP message become JSON, without its WSDL and without a parser of schemas?

The shapes are turned once into a table per complex type; a message is then one walk over its elements. The same walk
reads a provider's answer and, `strict`, a caller's request. Numbers keep the digits that they came with.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from lxml import etree

from adapters.soap.lexical import Extracted, FromText, NotOfType, make_reader
from adapters.soap.models import exclusions
from adapters.soap.shapes import TEXT_MEMBER, TYPE_MEMBER, Element, Kind, Shape

XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"

_NIL: Final = f"{XSI}nil"
_TYPE: Final = f"{XSI}type"

_Read: TypeAlias = Callable[[etree._Element], Extracted]  # noqa: SLF001  (the name that lxml gives its elements)
_Row: TypeAlias = tuple[str, bool, _Read]


class MessageMisshapen(ValueError):
    """A message that is XML but not what the schema says. `where` is the dotted path; nothing quotes the message."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where

    def __str__(self) -> str:
        """Return the place and what is wrong there."""
        return f"{self.where}: {self.reason}" if self.where else self.reason

    def below(self, name: str) -> "MessageMisshapen":
        """Return the same with `name` before its path."""
        return MessageMisshapen(self.reason, f"{name}.{self.where}" if self.where else name)


class MessageReader:
    """Reads messages whose root is `root`.

    An element or attribute that stands in no table is passed over, neither released nor an error; with `strict` it is
    an error, and so is a second element where one may stand. `strict` also wants the namespaces of the schema.
    """

    def __init__(self, root: Element, shapes: Sequence[Shape], *, strict: bool = False) -> None:
        self._root = root
        self._strict = strict
        tables = [_ShapeReader(strict=strict) for _ in shapes]
        for table, shape in zip(tables, shapes, strict=True):
            table.fill(shape, shapes, tables)
        self._read = _reader_of(root, tables, strict=strict)
        self._local = root.tag.rpartition("}")[2]

    def read(self, element: etree._Element | None) -> Extracted:
        """Return the JSON of `element`, the child of the SOAP body (`None`: the body is empty).

        A message of simple type becomes an object with one member, of its element's name. Raises `MessageMisshapen`.
        """
        if self._root.kind is Kind.GROUP:
            if element is not None and self._strict:
                raise MessageMisshapen("the body must be empty")
            return {}
        if element is None:
            raise MessageMisshapen("the body is empty")
        if element.tag != self._root.tag and (self._strict or etree.QName(element).localname != self._local):
            raise MessageMisshapen("the body holds another element than the operation's")
        try:
            value = self._read(element)
        except NotOfType as error:
            raise MessageMisshapen(str(error), self._root.name) from error
        return value if self._root.kind is Kind.COMPLEX else {self._root.name: value}


class BlockReader:
    """Reads elements that have no parent of their own: the header blocks that a WSDL declares."""

    def __init__(self, blocks: Sequence[Element], shapes: Sequence[Shape]) -> None:
        tables = [_ShapeReader(strict=False) for _ in shapes]
        for table, shape in zip(tables, shapes, strict=True):
            table.fill(shape, shapes, tables)
        self._whole = _ShapeReader(strict=False)
        self._whole.fill(Shape(elements=tuple(blocks)), shapes, tables)

    def read(self, elements: Iterable[etree._Element]) -> dict[str, Extracted]:
        """Return the JSON of the blocks by name; what is not declared is passed over. Raises `MessageMisshapen`."""
        return self._whole.take({}, elements)


class _ShapeReader:
    """Reads one complex type; made empty first, because a type may contain itself."""

    __slots__ = (
        "_attributes",
        "_derived",
        "_grouped",
        "_groups",
        "_known",
        "_lists",
        "_local",
        "_needs_type",
        "_rows",
        "_strict",
        "_text",
    )

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._rows: dict[str, _Row] = {}
        self._local: dict[str, _Row] = {}
        self._lists: tuple[str, ...] = ()
        self._attributes: tuple[tuple[str, str, FromText, str | None], ...] = ()
        self._known: frozenset[str] = frozenset()
        self._text: FromText | None = None
        self._derived: dict[str, tuple[str, _ShapeReader]] = {}
        self._needs_type = False
        self._grouped: dict[str, str] = {}
        self._groups: dict[str, _Turns] = {}

    def fill(self, shape: Shape, shapes: Sequence[Shape], tables: Sequence["_ShapeReader"]) -> None:
        """Take in the shape's members."""
        plain = [member for member in shape.elements if member.kind is not Kind.GROUP]
        self._rows = {
            member.tag: (member.name, member.many, _reader_of(member, tables, strict=self._strict)) for member in plain
        }
        if not self._strict:
            self._local = {tag.rpartition("}")[2]: row for tag, row in reversed(self._rows.items())}
        self._lists = tuple(member.name for member in shape.elements if member.many)
        self._attributes = tuple(
            (
                item.tag,
                item.name,
                make_reader(item.kind, item.simple, portable=self._strict),
                item.default or item.fixed,
            )
            for item in shape.attributes
        )
        self._known = frozenset(item.tag for item in shape.attributes)
        self._text = None if shape.text is None else make_reader(shape.text, shape.text_simple, portable=self._strict)
        self._derived = {one.tag: (one.name, tables[one.shape]) for one in shape.derived}
        self._needs_type = shape.abstract
        for member in shape.elements:
            if member.kind is Kind.GROUP:
                self._groups[member.name] = _Turns(member.shape, shapes, tables)
                self._grouped |= dict.fromkeys(tags_of(member.shape, shapes), member.name)

    def read(self, element: etree._Element) -> Extracted:
        """Return the element as an object; `None` when it says `xsi:nil`. A list that is absent is an empty list."""
        if not element.attrib:
            if self._needs_type:
                raise MessageMisshapen("its type is abstract and no xsi:type says which one is meant")
            found: dict[str, Extracted] = {}
        else:
            if element.get(_NIL, "").strip() in ("true", "1"):
                return None
            if self._derived or self._needs_type:
                name, reader = self._said_type(element)
                if reader is not self:
                    return {TYPE_MEMBER: name, **reader.content(element)}
            return self.content(element)
        return self._filled(found, element)

    def content(self, element: etree._Element) -> dict[str, Extracted]:
        """Return the members of `element`, of this very type."""
        if self._strict:
            self._refuse_unknown(element)
        return self._filled({}, element)

    def _filled(self, found: dict[str, Extracted], element: etree._Element) -> dict[str, Extracted]:
        for tag, name, convert, absent in self._attributes:
            given = element.get(tag, absent)
            if given is not None:
                try:
                    found[name] = convert(given)
                except NotOfType as error:
                    raise MessageMisshapen(str(error), name) from error
        if self._text is not None:
            try:
                found[TEXT_MEMBER] = self._text(element.text or "")
            except NotOfType as error:
                raise MessageMisshapen(str(error), TEXT_MEMBER) from error
        return self.take(found, element)

    def take(self, found: dict[str, Extracted], children: Iterable[etree._Element]) -> dict[str, Extracted]:
        """Add the members that `children` are to `found`, and return it."""
        lists: dict[str, list[Extracted]] = {name: [] for name in self._lists}
        turns: dict[str, list[etree._Element]] = {}
        rows = self._rows
        for child in children:
            tag = child.tag
            # Servers are known to qualify what the schema leaves unqualified, and the other way round.
            row = rows.get(tag) or self._local.get(tag.rpartition("}")[2])
            if row is None:
                group = self._grouped.get(tag)
                if group is not None:
                    turns.setdefault(group, []).append(child)
                elif self._strict:
                    raise MessageMisshapen("has no place in the message", etree.QName(child).localname[:100])
                continue
            name, many, read = row
            try:
                if many:
                    lists[name].append(read(child))
                elif self._strict and name in found:
                    raise MessageMisshapen("stands there more than once")
                else:
                    found[name] = read(child)
            except NotOfType as error:
                raise MessageMisshapen(str(error), name) from error
            except MessageMisshapen as error:
                raise error.below(name) from error
        for name, run in turns.items():
            try:
                lists[name] += self._groups[name].read(run)
            except MessageMisshapen as error:
                raise error.below(name) from error
        found.update(lists)
        return found

    def _said_type(self, element: etree._Element) -> tuple[str, "_ShapeReader"]:
        said = element.get(_TYPE, "").strip()
        if said:
            prefix, _, local = said.rpartition(":")
            uri = element.nsmap.get(prefix or None)
            found = self._derived.get(f"{{{uri}}}{local}" if uri else local)
            if found is not None:
                return found
        if self._needs_type:
            raise MessageMisshapen("its type is abstract and no xsi:type says which one is meant")
        return "", self

    def _refuse_unknown(self, element: etree._Element) -> None:
        for tag in element.attrib:
            if tag not in self._known and not str(tag).startswith(XSI):
                raise MessageMisshapen("has no place in the message", f"@{etree.QName(str(tag)).localname[:100]}")


class _Turns:
    """Tells one turn of a repeated group from the next, and reads each."""

    def __init__(self, shape_index: int, shapes: Sequence[Shape], tables: Sequence[_ShapeReader]) -> None:
        shape = shapes[shape_index]
        self._table = tables[shape_index]
        self._many = [member.many for member in shape.elements]
        self._excluded = exclusions(shape)
        self._positions: dict[str, int] = {}
        for position, member in enumerate(shape.elements):
            tags = tags_of(member.shape, shapes) if member.kind is Kind.GROUP else [member.tag]
            for tag in tags:
                self._positions.setdefault(tag, position)

    def read(self, run: Sequence[etree._Element]) -> list[Extracted]:
        """Return one object for each turn. What follows an element of the schema's order starts a new turn."""
        turns: list[list[etree._Element]] = []
        present: set[int] = set()
        last = -1
        for child in run:
            position = self._positions[child.tag]
            repeated = position == last and not self._many[position]
            if not turns or position < last or repeated or present & self._excluded[position]:
                turns.append([])
                present = set()
            turns[-1].append(child)
            present.add(position)
            last = position
        return [self._table.take({}, turn) for turn in turns]


def tags_of(shape_index: int, shapes: Sequence[Shape]) -> list[str]:
    """Return the tags of the elements that a repeated group may begin or go on with."""
    tags: list[str] = []
    for member in shapes[shape_index].elements:
        tags += tags_of(member.shape, shapes) if member.kind is Kind.GROUP else [member.tag]
    return tags


def _reader_of(element: Element, tables: Sequence[_ShapeReader], *, strict: bool) -> _Read:
    if element.kind in (Kind.COMPLEX, Kind.GROUP):
        return tables[element.shape].read
    convert = make_reader(element.kind, element.simple, portable=strict)
    return _leaf(convert, element.default or element.fixed)


def _leaf(convert: FromText, when_empty: str | None) -> _Read:
    def read(element: etree._Element) -> Extracted:
        if element.attrib and element.get(_NIL, "").strip() in ("true", "1"):
            return None
        return convert(element.text or when_empty or "")

    return read
