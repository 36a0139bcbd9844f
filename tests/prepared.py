"""How does a test get a database that took a second to fill, when fifty others want the same?

The first of a process fills it; the others get a copy of what the first had, on the same engine, with the files beside.
"""

import asyncio
import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from conftest import administrate, with_database

Result = TypeVar("Result")
Prepare = Callable[[str, Path], Awaitable[Result]]


@dataclass(slots=True)
class _Kept:
    """What was prepared: a copy of the database, of the directory, and what `prepare` returned."""

    source: str
    directory: Path
    result: object = field(repr=False)


_kept: dict[tuple[str, str], _Kept] = {}


async def prepared(name: str, url: str, directory: Path, prepare: Prepare[Result]) -> Result:
    """Return what `prepare` returns, and leave the database at `url` and the directory as it leaves them.

    It MUST close what it opens, and do the same whenever it is called under this `name`; for what it returns no copy
    is made. The database at `url` is one of the fixtures' own, and nobody else may be connected to it.
    """
    key = name, urlsplit(url).scheme
    if key not in _kept:
        result = await prepare(url, directory)
        _kept[key] = await asyncio.to_thread(_keep, url, directory, result)
        return result
    await asyncio.to_thread(_copy, _kept[key], url, directory)
    return _kept[key].result  # type: ignore[return-value]  # the name says which `prepare` it is of


def _keep(url: str, directory: Path, result: object) -> _Kept:
    place = Path(tempfile.mkdtemp(prefix="lienthong-prepared-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _copy_files(url, directory, place / "directory")
    if url.startswith("sqlite"):
        source = f"sqlite:///{place / 'database.db'}"
        shutil.copyfile(_file(url), _file(source))
    else:
        source = with_database(url, f"lienthong_kept_{uuid.uuid4().hex}")
        _create(source, template=url)
        if os.environ.get("LIENTHONG_TEST_DATABASE_URL"):  # our own server is gone by then, with all that is in it
            atexit.register(_drop, source)
    return _Kept(source, place / "directory", result)


def _copy(kept: _Kept, url: str, directory: Path) -> None:
    _copy_files("", kept.directory, directory)
    if url.startswith("sqlite"):
        shutil.copyfile(_file(kept.source), _file(url))
    else:
        _drop(url)
        _create(url, template=kept.source)


def _copy_files(url: str, source: Path, target: Path) -> None:
    database = f"{_file(url).name}*" if url.startswith("sqlite") else ""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(database))


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _create(url: str, *, template: str) -> None:
    how = "" if os.environ.get("LIENTHONG_TEST_DATABASE_URL") else " STRATEGY file_copy"
    names = (urlsplit(one).path.removeprefix("/") for one in (url, template))
    administrate(with_database(url, "postgres"), 'CREATE DATABASE "{}" TEMPLATE "{}"{}'.format(*names, how))


def _drop(url: str) -> None:
    name = urlsplit(url).path.removeprefix("/")
    administrate(with_database(url, "postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
