"""How are civil-status registrations sent to the ministry, and how is their progress asked? (03-domain, section 3)

POST with JSON below `/apiHoTichTuPhap/`. `dangKyHoTich` registers a dossier and is sent at most once; its `data` is
a document in XML, in a string. Every answer may carry a code of the service's own error table.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from adapters.configuration import read_settings
from adapters.contract import Adapter, Answer, Binding, Call, Json, Provider, Surroundings
from adapters.errors import BindingInvalid, ProviderHasNone, ProviderRefused
from adapters.national.facts import NationalOperation, NationalParameter, read_fields
from adapters.national.formats import (
    Precision,
    is_plain_code,
    misshapen,
    needed_parameter,
    parse_birth_date,
    unacceptable,
)
from adapters.national.json_channel import CallConfig, JsonChannel, wire_name
from adapters.soap.xml import XmlRefused, make_parser, parse_document

ERRORS: Final[Mapping[str, str]] = {
    "100": "AUTHEN_ERROR",
    "101": "IP_DISALLOWED",
    "106": "AGENCY_ID_INCORRECT",
    "108": "PROVINCE_ID_INCORRECT",
    "200": "RECORD_UNCOMPLETE",
    "201": "RECORD_NOT_FOUND",
    "302": "DATA_TYPE_INVALID",
    "500": "DATA_INCORRECT",
}
STATES: Final[Mapping[str, str]] = {
    "1": "Đã tiếp nhận",
    "2": "Cần bổ sung",
    "3": "Đủ điều kiện",
    "4": "Hoàn thành",
    "0": "Lỗi",
}
MAX_DATA_BYTES: Final = 256 * 1024

_NOT_FOUND: Final = "201"
_AGENCY: Final = NationalParameter("maDonVi", "string", "Mã đơn vị", required=True)
_FILE_IN_PATH: Final = NationalParameter("maHoSo", "string", "Mã hồ sơ", required=True, in_path=True)

OPERATIONS: Final = (
    NationalOperation(
        code="trang-thai-ho-so",
        method="GET",
        path="/ho-so/{maHoSo}/trang-thai",
        title_vi="Trạng thái hồ sơ hộ tịch",
        title_en="State of a civil-status dossier",
        config={"call": "traTrangThaiHoSo"},
        parameters=(_FILE_IN_PATH, _AGENCY),
        rows="",
        fields=read_fields("""
            maHoSo       | string | internal | Mã hồ sơ
            trangThai    | string | internal | Mã trạng thái
            tenTrangThai | string | internal | Trạng thái
        """),
    ),
    NationalOperation(
        code="dang-ky-ho-tich",
        method="POST",
        path="/ho-so",
        title_vi="Gửi hồ sơ đăng ký hộ tịch",
        title_en="Send a civil-status registration",
        config={"call": "dangKyHoTich"},
        parameters=(),
        body=(
            _AGENCY,
            NationalParameter("module", "string", "Loại đăng ký (KS, KH, KT …)", required=True),
            NationalParameter("maHoSo", "string", "Mã hồ sơ", required=True),
            NationalParameter("ngayTiepNhan", "date", "Ngày tiếp nhận", required=True),
            NationalParameter("data", "string", "Nội dung hồ sơ, một tài liệu XML", required=True),
        ),
        rows="",
        fields=read_fields("""
            maHoSo       | string | internal | Mã hồ sơ
            trangThai    | string | internal | Mã trạng thái
            tenTrangThai | string | internal | Trạng thái
        """),
        safe=False,
    ),
)


def _dossier_question(values: dict[str, Json]) -> dict[str, Json]:
    question: dict[str, Json] = {}
    for name in ("maDonVi", "maHoSo"):
        text = needed_parameter(values, name)
        if not is_plain_code(text):
            raise unacceptable(name, vi="không đúng dạng mã", en="is not written as a code")
        question[name] = text
    return question


def _registration(values: dict[str, Json]) -> dict[str, Json]:
    question = _dossier_question(values)
    module = needed_parameter(values, "module")
    if not is_plain_code(module):
        raise unacceptable("module", vi="không đúng dạng mã", en="is not written as a code")
    received = parse_birth_date(needed_parameter(values, "ngayTiepNhan"))
    if received is None or received.precision is not Precision.DAY:
        raise unacceptable("ngayTiepNhan", vi="phải có dạng yyyy-MM-dd", en="must be written yyyy-MM-dd")
    data = needed_parameter(values, "data")
    try:
        parse_document(data.encode("utf-8"), make_parser(), max_bytes=MAX_DATA_BYTES)
    except (XmlRefused, UnicodeEncodeError) as error:
        raise unacceptable(
            "data", vi="không phải là tài liệu XML hợp lệ", en="is no XML document that can be sent"
        ) from error
    # Written dd/MM/yyyy, as the ministry's other dates; a setting would be a guess about a specification we lack.
    return question | {"module": module, "ngayTiepNhan": "/".join(reversed(received.iso.split("-"))), "data": data}


_CALLS: Final[Mapping[str, Callable[[dict[str, Json]], dict[str, Json]]]] = {
    "dangKyHoTich": _registration,
    "traTrangThaiHoSo": _dossier_question,
    "ketQuaDangKyHS": _dossier_question,
}


class CivilStatusAdapter:
    """Speaks with the ministry's civil-status service."""

    def __init__(self, channel: JsonChannel, calls: Mapping[str, str]) -> None:
        self._channel = channel
        self._calls = calls

    async def call(self, call: Call) -> Answer:
        """Carry out one operation. Parameters and the members of the body are taken alike; a parameter wins."""
        name = self._calls.get(call.operation)
        if name is None:
            raise BindingInvalid("the operation is not bound to this provider", attempts=0)
        values = (call.body if isinstance(call.body, dict) else {}) | dict(call.parameters)
        safe = name != "dangKyHoTich"
        question = _CALLS[name](values)
        reply = await self._channel.ask("POST", f"/apiHoTichTuPhap/{name}", call, body=question, safe=safe)
        answer = read_dossier(reply.value, safe=safe)
        answer.setdefault("maHoSo", question["maHoSo"])
        return Answer(msgspec.json.encode(answer), reply.status)

    async def check(self) -> None:
        """Return when the service accepts a connection."""
        await self._channel.check()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._channel.close()


