"""Is no file read that lies outside the directories which the operator named, whatever an endpoint or a link says?"""

import asyncio
import dataclasses
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from providers.surroundings import AROUND, make_call

from adapters import file, rest, sql
from adapters.contract import Adapter, Binding, DeclaredField, Json, Provider, Surroundings
from adapters.errors import AdapterError, BindingInvalid, ProviderTalkedNonsense, ProviderUnreachable

COLUMNS: dict[str, Json] = {"Ma": {"column": "ma"}}
OF_ONE: dict[str, Json] = {"kind": "get", "key": ["ma"]}
FIELDS = (DeclaredField("Ma", "string"),)
OF_FILE = Binding("xem", safe=True, config=OF_ONE, fields=FIELDS, rows="")
OF_TABLE = dataclasses.replace(OF_FILE, config={**OF_ONE, "table": "t", "columns": COLUMNS})
INSIDE, OUTSIDE = "ma\ntrong\n", "ma\nngoai\n"


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A directory for providers, and beside it files that are nobody's business."""
    share = tmp_path / "nguon"
    share.mkdir()
    (share / "a.csv").write_text(INSIDE)
    (tmp_path / "b.csv").write_text(OUTSIDE)
    for directory, key in ((share, "trong"), (tmp_path, "ngoai")):
        with closing(sqlite3.connect(directory / "d.db")) as connection:
            connection.executescript(f"CREATE TABLE t (ma VARCHAR(9) PRIMARY KEY); INSERT INTO t VALUES ('{key}');")
    return share


def around(*directories: Path) -> Surroundings:
    return Surroundings(AROUND.egress, AROUND.cursor_key, files_under=directories)


def of_files(endpoint: str, *directories: Path) -> Adapter:
    options: dict[str, Json] = {"columns": COLUMNS, "poll_seconds": 0, "format": "csv"}
    provider = Provider("p", "file", endpoint, options, {}, timedelta(seconds=10))
    return file.build(provider, [OF_FILE], around(*directories))


def of_sqlite(path: str, *directories: Path) -> Adapter:
    provider = Provider("p", "sql", f"sqlite:///{path}", {}, {}, timedelta(seconds=10))
    return sql.build(provider, [OF_TABLE], around(*directories))


def test_a_path_with_a_null_byte_is_refused_when_it_is_built(share: Path) -> None:
    with pytest.raises(BindingInvalid):
        of_files(f"{share}/a.csv\x00", share)


async def key_of(adapter: Adapter, key: str) -> object:
    call = make_call("xem", {"Ma": key}, fields=("Ma",), deadline=asyncio.get_running_loop().time() + 10)
    return json.loads((await adapter.call(call)).body)["Ma"]


@pytest.fixture
async def files(share: Path) -> AsyncIterator[Adapter]:
    adapter = of_files(f"{share}/*.csv", share)
    yield adapter
    await adapter.close()


async def test_files_inside_are_served(files: Adapter) -> None:
    assert await key_of(files, "trong") == "trong"


async def test_a_sqlite_file_inside_is_served(share: Path) -> None:
    adapter = of_sqlite(str(share / "d.db"), share)
    found = await key_of(adapter, "trong")
    await adapter.close()

    assert found == "trong"


@pytest.mark.parametrize(
    "endpoint",
    ["{out}/b.csv", "{share}/../b.csv", "{share}/*/../../b.csv", "{out}/*.csv", "{out}/nguon*/a.csv", "/**/*.csv", "b"],
)  # fmt: skip
def test_an_endpoint_outside_is_refused_when_it_is_built(share: Path, endpoint: str) -> None:
    with pytest.raises(BindingInvalid):
        of_files(endpoint.format(share=share, out=share.parent), share)


@pytest.mark.parametrize("path", ["{out}/d.db", "{share}/../d.db", "{share}/%2e%2e/d.db", "d.db"])
def test_a_sqlite_endpoint_outside_is_refused_when_it_is_built(share: Path, path: str) -> None:
    with pytest.raises(BindingInvalid):
        of_sqlite(path.format(share=share, out=share.parent), share)


def test_where_no_directory_is_named_nothing_is_readable(share: Path) -> None:
    with pytest.raises(BindingInvalid):
        of_files(f"{share}/a.csv")
    with pytest.raises(BindingInvalid):
        of_sqlite(str(share / "d.db"))


@pytest.mark.parametrize("link", ["a.csv", "thu-muc"])
def test_a_link_that_leads_outside_is_refused_when_it_is_built(share: Path, link: str) -> None:
    (share / "a.csv").unlink()
    (share / link).symlink_to(share.parent / "b.csv" if link == "a.csv" else share.parent)

    with pytest.raises(BindingInvalid):
        of_files(f"{share}/{link}" if link == "a.csv" else f"{share}/{link}/b.csv", share)


