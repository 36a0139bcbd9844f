"""Is this export of the record, or this evidence bundle, whole and unchanged, and if not, where does it break first?

This file lies in every bundle and is the module that `lienthong audit verify` runs: needs Python 3.9, its standard
library and `cryptography`, no network and nothing of ours. It shares no code with what makes a bundle.

    python3 verify_bundle.py BUNDLE.zip --log-key KEY --platform-keys jwks.json --witness-key KEY

Exit code: 0 whole, 1 tampered, 2 incomplete, 3 wrong usage. A key that comes in the bundle proves only that nothing was
changed since somebody who holds that key made it: keys that you were given by another way are to be named.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

FORMAT = "lienthong-export/1"
SIGNATURE_TYPE = "record-export+jwt"
MANIFEST, SIGNATURE, KEYS = "manifest.json", "manifest.jws", "keys.json"
OK, TAMPERED, INCOMPLETE, USAGE = 0, 1, 2, 3
MAX_BODY_BYTES = 8192
_MAX_LINE = 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Python 3.9 has no datetime.UTC
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOTE, _COSIGNATURE = 1, 4
_SAID = {
    OK: "whole",
    TAMPERED: "TAMPERED",
    INCOMPLETE: "incomplete: not all of it can be proven yet, or an exchange is not all here",
}


class Bad(Exception):
    """The first bad place: where, and what is wrong there."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place, self.what = place, what


class Unusable(Exception):
    """There is nothing to verify at this path."""


class KeyUnusable(ValueError):
    """This is no key."""


@dataclass(frozen=True)
class Trusted:
    """Keys that came by another way than the bundle: of logs and witnesses (name+id+key), and the platform's JWK Set.

    Empty ones are taken from the bundle, which shows less, and the report says so.
    """

    log_keys: tuple[str, ...] = ()
    witness_keys: tuple[str, ...] = ()
    platform_keys: str = ""


@dataclass
class Report:
    """What was verified, and what was found. `told` are sentences for people, in order."""

    records: int = 0
    proven: int = 0
    pending: int = 0
    exchanges: int = 0
    unpaired: int = 0
    told: list[str] = field(default_factory=list)
    finding: Bad | None = None

    @property
    def verdict(self) -> int:
        """The exit code."""
        if self.finding is not None:
            return TAMPERED
        return INCOMPLETE if self.pending or self.unpaired else OK

    def describe(self) -> str:
        """Return the report in lines."""
        lines = [
            f"records {self.records}, proven to be in the log {self.proven}, waiting for a proof {self.pending}, "
            f"exchanges {self.exchanges}, not all here {self.unpaired}",
            *self.told,
        ]
        if self.finding is not None:
            lines.append(f"FIRST BAD PLACE: {self.finding.place}: {self.finding.what}")
        return "\n".join([*lines, _SAID[self.verdict]])


@dataclass(frozen=True)
class Line:
    """One record as the file has it. `index` is -1 while it is in no log, `proof` None where the file carries none.

    `columns` are what the file says beside the body, which is what counts.
    """

    place: str
    log: str
    index: int
    leaf: str
    body: bytes
    proof: list[bytes] | None
    columns: dict[str, Any]


@dataclass(frozen=True)
class Signed:
    """What a log's checkpoint says, once its signature was checked."""

    size: int
    root: bytes


# --- what lies in the bundle -------------------------------------------------------------------------------


class Container:
    """The files of a bundle: a ZIP, or the directory into which it was unpacked."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises Unusable: there is none; Bad: it is no whole ZIP."""
        self._directory = path if path.is_dir() else None
        self._zip: zipfile.ZipFile | None = None
        if not path.exists():
            raise Unusable(f"there is no file {path.name}")
        if self._directory is None:
            try:
                self._zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, OSError) as error:
                raise Bad(path.name, "this is no whole ZIP: cut off, or damaged") from error

    def names(self) -> list[str]:
        """Return the names of all files. Raises Bad: one is there twice."""
        if self._zip is None:
            directory = self._directory or Path()
            found = [path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()]
        else:
            found = self._zip.namelist()
        twice = {name for name in found if found.count(name) > 1} if len(found) < 1000 else {found[0]}
        if twice:
            raise Bad(min(twice), "stands in the bundle more than once")
        return sorted(found)

    def open(self, name: str) -> IO[bytes]:
        """Open a file. Raises Bad: it is missing."""
        try:
            return self._zip.open(name) if self._zip is not None else ((self._directory or Path()) / name).open("rb")
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise Bad(name, "is missing, or cannot be read") from error

    def read(self, name: str) -> bytes:
        """Return a small file. Raises Bad."""
        with self.open(name) as file:
            content = _read(file, name, 4 * _MAX_LINE)
        if len(content) == 4 * _MAX_LINE:
            raise Bad(name, "is far too large")
        return content


