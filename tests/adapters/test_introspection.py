"""Is a table or a view of each engine told as it is, and then served as it was told?"""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncmy
import asyncpg
import msgspec
import pytest
from providers.surroundings import AROUND, make_call

from adapters.contract import Binding, DeclaredField, Json, Provider
from adapters.errors import ProviderHasNone, ProviderUnreachable
from adapters.inspection.facts import ColumnFound, TableFound
from adapters.inspection.tables import inspect_table, list_tables
from adapters.sql import build
from catalog.descriptions import OperationDescription
from catalog.importers.draft import Draft, Wanted
from catalog.importers.table import draft_table

ODD = 'Thửa "đất` order.x'
QUOTED = '"Thửa ""đất` order.x"'
POSTGRESQL = [
    "CREATE SCHEMA \"Quản lý đất\"",
    "CREATE TYPE muc AS ENUM ('Thấp', 'Cao')",
    "CREATE DOMAIN so_gcn AS varchar(30)",
    "CREATE DOMAIN so_gcn_2 AS so_gcn CHECK (value <> '')",
    """CREATE TABLE "Quản lý đất"."{odd}" ("Số ""GCN" so_gcn_2 NOT NULL, "select" integer NOT NULL,
       dien_tich numeric(30,6), dem numeric(20,0),
       nua real, ma char(8), co boolean, ngay date, luc timestamp,
       luc_mui timestamptz, gio time,
       id uuid UNIQUE NOT NULL, muc muc, the jsonb, nhan text[], anh bytea,
       kep numeric GENERATED ALWAYS AS (dien_tich * 2) STORED,
       PRIMARY KEY ("Số ""GCN", "select"))""",
    """COMMENT ON COLUMN "Quản lý đất"."{odd}".ngay IS 'Ngày cấp giấy'""",
    """CREATE INDEX ON "Quản lý đất"."{odd}" (ngay)""",
    """CREATE INDEX ON "Quản lý đất"."{odd}" (co) WHERE co""",
    """INSERT INTO "Quản lý đất"."{odd}" VALUES ('A/1', 1, 99999999999999.123456, 12345678901234567890, 0.1, 'AB', TRUE,
       '2024-01-31', '2024-01-31 08:30:00', '2024-01-31 08:30:00+07', '08:30',
       '0b8ad2b6-4b05-4bd9-9d7c-0e3a3b6ff001', 'Cao', '{{"a": 1}}', '{{x}}', '\\x00')""",
    "CREATE VIEW nhin AS SELECT \"Số \"\"GCN\" AS so, \"select\" AS thu, ngay FROM \"Quản lý đất\".\"{odd}\"",
]  # fmt: skip
MARIADB = [
    """CREATE TABLE `{odd}` (`Số "GCN` varchar(30) NOT NULL, `select` int unsigned NOT NULL, dien_tich decimal(30,6),
       dem decimal(20,0), ma char(8), co boolean, nho tinyint(1), ngay date COMMENT 'Ngày cấp giấy', luc datetime,
       luc_mui timestamp NULL, gio time, muc enum('Thấp', 'Cao', 'O''k'), anh blob,
       kep decimal(30,6) AS (dien_tich * 2) STORED,
       id uuid NOT NULL,
       PRIMARY KEY (`Số "GCN`, `select`), KEY k (ngay), KEY p (ma(2)), UNIQUE KEY u (id))""",
    """INSERT INTO `{odd}` (`Số "GCN`, `select`, dien_tich, dem, ma, co, nho, ngay, luc, luc_mui, gio, muc, anh, id)
       VALUES ('A/1', 1, 99999999999999.123456, 12345678901234567890, 'AB', TRUE, 7, '2024-01-31',
       '2024-01-31 08:30:00', '2024-01-31 08:30:00', '08:30', 'Cao', x'00', '0b8ad2b6-4b05-4bd9-9d7c-0e3a3b6ff001')""",
    "CREATE VIEW nhin AS SELECT `Số \"GCN` AS so, `select` AS thu, ngay FROM `{odd}`",
]  # fmt: skip
SQLITE = [
    """CREATE TABLE "{odd}" ("Số ""GCN" varchar(30) NOT NULL, "select" integer NOT NULL, dien_tich numeric, co boolean,
       nho boolean, ngay date, sai date, luc datetime,
       anh blob, lon varchar, kep numeric GENERATED ALWAYS AS (dien_tich * 2) STORED,
       PRIMARY KEY ("Số ""GCN", "select"))""",
    'CREATE INDEX k ON "{odd}" (ngay)',
    """INSERT INTO "{odd}" ("Số ""GCN", "select", dien_tich, co, nho, ngay, sai, luc, anh, lon)
       VALUES ('A/1', 1, 120.5, 1, 7, '2024-01-31', '31/01/2024', '2024-01-31 08:30:00', x'00', 'a')""",
    """INSERT INTO "{odd}" ("Số ""GCN", "select", anh, lon) VALUES ('A/2', 2, x'00', x'01')""",
    'CREATE VIEW nhin AS SELECT "Số ""GCN" AS so, "select" AS thu, ngay FROM "{odd}"',
]  # fmt: skip


