"""How do the processes that serve begin, and what does somebody read when one may not?"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop

from gateway.db import DatabaseBusy, DatabaseUrlRefused
from gateway.node import StartRefused
from gateway.settings import Settings, SettingsInvalid
from security.errors import KeysUnusable


def run_gateway() -> None:
    """Take calls until told to stop. Raises SystemExit, see `explained`."""
    from gateway.app import serve  # each of the two loads only what it needs

    with explained():
        uvloop.run(serve(Settings.from_environment(os.environ)))


def run_worker() -> None:
    """Do the jobs of the background until told to stop. Raises SystemExit, see `explained`."""
    from gateway.worker import work

    with explained():
        uvloop.run(work(Settings.from_environment(os.environ)))


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a person can mend into one sentence, and raise SystemExit with exit code 2."""
    try:
        yield
    except (StartRefused, SettingsInvalid, KeysUnusable, DatabaseUrlRefused, DatabaseBusy) as error:
        sys.stderr.write(f"lienthong: {error}\n")
        raise SystemExit(2) from error
