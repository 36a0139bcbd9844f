"""Which services does a database of the province publish, and with which operations?

Generated from what the databases declare (`gateway/demo/databases`), one service an object, so that the catalogue and
the providers cannot say different things.
"""

from collections.abc import Mapping, Sequence

import msgspec

from adapters.contract import Json
from adapters.soap.plan import compile_operations
from adapters.soap.shapes import Plan
from catalog.descriptions import (
    NO_SCHEMA,
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
    ServiceDescription,
)
from gateway.demo.databases.form import Column, Database, DataObject, ProviderOperation, Technology
from gateway.demo.described.providers import provider_code
from gateway.demo.wsdl import parameter_type, schema_document, wsdl_document

TABLES = frozenset({Technology.SQL, Technology.CSV, Technology.XLSX, Technology.PARQUET})
_SLASHED_KEYS = frozenset({"SoGPXD", "SoGiayPhep", "SoKyHieu"})  # cannot stand in a path: a segment holds no slash
_PAGING = ("offset", "limit", "trang", "kichThuoc", "TuThu", "SoLuong")
_FORMATS = {"MSDN": "msdn", "MaDVHC": "ma-dvhc"}
_XSD = {"xsd:int": FieldType.INTEGER, "xsd:date": FieldType.DATE, "xsd:string": FieldType.STRING}


def describe_services(
    database: Database, examples: Mapping[str, Sequence[str]] | None = None
) -> tuple[ServiceDescription, ...]:
    """Return one service for each object of a database of the nineteen.

    `examples` are keys that the province's data hold, by object: calls that are made of examples then find something.
    """
    known = examples or {}
    plans = soap_plans(database) if database.technology is Technology.SOAP else {}
    return tuple(
        ServiceDescription(
            database=database.code,
            code=one.code,
            version=1,
            title_vi=one.title_vi,
            summary_vi=f"{one.title_vi} – {database.title_vi}",
            provider=provider_code(database, one),
            operations=tuple(
                _with_example(operation, one.key, known.get(one.code, ()))
                for operation in (
                    (_list(one), _get(one))
                    if one.technology in TABLES
                    else tuple(describe_operation(one, operation, plans=plans) for operation in one.operations)
                )
            ),
        )
        for one in database.objects
    )


def _with_example(operation: OperationDescription, key: str, examples: Sequence[str]) -> OperationDescription:
    if not examples:
        return operation
    parameters = tuple(
        msgspec.structs.replace(one, example=examples[0]) if one.name == key else one for one in operation.parameters
    )
    return msgspec.structs.replace(operation, parameters=parameters)


def soap_plans(database: Database) -> Mapping[str, Plan]:
    """Return the plans compiled from the WSDL that the provider publishes, by operation name."""
    location = f"{database.code}.xsd"
    wsdl = wsdl_document(database, address="http://provider.invalid/", schema_location=location)
    return compile_operations(wsdl, {location: schema_document(database)})


def path_parameter_key(one: DataObject) -> bool:
    """Tell whether the key of an object can stand in a path."""
    return one.key not in _SLASHED_KEYS


def fields_of(columns: Sequence[Column], *, prefix: str) -> tuple[FieldDescription, ...]:
    """Return the leaves of an answer whose rows stand at `prefix` (`items[].`, or empty)."""
    return tuple(
        FieldDescription(path=f"{prefix}{one.field}", type=one.type, class_=one.class_, title_vi=one.title_vi)
        for one in columns
    )


# --- tables: SQL and files --------------------------------------------------------------------------------------------


def _list(one: DataObject) -> OperationDescription:
    columns = {column.field: column for column in one.columns}
    filters = {name: {"column": columns[name].column, "operator": "eq"} for name in one.filters}
    paging = (
        ParameterDescription(
            name="after", place=Place.QUERY, type=FieldType.STRING, title_vi="Con trỏ trang sau", max_length=4096
        ),
        ParameterDescription(
            name="limit",
            place=Place.QUERY,
            type=FieldType.INTEGER,
            title_vi="Số dòng mỗi trang",
            minimum=1,
            maximum=200,
            example="50",
        ),
    )
    following = FieldDescription(
        path="next", type=FieldType.STRING, class_=FieldClass.OPEN, title_vi="Con trỏ trang sau", structural=True
    )
    return OperationDescription(
        code="danh-sach",
        method="GET",
        path="/danh-sach",
        title_vi=f"Danh sách: {one.title_vi}",
        parameters=(*(_filter(columns[name]) for name in one.filters), *paging),
        fields=(*fields_of(one.columns, prefix="items[]."), following),
        rows="items[]",
        subjects=_subjects(one, names=one.filters, prefix="items[]."),
        binding=_binding(one, kind="list", filters=filters),
    )


def _get(one: DataObject) -> OperationDescription:
    key = next(column for column in one.columns if column.key)
    in_path = path_parameter_key(one)
    parameter = ParameterDescription(
        name=key.field,
        place=Place.PATH if in_path else Place.QUERY,
        type=key.type,
        required=True,
        title_vi=key.title_vi,
        format=_format(key.field),
    )
    return OperationDescription(
        code="chi-tiet",
        method="GET",
        path=f"/chi-tiet/{{{key.field}}}" if in_path else "/chi-tiet",
        title_vi=f"Chi tiết: {one.title_vi}",
        parameters=(parameter,),
        fields=fields_of(one.columns, prefix=""),
        subjects=_subjects(one, names=(), prefix=""),
        binding=_binding(one, kind="get", filters={}),
    )


