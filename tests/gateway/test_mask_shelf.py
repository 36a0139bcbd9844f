"""Is the mask of a subset made once for the subset, and kept as long as it is used?"""

from zoneinfo import ZoneInfo

import pytest
from gateways import TERMS, parcel_service
from providers.surroundings import AROUND

from adapters import rest
from adapters.contract import Provider
from catalog.policy import AgreementPolicy
from catalog.states import AgreementState
from gateway.compilation import compile_operation
from gateway.granting import compile_grant
from gateway.snapshot import CompiledGrant, MaskShelf
from security.minimize import Mask, compile_mask

PARCEL = parcel_service().operations[0]
GRANTED = ("SoGCN", "ChuSoHuu.HoVaTen", "DienTich", "TaiSan[].Ma")


@pytest.fixture
def granted() -> CompiledGrant:
    adapter = rest.build(Provider("p", "rest", "http://127.0.0.1:1", {}, {}), [], AROUND)
    operation = compile_operation(parcel_service(), PARCEL, adapter, max_json_bytes=0)
    agreement = AgreementPolicy("TT-1", 1, "d", AgreementState.ACTIVE, TERMS, frozenset())
    return compile_grant(agreement, TERMS.grants[0], operation, system="motcua", zone=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (("DienTich", "SoGCN"), ("SoGCN", "DienTich")),
        (("SoGCN", "DienTich"), ("SoGCN", "DienTich")),
        (("TaiSan[].Ma",), ("TaiSan[].Ma",)),
        (tuple(reversed(GRANTED)), GRANTED),
    ],
)
def test_fewer_fields_stand_in_the_order_of_the_grant(
    granted: CompiledGrant, asked: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    assert granted.narrowed(asked) == meant


def test_all_fields_in_another_order_are_the_grants_own(granted: CompiledGrant) -> None:
    assert granted.narrowed(tuple(reversed(GRANTED))) is granted.fields


class Counting:
    """A shelf that tells which subsets were compiled."""

    def __init__(self) -> None:
        self.compiled: list[tuple[str, ...]] = []
        self.shelf = MaskShelf(self._compile)

    def _compile(self, fields: tuple[str, ...]) -> Mask:
        self.compiled.append(fields)
        return compile_mask(PARCEL.fields, ("SoGCN",), rows="", conditions=(), subjects=())


def test_a_mask_is_compiled_once() -> None:
    counting = Counting()

    assert counting.shelf.mask(("SoGCN",)) is counting.shelf.mask(("SoGCN",))
    assert counting.compiled == [("SoGCN",)]


def test_a_mask_that_is_used_stays_whatever_else_is_asked_for() -> None:
    counting = Counting()
    for number in range(3 * MaskShelf.LIMIT):
        counting.shelf.mask(("SoGCN",))
        counting.shelf.mask((str(number),))

    assert counting.compiled.count(("SoGCN",)) == 1


def test_no_more_masks_are_kept_than_the_limit() -> None:
    counting = Counting()
    for number in range(MaskShelf.LIMIT + 1):
        counting.shelf.mask((str(number),))

    counting.shelf.mask(("1",))
    counting.shelf.mask(("0",))
    assert counting.compiled[-1] == ("0",)
    assert len(counting.compiled) == MaskShelf.LIMIT + 2
