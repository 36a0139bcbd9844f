"""What is the secret behind this reference, and may a provider of this agency refer to it?

The catalogue holds references only: `file:path` (the file's text without its last line break) or `env:NAME`. A
reference is written by a publisher and its value goes to the publisher's endpoint, so it may lead only to what the
operator laid out for the publisher's own agency: files below the agency's folder in a directory that he named
(`<directory>/<agency>/…`), and variables that carry the agency's code (`LIENTHONG_SECRET_<AGENCY>__<NAME>`). There is
no place that two agencies share, and no role that may refer to another's: who needs the same secret gets it twice.
None named, none readable. The values are read when a provider is built, and stand in no repr and no error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from security.errors import SecretUnavailable

MAX_SECRET_BYTES = 64 * 1024
VARIABLE_PREFIX = "LIENTHONG_SECRET_"
# The form of an agency's code (QĐ 20/2020). It holds no "_", so the first "__" of a variable ends it: no two agencies
# have a variable in common.
_AGENCY = re.compile(r"[0-9A-Z]+(\.[0-9A-Z]+)*", re.ASCII)
_NAME = re.compile(r"[0-9A-Z]+(_[0-9A-Z]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """Where providers' secrets may lie: below an agency's folder in `directories` and never below `never_under`, links
    followed; and in those variables of `environment` that carry the agency's code.
    """

    directories: tuple[Path, ...]
    never_under: tuple[Path, ...]
    environment: Mapping[str, str] = field(repr=False)

    def folders_of(self, agency: str) -> tuple[Path, ...]:
        """Return the folders that are the agency's own; none for what is no agency's code."""
        if not _AGENCY.fullmatch(agency):
            return ()
        real = [directory.resolve() for directory in self.directories]
        # A folder's own link is not followed: one that led into another agency's would open that. Of directories that
        # lie in each other nobody could say whose folder a file is in: they have none.
        return tuple(
            directory / agency
            for directory in real
            if not any(directory != other and _one_in_the_other(directory, other) for other in real)
        )

    def check(self, reference: str, *, agency: str) -> None:
        """Return when a provider of `agency` may refer to this; whether anything is there is not asked.

        Raises `SecretUnavailable` for a malformed reference and for one that leads elsewhere.
        """
        scheme, _, rest = reference.partition(":")
        if scheme == "file" and rest:
            self._confined(Path(rest), reference, agency)
        elif scheme == "env" and rest:
            _check_variable(rest, reference, agency)
        else:
            raise SecretUnavailable("a secret's reference is neither file:path nor env:NAME")

    def resolve(self, reference: str, *, agency: str) -> str:
        """Return the secret of a provider of `agency`.

        Raises `SecretUnavailable` as `check` does, and for a secret that is missing, empty or too long.
        """
        self.check(reference, agency=agency)
        scheme, _, rest = reference.partition(":")
        if scheme == "file":
            value = _read(self._confined(Path(rest), reference, agency), reference)
        else:
            value = self.environment.get(rest, "")
        if not value:
            raise SecretUnavailable(f"the secret {reference} is missing or empty")
        return value

    def _confined(self, path: Path, reference: str, agency: str) -> Path:
        try:
            real = path.resolve()
            inside = any(real.is_relative_to(folder) and real != folder for folder in self.folders_of(agency))
            ours = any(real.is_relative_to(directory.resolve()) for directory in self.never_under)
        except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a null byte
            raise SecretUnavailable(f"the secret {reference} cannot be followed") from error
        if ours or not inside:
            raise SecretUnavailable(
                f"the secret {reference} does not lie below the folder {agency} of a directory of the setting "
                "secret_dirs"
            )
        return real


def _one_in_the_other(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _check_variable(name: str, reference: str, agency: str) -> None:
    beginning = f"{VARIABLE_PREFIX}{agency.replace('.', '_')}__"
    if not (_AGENCY.fullmatch(agency) and name.startswith(beginning) and _NAME.fullmatch(name[len(beginning) :])):
        raise SecretUnavailable(
            f"the secret {reference} is refused: the name must be {beginning} and then capitals, digits, single _"
        )


def _read(path: Path, reference: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        if len(content) > MAX_SECRET_BYTES:
            raise SecretUnavailable(f"the secret {reference} is too long")
        return content.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeError, ValueError) as error:
        raise SecretUnavailable(f"the secret {reference} cannot be read") from error
