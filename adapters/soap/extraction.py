"""How does a SOAP answer become JSON, without the WSDL and without a parser of schemas?

The plan is turned once into a table per complex type; an answer is then one walk over its elements. An element that
stands in no table is passed over: it is neither released nor an error. Numbers keep the digits that they came with.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

import msgspec
from lxml import etree

from adapters.soap.envelope import ENVELOPE_NAMESPACES
from adapters.soap.shapes import TEXT_MEMBER, Element, Kind, Plan, Shape

Extracted: TypeAlias = str | bool | msgspec.Raw | list["Extracted"] | dict[str, "Extracted"] | None

MAX_NUMBER_LENGTH: Final = 400

_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?\Z", re.ASCII)
_XSD_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
_XSD_FLOAT: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_DATETIME: Final = re.compile(r"-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_BODIES: Final = tuple(f"{{{uri}}}Body" for uri in ENVELOPE_NAMESPACES.values())
_ENVELOPES: Final = tuple(f"{{{uri}}}Envelope" for uri in ENVELOPE_NAMESPACES.values())
FAULTS: Final = tuple(f"{{{uri}}}Fault" for uri in ENVELOPE_NAMESPACES.values())

_Read: TypeAlias = Callable[[etree._Element], Extracted]  # noqa: SLF001  (the name that lxml gives its elements)
_Row: TypeAlias = tuple[str, bool, _Read]


class AnswerMisshapen(ValueError):
    """An answer that is XML but not what the plan says. The text never quotes the answer."""


class Extractor:
    """Reads the answers of one operation."""

    def __init__(self, plan: Plan) -> None:
        self._response = plan.response
        self._tables: list[_ShapeReader] = [_ShapeReader() for _ in plan.shapes]
        for table, shape in zip(self._tables, plan.shapes, strict=True):
            table.fill(shape, self._reader)
        self._root = self._reader(plan.response)

    def extract(self, content: etree._Element) -> Extracted:
        """Return the answer, `content` being the child of the SOAP body.

        A message of simple type becomes an object with one member, of its element's name. Raises `AnswerMisshapen`.
        """
        if etree.QName(content).localname != self._response.tag.rpartition("}")[2]:
            raise AnswerMisshapen("the body holds another element than the operation's output")
        value = self._root(content)
        return value if self._response.kind is Kind.COMPLEX else {self._response.name: value}

    def _reader(self, element: Element) -> _Read:
        return self._tables[element.shape].read if element.kind is Kind.COMPLEX else _leaf(element.kind)


class _ShapeReader:
    """Reads one complex type; made empty first, because a type may contain itself."""

    __slots__ = ("_attributes", "_lists", "_local", "_rows", "_text")

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._local: dict[str, _Row] = {}
        self._lists: tuple[str, ...] = ()
        self._attributes: tuple[tuple[str, str, Callable[[str], Extracted]], ...] = ()
        self._text: Callable[[str], Extracted] | None = None

    def fill(self, shape: Shape, reader: Callable[[Element], _Read]) -> None:
        """Take in the shape's members."""
        self._rows = {member.tag: (member.name, member.many, reader(member)) for member in shape.elements}
        self._local = {tag.rpartition("}")[2]: row for tag, row in reversed(self._rows.items())}
        self._lists = tuple(member.name for member in shape.elements if member.many)
        self._attributes = tuple((item.tag, item.name, _CONVERT[item.kind]) for item in shape.attributes)
        self._text = None if shape.text is None else _CONVERT[shape.text]

    def read(self, element: etree._Element) -> Extracted:
        """Return the element as an object; `None` when it says `xsi:nil`. A list that is absent is an empty list."""
        if element.attrib and element.get(_NIL, "").strip() in ("true", "1"):
            return None
        found: dict[str, Extracted] = {}
        if self._text is not None:
            found[TEXT_MEMBER] = self._text(element.text or "")
        for tag, name, convert in self._attributes:
            given = element.get(tag)
            if given is not None:
                found[name] = convert(given)
        lists: dict[str, list[Extracted]] = {name: [] for name in self._lists}
        rows = self._rows
        for child in element:
            # Servers are known to qualify what the schema leaves unqualified, and the other way round.
            row = rows.get(child.tag) or self._local.get(child.tag.rpartition("}")[2])
            if row is None:
                continue
            name, many, read = row
            if many:
                lists[name].append(read(child))
            else:
                found[name] = read(child)
        found.update(lists)
        return found


def body_of(envelope: etree._Element) -> etree._Element | None:
    """Return the one element in the SOAP body, `None` when the body is empty. Raises `AnswerMisshapen`."""
    if envelope.tag not in _ENVELOPES:
        raise AnswerMisshapen("the answer is no SOAP envelope")
    bodies = [child for child in envelope if child.tag in _BODIES]
    if len(bodies) != 1:
        raise AnswerMisshapen("the envelope has no body, or more than one")
    if len(bodies[0]) > 1:
        raise AnswerMisshapen("the body holds more than one element")
    return bodies[0][0] if len(bodies[0]) else None


def _leaf(kind: Kind) -> _Read:
    convert = _CONVERT[kind]

    def read(element: etree._Element) -> Extracted:
        if element.attrib and element.get(_NIL, "").strip() in ("true", "1"):
            return None
        return convert(element.text or "")

    return read


def _number(text: str) -> Extracted:
    text = text.strip()
    if not text:
        return None
    if len(text) <= MAX_NUMBER_LENGTH:
        if _JSON_NUMBER.match(text):
            return msgspec.Raw(text.encode("ascii"))
        if _XSD_NUMBER.match(text):
            return msgspec.Raw(format(Decimal(text), "f").encode("ascii"))
    raise AnswerMisshapen("a number is written as the schema does not allow")


def _integer(text: str) -> Extracted:
    if "." in text:
        raise AnswerMisshapen("an integer has a fraction")
    return _number(text)


def _float(text: str) -> Extracted:
    text = text.strip()
    if not text or text in ("NaN", "INF", "-INF"):
        return None  # JSON has no such number (RFC 8259, 6)
    if not _XSD_FLOAT.match(text) or len(text) > MAX_NUMBER_LENGTH:
        raise AnswerMisshapen("a number is written as the schema does not allow")
    try:
        return msgspec.Raw(str(Decimal(text)).encode("ascii"))
    except InvalidOperation as error:
        raise AnswerMisshapen("a number is written as the schema does not allow") from error


def _boolean(text: str) -> Extracted:
    text = text.strip()
    if text and text not in _BOOLEANS:
        raise AnswerMisshapen("a boolean is written as the schema does not allow")
    return _BOOLEANS.get(text)


def _date(text: str) -> Extracted:
    text = text.strip()
    if not text:
        return None
    found = _DATE.match(text)
    try:
        return date.fromisoformat(found[1] if found else "").isoformat()
    except ValueError as error:
        raise AnswerMisshapen("a date is written as the schema does not allow") from error


def _datetime(text: str) -> Extracted:
    text = text.strip()
    if text and not _DATETIME.match(text):
        raise AnswerMisshapen("a date and time is written as the schema does not allow")
    return text or None


def _as_is(text: str) -> Extracted:
    return text


_CONVERT: Final[dict[Kind, Callable[[str], Extracted]]] = {
    Kind.TEXT: _as_is,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _number,
    Kind.FLOAT: _float,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
}
