"""Which WSDL documents do tests try, which messages do their schemas allow, and does libxml2 agree?

The judge of our XML is libxml2's own reading of the schemas: nothing of the codec is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import external
from lxml import etree

from adapters.contract import Json
from adapters.soap.documents import Documents
from adapters.soap.shapes import Element, Kind, Order, Particle, Shape, Simple

XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
EXTERNAL: Final = external.WSDL
"""Other people's documents: they are no part of the project, and without them their tests have nothing to ask."""

VARIANTS: Final = range(4)
_MAX_DEPTH: Final = 7
_TEXTS: Final[dict[str, str]] = {
    "time": "13:20:00",
    "duration": "P1DT2H",
    "gYear": "2026",
    "gYearMonth": "2026-11",
    "gMonth": "--11",
    "gDay": "---22",
    "gMonthDay": "--11-22",
    "anyURI": "urn:vi-du",
    "language": "vi",
}
_PLAIN: Final[dict[Kind, Json]] = {
    Kind.BOOLEAN: True,
    Kind.INTEGER: 7,
    Kind.DECIMAL: "1.50",
    Kind.FLOAT: 1.5,
    Kind.DATE: "2001-02-03",
    Kind.DATETIME: "2001-02-03T04:05:06Z",
    Kind.BASE64: "xJHhuqV0",
    Kind.HEX: "0aFF",
}


def external_documents() -> dict[str, bytes]:
    """Return the documents of others by name; none when they are not there."""
    return {path.name: path.read_bytes() for path in sorted(EXTERNAL.glob("*.[wx]s*"))}


class Examples:
    """Makes JSON that the schema of a message allows: variant 0 is the least, the others take other choices."""

    def __init__(self, shapes: Sequence[Shape], variant: int) -> None:
        self._shapes = shapes
        self._variant = variant
        self._made = 0

    def message(self, root: Element) -> Json:
        """Return an example of the whole message."""
        if root.kind not in (Kind.COMPLEX, Kind.GROUP):
            return {root.name: self._one(root, 0)}
        return self._one(root, 0)

    def _one(self, element: Element, depth: int) -> Json:
        if element.fixed is not None:
            return element.fixed
        if element.kind in (Kind.COMPLEX, Kind.GROUP):
            return self._object(element.shape, depth)
        return self._value(element.kind, element.simple)

    def _value(self, kind: Kind, simple: Simple | None) -> Json:
        self._made += 1  # numbers differ, for the sake of xs:unique
        value = example_value(kind, simple, self._variant)
        room = simple is None or not (simple.maximum or simple.below or simple.choices or simple.digits)
        large = simple is not None and len(simple.maximum) > 3 and not simple.choices and not simple.digits
        return value + self._made if isinstance(value, int) and kind is Kind.INTEGER and (room or large) else value

    def _object(self, index: int, depth: int) -> dict[str, Json]:
        shape = self._shapes[index]
        found: dict[str, Json] = {}
        if shape.derived and (shape.abstract or (self._variant > 1 and depth < _MAX_DEPTH)):
            derived = shape.derived[self._variant % len(shape.derived)]
            found, shape = {"_type": derived.name}, self._shapes[derived.shape]
        if shape.text is not None:
            found["_text"] = self._value(shape.text, shape.text_simple)
        for attribute in shape.attributes:
            if attribute.required or self._variant:
                found[attribute.name] = attribute.fixed or self._value(attribute.kind, attribute.simple)
        content = shape.content or Particle(order=Order.SEQUENCE, inside=tuple(_leaves(shape)))
        self._fill(found, shape, content, depth)
        lists: dict[str, Json] = {one.name: [] for one in shape.elements if one.many and one.name not in found}
        return {**found, **lists}

    def _fill(self, found: dict[str, Json], shape: Shape, particle: Particle, depth: int) -> None:
        if particle.least == 0 and (self._variant == 0 or depth > _MAX_DEPTH):
            return
        if particle.order is Order.CHOICE:
            inside = particle.inside
            self._fill(found, shape, inside[self._variant % len(inside)], depth)
            return
        for one in particle.inside:
            self._fill(found, shape, one, depth)
        if particle.order is Order.ELEMENT:
            self._put(found, shape.elements[particle.member], particle, depth)

    def _put(self, found: dict[str, Json], element: Element, leaf: Particle, depth: int) -> None:
        if not element.many:
            found[element.name] = None if element.nillable and self._variant == 3 else self._one(element, depth + 1)
            return
        count = max(leaf.least, 1 if self._variant == 1 else min(2, leaf.most or 2))
        items = found.setdefault(element.name, [])
        assert isinstance(items, list)
        items += [self._one(element, depth + 1) for _ in range(count)]


