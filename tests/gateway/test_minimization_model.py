"""Do REST, SQL and file providers answer a random agreement as a plain model of the same data says?

The model knows nothing of masks, adapters or SQL: it picks rows and members out of Python values.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, le, ne
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from providers.land_http import LandProvider
from providers.land_tables import COLUMNS, PASSWORD, ROWS, fill_files, fill_sqlite, parcel
from providers.surroundings import AROUND
from technologies import FILES, Endpoints, service_of, terms_of

from adapters.contract import Call, Provider
from adapters.errors import ProviderHasNone
from adapters.registry import build_adapter
from catalog.policy import AgreementPolicy
from catalog.states import AgreementState
from catalog.terms import Comparison, RowCondition
from gateway.compilation import bind, compile_operation
from gateway.granting import compile_grant
from gateway.snapshot import CompiledOperation
from security.errors import RowWithheld

pytestmark = pytest.mark.xdist_group("minimization-model")

TECHNOLOGIES = ("rest", "sqlite", *FILES)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
COMPARE: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQ: eq, Comparison.NE: ne, Comparison.GTE: ge, Comparison.LTE: le,
}  # fmt: skip


# --- the model ---------------------------------------------------------------------------------------------------


def model(fields: Sequence[str], condition: RowCondition) -> list[dict[str, object]]:
    """Return what the rows are under an agreement, in the order of their keys."""
    return [cut(row, fields) for row in ROWS if matches(dict(zip(COLUMNS, row, strict=True)), condition)]


def cut(row: Sequence[object], fields: Sequence[str]) -> dict[str, object]:
    """Return the agreed members of a row; an object stays an object while one of its members does."""
    whole, kept = parcel(row), dict.fromkeys(field.partition(".")[0] for field in COLUMNS if field in fields)
    for name in kept:
        value = whole[name]
        kept[name] = (
            {leaf: inner for leaf, inner in value.items() if f"{name}.{leaf}" in fields}
            if isinstance(value, dict)
            else value
        )
    return kept


def matches(row: Mapping[str, object], condition: RowCondition) -> bool:
    """Tell whether a row has a value there, and it compares."""
    found, values = row[condition.field], condition.values
    if found is None:
        return False
    if condition.operator is Comparison.IN:
        return found in values
    if condition.operator is Comparison.PREFIX:
        return str(found).startswith(str(values[0]))
    return COMPARE[condition.operator](found, values[0])


# --- random agreements -------------------------------------------------------------------------------------------


@st.composite
def conditions(draw: st.DrawFn) -> RowCondition:
    field, (_, kind) = draw(st.sampled_from(sorted(COLUMNS.items())))
    present = sorted({row[list(COLUMNS).index(field)] for row in ROWS} - {None}, key=str)
    values: st.SearchStrategy[Any] = (
        st.sampled_from(present) if kind != "number" else st.sampled_from([-1, 0, 3, 80, 100_000])
    )
    if kind in ("string", "date"):
        values |= (
            st.sampled_from(["", "Đ", "CD0", "2024-01-31", "2024", "đ", "D", "22"]) if kind == "string" else values
        )
    possible = [Comparison.EQ, Comparison.NE, Comparison.IN]
    possible += [Comparison.GTE, Comparison.LTE] if kind != "boolean" else []
    possible += [Comparison.PREFIX] if kind == "string" else []
    operator = draw(st.sampled_from(possible))
    several = st.lists(values, min_size=1, max_size=3 if operator is Comparison.IN else 1)
    return RowCondition(field=field, operator=operator, values=tuple(draw(several)))


FIELDS = st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, unique=True)


# --- the providers -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Every technology's adapter and operations, in one loop that lasts."""

    runner: asyncio.Runner
    operations: Mapping[str, Mapping[str, CompiledOperation]]

    def list(self, technology: str, fields: Sequence[str], condition: RowCondition) -> object:
        document = json.loads(self._answer(technology, "list", [f"items[].{name}" for name in fields], condition, {}))
        return document["items"]

    def one(self, technology: str, fields: Sequence[str], condition: RowCondition, key: str) -> object:
        try:
            return json.loads(self._answer(technology, "get", fields, condition, {"SoGCN": key}))
        except (ProviderHasNone, RowWithheld):
            return None

    def _answer(
        self, technology: str, code: str, fields: Sequence[str], condition: RowCondition, parameters: dict[str, str]
    ) -> bytes:
        terms = terms_of("TT", [technology], fields=tuple(fields), rows=(condition,))
        agreement = AgreementPolicy("TT", 1, "d", AgreementState.ACTIVE, terms, frozenset())
        operation = self.operations[technology][code]
        chosen = next(one for one in terms.grants if one.operation == code)
        grant = compile_grant(agreement, chosen, operation, system="motcua", zone=ZONE)

        async def ask() -> bytes:
            deadline = asyncio.get_running_loop().time() + 20
            call = Call(operation.key, "x", parameters, None, grant.fields, grant.conditions, deadline)
            answer = await operation.adapter.call(call)
            return grant.mask.apply(answer.body, rows_applied=answer.rows_applied).body

        return self.runner.run(ask())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    directory, land = tmp_path_factory.mktemp("mo-hinh"), LandProvider()
    fill_sqlite(directory / "dat.db")
    fill_files(directory)
    places = {ending: str(directory / f"a.{ending}") for ending in FILES}
    places |= {"rest": f"{land.url}/rest", "sqlite": f"sqlite:///{directory / 'dat.db'}"}
    endpoints = Endpoints(places, directory / PASSWORD)
    with asyncio.Runner() as runner:
        built = {technology: runner.run(operations_of(endpoints, technology)) for technology in TECHNOLOGIES}
        yield Asked(runner, built)
        for operations in built.values():
            runner.run(operations["get"].adapter.close())
    land.close()


async def operations_of(endpoints: Endpoints, technology: str) -> Mapping[str, CompiledOperation]:
    """Build an adapter and compile its operations, as the gateway does."""
    says, service = endpoints.provider(technology), service_of(technology)
    options = json.loads(bytes(says.options))
    provider = Provider(says.code, says.adapter, says.endpoint, options, {}, says.timeout)
    adapter = build_adapter(provider, tuple(bind(service, one) for one in service.operations), AROUND)
    return {one.code: compile_operation(service, one, adapter, max_json_bytes=0) for one in service.operations}


@pytest.mark.parametrize("technology", TECHNOLOGIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fields=FIELDS, condition=conditions())
def test_a_list_is_what_the_model_says(
    asked: Asked, technology: str, fields: list[str], condition: RowCondition
) -> None:
    assert asked.list(technology, fields, condition) == model(fields, condition)


@pytest.mark.parametrize("technology", TECHNOLOGIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fields=FIELDS, condition=conditions(), row=st.sampled_from(ROWS))
def test_one_row_is_what_the_model_says(
    asked: Asked, technology: str, fields: list[str], condition: RowCondition, row: tuple[object, ...]
) -> None:
    expected = cut(row, fields) if matches(dict(zip(COLUMNS, row, strict=True)), condition) else None

    assert asked.one(technology, fields, condition, str(row[0])) == expected
