"""How does a demo database become a SQLite file, the same bytes each time?"""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject
from gateway.demo.draw import Cell, Tables

_TYPES = {
    FieldType.STRING: "TEXT",
    FieldType.INTEGER: "INTEGER",
    FieldType.NUMBER: "REAL",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "TIMESTAMP",
}


def _cell(value: Cell) -> str | int | float | None:
    """Dates and moments as ISO 8601 text: SQLite has no type for them."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _create(one: DataObject) -> str:
    parts = [
        f'"{column.column}" {_TYPES[column.type]}{" PRIMARY KEY NOT NULL" if column.key else ""}'
        for column in one.columns
    ]
    return f'CREATE TABLE "{one.source}" ({", ".join(parts)}) WITHOUT ROWID'


def write_sqlite(path: Path, database: Database, tables: Tables) -> None:
    """Write one table for each object, its key as primary key, an index for each other filter. `path` must be free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            for one in database.objects:
                connection.execute(_create(one))
                marks = ", ".join("?" for _ in one.columns)
                rows = [[_cell(value) for value in row] for row in tables[one.code]]
                connection.executemany(f'INSERT INTO "{one.source}" VALUES ({marks})', rows)
                for column in one.columns:
                    if column.filterable and not column.key:
                        name = f"{one.source}_{column.column}"
                        connection.execute(f'CREATE INDEX "{name}" ON "{one.source}" ("{column.column}")')
