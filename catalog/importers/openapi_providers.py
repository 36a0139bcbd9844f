"""Where is the provider of an OpenAPI document, and how does it want to be authenticated?

A document names servers and security schemes; secrets it never holds. What comes out names those that are needed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from catalog.descriptions import ProviderDescription
from catalog.importers.bundle import refused
from catalog.importers.draft import Wanted
from catalog.importers.openapi_reading import Json
from catalog.importers.openapi_references import Library, Notes, Spot, Unusable

_SECRETS: Final = {
    "api-key": ("api_key",),
    "basic": ("username", "password"),
    "oauth2": ("client_id", "client_secret"),
    "none": (),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the provider is authenticated with: the adapter's options, and the names that no caller may set."""

    options: dict[str, Json]
    names: frozenset[str] = frozenset()

    @property
    def auth(self) -> str:
        """Return the adapter's word for it."""
        return str(self.options.get("auth", "none"))


NO_CREDENTIALS: Final = Credentials({})


def endpoint_of(library: Library, wanted: Wanted, notes: Notes) -> str:
    """Return the address below which all operations lie; what the data owner says comes before the document.

    Raises ImportRefused when neither names one with scheme and host.
    """
    if wanted.endpoint:
        return wanted.endpoint
    for spot, address in _addresses(library, library.root, notes):
        if urlsplit_or_none(address) is None:
            notes.add(
                spot, f"không phải địa chỉ dùng được: {address}", f"is not an address that can be used: {address}"
            )
            continue
        if address.startswith("http:"):
            notes.add(spot, "địa chỉ không mã hóa (http)", "the address is not encrypted (http)")
        return address.rstrip("/")
    raise refused(
        "#/servers" if library.root.has("openapi") else "#/host",
        "tài liệu không nêu địa chỉ đầy đủ: hãy cho biết endpoint",
        "the document names no whole address: say which endpoint",
    )


def elsewhere(library: Library, spots: Sequence[Spot], endpoint: str, wanted: Wanted, notes: Notes) -> str:
    """Return the address from which a path item or an operation is served instead; empty when it is the endpoint."""
    if wanted.endpoint:
        return ""
    for spot in spots:
        if not spot.has("servers"):
            continue
        found = [address.rstrip("/") for _, address in _addresses(library, spot, notes)]
        if found and endpoint not in found:
            return found[0]
    return ""


def urlsplit_or_none(address: str) -> str | None:
    """Return the host of an http(s) address; None when it has none, or more than host, port and path."""
    try:
        parts = urlsplit(address)
        usable = (
            parts.scheme in ("http", "https") and not parts.query and not parts.fragment and "@" not in parts.netloc
        )
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname if usable and address.isascii() and " " not in address else None


def _addresses(library: Library, spot: Spot, notes: Notes) -> Iterator[tuple[Spot, str]]:
    if library.root.has("swagger") and not library.root.has("openapi"):
        yield from _swagger_addresses(library)
        return
    for server in spot.at("servers").elements():
        address = server.text("url")
        named = re.findall(r"\{([^{}]+)\}", address)
        for name in named:
            default = server.at("variables", name).text("default")
            address = address.replace(f"{{{name}}}", default)
        if named:
            notes.add(server, f"địa chỉ có biến, dùng giá trị mặc định: {address}", f"has variables; taken: {address}")
        yield server, address


def _swagger_addresses(library: Library) -> Iterator[tuple[Spot, str]]:
    root = library.root
    host = root.text("host")
    schemes = [one.value for one in root.at("schemes").elements()]
    scheme = "http" if "http" in schemes and "https" not in schemes else "https"
    if host:
        yield root.at("host"), f"{scheme}://{host}{root.text('basePath').rstrip('/')}"


