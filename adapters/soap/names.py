"""Under which prefixes do the names of a message stand in XML?"""

from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape

from adapters.soap.shapes import Element, Kind, Shape

XSI_NAMESPACE: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"


def declarations(roots: Sequence[Element], shapes: Sequence[Shape]) -> str:
    """Return the namespace declarations that the names of `qualified_names` need, as attributes of an element."""
    prefixes = _prefixes(_tags(roots, shapes))
    named = "".join(
        f' xmlns:{prefix}="{escape(uri, {chr(34): "&quot;"})}"'
        for uri, prefix in prefixes.items()
        if uri != XML_NAMESPACE
    )
    return f'{named} xmlns:xsi="{XSI_NAMESPACE}"'


def qualified_names(roots: Sequence[Element], shapes: Sequence[Shape]) -> dict[str, str]:
    """Return each tag's name in XML (`n0:SoThua`), by its Clark notation."""
    tags = _tags(roots, shapes)
    prefixes = _prefixes(tags)
    names = {}
    for tag in tags:
        uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        names[tag] = f"{prefixes[uri]}:{local}" if uri else local
    return names


def reachable(roots: Iterable[Element], shapes: Sequence[Shape]) -> set[int]:
    """Return the indexes of the shapes that a message with one of the `roots` may have, however deep."""
    waiting = [element.shape for element in roots if element.kind in (Kind.COMPLEX, Kind.GROUP)]
    met: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index not in met:
            met.add(index)
            shape = shapes[index]
            waiting += [one.shape for one in shape.elements if one.kind in (Kind.COMPLEX, Kind.GROUP)]
            waiting += [one.shape for one in shape.derived]
    return met


def _tags(roots: Sequence[Element], shapes: Sequence[Shape]) -> list[str]:
    tags: dict[str, None] = dict.fromkeys(element.tag for element in roots)
    for index in sorted(reachable(roots, shapes)):
        shape = shapes[index]
        tags |= dict.fromkeys(one.tag for one in shape.elements)
        tags |= dict.fromkeys(one.tag for one in shape.attributes)
        tags |= dict.fromkeys(one.tag for one in shape.derived)
    return [tag for tag in tags if tag]


def _prefixes(tags: Sequence[str]) -> dict[str, str]:
    namespaces = dict.fromkeys(tag[1:].partition("}")[0] for tag in tags if tag.startswith("{"))
    # The prefix `xml` is bound by definition and may not be bound to anything else (Namespaces in XML 1.0, 3).
    return {uri: "xml" if uri == XML_NAMESPACE else f"n{number}" for number, uri in enumerate(namespaces)}
