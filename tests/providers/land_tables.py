"""What do the land parcels look like that every technology provides, and how is each kind of table filled with them?

`BI_MAT` stands in each table, nobody declares it, and it must never be seen by a caller.
"""

import asyncio
import csv
import os
import sqlite3
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import asyncmy
import asyncpg
import duckdb
import openpyxl

BI_MAT = "tuyet-mat-056099000099"
PASSWORD = "mat-khau"
OPEN_COMMUNE, CLOSED_COMMUNE = "22001", "22002"
COLUMNS: Mapping[str, tuple[str, str]] = {
    "SoGCN": ("so_gcn", "string"),
    "ChuSoHuu.HoVaTen": ("ho_ten", "string"),
    "ChuSoHuu.SoDinhDanh": ("so_dinh_danh", "string"),
    "DienTich": ("dien_tich", "number"),
    "SoTang": ("so_tang", "integer"),
    "CoNha": ("co_nha", "boolean"),
    "NgayCap": ("ngay_cap", "date"),
    "MaXa": ("ma_xa", "string"),
}
"""Field → column and type, of every table."""

ROWS: Sequence[tuple[str, str | None, str, float | None, int | None, bool | None, str | None, str | None]] = (
    ("CD01", "Đỗ An", "056099000001", 120.5, 2, True, "2024-01-31", OPEN_COMMUNE),
    ("CD02", "Do An", "056099000002", 80.0, 1, False, "2025-06-01", CLOSED_COMMUNE),
    ("CD03", "đỗ bình", "056099000003", None, None, None, None, OPEN_COMMUNE),
    ("CD04", None, "056099000004", 0.25, 10, True, "2023-12-31", CLOSED_COMMUNE),
    ("CD05", "Ông Ích", "056099000005", 120.5, 2, False, "2024-01-31", None),
    ("CD06", "Đỗ", "056099000006", 99999.75, -1, True, "2024-02-29", OPEN_COMMUNE),
    ("CD07", "An", "056099000007", 3.0, 3, None, "2024-12-31", CLOSED_COMMUNE),
)
HIDDEN_KEYS = tuple(row[0] for row in ROWS if row[-1] != OPEN_COMMUNE)
_TYPES = ("VARCHAR(20)", "VARCHAR(50)", "VARCHAR(20)", "DECIMAL(12,4)", "INTEGER", "BOOLEAN", "DATE", "VARCHAR(9)")
_HEADINGS = [column for column, _ in COLUMNS.values()]


def parcel(values: Sequence[object]) -> dict[str, object]:
    """Return a row as the declared shape has it."""
    whole: dict[str, object] = {}
    for field, value in zip(COLUMNS, values, strict=True):
        *above, leaf = field.split(".")
        place = whole
        for step in above:
            place = place.setdefault(step, {})  # type: ignore[assignment]  # only ever an object of ours
        place[leaf] = value
    return whole


def _statements() -> list[str]:
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(_HEADINGS, _TYPES, strict=True))
    rows = ", ".join(f"({', '.join([*map(_literal, row), _literal(BI_MAT)])})" for row in ROWS)
    return [
        f"CREATE TABLE thua_dat ({columns}, bi_mat VARCHAR(50), PRIMARY KEY (so_gcn))",
        f"INSERT INTO thua_dat VALUES {rows}",
    ]


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def fill_sqlite(path: Path) -> None:
    """Make the table in a new SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(";".join(_statements()))


def fill_server(url: str) -> None:
    """Make the table in an empty database of PostgreSQL or MariaDB."""
    parts = urlsplit(url)

    async def postgresql() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(";".join(_statements()))
        await connection.close()

    async def mariadb() -> None:
        connection = await asyncmy.connect(
            host="127.0.0.1", port=parts.port, user="lt", password=PASSWORD, db=parts.path[1:], autocommit=True
        )
        for statement in _statements():
            await connection.query(statement)
        await connection.ensure_closed()

    apart(postgresql() if parts.scheme == "postgresql" else mariadb())


def fill_files(directory: Path) -> None:
    """Write `a.csv`, `a.xlsx` and `a.parquet`."""
    headings = [*_HEADINGS, "bi_mat"]
    rows = [[*row, BI_MAT] for row in ROWS]
    with (directory / "a.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    book = openpyxl.Workbook()
    for row in [headings, *rows]:
        book.active.append(row)
    book.save(directory / "a.xlsx")
    with duckdb.connect() as connection:
        for statement in _statements():
            connection.execute(statement)
        connection.execute(f"COPY thua_dat TO '{directory / 'a.parquet'}' (FORMAT parquet)")
    for written in directory.glob("a.*"):
        os.utime(written, (1_700_000_000, 1_700_000_000))  # at rest for long: nobody waits for the end of an upload


def apart(work: Coroutine[None, None, None]) -> None:
    """Carry out `work` where no event loop of a test is near."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        executor.submit(asyncio.run, work).result()
