"""How does a WSDL become plans that can be carried out without it?

Runs at publication only. zeep reads the WSDL and its schemas, from a bundle of bytes that were all read by our own
hardened parser first; nothing outside the bundle is opened, whatever the documents ask for (06-security, traps:
`forbid_external` does not stop `file://`). zeep neither sends nor parses a message.

Document/literal, wrapped or bare, is served. Every other construct is refused by name.
"""

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from lxml import etree
from zeep import exceptions as zeep_exceptions
from zeep.settings import Settings
from zeep.transports import Transport
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap11Binding, Soap12Binding, SoapBinding, SoapOperation
from zeep.wsdl.definitions import AbstractMessage, AbstractOperation
from zeep.xsd import Element as XsdElement

from adapters.errors import BindingInvalid
from adapters.soap.schema import ShapeCompiler
from adapters.soap.shapes import Plan, SoapVersion
from adapters.soap.xml import XmlRefused, make_parser, parse_document

MAX_BUNDLE_BYTES: Final = 32 * 1024 * 1024

_BASE: Final = "http://bundle.invalid/"  # RFC 6761: never resolves; only a name for what is relative to the WSDL
_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAP: Final = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
_MIME: Final = "{http://schemas.xmlsoap.org/wsdl/mime/}"
# What zeep lets through when a document is not what it expects; all of them mean the same to a publisher.
_ZEEP_FAILS: Final = (
    zeep_exceptions.Error,
    etree.LxmlError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    RecursionError,
)


def compile_operations(wsdl: bytes, bundle: Mapping[str, bytes], *, only: Sequence[str] = ()) -> dict[str, Plan]:
    """Return a plan for each operation of `wsdl`, by operation name, or for those named in `only`.

    `bundle` holds the documents that the WSDL imports, by the relative path or the full address with which they are
    imported; a full address is also found by its last path segment. An operation bound to SOAP 1.1 and 1.2 is
    planned for 1.1. Raises `BindingInvalid` naming the document or the construct that cannot be served.
    """
    documents = _vet({"": wsdl, **bundle})
    definitions = _load(documents)
    facts = _binding_facts(documents.values())
    plans: dict[str, Plan] = {}
    for binding in _soap_bindings(definitions):
        for name, operation in binding._operations.items():  # noqa: SLF001  (`all()` is not annotated)
            if name in plans or (only and name not in only):
                continue
            plans[name] = _compile_operation(operation, facts.get((binding.name.localname, name), _Facts()))
    missing = [name for name in only if name not in plans]
    if missing:
        raise BindingInvalid(f"the WSDL has no SOAP operation {missing[0]!r}")
    if not plans:
        raise BindingInvalid("the WSDL has no operation bound to SOAP over HTTP")
    return plans


@dataclass(frozen=True, slots=True)
class _Facts:
    """What zeep forgets about a bound operation: how its bodies are encoded, and which parts they take."""

    encoded: bool = False
    mime: bool = False
    headers: int = 0
    request_parts: str | None = None
    response_parts: str | None = None


