"""Which member, subsystem and service does a piece of an address or a header name?

Each part is percent-encoded UTF-8 on its own (PR-REST, 4.2): what is encoded never splits a part, so parts are split
first and decoded after, and compared whole. What is written back is encoded anew.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from catalog.xroad import MAX_PART_CHARS
from gateway.errors import FaultFound, RequestInvalid
from gateway.xroaddirectory import XRoadId

PROTOCOL = "r1"
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_ASCII = re.compile("[!-~]+")


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """What a path of the message protocol for REST names. `rest` is the raw path below the service, or empty."""

    provider: XRoadId
    service: str
    rest: str


def read_address(raw_path: str) -> ServiceAddress:
    """Return what `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path]` names (PR-REST, 4.1).

    Raises RequestInvalid for any other form.
    """
    parts = raw_path.split("/", 7)
    if len(parts) < 7 or parts[0] or parts[1] != PROTOCOL:
        raise _refused("path", "đường dẫn phải có dạng", f"the path must read {_FORM}")
    instance, member_class, member, subsystem, service = (_decode(part, "path") for part in parts[2:7])
    rest = f"/{parts[7]}" if len(parts) == 8 else ""
    return ServiceAddress(XRoadId(instance, member_class, member, subsystem), service, rest)


def read_client(text: str) -> XRoadId:
    """Return the member or subsystem that `X-Road-Client` names (PR-REST, 4.3). Raises RequestInvalid."""
    if not text:
        raise _refused("x-road-client", "thiếu tiêu đề", "the header is missing")
    parts = text.split("/")
    if not 3 <= len(parts) <= 4 or not _ASCII.fullmatch(text):
        raise _refused("x-road-client", "phải có dạng instance/class/member[/subsystem]", f"must read {_CLIENT_FORM}")
    return XRoadId(*(_decode(part, "x-road-client") for part in parts))


def check_server(text: str) -> None:
    """Raise RequestInvalid unless `X-Road-Security-Server` has its four parts (PR-REST, 4.3)."""
    parts = text.split("/")
    if len(parts) != 4 or not _ASCII.fullmatch(text):
        raise _refused("x-road-security-server", "phải có bốn phần", "must read instance/class/member/server")
    for part in parts:
        _decode(part, "x-road-security-server")


def read_party(text: str) -> tuple[str, str]:
    """Return class (empty where it is left out) and code of a represented party. Raises RequestInvalid."""
    parts = text.split("/")
    if len(parts) > 2 or not _ASCII.fullmatch(text):
        raise _refused("x-road-represented-party", "phải có dạng [class/]code", "must read [class/]code")
    decoded = [_decode(part, "x-road-represented-party") for part in parts]
    return (decoded[0], decoded[1]) if len(decoded) == 2 else ("", decoded[0])


def write_id(named: XRoadId, service: str = "") -> str:
    """Return an identifier, with a service code if there is one, each part percent-encoded on its own."""
    return "/".join(quote(part, safe="") for part in (*named, service) if part)


def _decode(part: str, where: str) -> str:
    """Return one part, decoded once. Raises RequestInvalid for what no identifier may be."""
    if _BAD_ESCAPE.search(part):
        raise _refused(where, "mã hóa phần trăm sai", "percent-encoding is broken")
    try:
        text = unquote_to_bytes(part).decode()
    except UnicodeDecodeError as error:
        raise _refused(where, "mã hóa phần trăm không phải UTF-8", "percent-encoding is not UTF-8") from error
    if not text or len(text) > MAX_PART_CHARS or text in (".", "..") or not text.isprintable():
        raise _refused(where, "một phần của mã không hợp lệ", "a part of the identifier is not valid")
    return text


_FORM = "/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path]"
_CLIENT_FORM = "instance/class/member[/subsystem], each part percent-encoded"


def _refused(where: str, vi: str, en: str) -> RequestInvalid:
    if where == "path":
        vi = f"{vi} {_FORM}" if vi.endswith("dạng") else vi
    return RequestInvalid([FaultFound(where, vi, en)])