def _read(file: IO[bytes], name: str, most: int) -> bytes:
    try:
        return file.read(most)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Bad(name, "cannot be read to its end: cut off, or damaged") from error


# --- signatures --------------------------------------------------------------------------------------------


def read_manifest(container: Container, jwks: bytes) -> dict[str, Any]:
    """Return the manifest when one of the keys has signed it (RFC 7515, ES256). Raises Bad."""
    jws = container.read(SIGNATURE).strip()
    try:
        header_text, payload_text, signature_text = jws.split(b".")
        header = json.loads(_unbase64url(header_text))
        signature, payload = _unbase64url(signature_text), _unbase64url(payload_text)
        keys = [one for one in json.loads(jwks)["keys"] if one.get("kid") == header["kid"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Bad(SIGNATURE, "this is no signature, or the platform's keys cannot be read") from error
    if set(header) != {"alg", "typ", "kid"} or header["typ"] != SIGNATURE_TYPE or header["alg"] != "ES256":
        raise Bad(SIGNATURE, "this is no signature of an export")
    if not keys:
        raise Bad(SIGNATURE, "is signed with a key that is not the platform's")
    if not _is_es256(keys[0], signature, header_text + b"." + payload_text):
        raise Bad(SIGNATURE, "the signature does not fit the manifest")
    if payload != container.read(MANIFEST):
        raise Bad(MANIFEST, "is not the manifest that was signed")
    manifest = json.loads(payload)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Bad(MANIFEST, f"is of another format than {FORMAT}: take the verifier of its own release")
    return manifest


def _is_es256(jwk: dict[str, str], signature: bytes, text: bytes) -> bool:
    try:
        x, y = (int.from_bytes(_unbase64url(jwk[name].encode()), "big") for name in ("x", "y"))
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        if len(signature) != 64:
            return False
        der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        key.verify(der, text, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, KeyError, AttributeError):
        return False
    return True


def read_signed(note: str, key: str, place: str) -> Signed:
    """Return what a checkpoint says when the log's key (name+id+key) signed it (C2SP tlog-checkpoint). Raises Bad."""
    lines = note.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as error:
        raise Bad(place, "this is no checkpoint") from error
    if origin != key.partition("+")[0]:
        raise Bad(place, f"is a checkpoint of {origin}, and not of the log that the key is for")
    if len(root) != 32 or size < 0 or signed_at(note, key) is None:
        raise Bad(place, "is not signed by the log's key")
    return Signed(size, root)


def signed_at(note: str, key: str) -> int | None:
    """Return None where this key has not signed the note, else the seconds since 1970 (0: it names no time)."""
    text, _, lines = note.rpartition("\n\n")
    name, key_id, material, kind = _key(key)
    for line in lines.split("\n"):
        said, _, encoded = line[2:].partition(" ")
        if line[:2] != "— " or said != name:
            continue
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        message, seconds, signature = f"{text}\n".encode(), 0, raw[4:]
        if kind == _COSIGNATURE:
            seconds, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
            message = f"cosignature/v1\ntime {seconds}\n".encode() + message
        try:
            if raw[:4] == key_id:
                Ed25519PublicKey.from_public_bytes(material).verify(signature, message)
                return seconds
        except (InvalidSignature, ValueError):
            return None
    return None


def check_keys(keys: Iterable[str]) -> None:
    """Return when these are keys as they are handed on. Raises KeyUnusable."""
    for key in keys:
        _key(key)


def _key(key: str) -> tuple[str, bytes, bytes, int]:
    """Return name, id, public key and kind of a key as it is handed on (C2SP signed-note). Raises KeyUnusable."""
    name, _, rest = key.strip().partition("+")
    said, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raw = b""
    found = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] not in (_NOTE, _COSIGNATURE) or found.hex() != said:
        raise KeyUnusable("a key is name+id+key, as `lienthong log key` prints it")
    return name, found, raw[1:], raw[0]


def _unbase64url(text: bytes) -> bytes:
    raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text:
        raise ValueError("not the one way to write these bytes")
    return raw


# --- records -----------------------------------------------------------------------------------------------


@dataclass
class Records:
    """Takes each record in the order of the file; raises Bad at the first that is wrong.

    `logs` are the checkpoints. Records stand in the order of their logs, those that are in none yet at the end.
    """

    logs: dict[str, Signed]
    is_proven: bool
    report: Report
    first: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    _place: tuple[bool, str, int] = (False, "", -1)
    _ends: dict[str, tuple[int, str]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)

    def take(self, line: Line) -> None:
        """Check one record: its bytes, its hash, its place, its proof, and the one before it."""
        leaf = hashlib.sha256(b"\x00" + line.body).digest()
        if leaf.hex() != line.leaf:
            raise Bad(line.place, "the body and its leaf hash do not belong together")
        members = _members(line)
        _check_columns(line, members)
        self._check_place(line)
        if line.index >= 0:
            self._check_proof(line, leaf)
        else:
            self.report.pending += 1
        self._check_chain(line, members)
        self._pair(members)
        self.report.records += 1

    def end(self) -> None:
        """Count the exchanges of which a half is missing."""
        self.report.exchanges = len(self._begun | self._ended)
        unpaired = sorted(self._begun ^ self._ended)
        self.report.unpaired = len(unpaired)
        if unpaired:
            self.report.told.append(f"exchange {unpaired[0]} is not all here: its intent or its end is missing")

    def _check_place(self, line: Line) -> None:
        place = (line.index < 0, line.log, line.index)
        if place <= self._place and (line.index >= 0 or self._place[0] is not True):
            raise Bad(line.place, "does not stand behind the one before it: dropped, doubled or moved")
        self._place = place
        if line.index < 0:
            return
        if line.log not in self.logs:
            raise Bad(line.place, f"is said to be in a log of which no checkpoint is here: {line.log}")
        self.first.setdefault(line.log, line.index)
        self.last[line.log] = line.index

    def _check_proof(self, line: Line, leaf: bytes) -> None:
        signed = self.logs[line.log]
        if line.index >= signed.size:
            raise Bad(line.place, "is said to stand behind the end of the signed log")
        if line.proof is None:
            if self.is_proven:
                raise Bad(line.place, "its proof is missing")
            return
        if root_over(leaf, line.index, signed.size, line.proof) != signed.root:
            raise Bad(
                line.place, f"is not leaf {line.index} of the log {line.log}: its proof does not lead to the root"
            )
        self.report.proven += 1

    def _check_chain(self, line: Line, members: dict[str, Any]) -> None:
        stream, seq, prev = str(members.get("stream")), members.get("seq"), members.get("prev")
        if not isinstance(seq, int) or not isinstance(prev, str):
            raise Bad(line.place, "the body is not a record: it has no place in a stream")
        before = self._ends.get(stream, (0, ""))
        if seq <= before[0]:
            raise Bad(line.place, "stands before, or twice: its stream has come further")
        if seq == before[0] + 1 and prev != before[1]:
            raise Bad(line.place, "the chain is broken: prev is not the leaf of the record before")
        self._ends[stream] = (seq, line.leaf)

    def _pair(self, members: dict[str, Any]) -> None:
        kind, exchange = members.get("kind"), str(members.get("exchange", ""))
        if kind == "INTENT":
            self._begun.add(exchange)
        elif kind in ("OUTCOME", "UNKNOWN"):
            self._ended.add(exchange)


def root_over(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Return the root to which an inclusion proof leads (RFC 9162, 2.1.3.2); empty where it has not its length."""
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return b""
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        node, last = node >> 1, last >> 1
    return b"" if last else found


def _members(line: Line) -> dict[str, Any]:
    if len(line.body) > MAX_BODY_BYTES:
        raise Bad(line.place, f"the body is longer than {MAX_BODY_BYTES} bytes")
    try:
        members = json.loads(line.body.decode(), object_pairs_hook=_sorted_members)
    except (ValueError, RecursionError) as error:
        raise Bad(line.place, f"the body is not a record: {error}") from error
    if not isinstance(members, dict):
        raise Bad(line.place, "the body is not a JSON object")
    return members


def _check_columns(line: Line, members: dict[str, Any]) -> None:
    who = members.get("who")
    seen = who if isinstance(who, dict) else {}
    at = _EPOCH + timedelta(microseconds=members["at_us"])
    expected = {
        "stream": members["stream"],
        "seq": members["seq"],
        "at": at.isoformat(timespec="microseconds"),
        "kind": members["kind"],
        "exchange": members.get("exchange", ""),
        "agency": seen.get("agency", ""),
        "system": seen.get("system", ""),
    }
    for column, value in expected.items():
        if str(line.columns[column]) != str(value):
            raise Bad(line.place, f"the column {column} is not what the body says")


def _sorted_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if list(members) != sorted(members) or len(members) != len(pairs):
        raise ValueError("keys are not sorted or not unique")
    return members


def lines_of(container: Container, name: str) -> Generator[Line, None, None]:
    """Return the records of a JSON Lines or CSV file. Raises Bad."""
    with container.open(name) as file:
        read = _json_lines if name.endswith(".jsonl") else _csv_lines
        try:
            yield from read(file, name)
        except (UnicodeDecodeError, csv.Error) as error:
            raise Bad(name, "is not the file that was made: it cannot be read") from error


def _json_lines(file: IO[bytes], name: str) -> Generator[Line, None, None]:
    number = 0
    while text := file.readline(_MAX_LINE):
        number += 1
        place = f"{name} line {number}"
        try:
            told = json.loads(text)
            proof = [base64.b64decode(one, validate=True) for one in told["proof"]] if "proof" in told else None
            body, log, index, leaf = told["body"].encode(), told["log"], told["index"], told["leaf"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Bad(place, "is no line of an export") from error
        yield _line(place, (log, index, leaf), body, proof=proof, columns=told)


def _csv_lines(file: IO[bytes], name: str) -> Generator[Line, None, None]:
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield from _csv_rows(csv.DictReader(text), name)


def _csv_rows(rows: csv.DictReader[str], name: str) -> Generator[Line, None, None]:
    for number, row in enumerate(rows, start=1):
        place = f"{name} record {number}"
        try:
            texts = {key: _without_quote(value) for key, value in row.items()}
            index = int(texts["index"]) if texts["index"] else -1
            line = _line(place, (texts["log"], index, texts["leaf"]), texts["body"].encode(), proof=None, columns=texts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Bad(place, "is no row of an export") from error
        yield line


def _without_quote(text: str) -> str:
    # A text that a spreadsheet would run was written with a quote before it.
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def _line(
    place: str, where: tuple[str, int, str], body: bytes, *, proof: list[bytes] | None, columns: dict[str, Any]
) -> Line:
    log, index, leaf = where
    if not isinstance(log, str) or type(index) is not int or not isinstance(leaf, str):
        raise Bad(place, "is no line of an export")
    return Line(f"{place} (log {log}, leaf {index})" if index >= 0 else place, log, index, leaf, body, proof, columns)


# --- the whole ---------------------------------------------------------------------------------------------


def verify(path: Path, trusted: Trusted, *, rows: Generator[Line, None, None] | None = None) -> Report:
    """Return what was found in a bundle or export. `rows` are the records of a form that this file cannot read.

    Raises Unusable: there is nothing to verify.
    """
    report = Report()
    try:
        container = Container(path)
        manifest = _check_manifest(container, trusted, report)
        _check_files(container, manifest)
        logs = _check_checkpoints(container, manifest, trusted, report)
        name = str(manifest.get("records_in"))
        if manifest["absent"]:
            report.told.append(f"{manifest['absent']} exchanges were asked for of which no record is here")
        if rows is None and not name.endswith((".jsonl", ".csv")):
            report.told.append(f"{name} is the file that was signed; its rows are checked by `lienthong audit verify`")
            report.records = int(manifest["count"])
            return report
        records = Records(logs, manifest.get("kind") == "bundle", report)
        with closing(lines_of(container, name) if rows is None else rows) as lines:
            for line in lines:
                records.take(line)
        records.end()
        _check_counts(manifest, records)
    except Bad as bad:
        report.finding = bad
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        report.finding = Bad(MANIFEST, f"it, or the keys, are not as a bundle has them ({type(error).__name__})")
    return report


def _check_manifest(container: Container, trusted: Trusted, report: Report) -> dict[str, Any]:
    names = container.names()
    if KEYS not in names or SIGNATURE not in names or MANIFEST not in names:
        raise Bad(MANIFEST, "this is no export of the record: its manifest, its signature or its keys are missing")
    if not trusted.platform_keys:
        report.told.append(
            "ATTENTION: who made this was checked only against the platform's key that came in the bundle itself. Get "
            "the platform's keys by another way (/.well-known/jwks.json) and name them with --platform-keys."
        )
    own = json.dumps(_keys(container).get("platform")).encode()
    return read_manifest(container, trusted.platform_keys.encode() or own)


def _keys(container: Container) -> dict[str, Any]:
    try:
        keys = json.loads(container.read(KEYS))
    except (ValueError, RecursionError) as error:
        raise Bad(KEYS, "cannot be read") from error
    if not isinstance(keys, dict):
        raise Bad(KEYS, "cannot be read")
    return keys


def _check_files(container: Container, manifest: dict[str, Any]) -> None:
    names, files = set(container.names()), manifest["files"]
    for name in sorted(set(files) - names):
        raise Bad(name, "is missing")
    for name in sorted(names - set(files) - {MANIFEST, SIGNATURE}):
        raise Bad(name, "does not belong to the bundle")
    for name in sorted(files):
        digest = hashlib.sha256()
        with container.open(name) as file:
            while part := _read(file, name, _MAX_LINE):
                digest.update(part)
        if digest.hexdigest() != files[name]:
            raise Bad(name, "is not the file that was signed: its SHA-256 is another" + _first_bad(container, name))


def _first_bad(container: Container, name: str) -> str:
    """Return where the records of a file that was changed stop fitting their hashes, if that can be told."""
    if not name.endswith((".jsonl", ".csv")):
        return ""
    try:
        with closing(lines_of(container, name)) as lines:
            for line in lines:
                if hashlib.sha256(b"\x00" + line.body).hexdigest() != line.leaf:
                    return f"; first record that does not fit: {line.place}"
    except Bad as bad:
        return f"; first place that cannot be read: {bad.place}"
    return ""


def _check_checkpoints(
    container: Container, manifest: dict[str, Any], trusted: Trusted, report: Report
) -> dict[str, Signed]:
    keys = _keys(container)
    given = {key.partition("+")[0]: key for key in trusted.log_keys}
    logs: dict[str, Signed] = {}
    for log in sorted(manifest["logs"]):
        told, place = manifest["logs"][log], f"checkpoints/{log}.txt"
        origin, note = str(told["origin"]), container.read(place).decode("utf-8", "replace")
        key = given.get(origin, str(keys["logs"].get(log, "")))
        logs[log] = read_signed(note, key, place)
        if origin not in given:
            report.told.append(
                f"ATTENTION: log {origin} was checked only against the key that came in the bundle itself. Name the "
                "key that you were given by another way: --log-key."
            )
        report.told += _tell_witnesses(note, log, keys, trusted)
    return logs


def _tell_witnesses(note: str, log: str, keys: dict[str, Any], trusted: Trusted) -> list[str]:
    told = []
    for key in trusted.witness_keys:
        if signed_at(note, key) is None:
            raise Bad(f"checkpoints/{log}.txt", f"is not signed by the witness {key.partition('+')[0]}")
        told.append(f"log {log} is witnessed by {key.partition('+')[0]}, whose key you named")
    own = [
        one for one in keys.get("witnesses", []) if one not in trusted.witness_keys and signed_at(note, one) is not None
    ]
    return told + [
        f"log {log} is signed by the witness {one.partition('+')[0]}, by the key in the bundle" for one in own
    ]


def _check_counts(manifest: dict[str, Any], records: Records) -> None:
    report = records.report
    if (report.records, report.pending) != (manifest["count"], manifest["pending"]):
        raise Bad(
            manifest["records_in"],
            f"has {report.records} records, {report.pending} of them waiting; the manifest says {manifest['count']} "
            f"and {manifest['pending']}",
        )
    for log, told in manifest["logs"].items():
        found = records.first.get(log), records.last.get(log)
        if found != (told["first_index"], told["last_index"]) or told["size"] != records.logs[log].size:
            raise Bad(MANIFEST, f"says another range of leaves of log {log} than there is")


def main(arguments: list[str]) -> int:
    """Verify what the arguments name, say what was found, and return the exit code."""
    parser = argparse.ArgumentParser(prog="verify_bundle.py", description="Verify an export of the record, offline.")
    parser.add_argument("bundle", type=Path, help="the ZIP, or the directory into which it was unpacked")
    parser.add_argument("--log-key", action="append", default=[], help="the key of a log, as you were given it")
    parser.add_argument("--witness-key", action="append", default=[], help="the key of a witness who must have signed")
    parser.add_argument("--platform-keys", type=Path, help="the platform's keys: /.well-known/jwks.json, kept")
    try:
        asked = parser.parse_args(arguments)
    except SystemExit as ended:
        return USAGE if ended.code else OK
    try:
        jwks = asked.platform_keys.read_text(encoding="utf-8") if asked.platform_keys else ""
        check_keys((*asked.log_key, *asked.witness_key))
        report = verify(asked.bundle, Trusted(tuple(asked.log_key), tuple(asked.witness_key), jwks))
    except (Unusable, KeyUnusable, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"unreadable: {error}\n")
        return USAGE
    sys.stdout.write(f"{report.describe()}\n")
    return report.verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
