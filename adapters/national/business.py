"""How is the national business registration asked, and what does it answer? (03-domain, section 3)

REST with a WSO2 token, `/apiCSDLDKDN/1.0/…`. An enterprise that is not there is a `Data` without `MainInformation`.
Of the three lists of dossiers (`danhSachHoSo…`, `tinhTrangHoSo`) no answer shape is public; they can be bound, and
the binding's fields have to be declared by whoever has the specification.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote

import msgspec

from adapters.configuration import read_settings
from adapters.contract import Adapter, Answer, Binding, Call, Json, Provider, Surroundings
from adapters.errors import BindingInvalid, ProviderHasNone, ProviderRefused
from adapters.national.facts import NationalOperation, NationalParameter, envelope, read_fields
from adapters.national.formats import (
    Precision,
    is_business_number,
    is_plain_code,
    misshapen,
    needed_parameter,
    parse_birth_date,
    parse_slashed_date,
    text_parameter,
    unacceptable,
)
from adapters.national.json_channel import FaceConfig, JsonChannel, wire_name

MAX_DAYS: Final = 5
"""`danhSachHoSo` answers for at most this many days."""

_MAIN_DATES: Final = ("FOUNDING_DATE", "LAST_AMEND_DATE")
_LISTS: Final = ("Representatives", "BusinessActivity", "Member")

OPERATIONS: Final = (
    NationalOperation(
        code="chi-tiet-doanh-nghiep",
        method="GET",
        path="/doanh-nghiep/{msdn}",
        title_vi="Tra cứu chi tiết doanh nghiệp",
        title_en="Look up an enterprise",
        config={"call": "chiTietDoanhNghiep"},
        parameters=(
            NationalParameter("msdn", "string", "Mã số doanh nghiệp", required=True, format="msdn", in_path=True),
        ),
        rows="Data",
        fields=read_fields("""
            Data.MainInformation.ENTERPRISE_ID        | string | internal | Mã nội bộ
            Data.MainInformation.ENTERPRISE_GDT_CODE  | string | open     | Mã số doanh nghiệp
            Data.MainInformation.IMP_BUSINESS_CODE    | string | internal | Mã số đăng ký kinh doanh cũ
            Data.MainInformation.ENTERPRISE_TYPE_ID   | string | open     | Mã loại hình doanh nghiệp
            Data.MainInformation.ENTERPRISE_TYPE_NAME | string | open     | Loại hình doanh nghiệp
            Data.MainInformation.NAME                 | string | open     | Tên doanh nghiệp
            Data.MainInformation.SHORT_NAME           | string | open     | Tên viết tắt
            Data.MainInformation.NAME_F               | string | open     | Tên nước ngoài
            Data.MainInformation.FOUNDING_DATE        | date   | open     | Ngày thành lập
            Data.MainInformation.LAST_AMEND_DATE      | date   | internal | Ngày thay đổi gần nhất
            Data.MainInformation.NUMBER_CHANGES       | string | internal | Số lần thay đổi
            Data.MainInformation.ENTERPRISE_STATUS    | string | open     | Tình trạng hoạt động
            Data.MainInformation.LEGAL_NAMES          | string | personal | Người đại diện theo pháp luật
            Data.MainInformation.CAPITAL_AMOUNT       | string | internal | Vốn điều lệ
            Data.HOAdress.CityID                      | string | open     | Mã tỉnh
            Data.HOAdress.CityName                    | string | open     | Tên tỉnh
            Data.HOAdress.DistrictID                  | string | open     | Mã huyện
            Data.HOAdress.DistrictName                | string | open     | Tên huyện
            Data.HOAdress.WardID                      | string | open     | Mã xã
            Data.HOAdress.WardName                    | string | open     | Tên xã
            Data.HOAdress.StreetNumber                | string | open     | Số nhà, đường
            Data.HOAdress.AddressFullText             | string | open     | Địa chỉ trụ sở
            Data.Representatives[].FULL_NAME          | string | personal | Họ tên người đại diện
            Data.BusinessActivity[].CODE              | string | open     | Mã ngành
            Data.BusinessActivity[].NAME              | string | open     | Tên ngành
            Data.BusinessActivity[].IS_MAIN           | string | open     | Ngành chính (Y/N)
            Data.Member[].MEMBER_NAME                 | string | personal | Tên thành viên góp vốn
            Data.Member[].AMOUNT                      | string | internal | Số vốn góp
            Data.Member[].RATIO_PERCENT               | string | internal | Tỷ lệ góp vốn
            Data.Member[].COUNTRY                     | string | internal | Quốc gia
        """),
    ),
)

AXIS_OPERATIONS: Final = (
    NationalOperation(
        code="chiTietDoanhNghiep",
        method="GET",
        path="/chiTietDoanhNghiep",
        title_vi="Tra cứu chi tiết doanh nghiệp, đúng tên gọi của trục quốc gia",
        title_en="Look up an enterprise, under the names of the national axis",
        config={"call": "chiTietDoanhNghiep", "answer": "as-sent"},
        parameters=(NationalParameter("msdn", "string", "Mã số doanh nghiệp", required=True, format="msdn"),),
        rows="Data",
        fields=(
            *(replace(leaf, type="string") if leaf.type == "date" else leaf for leaf in OPERATIONS[0].fields),
            *envelope("""
                DataCount | integer | Số kết quả
                Status    | string  | Trạng thái trả lời
                Message   | string  | Thông báo (luôn rỗng)
            """),
        ),
    ),
)


def _enterprise_query(parameters: dict[str, Json]) -> dict[str, str]:
    number = needed_parameter(parameters, "msdn")
    if not is_business_number(number):
        raise unacceptable("msdn", vi="không phải là mã số doanh nghiệp hợp lệ", en="is no valid enterprise number")
    return {"msdn": number}


def _page(parameters: dict[str, Json]) -> dict[str, str]:
    page = {}
    for name, fallback in (("offset", "0"), ("limit", "50")):
        text = text_parameter(parameters, name) or fallback
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise unacceptable(name, vi="phải là số nguyên không âm", en="must be a whole number, not negative")
        page[name] = text
    return page


def _day_query(parameters: dict[str, Json]) -> dict[str, str]:
    times = {}
    for name in ("from_ts", "to_ts"):
        text = needed_parameter(parameters, name)
        hour, _, minute = text.partition(":")
        in_range = len(text) == 5 and (hour + minute).isascii() and (hour + minute).isdigit()
        if not in_range or int(hour) > 23 or int(minute) > 59:
            raise unacceptable(name, vi="phải có dạng HH:mm", en="must be written HH:mm")
        times[name] = text
    return times | _page(parameters)


def _days_query(parameters: dict[str, Json]) -> dict[str, str]:
    days = []
    for name in ("from_date", "to_date"):
        parsed = parse_birth_date(needed_parameter(parameters, name))
        if parsed is None or parsed.precision is not Precision.DAY:
            raise unacceptable(name, vi="phải có dạng yyyy-MM-dd", en="must be written yyyy-MM-dd")
        days.append(parsed.value)
    if not timedelta(0) <= days[1] - days[0] < timedelta(days=MAX_DAYS):
        raise unacceptable(
            "to_date",
            vi=f"phải không trước from_date và khoảng tra cứu tối đa {MAX_DAYS} ngày",
            en=f"must not be before from_date, and the span is at most {MAX_DAYS} days",
        )
    written = ["/".join(reversed(day.isoformat().split("-"))) for day in days]
    return {"from_date": written[0], "to_date": written[1]} | _page(parameters)


def _dossier_query(parameters: dict[str, Json]) -> dict[str, str]:
    number = needed_parameter(parameters, "in_journal_no")
    if not is_plain_code(number):
        raise unacceptable("in_journal_no", vi="không đúng dạng số hồ sơ", en="is not written as a dossier number")
    return {"in_journal_no": number}


_CALLS: Final[Mapping[str, Callable[[dict[str, Json]], dict[str, str]]]] = {
    "chiTietDoanhNghiep": _enterprise_query,
    "danhSachHoSoTrongNgay": _day_query,
    "danhSachHoSo": _days_query,
    "tinhTrangHoSo": _dossier_query,
}


class BusinessAdapter:
    """Speaks with the national business registration."""

    def __init__(self, channel: JsonChannel, calls: Mapping[str, FaceConfig]) -> None:
        self._channel = channel
        self._calls = calls

    async def call(self, call: Call) -> Answer:
        """Carry out one operation. `Data`'s lists are lists whatever the service sends; dates are ISO 8601.

        As sent, dates stay as they are, the envelope is there, and an enterprise that is not is an empty `Data`.
        """
        bound = self._calls.get(call.operation)
        if bound is None:
            raise BindingInvalid("the operation is not bound to this provider", attempts=0)
        name = bound.call
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in _CALLS[name](dict(call.parameters)).items())
        reply = await self._channel.ask("GET", f"/apiCSDLDKDN{self._channel.version}/{name}?{query}", call)
        if not isinstance(reply.value, dict):
            raise misshapen("the answer is no object", safe=True)
        if str(reply.value.get("Status", "1")) == "0":
            raise ProviderRefused("the business registration refused the call", code="0", provider_status=reply.status)
        data = reply.value.get("Data")
        if bound.answer == "as-sent":
            return Answer(msgspec.json.encode(enterprise_as_sent(data)), reply.status)
        body = read_enterprise(data) if name == "chiTietDoanhNghiep" else _listed(data)
        return Answer(msgspec.json.encode({"Data": body}), reply.status)

    async def check(self) -> None:
        """Return when the service accepts a connection."""
        await self._channel.check()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._channel.close()


def read_enterprise(data: Json) -> dict[str, Json]:
    """Return `Data` with lists as lists and dates as ISO 8601.

    Raises `ProviderHasNone` without `MainInformation`, `ProviderTalkedNonsense` for another shape or for no date.
    """
    main = data.get("MainInformation") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not main:
        raise ProviderHasNone("the business registration holds no such enterprise")
    if not isinstance(main, dict):
        raise misshapen("Data.MainInformation", safe=True)
    enterprise: dict[str, Json] = dict(data)
    enterprise["MainInformation"] = main | {name: _iso(main[name], name) for name in _MAIN_DATES if name in main}
    for name in _LISTS:
        enterprise[name] = _as_list(data.get(name))
    return enterprise


def enterprise_as_sent(data: Json) -> dict[str, Json]:
    """Return the answer as the service writes it, with lists as lists; `Data` is empty where there is no enterprise.

    `Message` is emptied: it is free text. Raises `ProviderTalkedNonsense` for another shape.
    """
    if not isinstance(data, dict | None):
        raise misshapen("Data", safe=True)
    main = (data or {}).get("MainInformation")
    if not data or not main:
        return {"Data": {}, "DataCount": 0, "Status": "1", "Message": ""}
    if not isinstance(main, dict):
        raise misshapen("Data.MainInformation", safe=True)
    enterprise = data | {name: _as_list(data.get(name)) for name in _LISTS}
    return {"Data": enterprise, "DataCount": 1, "Status": "1", "Message": ""}


def _listed(data: Json) -> Json:
    if data is None or data == {}:
        raise ProviderHasNone("the business registration holds no such dossier")
    return _as_list(data)


def _as_list(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [value] if value else []


def _iso(value: Json, name: str) -> str | None:
    if value is None or value == "":
        return None
    parsed = parse_slashed_date(value) if isinstance(value, str) else None
    if parsed is None:
        raise misshapen(f"Data.MainInformation.{name}", safe=True)
    return parsed.isoformat()


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter for the business registration. Raises `BindingInvalid` naming what cannot be served."""
    calls = {}
    for item in bindings:
        where = f"operation {item.operation!r}"
        config = read_settings(item.config, FaceConfig, of=where)
        wire_name(config.call, frozenset(_CALLS), where=where)
        if config.answer == "as-sent" and config.call != "chiTietDoanhNghiep":
            raise BindingInvalid(f"{where}: only chiTietDoanhNghiep can be answered as it was sent")
        calls[item.operation] = config
    return BusinessAdapter(JsonChannel(provider, around), calls)
