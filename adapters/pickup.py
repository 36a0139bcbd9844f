"""Which of these files are new, whole and at rest, so that they may be loaded?

An upload takes time: a file is taken when it has kept its size and its time of change for a while, and what changed
while it was read is read again.
"""

import glob
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import TypeAlias

from adapters.confinement import Confines

Signature: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""Path, inode, time of change in nanoseconds and size of each file: another one means that there is something new."""


@dataclass(slots=True)
class Pickup:
    """Looks at the files of a pattern, one look at a time."""

    pattern: str
    confines: Confines
    settle_seconds: float
    _seen: Signature = ()
    _since: float = 0.0

    def look(self) -> tuple[Signature, bool]:
        """Return the files there are, and whether all of them are at rest.

        Raises `OSError` when they cannot be listed, `OutsideConfines` when one leads elsewhere.
        """
        # `Path.glob` takes no absolute pattern.
        names = sorted(glob.glob(self.pattern, recursive=True))  # noqa: PTH207 (see above)
        # Excel puts a file `~$name.xlsx` beside each workbook that somebody has open.
        files = [self.confines.real_path(Path(name)) for name in names if not Path(name).name.startswith("~$")]
        stats = [(file, stat) for file in files for stat in (file.stat(),) if S_ISREG(stat.st_mode)]
        found = tuple((str(file), stat.st_ino, stat.st_mtime_ns, stat.st_size) for file, stat in stats)
        now = time.monotonic()
        if found != self._seen:
            self._seen, self._since = found, now
        # The clock of a share may differ from ours, so that a change may lie in our future.
        youngest = time.time() - max((changed / 1e9 for _, _, changed, _ in found), default=0.0)
        return found, youngest > self.settle_seconds or now - self._since >= self.settle_seconds


def files_of(signature: Signature) -> Sequence[Path]:
    """Return the files of a signature."""
    return [Path(path) for path, *_ in signature]


def tell_files(signature: Signature) -> str:
    """Return what is served, for an operator: the newest file's name and time, and how many others there are."""
    path, _, changed, _ = max(signature, key=lambda one: one[2])
    moment = datetime.fromtimestamp(changed // 1_000_000_000, UTC).isoformat()
    others = f" and {len(signature) - 1} older" if len(signature) > 1 else ""
    return f"{Path(path).name} of {moment}{others}"
