"""What is the secret behind this reference?

The catalogue and the settings hold references only: `file:path` (the file's text without its last line break) or
`env:NAME`. The values are read when a provider is built, and stand in no repr and no error.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from security.errors import SecretUnavailable

MAX_SECRET_BYTES = 64 * 1024


def resolve(reference: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the secret. `environment` is the process' own unless given.

    Raises `SecretUnavailable` for a malformed reference, and for a secret that is missing, empty or too long.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "file" and rest:
        value = _read(Path(rest), reference)
    elif scheme == "env" and rest:
        value = (os.environ if environment is None else environment).get(rest, "")
    else:
        raise SecretUnavailable("a secret's reference is neither file:path nor env:NAME")
    if not value:
        raise SecretUnavailable(f"the secret {reference} is missing or empty")
    return value


def _read(path: Path, reference: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        if len(content) > MAX_SECRET_BYTES:
            raise SecretUnavailable(f"the secret {reference} is too long")
        return content.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeError, ValueError) as error:
        raise SecretUnavailable(f"the secret {reference} cannot be read") from error
