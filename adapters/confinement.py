"""Which files may an adapter read?

An endpoint is written by a publisher and could name any file that this process can read, keys and the record among
them. So files of providers lie in directories that the operator has named, and in no other; none named, none readable.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from adapters.contract import Surroundings
from adapters.errors import BindingInvalid

_WILDCARD = re.compile(r"[*?\[]")


class OutsideConfines(Exception):
    """A file lies in none of the directories; the text names the file without its directory."""


class OursAlone(OutsideConfines):
    """A file is the gateway's own: one of its keys, or its database."""


@dataclass(frozen=True, slots=True)
class Confines:
    """The directories below which files may be read, none: nowhere; and the files and directories that never may."""

    directories: tuple[Path, ...]
    never_under: tuple[Path, ...] = ()

    def real_path(self, path: Path) -> Path:
        """Return where `path` really lies, symbolic links followed: read that one. Raises `OutsideConfines`."""
        try:
            real = path.resolve()
            inside = any(real.is_relative_to(directory.resolve()) for directory in self.directories)
            forbidden = any(_is_in(real, place) for place in self.never_under)
        except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a null byte
            raise OutsideConfines(f"{path.name}: cannot be followed") from error
        if forbidden:
            raise OursAlone(f"{path.name}: is the gateway's own")
        if not inside:
            raise OutsideConfines(f"{path.name}: lies outside the directories of providers' files")
        return real

    def check_path(self, path: str, *, of: str) -> None:
        """Return when `path` lies inside. Raises `BindingInvalid`.

        It is checked again when it is read: a link may be put there later.
        """
        try:
            self.real_path(Path(path))
        except OursAlone as error:
            raise BindingInvalid(f"{of}: the endpoint is a key or the database of the gateway itself") from error
        except OutsideConfines as error:
            raise BindingInvalid(f"{of}: the endpoint must lie in a directory of LIENTHONG_PROVIDER_DIRS") from error

    def check_pattern(self, pattern: str, *, of: str) -> None:
        """Return when `pattern`, a path or a glob, begins inside and does not climb. Raises `BindingInvalid`."""
        parts = Path(pattern).parts
        wild = next((at for at, part in enumerate(parts) if _WILDCARD.search(part)), len(parts))
        if ".." in parts[wild:]:
            raise BindingInvalid(f"{of}: the endpoint may not climb behind a wildcard")
        self.check_path(str(Path(*parts[:wild])), of=of)


def _is_in(real: Path, place: Path) -> bool:
    """Tell whether `real`, its links followed, is `place` or lies in it.

    Also by another name: a hard link, or the same letters in another case where the file system folds them.
    """
    if real.is_relative_to(place.resolve()):
        return True
    return place.exists() and any(above.exists() and above.samefile(place) for above in (real, *real.parents))


def credential_file(path: str, name: str, *, around: Surroundings, of: str) -> str:
    """Return where the certificate, key or authority of the option `name` really lies, "" when none is given.

    Raises `BindingInvalid` when it lies outside: its key would speak for us at the publisher's endpoint.
    """
    if not path:
        return ""
    try:
        return str(Confines(around.secret_files_under, around.never_under).real_path(Path(path)))
    except OutsideConfines as error:
        raise BindingInvalid(
            f"{of}: {name} must lie below the agency's folder in a directory of the setting secret_dirs"
        ) from error