@dataclass(frozen=True)
class Place:
    engine: str
    provider: Provider
    schema: str

    async def inspect(self, name: str = ODD, *, schema: str | None = None, key: Sequence[str] = ()) -> TableFound:
        return await inspect_table(
            self.provider, AROUND, name=name, schema=self.schema if schema is None else schema, key=key
        )


async def carry_out(url: str, statements: Sequence[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.executescript(";".join(statements))
    elif parts.scheme == "postgresql":
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()
    else:
        mariadb = await asyncmy.connect(
            host="127.0.0.1", port=parts.port, user="lt", password="mat-khau", db=parts.path[1:], autocommit=True
        )
        for statement in statements:
            await mariadb.query(statement)
        await mariadb.ensure_closed()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    if request.param != "sqlite":
        url = str(request.getfixturevalue(f"{request.param}_url"))
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}[request.param]
    quote = "`" if request.param == "mariadb" else '"'
    await carry_out(url, [statement.format(odd=ODD.replace(quote, quote * 2)) for statement in statements])
    provider = Provider("nguon", "sql", url, {}, {"password": "mat-khau"}, timedelta(seconds=20))
    return Place(request.param, provider, "Quản lý đất" if request.param == "postgresql" else "")


def columns(found: TableFound) -> dict[str, ColumnFound]:
    return {column.name: column for column in found.columns}


async def test_tables_and_views_of_odd_names_are_listed(place: Place) -> None:
    listed = {table.name: table.is_view for table in await list_tables(place.provider, AROUND)}

    assert listed == {ODD: False, "nhin": True}


TYPES = {
    "sqlite": "string integer number boolean integer date string datetime None None number",
    "postgresql": "string integer number integer number string boolean date datetime datetime string string string"
    " None None None number",
    "mariadb": "string integer number integer string boolean integer date datetime datetime string string None number"
    " string",
}


async def test_columns_have_types_of_ours_or_none(place: Place) -> None:
    found = await place.inspect()

    assert " ".join(str(column.type) for column in found.columns) == TYPES[place.engine]


async def test_a_primary_key_of_two_columns_is_found(place: Place) -> None:
    found = await place.inspect()

    assert (found.key, found.key_faults) == (('Số "GCN', "select"), ())


async def test_only_columns_that_a_whole_index_begins_with_are_filterable(place: Place) -> None:
    found = await place.inspect()

    assert {column.name for column in found.columns if column.filterable} - {"id"} == {'Số "GCN', "ngay"}


async def test_what_is_left_out_is_said(place: Place) -> None:
    found = await place.inspect()

    assert {remark.where for remark in found.remarks if remark.left_out} == {
        column.name for column in found.columns if column.type is None
    }


async def test_values_that_are_not_of_the_declared_type_are_told(place: Place) -> None:
    said = {remark.where for remark in (await place.inspect()).remarks if "declared" in remark.en}

    assert said == {"sqlite": {"nho", "sai"}, "postgresql": set(), "mariadb": {"nho"}}[place.engine]


async def test_samples_are_texts_and_no_binary(place: Place) -> None:
    found = await place.inspect()
    row = dict(zip(columns(found), found.samples[0], strict=True))

    assert (row['Số "GCN'], row["ngay"], row["anh"]) == ("A/1", "2024-01-31", None)


async def test_a_sample_is_in_no_repr(place: Place) -> None:
    assert "A/1" not in repr(await place.inspect())


async def test_a_view_has_no_key_of_its_own(place: Place) -> None:
    assert (await place.inspect("nhin", schema="")).key == ()


async def test_a_key_that_a_person_proposes_is_tried(place: Place) -> None:
    whole = await place.inspect("nhin", schema="", key=["so"])

    assert (whole.key, whole.key_faults) == (("so",), ())


REPEATING = "CREATE VIEW trung AS SELECT 1 AS so, NULL AS trong UNION ALL SELECT 1, NULL"


@pytest.mark.parametrize(("key", "says"), [("so", "more than one row"), ("khong_co", "cannot be a key")])
async def test_a_key_that_is_none_is_refused(key: str, says: str, place: Place) -> None:
    await carry_out(place.provider.endpoint, [REPEATING])

    (fault,) = (await place.inspect("trung", schema="", key=[key])).key_faults

    assert says in fault.en


async def test_a_table_that_is_not_there_is_said_to_be_missing(place: Place) -> None:
    with pytest.raises(ProviderHasNone):
        await place.inspect('khong co"; DROP TABLE x; --')


async def test_an_address_that_is_not_allowed_is_not_asked() -> None:
    provider = Provider("x", "sql", "postgresql://a@10.0.0.1/b", {}, {"password": ""}, timedelta(seconds=5))

    with pytest.raises(ProviderUnreachable):
        await list_tables(provider, AROUND)


WANTED = Wanted(database="datdai", service="thua", title_vi="Thửa đất", agency="H32", provider="nguon")


async def ask(place: Place, operation: OperationDescription, parameters: dict[str, Json]) -> dict[str, Json]:
    """Serve an operation of a draft by the adapter, all of its fields, and return what it answers."""
    config = msgspec.json.decode(operation.binding)
    declared = tuple(DeclaredField(one.path, one.type) for one in operation.fields)
    binding = Binding("x", safe=True, config=config, fields=declared, rows=operation.rows)
    adapter = build(place.provider, [binding], AROUND)
    fields = tuple(one.path for one in operation.fields if not one.structural)
    deadline = asyncio.get_running_loop().time() + 20
    try:
        answer = await adapter.call(make_call("x", parameters, fields=fields, deadline=deadline))
    finally:
        await adapter.close()
    decoded: dict[str, Json] = json.loads(answer.body)
    return decoded


async def drafted(place: Place, *, key: Sequence[str] = ()) -> Draft:
    return draft_table(await place.inspect(key=key), WANTED)


async def test_a_row_is_served_as_it_was_told(place: Place) -> None:
    listing, _ = (await drafted(place)).service.operations

    page = await ask(place, listing, {"NgayCapGiay": None, "TuNgayCapGiay": None, "ngay": "2024-01-31"})

    assert page == {"items": [{"SoGcn": "A/1", "select": 1, **SERVED[place.engine]}], "next": None}


SERVED: dict[str, dict[str, Json]] = {
    "sqlite": {
        "dien_tich": 120.5, "co": True, "nho": 7, "ngay": "2024-01-31", "sai": "31/01/2024",
        "luc": "2024-01-31T08:30:00", "kep": 241,
    },
    "postgresql": {
        "dien_tich": 99999999999999.123456, "dem": 12345678901234567890, "nua": 0.1, "ma": "AB", "co": True,
        "ngay": "2024-01-31", "luc": "2024-01-31T08:30:00", "luc_mui": "2024-01-31T01:30:00+00:00", "gio": "08:30:00",
        "id": "0b8ad2b6-4b05-4bd9-9d7c-0e3a3b6ff001", "muc": "Cao", "kep": 199999999999998.246912,
    },
    "mariadb": {
        "dien_tich": 99999999999999.123456, "dem": 12345678901234567890, "ma": "AB", "co": True, "nho": 7,
        "ngay": "2024-01-31", "luc": "2024-01-31T08:30:00", "luc_mui": "2024-01-31T08:30:00", "gio": "08:30:00",
        "muc": "Cao", "kep": 199999999999998.246912, "id": "0b8ad2b6-4b05-4bd9-9d7c-0e3a3b6ff001",
    },
}  # fmt: skip


async def test_a_row_is_found_by_its_whole_key(place: Place) -> None:
    _, getting = (await drafted(place)).service.operations

    assert (await ask(place, getting, {"SoGcn": "A/1", "select": 1}))["ngay"] == "2024-01-31"


WITH_UUID = (
    f"ALTER TABLE {QUOTED} ADD COLUMN id TEXT",
    f"UPDATE {QUOTED} SET id = '0b8ad2b6-4b05-4bd9-9d7c-0e3a3b6ff00' || \"select\"",
)


@pytest.fixture
async def keyed_by_uuid(place: Place) -> Place:
    if place.engine == "sqlite":
        await carry_out(place.provider.endpoint, WITH_UUID)
    return place


@pytest.mark.parametrize(("id_", "there"), [("0b8ad2b6-4b05-4bd9-9d7c-0e3a3b6ff001", True), ("không phải uuid", False)])
async def test_a_uuid_is_a_key(id_: str, there: bool, keyed_by_uuid: Place) -> None:
    _, getting = (await drafted(keyed_by_uuid, key=["id"])).service.operations

    assert await answers(keyed_by_uuid, getting, {"id": id_}) is there


async def answers(place: Place, operation: OperationDescription, parameters: dict[str, Json]) -> bool:
    try:
        await ask(place, operation, parameters)
    except ProviderHasNone:
        return False
    return True


async def test_a_column_that_the_user_may_not_read_is_left_out(postgresql_url: str) -> None:
    who = f"doc_{postgresql_url[-12:]}"
    table = "CREATE TABLE a (ma text PRIMARY KEY, kin text)"
    await carry_out(postgresql_url, [table, f"CREATE ROLE {who} LOGIN", f"GRANT SELECT (ma) ON a TO {who}"])
    address = urlsplit(postgresql_url)._replace(netloc=f"{who}@127.0.0.1:{urlsplit(postgresql_url).port}").geturl()
    provider = Provider("x", "sql", address, {}, {"password": ""}, timedelta(seconds=10))

    found = await inspect_table(provider, AROUND, name="a")

    assert [(column.name, column.type) for column in found.columns] == [("ma", "string"), ("kin", None)]


async def test_a_slow_view_ends_in_time(postgresql_url: str) -> None:
    await carry_out(postgresql_url, ["CREATE VIEW cham AS SELECT pg_sleep(60)::text AS so"])
    provider = Provider("x", "sql", postgresql_url, {}, {"password": ""}, timedelta(seconds=1))

    found = await inspect_table(provider, AROUND, name="cham")

    assert ["no sample in time" in remark.en for remark in found.remarks] == [True]