def example_value(kind: Kind, simple: Simple | None, variant: int) -> Json:
    """Return a value of a simple type."""
    if simple is None:
        return _PLAIN.get(kind, "Đất <ở> & “vườn”")
    if kind is Kind.LIST and simple.item is not None:
        return [example_value(simple.item.kind, simple.item, variant)] * max(simple.least_length, 2)
    if simple.members:
        one = simple.members[variant % len(simple.members)]
        return example_value(one.kind, one, variant)
    if simple.choices:
        choice = simple.choices[variant % len(simple.choices)]
        return int(choice) if kind is Kind.INTEGER else choice
    if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT):
        return _number(kind, simple)
    if kind is not Kind.TEXT:
        return _PLAIN[kind]
    text = _TEXTS.get(simple.lexical, "a1") * (1 if not simple.least_length else simple.least_length)
    return text[: simple.most_length] if simple.most_length is not None else text


def judged(schema: etree.XMLSchema, content: etree._Element) -> str:
    """Return what libxml2 says against an element, `valid` when nothing."""
    alone = etree.ElementTree(etree.fromstring(etree.tostring(content, encoding="utf-8")))
    return "valid" if schema.validate(alone) else str(schema.error_log)


def xml_schema(documents: Mapping[str, bytes], root: str) -> etree.XMLSchema:
    """Return all schemas of a bundle as libxml2 understands them."""
    bundle = Documents(documents)
    with TemporaryDirectory() as directory:
        top = Path(directory)
        by_namespace: dict[str, list[str]] = {}
        for name in documents:
            if name.endswith(".xsd"):
                (top / name).parent.mkdir(parents=True, exist_ok=True)
                (top / name).write_bytes(documents[name])
        wsdls = [name for name in bundle.names() if name == root or name.endswith(".wsdl")]
        for number, schema in enumerate(_inline(bundle, root if len(wsdls) == 1 else "", wsdls)):
            by_namespace.setdefault(schema.get("targetNamespace", ""), []).append(f"inline{number}.xsd")
            (top / f"inline{number}.xsd").write_bytes(etree.tostring(schema))
        _locate(top, by_namespace)
        return etree.XMLSchema(etree.parse(_driver(top, by_namespace)))


def _inline(bundle: Documents, root: str, wsdls: Sequence[str]) -> Iterator[etree._Element]:
    for name in [root] if root else wsdls:
        for schema in bundle.root(name).iter(f"{XSD}schema"):
            yield etree.fromstring(etree.tostring(schema))  # which declares the prefixes of all around it


def _locate(top: Path, by_namespace: Mapping[str, Sequence[str]]) -> None:
    """Say where the schemas are that others import by namespace alone, as a WSDL allows."""
    for names in by_namespace.values():
        for name in names:
            schema = etree.parse(top / name).getroot()
            for node in schema.iter(f"{XSD}import"):
                others = by_namespace.get(node.get("namespace", ""), ())
                if others and not node.get("schemaLocation"):
                    node.set("schemaLocation", others[0])
            (top / name).write_bytes(etree.tostring(schema))


def _driver(top: Path, by_namespace: Mapping[str, Sequence[str]]) -> Path:
    driver = etree.Element(f"{XSD}schema")
    for number, (namespace, names) in enumerate(by_namespace.items()):
        if not namespace:
            for name in names:
                etree.SubElement(driver, f"{XSD}include", schemaLocation=name)
            continue
        joined = etree.Element(f"{XSD}schema", targetNamespace=namespace)
        for name in names:
            etree.SubElement(joined, f"{XSD}include", schemaLocation=name)
        (top / f"joined{number}.xsd").write_bytes(etree.tostring(joined))
        etree.SubElement(driver, f"{XSD}import", namespace=namespace, schemaLocation=f"joined{number}.xsd")
    (top / "driver.xsd").write_bytes(etree.tostring(driver))
    return top / "driver.xsd"


def _leaves(shape: Shape) -> Iterator[Particle]:
    for number, element in enumerate(shape.elements):
        least = max(element.least, 1) if element.required else element.least
        yield Particle(order=Order.ELEMENT, member=number, least=least, most=element.most if element.many else 1)


def _number(kind: Kind, simple: Simple) -> Json:
    low = float(simple.above) + 1 if simple.above else float(simple.minimum) if simple.minimum else None
    high = float(simple.below) - 1 if simple.below else float(simple.maximum) if simple.maximum else None
    value = low if low is not None else high if high is not None else 7.0
    return int(value) if kind is Kind.INTEGER or value.is_integer() else value
