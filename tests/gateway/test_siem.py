"""Does the SIEM hear of each record, once and in order, as real receivers read it, and of nobody's identity?"""

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis.strategies import text
from logged import ORIGIN, record_some, sequencing
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from providers.siem_receivers import Authority, Receiver, rsyslog, syslog_ng

from gateway.db import Database
from gateway.settings import Settings
from gateway.siem.cursors import TakenOver, hold, list_cursors, move, rewind
from gateway.siem.events import Event, event_of
from gateway.siem.ocsf import VERSION, ocsf_event
from gateway.siem.outputs import FileOutput, SiemFormat, SiemUnreachable, TlsOutput, _acknowledged
from gateway.siem.stream import SiemStream, SiemUnclear, open_outputs
from gateway.siem.syslog import framed, message
from security.audit.leaves import Leaf, read_leaves, signed_logs
from security.audit.log import begin_anew
from security.audit.record import Kind

HOST = "thu.example"
LOG = f"{ORIGIN}/log/{datetime.now(UTC):%Y}"
WHOLE = {
    "at_us": 1_790_000_000_123_456,
    "stream": "s",
    "seq": 1,
    "exchange": "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11",
    "who": {"agency": "so-y-te", "system": "motcua", "source": "10.0.0.7", "method": "jwt", "client": "motcua"},
    "why": {"agreement": "TT-01", "purpose": 'xác "minh" \\ [x]'},
    "what": {"database": "dancu", "service": "nguoi", "version": 2, "operation": "get", "door": "rest"},
    "whom": {"inline": [{"pseudonym": "BI-DANH", "sealed": "NIEM-PHONG"}], "count": 1},
    "decision": {"allowed": False, "reason": "rate-exceeded", "repeated": 3},
    "outcome": {"status": 429, "latency_us": 1234},
    "notes": {"action": "agreement.add", "noun": "agreement"},
}
BARE = {"at_us": 1, "stream": "s", "seq": 1}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def schemas() -> dict[int, jsonschema_rs.Validator]:
    """The classes of OCSF, from a package that we did not write."""
    whole = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    names = {uid: whole.lookup_class_name_from_uid(class_uid=uid) for uid in (3002, 6002, 6003)}
    return {uid: jsonschema_rs.validator_for(whole.get_class_schema(name, [])) for uid, name in names.items()}


def event(kind: str, body: dict[str, object], index: int = 7) -> Event:
    return event_of(LOG, Leaf(index, kind, b"\x01" * 32, json.dumps(body).encode()))


@asynccontextmanager
async def streaming(url: str, output: object, *, holder: str = "w1", name: str = "tls") -> Iterator[SiemStream]:
    database = Database.open(url)
    try:
        yield SiemStream(name, output, database, holder, lambda: datetime.now(UTC))
    finally:
        await output.close()
        await database.close()


async def recorded(url: str, directory: Path, count: int = 2) -> None:
    """Record exchanges, and have the log signed: a stream is two records more than its exchanges have."""
    await record_some(url, directory, count=count)
    async with sequencing(url, directory) as sequencer:
        await sequencer.run()


def tls(receiver: Receiver, authority: Authority, form: SiemFormat = SiemFormat.SYSLOG) -> TlsOutput:
    return TlsOutput("127.0.0.1", receiver.port, authority.context(), form, HOST)


NOW = datetime.now(UTC)


# --- as receivers of Debian read it ------------------------------------------------------------------------


@pytest.mark.parametrize("receiving", [rsyslog, syslog_ng])
async def test_a_real_receiver_reads_every_record_back(
    migrated_url: str,
    tmp_path: Path,
    authority: Authority,
    receiving: Callable[..., AbstractContextManager[Receiver]],
) -> None:
    await recorded(migrated_url, tmp_path)
    with receiving(tmp_path / "receiver", authority) as receiver:
        async with streaming(migrated_url, tls(receiver, authority)) as stream:
            sent = await stream.take_turn(NOW)
            again = await stream.take_turn(NOW)
        kept = await asyncio.to_thread(receiver.kept, 7)

    told = [told_by(one) for one in kept]
    assert (sent, again) == (7, 0)
    assert [one["id"] for one in told] == [f"{LOG}/{index}" for index in range(7)]
    assert [one["kind"] for one in kept] == ["OPEN", "KEY", "INTENT", "OUTCOME", "INTENT", "OUTCOME", "CLOSE"]
    assert [str(one["pri"]) for one in kept] == ["110", "109", *["110"] * 5]
    assert {one["host"] for one in kept} == {HOST}
    assert (told[2]["system"], told[2]["people"], told[2]["agreement"]) == ("one-stop", "1", "TT-01")


def told_by(kept: dict[str, object]) -> dict[str, str]:
    """Return the structured data as rsyslog has read it (beside the rest) or syslog-ng (among the rest)."""
    return kept["rfc5424-sd"]["lienthong@32473"] if "rfc5424-sd" in kept else kept


