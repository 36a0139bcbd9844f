"""Where in an answer are the rows, and which values does a row have at a field? Pure.

Paths are those of `catalog/paths.py`: dotted, `[]` for a list's elements.
"""

from collections.abc import Iterator, Mapping, Sequence

from catalog.canonical import JsonValue


def rows_of(answer: JsonValue, rows: str) -> list[JsonValue]:
    """Return the rows of an answer that stand at `rows` (`items[]`, `[]`, `Data`, or empty: the whole answer)."""
    return list(_at(answer, rows)) if rows else [answer]


def values_at(row: JsonValue, field: str) -> list[str | None]:
    """Return the values at a field, as text; None for each that is missing, null or empty.

    A field of a list that has no element has no value at all, so that nothing is said to be missing in it.
    """
    found = list(_at(row, field))
    if not found and "[]" not in field:
        return [None]
    return [_text(value) for value in found]


def text_at(answer: JsonValue, path: str) -> str:
    """Return the one value at a path of an answer as text, empty when there is none: a cursor, a total."""
    return next((text for text in (_text(value) for value in _at(answer, path)) if text is not None), "")


def _at(value: JsonValue, path: str) -> Iterator[JsonValue]:
    step, _, rest = path.partition(".")
    name, listed = step.removesuffix("[]"), step.endswith("[]")
    if name:
        if not isinstance(value, Mapping) or name not in value:
            return
        value = value[name]
    if listed:
        if not isinstance(value, Sequence) or isinstance(value, str):
            return
        for element in value:
            yield from _at(element, rest) if rest else iter((element,))
    elif rest:
        yield from _at(value, rest)
    else:
        yield value


def _text(value: JsonValue) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
