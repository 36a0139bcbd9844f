"""What stands at a dotted path in an answer that came by SOAP?

A tree of [name, text, children] of the element in the Body (of a fault: of its detail), by local names.
"""

from lxml import etree

from adapters.contract import Json
from adapters.soap.xml import XmlRefused, make_parser, parse_document

_DETAIL = ("detail", "Detail")


def body_elements(content: bytes) -> Json:
    """Return the tree of an envelope, None of anything else."""
    try:
        root = parse_document(content, make_parser())
    except XmlRefused:
        return None
    body = root[-1] if len(root) else root
    inner = body[0] if len(body) else body
    return _tree(next((one for one in inner if etree.QName(one).localname in _DETAIL), inner))


def xml_values_at(document: Json, path: str) -> list[Json]:
    """Return the texts of the elements to which `path` leads; `[]` says nothing here: an element may be repeated."""
    found: list[Json] = [document]
    for step in path.split("."):
        name = step.removesuffix("[]")
        found = [child for one in found for child in _children(one) if isinstance(child, list) and child[0] == name]
    return [one[1] for one in found if isinstance(one, list)]


def _children(node: Json) -> list[Json]:
    children = node[2] if isinstance(node, list) else None
    return children if isinstance(children, list) else []


def _tree(element: etree._Element) -> Json:
    return [etree.QName(element).localname, element.text, [_tree(child) for child in element]]
