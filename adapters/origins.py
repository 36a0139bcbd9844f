"""Where is a provider, and how do we make sure that it is the one?"""

import re
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from adapters.errors import BindingInvalid

TARGET: Final = re.compile(r"/[!-~]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go. `path` is the base URL's own path, without a slash at its end; `tls` None means plain."""

    host: str
    port: int
    path: str
    tls: ssl.SSLContext | None

    @property
    def authority(self) -> str:
        """The value of the `Host` header (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def parse_origin(url: str, tls: ssl.SSLContext | None = None) -> Origin:
    """Return the origin of a base URL `http(s)://host[:port][/path]`. Raises `BindingInvalid` for anything else.

    `tls` is the context for https; without one the system's trust store is used.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BindingInvalid("the endpoint is not a URL") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BindingInvalid("the endpoint must be http://host[:port][/path] or https://…")
    if parts.username is not None or parts.query or parts.fragment:
        raise BindingInvalid("the endpoint must not contain credentials, a query or a fragment")
    path = parts.path.rstrip("/")
    if path and TARGET.fullmatch(path) is None:
        raise BindingInvalid("the endpoint's path must be percent-encoded ASCII")
    if parts.scheme == "http":
        return Origin(parts.hostname, port or 80, path, None)
    return Origin(parts.hostname, port or 443, path, tls or tls_context())


def tls_context(
    *, ca_file: str = "", certificate_file: str = "", key_file: str = "", key_password: str = ""
) -> ssl.SSLContext:
    """Return a context that verifies the provider (TLS 1.2 or later) and shows our certificate when one is given.

    Raises `BindingInvalid` when a file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate_file:
            context.load_cert_chain(certificate_file, key_file or None, lambda: key_password)
    except (OSError, ssl.SSLError) as error:
        raise BindingInvalid("the CA file, the client certificate or its key cannot be read") from error
    return context
