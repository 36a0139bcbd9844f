"""What is seen of a table or a file that could be published?

Samples hold people's data: they are shown to the publisher and to nobody else, and are in no repr and no log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.dialects import ColumnType

SAMPLE_ROWS: Final = 20
SAMPLE_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a person should know. `where` names a column, a sheet or a cell; no text shows a value."""

    where: str
    vi: str
    en: str
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class ColumnFound:
    """One column. `type` is None where it cannot be served (a remark says why); `source_type` is the owner's word.

    `settings` are further members of the adapter's `ColumnSettings`.
    """

    name: str
    type: ColumnType | None
    source_type: str
    nullable: bool = True
    comment: str = ""
    filterable: bool = False
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableListed:
    """A table or view that the user may read. `rows` is the database's estimate, None when it has none."""

    schema: str
    name: str
    is_view: bool
    rows: int | None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table or view as its database describes it. `key` is the one asked for, else what the database knows of.

    It is empty when there is neither. `key_faults` say why it is none after all.
    """

    schema: str
    name: str
    is_view: bool
    rows: int | None
    comment: str
    columns: tuple[ColumnFound, ...]
    key: tuple[str, ...]
    key_faults: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    samples: tuple[tuple[str | None, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file, or several of one shape, read once as a whole. `rows` were counted; `key` may be empty.

    `keys` are all that could be the key, the best first (none where a person named one).

    `reading` are the file adapter's options under which it was read. `odd_keys` are columns among whose values is one
    that cannot stand in a path. `sheets` are the workbook's visible sheets.
    """

    files: int
    rows: int
    columns: tuple[ColumnFound, ...]
    key: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    key_faults: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    reading: Mapping[str, str | int]
    odd_keys: frozenset[str]
    sheets: tuple[str, ...]
    samples: tuple[tuple[str | None, ...], ...] = field(repr=False)


def shorten(text: str) -> str:
    """Return a sample's text, cut to what a preview shows."""
    return text if len(text) <= SAMPLE_CHARACTERS else f"{text[: SAMPLE_CHARACTERS - 1]}…"
