"""Is a generated contract valid, and every answer and request by it, whatever is declared and agreed?"""

import json

import msgspec
import pytest
from gateways import declared
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.contract import Json
from adapters.soap.shapes import SoapVersion
from catalog.descriptions import OperationDescription, ParameterDescription, ServiceDescription
from gateway.doors.soap.contract import wsdl_of
from gateway.doors.soap.envelope import Envelope
from gateway.doors.soap.face import FaceOperation
from gateway.doors.soap.generated import generated_face, model_of
from gateway.doors.soap.names import operation_name, xml_name
from gateway.doors.soap.requests import rest_call
from gateway.errors import RequestInvalid

XS = "{http://www.w3.org/2001/XMLSchema}"
NAMESPACE = "urn:lienthong:db:dich-vu:v1"
FIELDS = (
    declared("Mã số"), declared("SoLuong", "integer"), declared("DienTich", "number"),
    declared("ConHieuLuc", "boolean"), declared("Ngay", "date"), declared("Luc", "datetime"),
    declared("Nguoi.HoTen"), declared("Nguoi.DiaChi.Xa"),
    declared("The[]"), declared("Dong[].Ma"), declared("Dong[].Con[].Gia", "number"), declared("2x.$y"),
)  # fmt: skip
WHOLE: dict[str, Json] = {
    "Mã số": "A & <B>", "SoLuong": 3, "DienTich": 120.5, "ConHieuLuc": True, "Ngay": "2024-02-29",
    "Luc": "2024-02-29T07:00:00+07:00", "Nguoi": {"HoTen": "Thử", "DiaChi": {"Xa": None}}, "The": ["a", "b"],
    "Dong": [{"Ma": "1", "Con": [{"Gia": 1.5}, {"Gia": None}]}, {"Ma": None, "Con": []}], "2x": {"$y": "z"},
}  # fmt: skip
NODE = {
    "type": "object",
    "properties": {
        "ten": {"type": ["string", "null"], "description": "Tên gọi"},
        "loai": {"enum": ["a", "b"]},
        "con": {"type": "array", "items": {"$ref": "#/$defs/Nut"}},
        "hoac": {"oneOf": [{"type": "object", "properties": {"x": {"type": "integer"}}}, {"type": "null"}]},
        "ngay": {"type": "string", "format": "date"},
    },
    "required": ["ten"],
}
SCHEMA = {
    "type": "object",
    "properties": {"goc": {"$ref": "#/$defs/Nut"}, "so": {"type": "number"}},
    "$defs": {"Nut": NODE},
}


def service(*operations: OperationDescription) -> ServiceDescription:
    return ServiceDescription(
        database="db", code="dich-vu", version=1, title_vi="Dịch vụ", provider="p", operations=operations
    )


def parameter(name: str, place: str = "query", kind: str = "string", **more: object) -> ParameterDescription:
    return msgspec.convert({"name": name, "place": place, "type": kind, **more}, ParameterDescription)


def posted(schema: object, *parameters: ParameterDescription, path: str = "/g") -> OperationDescription:
    return OperationDescription(
        code="gui-di", method="POST", path=path, title_vi="Gửi", parameters=parameters, fields=(declared("Ma"),),
        body_schema=msgspec.Raw(json.dumps(schema).encode()),
    )  # fmt: skip


READ = OperationDescription(code="tra-cuu", method="GET", path="/x", title_vi="Tra cứu", fields=FIELDS)


def schema_of(described: ServiceDescription) -> etree.XMLSchema:
    wsdl = etree.fromstring(wsdl_of(model_of(described), address="http://127.0.0.1/"))
    inline = etree.tostring(wsdl.findall(f".//{XS}schema")[1])  # with the namespaces of the elements around it
    return etree.XMLSchema(etree.fromstring(inline))


def operation_of(described: ServiceDescription) -> FaceOperation:
    return generated_face(described).operations[0]


def asked(operation: OperationDescription, content: str) -> tuple[str, str, Json]:
    face = generated_face(service(operation))
    element = etree.fromstring("<" + content.format(f"xmlns='{NAMESPACE}'"))
    call = rest_call(
        face.service, face.operations[0], Envelope(version=SoapVersion.SOAP_11, blocks=(), content=element), fields=""
    )
    return call.raw_path, call.raw_query, json.loads(call.body or b"null")


