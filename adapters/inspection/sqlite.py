"""What does SQLite say of its tables?

A declared type is a wish there: it is mapped by its words, and the sample decides whether the values keep to it.
"""

from collections.abc import Sequence
from typing import Final

from adapters.cells import Cell
from adapters.dialects import ColumnType
from adapters.inspection.facts import TableListed
from adapters.inspection.raw import MOST_TABLES, NOT_DECLARABLE, Ask, RawColumn, RawIndex, RawTable, number_of, text_of

_TABLES: Final = """
SELECT name, type = 'view' FROM pragma_table_list
 WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_COLUMNS: Final = 'SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid'
_INDEXES: Final = """
SELECT l.name, l."unique", x.name FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x
 WHERE l.partial = 0 AND x.key = 1 ORDER BY l.seq, x.seqno
"""
_MOST_COUNTED: Final = 1_000_000
# Longest word first where one contains another. https://www.sqlite.org/datatype3.html, 3.1, made finer by what people
# mean: that rule knows neither booleans nor dates.
_WORDS: Final = (
    ("BOOL", ColumnType.BOOLEAN),
    ("DATETIME", ColumnType.DATETIME),
    ("TIMESTAMP", ColumnType.DATETIME),
    ("DATE", ColumnType.DATE),
    ("INT", ColumnType.INTEGER),
    ("CHAR", ColumnType.STRING),
    ("CLOB", ColumnType.STRING),
    ("TEXT", ColumnType.STRING),
    ("BLOB", None),
    ("REAL", ColumnType.NUMBER),
    ("FLOA", ColumnType.NUMBER),
    ("DOUB", ColumnType.NUMBER),
    ("NUM", ColumnType.NUMBER),
    ("DEC", ColumnType.NUMBER),
)


class SqliteDescriber:
    """Reads the catalogue of a SQLite file."""

    async def list_tables(self, ask: Ask) -> tuple[TableListed, ...]:
        """Return the tables and views of the file; how many rows they have is not known without counting."""
        rows = await ask(f"{_TABLES} ORDER BY 1 LIMIT {MOST_TABLES}", ())
        return tuple(TableListed("", text_of(name), bool(is_view), None) for name, is_view in rows)

    async def describe(self, ask: Ask, schema: str, name: str) -> RawTable | None:
        """Return what is known of a table or view, a table's rows counted up to a million."""
        found = await ask(f"{_TABLES} AND name = ?", (name,)) if not schema else ()
        if not found:
            return None
        listed = TableListed("", text_of(found[0][0]), bool(found[0][1]), None)
        if not listed.is_view:
            quoted = '"' + listed.name.replace('"', '""') + '"'
            counted = await ask(f"SELECT count(*) FROM (SELECT 1 FROM {quoted} LIMIT {_MOST_COUNTED})", ())  # noqa: S608 (quoted)
            rows = number_of(counted[0][0])
            listed = TableListed("", listed.name, is_view=False, rows=rows if rows != _MOST_COUNTED else None)
        columns = await ask(_COLUMNS, (listed.name,))
        return RawTable(listed, tuple(_column(row) for row in columns), await _indexes(ask, listed.name, columns))

    def sampled(self, served: str, column: RawColumn, *, characters: int) -> str:  # noqa: ARG002 (others need it)
        """Return the expression of a sample: what is no text is left as it is, to be seen."""
        return f"CASE typeof({served}) WHEN 'text' THEN substr({served}, 1, {characters}) ELSE {served} END"


def _column(row: Sequence[Cell]) -> RawColumn:
    name, declared, not_null, in_key = row
    words = text_of(declared).upper()
    type_ = next((type_ for word, type_ in _WORDS if word in words), ColumnType.STRING)
    # Of a table's key only an INTEGER is never null by itself, by an old mistake that SQLite keeps; others are checked.
    return RawColumn(
        name=text_of(name),
        source_type=text_of(declared),
        nullable=not (not_null or in_key),
        type=type_,
        why=NOT_DECLARABLE,
    )


async def _indexes(ask: Ask, table: str, columns: Sequence[Sequence[Cell]]) -> tuple[RawIndex, ...]:
    key = sorted((number_of(place) or 0, text_of(name)) for name, _, _, place in columns if place)
    found = [RawIndex(tuple(name for _, name in key), primary=True, unique=True)] if key else []
    by_name: dict[str, tuple[bool, list[str]]] = {}
    for index, unique, column in await ask(_INDEXES, (table,)):
        by_name.setdefault(text_of(index), (bool(unique), []))[1].append(text_of(column))
    found += [RawIndex(tuple(names), primary=False, unique=unique) for unique, names in by_name.values()]
    return tuple(found)
