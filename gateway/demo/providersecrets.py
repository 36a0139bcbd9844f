"""Which secrets does the demo's operator lay out for the gateway, each below the folder of the provider's agency?

The providers keep theirs in `secrets/`; here lie the copies that the gateway reads, and nothing else.
"""

import os
from pathlib import Path

from gateway.demo.described.providers import PROVIDER_SECRETS, describe_providers


def lay_out_provider_secrets(directory: Path) -> Path:
    """Copy what the described providers refer to out of `secrets/`, unless it is there; return the directory of them.

    Raises `OSError`.
    """
    folder = directory / PROVIDER_SECRETS
    for provider in describe_providers(directory, ""):
        for reference in provider.secrets.values():
            _copy(directory / "secrets", Path(reference.removeprefix("file:")))
    return folder.resolve()


def _copy(kept: Path, place: Path) -> None:
    value = (kept / place.name).read_bytes()
    if place.exists() and place.read_bytes() == value:
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place.with_name(f"{place.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(value)
    partial.replace(place)
