"""Does the verifier find every kind of tampering, and name the place?"""

import asyncio
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from recorded import entry, new_id, writing
from typer.testing import CliRunner

from gateway.commands.audit import audit
from security.audit.record import Kind
from security.audit.verify import DatabaseUnreadable, Verdict, verify_database
from security.audit.verify_body import BadPlace, RecordRow, parse_body, read_body, read_record, read_strictly
from security.audit.verify_fast import mirrored

AT = "(SELECT stream FROM record_streams ORDER BY opened_at LIMIT 1)"


async def a_record(url: str, directory: Path) -> None:
    """Write two streams: records 3 to 6 of the first are two exchanges, its seventh is CLOSE."""
    for _ in range(2):
        async with writing(url, directory) as writer:
            for exchange_id in (new_id(), new_id()):
                await writer.append(entry(Kind.INTENT, exchange_id))
                await writer.append(entry(Kind.OUTCOME, exchange_id))


def tamper(url: str, *statements: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


TAMPERED = [
    ("a body", 4, f"UPDATE record SET body = CAST(body || ' ' AS BLOB) WHERE stream = {AT} AND seq = 4"),
    ("a body's type", 4, f"UPDATE record SET body = CAST(body AS TEXT) WHERE stream = {AT} AND seq = 4"),
    ("a time that is a text", 4, f"UPDATE record SET at_us = 'now' WHERE stream = {AT} AND seq = 4"),
    ("a last leaf's type", 0, f"UPDATE record_streams SET last_leaf = 'x' WHERE stream = {AT}"),
    ("a leaf", 4, f"UPDATE record SET leaf = zeroblob(32) WHERE stream = {AT} AND seq = 4"),
    ("the time", 4, f"UPDATE record SET at_us = at_us + 1 WHERE stream = {AT} AND seq = 4"),
    ("the kind", 4, f"UPDATE record SET kind = 'DENY' WHERE stream = {AT} AND seq = 4"),
    ("the exchange", 5, f"UPDATE record SET exchange_id = 'x' WHERE stream = {AT} AND seq = 5"),
    ("the agency", 5, f"UPDATE record SET agency = 'x' WHERE stream = {AT} AND seq = 5"),
    ("the system", 5, f"UPDATE record SET system = 'x' WHERE stream = {AT} AND seq = 5"),
    ("the grant", 5, f"UPDATE record SET grant_key = 'x' WHERE stream = {AT} AND seq = 5"),
    ("a record dropped", 5, f"DELETE FROM record WHERE stream = {AT} AND seq = 5"),
    ("the first dropped", 1, f"DELETE FROM record WHERE stream = {AT} AND seq = 1"),
    ("the last dropped", 7, f"DELETE FROM record WHERE stream = {AT} AND seq = 7"),
    ("all dropped", 1, f"DELETE FROM record WHERE stream = {AT}"),
    ("the stream's row dropped", 1, f"DELETE FROM record_streams WHERE stream = {AT}"),
    ("the stream's end moved", 7, f"UPDATE record_streams SET last_seq = 6 WHERE stream = {AT}"),
    ("the stream's last leaf", 7, f"UPDATE record_streams SET last_leaf = zeroblob(32) WHERE stream = {AT}"),
    ("one added", 8, f"INSERT INTO record SELECT stream, 8, at_us, kind, '', agency, system, grant_key, body, leaf"
                     f" FROM record WHERE stream = {AT} AND seq = 7"),
]  # fmt: skip


async def test_an_untouched_record_is_whole(migrated_url: str, tmp_path: Path) -> None:
    await a_record(migrated_url, tmp_path)

    report = await asyncio.to_thread(verify_database, migrated_url)

    assert (report.verdict, report.finding, report.records, report.exchanges) == (Verdict.OK, None, 14, 4)


@pytest.mark.parametrize(("what", "seq", "statement"), TAMPERED, ids=[row[0] for row in TAMPERED])
async def test_tampering_is_located(
    migrated_sqlite_url: str, tmp_path: Path, what: str, seq: int, statement: str
) -> None:
    await a_record(migrated_sqlite_url, tmp_path)
    tamper(migrated_sqlite_url, statement)

    report = await asyncio.to_thread(verify_database, migrated_sqlite_url)

    assert report.finding is not None
    assert (report.verdict, report.finding.seq) == (Verdict.TAMPERED, seq), what


async def test_an_index_that_hides_an_exchange_is_noticed(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await a_record(migrated_sqlite_url, tmp_path)
    with closing(sqlite3.connect(migrated_sqlite_url.removeprefix("sqlite:///"))) as connection:
        (hidden,) = connection.execute("SELECT exchange_id FROM record WHERE kind = 'INTENT' LIMIT 1").fetchone()
        (sound,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'record_exchange'").fetchone()
    tamper(migrated_sqlite_url, "DROP INDEX record_exchange", f"{sound} WHERE exchange_id <> '{hidden}'")
    back = f"UPDATE sqlite_master SET sql = '{sound}' WHERE name = 'record_exchange'"
    tamper(migrated_sqlite_url, "PRAGMA writable_schema = ON", back)

    report = await asyncio.to_thread(verify_database, migrated_sqlite_url)

    assert report.verdict is Verdict.TAMPERED
    assert report.finding is not None
    assert "the index names 6 records of exchanges, the streams have 8" in report.finding.what


async def test_swapped_records_are_located(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await a_record(migrated_sqlite_url, tmp_path)
    swap = f"UPDATE record SET seq = -seq WHERE stream = {AT} AND seq IN (3, 5)"
    back = f"UPDATE record SET seq = seq + 8 WHERE stream = {AT} AND seq < 0"
    tamper(migrated_sqlite_url, swap, back)

    report = await asyncio.to_thread(verify_database, migrated_sqlite_url)

    assert report.finding is not None
    assert (report.finding.seq, report.verdict) == (3, Verdict.TAMPERED)


async def test_a_stream_dropped_whole_is_missed_by_the_one_that_follows(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    await a_record(migrated_sqlite_url, tmp_path)
    tamper(
        migrated_sqlite_url,
        f"DELETE FROM record WHERE stream = {AT}",
        f"DELETE FROM record_streams WHERE stream = {AT}",
    )

    report = await asyncio.to_thread(verify_database, migrated_sqlite_url)

    assert report.finding is not None
    assert "whole stream is missing" in report.finding.what


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a":1.5}', b'{"a":NaN}', b'{"a":"\xff"}', b"{" * 3000],
)
async def test_a_rehashed_body_that_is_no_record_is_located(
    migrated_sqlite_url: str, tmp_path: Path, body: bytes
) -> None:
    await a_record(migrated_sqlite_url, tmp_path)
    leaf = hashlib.sha256(b"\x00" + body).hexdigest()
    where = f"WHERE stream = {AT} AND seq = 4"
    tamper(migrated_sqlite_url, f"UPDATE record SET body = x'{body.hex()}', leaf = x'{leaf}' {where}")

    report = await asyncio.to_thread(verify_database, migrated_sqlite_url)

    assert report.finding is not None
    assert report.finding.seq == 4


@pytest.mark.parametrize("url", ["", "mysql://x", "sqlite:////nowhere/at/all.db", "postgresql://127.0.0.1:1/x"])
def test_what_cannot_be_read_is_wrong_usage(url: str) -> None:
    with pytest.raises(DatabaseUnreadable):
        verify_database(url)


async def test_the_command_says_whole_with_exit_code_0(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await a_record(migrated_sqlite_url, tmp_path)

    answer = CliRunner().invoke(audit, ["verify", "--database", migrated_sqlite_url])

    assert (answer.exit_code, answer.output.splitlines()[-1]) == (0, "whole")


async def test_the_command_names_the_bad_place_with_exit_code_1(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await a_record(migrated_sqlite_url, tmp_path)
    tamper(migrated_sqlite_url, f"UPDATE record SET agency = 'x' WHERE stream = {AT} AND seq = 5")

    answer = CliRunner().invoke(audit, ["verify", "--database", migrated_sqlite_url])

    assert answer.exit_code == 1
    assert "number 5: the column agency is not what the body says" in answer.output


def test_the_command_without_a_database_has_exit_code_3() -> None:
    assert CliRunner().invoke(audit, ["verify"]).exit_code == 3


READABLE = [
    b'{"a":1,"b":[true,null,"\\n"],"c":{"d":-1}}',
    b'{"a": 1}',
    b'{"a":"\\u00e9"}',
    '{"a":"\u1ec7"}'.encode(),
    b'{"a":18446744073709551616}',
    b'{"":"","A":0,"a":0}',
]
UNREADABLE = [
    b'{"a":1.0}',
    b'{"a":1e3}',
    b'{"a":NaN}',
    b'{"b":1,"a":2}',
    b'{"a":1,"a":1}',
    b'{"a":{"b":1,"b":2}}',
    b'{"a":[{"c":1,"b":2}]}',
    b'{"a":1}{"a":1}',
    b'{"a":"\xff"}',
    b"",
    b"[" * 5000,
]


@pytest.mark.parametrize("body", READABLE)
def test_the_faster_reader_of_bodies_reads_what_the_strict_one_does(body: bytes) -> None:
    assert read_body(body) == read_strictly(body)


@pytest.mark.parametrize("body", UNREADABLE)
def test_the_faster_reader_of_bodies_refuses_what_the_strict_one_does(body: bytes) -> None:
    for read in (read_body, read_strictly):
        with pytest.raises((ValueError, RecursionError)):
            read(body)


BODIES = [
    b'{"at_us":1,"exchange":"e","kind":"DENY","mono_us":2,"nonce":"n","prev":"","seq":3,"stream":"s","v":1}',
    b'{"at_us":1,"decision":{"allowed":true,"flags":["near"]},"exchange":"e","kind":"INTENT","mono_us":2,"nonce":"n",'
    b'"prev":"p","seq":3,"stream":"s","v":1,"what":{"fields":{"count":9,"digest":"d"}},"who":{"agency":"a","system":"h"},'
    b'"whom":{"count":1,"inline":[{"pseudonym":"p","sealed":"s"}]},"why":{"case_file":{"pseudonym":"p","sealed":"s"}}}',
    b'{"at_us":1,"kind":"OPEN","mono_us":2,"nonce":"n","notes":{"a":1,"b":true,"c":"\xe1\xbb\x87"},"prev":"","seq":1,'
    b'"stream":"s","v":1}',
    b'{"at_us":1,"exchange":"e","kind":"OUTCOME","mono_us":2,"nonce":"n","outcome":{"fields_released":["x"],"status":200},'
    b'"prev":"p","seq":3,"stream":"s","v":1}',
]


def row_of(body: bytes) -> RecordRow:
    """Return the row whose columns say what its body says."""
    members = msgspec.json.decode(body)
    who = members.get("who", {})
    named = (members.get("exchange", ""), who.get("agency", ""), who.get("system", ""), members.get("grant", ""))
    return (members["stream"], members["seq"], members["at_us"], members["kind"], *named, body, b"")


@pytest.mark.parametrize("body", BODIES)
def test_a_record_is_read_by_its_mirror(body: bytes) -> None:
    row, members = row_of(body), parse_body("s", 3, body)

    assert mirrored(body) is not None
    assert read_record(row) == (members["prev"], members.get("notes"))


@pytest.mark.parametrize("column", range(8))
@pytest.mark.parametrize("body", BODIES)
def test_a_column_that_says_something_else_than_the_mirror_is_found(body: bytes, column: int) -> None:
    row = list(row_of(body))
    row[column] = row[column] * 2 + type(row[column])(1)

    with pytest.raises(BadPlace, match="is not what the body says"):
        read_record(tuple(row))


@pytest.mark.parametrize("body", BODIES)
def test_the_mirror_shows_nothing_that_is_not_written_as_a_record(body: bytes) -> None:
    """Whatever a byte is changed into, dropped or doubled: what the mirror takes, the strict reader takes too."""
    changed = [
        body[:at] + other + body[at + 1 :] for at in range(len(body)) for other in (b"", b" ", b"0", b".", b'"', b"}")
    ]
    changed += [body[:at] + body[at : at + 1] * 2 + body[at + 1 :] for at in range(len(body))]
    taken = [one for one in changed if mirrored(one) is not None]

    assert all(
        json.dumps(read_strictly(one), separators=(",", ":"), ensure_ascii=False).encode() == one for one in taken
    )
    assert 0 < len(taken) < len(changed)
