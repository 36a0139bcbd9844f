"""What do the headers of X-Road say in our terms?

`X-Road-UserId` is the officer, `X-Road-Issue` the case file, and `X-Road-Id` the idempotency key of an operation that
changes something: a message sent again is the same message. Our own headers may be used beside them; where both stand,
both MUST say the same. Nothing is dropped: what cannot be honoured is refused.
"""

import re
from collections import Counter
from collections.abc import Mapping

from gateway.doors.arrival import RawHeaders
from gateway.doors.xroad.identifiers import check_server, read_party
from gateway.errors import FaultFound, RequestInvalid
from gateway.xroaddirectory import XRoadId

# What is sent back in a header or an element is bounded, and cannot end one.
_MESSAGE_ID = re.compile("[!-~]{1,128}")
_OURS = {"x-road-userid": "officer", "x-road-issue": "case-file"}


def refuse_repeated(headers: RawHeaders) -> None:
    """Raise RequestInvalid when a header of X-Road stands twice: two readers would understand two messages."""
    counted = Counter(name for name, _ in headers if name.startswith(b"x-road-"))
    for name, count in counted.items():
        if count > 1:
            fault = FaultFound(name.decode("latin-1"), "tiêu đề lặp lại", "given more than once")
            raise RequestInvalid([fault])


def in_our_terms(headers: Mapping[str, str], client: XRoadId) -> dict[str, str]:
    """Return the headers with ours beside X-Road's. Raises RequestInvalid naming the header that cannot be honoured."""
    both = dict(headers)
    for theirs, ours in _OURS.items():
        if value := headers.get(theirs, ""):
            _beside(both, ours, value, theirs=theirs)
    if message_id := headers.get("x-road-id", ""):
        if not _MESSAGE_ID.fullmatch(message_id):
            en = "1 to 128 visible ASCII characters"
            raise RequestInvalid([FaultFound("x-road-id", "gồm 1 đến 128 ký tự ASCII nhìn thấy được", en)])
        both.setdefault("idempotency-key", message_id)
    if server := headers.get("x-road-security-server", ""):
        check_server(server)
    if party := headers.get("x-road-represented-party", ""):
        refuse_another_party(*read_party(party), client=client)
    return both


def refuse_another_party(party_class: str, party_code: str, *, client: XRoadId) -> None:
    """Raise RequestInvalid unless the represented party is the client's own member.

    An agreement names who consumes: that somebody else is given the answer is not agreed.
    """
    if party_code != client.member_code or party_class not in ("", client.member_class):
        vi = "thỏa thuận chỉ dành cho chính bên gọi, không cho bên được đại diện"
        en = "agreements are with the client itself; let the represented party call under its own agreement"
        raise RequestInvalid([FaultFound("x-road-represented-party", vi, en)])


def _beside(headers: dict[str, str], ours: str, value: str, *, theirs: str) -> None:
    if headers.setdefault(ours, value) != value:
        raise RequestInvalid([FaultFound(theirs, f"khác với tiêu đề {ours}", f"differs from the {ours} header")])
