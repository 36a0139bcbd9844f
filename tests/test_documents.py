"""Do the documents say what the code does, all of it, and nothing of this machine?"""

import importlib.util
import re
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest

from gateway.problems import PROBLEMS
from gateway.settings import Settings
from security.misuse.limits import Limits

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bootstrap.lock")
LEFT_OUT = {".git", ".venv", "var", "dist", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".cache"}
LEFT_OUT |= {"__pycache__", ".import_linter_cache"}
TEXTS = {".py", ".md", ".toml", ".lock", ".sh", ".yaml", ".yml", ".json", ".cfg", ".conf", ".lua", ".html", ""}
MACHINE_PATH = re.compile(r"(?<![\w.:/{}])/(?:work|root|home/[a-z]+)/")
FLOOR_ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([0-9.]+) \|", re.MULTILINE)
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([0-9.]+)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip(".").split("."))


def our_texts() -> list[Path]:
    found = (path for path in ROOT.rglob("*") if not LEFT_OUT & set(path.relative_to(ROOT).parts))
    return sorted(path for path in found if path.is_file() and path.suffix in TEXTS)


@pytest.fixture(scope="module")
def write() -> ModuleType:
    """docs/write.py, which is a program and not part of a package."""
    spec = importlib.util.spec_from_file_location("docs_write", DOCS / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_up_to_date(write: ModuleType) -> None:
    stale = [path.name for path, text in write.pages().items() if path.read_text(encoding="utf-8") != text]

    assert stale == [], "run `make docs`"


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    pages = {path.stem for path in (DOCS / "problems").glob("*.md")} - {"README"}

    assert pages == set(PROBLEMS)


@pytest.mark.parametrize("slug", sorted(PROBLEMS))
def test_a_problem_is_explained_in_both_languages(slug: str) -> None:
    page = read(f"docs/problems/{slug}.md")

    assert re.search(r"## Tiếng Việt\n.*Thường do:\n\n- .+## English\n.*Usually because:\n\n- ", page, re.DOTALL)


@pytest.mark.parametrize("threshold", Limits.__struct_fields__)
def test_a_threshold_of_misuse_is_explained(threshold: str) -> None:
    assert f"| `LIENTHONG_MISUSE_{threshold.upper()}` |" in read("docs/misuse.md")


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings) if field.name != "misuse"])
def test_a_setting_is_explained(setting: str) -> None:
    explanations = read("docs/configuration.md").split("<!-- end -->")[1]

    assert f"`LIENTHONG_{setting.upper()}`" in explanations


@pytest.mark.parametrize("adapter", [point.name for point in entry_points(group="lienthong.adapters")])
def test_an_adapter_is_explained(adapter: str) -> None:
    assert re.search(rf"^## {re.escape(adapter)}$|`{re.escape(adapter)}`", read("docs/adapters.md"), re.MULTILINE)


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT) for path in ROOT.glob("*.md")), ids=str)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", read(str(page)))

    assert [link for link in links if not (ROOT / page.parent / link).exists()] == []


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(read("README.md").splitlines()) <= 150


def test_the_licence_is_apache_2() -> None:
    assert read("LICENSE").split()[:4] == ["Apache", "License", "Version", "2.0,"]


@pytest.mark.parametrize("lock", LOCKS[:2])
def test_locked_versions_are_at_or_above_their_security_floors(lock: str) -> None:
    floors = {name: version(text) for name, text in FLOOR_ROW.findall(read("SECURITY.md"))}
    pinned = {name: version(text) for name, text in PINNED.findall(read(lock))}

    assert floors
    assert {name for name, floor in floors.items() if pinned.get(name, ()) < floor} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_hashes_everything(lock: str) -> None:
    text = read(lock)

    assert not re.search(r"https?://|file:|--(?:extra-)?index|--find-links", text)
    assert len(PINNED.findall(text)) == len(re.findall(r"^[a-z].*\\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))


def test_files_know_nothing_of_the_machine_they_were_written_on() -> None:
    machine = {path.relative_to(ROOT).as_posix(): MACHINE_PATH.findall(path.read_text("utf-8")) for path in our_texts()}

    assert {path: found for path, found in machine.items() if found} == {}
