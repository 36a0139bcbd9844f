"""What is offered of a WSDL, in every style and form that others write, and which draft is made of it?"""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from soap_constructs import CONSTRUCTS, ROOT, SEQ, wsdl
from soap_documents import EXTERNAL, VARIANTS, Examples, external_documents

from adapters.soap.jsonschemas import request_schema
from adapters.soap.offer import WsdlRefused, offer_wsdl
from adapters.soap.plan import compile_operations
from adapters.soap.shapes import Kind, SoapVersion
from catalog.canonical import canonical_document
from catalog.importers.draft import Draft, ImportRefused, Wanted
from catalog.importers.wsdl import draft_wsdl, is_reading
from catalog.service_faults import check_service

WANTED = Wanted(database="dat-dai", service="thua-dat", title_vi="Thửa đất", agency="000.00.00.H49", provider="p")
STRING = SEQ.format('<xs:element name="a" type="xs:string"/>')
EXTERNAL_OUTCOMES = {
    "CyberSourceTransaction_1.26.wsdl": 1,
    "ar_afip_wsaa_signed_login.wsdl": 1,
    "ar_afip_wsfe_einvoice_soap11_soap12.wsdl": 20,
    "attachments_mtom.wsdl": 'attachments_mtom.wsdl:27 binding MTOM_Binding .* use="encoded"',
    "dotnet_asmx_list_parameter.wsdl": 17,
    "ip2tele.wsdl": 1,
    "non_identifier_ops.wsdl": "non_identifier_ops.wsdl:5 element Request: .* xs:anyType",
    "one_way.wsdl": 1,
    "rpc_encoded_hello.wsdl": 'rpc_encoded_hello.wsdl:17 binding Hello_Binding .* use="encoded"',
    "style_mix.wsdl": "style_mix.wsdl:15 element hl7Message / any: .*xs:any",
    "xroad_provider_gateway_v1.wsdl": 2,
    "zeep_soap_header.wsdl": 1,
}
DOCUMENTS = external_documents()
IMPORTED = [name for name, outcome in EXTERNAL_OUTCOMES.items() if isinstance(outcome, int) and name in DOCUMENTS]
REFUSED = [name for name, outcome in EXTERNAL_OUTCOMES.items() if isinstance(outcome, str) and name in DOCUMENTS]


def drafted(documents: dict[str, bytes], root: str = "") -> Draft:
    return draft_wsdl(offer_wsdl(documents, root), WANTED)


def bound(operations: str, *, ports: str = "", types: str = STRING, messages: str = "") -> bytes:
    """Return a WSDL with these bindings and ports."""
    text = wsdl(types).decode()
    start, end = text.index("<w:message"), text.index("</w:definitions>")
    return f"{text[:start]}{messages}{operations}<w:service name='S'>{ports}</w:service>{text[end:]}".encode()


# --- documents of others ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IMPORTED)
def test_a_document_of_others_becomes_a_draft_that_can_be_published(name: str) -> None:
    draft = drafted(DOCUMENTS, name)

    assert (len(draft.service.operations), check_service(draft.service)) == (EXTERNAL_OUTCOMES[name], [])


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_of_others_is_refused_naming_construct_and_place(name: str) -> None:
    with pytest.raises(ImportRefused, match=str(EXTERNAL_OUTCOMES[name])):
        drafted(DOCUMENTS, name)


def test_every_document_of_others_has_a_known_outcome() -> None:
    assert {name for name in DOCUMENTS if name.endswith(".wsdl")} <= EXTERNAL_OUTCOMES.keys()


@pytest.mark.parametrize("name", EXTERNAL_OUTCOMES)
def test_the_documentation_tells_what_becomes_of_a_document_of_others(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "soap.md").read_text("utf-8")
    outcome = EXTERNAL_OUTCOMES[name]

    assert f"| `{name}` | {outcome if isinstance(outcome, int) else 0} |" in page


