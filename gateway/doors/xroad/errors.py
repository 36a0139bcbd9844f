"""In which words does X-Road hear of a refusal?

One X-Road error type for each of our problems; the status stays the problem's own (PR-REST, 4.6 answers 500 to nearly
everything, which tells a client nothing about what to do). `detail` is the id under which the refusal is explained.
"""

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

import orjson

from gateway.problem_texts import Side
from gateway.problems import Problem

ERROR_TYPES: Final[Mapping[str, str]] = {
    "token-missing": "Server.ClientProxy.SslAuthenticationFailed",
    "token-invalid": "Server.ClientProxy.SslAuthenticationFailed",
    "token-expired": "Server.ClientProxy.SslAuthenticationFailed",
    "client-unknown": "Server.ClientProxy.UnknownMember",
    "client-suspended": "Server.ServerProxy.AccessDenied",
    "client-differs": "Server.ServerProxy.AccessDenied",
    "agreement-ambiguous": "Client.InvalidRequest",
    "purpose-required": "Client.MissingHeaderField",
    "case-file-required": "Client.MissingHeaderField",
    "officer-required": "Client.MissingHeaderField",
    "idempotency-key-required": "Client.MissingHeaderField",
    "rate-exceeded": "Server.ServerProxy.TooManyRequests",
    "quota-exceeded": "Server.ServerProxy.TooManyRequests",
    "request-malformed": "Client.BadRequest",
    "request-invalid": "Client.BadRequest",
    "media-type-unsupported": "Client.InvalidContentType",
    "method-not-allowed": "Client.InvalidHttpMethod",
    "path-unknown": "Server.ServerProxy.UnknownService",
    "service-unspecified": "Server.ServerProxy.ServiceDisabled",
    "not-found": "Server.ServerProxy.ServiceFailed.NotFound",
    "provider-unreachable": "Server.ServerProxy.NetworkError",
    "provider-nonsense": "Server.ServerProxy.ServiceFailed.InvalidMessage",
    "record-unavailable": "Server.ServerProxy.LoggingFailed",
    "log-behind": "Server.ServerProxy.LoggingFailed",
    "policy-unavailable": "Server.ServerProxy.DatabaseError",
}
"""What is called otherwise than its side says."""

_BY_SIDE: Final[Mapping[Side, str]] = {
    Side.CALLER: "Client.InvalidRequest",
    Side.AGREEMENT: "Server.ServerProxy.AccessDenied",
    Side.PROVIDER: "Server.ServerProxy.ServiceFailed",
    Side.PLATFORM: "Server.ServerProxy.InternalError",
}
# The problem names our headers; a caller of this door has sent X-Road's.
_THEIR_NAMES: Final[Mapping[str, str]] = {"officer": "x-road-userid", "case-file": "x-road-issue"}
# XML 1.0, 2.2: what is not a Char cannot be written at all, and a parameter's name is the caller's own.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error_type(refusal: Problem) -> str:
    """Return the X-Road type of a refusal."""
    return ERROR_TYPES.get(refusal.slug) or _BY_SIDE[refusal.type.side]


def message_of(refusal: Problem) -> str:
    """Return what happened and what to do, in Vietnamese and English, with each fault and where it lies."""
    kind = refusal.type
    faults = [f" [{_THEIR_NAMES.get(fault.where, fault.where)}: {fault.vi} / {fault.en}]" for fault in refusal.faults]
    return f"{kind.detail_vi} {kind.next_vi} / {kind.detail_en} {kind.next_en}" + "".join(faults)


def error_json(refusal: Problem, correlation_id: str) -> bytes:
    """Return the body of PR-REST, 4.6 as JSON."""
    return orjson.dumps({"type": error_type(refusal), "message": message_of(refusal), "detail": correlation_id})


def error_xml(refusal: Problem, correlation_id: str) -> bytes:
    """Return the same as XML, for whom asks for it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<error><type>{error_type(refusal)}</type><message>{xml_text(message_of(refusal))}</message>"
        f"<detail>{xml_text(correlation_id)}</detail></error>"
    ).encode()


def xml_text(text: str) -> str:
    """Return `text` as the content of an element; what XML has no character for becomes a question mark."""
    return escape(_NOT_XML.sub("?", text))
