"""What does an engine's own catalogue say of a table, before anything is concluded from it?"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from adapters.cells import Cell
from adapters.dialects import ColumnType, Native, Value
from adapters.engines import Rows
from adapters.inspection.facts import TableListed

MOST_TABLES: Final = 2000

Ask: TypeAlias = Callable[[str, Sequence[Value]], Awaitable[Rows]]
"""Asks one statement with its bound values, within the inspection's own time. Raises `AdapterError`s."""

NOT_DECLARABLE: Final = (
    "kiểu có cấu trúc hoặc nhị phân, thỏa thuận không tách được từng phần: hãy tạo khung nhìn có từng cột",
    "a structured or binary type, of which no agreement could share a part: make a view with a column for each part",
)
NOT_READABLE: Final = ("tài khoản không có quyền đọc cột này", "the user may not read this column")


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column. `type` None means that it cannot be served, for the reason `why` (vi, en)."""

    name: str
    source_type: str
    nullable: bool
    type: ColumnType | None
    native: Native = Native.PLAIN
    comment: str = ""
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    why: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class RawIndex:
    """An index over all rows: its columns in order, an empty name for an expression or a part of a column."""

    columns: tuple[str, ...]
    primary: bool
    unique: bool


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table or view, its columns in order, and its indexes."""

    listed: TableListed
    columns: tuple[RawColumn, ...]
    indexes: tuple[RawIndex, ...]


class Describer(Protocol):
    """Reads the catalogue of one kind of engine."""

    async def list_tables(self, ask: Ask) -> tuple[TableListed, ...]:
        """Return at most `MOST_TABLES` tables and views that the user may read, by name."""
        ...

    async def describe(self, ask: Ask, schema: str, name: str) -> RawTable | None:
        """Return what is known of a table or view, None when the user sees none of this name."""
        ...

    def sampled(self, served: str, column: RawColumn, *, characters: int) -> str:
        """Return the expression by which a sample of a column is read: `served`, a text cut to so many characters."""
        ...


def text_of(cell: Cell) -> str:
    """Return a catalogue's text: some drivers give the bytes of it."""
    return cell.decode() if isinstance(cell, bytes) else "" if cell is None else str(cell)


def number_of(cell: Cell) -> int | None:
    """Return a catalogue's number, None where there is none."""
    return int(cell) if isinstance(cell, (int, float)) or (isinstance(cell, str) and cell.isdigit()) else None