def credentials_of(library: Library, endpoint: str, notes: Notes) -> Credentials:
    """Return how the provider is authenticated with: the first way that all of the platform's adapter can go.

    A document's own requirement comes first, then those of operations; the scheme that is not taken is noted.
    """
    root = library.root
    schemes = root.at("components", "securitySchemes") if root.has("openapi") else root.at("securityDefinitions")
    named = list(dict.fromkeys(_required(root, library)))
    found = NO_CREDENTIALS
    for name in named:
        scopes = tuple(dict.fromkeys(_scopes(library, name)))
        try:
            scheme = library.follow(schemes.at(name))
            one = _credentials(scheme, endpoint, scopes)
        except Unusable as refusal:
            notes.keep(refusal.note)
            continue
        if one is None:
            kind = scheme.text("type") or "?"
            notes.add(
                schemes.at(name),
                f"cách xác thực {kind} không dùng được giữa hai hệ thống, hoặc chưa được hỗ trợ",
                f"the security scheme {kind} is not for two systems, or not supported",
                left_out=True,
            )
        elif found is NO_CREDENTIALS:
            found = one
            needed = ", ".join(_SECRETS[one.auth])
            notes.add(schemes.at(name), f"cần bí mật: {needed}", f"secrets needed: {needed}")
        elif one.options != found.options:
            notes.add(schemes.at(name), "chỉ dùng một cách xác thực", "one way of authentication is taken, not this")
    return found


def _required(root: Spot, library: Library) -> Iterator[str]:
    for requirement in root.at("security").elements():
        yield from (name for name, _ in requirement.members())
    for operation in _operations(library):
        for requirement in operation.at("security").elements():
            yield from (name for name, _ in requirement.members())


def _scopes(library: Library, name: str) -> Iterator[str]:
    for spot in (library.root, *_operations(library)):
        for requirement in spot.at("security").elements():
            yield from (str(one.value) for one in requirement.at(name).elements())


def _operations(library: Library) -> Iterator[Spot]:
    for _, item in library.root.at("paths").members():
        for _, operation in item.members():
            if operation.has("security"):
                yield operation


def _credentials(scheme: Spot, endpoint: str, scopes: tuple[str, ...]) -> Credentials | None:
    match scheme.text("type"), scheme.text("scheme").lower(), scheme.text("in"):
        case ("apiKey", _, "header"):
            name = scheme.text("name")
            return Credentials({"auth": "api-key", "api_key_header": name}, frozenset({name.lower()}))
        case ("apiKey", _, "query"):
            name = scheme.text("name")
            return Credentials({"auth": "api-key", "api_key_query": name}, frozenset({name.lower()}))
        case ("basic", _, _) | ("http", "basic", _):
            return Credentials({"auth": "basic"})
        case ("http", "bearer", _):
            return Credentials({"auth": "api-key", "api_key_header": "Authorization", "api_key_scheme": "Bearer"})
        case ("oauth2", _, _):
            return _client_credentials(scheme, endpoint, scopes)
    return None


def _client_credentials(scheme: Spot, endpoint: str, scopes: tuple[str, ...]) -> Credentials | None:
    flow = scheme.at("flows", "clientCredentials")
    address = flow.text("tokenUrl") or (scheme.text("tokenUrl") if scheme.text("flow") == "application" else "")
    if not address:
        return None
    try:
        address = urljoin(f"{endpoint}/", address)
    except ValueError:
        return None
    if urlsplit_or_none(address) is None:
        return None
    known = {name for name, _ in (flow if flow.value is not None else scheme).at("scopes").members()}
    scope = " ".join(one for one in scopes if one in known or not known)
    return Credentials({"auth": "oauth2", "token_url": address, **({"scope": scope} if scope else {})})


def provider_of(wanted: Wanted, endpoint: str, credentials: Credentials) -> ProviderDescription:
    """Return the provider, its secrets named as environment variables of its agency that do not exist yet."""
    stem = re.sub(r"[^A-Z0-9]+", "_", wanted.provider.upper()).strip("_")
    agency = wanted.agency.replace(".", "_")
    return ProviderDescription(
        code=wanted.provider,
        agency=wanted.agency,
        adapter="rest",
        endpoint=endpoint,
        options=msgspec.Raw(msgspec.json.encode(credentials.options)),
        secrets={name: f"env:LIENTHONG_SECRET_{agency}__{stem}_{name.upper()}" for name in _SECRETS[credentials.auth]},
    )
