"""How does a caller's own program call one operation: in curl, Python, Java, C#, JavaScript and SOAP, ready to run?

Nothing is asked of the machine but the language itself; credentials come from the environment and never stand in the
text. `gateway/console/templates/snippets/` has the programs, a test runs them as they are printed.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml import etree

from adapters.soap.placement import ValueUnfit
from adapters.soap.shapes import SoapVersion
from adapters.soap.writing import MessageWriter
from catalog.descriptions import OperationDescription, ParameterDescription, Place, ServiceDescription
from catalog.openapi_values import body_example, parameter_example, read_schema
from gateway.doors.soap.faces import make_face
from gateway.doors.soap.names import ENVELOPES

_UNKNOWN: Final = "vi-du"
"""Stands where no value is known that a parameter would take: whoever copies the call puts his own there."""


class Language(StrEnum):
    """In which language a program is written."""

    CURL = "curl"
    PYTHON = "python"
    JAVA = "java"
    CSHARP = "csharp"
    JAVASCRIPT = "javascript"
    SOAP = "soap"


class Proof(StrEnum):
    """By what the caller proves who it is."""

    KEY = "key"
    SECRET = "secret"  # noqa: S105  # the word, not one


@dataclass(frozen=True, slots=True)
class Header:
    """A header field of the call: a fixed text, what an environment variable holds, or something new each time."""

    name: str
    text: str = ""
    variable: str = ""
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """The same call by SOAP 1.1."""

    url: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agreement wants with each call of an operation; nothing known of one: nothing but what the service says.

    `purposes` are those of which one must be named, none where the agreement has but one.
    """

    agreement: str = ""
    purposes: tuple[str, ...] = ()
    case_file: bool = False
    officer: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program: its text, the name of the file that it goes into (empty: the shell), and how it is run."""

    language: Language
    text: str
    file: str
    command: str


_FILES: Final[Mapping[Language, tuple[str, str, str]]] = {
    Language.CURL: ("curl.sh.j2", "", "bash"),
    Language.PYTHON: ("python.py.j2", "call.py", "python3 call.py"),
    Language.JAVA: ("java.java.j2", "Call.java", "java Call.java"),
    Language.CSHARP: ("csharp.cs.j2", "Program.cs", "dotnet run"),
    Language.JAVASCRIPT: ("javascript.mjs.j2", "call.mjs", "node call.mjs"),
    Language.SOAP: ("soap.sh.j2", "", "bash"),
}


def write_snippets(
    service: ServiceDescription, operation: OperationDescription, *, public_url: str, proof: Proof, asked: Asked
) -> list[Snippet]:
    """Return the programs that call an operation; none for SOAP where its callers are not offered the operation."""
    envelope = write_envelope(service, operation, public_url=public_url)
    schema = read_schema(operation.body_schema) if operation.takes_body else None
    sent = None if schema is None else body_example(schema)
    values = {
        "by_key": proof is Proof.KEY,
        "issuer": public_url,
        "token_url": f"{public_url}/oauth2/token",
        "url": rest_address(service, operation, public_url=public_url),
        "method": operation.method,
        "headers": headers_of(operation, asked),
        "body": "" if schema is None else json.dumps(sent, ensure_ascii=False),
        "lines": "" if schema is None else json.dumps(sent, ensure_ascii=False, indent=2),
        "soap": envelope,
    }
    return [
        Snippet(language, _programs().get_template(template).render(**values).strip() + "\n", file, command)
        for language, (template, file, command) in _FILES.items()
        if language is not Language.SOAP or envelope is not None
    ]


def headers_of(operation: OperationDescription, asked: Asked) -> Sequence[Header]:
    """Return the header fields of ours that a call must have."""
    headers: list[Header] = []
    if asked.agreement:
        headers.append(Header("Agreement", text=asked.agreement))
    if asked.purposes:
        headers.append(Header("Purpose", text=asked.purposes[0]))
    if asked.case_file:
        headers.append(Header("Case-File", variable="CASE_FILE"))
    if asked.officer or operation.officer_needed:
        headers.append(Header("Officer", variable="OFFICER"))
    if not operation.safe:
        headers.append(Header("Idempotency-Key", unique=True))
    return headers


def rest_address(service: ServiceDescription, operation: OperationDescription, *, public_url: str) -> str:
    """Return the address of a call with an example of each value that it must have."""
    path, query = operation.path, {}
    for parameter in operation.parameters:
        if parameter.place is Place.PATH:
            path = path.replace(f"{{{parameter.name}}}", quote(_text(parameter), safe=""))
        elif parameter.required:
            query[parameter.name] = _text(parameter)
    asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"{public_url}/x/{service.database}/{service.code}/v{service.version}{path}{asked}"


def write_envelope(service: ServiceDescription, operation: OperationDescription, *, public_url: str) -> Envelope | None:
    """Return the call as a SOAP 1.1 envelope, None where none can be made of examples."""
    face = make_face(service)
    found = next((one for one in face.operations if one.description.code == operation.code), None)
    if found is None:
        return None
    examples = {one.name: parameter_example(one) for one in operation.parameters if _is_needed(one)}
    sent = body_example(read_schema(operation.body_schema)) if operation.takes_body else None
    if found.asked is None:
        value = sent
    else:
        members = sent if isinstance(sent, dict) else {"": sent}
        known = {True: examples, False: members}
        value = {
            one.member: given
            for one in found.asked
            if (given := known[one.place is not None].get(one.name)) is not None
        }
    try:
        content = MessageWriter(found.request, found.shapes).write(value)
    except ValueUnfit:
        return None
    text = (
        f'<soap:Envelope xmlns:soap="{ENVELOPES[SoapVersion.SOAP_11]}"><soap:Body>{content}</soap:Body></soap:Envelope>'
    )
    address = f"{public_url}/soap/{service.database}/{service.code}/v{service.version}"
    return Envelope(address, found.action, _indented(text))


def _is_needed(parameter: ParameterDescription) -> bool:
    return parameter.required or parameter.place is Place.PATH


def _text(parameter: ParameterDescription) -> str:
    example = parameter_example(parameter)
    if example is None:
        return _UNKNOWN
    return str(example).lower() if isinstance(example, bool) else str(example)


def _indented(envelope: str) -> str:
    root = etree.fromstring(envelope)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _literal(text: str) -> str:
    # To C# the two separators of lines end a line.
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@lru_cache(maxsize=1)
def _programs() -> Environment:
    made = Environment(
        loader=PackageLoader("gateway.console", "templates/snippets"),
        autoescape=False,  # noqa: S701  # programs, no HTML: each value is quoted as its language does, the page escapes
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["shell"] = shlex.quote
    # A JSON text is a literal of all four languages too. Java reads sources in the machine's own encoding.
    made.filters["ascii"] = json.dumps
    made.filters["text"] = _literal
    return made
