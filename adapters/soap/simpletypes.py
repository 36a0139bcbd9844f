"""Which simple type does a schema mean, and what does it demand of a value? (XML Schema 1.0 part 2)"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec
from lxml import etree

from adapters.soap.schemas import Component, SchemaSet, SchemaSource
from adapters.soap.shapes import Kind, Simple
from adapters.soap.unserved import XSD, Unserved, place, shown

OUT_OF_REACH: Final = 2**31
"""More characters, digits or elements than a message can have. A larger number in a schema means no more."""
_MAX_CHAIN: Final = 50
_MAX_STEPS: Final = 20_000


def _whole(minimum: str = "", maximum: str = "") -> Simple:
    return Simple(kind=Kind.INTEGER, minimum=minimum, maximum=maximum)


def _form(name: str) -> Simple:
    return Simple(kind=Kind.TEXT, lexical=name)


BUILT_IN: Final[dict[str, Simple]] = {
    "string": Simple(kind=Kind.TEXT),
    "anySimpleType": Simple(kind=Kind.TEXT),
    "boolean": Simple(kind=Kind.BOOLEAN),
    "decimal": Simple(kind=Kind.DECIMAL),
    "float": Simple(kind=Kind.FLOAT),
    "double": Simple(kind=Kind.FLOAT),
    "date": Simple(kind=Kind.DATE),
    "dateTime": Simple(kind=Kind.DATETIME),
    "base64Binary": Simple(kind=Kind.BASE64),
    "hexBinary": Simple(kind=Kind.HEX),
    "integer": _whole(),
    "nonPositiveInteger": _whole(maximum="0"),
    "negativeInteger": _whole(maximum="-1"),
    "nonNegativeInteger": _whole("0"),
    "positiveInteger": _whole("1"),
    "long": _whole("-9223372036854775808", "9223372036854775807"),
    "int": _whole("-2147483648", "2147483647"),
    "short": _whole("-32768", "32767"),
    "byte": _whole("-128", "127"),
    "unsignedLong": _whole("0", "18446744073709551615"),
    "unsignedInt": _whole("0", "4294967295"),
    "unsignedShort": _whole("0", "65535"),
    "unsignedByte": _whole("0", "255"),
    **{
        name: _form(name)
        for name in (
            *("time", "duration", "gYear", "gYearMonth", "gMonth", "gDay", "gMonthDay", "anyURI"),
            *("normalizedString", "token", "language", "Name", "NCName", "NMTOKEN"),
        )
    },
    **{name: _form("NCName") for name in ("ID", "IDREF", "ENTITY")},
    "NMTOKENS": Simple(kind=Kind.LIST, item=_form("NMTOKEN"), least_length=1),
    "IDREFS": Simple(kind=Kind.LIST, item=_form("NCName"), least_length=1),
    "ENTITIES": Simple(kind=Kind.LIST, item=_form("NCName"), least_length=1),
}
_LENGTHS: Final = {"length": "length", "minLength": "least_length", "maxLength": "most_length"}
_BOUNDS: Final = {
    "minInclusive": "minimum",
    "maxInclusive": "maximum",
    "minExclusive": "above",
    "maxExclusive": "below",
}


class SimpleTypes:
    """The simple types of a set of schemas."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._steps = 0

    def named(self, name: str, *, at: etree._Element, source: SchemaSource, depth: int = 0) -> Simple:
        """Return the simple type called `name`, to which `at` refers. Raises `Unserved`."""
        if name.startswith(XSD):
            found = BUILT_IN.get(name.removeprefix(XSD))
            if found is None:
                raise Unserved(
                    place(source.document, at),
                    vi=f"kiểu xs:{shown(name.removeprefix(XSD))} không được hỗ trợ",
                    en=f"the type xs:{shown(name.removeprefix(XSD))} is not served",
                )
            return found
        component = self._schemas.need("type", name, at=at, source=source)
        return self.defined(component, depth=depth)

    def defined(self, component: Component, *, depth: int = 0) -> Simple:
        """Return what an `xs:simpleType` defines. Raises `Unserved`."""
        node, source = component.node, component.source
        self._steps += 1
        if node.tag != f"{XSD}simpleType" or depth > _MAX_CHAIN or self._steps > _MAX_STEPS:
            raise Unserved(
                place(source.document, node), vi="không phải kiểu đơn có kết thúc", en="is no simple type that ends"
            )
        restriction = node.find(f"{XSD}restriction")
        if restriction is not None:
            return self.restricted(restriction, source, depth=depth)
        listed = node.find(f"{XSD}list")
        if listed is not None:
            return Simple(kind=Kind.LIST, item=self._one(listed, "itemType", source, depth))
        union = node.find(f"{XSD}union")
        if union is None:
            raise Unserved(place(source.document, node), vi="kiểu đơn không có nội dung", en="says nothing")
        members = tuple(self._members(union, source, depth))
        kinds = {member.kind for member in members}
        kind = kinds.pop() if len(kinds) == 1 and Kind.LIST not in kinds else Kind.TEXT
        return Simple(kind=kind, members=members)

    def restricted(
        self, restriction: etree._Element, source: SchemaSource, *, depth: int = 0, base: Simple | None = None
    ) -> Simple:
        """Return what `xs:restriction` leaves of its base, or of `base` where that is known already."""
        start = base if base is not None else self._one(restriction, "base", source, depth)
        changes: dict[str, object] = {}
        choices: list[str] = []
        patterns: list[str] = []
        for facet in restriction.iterchildren("*"):
            local, value = etree.QName(facet).localname, facet.get("value", "")
            try:
                if local == "enumeration":
                    choices.append(_checked(_spaced(value, start), start.kind))
                elif local == "pattern":
                    patterns.append(value)
                else:
                    changes |= _facet(local, value.strip(), start)
            except (ValueError, InvalidOperation) as error:
                where = place(source.document, facet)
                raise Unserved(where, vi="giá trị không hợp lệ", en="its value is not of its kind") from error
        if choices:
            changes["choices"] = tuple(choices)
        if patterns:  # 4.3.4.3: those of one step are alternatives, those of several steps are all demanded
            changes["patterns"] = (*start.patterns, "|".join(patterns))
        return msgspec.structs.replace(start, **changes)

    def _one(self, node: etree._Element, attribute: str, source: SchemaSource, depth: int) -> Simple:
        inline = node.find(f"{XSD}simpleType")
        if inline is not None:
            return self.defined(Component(inline, source), depth=depth + 1)
        name = source.name(node, node.get(attribute, ""))
        return self.named(name, at=node, source=source, depth=depth + 1)

    def _members(self, union: etree._Element, source: SchemaSource, depth: int) -> Iterator[Simple]:
        for text in union.get("memberTypes", "").split():
            yield self.named(source.name(union, text), at=union, source=source, depth=depth + 1)
        for inline in union.iterchildren(f"{XSD}simpleType"):
            yield self.defined(Component(inline, source), depth=depth + 1)


