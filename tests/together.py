"""Which tests run in one process of the test run, one after the other?

Those of a file, so that what its fixtures start is started once; and those of files that name the same group, with
`pytestmark = pytest.mark.xdist_group("…")`. xdist's own `--dist loadgroup` reads such marks from the ids of tests, into
which it cannot write them any more since pytest 9: it splits every group, and says nothing.
"""

import functools
import re
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

_GROUP = re.compile(r'pytest\.mark\.xdist_group\("([\w-]+)"\)')


class ByGroup(LoadScopeScheduling):
    """Hands out files and groups of files, in the order in which they were found: the longest are not the last."""

    def schedule(self) -> None:
        """Hand out work, the files in their order."""
        self.config.option.loadscopereorder = False
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return group_of(self.config.rootpath, nodeid.partition("::")[0])


@functools.cache
def group_of(root: Path, file: str) -> str:
    """Return the group that a file names, or else the file."""
    found = _GROUP.search((root / file).read_text(encoding="utf-8"))
    return found[1] if found else file
