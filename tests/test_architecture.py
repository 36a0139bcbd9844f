"""Do the rules about the shape of the code hold, in every file?"""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("adapters", "catalog", "security", "gateway")
BANNED_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "handler", "handlers", "crud", "misc"}
BANNED_IN_TESTS = {"monkeypatch", "Mock", "MagicMock", "AsyncMock", "skip", "skipif", "importorskip", "xfail"}
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SILENCED = re.compile(r"#\s*(?:type: ignore(?:\[[^\]]*\])?|noqa(?:: ?[A-Z0-9, ]+)?)\s*$", re.MULTILINE)
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# Import each module of the package argv[1] while an audit hook refuses whatever reaches out of the process.
IMPORT_QUIETLY = """
import importlib, pkgutil, sys
REFUSED = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir", "os.remove"}
def refuse(event, arguments):
    if event in REFUSED:
        raise RuntimeError(f"importing must not do {event}")
import _socket, asyncio, ctypes, duckdb, uuid, zoneinfo  # what libraries do when they are imported is theirs
package = importlib.import_module(sys.argv[1])
sys.addaudithook(refuse)
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    name = module.name
    if "migrations.env" not in name and "migrations.versions" not in name and not name.endswith("__main__"):
        importlib.import_module(name)
"""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def opening(path: Path) -> str:
    return (ast.get_docstring(ast.parse(text_of(path))) or "").split("\n\n")[0]


def names_in(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(text_of(path))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}


def handlers_of_everything(path: Path) -> int:
    nodes = ast.walk(ast.parse(text_of(path)))
    kinds = [node.type for node in nodes if isinstance(node, ast.ExceptHandler)]
    return sum(kind is None or (isinstance(kind, ast.Name) and kind.id == "Exception") for kind in kinds)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_package_names(package: str) -> None:
    owners = set(packages_distributions().get(package, ()))

    assert owners <= {"lienthong"}


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_does_nothing(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_QUIETLY, package], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_a_module_is_named_after_its_subject() -> None:
    assert [relative(path) for path in SOURCES if path.stem in BANNED_NAMES] == []


def test_a_module_opens_with_the_question_that_it_answers() -> None:
    assert [relative(path) for path in SOURCES if "?" not in opening(path) and path.parent.name != "versions"] == []


def test_only_the_exchange_catches_everything() -> None:
    assert {relative(path): n for path in SOURCES if (n := handlers_of_everything(path))} == {"gateway/exchange.py": 2}


def test_a_silenced_checker_has_its_reason_beside_it() -> None:
    assert {relative(path): found for path in [*SOURCES, *TESTS] if (found := SILENCED.findall(text_of(path)))} == {}


def test_tests_use_real_things_and_skip_nothing() -> None:
    assert {relative(path): found for path in TESTS if (found := names_in(path) & BANNED_IN_TESTS)} == {}
