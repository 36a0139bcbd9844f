"""Which sample calls show that SOAP callers get what REST callers get, and a fault where those get a problem?

For each database whose provider speaks SOAP, its first REST call that reads is asked again by SOAP, in both versions.
"""

from collections.abc import Sequence
from urllib.parse import unquote
from xml.sax.saxutils import escape

from msgspec.structs import replace

from adapters.soap.shapes import SoapVersion
from catalog.descriptions import OperationDescription, Place
from gateway.demo.catalogue import Catalogue
from gateway.demo.sampling.form import SampleCall
from gateway.doors.soap.names import ENVELOPES, operation_name, xml_name

DATABASES = ("giaothong", "yte")
_MEDIA_TYPES = {SoapVersion.SOAP_11: "text/xml; charset=utf-8", SoapVersion.SOAP_12: "application/soap+xml"}


def soap_calls(catalogue: Catalogue, answered: Sequence[SampleCall]) -> list[SampleCall]:
    """Return the calls by SOAP: an answer in each version, then refusals."""
    calls: list[SampleCall] = []
    for database in DATABASES:
        first = next(one for one in answered if one.database == database and one.method == "GET" and one.must_have)
        calls += [_asked_again(first, catalogue, version) for version in SoapVersion]
    return [*calls, *_refused(calls[0], calls[1])]


def _refused(first: SampleCall, second: SampleCall) -> list[SampleCall]:
    """Return a call for each refusal that only SOAP callers meet, and one that is the same at every door."""
    said = str(first.body_text)
    spoken = first.headers["Content-Type"]
    unknown = said.replace("<s:Body>", '<s:Header><t:x s:mustUnderstand="1"/></s:Header><s:Body>')
    calls = {
        "token-missing": replace(first, system=None),
        "soap-version-unknown": replace(second, headers={**second.headers, "Content-Type": spoken}),
        "soap-header-unknown": replace(first, body_text=unknown),
        "soap-operation-unclear": replace(first, body_text=said.replace('xmlns:t="', 'xmlns:t="urn:cu:')),
    }
    return [
        replace(
            call,
            name=f"SOAP, {problem}",
            expected_status=500,
            expected_problem=problem,
            must_have=("problem.correlationId",),
            must_not_have=first.must_have,
        )
        for problem, call in calls.items()
    ]


def _asked_again(call: SampleCall, catalogue: Catalogue, version: SoapVersion) -> SampleCall:
    service, operation = _asked(call, catalogue)
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    segments = call.path.split("/")[5:]
    in_path = dict(zip(names, _path_values(operation, segments), strict=True))
    given = {**in_path, **call.query}
    members = "".join(
        f"<t:{xml_name(one.name)}>{escape(given[one.name])}</t:{xml_name(one.name)}>"
        for one in operation.parameters
        if one.name in given and (one.place is Place.PATH or one.name in call.query)
    )
    name = operation_name(operation.code)
    body = f"<t:{name}>{members}</t:{name}>"
    return replace(
        call,
        name=f"{call.name}, SOAP {version}",
        door="soap",
        method="POST",
        path=f"/soap/{call.database}/{service}/v1",
        query={},
        headers={**call.headers, "Content-Type": _MEDIA_TYPES[version]},
        body_text=f'<s:Envelope xmlns:s="{ENVELOPES[version]}" xmlns:t="urn:lienthong:{call.database}:{service}:v1">'
        f"<s:Body>{body}</s:Body></s:Envelope>",
    )


def _asked(call: SampleCall, catalogue: Catalogue) -> tuple[str, OperationDescription]:
    """Return the service and the operation that a REST call means."""
    service, segments = call.path.split("/")[3], call.path.split("/")[5:]
    described = next(one for one in catalogue.services if (one.database, one.code) == (call.database, service))
    for operation in described.operations:
        template = operation.path.split("/")[1:]
        alike = len(template) == len(segments) and all(
            part.startswith("{") or part == segment for part, segment in zip(template, segments, strict=True)
        )
        if operation.method == call.method and alike:
            return service, operation
    raise KeyError(call.path)


def _path_values(operation: OperationDescription, segments: Sequence[str]) -> list[str]:
    template = operation.path.split("/")[1:]
    return [unquote(given) for part, given in zip(template, segments, strict=True) if part.startswith("{")]