@pytest.mark.parametrize("receiving", [rsyslog, syslog_ng])
async def test_hostile_texts_are_read_back_as_they_were(
    tmp_path: Path, authority: Authority, receiving: Callable[..., AbstractContextManager[Receiver]]
) -> None:
    with receiving(tmp_path / "receiver", authority) as receiver:
        output = tls(receiver, authority)
        await output.send([event(Kind.DENY, WHOLE), event(Kind.OPEN, BARE, 8)])
        kept = await asyncio.to_thread(receiver.kept, 2)
        await output.close()

    assert told_by(kept[0])["purpose"] == WHOLE["why"]["purpose"]
    assert (str(kept[0]["pri"]), told_by(kept[0])["repeated"]) == ("108", "3")
    assert "refused: rate-exceeded" in str(kept[0]["text"])


async def test_ocsf_events_are_read_back_from_syslog_and_from_lines(tmp_path: Path, authority: Authority) -> None:
    sent = [event(Kind.DENY, WHOLE), event(Kind.AUTH, WHOLE, 8)]
    with syslog_ng(tmp_path / "a", authority, lines=True) as lines, syslog_ng(tmp_path / "b", authority) as framed_:
        outputs = [tls(lines, authority, SiemFormat.OCSF), tls(framed_, authority, SiemFormat.SYSLOG_OCSF)]
        for output in outputs:
            await output.send(sent)
        plain = await asyncio.to_thread(lines.kept, 2)
        parsed = await asyncio.to_thread(framed_.kept, 2)
        for output in outputs:
            await output.close()

    assert plain == [ocsf_event(one) for one in sent]
    assert [json.loads(str(one["text"]).removeprefix("\ufeff")) for one in parsed] == plain


# --- once, and in order --------------------------------------------------------------------------------------


async def test_a_receiver_that_was_away_gets_what_it_missed(
    migrated_sqlite_url: str, tmp_path: Path, authority: Authority
) -> None:
    await recorded(migrated_sqlite_url, tmp_path)
    with rsyslog(tmp_path / "receiver", authority) as receiver:
        output = tls(receiver, authority)
        async with streaming(migrated_sqlite_url, output) as stream:
            await stream.take_turn(NOW)
            await asyncio.to_thread(receiver.kept, 7)
    await recorded(migrated_sqlite_url, tmp_path, 1)
    async with streaming(migrated_sqlite_url, output) as stream:
        with pytest.raises(SiemUnreachable):
            await stream.take_turn(NOW)
        with rsyslog(tmp_path / "receiver", authority, port=receiver.port) as back:
            await stream.take_turn(NOW)
            kept = await asyncio.to_thread(back.kept, 11)

    assert [told_by(one)["index"] for one in kept] == [str(index) for index in range(len(kept))]


async def test_a_worker_that_died_before_it_said_so_sends_the_same_events_again(
    migrated_url: str, tmp_path: Path
) -> None:
    """The cursor moves after the events have arrived: what comes twice is known by the same id."""
    await recorded(migrated_url, tmp_path)
    sent: list[Event] = []

    class DiesAfterSending:
        async def send(self, events: list[Event]) -> int:
            sent.extend(events)
            if len(sent) == len(events):
                raise OSError
            return len(events)

        async def close(self) -> None:
            pass

    async with streaming(migrated_url, DiesAfterSending()) as stream:
        with pytest.raises(OSError):
            await stream.take_turn(NOW)
        await stream.take_turn(NOW)

    assert [one.uid for one in sent] == [f"{LOG}/{index}" for index in [*range(7), *range(7)]]


