"""How can a record be tampered with? Every change of the corpus, for whatever keeps records.

`table_changes` are statements for a database: every column of every record and stream, every record dropped, doubled
and swapped, and the log's own tables. `line_changes` change the records of a file (an export, an archive) one by one.
What keeps records another way takes the same corpus and adds what only it can suffer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

RECORDS = 25
STREAMS = 3
PLACES = (5, 60, 120, 200, 260, 290)
OTHERS = "at_us, kind, exchange_id, agency, system, grant_key, body, leaf"


class Dialect(StrEnum):
    """In whose words a statement is written."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"

    def zeros(self, length: str) -> str:
        """So many zero bytes."""
        return f"zeroblob({length})" if self is Dialect.SQLITE else f"decode(repeat('00', {length}), 'hex')"

    def spliced(self, place: int, text: str) -> str:
        """The body with a text instead of the byte behind `place`."""
        if self is Dialect.SQLITE:
            return f"CAST(substr(body, 1, {place}) || '{text}' || substr(body, {place + 2}) AS BLOB)"
        return f"overlay(body placing convert_to('{text}', 'UTF8') from {place + 1} for 1)"

    def bytes(self, content: bytes) -> str:
        """These bytes."""
        return f"x'{content.hex()}'" if self is Dialect.SQLITE else f"'\\x{content.hex()}'::bytea"


def nth_record(number: int) -> str:
    """The record of this number, in the order of streams."""
    return f"(stream, seq) = (SELECT stream, seq FROM record ORDER BY stream, seq LIMIT 1 OFFSET {number})"


def nth_stream(number: int) -> str:
    """The name of the stream of this number."""
    return f"(SELECT stream FROM record_streams ORDER BY stream LIMIT 1 OFFSET {number})"


def table_changes(dialect: Dialect) -> dict[str, list[str]]:
    """Every plain change of a database, by what it does."""
    found: dict[str, list[str]] = {}
    for number in range(RECORDS):
        found |= _of_record(dialect, number)
    for number in range(RECORDS - 1):
        found |= _swapped(dialect, number)
    for number in range(STREAMS):
        found |= _of_stream(dialect, number)
    return found | {f"log: {statement}": [statement] for statement in _of_log(dialect)}


def _of_record(dialect: Dialect, number: int) -> dict[str, list[str]]:
    at = nth_record(number)
    columns = {
        "stream": "stream || 'x'",
        "seq": "seq + 1000",
        "at_us": "at_us + 1",
        "kind": "kind || 'X'",
        "exchange_id": "exchange_id || 'x'",
        "agency": "agency || 'x'",
        "system": "system || 'x'",
        "grant_key": "grant_key || 'x'",
        "body": dialect.spliced(20, "X"),
        "leaf": dialect.zeros("32"),
    }
    found = {
        f"{column} of record {number}": [f"UPDATE record SET {column} = {value} WHERE {at}"]
        for column, value in columns.items()
    }
    for place in PLACES:
        found[f"byte {place} of record {number}"] = [
            f"UPDATE record SET body = {dialect.spliced(place, 'é')} WHERE {at}"
        ]
    found[f"record {number} dropped"] = [f"DELETE FROM record WHERE {at}"]
    found[f"record {number} doubled"] = [
        f"INSERT INTO record (stream, seq, {OTHERS}) SELECT stream, 99, {OTHERS} FROM record WHERE {at}"
    ]
    return found


def _swapped(dialect: Dialect, number: int) -> dict[str, list[str]]:
    one, other = nth_record(number), nth_record(number + 1)
    return {
        f"records {number} and {number + 1} swapped": [
            f"CREATE TEMP TABLE kept AS SELECT (SELECT body FROM record WHERE {one}) AS one, "
            f"(SELECT body FROM record WHERE {other}) AS other",
            f"UPDATE record SET body = (SELECT other FROM kept) WHERE {one}",
            f"UPDATE record SET body = (SELECT one FROM kept) WHERE {other}",
            "DROP TABLE kept",
        ]
    }


def _of_stream(dialect: Dialect, number: int) -> dict[str, list[str]]:
    name = nth_stream(number)
    columns = {"stream": "stream || 'x'", "last_seq": "last_seq + 1", "last_leaf": dialect.zeros("32")}
    found = {
        f"{column} of stream {number}": [f"UPDATE record_streams SET {column} = {value} WHERE stream = {name}"]
        for column, value in columns.items()
    }
    found[f"stream {number} dropped"] = [f"DELETE FROM record_streams WHERE stream = {name}"]
    found[f"stream {number} dropped whole"] = [
        f"DELETE FROM record WHERE stream = {name}",
        f"DELETE FROM record_streams WHERE stream = {name}",
    ]
    return found


