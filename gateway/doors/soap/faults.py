"""How is a refusal written as a SOAP fault, and with which HTTP status does it leave?

The fault's detail carries the problem with the same members as the REST door's document, so that nobody has to guess
from a text. docs/adr/0010-*.md says why the statuses are these.
"""

from typing import Final
from xml.sax.saxutils import escape

from adapters.soap.lexical import NOT_XML
from adapters.soap.shapes import SoapVersion
from gateway.doors.soap.names import ENVELOPES, OURS
from gateway.problem_texts import Side
from gateway.problems import Problem

_OF_HTTP: Final = frozenset({"method-not-allowed", "media-type-unsupported"})
"""Refused before there was a message: the status is HTTP's own (SOAP 1.2 part 2, 7.5.2.2, table 20)."""
_MISMATCH: Final = "soap-version-unknown"
_NOT_UNDERSTOOD: Final = "soap-header-unknown"


def status_of(problem: Problem, version: SoapVersion) -> int:
    """Return the HTTP status of a fault.

    SOAP 1.1 has one, 500 (6.2; WS-I Basic Profile 1.1, R1126), and clients take no other for a fault. SOAP 1.2 has 400
    where the sender is to blame (part 2, 7.5.2.2).
    """
    if problem.slug in _OF_HTTP:
        return problem.status
    if version is SoapVersion.SOAP_12 and _code(problem, version) == "Sender":
        return 400
    return 500


def fault_of(problem: Problem, correlation_id: str, *, version: SoapVersion, public_url: str) -> bytes:
    """Return the envelope of a fault."""
    said = problem.document(correlation_id, public_url=public_url)
    detail = _detail(problem, said)
    text = _escape(f"{said['title']}: {said['detail']}")
    code = _code(problem, version)
    if version is SoapVersion.SOAP_11:
        fault = (
            f"<faultcode>s:{code}</faultcode><faultstring>{text}</faultstring>"
            f"<detail>{detail}</detail>"
        )  # fmt: skip
    else:
        fault = (
            f"<s:Code><s:Value>s:{code}</s:Value>"
            f"<s:Subcode><s:Value>lt:{problem.slug}</s:Value></s:Subcode></s:Code>"
            # One text: there are clients who cannot choose among several. The English one is in the detail.
            f'<s:Reason><s:Text xml:lang="vi">{text}</s:Text></s:Reason>'
            f"<s:Detail>{detail}</s:Detail>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPES[version]}" xmlns:lt="{OURS}">'
        f"{_upgrade(problem, version)}<s:Body><s:Fault>{fault}</s:Fault></s:Body></s:Envelope>"
    ).encode()


def _code(problem: Problem, version: SoapVersion) -> str:
    if problem.slug == _MISMATCH:
        return "VersionMismatch"
    if problem.slug == _NOT_UNDERSTOOD:
        return "MustUnderstand"
    ours = problem.type.side in (Side.PLATFORM, Side.PROVIDER)
    if version is SoapVersion.SOAP_11:
        return "Server" if ours else "Client"
    return "Receiver" if ours else "Sender"


def _upgrade(problem: Problem, version: SoapVersion) -> str:
    """Return the header that says which versions we speak (SOAP 1.2 part 1, 5.4.7)."""
    if problem.slug != _MISMATCH or version is SoapVersion.SOAP_11:
        return ""
    spoken = "".join(
        f'<s:SupportedEnvelope qname="v{number}:Envelope" xmlns:v{number}="{ENVELOPES[one]}"/>'
        for number, one in enumerate((SoapVersion.SOAP_12, SoapVersion.SOAP_11))
    )
    return f"<s:Header><s:Upgrade>{spoken}</s:Upgrade></s:Header>"


def _detail(problem: Problem, said: dict[str, object]) -> str:
    members = [
        ("type", said["type"]),
        ("title", said["title"]),
        ("status", said["status"]),
        ("detail", said["detail"]),
        ("instance", said["instance"]),
        ("correlationId", said["correlation_id"]),
        ("side", said["side"]),
        ("next", said["next"]),
    ]
    if problem.retry_after is not None:
        members.append(("retryAfterSeconds", problem.retry_after_seconds))
    if code := problem.facts.get("provider_code"):
        members.append(("providerCode", code))
    errors = "".join(
        f"<lt:error>{_elements([('where', fault.where), ('vi', fault.vi), ('en', fault.en)])}</lt:error>"
        for fault in problem.faults
    )
    kind = problem.type
    english = _elements([("title", kind.title_en), ("detail", kind.detail_en), ("next", kind.next_en)])
    return f"<lt:problem>{_elements(members)}{errors}<lt:english>{english}</lt:english></lt:problem>"


def _elements(members: list[tuple[str, object]]) -> str:
    return "".join(f"<lt:{name}>{_escape(str(value))}</lt:{name}>" for name, value in members)


def _escape(text: str) -> str:
    return escape(NOT_XML.sub("?", text))
