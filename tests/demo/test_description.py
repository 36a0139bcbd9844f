"""Does the README of the demo say what the databases say?"""

from pathlib import Path

import gateway.demo
from gateway.demo.description import BEGIN, describe


def test_the_readme_lists_what_the_databases_hold() -> None:
    readme = Path(gateway.demo.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert readme.split(BEGIN)[1].strip() == describe().strip()
