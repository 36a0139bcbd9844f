"""Is every change of an evidence bundle found and located, also when the manifest was signed anew to cover it up?"""

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from conftest import in_a_thread
from exported import ISSUER, make_bundle, pinned
from tampering import line_changes

from gateway.exports.package import Manifest
from security.audit.verify_bundle import INCOMPLETE, OK, SIGNATURE_TYPE, TAMPERED, Report, Trusted, verify
from security.keys import ensure_keys
from security.signatures import Signer

RECORDS = "records.jsonl"
Files = dict[str, bytes]


@dataclass
class Bundle:
    """The files of a pristine bundle, the keys that an auditor was given, and the platform's own signing key."""

    path: Path
    files: Files
    trusted: Trusted
    signer: Signer
    directory: Path

    def changed(self, files: Files, *, trusted: Trusted | None = None) -> Report:
        """Return what the verifier says of these files."""
        shutil.rmtree(self.directory, ignore_errors=True)
        for name, content in files.items():
            (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
            (self.directory / name).write_bytes(content)
        return verify(self.directory, self.trusted if trusted is None else trusted)

    def covered_up(self, files: Files, **members: object) -> Files:
        """Return the files with a manifest that names them as they are, signed with the platform's own key."""
        others = {name: content for name, content in files.items() if not name.startswith("manifest.")}
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
        manifest = msgspec.json.decode(self.files["manifest.json"], type=Manifest)
        manifest = msgspec.structs.replace(manifest, files=digests, **members)
        return {
            **others,
            "manifest.json": msgspec.json.encode(manifest),
            "manifest.jws": self.signer.sign(manifest).encode(),
        }


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite_template: Path) -> Bundle:
    directory = tmp_path_factory.mktemp("bundle")
    shutil.copyfile(migrated_sqlite_template, directory / "lienthong.db")
    path = make_bundle(f"sqlite:///{directory / 'lienthong.db'}", directory, 4)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    signer = Signer(ensure_keys(directory / "keys").agreement, issuer=ISSUER, typ=SIGNATURE_TYPE)
    return Bundle(path, files, pinned(directory), signer, directory / "changed")


def lines_of(files: Files) -> list[bytes]:
    return files[RECORDS].splitlines(keepends=True)


# Eight records, each with the members of a line and of a body: the names are known before there is a bundle.
LINE = ["log", "index", "stream", "seq", "at", "kind", "exchange", "agency", "system", "leaf", "body", "proof"]
INTENT = ["at_us", "decision", "exchange", "grant", "kind", "mono_us", "nonce", "prev", "pseudonym_key", "seal_key"]
INTENT += ["seq", "stream", "v", "what", "who", "whom", "why"]
SAMPLE = [
    json.dumps({**dict.fromkeys(LINE, ""), "body": json.dumps(dict.fromkeys([*INTENT, *more], ""))}).encode()
    for more in ([], ["outcome"]) * 4
]
CHANGES = sorted(line_changes(SAMPLE))


def test_the_sample_names_what_is_in_a_bundle(bundle: Bundle) -> None:
    assert sorted(line_changes(lines_of(bundle.files))) == CHANGES


def test_the_untouched_bundle_is_whole_zipped_or_not(bundle: Bundle) -> None:
    assert verify(bundle.path, bundle.trusted).verdict == OK
    assert bundle.changed(bundle.files).verdict == OK
    assert bundle.changed(bundle.covered_up(bundle.files)).verdict == OK


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_the_records_is_found_and_located(bundle: Bundle, what: str) -> None:
    lines = line_changes(lines_of(bundle.files))[what](lines_of(bundle.files))
    report = bundle.changed({**bundle.files, RECORDS: b"".join(lines)})

    assert report.verdict == TAMPERED
    assert report.finding is not None
    assert report.finding.place == RECORDS


@pytest.mark.parametrize("what", [what for what in CHANGES if not what.endswith("dropped")])
def test_a_change_that_the_platform_itself_covers_up_is_found(bundle: Bundle, what: str) -> None:
    lines = line_changes(lines_of(bundle.files))[what](lines_of(bundle.files))
    files = bundle.covered_up({**bundle.files, RECORDS: b"".join(lines)}, count=len(lines))
    report = bundle.changed(files)

    assert report.verdict == TAMPERED
    assert report.finding is not None
    assert report.finding.place.startswith(("records.jsonl line", "manifest.json", "checkpoints/")), report.describe()


@pytest.mark.parametrize("what", [what for what in CHANGES if what.endswith("dropped")])
def test_half_an_exchange_that_the_platform_leaves_out_is_missed(bundle: Bundle, what: str) -> None:
    lines = line_changes(lines_of(bundle.files))[what](lines_of(bundle.files))
    report = bundle.changed(bundle.covered_up({**bundle.files, RECORDS: b"".join(lines)}, count=len(lines)))

    assert report.verdict in (TAMPERED, INCOMPLETE)
    assert report.finding is not None or report.unpaired == 1


def _without(name: str) -> Callable[[Files], Files]:
    return lambda files: {one: content for one, content in files.items() if one != name}


