"""Are made-up answers of the shape that an operation declares, about nobody, and cut to agreements like real ones?"""

from pathlib import Path

import msgspec
import pytest
from gateways import parcel_service

from adapters.contract import Call, Condition, Json, Operator
from catalog.descriptions import OperationDescription
from gateway.demo.catalogue import describe_catalogue
from gateway.tryit.synthetic import ROWS, SyntheticProvider
from security.minimize import compile_mask

OPERATIONS = [
    pytest.param(operation, id=f"{service.database}/{service.code}/{operation.code}")
    for service in describe_catalogue(Path("demo"), provider_address="http://127.0.0.1:1").services
    for operation in service.operations
]
PARCELS = parcel_service().operations[1]


async def answer(operation: OperationDescription, *, rows: tuple[Condition, ...] = (), **parameters: Json) -> bytes:
    call = Call(
        operation=operation.code, exchange_id="1", parameters=parameters, body=None, fields=(), rows=rows, deadline=0.0
    )
    return (await SyntheticProvider(operation).call(call)).body


def released(operation: OperationDescription) -> tuple[str, ...]:
    return tuple(leaf.path for leaf in operation.fields if not leaf.structural)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_operation_of_the_demo_can_be_tried(operation: OperationDescription) -> None:
    mask = compile_mask(operation.fields, released(operation), rows=operation.rows, conditions=(), subjects=())

    masked = mask.apply(await answer(operation), rows_applied=False)

    assert (masked.unexpected, masked.rows_released >= 1) == (0, True)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("MaDVHC", Operator.EQ, ("22001",)),
        Condition("MaDVHC", Operator.NE, ("22001",)),
        Condition("MaDVHC", Operator.IN, ("22001", "22002")),
        Condition("MaDVHC", Operator.PREFIX, ("22",)),
        Condition("DienTich", Operator.GTE, (100,)),
        Condition("DienTich", Operator.LTE, (100,)),
    ],
    ids=lambda condition: condition.operator.value,
)
async def test_a_row_filter_releases_some_rows_and_withholds_one(condition: Condition) -> None:
    mask = compile_mask(PARCELS.fields, released(PARCELS), rows=PARCELS.rows, conditions=(condition,), subjects=())

    masked = mask.apply(await answer(PARCELS, rows=(condition,)), rows_applied=False)

    assert (masked.rows_released, masked.rows_withheld) == (ROWS, 1)


async def test_nobody_is_meant() -> None:
    [first, *_] = msgspec.json.decode(await answer(PARCELS))["items"]

    assert first["ChuSoHuu"]["SoDinhDanh"].startswith("000")
    assert first["ChuSoHuu"]["DienThoai"].startswith("0000")
    assert first["ChuSoHuu"]["HoVaTen"].startswith("Người mẫu")


async def test_the_same_question_gets_the_same_answer() -> None:
    first = await answer(PARCELS, SoDinhDanh="056099000001")

    assert (await answer(PARCELS, SoDinhDanh="056099000001"), await answer(PARCELS) == first) == (first, False)
