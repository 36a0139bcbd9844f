"""Is a bundle read whole, and nothing outside it?"""

import contextlib
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.bundle import BundleLimits, bundle_name, read_bundle, unpack_bundle
from catalog.importers.draft import ImportRefused

SMALL = BundleLimits(max_files=2, max_file_bytes=100, max_total_bytes=150)


def archive(members: dict[str, bytes], *, mode: int = 0) -> bytes:
    """Return a ZIP of the members, each with the file mode."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(member, content)
    return kept.getvalue()


def test_a_file_is_a_bundle_of_one(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_bytes(b"openapi: 3.1.0")

    assert read_bundle(tmp_path / "api.yaml") == {"api.yaml": b"openapi: 3.1.0"}


def test_a_directory_gives_every_file_below_it(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "a.json").write_bytes(b"{}")
    (tmp_path / "api.yaml").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"hidden")

    assert read_bundle(tmp_path) == {"api.yaml": b"x", "types/a.json": b"{}"}


def test_a_zip_gives_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(archive({"api.yaml": b"x", "types/a.json": b"{}", "__MACOSX/._a": b"no"}))

    assert read_bundle(tmp_path / "b.zip") == {"api.yaml": b"x", "types/a.json": b"{}"}


def test_a_link_in_a_directory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "a.json").symlink_to(tmp_path / "outside")

    with pytest.raises(ImportRefused, match=r"a\.json: is a link"):
        read_bundle(tmp_path / "bundle")


def test_a_linked_directory_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "types").symlink_to(tmp_path / "outside")

    with pytest.raises(ImportRefused, match="types: is a link"):
        read_bundle(tmp_path / "bundle")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")

    with pytest.raises(ImportRefused, match="not a regular file"):
        read_bundle(tmp_path)


def test_what_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"none\.yaml: cannot be read"):
        read_bundle(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/passwd", "a\\..\\b", "C:/a", "./a", "a//b", "a/./b", "..", "a\x01b"]
)
def test_a_name_that_leads_out_of_an_archive_is_refused(name: str) -> None:
    with pytest.raises(ImportRefused, match="leads out of the bundle"):
        unpack_bundle("b.zip", archive({name: b"x"}))


def test_a_link_in_an_archive_is_refused() -> None:
    with pytest.raises(ImportRefused, match="is a link"):
        unpack_bundle("b.zip", archive({"a": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777))


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"a": b"x" * 101}, "a: is larger than"),
        ({"a": b"x" * 90, "b": b"x" * 90}, "is larger than"),
        ({"a": b"", "b": b"", "c": b""}, "more than 2 files"),
    ],
)
def test_an_archive_beyond_the_limits_is_refused(members: dict[str, bytes], says: str) -> None:
    with pytest.raises(ImportRefused, match=says):
        unpack_bundle("b.zip", archive(members), limits=SMALL)


@pytest.mark.parametrize(("count", "size"), [(1, 101), (2, 90), (3, 0)])
def test_a_directory_beyond_the_limits_is_refused(tmp_path: Path, count: int, size: int) -> None:
    [(tmp_path / str(number)).write_bytes(b"x" * size) for number in range(count)]

    with pytest.raises(ImportRefused, match=r"larger than|more than"):
        read_bundle(tmp_path, limits=SMALL)


def test_an_encrypted_archive_is_refused() -> None:
    content = bytearray(archive({"a": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(ImportRefused, match="is encrypted"):
        unpack_bundle("b.zip", bytes(content))


@given(st.binary(max_size=300), st.integers(0, 150))
def test_a_damaged_archive_is_refused_or_read_and_never_a_crash(junk: bytes, at: int) -> None:
    content = bytearray(archive({"a.json": b"{}" * 20}))
    content[at : at + len(junk)] = junk

    with contextlib.suppress(ImportRefused):
        assert set(unpack_bundle("b.zip", b"PK\x03\x04" + bytes(content[4:]), limits=SMALL)) <= {"a.json"}


@pytest.mark.parametrize(
    ("base", "reference", "name"),
    [
        ("api.yaml", "types/a.json", "types/a.json"),
        ("v1/api.yaml", "../types/a%20b.json", "types/a b.json"),
        ("v1/api.yaml", "./a.json", "v1/a.json"),
        ("api.yaml", "../a.json", ""),
        ("v1/api.yaml", "../../a.json", ""),
        ("api.yaml", "%2e%2e/a.json", ""),
        ("api.yaml", "/etc/passwd", ""),
        ("api.yaml", "//host/a.json", ""),
        ("api.yaml", "file:///etc/passwd", ""),
        ("api.yaml", "http://host/a.json", ""),
        ("api.yaml", "..\\a.json", ""),
        ("api.yaml", "", ""),
    ],
)
def test_a_reference_leads_to_a_name_in_the_bundle_or_nowhere(base: str, reference: str, name: str) -> None:
    assert bundle_name(base, reference) == name
