"""Which records stand in an export of a form that the verifier alone cannot read?

The one file that lies in every bundle reads JSON Lines and CSV. Parquet is read here with DuckDB, and judged by the
same verifier.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Generator
from pathlib import Path

import duckdb

from gateway.exports.forms import COLUMNS, records_name
from gateway.exports.orders import Form
from security.audit.encode import moment_of
from security.audit.verify_bundle import Bad, Line, Report, Trusted, verify

_ROWS = """
SELECT log, "index", stream, seq, epoch_us("at"), kind, exchange, agency, system, lower(hex(leaf)), body
FROM read_parquet(?)"""
_AT_ONCE = 1000


def verify_export(path: Path, trusted: Trusted) -> Report:
    """Return what was found in a bundle or an export of any form. Raises verify_bundle.Unusable."""
    if path.is_dir():
        table = path / records_name(Form.PARQUET)
        return verify(path, trusted, rows=rows_of(table)) if table.is_file() else verify(path, trusted)
    with tempfile.TemporaryDirectory(prefix="lienthong-verify-") as directory:
        copied = _copied(path, Path(directory))
        return verify(path, trusted, rows=None if copied is None else rows_of(copied))


def rows_of(table: Path) -> Generator[Line, None, None]:
    """Yield the records of a Parquet file. Raises verify_bundle.Bad: it is none of ours."""
    try:
        with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as database:
            found = database.execute(_ROWS, [str(table)])
            number = 0
            while rows := found.fetchmany(_AT_ONCE):
                for row in rows:
                    number += 1
                    yield _line(table.name, number, dict(zip(COLUMNS, row, strict=True)))
    except duckdb.Error as error:
        raise Bad(table.name, f"cannot be read ({type(error).__name__})") from error


def _line(name: str, number: int, row: dict[str, object]) -> Line:
    log, index, leaf, body = str(row["log"]), row["index"], str(row["leaf"]), row["body"]
    place = f"{name} record {number}"
    at_us = row["at"]
    if not isinstance(index, int) or not isinstance(body, bytes) or not isinstance(at_us, int):
        raise Bad(place, "is no row of an export")
    columns = {**row, "at": moment_of(at_us).isoformat(timespec="microseconds")}
    return Line(f"{place} (log {log}, leaf {index})" if index >= 0 else place, log, index, leaf, body, None, columns)


def _copied(path: Path, directory: Path) -> Path | None:
    """Return a copy of the Parquet file in a ZIP, None where there is none, or no ZIP."""
    name = records_name(Form.PARQUET)
    try:
        with zipfile.ZipFile(path) as bundle, bundle.open(name) as source, (directory / name).open("wb") as target:
            shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, KeyError, OSError):
        return None
    return directory / name