async def test_a_file_has_each_event_once_whenever_the_worker_died(migrated_url: str, tmp_path: Path) -> None:
    await recorded(migrated_url, tmp_path)
    path = tmp_path / "siem" / "events.jsonl"
    async with streaming(migrated_url, FileOutput(path), name="file") as stream:
        await stream.take_turn(NOW)
        whole = path.read_bytes()
        # As a worker leaves it that dies at any byte, before it moves the cursor.
        for length in (0, 1, len(whole) // 3, len(whole) - 1, len(whole)):
            path.write_bytes(whole[:length])
            await stream.output.send([event_of(LOG, one) for one in await leaves(stream)])
            assert path.read_bytes() == whole


async def leaves(stream: SiemStream) -> list[Leaf]:
    async with stream.database.reading() as session:
        connection = await session.connection()
        (head,) = await signed_logs(connection)
        return list(await read_leaves(connection, head, first=0, most=100))


async def test_one_worker_serves_an_output_at_a_time(migrated_url: str, tmp_path: Path) -> None:
    await recorded(migrated_url, tmp_path)
    first, later = datetime.now(UTC), datetime.now(UTC) + timedelta(minutes=2)
    database = Database.open(migrated_url)
    async with database.transaction() as session:
        mine = await hold(await session.connection(), "tls", holder="w1", now=first)
    async with database.transaction() as session:
        connection = await session.connection()
        not_yet = await hold(connection, "tls", holder="w2", now=first)
        theirs = await hold(connection, "tls", holder="w2", now=later)
    async with database.transaction() as session:
        with pytest.raises(TakenOver):
            await move(await session.connection(), mine, log="2026", next_index=5)
    await database.close()

    assert (not_yet, theirs.next_index) == (None, 0)


async def test_a_receiver_that_nobody_vouches_for_gets_nothing(tmp_path: Path, authority: Authority) -> None:
    stranger = Authority(tmp_path / "stranger")
    with rsyslog(tmp_path / "receiver", stranger) as receiver:
        with pytest.raises(SiemUnreachable):
            await tls(receiver, authority).send([event(Kind.OPEN, BARE)])

        assert not receiver.events.exists()


async def test_a_receiver_that_goes_while_events_are_on_their_way_has_not_got_them(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate("server"), authority.key("server"))

    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(leave, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    output = TlsOutput("127.0.0.1", port, authority.context(), SiemFormat.SYSLOG, HOST)
    line = await output._connected()
    line.write(b"x")
    await output._line[0].read()

    with pytest.raises(ConnectionResetError):
        await _acknowledged(line)
    await output.close()
    server.close()


# --- the events themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [WHOLE, BARE], ids=["whole", "bare"])
@pytest.mark.parametrize("kind", [*Kind, "HOLD"])
def test_every_event_is_one_of_ocsf(
    schemas: dict[int, jsonschema_rs.Validator], kind: str, body: dict[str, object]
) -> None:
    told = ocsf_event(event(kind, body))

    assert [fault.message for fault in schemas[told["class_uid"]].iter_errors(told)] == []
    assert told["metadata"]["uid"] == f"{LOG}/7"


@pytest.mark.parametrize(
    ("kind", "class_uid", "activity", "status"),
    [
        (Kind.DENY, 6003, 2, 2),
        (Kind.ADMIN, 6003, 1, 2),
        (Kind.AUTH, 3002, 1, 2),
        (Kind.OPEN, 6002, 3, 2),
        (Kind.CLOSE, 6002, 4, 2),
        (Kind.UNKNOWN, 6003, 2, 0),
    ],
)
def test_each_kind_is_of_its_class(kind: Kind, class_uid: int, activity: int, status: int) -> None:
    told = ocsf_event(event(kind, WHOLE))

    assert (told["class_uid"], told["activity_id"], told["status_id"]) == (class_uid, activity, status)


@pytest.mark.parametrize("form", ["syslog", "ocsf"])
def test_nobodys_pseudonym_or_sealed_value_is_told(form: str) -> None:
    one = event(Kind.OUTCOME, WHOLE)
    told = message(one, HOST).decode() if form == "syslog" else json.dumps(ocsf_event(one))

    assert "BI-DANH" not in told
    assert "NIEM-PHONG" not in told
    assert "rate-exceeded" in told


def test_a_message_is_as_long_as_its_frame_says() -> None:
    content = message(event(Kind.OPEN, BARE), "tỉnh.vn")

    assert framed(content).startswith(
        f"{len(content)} <110>1 1970-01-01T00:00:00.000001Z t_nh.vn lienthong - OPEN [".encode()
    )


@settings(max_examples=50)
@given(purpose=text(), name=text())
def test_no_text_breaks_a_message(purpose: str, name: str) -> None:
    body = {**WHOLE, "why": {"purpose": purpose}, "who": {"system": name}}
    content = message(event(Kind.DENY, body), name)

    assert b"\n" not in content
    assert content.count(b" lienthong - DENY [lienthong@32473 ") == 1


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"siem_address": "siem.example"}, "SIEM_ADDRESS"),
        ({"siem_address": "siem.example:6514", "siem_format": "cef"}, "SIEM_FORMAT"),
        ({"siem_address": "siem.example:6514", "siem_ca_file": "/nowhere"}, "SIEM_CA_FILE"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(told: dict[str, str], word: str) -> None:
    with pytest.raises(SiemUnclear, match=word):
        open_outputs(Settings(**told))


async def test_an_operator_sees_how_far_it_was_told_and_has_it_told_again(migrated_url: str, tmp_path: Path) -> None:
    await recorded(migrated_url, tmp_path)
    path = tmp_path / "events.jsonl"
    async with streaming(migrated_url, FileOutput(path), name="file") as stream:
        await stream.take_turn(NOW)
        path.unlink()
        async with stream.database.transaction() as session:
            connection = await session.connection()
            (stood,) = await list_cursors(connection)
            await rewind(connection, "file", log=stood.log, next_index=5)
        await stream.take_turn(NOW)

    assert stood.next_index == 7
    assert [json.loads(line)["metadata"]["sequence"] for line in path.read_text().splitlines()] == [5, 6]


async def test_the_stream_goes_on_in_the_log_that_follows(migrated_url: str, tmp_path: Path) -> None:
    await recorded(migrated_url, tmp_path, 1)
    async with streaming(migrated_url, FileOutput(tmp_path / "events.jsonl"), name="file") as stream:
        await stream.take_turn(NOW)
        async with stream.database.transaction() as session:
            await begin_anew(await session.connection(), datetime.now(UTC))
        await recorded(migrated_url, tmp_path, 1)
        await stream.take_turn(NOW)

    told = [json.loads(line)["metadata"]["uid"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert told[4:6] == [f"{LOG}/4", f"{LOG}-02/0"]
    assert len(told) == len(set(told)) == 10
