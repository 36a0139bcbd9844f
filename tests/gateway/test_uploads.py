"""Is an uploaded file its own agency's alone, and does a newer one take its place only when it is whole?"""

import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY, settle_province

from adapters.errors import AdapterError
from catalog.changes import Actor
from catalog.descriptions import ProviderDescription
from catalog.errors import CatalogError, ContentInvalid
from catalog.importers.draft import Source
from catalog.providers import show_provider
from catalog.publications import endpoints_of
from gateway.commands.desks import CommandDesk
from gateway.db import Database
from gateway.publication import steps
from gateway.publication.importing import ImportDocument
from gateway.publication.uploading import Upload, import_upload, replace_upload
from gateway.publication.uploads import MOST_OF_AN_AGENCY, Uploads
from gateway.publication.workshop import Workshop, open_workshop
from gateway.settings import Settings
from security.audit.record import Committed, Entry
from security.keys import ensure_keys

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
ASKED = ImportDocument(source=Source.FILE, database="datdai", service="tau-ca", title_vi="Tàu cá", key=("Số đăng ký",))
GOOD = Upload("Tàu cá tháng 11.csv", "Số đăng ký,Công suất\nKH-1,120\nKH-2,90\n".encode())
BROKEN = Upload("moi.csv", "Số đăng ký,Công suất\nKH-1,120\nKH-3,rất lớn\n".encode())


@dataclass
class Notebook:
    """A recorder that keeps the entries for the test to read."""

    entries: list[Entry] = field(default_factory=list)

    async def append(self, entry: Entry) -> Committed:
        self.entries.append(entry)
        return Committed(stream="test", seq=len(self.entries), leaf=b"", policy_revision=0)


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    await settle_province(migrated_sqlite_url, "http://127.0.0.1:1")
    opened = Database.open(migrated_sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    settings = Settings(var_dir=tmp_path / "var", max_upload_bytes=1000)
    return open_workshop(settings, ensure_keys(tmp_path / "keys"))


@pytest.fixture
def desk(database: Database, workshop: Workshop) -> CommandDesk:
    return CommandDesk(Actor("chu-quan", NOW), workshop, database, Notebook())


def folder(workshop: Workshop) -> Path:
    return workshop.uploads.folders_of(PROVIDER_AGENCY)[0]


async def published(desk: CommandDesk) -> ProviderDescription:
    drafted = await import_upload(desk, ASKED, GOOD, workshop=desk.workshop)
    await steps.release_draft(desk, drafted.code, replace_provider=False, workshop=desk.workshop)
    async with desk.reading() as session:
        return await show_provider(session, "datdai-tau-ca")


async def test_an_upload_becomes_a_draft_that_is_served_from_the_agencys_folder(desk: CommandDesk) -> None:
    drafted = await import_upload(desk, ASKED, GOOD, workshop=desk.workshop)

    place = Path(drafted.endpoint)
    assert [row["SoDangKy"] for row in drafted.rows] == ["KH-1", "KH-2"]
    assert place.parent == folder(desk.workshop)
    assert place.name.startswith("tau-ca-thang-11-")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "upload",
    [
        Upload("a.csv", b""),
        Upload("a.csv", b"x" * 1001),
        Upload("a.exe", b"x"),
        Upload("a", b"x"),
        Upload("a.xlsx", b"x"),
        Upload("a.csv", b"\xff\xfe\x00"),
    ],
    ids=lambda upload: f"{upload.name} of {len(upload.content)}",
)
async def test_what_cannot_be_a_source_leaves_nothing_behind(desk: CommandDesk, upload: Upload) -> None:
    with pytest.raises((CatalogError, AdapterError)):
        await import_upload(desk, ASKED, upload, workshop=desk.workshop)

    here = folder(desk.workshop)
    assert not here.exists() or list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["../../../etc/passwd.csv", "/etc/x.csv", "..csv", "a\x00b.csv", "a b/c.CSV", "*.csv"])
