"""How are the national common categories (DMDC) read and added to? (03-domain, section 3)

`GET /dmdc/Metadata/{dm}` and `GET /dmdc/Category/{dm}` answer with a bare list, which becomes `items`. `POST
/dmdc/Category/{dm}` adds rows, cannot be repeated safely, and reports its failures with HTTP 200.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import msgspec

from adapters.configuration import read_settings
from adapters.contract import Adapter, Answer, Binding, Call, Json, Provider, Surroundings
from adapters.errors import BindingInvalid, ProviderHasNone, ProviderRefused
from adapters.national.facts import NationalOperation, NationalParameter, read_fields
from adapters.national.formats import is_category_code, misshapen, needed_parameter, unacceptable
from adapters.national.json_channel import FaceConfig, JsonChannel, JsonReply, wire_name

MAX_ROWS: Final = 1000
"""How many rows one POST may add."""

_CATEGORY: Final = NationalParameter("dm", "string", "Mã danh mục", required=True, in_path=True)

OPERATIONS: Final = (
    NationalOperation(
        code="cau-truc-danh-muc",
        method="GET",
        path="/danh-muc/{dm}/cau-truc",
        title_vi="Cấu trúc của một danh mục dùng chung",
        title_en="Structure of a common category",
        config={"call": "Metadata"},
        parameters=(_CATEGORY,),
        rows="items[]",
        fields=read_fields("""
            items[].PropertyCode | string | open | Mã thuộc tính
            items[].PropertyName | string | open | Tên thuộc tính
            items[].PropertyType | string | open | Kiểu thuộc tính
        """),
    ),
    NationalOperation(
        code="danh-muc",
        method="GET",
        path="/danh-muc/{dm}",
        title_vi="Các mục của một danh mục dùng chung",
        title_en="Rows of a common category",
        config={"call": "Category"},
        parameters=(_CATEGORY,),
        rows="items[]",
        fields=read_fields("""
            items[].Ma        | string | open | Mã
            items[].Ten       | string | open | Tên
            items[].MaCha     | string | open | Mã cấp trên
            items[].HieuLucTu | date   | open | Hiệu lực từ
        """),
    ),
    NationalOperation(
        code="them-muc",
        method="POST",
        path="/danh-muc/{dm}",
        title_vi="Thêm mục vào danh mục dùng chung",
        title_en="Add rows to a common category",
        config={"call": "CategoryPost"},
        parameters=(_CATEGORY,),
        rows="",
        fields=read_fields("""
            MSG   | string  | open | Kết quả
            Count | integer | open | Số mục đã thêm
        """),
        safe=False,
        body_list=True,
    ),
)
_ROW = "items"

AXIS_OPERATIONS: Final = tuple(
    replace(
        ours,
        code=name,
        path=f"/{name}/{{dm}}",
        title_vi=f"{ours.title_vi}, đúng tên gọi của trục quốc gia",
        title_en=f"{ours.title_en}, under the names of the national axis",
        config={"call": name, "answer": "as-sent"},
        rows="[]",
        fields=tuple(replace(leaf, path=leaf.path.removeprefix(_ROW)) for leaf in ours.fields),
    )
    for name, ours in (("Metadata", OPERATIONS[0]), ("Category", OPERATIONS[1]))
)
_CALLS: Final = frozenset({"Metadata", "Category", "CategoryPost"})


class CategoriesAdapter:
    """Speaks with the national common categories."""

    def __init__(self, channel: JsonChannel, calls: Mapping[str, FaceConfig]) -> None:
        self._channel = channel
        self._calls = calls

    async def call(self, call: Call) -> Answer:
        """Read a category (`{"items": […]}`), or add the rows of the body's `items` to it (`{"MSG", "Count"}`).

        As sent, a category is a bare list, and one that is not there is empty.
        """
        bound = self._calls.get(call.operation)
        if bound is None:
            raise BindingInvalid("the operation is not bound to this provider", attempts=0)
        name = bound.call
        category = needed_parameter(dict(call.parameters), "dm")
        if not is_category_code(category):
            raise unacceptable("dm", vi="không đúng dạng mã danh mục", en="is not written as a category's code")
        if name == "CategoryPost":
            return await self._add(category, _rows_to_add(call.body), call)
        reply = await self._channel.ask("GET", f"/dmdc/{name}/{quote(category, safe='')}", call)
        if not isinstance(reply.value, list):
            raise misshapen("the answer is no list", safe=True)
        if bound.answer == "as-sent":
            return Answer(msgspec.json.encode(reply.value), reply.status)
        if not reply.value:
            raise ProviderHasNone("the common categories hold no such category")
        return Answer(msgspec.json.encode({"items": reply.value}), reply.status)

    async def _add(self, category: str, rows: list[Json], call: Call) -> Answer:
        reply = await self._channel.ask(
            "POST", f"/dmdc/Category/{quote(category, safe='')}", call, body=rows, safe=False
        )
        return Answer(msgspec.json.encode(_read_added(reply)), reply.status)

    async def check(self) -> None:
        """Return when the service accepts a connection."""
        await self._channel.check()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._channel.close()


def _rows_to_add(body: Json) -> list[Json]:
    rows = body.get("items") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row for row in rows):
        raise unacceptable("items", vi="phải là danh sách các mục, không rỗng", en="must be a list of rows, not empty")
    if len(rows) > MAX_ROWS:
        raise unacceptable("items", vi=f"có quá {MAX_ROWS} mục", en=f"has more than {MAX_ROWS} rows")
    return rows


def _read_added(reply: JsonReply) -> dict[str, Json]:
    value = reply.value
    count = value.get("Count") if isinstance(value, dict) else None
    message = value.get("MSG") if isinstance(value, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or not isinstance(message, str):
        raise misshapen("MSG or Count", safe=False)
    if message != "Done" or count < 1:
        # The text after "Data not insert:" quotes the row that was sent, so only the fact is passed on.
        raise ProviderRefused("the common categories added nothing", code="not-inserted", provider_status=reply.status)
    return {"MSG": message, "Count": count}


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter for the common categories. Raises `BindingInvalid` naming what cannot be served."""
    calls = {}
    for item in bindings:
        where = f"operation {item.operation!r}"
        config = read_settings(item.config, FaceConfig, of=where)
        name = wire_name(config.call, _CALLS, where=where)
        if item.safe == (name == "CategoryPost"):
            raise BindingInvalid(f"{where}: adding to a category is unsafe, reading one is safe")
        if config.answer == "as-sent" and name == "CategoryPost":
            raise BindingInvalid(f"{where}: only what is read can be answered as it was sent")
        calls[item.operation] = config
    return CategoriesAdapter(JsonChannel(provider, around), calls)
