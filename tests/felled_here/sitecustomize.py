"""Shall this interpreter be killed just before one step of the first exchange that it has to do with?

Python imports this before anything else where its directory is on the path (tests/gateway/test_crash_steps.py puts it
there), and `tests/nursery.py` does in a child that it forks. `LIENTHONG_TEST_FELL` says whom, before which step, and in
which file it says so: `scribe:7:/somewhere`. The product knows nothing of it.
"""

import os
import signal
import sys
import threading
from itertools import count
from pathlib import Path
from types import FrameType

_STEPS = frozenset(
    {
        "execute",
        "executemany",
        "commit",
        "rollback",
        "write",
        "writelines",
        "flush",
        "fsync",
        "replace",
        "send",
        "sendmsg",
    }
)
_BEGINS = {"gateway": "carry", "scribe": "take"}
# What uvloop sends is not seen as a call into C: of the gateway each call of its own along the way is a step.
_ALONG = (
    "gateway/stages/",
    "gateway/lane.py",
    "gateway/doors/rest.py",
    "adapters/http1.py",
    "security/audit/dictation.py",
)


def _fell(role: str, at: int, said: Path) -> None:
    steps, begun = count(1), threading.Event()

    def see(frame: FrameType, event: str, called: object) -> None:
        if event == "call" and frame.f_code.co_name == _BEGINS[role]:
            begun.set()
        if begun.is_set() and _is_step(role, frame, event, called) and next(steps) == at:
            said.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(see)
    sys.setprofile(see)


def _is_step(role: str, frame: FrameType, event: str, called: object) -> bool:
    if event == "c_call":
        return getattr(called, "__name__", "") in _STEPS
    return event == "call" and role == "gateway" and any(place in frame.f_code.co_filename for place in _ALONG)


if _told := os.environ.get("LIENTHONG_TEST_FELL"):
    _role, _at, _said = _told.split(":", 2)
    if _role == ("scribe" if "security.audit.scribe" in sys.orig_argv else "gateway"):
        _fell(_role, int(_at), Path(_said))
