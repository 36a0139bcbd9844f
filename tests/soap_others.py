"""How does a province look in which every WSDL of a set is published, with a provider made of the same documents?

One province, one gateway: the service of document number 3 is `w3`, its provider answers below `/3`, and the agreement
`TT-W3` grants all its fields to the one system.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import msgspec
from gateways import PROVIDER_AGENCY, READER, SYSTEM, TERMS, WRITER, settle_province
from lxml import etree
from soap_documents import Examples

from adapters.soap.envelope import body_of, header_blocks_of
from adapters.soap.offer import offer_wsdl
from adapters.soap.shapes import Plan
from adapters.soap.writing import MessageWriter
from adapters.soap.xml import make_parser, parse_document
from catalog import agreements, providers, services
from catalog.descriptions import OperationDescription, ServiceDescription
from catalog.importers.draft import Draft, Wanted
from catalog.importers.wsdl import draft_wsdl
from catalog.terms import GrantTerms, Rate
from gateway.db import Database
from gateway.doors.soap.imported import plan_of

ENVELOPES: Final = {
    "1.1": ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml; charset=utf-8"),
    "1.2": ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml; charset=utf-8"),
}
_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_RATE: Final = Rate(requests=1_000_000, per_seconds=1, burst=1_000_000)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A message: the content of its body, and the header blocks, each as canonical XML."""

    body: str
    blocks: tuple[str, ...] = ()


NOTHING: Final = Exchanged("")
"""What the provider of a one-way operation says."""


@dataclass
class OtherProvider:
    """A SOAP provider that says `answer` to whoever asks, and keeps what it was asked in `asked`."""

    answer: Exchanged = NOTHING
    asked: list[Exchanged] = field(default_factory=list)

    def __post_init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                provider.asked.append(read_message(asked))
                version = "1.2" if "soap+xml" in self.headers["Content-Type"] else "1.1"
                body = envelope(provider.answer, version) if provider.answer != NOTHING else b""
                self.send_response(200 if body else 202)
                self.send_header("Content-Type", ENVELOPES[version][1])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def canonical(xml: str) -> str:
    """Return XML so that two texts are equal just where they say the same: prefixes numbered, then canonical XML."""
    return _renamed(etree.fromstring(xml)) if xml else ""


def envelope(message: Exchanged, version: str) -> bytes:
    """Return a message as another product would write it: other prefixes than ours."""
    header = f"<S:Header>{''.join(message.blocks)}</S:Header>" if message.blocks else ""
    return (
        f'<S:Envelope xmlns:S="{ENVELOPES[version][0]}">{header}<S:Body>{message.body}</S:Body></S:Envelope>'.encode()
    )


def read_message(content: bytes) -> Exchanged:
    """Return what stands in an envelope."""
    root = parse_document(content, make_parser())
    body = body_of(root)
    return Exchanged("" if body is None else _alone(body), tuple(_alone(one) for one in header_blocks_of(root)))


def request_of(plan: Plan, variant: int) -> Exchanged:
    """Return an example of what a client of the original WSDL sends."""
    examples = Examples(plan.shapes, variant)
    body = MessageWriter(plan.request, plan.shapes).write(examples.message(plan.request))
    blocks = [
        MessageWriter(one, plan.shapes).write(Examples(plan.shapes, variant).message(one)) for one in plan.headers
    ]
    return Exchanged(canonical(body), tuple(map(canonical, blocks)))


def answer_of(plan: Plan, variant: int) -> Exchanged:
    """Return an example of what the provider sends; nothing where the operation is one-way."""
    if plan.one_way:
        return NOTHING
    examples = Examples(plan.shapes, variant)
    body = MessageWriter(plan.response, plan.shapes).write(examples.message(plan.response))
    blocks = [MessageWriter(one, plan.shapes).write(examples.message(one)) for one in plan.answer_headers]
    return Exchanged(canonical(body), tuple(map(canonical, blocks)))


def drafts_of(bundles: Sequence[tuple[Mapping[str, bytes], str]], url: str) -> list[Draft]:
    """Import each of `bundles` (documents, and the name of the WSDL to begin with), all that can be served of it."""
    found = []
    for number, (documents, root) in enumerate(bundles):
        wanted = Wanted(
            database="datdai",
            service=f"w{number}",
            title_vi=root or f"Dịch vụ {number}",
            agency=PROVIDER_AGENCY,
            provider=f"p{number}",
            endpoint=f"{url}/{number}",
        )
        found.append(draft_wsdl(offer_wsdl(documents, root), wanted))
    return found


def plans_of(draft: Draft) -> list[tuple[OperationDescription, Plan]]:
    """Return the operations of a draft with the plans of their messages."""
    return [(one, plan_of(one)) for one in draft.service.operations]


async def settle_others(database_url: str, rest_url: str, drafts: Sequence[Draft]) -> None:
    """Fill a migrated database: the small province, and each draft published with an agreement on all its fields."""
    await settle_province(database_url, rest_url)
    database = Database.open(database_url)
    async with database.transaction() as session:
        for draft in drafts:
            await providers.add_provider(session, draft.provider, by=READER)
            await services.publish_service(session, draft.service, by=READER)
            code = f"TT-{draft.service.code.upper()}"
            grants = tuple(_grant(draft.service, one) for one in draft.service.operations)
            terms = msgspec.structs.replace(TERMS, code=code, systems=(SYSTEM,), grants=grants)
            await agreements.create_draft(session, terms, by=READER)
            await agreements.submit(session, code, version=1, by=READER)
            await agreements.approve(session, code, version=1, by=WRITER)
            await agreements.activate(session, code, version=1, by=WRITER)
    await database.close()


def _grant(service: ServiceDescription, operation: OperationDescription) -> GrantTerms:
    fields = tuple(leaf.path for leaf in operation.fields if not leaf.structural)
    return GrantTerms(
        service=service.code, version=1, operation=operation.code, fields=fields, rows="all", rate=_RATE,
        daily_quota=1_000_000_000, hours="always", networks="any",
    )  # fmt: skip


def _alone(element: etree._Element) -> str:
    return _renamed(etree.fromstring(etree.tostring(element, with_tail=False)))


def _renamed(root: etree._Element) -> str:
    tags = [tag for node in root.iter("*") for tag in (node.tag, *sorted(map(str, node.attrib)), _named_type(node))]
    uris = dict.fromkeys(etree.QName(tag).namespace for tag in tags if tag.startswith("{"))
    prefixes = {f"n{number}": str(uri) for number, uri in enumerate(uris)}
    made = _copied(root, etree.Element(root.tag, nsmap=prefixes), {uri: name for name, uri in prefixes.items()})
    return etree.tostring(made, method="c14n").decode()


def _copied(node: etree._Element, into: etree._Element, prefixes: Mapping[str, str]) -> etree._Element:
    for name, value in node.attrib.items():
        named = etree.QName(_named_type(node)) if name == _XSI_TYPE else None
        into.set(name, value if named is None else f"{prefixes.get(named.namespace or '', '')}:{named.localname}")
    into.text = node.text
    for child in node:
        _copied(child, etree.SubElement(into, child.tag), prefixes).tail = child.tail
    return into


def _named_type(node: etree._Element) -> str:
    """Return the type that xsi:type names, in Clark notation, the node's own name where it names none."""
    prefix, _, local = node.get(_XSI_TYPE, "").rpartition(":")
    uri = node.nsmap.get(prefix or None, "")
    return (f"{{{uri}}}{local}" if uri else local) if local else str(node.tag)
