"""Does a WSDL become plans, and is what cannot be served refused by name?"""

import msgspec
import pytest

from adapters.contract import DeclaredField
from adapters.errors import BindingInvalid
from adapters.soap.fields import answer_fields
from adapters.soap.plan import compile_operations
from adapters.soap.shapes import Kind, Plan, SoapVersion

NAMESPACE = "urn:vi-du"
TYPES = """
  <xs:element name="HoiNguoi"><xs:complexType><xs:sequence>
    <xs:element name="SoDinhDanh" type="xs:string"/>
    <xs:element name="TuNgay" type="xs:date" minOccurs="0"/>
    <xs:choice><xs:element name="Nam" type="xs:int"/><xs:element name="Ngay" type="xs:date"/></xs:choice>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="TraNguoi"><xs:complexType><xs:sequence>
    <xs:element name="Nguoi" type="t:Nguoi" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="Nguoi"><xs:sequence>
    <xs:element name="Ten" type="xs:string"/>
    <xs:element name="Luong" type="xs:decimal" minOccurs="0" nillable="true"/>
    <xs:element name="Con" type="t:Nguoi" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence><xs:attribute name="ma" type="xs:int" use="required"/></xs:complexType>
"""


def wsdl(
    *,
    style: str = "document",
    use: str = "literal",
    soap: str = "http://schemas.xmlsoap.org/wsdl/soap/",
    types: str = TYPES,
    part: str = 'element="t:HoiNguoi"',
    output: str = '<w:output message="t:Tra"/>',
    header: str = "",
) -> bytes:
    bound = '<w:output><s:body use="literal"/></w:output>' if output else ""
    return f"""<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="{soap}" xmlns:t="{NAMESPACE}"
      xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}">
      <w:types><xs:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">{types}</xs:schema></w:types>
      <w:message name="Hoi"><w:part name="p" {part}/></w:message>
      <w:message name="Tra"><w:part name="p" element="t:TraNguoi"/></w:message>
      <w:portType name="Cong"><w:operation name="Hoi"><w:input message="t:Hoi"/>{output}</w:operation></w:portType>
      <w:binding name="B" type="t:Cong"><s:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>
        <w:operation name="Hoi"><s:operation soapAction="urn:hoi"/>
          <w:input>{header}<s:body use="{use}"/></w:input>{bound}</w:operation></w:binding>
      <w:service name="S"><w:port name="P" binding="t:B"><s:address location="http://example.invalid/"/></w:port></w:service>
    </w:definitions>""".encode()


def test_the_request_keeps_the_order_and_the_namespaces_of_the_schema() -> None:
    plan = compile_operations(wsdl(), {})["Hoi"]

    members = plan.shapes[plan.request.shape].elements
    assert [member.tag for member in members] == [
        f"{{{NAMESPACE}}}{name}" for name in ("SoDinhDanh", "TuNgay", "Nam", "Ngay")
    ]
    assert [member.required for member in members] == [True, False, False, False]


def test_a_type_that_contains_itself_is_a_reference() -> None:
    plan = compile_operations(wsdl(), {})["Hoi"]

    person = plan.shapes[plan.response.shape].elements[0]
    child = plan.shapes[person.shape].elements[2]
    assert (child.shape, child.many) == (person.shape, True)


def test_a_plan_survives_being_kept_as_json() -> None:
    plan = compile_operations(wsdl(), {})["Hoi"]

    assert msgspec.json.decode(plan.to_json(), type=Plan) == plan


def test_the_soap_version_comes_from_the_binding() -> None:
    plan = compile_operations(wsdl(soap="http://schemas.xmlsoap.org/wsdl/soap12/"), {})["Hoi"]

    assert (plan.soap_version, plan.action) == (SoapVersion.SOAP_12, "urn:hoi")


def test_the_answers_leaves_are_listed_once_for_a_type_that_contains_itself() -> None:
    fields = answer_fields(compile_operations(wsdl(), {})["Hoi"])

    assert fields == (
        DeclaredField("Nguoi.ma", "integer"),
        DeclaredField("Nguoi.Ten", "string"),
        DeclaredField("Nguoi.Luong", "number"),
    )


def test_a_schema_is_taken_from_the_bundle() -> None:
    about = f'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}"'
    schema = f'<xs:schema {about} elementFormDefault="qualified">{TYPES}</xs:schema>'

    plan = compile_operations(
        wsdl(types='<xs:include schemaLocation="kieu/nguoi.xsd"/>'), {"kieu/nguoi.xsd": schema.encode()}
    )

    assert plan["Hoi"].response.kind is Kind.COMPLEX


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"style": "rpc"}, "rpc/literal declares it by type="),
        ({"use": "encoded"}, 'use="encoded"'),
        ({"part": 'type="xs:string"'}, "by type="),
        ({"header": '<s:header message="t:Hoi" part="q" use="literal"/>'}, "soap:header"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(changed: dict[str, str], said: str) -> None:
    with pytest.raises(BindingInvalid, match=said):
        compile_operations(wsdl(**changed), {})


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:1/a.xsd", "../../../etc/passwd", "ftp://h/a.xsd"],
)
def test_nothing_outside_the_bundle_is_opened(location: str) -> None:
    with pytest.raises(BindingInvalid, match="not in the bundle"):
        compile_operations(wsdl(types=f'<xs:include schemaLocation="{location}"/>'), {})


def test_a_document_type_in_the_bundle_is_refused() -> None:
    with pytest.raises(BindingInvalid, match="DTD"):
        compile_operations(wsdl(), {"a.xsd": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'})


@pytest.mark.parametrize(
    "content", [b"", b"not xml", b"<a/>", b"<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/'/>"]
)
def test_what_is_no_wsdl_is_refused(content: bytes) -> None:
    with pytest.raises(BindingInvalid):
        compile_operations(content, {})


def test_an_operation_that_is_not_there_is_refused() -> None:
    with pytest.raises(BindingInvalid, match="no SOAP operation 'Khac'"):
        compile_operations(wsdl(), {}, only=["Khac"])
