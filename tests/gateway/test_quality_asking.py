"""Are the rows of a service read as its provider pages, as many as wanted, and is what it does wrong said?"""

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from providers.loopback import Counted, serve
from providers.surroundings import AROUND

from adapters.contract import Adapter, Provider
from adapters.registry import build_adapter
from catalog.descriptions import ServiceDescription
from catalog.quality.profiles import Method
from catalog.quality.sources import Source, source_of
from gateway.compilation import bindings_of
from gateway.demo.national.http import Receive, Scope, Send
from gateway.quality.asking import AskedToStop, Course, Pace, read_rows, spread

ROWS = 53
_MOST = 10  # rows that the provider gives at once, whatever is asked


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer rows 0 to 52, ten at a time: by offset, by page, whole, the same page always, or brokenly later."""
    asked = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
    start = int(asked.get("offset", "0")) or (int(asked.get("trang", "1")) - 1) * _MOST
    wanted = range(ROWS) if scope["path"] == "/whole" else range(start, min(start + _MOST, ROWS))
    if scope["path"] == "/stuck":
        wanted = range(_MOST)
    status = 500 if scope["path"] == "/broken" and start else 200
    rows = [{"ma": f"{number:03d}", "nhom": asked.get("nhom", "")} for number in wanted]
    body = json.dumps({"items": rows, "total": ROWS, "count": len(rows)}).encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


def service(path: str, *parameters: str, total: str = "", required: str = "") -> ServiceDescription:
    named = [
        {
            "name": name,
            "place": "query",
            "type": "string" if name == required else "integer",
            "required": name == required,
        }
        for name in parameters
    ]
    fields = [
        {"path": f"items[].{name}", "type": "string", "class": "open", "title_vi": name} for name in ("ma", "nhom")
    ]
    if total:
        fields.append({"path": total, "type": "integer", "class": "open", "title_vi": total, "structural": True})  # type: ignore[dict-item] # read by msgspec
    binding = {"method": "GET", "path": path, "query": {name: f"{{{name}}}" for name in parameters}}
    operation = {
        "code": "danh-sach", "method": "GET", "path": "/danh-sach", "title_vi": "Danh sách", "rows": "items[]",
        "parameters": named, "fields": fields, "binding": binding,
    }  # fmt: skip
    whole = {
        "database": "thu", "code": "thu", "version": 1, "title_vi": "Thử", "provider": "thu", "operations": [operation]
    }  # fmt: skip
    return msgspec.json.decode(msgspec.json.encode(whole), type=ServiceDescription)


def adapter_at(url: str, described: ServiceDescription) -> Adapter:
    return build_adapter(Provider("thu", "rest", url, {"auth": "none"}, {}), bindings_of([described]), AROUND)


async def go_on() -> bool:
    return True


async def stop() -> bool:
    return False


@pytest.fixture
async def provider(free_port: int) -> AsyncIterator[tuple[str, Counted]]:
    counted = Counted(pages)
    async with serve(counted, free_port) as url:
        yield url, counted


async def read(
    url: str, described: ServiceDescription, *, most: int, codes: tuple[str, ...] = ()
) -> tuple[Course, list[str]]:
    source = source_of(described, known=("nhom",))
    assert isinstance(source, Source)
    adapter, course = adapter_at(url, described), Course()
    found: list[str] = []
    pace = Pace(most, 5.0, 60.0, go_on)
    async for rows in read_rows(adapter, source, pace, course=course, fields=("items[].ma",), codes=codes):
        found += [str(row["ma"]) for row in rows if isinstance(row, dict)]
    await adapter.close()
    return course, found


OFFSET = service("/offset", "offset", "limit", total="total")
BLIND = service("/offset", "offset", "limit")
COUNT = service("/offset", "offset", "limit", total="count")
PAGE = service("/page", "trang", "kichThuoc", total="total")


@pytest.mark.parametrize(
    ("described", "most", "method", "calls", "first", "last", "total"),
    [
        (OFFSET, 100, Method.WHOLE, 6, "000", "052", ROWS),
        (BLIND, 100, Method.WHOLE, 7, "000", "052", ROWS),
        (COUNT, 100, Method.WHOLE, 7, "000", "052", ROWS),
        (PAGE, 100, Method.WHOLE, 6, "000", "052", ROWS),
        (OFFSET, 20, Method.SPREAD, 2, "000", "039", ROWS),
        (PAGE, 20, Method.SPREAD, 2, "000", "039", ROWS),
        (BLIND, 20, Method.FIRST, 2, "000", "019", None),
        (service("/whole"), 100, Method.WHOLE, 1, "000", "052", ROWS),
        (service("/whole"), 20, Method.FIRST, 1, "000", "019", ROWS),
        (service("/stuck", "offset", "limit"), 100, Method.FIRST, 2, "000", "009", None),
    ],
)
async def test_a_service_is_read_as_its_provider_pages(
    provider: tuple[str, Counted], described: ServiceDescription, most: int, method: Method, calls: int, first: str,
    last: str, total: int | None,
) -> None:  # fmt: skip
    url, counted = provider
    course, found = await read(url, described, most=most)

    assert (course.method, course.rows_total, course.reason) == (method, total, "")
    assert (len(counted.asked), found[0], found[-1], len(found)) == (calls, first, last, course.rows_read)
    assert len(found) == len(set(found))


async def test_what_came_before_a_provider_failed_counts_and_the_reason_is_said(provider: tuple[str, Counted]) -> None:
    course, found = await read(provider[0], service("/broken", "offset", "limit"), most=100)

    assert (course.method, course.reason, len(found)) == (Method.FIRST, "nonsense", 10)


async def test_a_list_that_wants_a_code_is_asked_by_codes_spread_over_all(provider: tuple[str, Counted]) -> None:
    described = service("/offset", "nhom", "offset", "limit", required="nhom")
    course, found = await read(provider[0], described, most=1_000, codes=tuple(f"{n:05d}" for n in range(400)))

    assert (course.method, len(found), len(provider[1].asked)) == (Method.BY_CODES, 400, 40)


async def test_whoever_is_asked_to_stop_asks_the_provider_nothing_more(provider: tuple[str, Counted]) -> None:
    source = source_of(OFFSET)
    assert isinstance(source, Source)
    adapter = adapter_at(provider[0], OFFSET)

    with pytest.raises(AskedToStop):
        async for _ in read_rows(adapter, source, Pace(9, 5.0, 60.0, stop), course=Course(), fields=("items[].ma",)):
            pass
    await adapter.close()

    assert provider[1].asked == []


@given(st.integers(1, 200), st.integers(0, 2_000))
def test_places_are_spread_in_order_and_never_doubled(count: int, over: int) -> None:
    places = spread(count, over)

    assert places == sorted(set(places))
    assert len(places) == min(count, over)
    assert all(0 <= place < over for place in places)
