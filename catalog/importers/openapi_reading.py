"""What does an OpenAPI document say, be it JSON or YAML?

YAML is read by the rules of YAML 1.2's core schema, which OpenAPI asks for (3.1.1, 4.3): `no` and `2026-01-31` are
texts. What a document can grow to by its aliases is counted while it is read, so that a small file stays small.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import yaml

from catalog.importers.bundle import refused
from catalog.importers.draft import ImportRefused

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

MAX_NODES: Final = 3_000_000
"""Values of one document, each alias counted as what it stands for. A document of 10 MB has about a million."""
MAX_DEPTH: Final = 200
_CORE: Final = "tag:yaml.org,2002:"
_TAGS: Final = {None, "!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,400}")
_OTHER_INTEGER: Final = re.compile(r"0o[0-7]{1,60}|0x[0-9a-fA-F]{1,60}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, Json]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_document(name: str, content: bytes) -> Json:
    """Return what the document says. Raises ImportRefused naming the document and, where it can, the line.

    Of a name that stands twice in an object the last value holds, as with every other reader.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        try:
            value: Json = json.loads(content.removeprefix(b"\xef\xbb\xbf").decode())
        except (ValueError, RecursionError):
            pass  # YAML's flow style begins like JSON
        else:
            return _sound(name, _bounded(name, value), content)
    return _sound(name, _Yaml(name).read(content), content)


def _sound(name: str, value: Json, content: bytes) -> Json:
    # Half a character (a lone surrogate) can be escaped, and written nowhere.
    if b"\\u" in content or b"\\U" in content:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise refused(name, "chứa ký tự Unicode lẻ cặp", "holds a lone surrogate") from error
    return value


def find_root(documents: Mapping[str, bytes]) -> str:
    """Return the name of the document to begin with: the one that says `openapi` or `swagger` at its top.

    Raises ImportRefused when there is none or more than one.
    """
    found = [name for name in sorted(documents) if _may_be_root(name, documents[name])]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(found)
        raise refused(names, "có nhiều tài liệu gốc, hãy nêu một", "there are several to begin with: name one")
    raise refused(", ".join(sorted(documents)[:5]), "không có tài liệu OpenAPI", "there is no OpenAPI document")


_ROOT: Final = re.compile(
    rb"""(?:^|[{,])[ \t\r\n]*["']?(?:openapi|swagger)["']?[ \t]*:[ \t\r\n]*["']?[0-9]""", re.MULTILINE
)


def _may_be_root(name: str, content: bytes) -> bool:
    if not name.lower().endswith((".json", ".yaml", ".yml")) and b"." in name.encode():
        return False
    if not _ROOT.search(content):
        return False
    try:
        value = read_document(name, content)
    except ImportRefused:
        return False
    return isinstance(value, dict) and ("openapi" in value or "swagger" in value)


def _bounded(name: str, value: Json) -> Json:
    # JSON has no aliases: its size bounds its values. Depth is what later recursion must know.
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep(name)
        inner: list[Json] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        level = [one for one in inner if isinstance(one, dict | list)]
    return value


class _Yaml:
    """Reads one YAML document from its events; no object is ever made but JSON's."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._nodes = 0

    def read(self, content: bytes) -> Json:
        try:
            events = yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            next_event: Callable[[], yaml.Event] = iter(events).__next__
            while not isinstance(event := next_event(), yaml.DocumentStartEvent):
                if isinstance(event, yaml.StreamEndEvent):
                    raise refused(self._name, "trống", "is empty")
            value, _ = self._node(next_event(), next_event, depth=1)
            next_event()
            if not isinstance(next_event(), yaml.StreamEndEvent):
                raise refused(self._name, "chứa nhiều tài liệu YAML", "holds several YAML documents")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f" ({mark.line + 1}:{mark.column + 1})" if mark is not None else ""
            raise refused(
                f"{self._name}{line}", "không phải JSON hay YAML đọc được", "is neither JSON nor YAML that can be read"
            ) from error
        except (UnicodeDecodeError, ValueError) as error:
            raise refused(self._name, "không phải văn bản UTF-8", "is not a text in UTF-8") from error
        return value

    def _node(self, event: yaml.Event, following: Callable[[], yaml.Event], *, depth: int) -> tuple[Json, int]:
        """Return a value and how many values it has when every alias is written out."""
        if depth > MAX_DEPTH:
            raise _too_deep(self._name)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:  # not there, or not finished: it would contain itself
                raise refused(self._at(event), f"*{event.anchor} không dẫn tới đâu", f"*{event.anchor} leads nowhere")
            value, weight = self._anchors[event.anchor]
            self._count(weight)
            return value, weight
        if event.tag not in _TAGS:
            raise refused(
                self._at(event), f"thẻ {event.tag} không được hỗ trợ", f"the tag {event.tag} is not supported"
            )
        if isinstance(event, yaml.ScalarEvent):
            value, weight = self._scalar(event), 1
        elif isinstance(event, yaml.SequenceStartEvent):
            value, weight = self._sequence(following, depth)
        else:
            value, weight = self._mapping(following, depth)
        self._count(1)
        if event.anchor:
            self._anchors[event.anchor] = (value, weight)
        return value, weight

    def _sequence(self, following: Callable[[], yaml.Event], depth: int) -> tuple[Json, int]:
        elements: list[Json] = []
        weight = 1
        while not isinstance(event := following(), yaml.SequenceEndEvent):
            element, own = self._node(event, following, depth=depth + 1)
            elements.append(element)
            weight += own
        return elements, weight

    def _mapping(self, following: Callable[[], yaml.Event], depth: int) -> tuple[Json, int]:
        members: dict[str, Json] = {}
        merged: list[Json] = []
        weight = 1
        while not isinstance(event := following(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise refused(self._at(event), "khóa phải là chuỗi", "a key must be a text")
            value, own = self._node(following(), following, depth=depth + 1)
            weight += own
            if event.value == "<<" and not event.style:
                merged.extend(value if isinstance(value, list) else [value])
            else:
                members[event.value] = value
        for one in merged:
            if isinstance(one, dict):
                members = {**one, **members}
        return members, weight

    def _scalar(self, event: yaml.ScalarEvent) -> Json:
        text: str = event.value
        tag: str | None = event.tag
        if event.style or (tag or "").endswith(("str", "!")):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OTHER_INTEGER.fullmatch(text):
            return int(text, 0)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _count(self, more: int) -> None:
        self._nodes += more
        if self._nodes > MAX_NODES:
            raise refused(self._name, f"có hơn {MAX_NODES} giá trị", f"has more than {MAX_NODES} values")

    def _at(self, event: yaml.Event) -> str:
        return f"{self._name} ({event.start_mark.line + 1}:{event.start_mark.column + 1})"


def _too_deep(name: str) -> ImportRefused:
    return refused(name, f"lồng sâu quá {MAX_DEPTH} tầng", f"is nested deeper than {MAX_DEPTH}")
