"""What do MySQL and MariaDB say of their tables?

Read from `information_schema`, of the database that the endpoint names and of no other.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from adapters.cells import Cell
from adapters.dialects import ColumnType, Native
from adapters.engines import Rows
from adapters.inspection.facts import TableListed
from adapters.inspection.raw import (
    MOST_TABLES,
    NOT_DECLARABLE,
    NOT_READABLE,
    Ask,
    RawColumn,
    RawIndex,
    RawTable,
    number_of,
    text_of,
)

_TABLES: Final = """
SELECT t.table_name, t.table_type = 'VIEW', t.table_rows, t.table_comment
  FROM information_schema.tables t
 WHERE t.table_schema = DATABASE() AND t.table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
   AND EXISTS (SELECT 1 FROM information_schema.columns c WHERE c.table_schema = t.table_schema
                  AND c.table_name = t.table_name AND c.privileges LIKE '%select%')
"""
_COLUMNS: Final = """
SELECT column_name, column_type, is_nullable = 'YES', column_comment, privileges LIKE '%select%', data_type,
       numeric_scale, character_maximum_length
  FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position
"""
# A prefix of a column (sub_part) tells no two values apart and serves no order.
_INDEXES: Final = """
SELECT index_name, non_unique = 0, CASE WHEN sub_part IS NULL THEN column_name ELSE '' END
  FROM information_schema.statistics
 WHERE table_schema = DATABASE() AND table_name = ? AND index_type IN ('BTREE', 'HASH')
 ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index
"""
_TYPES: Final = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), ColumnType.INTEGER),
    **dict.fromkeys(("decimal", "double", "float"), ColumnType.NUMBER),
    "date": ColumnType.DATE,
    "datetime": ColumnType.DATETIME,
    "timestamp": ColumnType.DATETIME,
    **dict.fromkeys(
        (
            *("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"),
            *("uuid", "inet4", "inet6", "time"),
        ),
        ColumnType.STRING,
    ),
}
_NATIVE: Final = {"time": Native.TEXT, "inet4": Native.TEXT, "inet6": Native.TEXT, "uuid": Native.UUID}
_LABEL: Final = re.compile(r"'((?:[^']|'')*)'")


class MySqlDescriber:
    """Reads the catalogue of MySQL and MariaDB."""

    async def list_tables(self, ask: Ask) -> tuple[TableListed, ...]:
        """Return the tables and views of the endpoint's database that the user may read."""
        return tuple(_listed(row) for row in await ask(f"{_TABLES} ORDER BY 1 LIMIT {MOST_TABLES}", ()))

    async def describe(self, ask: Ask, schema: str, name: str) -> RawTable | None:
        """Return what is known of a table or view; a `schema` would be another database, which is not looked into."""
        found = await ask(f"{_TABLES} AND t.table_name = ?", (name,)) if not schema else ()
        if not found:
            return None
        listed = _listed(found[0])
        columns = tuple(_column(row) for row in await ask(_COLUMNS, (listed.name,)))
        return RawTable(listed, columns, _indexes(await ask(_INDEXES, (listed.name,))))

    def sampled(self, served: str, column: RawColumn, *, characters: int) -> str:
        """Return the expression of a sample."""
        return f"LEFT({served}, {characters})" if column.type is ColumnType.STRING else served


def _listed(row: Sequence[Cell]) -> TableListed:
    name, is_view, rows, comment = row
    seen = bool(is_view)
    return TableListed("", text_of(name), seen, number_of(rows), "" if seen else text_of(comment))  # of a view: "VIEW"


def _column(row: Sequence[Cell]) -> RawColumn:
    name, column_type, nullable, comment, readable, data_type, scale, length = row
    source, kind = text_of(column_type), text_of(data_type).lower()
    type_ = _TYPES.get(kind)
    if kind == "decimal" and number_of(scale) == 0:
        type_ = ColumnType.INTEGER
    if source.lower().startswith("tinyint(1)"):  # what BOOLEAN is an alias of
        type_ = ColumnType.BOOLEAN
    labels = tuple(label.replace("''", "'") for label in _LABEL.findall(source)) if kind == "enum" else ()
    return RawColumn(
        name=text_of(name),
        source_type=source,
        nullable=bool(nullable),
        type=type_ if readable else None,
        native=_NATIVE.get(kind, Native.PLAIN),
        comment=text_of(comment),
        max_length=number_of(length) if kind in ("char", "varchar") else None,
        choices=labels,
        why=NOT_DECLARABLE if readable else NOT_READABLE,
    )


def _indexes(rows: Rows) -> tuple[RawIndex, ...]:
    columns: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    for index, unique, column in rows:
        columns[(text_of(index), bool(unique))].append(text_of(column))
    return tuple(RawIndex(tuple(names), index == "PRIMARY", unique) for (index, unique), names in columns.items())
