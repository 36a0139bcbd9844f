"""How does the synthetic province come to lie on disk, once and whole?"""

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gateway.demo.contents import RECORDS, TABLES, record_examples, table_examples
from gateway.demo.databases import DATABASES
from gateway.demo.databases.form import Database, Proof, Technology
from gateway.demo.datafiles import write_files
from gateway.demo.faults import with_faults
from gateway.demo.nation import ensure_national_secrets
from gateway.demo.province import DEFAULT_SEED, Province, make_province
from gateway.demo.sqlfile import write_sqlite
from gateway.demo.wsdl import schema_document, wsdl_document

FORMAT = 2  # raise it when what is generated changes: an older demo is then made anew
MARK = "demo.json"
PROVIDER_ADDRESS = "http://127.0.0.1:8100"  # only a default: a served WSDL names the address where it was asked for
_PARTS = ("sql", "files", "wsdl", "secrets", "state", "examples.json")
_SECRETS: Mapping[Proof, Sequence[str]] = {
    Proof.NONE: (),
    Proof.API_KEY: ("api_key",),
    Proof.BASIC: ("user", "password"),
    Proof.OAUTH2: ("client_id", "client_secret"),
    Proof.USERNAME_TOKEN: ("user", "password"),
}


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was made: written last, so that a demo without it is half written."""

    seed: int
    format: int


def read_mark(directory: Path) -> Mark | None:
    """What was made in `directory`, or None when nothing whole lies there."""
    try:
        return msgspec.json.decode((directory / MARK).read_bytes(), type=Mark)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def create_demo(directory: Path, *, seed: int = DEFAULT_SEED) -> None:
    """Write databases, files, WSDLs, secrets and example keys of the province into `directory`, unless they are there.

    The databases and files are the same bytes for the same seed; the secrets are new each time. Everything is first
    written beside `directory` and then moved; the mark comes last, so a half-written demo is made anew at the next
    call. Only what this function writes is replaced; anything else in `directory` stays. Raises `OSError`.
    """
    mark = Mark(seed=seed, format=FORMAT)
    if read_mark(directory) == mark:
        return
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _write_parts(partial, make_province(seed))
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARK).unlink(missing_ok=True)
    for name in _PARTS:
        _replace(partial / name, directory / name)
    partial.rmdir()
    written = directory / f"{MARK}.new"
    written.write_bytes(msgspec.json.encode(mark))
    written.replace(directory / MARK)


def secret_names(database: Database) -> tuple[str, ...]:
    """The files below `secrets/` that hold what the gateway needs to ask this database."""
    return tuple(f"{database.code}.{name}" for name in _SECRETS[database.proof])


def _write_parts(partial: Path, province: Province) -> None:
    examples: dict[str, Mapping[str, Sequence[str]]] = {}
    for database in DATABASES:
        if database.code in TABLES:
            tables = with_faults(database, TABLES[database.code](province), seed=province.seed)
            examples[database.code] = table_examples(database, tables)
            if database.technology is Technology.SQL:
                write_sqlite(partial / database.source, database, tables)
            else:
                write_files(partial / database.source, database, tables)
        else:
            examples[database.code] = record_examples(database, RECORDS[database.code](province))
    (partial / "examples.json").write_bytes(msgspec.json.format(msgspec.json.encode(examples), indent=2))
    (partial / "state").mkdir()
    _write_wsdls(partial / "wsdl")
    _write_secrets(partial / "secrets")


def _write_wsdls(folder: Path) -> None:
    folder.mkdir()
    for database in (one for one in DATABASES if one.technology is Technology.SOAP):
        address = f"{PROVIDER_ADDRESS}{database.mount}"
        location = f"{database.code}.xsd"
        wsdl = wsdl_document(database, address=address, schema_location=location)
        (folder / f"{database.code}.wsdl").write_bytes(wsdl)
        (folder / location).write_bytes(schema_document(database))


def _write_secrets(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    drawn = {name: secrets.token_urlsafe(24) for database in DATABASES for name in secret_names(database)}
    for name, value in drawn.items():
        opened = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(value)
    ensure_national_secrets(folder.parent)


def _replace(made: Path, place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    made.replace(place)
