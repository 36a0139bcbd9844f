"""As which bytes does an event leave as a syslog message? (RFC 5424, RFC 5425)

Facility 13 (log audit). What happened stands in one element of structured data, so that receivers need no parser of
ours; MSG is a sentence for people, or an OCSF event. Pure.
"""

from typing import Final

from gateway.siem.events import Event
from security.audit.record import Kind

SD_ID: Final = "lienthong@32473"
"""32473 is the number for examples (RFC 5612): the platform has no enterprise number of its own."""
_FACILITY: Final = 13
_ERROR, _WARNING, _NOTICE, _INFO = 3, 4, 5, 6
_MOST_CHARS: Final = 1024
_BOM: Final = b"\xef\xbb\xbf"


def message(event: Event, hostname: str, text: bytes = b"") -> bytes:
    """Return the message (RFC 5424, 6); `text` is its MSG, by default a sentence for people."""
    at = event.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    head = f"<{_FACILITY * 8 + severity(event)}>1 {at} {_name(hostname, 255)} lienthong - {_name(event.kind, 32)} "
    return head.encode() + _structured(event).encode() + b" " + _BOM + (text or _sentence(event).encode())


def framed(content: bytes) -> bytes:
    """Return a message as it goes over TLS: its length in octets, a blank, itself (RFC 5425, 4.3)."""
    return str(len(content)).encode() + b" " + content


def severity(event: Event) -> int:
    """Return how grave it is (RFC 5424, table 2): what was refused or is unknown is worth a look."""
    if event.kind == Kind.UNKNOWN:
        return _ERROR
    if event.allowed is False:
        return _WARNING
    return _NOTICE if event.kind in (Kind.ADMIN, Kind.KEY, Kind.HOLD, Kind.ERASE) else _INFO


def _structured(event: Event) -> str:
    told = {
        "id": event.uid,
        "origin": event.origin,
        "index": str(event.index),
        "leaf": event.leaf,
        "exchange": event.exchange,
        "agency": event.agency,
        "system": event.system,
        "client": event.client,
        "officer": event.officer,
        "source": event.source,
        "method": event.method,
        "agreement": event.agreement,
        "purpose": event.purpose,
        "operation": event.address,
        "door": event.door,
        "people": str(event.people) if event.people else "",
        "allowed": "" if event.allowed is None else str(event.allowed).lower(),
        "reason": event.reason,
        "repeated": str(event.repeated) if event.repeated > 1 else "",
        "status": str(event.status) if event.status else "",
        "latency_us": str(event.latency_us) if event.latency_us else "",
        "action": event.action,
        "noun": event.noun,
    }
    members = " ".join(f'{name}="{_escaped(value)}"' for name, value in told.items() if value)
    return f"[{SD_ID} {members}]"


def _escaped(value: str) -> str:
    # RFC 5424, 6.3.3; control characters would end a line for receivers that store lines.
    plain = "".join(char if char >= " " and char != "\x7f" else "\ufffd" for char in value[:_MOST_CHARS])
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _sentence(event: Event) -> str:
    done = {None: "", True: " allowed", False: f" refused: {event.reason}"}[event.allowed]
    who = event.system or event.client or event.officer
    what = event.address or " ".join(part for part in (event.action, event.noun) if part)
    text = f"{event.kind} {who} {what}{done}".replace("  ", " ").strip()
    return "".join(char if char >= " " and char != "\x7f" else "\ufffd" for char in text[:_MOST_CHARS])


def _name(text: str, most: int) -> str:
    """Return what may stand in the head: printable US-ASCII without blanks (RFC 5424, 6)."""
    return "".join(char if "!" <= char <= "~" else "_" for char in text)[:most] or "-"
