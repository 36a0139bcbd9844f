"""Does a process that serves hold only what it serves with, and say in a sentence why it may not?"""

import subprocess
import sys
from pathlib import Path

import pytest
from nursery import plain_environment


@pytest.mark.parametrize("serves", ["gateway.app", "gateway.worker"])
def test_what_serves_loads_no_command(serves: str) -> None:
    """The commands weigh a twentieth of a gateway, for as long as it runs."""
    told = f"import sys, gateway.__main__, {serves}; print([m for m in sys.modules if m.startswith('gateway.comm')])"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("word", ["run", "worker"])
def test_what_may_not_start_says_why(word: str, tmp_path: Path) -> None:
    environment = plain_environment({"LIENTHONG_DATABASE_URL": "mysql://nowhere", "LIENTHONG_VAR_DIR": str(tmp_path)})
    found = subprocess.run(
        [sys.executable, "-m", "gateway", word], capture_output=True, text=True, env=environment, check=False
    )

    assert found.returncode == 2
    assert found.stderr.startswith("lienthong: ")
    assert found.stderr.count("\n") == 1
