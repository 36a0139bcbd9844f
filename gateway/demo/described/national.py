"""Which national services does the province publish to its systems?

Made from what the national adapters say of themselves. Of five there is no public specification: they stand in the
catalogue as "chưa có đặc tả" and nobody can call them.
"""

from collections.abc import Sequence

from adapters.contract import Json
from adapters.national import business, categories, civil_status, population, social_insurance
from adapters.national.facts import NationalOperation, NationalParameter
from catalog.descriptions import (
    NO_SCHEMA,
    AxisName,
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
    ServiceDescription,
)
from gateway.demo.described.databases import unspecified_databases
from gateway.demo.described.operations import as_raw

AXIS_CODE = "truc"
"""The code of the service by which clients written for the national axis ask, in each database that has one."""
_AXIS_TITLE = "{} (đúng tên gọi của trục quốc gia)"
_AXIS: tuple[tuple[str, str, str, Sequence[NationalOperation]], ...] = (
    ("qg-doanhnghiep", "apiCSDLDKDN", "1.0", business.AXIS_OPERATIONS),
    ("qg-danhmuc", "dmdc", "", categories.AXIS_OPERATIONS),
    ("qg-bhxh", "apiBHXH", "", social_insurance.AXIS_OPERATIONS),
)
_SERVICES: tuple[tuple[str, str, str, Sequence[NationalOperation]], ...] = (
    ("qg-dancu", "cong-dan", "Thông tin công dân", population.OPERATIONS),
    ("qg-doanhnghiep", "dang-ky-doanh-nghiep", "Đăng ký doanh nghiệp", business.OPERATIONS),
    ("qg-danhmuc", "danh-muc", "Danh mục dùng chung", categories.OPERATIONS),
    ("qg-bhxh", "bao-hiem-xa-hoi", "Bảo hiểm xã hội", social_insurance.OPERATIONS),
    ("qg-hotich", "ho-tich", "Đăng ký hộ tịch", civil_status.OPERATIONS),
)
_FORMATS = {"ma-bhxh": "bhxh"}  # the adapters' name of a rule where the catalogue's differs


def describe_national_services() -> tuple[ServiceDescription, ...]:
    """Return the services of all national databases."""
    specified = (
        ServiceDescription(
            database=database,
            code=code,
            version=1,
            title_vi=title,
            provider=database,
            operations=tuple(_operation(one) for one in operations),
        )
        for database, code, title, operations in _SERVICES
    )
    return (*specified, *_under_axis_names(), *_unspecified())


def _under_axis_names() -> list[ServiceDescription]:
    titles = {database: title for database, _, title, _ in _SERVICES}
    return [
        ServiceDescription(
            database=database,
            code=AXIS_CODE,
            version=1,
            title_vi=_AXIS_TITLE.format(titles[database]),
            summary_vi="Dành cho hệ thống đã viết cho trục quốc gia: chỉ đổi địa chỉ máy chủ và khóa.",
            provider=database,
            axis=AxisName(api=api, version=version),
            operations=tuple(_operation(one) for one in operations),
        )
        for database, api, version, operations in _AXIS
    ]


def _unspecified() -> list[ServiceDescription]:
    return [
        ServiceDescription(
            database=one.code,
            code="dich-vu",
            version=1,
            title_vi=f"{one.title_vi} (chưa có đặc tả)",
            summary_vi="Chưa có đặc tả công khai: không gọi được.",
            specified=False,
        )
        for one in unspecified_databases()
    ]


def _operation(one: NationalOperation) -> OperationDescription:
    return OperationDescription(
        code=one.code,
        method=one.method,
        path=one.path,
        title_vi=one.title_vi,
        title_en=one.title_en,
        safe=one.safe,
        parameters=tuple(_parameter(parameter) for parameter in one.parameters),
        body_schema=as_raw(_body_schema(one)) if one.body or one.body_list else NO_SCHEMA,
        fields=tuple(
            FieldDescription(
                path=field.path,
                type=FieldType(field.type),
                class_=FieldClass(field.class_),
                title_vi=field.title_vi,
                structural=field.structural,
            )
            for field in one.fields
        ),
        rows=one.rows,
        subjects=one.subjects,
        officer_needed=one.officer_needed,
        binding=as_raw(dict(one.config)),
    )


def _parameter(one: NationalParameter) -> ParameterDescription:
    return ParameterDescription(
        name=one.name,
        place=Place.PATH if one.in_path else Place.QUERY,
        type=FieldType(one.type),
        required=one.required or one.in_path,
        title_vi=one.title_vi,
        format=_FORMATS.get(one.format, one.format),
        choices=one.choices,
    )


def _body_schema(one: NationalOperation) -> Json:
    if one.body_list:
        rows: Json = {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object"}}
        return {"type": "object", "properties": {"items": rows}, "required": ["items"], "additionalProperties": False}
    properties: dict[str, Json] = {}
    for member in one.body:
        schema: dict[str, Json] = {"type": "string" if member.type == "date" else member.type}
        if member.type == "date":
            schema["format"] = "date"
        properties[member.name] = schema
    required: list[Json] = [member.name for member in one.body if member.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
