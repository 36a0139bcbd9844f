"""Is the demo written once, whole, and the same each time?"""

import hashlib
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import duckdb
import openpyxl
import pytest

from gateway.demo.contents import TABLES
from gateway.demo.creation import MARK, create_demo, read_mark
from gateway.demo.databases import DATABASES
from gateway.demo.databases.form import Database, Technology
from gateway.demo.province import DEFAULT_SEED, Province

# Writing a demo takes ten seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("demo")

SQL = [one for one in DATABASES if one.technology is Technology.SQL]


def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of each file that holds data."""
    files = [one for part in ("sql", "files", "wsdl") for one in (directory / part).rglob("*") if one.is_file()]
    return {str(one.relative_to(directory)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def test_a_half_written_demo_is_made_again_with_the_same_bytes_for_the_same_seed(demo: Path, tmp_path: Path) -> None:
    again = tmp_path / "demo"
    (again / "sql").mkdir(parents=True)
    (tmp_path / "demo.partial").mkdir()
    (again / MARK).write_bytes(b'{"seed": 5')

    create_demo(again, seed=DEFAULT_SEED)

    assert read_mark(again) is not None
    assert digests(again) == digests(demo)
    assert len(digests(again)) > 20


def test_a_whole_demo_is_not_made_again(demo: Path) -> None:
    before = (demo / "secrets" / "tthc.client_secret").read_text()
    create_demo(demo, seed=DEFAULT_SEED)
    assert (demo / "secrets" / "tthc.client_secret").read_text() == before


def test_secrets_are_for_their_owner_alone(demo: Path) -> None:
    modes = {stat.S_IMODE(one.stat().st_mode) for one in (demo / "secrets").iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize("database", SQL, ids=[one.code for one in SQL])
def test_a_sqlite_file_has_the_declared_columns_and_all_rows(
    database: Database, demo: Path, province: Province
) -> None:
    tables = TABLES[database.code](province)
    with closing(sqlite3.connect(demo / database.source)) as connection:
        counts = {
            one.code: connection.execute(f'SELECT count("{one.columns[-1].column}") FROM "{one.source}"').fetchone()
            for one in database.objects
        }
        total = sum(
            connection.execute(f'SELECT count(*) FROM "{one.source}"').fetchone()[0] for one in database.objects
        )
    assert set(counts) == set(tables)
    assert total == sum(len(rows) for rows in tables.values())


def test_a_workbook_has_vietnamese_headings(demo: Path) -> None:
    book = openpyxl.load_workbook(demo / "files" / "nongnghiep" / "tau-ca.xlsx", read_only=True)
    headings = next(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    assert headings[:3] == ("Số đăng ký tàu", "Tên tàu", "Chủ sở hữu")


def test_the_months_of_readings_are_read_as_one(demo: Path) -> None:
    pattern = demo / "files" / "tnmt" / "quan-trac-*.parquet"
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT count(*), typeof(any_value(\"Thời điểm\")) FROM read_parquet('{pattern}')"
        ).fetchone()
    assert found == (2_700, "TIMESTAMP")
