"""How is a description written as RDF: as JSON-LD with its context inside, and as Turtle?

We only write, so a few lines do for what a library would bring thirty megabytes and a second of start-up
(docs/adr/0020-rdf-is-written-not-read.md). Nodes are immutable, and both forms say the same graph: a test compares
them by reading both back with rdflib.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import quote

PREFIXES: Final[Mapping[str, str]] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The namespaces that a name such as `dct:title` may come from."""

# RFC 3987 and Turtle, 6.5 (IRIREF): what may not stand between < and >.
_NOT_IN_IRI: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE: Final = re.compile(r'[\\"\x00-\x1f\x7f]')

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class Form(StrEnum):
    """In which form a graph is written, by its media type."""

    JSON_LD = "application/ld+json"
    TURTLE = "text/turtle"


@dataclass(frozen=True, slots=True)
class Iri:
    """A whole IRI. Raises ValueError for a text that cannot be one."""

    value: str

    def __post_init__(self) -> None:
        """Refuse what would end the IRI early where it is written."""
        if ":" not in self.value or _NOT_IN_IRI.search(self.value):
            raise ValueError("this is no IRI")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a language (BCP 47)."""

    value: str
    language: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with its datatype, a prefixed name such as `xsd:date`."""

    value: str
    datatype: str


@dataclass(frozen=True, slots=True)
class Node:
    """A thing: its IRI (None: it has none), its classes, and what is said of it, by prefixed names."""

    iri: Iri | None
    types: tuple[str, ...]
    said: tuple[tuple[str, tuple["Value", ...]], ...]


Value: TypeAlias = Iri | Text | Typed | Node | str


def node(iri: Iri | None, *types: str, said: Mapping[str, Sequence[Value]]) -> Node:
    """Return a node; properties without a value, and values that are empty texts, are left out.

    A node that has an IRI stands for itself: within another one only its IRI may stand (ValueError).
    """
    if any(isinstance(value, Node) and value.iri is not None for values in said.values() for value in values):
        raise ValueError("a node with an IRI stands for itself, not within another")
    kept = ((name, tuple(value for value in values if not _is_empty(value))) for name, values in said.items())
    return Node(iri, types, tuple((name, values) for name, values in kept if values))


def address(base: str, *segments: str) -> Iri:
    """Return the IRI of `segments` below `base`, each percent-encoded."""
    return Iri("/".join((base, *(quote(one, safe="") for one in segments))))


def day(moment: date) -> Typed:
    """Return a day as xsd:date."""
    return Typed((moment.date() if isinstance(moment, datetime) else moment).isoformat(), "xsd:date")


def instant(moment: datetime) -> Typed:
    """Return an aware moment as xsd:dateTime."""
    return Typed(moment.isoformat(), "xsd:dateTime")


def both(vi: str, en: str) -> list[Value]:
    """Return what is said in Vietnamese and in English; an empty one is left out."""
    return [Text(one, language) for one, language in ((vi, "vi"), (en, "en")) if one]


def context() -> dict[str, Json]:
    """Return the JSON-LD context that stands in each document: nobody has to load one (the state network has none)."""
    return dict(PREFIXES)


def opening(form: Form) -> str:
    """Return how a document begins, before its first node."""
    match form:
        case Form.JSON_LD:
            return f'{{"@context":{json.dumps(context())},"@graph":['
        case Form.TURTLE:
            return "".join(f"@prefix {name}: <{base}> .\n" for name, base in PREFIXES.items())


def written(nodes: Iterable[Node], form: Form, *, first: bool = False) -> str:
    """Return nodes as they stand one after the other in a document; `first` when no other stands before them."""
    match form:
        case Form.JSON_LD:
            texts = [json.dumps(json_node(one), ensure_ascii=False, separators=(",", ":")) for one in nodes]
            return "".join(f"{'' if first and place == 0 else ','}\n{text}" for place, text in enumerate(texts))
        case Form.TURTLE:
            return "".join(_turtle_node(one) for one in nodes)


def closing(form: Form) -> str:
    """Return how a document ends."""
    match form:
        case Form.JSON_LD:
            return "\n]}\n"
        case Form.TURTLE:
            return ""


def json_node(one: Node) -> dict[str, Json]:
    """Return a node as it stands in the `@graph` of a document with our context."""
    found: dict[str, Json] = {} if one.iri is None else {"@id": one.iri.value}
    if one.types:
        found["@type"] = list(one.types) if len(one.types) > 1 else one.types[0]
    for name, values in one.said:
        written = [_json_value(value) for value in values]
        found[name] = written if len(written) > 1 else written[0]
    return found


def _turtle_node(one: Node) -> str:
    subject = "[]" if one.iri is None else f"<{one.iri.value}>"
    return f"\n{subject} {_turtle_said(one, indent='    ')} .\n"


def _is_empty(value: Value) -> bool:
    return value == "" or (isinstance(value, Text | Typed) and not value.value)


def _json_value(value: Value) -> Json:
    match value:
        case Iri():
            return {"@id": value.value}
        case Text():
            return {"@value": value.value, "@language": value.language}
        case Typed():
            return {"@value": value.value, "@type": value.datatype}
        case Node():
            return json_node(value)
        case str():
            return value


def _turtle_said(one: Node, *, indent: str) -> str:
    parts = [f"a {', '.join(one.types)}"] if one.types else []
    for name, values in one.said:
        written = f" ,\n{indent}    ".join(_turtle_value(value, indent=indent) for value in values)
        parts.append(f"{name} {written}")
    return f" ;\n{indent}".join(parts)


def _turtle_value(value: Value, *, indent: str) -> str:
    match value:
        case Iri():
            return f"<{value.value}>"
        case Text():
            return f'"{_escaped(value.value)}"@{value.language}'
        case Typed():
            return f'"{_escaped(value.value)}"^^{value.datatype}'
        case Node():
            inner = f"{indent}    "
            return f"[\n{inner}{_turtle_said(value, indent=inner)}\n{indent}]"
        case str():
            return f'"{_escaped(value)}"'


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda match: _ESCAPES.get(match[0], f"\\u{ord(match[0]):04X}"), text)