def plain(simple: Simple) -> Simple | None:
    """Return `simple`, or `None` when it demands nothing beyond its kind."""
    return None if simple == Simple(kind=simple.kind) else simple


def _facet(local: str, value: str, base: Simple) -> dict[str, object]:
    kind = base.kind
    if local in _LENGTHS:
        number = _count(value)
        return {"least_length": number, "most_length": number} if local == "length" else {_LENGTHS[local]: number}
    if local in _BOUNDS:
        if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT) and value not in ("INF", "-INF"):
            return {_BOUNDS[local]: _checked(value, kind)}
        return {_BOUNDS[local]: value} if kind is Kind.DATE else {}
    if local == "totalDigits":
        return {"digits": _count(value)}
    if local == "fractionDigits":
        return {"decimals": _count(value)} if kind is not Kind.INTEGER else {}
    if local == "whiteSpace" and kind is Kind.TEXT and value == "collapse" and not base.lexical:
        return {"lexical": "token"}
    return {}


def _count(value: str) -> int:
    """Return a number of characters or digits. What no message can have is one number, which JSON can carry."""
    return min(int(value), OUT_OF_REACH)


def _checked(value: str, kind: Kind) -> str:
    """Return `value`. Raises ValueError or InvalidOperation when it is no finite number where it must be one."""
    if kind is Kind.INTEGER:
        int(value)
    elif kind in (Kind.DECIMAL, Kind.FLOAT) and not Decimal(value).is_finite():
        raise ValueError
    return value


def _spaced(value: str, base: Simple) -> str:
    return value if base.kind is Kind.TEXT and base.lexical in ("", "normalizedString") else " ".join(value.split())