def cut(value: Json, paths: set[str], at: str = "") -> Json:
    """Return what a mask for `paths` leaves."""
    if isinstance(value, list):
        return [cut(one, paths, f"{at}[]") for one in value]
    if not isinstance(value, dict):
        return value
    names = {name: f"{at}.{name}" if at else name for name in value}
    return {
        name: cut(value[name], paths, place)
        for name, place in names.items()
        if any(path == place or path.startswith((f"{place}.", f"{place}[]")) for path in paths)
    }


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from([leaf.path for leaf in FIELDS])))
def test_every_subset_of_the_fields_is_valid(paths: set[str]) -> None:
    described = service(READ)

    written = operation_of(described).writer.write(cut(WHOLE, paths))

    schema_of(described).assertValid(etree.fromstring(written))


def test_an_answer_that_is_a_list_has_items() -> None:
    described = service(msgspec.structs.replace(READ, fields=(declared("[].Ma"), declared("[].So", "integer"))))
    operation = operation_of(described)

    written = etree.fromstring(operation.writer.write(operation.wrapped([{"Ma": "a", "So": 1}, {"Ma": "b"}])))

    schema_of(described).assertValid(written)
    assert [child.tag for child in written] == [f"{{{NAMESPACE}}}item"] * 2


def test_a_body_becomes_elements_and_comes_back_as_json() -> None:
    content = (
        "guiDi {0}><so>1.50</so><goc><ten xsi:nil='true' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/>"
        "<loai>b</loai><con><ten>c</ten></con><hoac><x>3</x></hoac><ngay>2024-01-02Z</ngay></goc></guiDi>"
    )

    _, _, body = asked(posted(SCHEMA), content)

    inner = {"ten": "c", "con": []}
    goc = {"ten": None, "loai": "b", "con": [inner], "hoac": {"x": 3}, "ngay": "2024-01-02"}
    assert body == {"so": 1.5, "goc": goc}


def test_the_schema_of_a_recursive_body_is_valid() -> None:
    described = service(posted(SCHEMA))

    assert schema_of(described).validate(
        etree.fromstring(f"<guiDi xmlns='{NAMESPACE}'><goc><ten>a</ten><con><ten>b</ten></con></goc></guiDi>")
    )


def test_parameters_go_where_they_stand_in_a_rest_call() -> None:
    operation = posted(SCHEMA, parameter("ma", "path", required=True), parameter("so"), path="/g/{ma}")

    said = asked(operation, "guiDi {0}><ma>a/b c</ma><so>1&amp;x</so><so_2>2</so_2></guiDi>")

    assert said == ("/x/db/dich-vu/v1/g/a%2Fb%20c", "so=1%26x", {"so": 2})


def test_a_parameter_of_the_path_must_be_given() -> None:
    operation = posted(SCHEMA, parameter("ma", "path"), path="/g/{ma}")

    with pytest.raises(RequestInvalid, match="ma: required and missing"):
        asked(operation, "guiDi {0}><so>1</so></guiDi>")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "object"}, "body is an object of any members"),
        ({"type": "object", "properties": {"x": {}}}, "body.x takes any value"),
        ({"type": "object", "properties": {"x": True}}, "body.x takes any value"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "body is a list of lists"),
        ({"type": "object", "properties": {"x": {"type": ["string", "integer"]}}}, "body.x takes any value"),
        ({"anyOf": [{"type": "string"}, {"type": "object", "properties": {}}]}, "body takes values of several types"),
        ({"$ref": "#/$defs/khong"}, "body refers to what is not there"),
        ({"$ref": "#"}, "body refers to itself"),
        ({"$ref": "http://127.0.0.1/x"}, "body refers to another document"),
    ],
)
def test_what_xml_cannot_name_is_left_out_with_the_reason(schema: object, said: str) -> None:
    face = generated_face(service(posted(schema), READ))

    assert [one.name for one in face.operations] == ["traCuu"]
    assert str(face.refused["gui-di"]) == said


def test_the_wsdl_says_what_is_left_out_and_why() -> None:
    text = wsdl_of(model_of(service(posted({"type": "object"}), READ)), address="http://127.0.0.1/").decode()

    assert "Không có qua SOAP: gui-di (body là đối tượng không khai tên thành phần" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [("SoThua", "SoThua"), ("Mã số", "Mã_x0020_số"), ("2x", "_x0032_x"), ("$y", "_x0024_y"), ("a:b", "a_x003A_b")],
)
def test_a_name_is_one_that_xml_may_have(name: str, said: str) -> None:
    assert xml_name(name) == said


@given(st.text(min_size=1, max_size=20))
def test_every_name_can_be_the_name_of_an_element(name: str) -> None:
    assert etree.fromstring(f"<{xml_name(name)}/>").tag == xml_name(name)


@pytest.mark.parametrize(
    ("code", "said"), [("tra-cuu", "traCuu"), ("get", "get"), ("a.b-c_d", "aBC_d"), ("1", "_x0031_")]
)
def test_an_operations_name_has_no_dash(code: str, said: str) -> None:
    assert operation_name(code) == said