def _flip(name: str) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        content = bytearray(files[name])
        content[len(content) // 2] ^= 1
        return {**files, name: bytes(content)}

    return change


def _edited(member: str, value: object) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        return {**files, "manifest.json": json.dumps({**json.loads(files["manifest.json"]), member: value}).encode()}

    return change


NAMES = ["manifest.json", "manifest.jws", "keys.json", RECORDS, "README.txt", "DOC-TRUOC.txt", "verify_bundle.py"]
OF_FILES: dict[str, Callable[[Files], Files]] = {
    **{f"{name} is missing": _without(name) for name in NAMES},
    **{f"a bit of {name}": _flip(name) for name in NAMES},
    **{f"{name} is empty": (lambda files, name=name: {**files, name: b""}) for name in NAMES},
    "a file more": lambda files: {**files, "more.txt": b"x"},
    **{
        f"the manifest's {member}": _edited(member, value)
        for member, value in [
            ("count", 7),
            ("pending", 1),
            ("asked_by", "x"),
            ("agency", "x"),
            ("filter", {}),
            ("exchanges", []),
            ("logs", {}),
            ("files", {}),
            ("made_at", "2020-01-01T00:00:00Z"),
            ("records_in", "README.txt"),
            ("format", "x"),
            ("kind", "export"),
        ]
    },
}


@pytest.mark.parametrize("what", OF_FILES)
def test_a_change_of_any_other_file_is_found_and_located(bundle: Bundle, what: str) -> None:
    report = bundle.changed(OF_FILES[what](bundle.files))

    assert report.verdict == TAMPERED
    assert report.finding is not None
    assert report.finding.place


# What somebody changes who signs the manifest anew. The log's name is the year.
COVERED_UP: dict[str, Callable[[Bundle], Files]] = {
    "the manifest is garbage": lambda one: one.covered_up(one.files, logs={}),
    "another count": lambda one: one.covered_up(one.files, count=9),
    "another number that waits": lambda one: one.covered_up(one.files, pending=2),
    "the proofs are not asked for": lambda one: one.covered_up(one.files, records_in="none.jsonl"),
}


@pytest.mark.parametrize("what", COVERED_UP)
def test_a_manifest_that_does_not_fit_is_found_though_it_is_signed(bundle: Bundle, what: str) -> None:
    assert bundle.changed(COVERED_UP[what](bundle)).verdict == TAMPERED


def checkpoint_changes(files: Files) -> Iterator[Files]:
    """A larger log, a smaller one, another root, another name, no signature, another's signature."""
    (name,) = [one for one in files if one.startswith("checkpoints/")]
    note = files[name].decode()
    origin, size, root, *rest = note.split("\n")
    lines = [
        [origin, str(int(size) + 1), root, *rest],
        [origin, str(int(size) - 1), root, *rest],
        [origin, size, base64.b64encode(bytes(32)).decode(), *rest],
        ["x", size, root, *rest],
        [origin, size, root, "", ""],
        [origin, size, root, "", f"— {origin} {base64.b64encode(bytes(68)).decode()}", ""],
    ]
    yield from ({**files, name: "\n".join(one).encode()} for one in lines)


@pytest.mark.parametrize("number", range(6))
def test_a_checkpoint_that_the_log_did_not_sign_is_found_though_the_manifest_is(bundle: Bundle, number: int) -> None:
    report = bundle.changed(bundle.covered_up(list(checkpoint_changes(bundle.files))[number]))

    assert report.verdict == TAMPERED
    assert report.finding is not None
    assert report.finding.place.startswith("checkpoints/")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_bundle_that_was_cut_off_is_found(bundle: Bundle, tmp_path: Path, share: float) -> None:
    content = bundle.path.read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: int(len(content) * share)])

    assert verify(tmp_path / "cut.zip", bundle.trusted).verdict == TAMPERED


@pytest.mark.parametrize("share", [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95])
def test_a_bundle_with_damage_inside_is_found(bundle: Bundle, tmp_path: Path, share: float) -> None:
    content = bytearray(bundle.path.read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(content)

    assert verify(tmp_path / "damaged.zip", bundle.trusted).verdict == TAMPERED


def test_a_file_that_stands_twice_in_the_zip_is_found(bundle: Bundle, tmp_path: Path) -> None:
    shutil.copy(bundle.path, tmp_path / "twice.zip")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(tmp_path / "twice.zip", "a") as archive:
        archive.writestr(RECORDS, b"")

    report = verify(tmp_path / "twice.zip", bundle.trusted)

    assert report.finding is not None
    assert report.finding.place == RECORDS


def test_a_bundle_made_up_with_keys_of_its_own_passes_only_for_whoever_brings_none(
    bundle: Bundle, tmp_path: Path, migrated_sqlite_url: str
) -> None:
    """This is why keys are to come by another way."""
    made_up = in_a_thread(lambda: make_bundle(migrated_sqlite_url, tmp_path, 1))

    credulous = verify(made_up, Trusted())

    assert (credulous.verdict, len(credulous.told)) == (OK, 2)
    assert verify(made_up, bundle.trusted).verdict == TAMPERED
    assert verify(made_up, Trusted(log_keys=bundle.trusted.log_keys)).verdict == TAMPERED
