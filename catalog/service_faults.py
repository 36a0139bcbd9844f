"""What is wrong with the description of a service version?

Pure. All faults are gathered, so that a publisher sees everything at once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from catalog.axis import axis_faults
from catalog.codes import code_fault, title_fault
from catalog.descriptions import FieldType, OperationDescription, ParameterDescription, Place, ServiceDescription
from catalog.errors import Fault
from catalog.formats import FORMATS
from catalog.paths import is_field_path, lies_on, template_parameters, template_shape
from catalog.patterns import Pattern, PatternRefused

RESERVED_PARAMETERS = frozenset({"fields"})  # the gateway's own: which of the agreed fields a caller wants
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NUMERIC = frozenset({FieldType.INTEGER, FieldType.NUMBER})


def check_service(service: ServiceDescription) -> list[Fault]:
    """Return all that is wrong with `service` in itself; whether its database and provider exist is not asked here."""
    faults = [code_fault("code", service.code), title_fault("title_vi", service.title_vi)]
    if service.version < 1:
        faults.append(Fault("version", "phải từ 1 trở lên", "must be 1 or more"))
    if not service.specified and service.operations:
        faults.append(
            Fault("operations", "chưa có đặc tả thì không có thao tác", "without specification there is none")
        )
    if service.specified and not service.operations:
        faults.append(Fault("operations", "phải có ít nhất một thao tác", "at least one operation is needed"))
    if service.specified and not service.provider:
        faults.append(Fault("provider", "phải nêu nơi cung cấp", "a provider must be named"))
    faults.extend(_twice("operations", (operation.code for operation in service.operations)))
    addresses = (f"{operation.method} {template_shape(operation.path)}" for operation in service.operations)
    faults.extend(_twice("operations", addresses))
    faults.extend(axis_faults(service.axis))
    for number, operation in enumerate(service.operations):
        faults.extend(_operation_faults(f"operations[{number}]", operation))
    return [fault for fault in faults if fault is not None]


def _operation_faults(where: str, operation: OperationDescription) -> Iterator[Fault | None]:
    yield code_fault(f"{where}.code", operation.code)
    yield title_fault(f"{where}.title_vi", operation.title_vi)
    if operation.method not in _METHODS:
        yield Fault(f"{where}.method", "phương thức không được hỗ trợ", "GET, POST, PUT, PATCH or DELETE")
    if operation.method == "GET" and not operation.safe:
        yield Fault(f"{where}.safe", "GET chỉ để đọc", "a GET is safe (RFC 9110, 9.2.1)")
    if operation.method in ("PUT", "PATCH", "DELETE") and operation.safe:
        yield Fault(f"{where}.safe", "phương thức này thay đổi dữ liệu", "this method changes something")
    yield from _path_faults(where, operation)
    yield from _body_faults(where, operation)
    yield from _twice(f"{where}.parameters", (parameter.name for parameter in operation.parameters))
    for number, parameter in enumerate(operation.parameters):
        yield from _parameter_faults(f"{where}.parameters[{number}]", parameter)
    yield from _field_faults(where, operation)
    yield from _row_faults(where, operation)
    for number, subject in enumerate(operation.subjects):
        yield _subject_fault(f"{where}.subjects[{number}]", subject, operation)


def _path_faults(where: str, operation: OperationDescription) -> Iterator[Fault]:
    named = template_parameters(operation.path)
    if named is None:
        yield Fault(f"{where}.path", "đường dẫn không đúng dạng", "not a path such as /thua-dat/{SoGCN}")
        return
    declared = {parameter.name for parameter in operation.parameters if parameter.place is Place.PATH}
    if set(named) != declared:
        yield Fault(
            f"{where}.path",
            "tham số trong đường dẫn phải trùng với tham số đã khai",
            "the parameters in the path must be those declared with place 'path'",
        )


def _body_faults(where: str, operation: OperationDescription) -> Iterator[Fault]:
    if not operation.takes_body:
        return
    if operation.method not in _WITH_BODY:
        yield Fault(f"{where}.body_schema", "phương thức này không có nội dung", "this method has no body")
    try:
        msgspec.json.decode(operation.body_schema, type=dict[str, object])
    except msgspec.MsgspecError:
        yield Fault(f"{where}.body_schema", "phải là một JSON Schema", "must be a JSON Schema object")


def _parameter_faults(where: str, parameter: ParameterDescription) -> Iterator[Fault]:
    if parameter.name in RESERVED_PARAMETERS:
        yield Fault(f"{where}.name", "tên dành riêng cho nền tảng", "the name is reserved for the platform")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}", parameter.name, re.ASCII):
        yield Fault(f"{where}.name", "tên tham số không đúng dạng", "not a parameter's name")
    if parameter.format and parameter.format not in FORMATS:
        yield Fault(f"{where}.format", "không có định dạng này", f"no such format; there are {', '.join(FORMATS)}")
    try:
        Pattern(parameter.pattern)
    except PatternRefused:
        yield Fault(
            f"{where}.pattern",
            "không phải biểu thức chính quy, hoặc có nhìn trước, nhìn sau, tham chiếu ngược, hoặc quá lớn",
            "not a regular expression, or one with lookaround or backreferences, or too large",
        )
    if parameter.max_length < 1:
        yield Fault(f"{where}.max_length", "phải lớn hơn 0", "must be greater than 0")
    bounds = [bound for bound in (parameter.minimum, parameter.maximum) if bound is not None]
    if bounds and parameter.type not in _NUMERIC:
        yield Fault(where, "chỉ số mới có giới hạn", "only numbers have a minimum or maximum")
    if bounds != sorted(bounds):
        yield Fault(where, "giới hạn dưới lớn hơn giới hạn trên", "the minimum is above the maximum")


def _field_faults(where: str, operation: OperationDescription) -> Iterator[Fault]:
    if not operation.fields:
        yield Fault(f"{where}.fields", "phải khai ít nhất một trường", "at least one field must be declared")
    paths = [field.path for field in operation.fields]
    yield from _twice(f"{where}.fields", paths)
    for number, path in enumerate(paths):
        if not is_field_path(path):
            yield Fault(f"{where}.fields[{number}].path", "đường dẫn trường không đúng dạng", "not a field's path")
        elif any(lies_on(path, other) for other in paths if other != path):
            yield Fault(f"{where}.fields[{number}].path", "không phải lá", "not a leaf: another field lies below it")


def _row_faults(where: str, operation: OperationDescription) -> Iterator[Fault]:
    if not operation.rows:
        return
    if not any(lies_on(operation.rows, field.path) for field in operation.fields if not field.structural):
        yield Fault(f"{where}.rows", "không có trường nào nằm trong dòng này", "no declared field lies in this row")


def _subject_fault(where: str, subject: str, operation: OperationDescription) -> Fault | None:
    place, _, path = subject.partition(":")
    match place:
        case "parameter" if any(parameter.name == path for parameter in operation.parameters):
            return None
        case "body" if operation.takes_body and is_field_path(path):
            return None
        case "answer" if any(field.path == path for field in operation.fields):
            return None
    return Fault(
        where,
        "phải là parameter:…, body:… hoặc answer:… đã khai",
        "must name a declared parameter:…, body:… or answer:…",
    )


def _twice(where: str, names: Iterable[str]) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(where, f"{name} bị khai nhiều lần", f"{name} is declared more than once")
