"""As which bytes do the records of an export leave?

Each form has the very bytes of every record and its leaf, so that a file alone shows whether a record was changed.
Everything here blocks and is called in threads.
"""

import base64
import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import duckdb
import msgspec

from gateway.exports.orders import Form
from security.audit.encode import moment_of
from security.audit.exporting import NOWHERE, Extract

COLUMNS: Final = ("log", "index", "stream", "seq", "at", "kind", "exchange", "agency", "system", "leaf", "body")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SUFFIX: Final = {Form.BUNDLE: "jsonl", Form.JSONL: "jsonl", Form.CSV: "csv", Form.PARQUET: "parquet"}
# DuckDB takes a core and a quarter of a gigabyte, and goes nowhere: no extension is loaded from outside.
_DUCKDB: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "256MB",
    "autoinstall_known_extensions": False,
    # One thread keeps the order by itself; keeping it for several would hold whole batches in memory.
    "preserve_insertion_order": False,
}
# Several row groups are held in memory at once, and a body may have 8 KiB.
_PARQUET: Final = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"
# The columns of `COLUMNS` as DuckDB reads them from the lines and writes them to Parquet.
_READ: Final = """
SELECT log, "index", stream, seq, "at"::TIMESTAMPTZ AS "at", kind, exchange, agency, system, unhex(leaf) AS leaf,
encode(body) AS body FROM read_json(?, format = 'newline_delimited', columns = {log: 'VARCHAR', index: 'BIGINT',
stream: 'VARCHAR', seq: 'BIGINT', "at": 'VARCHAR', kind: 'VARCHAR', exchange: 'VARCHAR', agency: 'VARCHAR',
system: 'VARCHAR', leaf: 'VARCHAR', body: 'VARCHAR'})"""


class Target(Protocol):
    """Where bytes go: a file, or a member of a ZIP."""

    def write(self, content: bytes, /) -> int:
        """Take bytes."""
        ...


def records_name(form: Form) -> str:
    """Return what the file with the records is called."""
    return f"records.{_SUFFIX[form]}"


def head_of(form: Form) -> bytes:
    """Return what stands before the first record."""
    # A spreadsheet takes a CSV without this mark for the machine's own old encoding.
    return b"\xef\xbb\xbf" + _csv([COLUMNS]) if form is Form.CSV else b""


def written(form: Form, records: Sequence[Extract], proofs: Sequence[Sequence[bytes]]) -> bytes:
    """Return the lines of some records. `proofs` has that of each, or is empty where none belong there."""
    if form is Form.CSV:
        return _csv([[_cell(one) for one in _members(record).values()] for record in records])
    lines = []
    for place, record in enumerate(records):
        members: dict[str, str | int | list[str]] = dict(_members(record))
        if proofs:
            members["proof"] = [base64.b64encode(one).decode() for one in proofs[place]]
        lines.append(msgspec.json.encode(members))
    return b"".join(line + b"\n" for line in lines)


def write_parquet(lines: Path, to: Path) -> None:
    """Make a Parquet file (zstd) of JSON Lines; body and leaf are bytes in it."""
    with duckdb.connect(config=_DUCKDB) as database:
        target = str(to).replace("'", "''")
        database.execute(f"COPY ({_READ}) TO '{target}' {_PARQUET}", [str(lines)])


def _members(record: Extract) -> dict[str, str | int]:
    return {
        "log": record.log,
        "index": record.index,
        "stream": record.stream,
        "seq": record.seq,
        "at": moment_of(record.at_us).isoformat(timespec="microseconds"),
        "kind": record.kind,
        "exchange": record.exchange_id,
        "agency": record.agency,
        "system": record.system,
        "leaf": record.leaf.hex(),
        # What is no UTF-8 was not written by us: it leaves as something that does not fit its leaf, and is found.
        "body": record.body.decode("utf-8", "replace"),
    }


def _cell(value: str | int) -> str:
    text = "" if value == NOWHERE else str(value)
    # A spreadsheet would run it (OWASP, CSV injection).
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
