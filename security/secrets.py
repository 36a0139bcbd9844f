"""What is the secret behind this reference, and may a publisher refer to it?

The catalogue holds references only: `file:path` (the file's text without its last line break) or `env:NAME`. A
reference is written by a publisher and its value goes to the publisher's endpoint, so it may lead only to what the
operator laid out for providers: files below directories that he named, and variables called `LIENTHONG_SECRET_…`. None
named, none readable. The values are read when a provider is built, and stand in no repr and no error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from security.errors import SecretUnavailable

MAX_SECRET_BYTES = 64 * 1024
VARIABLE_PREFIX = "LIENTHONG_SECRET_"


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """Where providers' secrets may lie: below `directories` and never below `never_under`, links followed; and in
    the variables of `environment` whose names begin with `VARIABLE_PREFIX`.
    """

    directories: tuple[Path, ...]
    never_under: tuple[Path, ...]
    environment: Mapping[str, str] = field(repr=False)

    def resolve(self, reference: str) -> str:
        """Return the secret.

        Raises `SecretUnavailable` for a malformed reference, for one that leads elsewhere, and for a secret that is
        missing, empty or too long.
        """
        scheme, _, rest = reference.partition(":")
        if scheme == "file" and rest:
            value = _read(self._confined(Path(rest), reference), reference)
        elif scheme == "env" and rest:
            if not rest.startswith(VARIABLE_PREFIX):
                raise SecretUnavailable(
                    f"the secret {reference} is refused: the name must begin with {VARIABLE_PREFIX}"
                )
            value = self.environment.get(rest, "")
        else:
            raise SecretUnavailable("a secret's reference is neither file:path nor env:NAME")
        if not value:
            raise SecretUnavailable(f"the secret {reference} is missing or empty")
        return value

    def _confined(self, path: Path, reference: str) -> Path:
        try:
            real = path.resolve()
            inside = any(real.is_relative_to(directory.resolve()) for directory in self.directories)
            ours = any(real.is_relative_to(directory.resolve()) for directory in self.never_under)
        except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a null byte
            raise SecretUnavailable(f"the secret {reference} cannot be followed") from error
        if ours or not inside:
            raise SecretUnavailable(f"the secret {reference} lies in no directory of the setting secret_dirs")
        return real


def _read(path: Path, reference: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        if len(content) > MAX_SECRET_BYTES:
            raise SecretUnavailable(f"the secret {reference} is too long")
        return content.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeError, ValueError) as error:
        raise SecretUnavailable(f"the secret {reference} cannot be read") from error
