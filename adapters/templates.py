"""What exactly is sent to a JSON/HTTP provider for a call?

A request is made from the binding's template and from declared parameters only: nothing of the caller's own path,
query or headers gets through. Each value is percent-encoded as a whole.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from adapters.contract import Json
from adapters.errors import BindingInvalid, CallUnacceptable
from adapters.http1 import TOKEN
from adapters.origins import TARGET

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
FORBIDDEN_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"accept-encoding", "proxy-authorization"}
)


SEPARATORS: Final[Mapping[str, str]] = {"comma": ",", "space": "%20", "tab": "%09", "pipe": "%7C"}
"""What stands between the values of a list, as OpenAPI's styles want it (3.1.1, 4.8.12.4; 2.0, collectionFormat)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A template: literals and parameter names in turn, beginning and ending with a literal (perhaps empty)."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


def parse_text(template: str) -> Text:
    """Return the template of `a{Name}b`. Raises `BindingInvalid` for a brace without its fellow."""
    parts = PLACEHOLDER.split(template)
    literals, names = tuple(parts[::2]), tuple(parts[1::2])
    if any("{" in literal or "}" in literal for literal in literals):
        raise BindingInvalid("a template has a brace without its fellow")
    return Text(literals, names)


def parse_path(template: str, *, base: str) -> Text:
    """Return the template of a whole request target, `base` being the endpoint's own path. Raises `BindingInvalid`."""
    text = parse_text(base.replace("{", "%7B").replace("}", "%7D") + template)
    if not template.startswith("/") or any("?" in part or "#" in part for part in text.literals):
        raise BindingInvalid("a path begins with / and holds neither ? nor #")
    if any(part and TARGET.fullmatch("/" + part) is None for part in text.literals):
        raise BindingInvalid("a path's fixed parts must be percent-encoded ASCII")
    if any(segment in (".", "..") for segment in "x".join(text.literals).split("/")):
        raise BindingInvalid("a path must not hold . or ..")
    return text


def fill_path(text: Text, parameters: Mapping[str, Json]) -> str:
    """Return the target with every value percent-encoded wholly. Raises `CallUnacceptable` naming the parameter."""
    if not text.names:
        return text.literals[0]
    parts = [text.literals[0]]
    for name, literal in zip(text.names, text.literals[1:], strict=True):
        value = text_of(name, parameters.get(name))
        if value is None:
            raise _unacceptable(name, vi="bắt buộc phải có", en="is required")
        if value in ("", ".", ".."):  # would name another resource once the provider normalizes the path
            raise _unacceptable(name, vi="giá trị không dùng được trong đường dẫn", en="cannot stand in a path")
        # `quote` leaves letters and digits alone, and looks at each for longer than we do: identifiers are just these.
        parts.append(value if value.isalnum() and value.isascii() else quote(value, safe=""))
        parts.append(literal)
    return "".join(parts)


def fill_pairs(pairs: Sequence[tuple[str, Text]], parameters: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return names with their values; a pair whose parameter was not given is left out. Raises `CallUnacceptable`."""
    filled: list[tuple[str, str]] = []
    for key, text in pairs:
        parts = [text.literals[0]]
        for name, literal in zip(text.names, text.literals[1:], strict=True):
            value = text_of(name, parameters.get(name))
            if value is None:
                break
            parts.append(value)
            parts.append(literal)
        else:
            filled.append((key, "".join(parts)))
    return filled


def query_of(pairs: Sequence[tuple[str, str]]) -> str:
    """Return `?a=b&c=d`, percent-encoded, or nothing when there are no pairs."""
    return "?" + "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs) if pairs else ""


def query_with_lists(
    pairs: Sequence[tuple[str, Text]], lists: Mapping[str, str], parameters: Mapping[str, Json]
) -> str:
    """Return the query where a parameter in `lists` is a list, its values given with commas between.

    It is written once for each value (`repeat`), or once with the separator of its style. A comma and a value are
    percent-encoded on their own, so that no value adds another. Raises `CallUnacceptable`.
    """
    written: list[str] = []
    for key, text in pairs:
        style = lists.get(text.names[0], "") if len(text.names) == 1 else ""
        for name, value in fill_pairs([(key, text)], parameters):
            values = [quote(one, safe="") for one in (value.split(",") if style else [value])]
            parts = values if style == "repeat" else [SEPARATORS.get(style, "").join(values)]
            written.extend(f"{quote(name, safe='')}={part}" for part in parts)
    return "?" + "&".join(written) if written else ""


def check_header_name(name: str) -> str:
    """Return `name` when a template may set this header. Raises `BindingInvalid`."""
    if TOKEN.fullmatch(name) is None or name.lower() in FORBIDDEN_HEADERS:
        raise BindingInvalid(f"the header {name!r} cannot be set by a template")
    return name


def text_of(name: str, value: Json) -> str | None:
    """Return a parameter's value as text, None when it was not given. Raises `CallUnacceptable`."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        raise _unacceptable(name, vi="phải là một giá trị đơn", en="must be a single value")
    text = str(value)
    if text.isprintable():
        return text
    if any(ord(char) < 32 or 126 < ord(char) < 160 or 0xD800 <= ord(char) < 0xE000 for char in text):
        raise _unacceptable(name, vi="chứa ký tự điều khiển", en="holds a control character")
    return text


def _unacceptable(name: str, *, vi: str, en: str) -> CallUnacceptable:
    return CallUnacceptable(name, vi=vi, en=en)
