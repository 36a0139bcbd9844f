"""Are checkpoints stamped by a time-stamping authority, and can somebody check that with OpenSSL alone? (RFC 3161)"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from gateways import GatewayProcess
from logged import record_some, sequencing
from providers.time_stamping import Authority, authority, openssl

from gateway.db import Database
from gateway.settings import Settings, SettingsInvalid
from gateway.stamps import stamps_of
from gateway.telemetry import make_logger
from gateway.timestamping import Timestamper, open_timestamper
from security.audit.timestamps import TimestampRefused, make_request, read_roots, verify_stamp


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("dau") / "tsa") as running:
        yield running


@pytest.fixture(autouse=True)
def well(tsa: Authority) -> None:
    tsa.status, tsa.spoil = 200, {}


async def stamp(url: str, tsa: Authority) -> int:
    database = Database.open(url)
    async with httpx2.AsyncClient() as http:
        made = await Timestamper(database, tsa.url, read_roots(tsa.root), http, make_logger("error")).stamp_newest(
            datetime.now(UTC)
        )
    await database.close()
    return made


async def test_each_checkpoint_is_stamped_once_and_openssl_agrees(
    migrated_url: str, tmp_path: Path, tsa: Authority
) -> None:
    made = []
    for _ in range(2):
        await record_some(migrated_url, tmp_path, count=1)
        async with sequencing(migrated_url, tmp_path) as sequencer:
            await sequencer.run()
        made += [await stamp(migrated_url, tsa), await stamp(migrated_url, tsa)]
    database = Database.open(migrated_url)
    async with database.reading() as session:
        kept = await stamps_of(await session.connection(), f"{datetime.now(UTC):%Y}")
    await database.close()
    for one in kept:
        (tmp_path / "checkpoint").write_text(one.checkpoint)
        (tmp_path / "stamp.tsr").write_bytes(one.token)
        openssl("ts", "-verify", "-data", tmp_path / "checkpoint", "-in", tmp_path / "stamp.tsr", "-CAfile", tsa.root)

    assert made == [1, 0, 1, 0]
    assert [one.size for one in kept] == sorted((one.size for one in kept), reverse=True)
    assert all(abs(datetime.now(UTC) - one.at) < timedelta(minutes=5) for one in kept)


@pytest.mark.parametrize("trouble", ["away", "refuses", "nonsense"])
async def test_an_authority_in_trouble_stamps_nothing_and_stops_nothing(
    migrated_sqlite_url: str, tmp_path: Path, tsa: Authority, trouble: str
) -> None:
    await record_some(migrated_sqlite_url, tmp_path, count=1)
    async with sequencing(migrated_sqlite_url, tmp_path) as sequencer:
        await sequencer.run()
    elsewhere = Authority(tsa.directory, url="http://127.0.0.1:9/tsa")
    if trouble == "refuses":
        tsa.status = 503
    elif trouble == "nonsense":
        tsa.spoil = {b"\x30": b"\x31"}
    first = await stamp(migrated_sqlite_url, elsewhere if trouble == "away" else tsa)
    tsa.status, tsa.spoil = 200, {}

    assert (first, await stamp(migrated_sqlite_url, tsa)) == (0, 1)


def test_a_stamp_is_of_one_checkpoint_one_authority_and_one_request(tsa: Authority, tmp_path: Path) -> None:
    request = make_request("a\n")
    token, roots = tsa.answer(request.as_bytes()), read_roots(tsa.root)
    verify_stamp(token, "a\n", roots=roots, request=request)
    with authority(tmp_path / "other") as other:
        strangers = read_roots(other.root)

    for checkpoint, trusted, asked in (
        ("b\n", roots, request),
        ("a\n", strangers, request),
        ("a\n", roots, make_request("a\n")),
    ):
        with pytest.raises(TimestampRefused):
            verify_stamp(token, checkpoint, roots=trusted, request=asked)
    with pytest.raises(TimestampRefused):
        verify_stamp(token[:-20], "a\n", roots=roots)


@pytest.mark.parametrize("content", [None, "", "khong phai PEM"])
def test_an_authority_needs_certificates_that_can_be_read(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    settings = Settings(tsa_url="http://127.0.0.1:9", tsa_ca_file=str(file))

    with pytest.raises(SettingsInvalid, match="LIENTHONG_TSA_CA_FILE"):
        open_timestamper(settings, None, None, None)  # type: ignore[arg-type]  # refused before any is asked


async def test_anybody_gets_stamps_and_what_they_are_of(
    migrated_sqlite_url: str, tmp_path: Path, tsa: Authority
) -> None:
    await record_some(migrated_sqlite_url, tmp_path, count=1)
    async with sequencing(migrated_sqlite_url, tmp_path) as sequencer:
        await sequencer.run()
    await stamp(migrated_sqlite_url, tsa)
    gateway = GatewayProcess(tmp_path, migrated_sqlite_url)
    gateway.start()
    log = f"{gateway.url}/log/v1/{datetime.now(UTC):%Y}/timestamps"
    (listed,) = httpx2.get(log).json()
    size = listed["size"]
    token, checkpoint = httpx2.get(f"{log}/{size}"), httpx2.get(f"{log}/{size}/checkpoint")
    missing = [httpx2.get(f"{log}/{one}").status_code for one in ("999999", "x", f"{size}/gi-do")]
    gateway.stop()
    (tmp_path / "checkpoint").write_bytes(checkpoint.content)
    (tmp_path / "stamp.tsr").write_bytes(token.content)
    openssl("ts", "-verify", "-data", tmp_path / "checkpoint", "-in", tmp_path / "stamp.tsr", "-CAfile", tsa.root)

    assert token.headers["content-type"] == "application/timestamp-reply"
    assert checkpoint.text.splitlines()[1] == str(size)
    assert missing == [404, 404, 404]
