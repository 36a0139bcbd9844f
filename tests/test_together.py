"""Do tests that share what they start run in one process, so that it is started once?"""

import subprocess
import sys
from pathlib import Path

import pytest
from together import group_of

ROOT = Path(__file__).parent.parent
TESTS = """
import os
from pathlib import Path
import pytest
pytestmark = pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    with Path(__file__).with_name("where").open("a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""
CONFTEST = """
import sys
sys.path.insert(0, {path!r})
from together import ByGroup
def pytest_xdist_make_scheduler(config, log):
    return ByGroup(config, log)
"""


@pytest.mark.parametrize(
    ("file", "group"),
    [("tests/gateway/test_xroad_rest.py", "xroad"), ("tests/test_servers.py", "tests/test_servers.py")],
)
def test_a_file_is_a_group_unless_it_names_one(file: str, group: str) -> None:
    assert group_of(ROOT, file) == group


def test_a_file_is_not_split(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.format(path=str(ROOT / "tests")))
    for name in ("test_one.py", "test_another.py", "test_third.py"):
        (tmp_path / name).write_text(TESTS.replace('"one"', f'"{name[5:-3]}"').replace('"where"', f'"{name}.where"'))
    arguments = ["-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, str(tmp_path)], capture_output=True, cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout.decode()
    for where in tmp_path.glob("*.where"):
        assert len(set(where.read_text().split())) == 1
    assert len(list(tmp_path.glob("*.where"))) == 3