WATCH = """
import sys
from pathlib import Path
from adapters.soap.offer import WsdlRefused, offer_wsdl
from catalog.importers.bundle import read_bundle
from catalog.importers.draft import ImportRefused, Wanted
from catalog.importers.wsdl import draft_wsdl
bundle = Path(sys.argv[1])
wanted = Wanted(database="d", service="s", title_vi="T", agency="a", provider="p")
seen = []
WATCHED = ("open", "socket", "subprocess", "os.system", "os.listdir", "os.scandir", "urllib", "shutil", "ctypes")
sys.addaudithook(lambda event, arguments: seen.append((event, arguments)) if event.startswith(WATCHED) else None)
documents = read_bundle(bundle)
reading = len(seen)
for root in [name for name in documents if name.endswith(".wsdl")]:
    try:
        draft_wsdl(offer_wsdl(documents, root), wanted)
    except (WsdlRefused, ImportRefused):
        pass
outside = [event for event in seen[:reading] if event[0] not in ("open", "os.scandir", "os.listdir")]
print(len(documents), outside, seen[reading:])
"""


def test_importing_touches_nothing_but_the_bundle(tmp_path: Path) -> None:
    hostile = wsdl('<xs:import namespace="urn:y" schemaLocation="file:///etc/passwd"/>' + STRING)
    (tmp_path / "a.wsdl").write_bytes(hostile)
    (tmp_path / "b.wsdl").write_bytes(wsdl('<xs:include schemaLocation="http://127.0.0.1:1/b.xsd"/>' + STRING))
    (tmp_path / "c.wsdl").write_bytes(wsdl(STRING))

    told = subprocess.run([sys.executable, "-c", WATCH, str(tmp_path)], capture_output=True, text=True, check=True)

    assert told.stdout == "3 [] []\n"