def test_a_link_to_a_database_outside_is_refused_when_it_is_built(share: Path) -> None:
    (share / "l.db").symlink_to(share.parent / "d.db")

    with pytest.raises(BindingInvalid):
        of_sqlite(str(share / "l.db"), share)


async def test_a_link_that_is_put_there_later_is_not_followed(files: Adapter, share: Path) -> None:
    await key_of(files, "trong")
    (share / "c.csv").symlink_to(share.parent / "b.csv")

    with pytest.raises(AdapterError):
        await key_of(files, "ngoai")
    assert await key_of(files, "trong") == "trong"


async def test_the_check_says_which_file_leads_outside_and_not_where_to(files: Adapter, share: Path) -> None:
    (share / "c.csv").symlink_to(share.parent / "b.csv")

    with pytest.raises(ProviderTalkedNonsense, match=r"c\.csv") as refusal:
        await files.check()
    assert str(share.parent) not in str(refusal.value)


async def test_a_database_that_becomes_a_link_before_it_is_opened_is_not_opened(share: Path) -> None:
    adapter = of_sqlite(str(share / "d.db"), share)
    (share / "d.db").unlink()
    (share / "d.db").symlink_to(share.parent / "d.db")

    with pytest.raises(ProviderUnreachable):
        await key_of(adapter, "ngoai")
    await adapter.close()


# --- certificates, their keys and trusted authorities ---------------------------------------------------------------

CREDENTIALS = ["ca_file", "certificate_file", "key_file"]


def of_rest(option: str, path: Path, around: Surroundings) -> Adapter:
    provider = Provider("p", "rest", "https://127.0.0.1", {option: str(path)}, {}, timedelta(seconds=10))
    return rest.build(provider, [], around)


def of_server(path: Path, around: Surroundings) -> Adapter:
    options: dict[str, Json] = {"tls": True, "ca_file": str(path)}
    return sql.build(Provider("p", "sql", "postgresql://u@127.0.0.1/d", options, {}), [OF_TABLE], around)


@pytest.mark.parametrize("option", CREDENTIALS)
@pytest.mark.parametrize("named", [False, True], ids=["nothing-named", "another-named"])
def test_a_credential_file_outside_the_directories_of_secrets_is_refused(
    share: Path, option: str, *, named: bool
) -> None:
    beside = dataclasses.replace(around(share.parent), secret_files_under=(share,) if named else ())

    with pytest.raises(BindingInvalid, match=f"{option} must lie"):
        of_rest(option, share.parent / "b.csv", beside)


@pytest.mark.parametrize("option", CREDENTIALS)
def test_a_credential_file_among_the_gateways_own_keys_is_refused(share: Path, option: str) -> None:
    keys = dataclasses.replace(around(), secret_files_under=(share.parent,), never_under=(share,))

    with pytest.raises(BindingInvalid, match=f"{option} must lie"):
        of_rest(option, share / "a.csv", keys)


def test_a_database_servers_authority_outside_is_refused(share: Path) -> None:
    with pytest.raises(BindingInvalid, match="ca_file must lie"):
        of_server(share / "a.csv", around(share))


def test_an_authority_inside_is_read(share: Path) -> None:
    with pytest.raises(BindingInvalid, match="cannot be read"):
        of_server(share / "a.csv", dataclasses.replace(around(), secret_files_under=(share,)))


def test_a_providers_file_among_the_gateways_own_keys_is_refused(share: Path) -> None:
    of = Provider("p", "sql", f"sqlite:///{share / 'd.db'}", {}, {})

    with pytest.raises(BindingInvalid):
        sql.build(of, [OF_TABLE], dataclasses.replace(around(share.parent), never_under=(share,)))


@pytest.mark.parametrize("way", ["itself", "link", "hard link", "below"])
async def test_the_gateways_own_database_is_no_providers(share: Path, way: str) -> None:
    (share / "l.db").symlink_to(share / "d.db")
    (share / "h.db").hardlink_to(share / "d.db")
    path = {"itself": share / "d.db", "link": share / "l.db", "hard link": share / "h.db", "below": share / "d.db"}[way]
    ours = share if way == "below" else share / "d.db"
    of = Provider("p", "sql", f"sqlite:///{path}", {}, {})

    await sql.build(of, [OF_TABLE], around(share)).close()
    with pytest.raises(BindingInvalid, match="of the gateway itself"):
        sql.build(of, [OF_TABLE], dataclasses.replace(around(share), never_under=(ours,)))


def test_a_pattern_that_begins_among_our_keys_is_refused(share: Path) -> None:
    options: dict[str, Json] = {"columns": COLUMNS, "poll_seconds": 0, "format": "csv"}
    of = Provider("p", "file", f"{share}/*.csv", options, {}, timedelta(seconds=10))

    with pytest.raises(BindingInvalid, match="of the gateway itself"):
        file.build(of, [OF_FILE], dataclasses.replace(around(share), never_under=(share,)))