def test_a_name_never_leaves_the_folder(workshop: Workshop, name: str) -> None:
    place = workshop.uploads.keep(PROVIDER_AGENCY, name, b"x", in_use=(), now=0.0)

    assert place.parent == folder(workshop)
    assert set(place.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


@pytest.mark.parametrize("agency", ["", "..", "../x", "/etc", "000.00.00.H49/x"])
def test_what_is_no_agency_has_no_folder(workshop: Workshop, agency: str) -> None:
    with pytest.raises(ContentInvalid):
        workshop.uploads.keep(agency, "a.csv", b"x", in_use=(), now=0.0)


async def test_another_agencys_upload_is_no_source(desk: CommandDesk) -> None:
    theirs = desk.workshop.uploads.keep(CONSUMER_AGENCY, "a.csv", GOOD.content, in_use=(), now=0.0)
    ours = ProviderDescription(code="p", agency=PROVIDER_AGENCY, adapter="file", endpoint=str(theirs))
    own = ProviderDescription(code="p", agency=CONSUMER_AGENCY, adapter="file", endpoint=str(theirs))

    assert [fault.where for fault in desk.workshop.place_faults(ours)] == ["endpoint"]
    assert desk.workshop.place_faults(own) == []


async def test_a_newer_file_takes_the_place_and_is_recorded(desk: CommandDesk) -> None:
    place = Path((await published(desk)).endpoint)
    newer = Upload("tháng 12.csv", GOOD.content + b"KH-3,50\n")

    change = await replace_upload(desk, "datdai-tau-ca", newer, workshop=desk.workshop)

    assert place.read_bytes() == newer.content
    assert (change.noun, change.code, len(change.after)) == ("provider-file", "datdai-tau-ca", 64)
    assert list(place.parent.iterdir()) == [place]


async def test_a_broken_file_is_refused_with_row_and_column_and_the_old_one_stays(desk: CommandDesk) -> None:
    place = Path((await published(desk)).endpoint)

    with pytest.raises(ContentInvalid) as refused:
        await replace_upload(desk, "datdai-tau-ca", BROKEN, workshop=desk.workshop)

    (fault,) = refused.value.faults
    assert "dòng 3, cột “Công suất”: không phải số nguyên" in fault.vi
    assert "row 3, column 'Công suất'" in fault.en
    assert place.read_bytes() == GOOD.content
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize(
    ("code", "upload"), [("datdai-tau-ca", Upload("a.xlsx", b"PK")), ("so-nnmt", GOOD)], ids=["kind", "no-upload"]
)
async def test_a_file_that_can_take_no_place_is_refused(desk: CommandDesk, code: str, upload: Upload) -> None:
    await published(desk)

    with pytest.raises(ContentInvalid):
        await replace_upload(desk, code, upload, workshop=desk.workshop)


async def test_uploads_in_use_stay_and_forgotten_ones_go(desk: CommandDesk) -> None:
    place = Path((await published(desk)).endpoint)
    forgotten = desk.workshop.uploads.keep(PROVIDER_AGENCY, "b.csv", b"x", in_use=(), now=0.0)
    os.utime(place, (1, 1))
    os.utime(forgotten, (1, 1))
    async with desk.reading() as session:
        in_use = await endpoints_of(session, PROVIDER_AGENCY)

    newest = desk.workshop.uploads.keep(PROVIDER_AGENCY, "c.csv", b"x", in_use=in_use, now=NOW.timestamp())

    assert set(place.parent.iterdir()) == {place, newest}


def test_an_agency_cannot_fill_the_disk(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 1000)
    for number in range(MOST_OF_AN_AGENCY):
        uploads.keep(PROVIDER_AGENCY, f"{number}.csv", b"x", in_use=(), now=0.0)

    with pytest.raises(ContentInvalid):
        uploads.keep(PROVIDER_AGENCY, "one.csv", b"x", in_use=(), now=0.0)