@pytest.mark.parametrize("bundle", [EXTERNAL] if DOCUMENTS else [])
def test_importing_the_documents_of_others_touches_nothing_but_them(bundle: Path) -> None:
    told = subprocess.run([sys.executable, "-c", WATCH, str(bundle)], capture_output=True, text=True, check=True)

    assert told.stdout == f"{len(DOCUMENTS)} [] []\n"


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be-bom"])
def test_a_document_in_utf_16_is_read(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?>{wsdl(STRING).decode()}'
    content = text.encode("utf-16") if encoding == "utf-16" else b"\xfe\xff" + text.encode("utf-16-be")

    assert drafted({"a.wsdl": content}).service.operations[0].code == "O"


def test_a_document_type_in_utf_16_is_refused() -> None:
    with pytest.raises(WsdlRefused, match="DTD"):
        offer_wsdl({"a.wsdl": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".encode("utf-16")})


def test_wsdl_2_is_refused_by_name() -> None:
    with pytest.raises(WsdlRefused, match=r"a\.wsdl:1 description: is WSDL 2\.0"):
        offer_wsdl({"a.wsdl": b'<description xmlns="http://www.w3.org/ns/wsdl"/>'})


def test_a_wsdl_that_imports_its_messages_is_the_root() -> None:
    whole = wsdl(STRING).decode()
    head, tail = whole[: whole.index("<w:types>")], whole[whole.index("<w:binding") :]
    parts = whole[: whole.index("<w:binding")] + "</w:definitions>"
    importing = f'{head}<w:import namespace="urn:x" location="chung/parts.wsdl"/>{tail}'

    draft = drafted({"service.wsdl": importing.encode(), "chung/parts.wsdl": parts.encode()})

    assert draft.service.wsdl is not None
    assert (draft.service.wsdl.root, sorted(draft.service.wsdl.documents)) == (
        "service.wsdl",
        ["chung/parts.wsdl", "service.wsdl"],
    )


def test_a_chameleon_takes_the_namespace_of_whoever_includes_it() -> None:
    chameleon = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">{}</xs:schema>'
    inner = '<xs:element name="M" type="Kieu"/><xs:complexType name="Kieu"><xs:sequence><xs:element name="a" '
    inner += 'type="xs:int"/></xs:sequence></xs:complexType>'

    plan = compile_operations(
        wsdl('<xs:include schemaLocation="xsd/a.xsd"/>'), {"xsd/a.xsd": chameleon.format(inner).encode()}
    )["O"]

    assert plan.shapes[plan.request.shape].elements[0].tag == "{urn:x}a"


def test_the_same_name_in_two_namespaces_is_two_members() -> None:
    other = '<xs:schema targetNamespace="urn:y"><xs:element name="a" type="xs:int"/></xs:schema>'
    types = SEQ.format('<xs:element name="a" type="xs:int"/><xs:element ref="y:a" xmlns:y="urn:y"/>')
    plan = compile_operations(wsdl(f'<xs:import namespace="urn:y"/>{types}', more=other), {})["O"]

    assert [one.name for one in plan.shapes[plan.request.shape].elements] == ["a", "a_2"]


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ({}, "no WSDL document"),
        ({"a.txt": b"x"}, "a.txt"),
        ({"a.wsdl": wsdl(STRING), "b.wsdl": wsdl(STRING)}, "several WSDL documents"),
        ({"a.wsdl": wsdl('<xs:import namespace="urn:y" schemaLocation="../y.xsd"/>' + STRING)}, "imports ../y.xsd"),
        ({"a.wsdl": wsdl('<xs:include schemaLocation="/etc/passwd"/>' + STRING)}, "/etc/passwd"),
        ({"a.wsdl": wsdl(STRING), "a.xsd": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "a.xsd: .*DTD"),
        ({"a.wsdl": wsdl(STRING).replace(b"schemas.xmlsoap.org/soap/http", b"example.invalid/jms")}, "no port"),
        ({"a.wsdl": wsdl(STRING).replace(b'binding="t:B"', b'binding="t:C"')}, "binding {urn:x}C"),
        ({"a.wsdl": b"<a/>"}, "a.wsdl:1 a: is no WSDL"),
    ],
)
def test_a_bundle_that_is_none_is_refused_with_a_sentence(documents: dict[str, bytes], said: str) -> None:
    with pytest.raises(WsdlRefused, match=said):
        offer_wsdl(documents)


def test_a_schema_that_unfolds_without_end_is_refused() -> None:
    eight = '<xs:group name="G{0}"><xs:sequence>' + '<xs:group ref="t:G{1}"/>' * 8 + "</xs:sequence></xs:group>"
    groups = "".join(eight.format(number, number + 1) for number in range(12))
    last = '<xs:group name="G12"><xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence></xs:group>'
    types = groups + last + ROOT.format('<xs:group ref="t:G0"/>')

    with pytest.raises(ImportRefused, match="more than 20000 components"):
        drafted({"a.wsdl": wsdl(types)})


# --- styles -----------------------------------------------------------------------------------------------------------

RPC = (
    '<w:portType name="T"><w:operation name="O"><w:input message="t:I"/><w:output message="t:R"/></w:operation>'
    "</w:portType>"
    '<w:binding name="B" type="t:T"><s:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>'
    '<w:operation name="O"><s:operation soapAction="urn:o"/><w:input><s:body use="literal" namespace="urn:rpc"/>'
    "</w:input>"
    '<w:output><s:body use="literal" namespace="urn:rpc"/></w:output></w:operation></w:binding>'
)
RPC_MESSAGES = (
    '<w:message name="I"><w:part name="so" type="xs:int"/><w:part name="ai" type="t:Ai"/></w:message>'
    '<w:message name="R"><w:part name="tra" type="xs:boolean"/></w:message>'
)
WHO = '<xs:complexType name="Ai"><xs:sequence><xs:element name="ten" type="xs:string"/></xs:sequence></xs:complexType>'
PORT = '<w:port name="{0}" binding="t:B"><{1}:address location="http://{2}/"/></w:port>'


def test_rpc_literal_has_a_wrapper_with_its_parts_in_no_namespace() -> None:
    plan = compile_operations(
        bound(RPC, ports=PORT.format("P", "s", "a.invalid"), types=WHO, messages=RPC_MESSAGES), {}
    )["O"]

    parts = plan.shapes[plan.request.shape].elements
    assert (plan.request.tag, [one.tag for one in parts]) == ("{urn:rpc}O", ["so", "ai"])
    assert plan.shapes[parts[1].shape].elements[0].tag == "{urn:x}ten"
    assert plan.response.tag == "{urn:rpc}OResponse"


def test_a_port_is_chosen_by_name() -> None:
    ports = PORT.format("P", "s", "a.invalid") + PORT.format("Q", "s", "b.invalid")
    documents = {"a.wsdl": bound(RPC, ports=ports, types=WHO, messages=RPC_MESSAGES)}

    assert offer_wsdl(documents).address == "http://a.invalid/"
    assert offer_wsdl(documents, service="S", port="Q").address == "http://b.invalid/"
    with pytest.raises(WsdlRefused, match="it has: S/P, S/Q"):
        offer_wsdl(documents, port="R")


def test_a_port_that_is_not_soap_is_left_out_with_a_note() -> None:
    text = wsdl(STRING).decode()
    http = '<w:binding name="H" type="t:T"><h:binding xmlns:h="http://schemas.xmlsoap.org/wsdl/http/"/></w:binding>'
    text = text.replace("<w:service", f"{http}<w:service").replace(
        '<w:port name="P"', '<w:port name="H" binding="t:H"/><w:port name="P"'
    )

    offer = offer_wsdl({"a.wsdl": text.encode()})

    assert (offer.port, [remark.left_out for remark in offer.remarks]) == ("P", [True])


def test_an_operation_without_output_is_one_way() -> None:
    text = wsdl(STRING).decode().replace('<w:output message="t:M"/>', "")
    plan = compile_operations(text.encode(), {})["O"]

    assert (plan.one_way, plan.response.kind) == (True, Kind.GROUP)


def test_an_empty_message_takes_no_body() -> None:
    text = wsdl(STRING).decode().replace('<w:message name="M"><w:part name="p" element="t:M"/>', '<w:message name="M">')

    operation = drafted({"a.wsdl": text.encode()}).service.operations[0]

    assert (operation.takes_body, [field.path for field in operation.fields]) == (False, ["_none"])


def test_declared_faults_are_known() -> None:
    output = '<w:output message="t:M"/>'
    text = wsdl(STRING).decode().replace(output, f'{output}<w:fault name="F" message="t:M"/>')

    assert [one.detail.tag for one in compile_operations(text.encode(), {})["O"].faults] == ["{urn:x}M"]


# --- what the catalogue is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_what_is_an_example_fits_the_json_schema(construct: str, variant: int) -> None:
    plan = compile_operations(wsdl(CONSTRUCTS[construct]), {})["O"]
    example = json.loads(json.dumps(Examples(plan.shapes, variant).message(plan.request)).replace('"1.50"', "1.50"))

    faults = [error.message for error in jsonschema_rs.Draft202012Validator(request_schema(plan)).iter_errors(example)]

    assert faults == []


def test_a_plan_says_which_soap_is_spoken() -> None:
    text = wsdl(STRING).decode().replace("wsdl/soap/", "wsdl/soap12/")

    assert compile_operations(text.encode(), {})["O"].soap_version is SoapVersion.SOAP_12


def test_an_address_that_is_none_is_asked_for() -> None:
    notes = drafted({"a.wsdl": wsdl(STRING).replace(b"http://example.invalid/", b"REPLACE_WITH_ACTUAL_URL")}).notes

    assert [note.en for note in notes] == ["the WSDL names no address that can be used: say where the provider is"]


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("TraCuuThuaDat", True),
        ("getPerson", True),
        ("list-all", True),
        ("DanhSachTuyen", True),
        ("LayGPLX", True),
        ("XacThucThongTin", True),
        ("DangKy", False),
        ("DanhDau", False),
        ("CapNhat", False),
        ("deletePerson", False),
        ("", False),
    ],
)
def test_an_operation_is_proposed_as_safe_when_its_name_says_that_it_reads(name: str, reads: bool) -> None:
    assert is_reading(name) is reads


def test_numbers_beyond_every_message_do_not_stop_a_publication() -> None:
    big = "9" * 30
    types = SEQ.format(
        f'<xs:element name="a" maxOccurs="{big}"><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:maxLength value="{big}"/></xs:restriction></xs:simpleType></xs:element>'
    )
    assert canonical_document(drafted({"a.wsdl": wsdl(types)}).service)
