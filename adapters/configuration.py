"""Does a publisher's configuration of an adapter say what it must, and nothing else?"""

import ssl
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from adapters.confinement import credential_file
from adapters.contract import Json, Provider, Surroundings
from adapters.errors import BindingInvalid
from adapters.origins import tls_context

S = TypeVar("S", bound=msgspec.Struct)


def read_settings(value: Mapping[str, Json], kind: type[S], *, of: str) -> S:
    """Return `value` as the structure `kind`.

    Raises `BindingInvalid` naming the member that is wrong, never its value; `of` says whose settings they are.
    """
    try:
        return msgspec.convert(dict(value), kind)
    except msgspec.ValidationError as error:
        raise BindingInvalid(f"{of}: {error}") from error


def secret_of(provider: Provider, name: str) -> str:
    """Return a secret that the configuration needs. Raises `BindingInvalid` when it is not there."""
    value = provider.secrets.get(name, "")
    if not value:
        raise BindingInvalid(f"provider {provider.code!r}: the secret {name!r} is missing")
    return value


def client_tls(
    provider: Provider, around: Surroundings, *, ca_file: str, certificate_file: str, key_file: str
) -> ssl.SSLContext | None:
    """Return a TLS context when the options ask for a special one; None stands for the system's trust store.

    Raises `BindingInvalid` when a file cannot be read, or lies where a provider's credentials may not.
    """
    given = {"ca_file": ca_file, "certificate_file": certificate_file, "key_file": key_file}
    of = f"provider {provider.code!r}"
    real = {name: credential_file(path, name, around=around, of=of) for name, path in given.items()}
    if not ca_file and not certificate_file:
        return None
    return tls_context(
        **real,
        key_password=provider.secrets.get("key_password", ""),
    )