class _BundleTransport:
    """The only way for zeep to another document: the vetted bundle, by name, and nothing else."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self._documents = documents

    def load(self, url: str) -> bytes:
        """Return a document of the bundle. Raises `BindingInvalid` for everything else."""
        if not isinstance(url, str):
            raise BindingInvalid("the WSDL imports a document by something that is no address")
        name = url.removeprefix(_BASE)
        parts = urlsplit(name)
        candidates = [name, unquote(name)]
        if not parts.scheme or parts.scheme in ("http", "https"):
            candidates.append(unquote(parts.path.rsplit("/", 1)[-1]))
        for candidate in candidates:
            if candidate and candidate in self._documents:
                return self._documents[candidate]
        raise BindingInvalid(f"the WSDL imports {_shown(url)}, which is not in the bundle")


def _shown(url: str) -> str:
    return repr(re.sub(r"[^\x21-\x7e]", "?", url.removeprefix(_BASE))[:200])


def _vet(documents: Mapping[str, bytes]) -> dict[str, bytes]:
    if sum(map(len, documents.values())) > MAX_BUNDLE_BYTES:
        raise BindingInvalid(f"the WSDL and its bundle are larger than {MAX_BUNDLE_BYTES} bytes")
    parser = make_parser()
    vetted = {}
    for name, content in documents.items():
        try:
            root = parse_document(content, parser)
        except XmlRefused as error:
            raise BindingInvalid(f"{name or 'the WSDL'}: {error}") from error
        # Written anew, so that zeep's own parser reads exactly the tree that was vetted.
        vetted[name] = etree.tostring(root, encoding="utf-8", xml_declaration=False)
    return vetted


def _load(documents: Mapping[str, bytes]) -> Document:
    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False, force_https=False)
    transport = _BundleTransport({name: content for name, content in documents.items() if name})
    accepted = cast("type[Transport]", transport)  # zeep annotates the class where it calls `load` of an instance
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zeep warns of incomplete messages; they are refused below, by name
        try:
            return Document(io.BytesIO(documents[""]), accepted, base=f"{_BASE}service.wsdl", settings=settings)
        except _ZEEP_FAILS as error:
            raise BindingInvalid(f"the WSDL cannot be understood ({type(error).__name__})") from error


def _soap_bindings(definitions: Document) -> Iterator[SoapBinding]:
    bindings = [port.binding for service in definitions.services.values() for port in service.ports.values()]
    yield from (binding for binding in bindings if isinstance(binding, Soap11Binding))
    yield from (binding for binding in bindings if isinstance(binding, Soap12Binding))


def _binding_facts(documents: Iterable[bytes]) -> dict[tuple[str, str], _Facts]:
    parser = make_parser()
    facts = {}
    for content in documents:
        root = parse_document(content, parser)
        for binding in root.iter(f"{_WSDL}binding"):
            for operation in binding.iterchildren(f"{_WSDL}operation"):
                facts[(binding.get("name", ""), operation.get("name", ""))] = _operation_facts(operation)
    return facts


def _operation_facts(operation: etree._Element) -> _Facts:
    bodies = [body for soap in _SOAP for body in operation.iter(f"{soap}body")]
    request = operation.find(f"{_WSDL}input")
    headers = [] if request is None else [header for soap in _SOAP for header in request.iter(f"{soap}header")]
    return _Facts(
        encoded=any(body.get("use") == "encoded" for body in bodies),
        mime=any(str(node.tag).startswith(_MIME) for node in operation.iter("*")),
        headers=len(headers),
        request_parts=_body_parts(request),
        response_parts=_body_parts(operation.find(f"{_WSDL}output")),
    )


def _body_parts(message: etree._Element | None) -> str | None:
    found = [] if message is None else [body for soap in _SOAP for body in message.iterchildren(f"{soap}body")]
    return found[0].get("parts") if found else None


def _compile_operation(operation: SoapOperation, facts: _Facts) -> Plan:
    name = str(operation.name)
    refused = f"operation {name!r} cannot be served: "
    if operation.style != "document":
        raise BindingInvalid(f"{refused}it is bound in {operation.style} style, and only document/literal is served")
    if facts.encoded:
        raise BindingInvalid(f'{refused}its body is use="encoded", and only document/literal is served')
    if facts.mime:
        raise BindingInvalid(f"{refused}it has MIME attachments")
    if facts.headers:
        raise BindingInvalid(f"{refused}its request declares a soap:header part")
    if operation.abstract is None or operation.abstract.output_message is None:
        raise BindingInvalid(f"{refused}it is one-way (it has no output message)")
    try:
        return _plan(operation, facts, refused)
    except _ZEEP_FAILS as error:
        raise BindingInvalid(f"{refused}its schema cannot be understood ({type(error).__name__})") from error


def _plan(operation: SoapOperation, facts: _Facts, refused: str) -> Plan:
    compiler = ShapeCompiler(refused)
    abstract = cast(AbstractOperation, operation.abstract)
    request = _only_element(abstract.input_message, facts.request_parts, f"{refused}its input")
    response = _only_element(abstract.output_message, facts.response_parts, f"{refused}its output")
    is_12 = isinstance(operation.binding, Soap12Binding)
    return Plan(
        operation=str(operation.name),
        soap_version=SoapVersion.SOAP_12 if is_12 else SoapVersion.SOAP_11,
        action=str(operation.soapaction or ""),
        request=compiler.request(request),
        response=compiler.response(response),
        shapes=compiler.shapes(),
    )


def _only_element(message: AbstractMessage | None, parts: str | None, refused: str) -> XsdElement:
    """Return the element of the one part of the body. WS-I Basic Profile 1.1, R2201, R2204: one part, by element."""
    declared = {} if message is None else dict(message.parts)
    names = list(declared) if parts is None else parts.split()
    if len(names) != 1 or names[0] not in declared:
        raise BindingInvalid(f"{refused} has {len(names)} body parts, and document/literal has exactly one")
    element: XsdElement | None = declared[names[0]].element
    if element is None:
        raise BindingInvalid(f"{refused} declares its part by type=, and document/literal declares it by element=")
    return element