def read_dossier(value: Json, *, safe: bool) -> dict[str, Json]:
    """Return the answer with its state in words.

    Raises `ProviderHasNone` for RECORD_NOT_FOUND, `ProviderRefused` for the other codes of the table, and for a
    state or a shape that is not the service's `ProviderTalkedNonsense` or, after an unsafe call, `OutcomeUnknown`.
    """
    if not isinstance(value, dict):
        raise misshapen("the answer is no object", safe=safe)
    answer = {name.strip(): member for name, member in value.items()}
    code = str(answer.pop("errorCode", None) or "0").strip()
    answer.pop("errorDesc", None)
    if code == _NOT_FOUND:
        raise ProviderHasNone("the civil-status service holds no such dossier", provider_status=code)
    if code in ERRORS:
        raise ProviderRefused(f"the civil-status service refused the call: {ERRORS[code]}", code=code)
    if code.strip("0"):
        raise misshapen("errorCode", safe=safe)
    state = str(answer.get("trangThai", ""))
    if state:
        if state not in STATES:
            raise misshapen("trangThai", safe=safe)
        answer |= {"trangThai": state, "tenTrangThai": STATES[state]}
    return answer


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter for the civil-status service. Raises `BindingInvalid` naming what cannot be served."""
    calls = {}
    for item in bindings:
        where = f"operation {item.operation!r}"
        name = wire_name(read_settings(item.config, CallConfig, of=where).call, frozenset(_CALLS), where=where)
        if item.safe == (name == "dangKyHoTich"):
            raise BindingInvalid(f"{where}: registering is unsafe, asking for a state or a result is safe")
        calls[item.operation] = name
    return CivilStatusAdapter(JsonChannel(provider, around), calls)
