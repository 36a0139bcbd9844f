"""What breaks for callers, and what does not? Every kind of change, beside the same change that is harmless."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.compatibility import breaking_changes
from catalog.descriptions import (
    AxisName,
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
    ServiceDescription,
)

KEY = ParameterDescription(
    name="SoGCN", place=Place.PATH, type=FieldType.STRING, required=True, format="so-dinh-danh", max_length=50
)
YEAR = ParameterDescription(
    name="Nam", place=Place.QUERY, type=FieldType.INTEGER, minimum=1990, maximum=2100, choices=("2025", "2026")
)
BODY = {
    "type": "object",
    "properties": {"ten": {"type": "string", "maxLength": 10}, "so": {"type": "integer"}},
    "required": ["ten"],
    "additionalProperties": False,
}


def leaf(path: str, type_: FieldType = FieldType.STRING, *, structural: bool = False) -> FieldDescription:
    return FieldDescription(path=path, type=type_, class_=FieldClass.INTERNAL, title_vi=path, structural=structural)


READ = OperationDescription(
    code="tra-cuu",
    method="GET",
    path="/thua-dat/{SoGCN}",
    title_vi="Tra cứu",
    parameters=(KEY, YEAR),
    rows="items[]",
    fields=(leaf("items[].SoThua"), leaf("items[].DienTich", FieldType.NUMBER), leaf("trang", structural=True)),
)
WRITE = OperationDescription(
    code="them",
    method="POST",
    path="/thua-dat",
    title_vi="Thêm",
    safe=False,
    body_schema=msgspec.Raw(msgspec.json.encode(BODY)),
    fields=(leaf("SoThua"),),
    wsdl_operation="ThemThuaDat",
)
SERVICE = ServiceDescription(
    database="datdai",
    code="thua-dat",
    version=1,
    title_vi="Thửa đất",
    provider="p",
    axis=AxisName(api="apiDatDai", version="1.0"),
    operations=(READ, WRITE),
)


def changed(**members: object) -> ServiceDescription:
    return msgspec.structs.replace(SERVICE, operations=(msgspec.structs.replace(READ, **members), WRITE))


def with_key(**members: object) -> ServiceDescription:
    return changed(parameters=(msgspec.structs.replace(KEY, **members), YEAR))


def with_year(**members: object) -> ServiceDescription:
    return changed(parameters=(KEY, msgspec.structs.replace(YEAR, **members)))


def with_body(**members: object) -> ServiceDescription:
    schema = msgspec.Raw(msgspec.json.encode(BODY | members))
    return msgspec.structs.replace(SERVICE, operations=(READ, msgspec.structs.replace(WRITE, body_schema=schema)))


def with_write(**members: object) -> ServiceDescription:
    return msgspec.structs.replace(SERVICE, operations=(READ, msgspec.structs.replace(WRITE, **members)))


MORE = ParameterDescription(name="Loai", place=Place.QUERY, type=FieldType.STRING)

BREAKING = [
    (msgspec.structs.replace(SERVICE, operations=(READ,)), "them"),
    (msgspec.structs.replace(SERVICE, axis=None), "axis"),
    (changed(method="POST"), "tra-cuu"),
    (changed(path="/thua/{SoGCN}"), "tra-cuu"),
    (changed(rows=""), "tra-cuu"),
    (changed(safe=False), "tra-cuu"),
    (changed(officer_needed=True), "tra-cuu"),
    (changed(fields=READ.fields[1:]), "tra-cuu.items[].SoThua"),
    (changed(fields=(leaf("items[].SoThua", FieldType.INTEGER), *READ.fields[1:])), "tra-cuu.items[].SoThua"),
    (changed(fields=(*READ.fields[:2], leaf("trang"))), "tra-cuu.trang"),
    (changed(parameters=(KEY,)), "tra-cuu.Nam"),
    (changed(parameters=(KEY, YEAR, msgspec.structs.replace(MORE, required=True))), "tra-cuu.Loai"),
    (with_year(required=True), "tra-cuu.Nam"),
    (with_year(type=FieldType.STRING), "tra-cuu.Nam"),
    (with_year(place=Place.PATH), "tra-cuu.Nam"),
    (with_year(choices=("2026",)), "tra-cuu.Nam"),
    (with_year(minimum=2000), "tra-cuu.Nam"),
    (with_year(maximum=2050), "tra-cuu.Nam"),
    (with_key(format="cmnd"), "tra-cuu.SoGCN"),
    (with_key(pattern="[0-9]+"), "tra-cuu.SoGCN"),
    (with_key(choices=("A",)), "tra-cuu.SoGCN"),
    (with_key(max_length=49), "tra-cuu.SoGCN"),
    (with_write(wsdl_operation="Khac"), "them"),
    (with_write(body_schema=msgspec.Raw(b"null")), "them.body"),
    (with_body(required=["ten", "so"]), "them.body.so"),
    (with_body(properties={"ten": {"type": "string", "maxLength": 10}}), "them.body.so"),
    (with_body(properties=BODY["properties"] | {"so": {"type": "string"}}), "them.body.so"),  # type: ignore[operator]  # a dict
    (with_body(properties=BODY["properties"] | {"ten": {"type": "string", "maxLength": 9}}), "them.body.ten"),  # type: ignore[operator]  # a dict
    (with_body(properties=BODY["properties"] | {"so": {"type": "integer", "enum": [1]}}), "them.body.so"),  # type: ignore[operator]  # a dict
    (with_body(oneOf=[{"required": ["so"]}]), "them.body"),
]
HARMLESS = [
    SERVICE,
    msgspec.structs.replace(SERVICE, title_vi="Khác", provider="khac", version=2),
    msgspec.structs.replace(SERVICE, operations=(WRITE, READ, msgspec.structs.replace(READ, code="moi", path="/moi"))),
    changed(fields=(*READ.fields, leaf("items[].Moi"))),
    changed(fields=(*READ.fields[:2], leaf("trang", structural=True), leaf("tong", structural=True))),
    changed(parameters=(KEY, YEAR, MORE)),
    changed(parameters=(YEAR, KEY)),
    with_year(type=FieldType.NUMBER),
    with_year(choices=("2024", "2025", "2026")),
    with_year(choices=(), minimum=None, maximum=2200),
    with_key(format="so-dinh-danh-hoac-cmnd", max_length=60),
    with_key(format=""),
    with_body(required=[]),
    with_body(additionalProperties=True),
    with_body(properties=BODY["properties"] | {"so": {"type": "number"}, "moi": {"type": "string"}}),  # type: ignore[operator]  # a dict
    with_body(properties=BODY["properties"] | {"ten": {"type": "string", "description": "tên"}}),  # type: ignore[operator]  # a dict
    with_body(**{"$defs": {"x": {}}, "title": "t"}),
]


@pytest.mark.parametrize(("after", "where"), BREAKING)
def test_what_callers_lose_breaks_and_names_the_place(after: ServiceDescription, where: str) -> None:
    assert where in {fault.where for fault in breaking_changes(SERVICE, after)}


@pytest.mark.parametrize("after", HARMLESS)
def test_what_callers_may_ignore_breaks_nothing(after: ServiceDescription) -> None:
    assert breaking_changes(SERVICE, after) == ()


def test_each_break_is_a_sentence_in_both_languages() -> None:
    (fault,) = breaking_changes(SERVICE, with_year(required=True))

    assert (fault.where, fault.vi, fault.en) == ("tra-cuu.Nam", "nay là bắt buộc", "it becomes required")


def test_a_member_behind_a_reference_is_compared() -> None:
    def schema(kind: str) -> dict[str, object]:
        return {"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": kind}}}

    before, after = (
        with_write(body_schema=msgspec.Raw(msgspec.json.encode(schema(kind)))) for kind in ("string", "integer")
    )

    assert [fault.where for fault in breaking_changes(before, after)] == ["them.body.a"]


@given(st.sets(st.sampled_from(["a", "b", "c", "d"])), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_fields_break_exactly_when_one_is_gone(before: set[str], after: set[str]) -> None:
    was, now = (changed(fields=tuple(leaf(name) for name in sorted(names))) for names in (before, after))

    assert {fault.where for fault in breaking_changes(was, now)} == {f"tra-cuu.{name}" for name in before - after}
