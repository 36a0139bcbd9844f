"""What does a caller hear of the end of the version that he calls?

`Deprecation` (RFC 9745) is the moment since which it is deprecated, a structured date; `Sunset` (RFC 8594) the moment
at which it is to end, an HTTP date, as a hint: it is served until it is retired. `Link` names the version to go on to
(RFC 5829, `successor-version`).
"""

from email.utils import format_datetime

from catalog.descriptions import ServiceDescription
from catalog.policy import Ending

Fields = tuple[tuple[bytes, bytes], ...]


def lifecycle_headers(service: ServiceDescription, ending: Ending | None) -> Fields:
    """Return the header fields of the answers of a version, none where no end is known."""
    if ending is None:
        return ()
    fields = [(b"deprecation", b"@%d" % int(ending.deprecated_at.timestamp()))]
    if ending.sunset_at is not None:
        fields.append((b"sunset", format_datetime(ending.sunset_at, usegmt=True).encode()))
    if successor := successor_address(service, ending):
        fields.append((b"link", f'<{successor}>; rel="successor-version"'.encode()))
    return tuple(fields)


def successor_address(service: ServiceDescription, ending: Ending | None) -> str:
    """Return the path of the version to go on to, empty where none was named."""
    if ending is None or ending.successor is None:
        return ""
    return f"/x/{service.database}/{service.code}/v{ending.successor}"