def _binding(one: DataObject, *, kind: str, filters: Mapping[str, Mapping[str, str]]) -> msgspec.Raw:
    key = next(column for column in one.columns if column.key)
    config: dict[str, Json] = {"kind": kind, "key": [key.column]}
    if filters:
        config["filters"] = {name: dict(how) for name, how in filters.items()}
    if one.technology is Technology.SQL:
        config["table"] = one.source
        config["columns"] = column_settings(one)
    return as_raw(config)


def column_settings(one: DataObject) -> dict[str, Json]:
    """Return the columns of an object as the SQL and file adapters want them."""
    return {column.field: {"column": column.column, "type": column.type.value} for column in one.columns}


def _filter(column: Column) -> ParameterDescription:
    return ParameterDescription(
        name=column.field,
        place=Place.QUERY,
        type=column.type,
        title_vi=column.title_vi,
        format=_format(column.field),
    )


# --- REST and SOAP ------------------------------------------------------------------------------------------


def describe_operation(
    one: DataObject, operation: ProviderOperation, *, plans: Mapping[str, Plan]
) -> OperationDescription:
    """Return what a REST or SOAP provider does as an operation of ours."""
    placed = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    prefix = f"{operation.rows}." if operation.rows else ""
    envelope = tuple(
        FieldDescription(path=name, type=type_, class_=FieldClass.OPEN, title_vi="Phân trang", structural=True)
        for name, type_ in operation.envelope
    )
    return OperationDescription(
        code=operation.code,
        method="GET" if operation.safe else operation.method,
        path="/".join(("", operation.code, *(f"{{{name}}}" for name in placed))),
        title_vi=operation.title_vi,
        safe=operation.safe,
        parameters=(
            *(_parameter(one, name, place=Place.PATH, required=True) for name in placed),
            *(
                _parameter(one, name, place=Place.QUERY, required=name in operation.required)
                for name in operation.parameters
            ),
        ),
        body_schema=NO_SCHEMA if operation.safe else _body_schema(operation),
        fields=(*fields_of(one.columns, prefix=prefix), *envelope),
        rows=operation.rows,
        subjects=(
            *_subjects(one, names=(*placed, *operation.parameters), prefix=prefix),
            *(f"body:{name}" for name, _ in operation.body if name == "SoDinhDanh"),
        ),
        binding=as_raw(_soap_config(operation, plans) if plans else _rest_config(operation)),
    )


def _rest_config(operation: ProviderOperation) -> dict[str, Json]:
    return {
        "method": operation.method,
        "path": operation.path,
        "query": {name: f"{{{name}}}" for name in operation.parameters},
        "send_body": not operation.safe,
    }


def _soap_config(operation: ProviderOperation, plans: Mapping[str, Plan]) -> dict[str, Json]:
    plan: Json = msgspec.json.decode(plans[operation.path].to_json())
    config: dict[str, Json] = {"plan": plan}
    if not operation.rows.endswith("[]"):
        config["none_when_missing"] = operation.rows
    return config


def _parameter(one: DataObject, name: str, *, place: Place, required: bool) -> ParameterDescription:
    column = next((found for found in one.columns if found.field.split(".")[-1] == name), None)
    if one.technology is Technology.SOAP:
        type_ = _XSD[parameter_type(name)]
    elif name in _PAGING:
        type_ = FieldType.INTEGER
    else:
        type_ = column.type if column is not None else FieldType.STRING
    return ParameterDescription(
        name=name,
        place=place,
        type=type_,
        required=required,
        title_vi=column.title_vi if column is not None else name,
        format=_format(name),
        minimum=0 if name in _PAGING else None,
        maximum=1_000_000 if name in _PAGING else None,
    )


def _body_schema(operation: ProviderOperation) -> msgspec.Raw:
    properties: dict[str, Json] = {
        name: {"type": type_.value, "pattern": "^[0-9]{12}$"}
        if name == "SoDinhDanh"
        else {"type": type_.value, "maxLength": 2000}
        for name, type_ in operation.body
    }
    return as_raw(
        {
            "type": "object",
            "properties": properties,
            "required": list(operation.required),
            "additionalProperties": False,
        }
    )


def _subjects(one: DataObject, *, names: Sequence[str], prefix: str) -> tuple[str, ...]:
    asked = {path.split(".")[-1] for path in one.subjects}
    return (
        *(f"parameter:{name}" for name in names if name in asked),
        *(f"answer:{prefix}{path}" for path in one.subjects),
    )


def _format(name: str) -> str:
    return "so-dinh-danh" if name.startswith("SoDinhDanh") else _FORMATS.get(name, "")


def as_raw(value: Json) -> msgspec.Raw:
    """Return a JSON value as descriptions hold it."""
    return msgspec.Raw(msgspec.json.encode(value))
