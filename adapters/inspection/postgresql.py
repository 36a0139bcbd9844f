"""What does PostgreSQL say of its tables?

Read from `pg_catalog`, and not from `information_schema`, which shows neither materialized views nor indexes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
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
SELECT n.nspname::text, c.relname::text, c.relkind IN ('v', 'm'),
       CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples::bigint END,
       coalesce(obj_description(c.oid, 'pg_class'), '')
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
   AND has_schema_privilege(n.oid, 'USAGE')
   AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
"""
# A domain is what it is made of, and that may be a domain again.
_COLUMNS: Final = """
WITH RECURSIVE base AS (
    SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1::text AND c.relname = $2::text AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT b.attnum, t.typbasetype, CASE WHEN b.modifier = -1 THEN t.typtypmod ELSE b.modifier END
      FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype = 'd'
)
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       coalesce(col_description(a.attrelid, a.attnum), ''), has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       t.typname::text, t.typtype::text, t.typcategory::text, b.modifier, t.oid::bigint
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
  JOIN pg_catalog.pg_class c ON c.relname = $2::text
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1::text
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = b.attnum
 ORDER BY a.attnum
"""
_LABELS: Final = (
    "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = $1::bigint::oid ORDER BY enumsortorder"
)
# Of a part of the rows, or not yet valid: it finds nothing. Hash and B-tree are the ones that know equality.
_INDEXES: Final = """
SELECT i.indexrelid::bigint, i.indisprimary, i.indisunique AND i.indimmediate, a.attname::text
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam
  CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND k.number > 0
 WHERE n.nspname = $1::text AND c.relname = $2::text AND i.indisvalid AND i.indpred IS NULL
   AND m.amname IN ('btree', 'hash') AND k.place <= i.indnkeyatts
 ORDER BY i.indisprimary DESC, i.indexrelid, k.place
"""
_TYPES: Final = {
    "int2": (ColumnType.INTEGER, Native.PLAIN),
    "int4": (ColumnType.INTEGER, Native.PLAIN),
    "int8": (ColumnType.INTEGER, Native.PLAIN),
    "numeric": (ColumnType.NUMBER, Native.PLAIN),
    "float8": (ColumnType.NUMBER, Native.PLAIN),
    "float4": (ColumnType.NUMBER, Native.REAL),
    "bool": (ColumnType.BOOLEAN, Native.PLAIN),
    "date": (ColumnType.DATE, Native.PLAIN),
    "timestamp": (ColumnType.DATETIME, Native.PLAIN),
    "timestamptz": (ColumnType.DATETIME, Native.PLAIN),
    "text": (ColumnType.STRING, Native.PLAIN),
    "varchar": (ColumnType.STRING, Native.PLAIN),
    "bpchar": (ColumnType.STRING, Native.PADDED),
    "uuid": (ColumnType.STRING, Native.UUID),
    **dict.fromkeys(
        ("name", "citext", "time", "timetz", "interval", "inet", "cidr", "macaddr", "macaddr8", "xml", "bit", "varbit"),
        (ColumnType.STRING, Native.TEXT),
    ),
}


class PostgreSqlDescriber:
    """Reads the catalogue of PostgreSQL."""

    async def list_tables(self, ask: Ask) -> tuple[TableListed, ...]:
        """Return the tables, views, materialized views, partitioned and foreign tables that the user may read."""
        rows = await ask(f"{_TABLES} ORDER BY 1, 2 LIMIT {MOST_TABLES}", ())
        return tuple(_listed(row) for row in rows)

    async def describe(self, ask: Ask, schema: str, name: str) -> RawTable | None:
        """Return what is known of a table or view; without `schema` it is one of `public`."""
        place = (schema or "public", name)
        found = await ask(f"{_TABLES} AND n.nspname = $1::text AND c.relname = $2::text", place)
        if not found:
            return None
        columns = [_column(row, await _labels(ask, row) if row[6] == "e" else ()) for row in await ask(_COLUMNS, place)]
        return RawTable(_listed(found[0]), tuple(columns), _indexes(await ask(_INDEXES, place)))

    def sampled(self, served: str, column: RawColumn, *, characters: int) -> str:
        """Return the expression of a sample."""
        return f"left({served}, {characters})" if column.type is ColumnType.STRING else served


def _listed(row: Sequence[Cell]) -> TableListed:
    schema, name, is_view, rows, comment = row
    return TableListed(text_of(schema), text_of(name), bool(is_view), number_of(rows), text_of(comment))


async def _labels(ask: Ask, row: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(text_of(label) for (label,) in await ask(_LABELS, (number_of(row[9]) or 0,)))


def _column(row: Sequence[Cell], labels: tuple[str, ...]) -> RawColumn:
    name, source_type, nullable, comment, readable, base, kind, category, modifier, _ = row
    type_, native = (
        _TYPES.get(text_of(base), (None, Native.PLAIN)) if kind == "b" and category != "A" else (None, Native.PLAIN)
    )
    if kind == "e":
        type_, native = ColumnType.STRING, Native.TEXT
    bound = number_of(modifier) or -1
    # format_type.c: of numeric (precision << 16 | scale) + 4, of character types the length + 4.
    if base == "numeric" and bound >= 4 and (bound - 4) & 0x7FF == 0:
        type_ = ColumnType.INTEGER
    whole = RawColumn(
        name=text_of(name),
        source_type=text_of(source_type),
        nullable=bool(nullable),
        type=type_,
        native=native,
        comment=text_of(comment),
        max_length=bound - 4 if base in ("varchar", "bpchar") and bound > 4 else None,
        choices=labels,
        why=NOT_DECLARABLE,
    )
    return whole if readable else replace(whole, type=None, why=NOT_READABLE)


def _indexes(rows: Rows) -> tuple[RawIndex, ...]:
    columns: defaultdict[tuple[Cell, bool, bool], list[str]] = defaultdict(list)
    for index, primary, unique, column in rows:
        columns[(index, bool(primary), bool(unique))].append(text_of(column))
    return tuple(RawIndex(tuple(names), primary, unique) for (_, primary, unique), names in columns.items())
