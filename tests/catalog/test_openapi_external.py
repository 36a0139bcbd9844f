"""Do other people's OpenAPI documents import, and is each imported operation what its provider understands?

A provider made from the same document by other code (`providers/openapi_stub.py`) checks each request against the
document and answers an example, of which exactly the declared leaves come out.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from external import openapi_documents
from providers.openapi_stub import OpenApiProvider
from providers.surroundings import AROUND, make_call

from adapters.contract import Provider
from adapters.rest import build
from catalog.descriptions import OperationDescription, Place
from catalog.importers.bundle import read_bundle
from catalog.importers.draft import Draft, ImportRefused, Wanted
from catalog.importers.openapi import import_openapi
from catalog.openapi_values import answer_schema, body_example, is_valid, parameter_example, read_schema
from gateway.compilation import bind
from gateway.jsonbody import BodyCheck
from gateway.parameters import compile_rule, read_parameters
from security.minimize import compile_mask
from security.shapes import find_values, split_path

DOCUMENTS = openapi_documents()
WANTED = Wanted(
    database="datdai", service="dich-vu", title_vi="Dịch vụ", agency="H49", provider="ben-cung-cap",
    endpoint="http://127.0.0.1:1",
)  # fmt: skip


def draft_of(path: Path) -> Draft | None:
    """Return the draft, None when the document is refused."""
    try:
        return import_openapi(read_bundle(path), path.name, wanted=WANTED)
    except ImportRefused:
        return None


DRAFTS = {path: draft for path in DOCUMENTS if (draft := draft_of(path)) is not None}
# Their bodies are to be a text and a number at once: no request can be made.
IMPOSSIBLE = {"quirks_entirelyIncompatibleAllOf", "quirks_partiallyUsableIncompatibleAllOf"}
OPERATIONS = [
    (path, operation)
    for path, draft in DRAFTS.items()
    for operation in draft.service.operations
    if operation.code not in IMPOSSIBLE
]


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path not in DRAFTS], ids=lambda path: path.name)
def test_a_refusal_says_which_construct_and_where(path: Path) -> None:
    with pytest.raises(ImportRefused) as refusal:
        import_openapi(read_bundle(path), path.name, wanted=WANTED)

    assert all(note.where and note.vi and note.en for note in refusal.value.notes)


@pytest.mark.parametrize("path", DRAFTS, ids=lambda path: path.name)
def test_all_that_is_left_out_has_a_place(path: Path) -> None:
    assert all(note.where.startswith("#/") and note.vi and note.en for note in DRAFTS[path].notes)


@pytest.fixture(scope="module")
def providers() -> Any:
    """A running provider for each document that imports."""
    running = {path: OpenApiProvider(yaml.safe_load(path.read_text())) for path in DRAFTS}
    yield running
    for one in running.values():
        one.close()


@pytest.mark.parametrize(("path", "operation"), OPERATIONS, ids=lambda one: getattr(one, "code", None) or one.name)
async def test_an_operation_goes_there_and_back(
    providers: Mapping[Path, OpenApiProvider], path: Path, operation: OperationDescription
) -> None:
    provider = providers[path]
    provider.faults.clear()
    answer = await round_trip(DRAFTS[path], operation, provider)

    released = compile_mask(operation.fields, [leaf.path for leaf in operation.fields], rows=operation.rows,
                            conditions=(), subjects=()).apply(answer, rows_applied=False)  # fmt: skip

    assert provider.faults == []
    assert is_valid(answer_schema(operation.fields), json.loads(released.body))
    assert leaves(json.loads(released.body), operation) == leaves(json.loads(answer), operation)


def leaves(document: object, operation: OperationDescription) -> dict[str, list[object]]:
    """Return all values of the declared leaves."""
    return {leaf.path: find_values(document, split_path(leaf.path)) for leaf in operation.fields}


async def round_trip(draft: Draft, operation: OperationDescription, provider: OpenApiProvider) -> bytes:
    """Ask the operation with examples, checked as the gateway checks a call, and return the adapter's answer."""
    given = {one.name: example_text(one) for one in operation.parameters}
    path_values = {one.name: given[one.name] for one in operation.parameters if one.place is Place.PATH}
    query_values = {name: text for name, text in given.items() if name not in path_values and text}
    rules = {one.name: compile_rule(one) for one in operation.parameters}
    body = body_example(read_schema(operation.body_schema)) if operation.takes_body else None
    assert not operation.takes_body or BodyCheck(bytes(operation.body_schema)).faults(body) == []
    async with served(draft, operation, provider.url) as adapter:
        call = make_call(
            bind(draft.service, operation).operation,
            read_parameters(rules, path_values, query_values),
            body=body,
        )
        ready = msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 10)
        return (await adapter.call(ready)).body


def example_text(parameter: Any) -> str:
    """Return an example as it stands in a query; empty when there is none."""
    example = parameter_example(parameter)
    return "" if example is None else str(example).lower() if isinstance(example, bool) else str(example)


@asynccontextmanager
async def served(draft: Draft, operation: OperationDescription, url: str) -> AsyncIterator[Any]:
    """Yield the adapter that the draft would be served by, with made-up secrets."""
    provider = Provider(
        code="x", adapter="rest", endpoint=url, options=msgspec.json.decode(draft.provider.options),
        secrets=dict.fromkeys(draft.provider.secrets, "khoa"), timeout=timedelta(seconds=10),
    )  # fmt: skip
    adapter = build(provider, [bind(draft.service, operation)], AROUND)
    try:
        yield adapter
    finally:
        await adapter.close()