def _of_log(dialect: Dialect) -> list[str]:
    return [
        "UPDATE log_heads SET size = size - 1",
        "UPDATE log_heads SET size = size + 1",
        f"UPDATE log_heads SET root = {dialect.zeros('32')}",
        "UPDATE log_heads SET checkpoint = replace(checkpoint, '2026', '2025')",
        "UPDATE log_heads SET checkpoint = 'x'",
        "UPDATE log_heads SET checkpoint = substr(checkpoint, 1, length(checkpoint) - 6) || 'AAAA=\n'",
        "UPDATE log_heads SET key = 'x+00000000+AA=='",
        "UPDATE log_heads SET log = '2025'",
        "DELETE FROM log_heads",
        "DELETE FROM log_tiles",
        f"UPDATE log_tiles SET hashes = {dialect.zeros('length(hashes)')}",
        "UPDATE log_tiles SET hashes = substr(hashes, 33)",
        "UPDATE log_tiles SET width = width - 1",
        "UPDATE log_tiles SET number = number + 1",
        "UPDATE log_tiles SET level = level + 1",
        "DELETE FROM log_runs",
        "DELETE FROM log_runs WHERE first_index = 0",
        "UPDATE log_runs SET length = length - 1 WHERE first_index = 0",
        "UPDATE log_runs SET first_seq = first_seq + 1 WHERE first_index = 0",
        "UPDATE log_runs SET first_index = first_index + 1 WHERE first_index > 0",
        "UPDATE log_runs SET log = '2025'",
        "UPDATE log_checkpoints SET size = size - 1",
        "UPDATE log_checkpoints SET checkpoint = replace(checkpoint, 'thu', 'gia')",
    ]


# --- files: lines of JSON with `log`, `index`, `leaf` and `body` ----------------------------------------------------

Lines = list[bytes]


def line_changes(lines: Sequence[bytes]) -> dict[str, Callable[[Lines], Lines]]:
    """Every change of a file of records: each member of each line, each member of each body, and lines as a whole."""
    found: dict[str, Callable[[Lines], Lines]] = {}
    for number, line in enumerate(lines):
        members = json.loads(line)
        for name in members:
            found[f"{name} of line {number}"] = _member(number, name)
        for name in json.loads(members["body"]):
            found[f"{name} in the body of line {number}"] = _in_body(number, name)
        found[f"line {number} dropped"] = lambda all_, at=number: all_[:at] + all_[at + 1 :]
        found[f"line {number} doubled"] = lambda all_, at=number: all_[: at + 1] + all_[at:]
        found[f"line {number} cut"] = lambda all_, at=number: [*all_[:at], all_[at][: len(all_[at]) // 2]]
        found[f"a byte of line {number}"] = lambda all_, at=number: _replaced(all_, at, _flipped(all_[at]))
    for number in range(len(lines) - 1):
        found[f"lines {number} and {number + 1} swapped"] = lambda all_, at=number: [
            *all_[:at],
            all_[at + 1],
            all_[at],
            *all_[at + 2 :],
        ]
    return found


def _member(number: int, name: str) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        members = json.loads(lines[number])
        return _replaced(lines, number, _line({**members, name: _other(members[name])}))

    return change


def _in_body(number: int, name: str) -> Callable[[Lines], Lines]:
    """Change a member of a body, in the way in which bodies are written."""

    def change(lines: Lines) -> Lines:
        members = json.loads(lines[number])
        body = json.loads(members["body"])
        told = json.dumps({**body, name: _other(body[name])}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return _replaced(lines, number, _line({**members, "body": told}))

    return change


def _other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x" if not value or value[-1] != "x" else value[:-1]
        case list():
            return value[1:] if value else ["AAAA"]
        case dict():
            return {name: _other(one) for name, one in value.items()}
        case _:
            return "x"


def _line(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _replaced(lines: Lines, number: int, line: bytes) -> Lines:
    return [*lines[:number], line, *lines[number + 1 :]]


def _flipped(line: bytes) -> bytes:
    middle = len(line) // 2
    return line[:middle] + bytes([line[middle] ^ 1]) + line[middle + 1 :]
