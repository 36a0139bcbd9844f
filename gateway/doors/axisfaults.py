"""Which fault would WSO2 API Manager have answered, where we refuse?

Clients of the axis look at the status, and some at `fault.code`. The codes are those of its documentation ("API Gateway
error codes"); where none says what we mean, the code is the HTTP status, as WSO2's own status reports have it.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from gateway.problems import Problem

_INVALID, _MISSING, _EXPIRED = (
    (900901, "Invalid Credentials"),
    (900902, "Missing Credentials"),
    (900903, "Access Token Expired"),
)
_NO_RESOURCE: Final = (900906, "No matching resource found in the API for the given request")
_FORBIDDEN: Final = (900908, "Resource forbidden")
_INACTIVE: Final = (900909, "The subscription to the API is inactive")
_SCOPE: Final = (900910, "The access token does not allow you to access the requested resource")
_THROTTLED: Final = (900800, "Message throttled out")
_QUOTA: Final = (900804, "Subscription level throttle limit exceeded")
_RECEIVER: Final = (101000, "Receiver input/output error receiving")
_NO_CONNECTION: Final = (101503, "Connection failed")
_TIMEOUT: Final = (101504, "Connection timed out")

FAULTS: Final[Mapping[str, tuple[int, str]]] = {
    "token-missing": _MISSING,
    "token-invalid": _INVALID,
    "token-expired": _EXPIRED,
    "client-unknown": _INVALID,
    "client-suspended": _INACTIVE,
    "agreement-missing": _FORBIDDEN,
    "agreement-suspended": _INACTIVE,
    "agreement-expired": _INACTIVE,
    "agreement-not-yet-valid": _INACTIVE,
    "operation-not-agreed": _FORBIDDEN,
    "field-not-agreed": _SCOPE,
    "purpose-not-agreed": _SCOPE,
    "outside-hours": _FORBIDDEN,
    "source-not-allowed": _FORBIDDEN,
    "service-unspecified": _NO_RESOURCE,
    "path-unknown": _NO_RESOURCE,
    "rate-exceeded": _THROTTLED,
    "quota-exceeded": _QUOTA,
    "overloaded": _THROTTLED,
    "provider-unreachable": _NO_CONNECTION,
    "provider-saturated": _NO_CONNECTION,
    "provider-timeout": _TIMEOUT,
    "outcome-unknown": _TIMEOUT,
    "provider-nonsense": _RECEIVER,
}
"""Code and message by the slug of a problem."""


def fault_document(refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
    """Return `{"fault": {code, message, description}, …}` and beside it the members of RFC 9457."""
    members = refusal.document(correlation_id, public_url=public_url)
    code, message = FAULTS.get(refusal.slug, (refusal.status, refusal.type.title_en))
    description = f"{refusal.type.detail_vi} / {refusal.type.detail_en}"
    return orjson.dumps({"fault": {"code": code, "message": message, "description": description}, **members})
