"""Which small province is measured in tests of quality? Two databases in SQLite files, one of them with known faults.

`ansinh` has 40 people, one fault or two in each of the last eight rows; `dmdc` has the list of units, another agency's.
"""

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from catalog import agencies, databases, providers, services
from catalog.changes import Actor
from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    ProviderDescription,
    ServiceDescription,
    SharingMode,
)
from gateway.db import Database
from gateway.node import open_record
from gateway.publication.workshop import open_workshop
from gateway.quality.profiler import Profiler
from gateway.settings import Settings
from gateway.telemetry import make_logger
from security.audit.writer import RecordWriter
from security.keys import ensure_keys

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
OWNER, OTHER = "000.00.06.H32", "000.00.15.H32"
BY = Actor("chu-quan", NOW)
RIGHT_NUMBER, WRONG_NUMBER = "056099000001", "05609900777"

_FIELDS: Mapping[str, tuple[str, str, str]] = {
    "Ma": ("ma", "string", "internal"),
    "SoDinhDanh": ("so", "string", "personal"),
    "HoVaTen": ("ten", "string", "personal"),
    "MaXa": ("xa", "string", "open"),
    "NgayCapNhat": ("luc", "date", "internal"),
}


def described(database: str, code: str, fields: Mapping[str, tuple[str, str, str]], *, key: str) -> ServiceDescription:
    """Describe a table as the demo does: a list with a cursor, and one row by its key."""
    leaves = [
        {"path": name, "type": kind, "class": class_, "title_vi": name} for name, (_, kind, class_) in fields.items()
    ]
    columns = {name: {"column": column, "type": kind} for name, (column, kind, _) in fields.items()}
    binding = {"key": [fields[key][0]], "table": code, "columns": columns}
    after = {"name": "after", "place": "query", "type": "string", "max_length": 4096}
    limit = {"name": "limit", "place": "query", "type": "integer", "minimum": 1, "maximum": 10}
    following = {"path": "next", "type": "string", "class": "open", "title_vi": "tiếp", "structural": True}
    many = {
        "code": "danh-sach", "method": "GET", "path": "/danh-sach", "title_vi": "Danh sách", "rows": "items[]",
        "parameters": [after, limit], "binding": {"kind": "list", **binding},
        "fields": [*({**leaf, "path": f"items[].{leaf['path']}"} for leaf in leaves), following],
        "subjects": [f"answer:items[].{name}" for name in fields if name == "SoDinhDanh"],
    }  # fmt: skip
    one = {
        "code": "chi-tiet", "method": "GET", "path": f"/chi-tiet/{{{key}}}", "title_vi": "Chi tiết", "fields": leaves,
        "parameters": [{"name": key, "place": "path", "type": "string", "required": True}],
        "binding": {"kind": "get", **binding},
        "subjects": [f"answer:{name}" for name in fields if name == "SoDinhDanh"],
    }  # fmt: skip
    return msgspec.json.decode(
        msgspec.json.encode({
            "database": database, "code": code, "version": 1, "title_vi": code, "provider": f"{database}-sql",
            "operations": [many, one],
        }),
        type=ServiceDescription,
    )  # fmt: skip


PEOPLE = described("ansinh", "doi_tuong", _FIELDS, key="Ma")
UNITS = described("dmdc", "dvhc", {"MaXa": ("xa", "string", "open"), "Ten": ("ten", "string", "open")}, key="MaXa")


def fill_files(directory: Path) -> None:
    """Write both SQLite files."""
    people: list[tuple[str | None, ...]] = [
        (f"AS{n:03d}", f"0560990{n:05d}", "Nguyễn Văn An", "22333", "2026-11-25") for n in range(32)
    ]
    people += [
        ("AS040", WRONG_NUMBER, "Trần Thị Bình", "22333", "2026-11-25"),
        ("AS041", "12", "Trần Thị Chi", "22333", "2026-11-25"),
        ("AS042", None, "Trần Thị Dung", "22333", "2026-11-25"),
        ("AS043", "056099000043", "Trần Văn Em", "99999", "2026-11-25"),
        ("AS044", "056099000044", "LÊ VĂN GIANG", "22333", "2026-11-25"),
        ("AS045", "056099000045", "Lê Văn Hà", "22333", "2030-01-01"),
        ("AS046", "000000000000", "test", "22333", "2026-11-25"),
        ("AS047", "056099000047", " Lê Văn Inh", "22333", "2026-11-25"),
    ]
    with closing(sqlite3.connect(directory / "ansinh.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE doi_tuong (ma TEXT PRIMARY KEY, so TEXT, ten TEXT, xa TEXT, luc DATE)")
        connection.executemany("INSERT INTO doi_tuong VALUES (?, ?, ?, ?, ?)", people)
    with closing(sqlite3.connect(directory / "dmdc.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE dvhc (xa TEXT PRIMARY KEY, ten TEXT)")
        connection.executemany("INSERT INTO dvhc VALUES (?, ?)", [("22333", "Phường Một"), ("22334", "Phường Hai")])


async def fill_catalogue(database: Database, directory: Path, *, sharing: SharingMode = SharingMode.DEFAULT) -> None:
    """Describe both databases; the units are another agency's, shared as `sharing` says."""
    async with database.transaction() as session:
        for agency in (OWNER, OTHER):
            await agencies.add_agency(session, AgencyDescription(code=agency, name_vi=f"Sở {agency}"), by=BY)
        for service, owner in ((PEOPLE, OWNER), (UNITS, OTHER)):
            about = DatabaseDescription(
                code=service.database, title_vi=service.database, title_en=service.database, owner=owner,
                domain_vi="Xã hội", update_frequency="hằng ngày", sharing=sharing,
            )  # fmt: skip
            await databases.add_database(session, about, by=BY)
            await providers.add_provider(
                session,
                ProviderDescription(
                    code=service.provider, agency=owner, adapter="sql",
                    endpoint=f"sqlite:///{directory / service.database}.sqlite",
                ),
                by=BY,
            )  # fmt: skip
            await services.publish_service(session, service, by=BY)


@dataclass(frozen=True, slots=True)
class Surveyor:
    """A worker that measures, on real parts."""

    profiler: Profiler
    database: Database
    record: RecordWriter
    settings: Settings


@asynccontextmanager
async def open_surveyor(
    url: str, directory: Path, *, worker: str = "worker-1", now: datetime = NOW
) -> AsyncIterator[Surveyor]:  # fmt: skip
    """Yield a worker for the files in `directory`, whose clock stands at `now`."""
    settings = Settings(
        database_url=url, keys_dir=directory / "keys", provider_dirs=(str(directory),), var_dir=directory,
        disk_reserve_bytes=1024, node=worker,
    )  # fmt: skip
    keys = ensure_keys(settings.keys_dir)
    database = Database.open(url)
    record = await open_record(settings, role="worker")
    profiler = Profiler(
        database=database, recorder=record, workshop=open_workshop(settings, keys), log=make_logger("error"),
        worker=worker, sample_rows=5000, clock=lambda: now,
    )  # fmt: skip
    try:
        yield Surveyor(profiler, database, record, settings)
    finally:
        await record.close()
        await database.close()
