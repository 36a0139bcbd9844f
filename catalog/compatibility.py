"""What would break for callers of a service, if its description were replaced by another?

Pure. Callers rely on addresses, on parameters that they may leave out or fill as described, on the fields that come
back and their types. Whatever is not known to be harmless breaks.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from catalog.descriptions import (
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    ServiceDescription,
)
from catalog.errors import Fault
from catalog.paths import template_shape
from catalog.schema_narrowing import narrowed_schema

One = TypeVar("One")

_WIDER_FORMATS = frozenset(
    {
        ("so-dinh-danh", "so-dinh-danh-hoac-cmnd"),
        ("so-dinh-danh", "so-dinh-danh-hoac-msdn"),
        ("so-dinh-danh", "mst"),
        ("cmnd", "so-dinh-danh-hoac-cmnd"),
        ("msdn", "mst"),
        ("msdn", "so-dinh-danh-hoac-msdn"),
        ("mst", "so-dinh-danh-hoac-msdn"),
        ("so-dinh-danh-hoac-msdn", "mst"),
        ("ma-tinh", "ma-dvhc"),
        ("ma-xa", "ma-dvhc"),
    }
)
"""Pairs of formats of which the second takes whatever the first does."""


def breaking_changes(before: ServiceDescription, after: ServiceDescription) -> tuple[Fault, ...]:
    """Return what breaks for callers of `before` who meet `after`, a sentence each; empty: nothing does.

    Titles, classes, the provider and bindings are no caller's concern; new operations, fields and optional parameters
    are welcome.
    """
    return tuple(_service_breaks(before, after))


def _service_breaks(before: ServiceDescription, after: ServiceDescription) -> Iterator[Fault]:
    if before.axis is not None and before.axis != after.axis:
        yield Fault("axis", "đổi tên gọi kiểu trục quốc gia", "its name on the national axis changes")
    if before.wsdl is not None and after.wsdl is None:
        yield Fault("wsdl", "bỏ WSDL của dịch vụ", "its WSDL is dropped")
    held = {operation.code: operation for operation in after.operations}
    for operation in before.operations:
        successor = held.get(operation.code)
        if successor is None:
            yield Fault(operation.code, "bỏ thao tác", "the operation is removed")
        else:
            yield from _operation_breaks(operation, successor)


def _operation_breaks(before: OperationDescription, after: OperationDescription) -> Iterator[Fault]:
    where = before.code
    if before.method != after.method:
        change = f"{before.method} → {after.method}"
        yield Fault(where, f"đổi phương thức: {change}", f"the method changes: {change}")
    if template_shape(before.path) != template_shape(after.path):
        change = f"{before.path} → {after.path}"
        yield Fault(where, f"đổi đường dẫn: {change}", f"the path changes: {change}")
    if before.rows != after.rows:
        change = f"{before.rows or '(cả câu trả lời)'} → {after.rows or '(cả câu trả lời)'}"
        yield Fault(where, f"đổi chỗ của một dòng: {change}", f"the place of a row changes: {change}")
    if before.safe and not after.safe:
        yield Fault(where, "nay làm thay đổi dữ liệu, cần Idempotency-Key", "it now changes data: Idempotency-Key")
    if after.officer_needed and not before.officer_needed:
        yield Fault(where, "nay bắt buộc nêu cán bộ", "it now needs an officer")
    if before.wsdl_operation and before.wsdl_operation != after.wsdl_operation:
        yield Fault(where, "đổi tên thao tác trong WSDL", "its operation in the WSDL changes")
    yield from _parameters_break(where, before.parameters, after.parameters)
    yield from _body_breaks(where, before, after)
    yield from _fields_break(where, before.fields, after.fields)


def _parameters_break(
    where: str, before: Sequence[ParameterDescription], after: Sequence[ParameterDescription]
) -> Iterator[Fault]:
    held, was = _by(after, lambda one: one.name), _by(before, lambda one: one.name)
    for name, parameter in was.items():
        place = f"{where}.{name}"
        successor = held.get(name)
        if successor is None:
            yield Fault(place, "bỏ tham số", "the parameter is removed")
        else:
            yield from _parameter_breaks(place, parameter, successor)
    for name, parameter in held.items():
        if name not in was and parameter.required:
            yield Fault(f"{where}.{name}", "thêm tham số bắt buộc", "a required parameter is added")


def _parameter_breaks(where: str, before: ParameterDescription, after: ParameterDescription) -> Iterator[Fault]:
    if before.place is not after.place:
        yield Fault(where, f"dời sang {after.place}", f"it moves to the {after.place}")
    if before.type is not after.type and (before.type, after.type) != (FieldType.INTEGER, FieldType.NUMBER):
        yield Fault(where, f"đổi kiểu: {before.type} → {after.type}", f"its type changes: {before.type} → {after.type}")
    if after.required and not before.required:
        yield Fault(where, "nay là bắt buộc", "it becomes required")
    if after.format not in ("", before.format) and (before.format, after.format) not in _WIDER_FORMATS:
        yield Fault(where, f"định dạng hẹp hơn: {after.format}", f"its format narrows to {after.format}")
    if after.pattern not in ("", before.pattern):
        yield Fault(where, "thêm hoặc đổi biểu thức kiểm tra", "a pattern is added or changes")
    if after.choices and (not before.choices or set(before.choices) - set(after.choices)):
        yield Fault(where, "ít lựa chọn hơn", "there are fewer choices")
    if after.max_length < before.max_length:
        yield Fault(where, f"ngắn hơn: {after.max_length} ký tự", f"it narrows to {after.max_length} characters")
    if after.minimum is not None and (before.minimum is None or after.minimum > before.minimum):
        yield Fault(where, f"giới hạn dưới cao hơn: {after.minimum}", f"its minimum rises to {after.minimum}")
    if after.maximum is not None and (before.maximum is None or after.maximum < before.maximum):
        yield Fault(where, f"giới hạn trên thấp hơn: {after.maximum}", f"its maximum falls to {after.maximum}")


def _body_breaks(where: str, before: OperationDescription, after: OperationDescription) -> Iterator[Fault]:
    if before.takes_body != after.takes_body:
        vi, en = (
            ("nay cần nội dung", "it now takes a body") if after.takes_body else ("bỏ nội dung", "the body is gone")
        )
        yield Fault(f"{where}.body", vi, en)
    elif before.takes_body:
        yield from narrowed_schema(
            msgspec.json.decode(before.body_schema), msgspec.json.decode(after.body_schema), where=f"{where}.body"
        )


def _fields_break(where: str, before: Sequence[FieldDescription], after: Sequence[FieldDescription]) -> Iterator[Fault]:
    held = _by(after, lambda one: one.path)
    for field in before:
        place = f"{where}.{field.path}"
        successor = held.get(field.path)
        if successor is None:
            yield Fault(place, "bỏ trường", "the field is removed")
            continue
        if field.type is not successor.type:
            change = f"{field.type} → {successor.type}"
            yield Fault(place, f"đổi kiểu: {change}", f"its type changes: {change}")
        if field.structural and not successor.structural:
            yield Fault(place, "nay cần thỏa thuận mới được trả", "it now needs an agreement")


def _by(found: Sequence[One], key: Callable[[One], str]) -> dict[str, One]:
    return {key(one): one for one in found}
