"""Is a path of a field, or of an operation, well formed?

A field's path is dotted, `[]` stands for a list's elements: `items[].DiaChi.MaXa`, `[].Ma`. An operation's path is
made of literal segments and whole-segment parameters: `/thua-dat/{SoGCN}`.
"""

import re

_FIELD = re.compile(r"(\[\]|[^\s.\[\]{}/\x00-\x1f]+(\[\])*)(\.[^\s.\[\]{}/\x00-\x1f]+(\[\])*)*")
_LITERAL = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*", re.ASCII)
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)


def is_field_path(path: str) -> bool:
    """Tell whether `path` is well formed; the empty path is not."""
    return len(path) <= 300 and _FIELD.fullmatch(path) is not None


def below(path: str, rows: str) -> str:
    """Return `path` relative to the row at `rows`, or an empty string when it does not lie below it."""
    if not rows:
        return path
    prefix = f"{rows}."
    return path.removeprefix(prefix) if path.startswith(prefix) else ""


def lies_on(path: str, other: str) -> bool:
    """Tell whether `path` is a container on the way to `other` (or `other` itself)."""
    return path == other or other.startswith((f"{path}.", f"{path}[]"))


def template_parameters(path: str) -> tuple[str, ...] | None:
    """Return the names in braces of an operation's path in order, or None when the path is malformed."""
    if not path.startswith("/") or len(path) > 500:
        return None
    names: list[str] = []
    for segment in path[1:].split("/") if path != "/" else []:
        parameter = _PARAMETER.fullmatch(segment)
        if parameter:
            names.append(parameter.group(1))
        elif not _LITERAL.fullmatch(segment):
            return None
    return tuple(names) if len(set(names)) == len(names) else None


def template_shape(path: str) -> str:
    """Return the path with its parameters unnamed: two operations of a method and a shape could not be told apart."""
    return _PARAMETER.sub("{}", path)
