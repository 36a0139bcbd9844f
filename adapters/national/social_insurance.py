"""How is the national social insurance (BHXH) asked, and what does it answer? (03-domain, section 3)

POST with JSON below `/apiBHXH/`, all of it reading. One manual prints a member with a leading blank, so names are
trimmed. A birth date is written as its `loaiNgaySinh` says: 0 whole, 1 year, 2 year and month. Of
`getTraCuuThongTinHgd` neither the question's nor the answer's shape is public: it is not offered.
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
    is_insurance_number,
    is_plain_code,
    misshapen,
    needed_parameter,
    parse_birth_date,
    parse_compact_date,
    text_parameter,
    unacceptable,
)
from adapters.national.json_channel import FaceConfig, JsonChannel, wire_name

_KIND_OF: Final = {Precision.DAY: "0", Precision.YEAR: "1", Precision.MONTH: "2"}
_LENGTH_OF: Final = {"0": 8, "1": 4, "2": 6}
_SEXES: Final = {"1": "Nam", "2": "Nữ", "3": "Khác"}
_PLACES: Final = ("maTinhKs", "maHuyenKs", "maXaKs")

OPERATIONS: Final = (
    NationalOperation(
        code="tra-cuu-theo-ma-so",
        method="GET",
        path="/nguoi-tham-gia/{maSoBhxh}",
        title_vi="Tra cứu người tham gia theo mã số BHXH",
        title_en="Look up an insured person by number",
        config={"call": "getTraCuuTtHgdByMaSoBhxh"},
        parameters=(
            NationalParameter("maSoBhxh", "string", "Mã số BHXH", required=True, format="ma-bhxh", in_path=True),
        ),
        rows="",
        fields=read_fields("""
            maSoBhxh     | string | personal | Mã số BHXH
            hoTen        | string | personal | Họ và tên
            soSoCu       | string | personal | Số sổ cũ
            ngaySinh     | string | personal | Ngày, tháng hoặc năm sinh
            loaiNgaySinh | string | internal | Loại ngày sinh
            gioiTinh     | string | personal | Giới tính
            maTinhKs     | string | personal | Mã tỉnh nơi khai sinh
            maHuyenKs    | string | personal | Mã huyện nơi khai sinh
            maXaKs       | string | personal | Mã xã nơi khai sinh
            trangThai    | string | internal | Trạng thái
        """),
    ),
    NationalOperation(
        code="tra-cuu-ma-so",
        method="GET",
        path="/ma-so",
        title_vi="Tra cứu mã số BHXH theo tiêu chí",
        title_en="Find an insurance number by criteria",
        config={"call": "getMaSoBhxhTheoTieuChi"},
        parameters=(
            NationalParameter("hoTen", "string", "Họ và tên", required=True),
            NationalParameter("ngaySinh", "string", "Ngày sinh (yyyy-MM-dd, yyyy-MM hoặc yyyy)", required=True),
            NationalParameter("gioiTinh", "string", "Giới tính", required=True, choices=("Nam", "Nữ", "Khác")),
            NationalParameter("maTinhKs", "string", "Mã tỉnh nơi khai sinh"),
            NationalParameter("maHuyenKs", "string", "Mã huyện nơi khai sinh"),
            NationalParameter("maXaKs", "string", "Mã xã nơi khai sinh"),
        ),
        rows="",
        fields=read_fields("""
            maSoBhxh  | string | personal | Mã số BHXH
            trangThai | string | internal | Trạng thái
        """),
    ),
)

AXIS_OPERATIONS: Final = (
    NationalOperation(
        code="getTraCuuTtHgdByMaSoBhxh",
        method="POST",
        path="/getTraCuuTtHgdByMaSoBhxh",
        title_vi="Tra cứu người tham gia theo mã số BHXH, đúng tên gọi của trục quốc gia",
        title_en="Look up an insured person by number, under the names of the national axis",
        config={"call": "getTraCuuTtHgdByMaSoBhxh", "answer": "as-sent"},
        parameters=(),
        body=(NationalParameter("maSoBhxh", "string", "Mã số BHXH", required=True),),
        rows="",
        fields=OPERATIONS[0].fields[1:],
        subjects=("body:maSoBhxh",),
    ),
)


def _by_number(parameters: dict[str, Json]) -> dict[str, Json]:
    number = needed_parameter(parameters, "maSoBhxh")
    if not is_insurance_number(number):
        raise unacceptable("maSoBhxh", vi="phải gồm 10 chữ số", en="must be 10 digits")
    return {"maSoBhxh": number}


def _by_criteria(parameters: dict[str, Json]) -> dict[str, Json]:
    birth = parse_birth_date(needed_parameter(parameters, "ngaySinh"))
    if birth is None:
        raise unacceptable(
            "ngaySinh",
            vi="phải có dạng yyyy-MM-dd, yyyy-MM hoặc yyyy",
            en="must be written yyyy-MM-dd, yyyy-MM or yyyy",
        )
    sex = needed_parameter(parameters, "gioiTinh")
    code = next((code for code, name in _SEXES.items() if sex in (code, name)), "")
    if not code:
        raise unacceptable("gioiTinh", vi="phải là Nam, Nữ hoặc Khác", en="must be Nam, Nữ or Khác")
    question: dict[str, Json] = {
        "hoTen": needed_parameter(parameters, "hoTen"),
        "ngaySinh": birth.compact,
        "loaiNgaySinh": _KIND_OF[birth.precision],
        "gioiTinh": code,
    }
    for name in _PLACES:
        place = text_parameter(parameters, name)
        if place and not is_plain_code(place):
            raise unacceptable(
                name, vi="không đúng dạng mã đơn vị hành chính", en="is no code of an administrative unit"
            )
        question[name] = place
    question["isKs"] = "1" if question["maTinhKs"] else "0"
    return question


_CALLS: Final[Mapping[str, Callable[[dict[str, Json]], dict[str, Json]]]] = {
    "getTraCuuTtHgdByMaSoBhxh": _by_number,
    "getMaSoBhxhTheoTieuChi": _by_criteria,
}


class SocialInsuranceAdapter:
    """Speaks with the national social insurance."""

    def __init__(self, channel: JsonChannel, calls: Mapping[str, FaceConfig]) -> None:
        self._channel = channel
        self._calls = calls

    async def call(self, call: Call) -> Answer:
        """Carry out one operation; the answer is one object with trimmed names, ISO dates and sex in words.

        As sent, dates and the sex stay as they are.
        """
        bound = self._calls.get(call.operation)
        if bound is None:
            raise BindingInvalid("the operation is not bound to this provider", attempts=0)
        name = bound.call
        question = _CALLS[name]((call.body if isinstance(call.body, dict) else {}) | dict(call.parameters))
        reply = await self._channel.ask("POST", f"/apiBHXH/{name}", call, body=question)
        person = read_person(reply.value)
        if bound.answer == "as-sent" and isinstance(reply.value, dict):
            sent: dict[str, Json] = {key.strip(): value for key, value in reply.value.items()}
            return Answer(msgspec.json.encode(sent), reply.status)
        asked = question.get("maSoBhxh")
        if asked is not None and person.setdefault("maSoBhxh", asked) != asked:
            raise misshapen("another person than the one asked for", safe=True)
        return Answer(msgspec.json.encode(person), reply.status)

    async def check(self) -> None:
        """Return when the service accepts a connection."""
        await self._channel.check()

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._channel.close()


def read_person(value: Json) -> dict[str, Json]:
    """Return the answer with trimmed names, an ISO birth date and the sex in words.

    Raises `ProviderRefused` with the service's `errorCode`, `ProviderHasNone` when neither a name nor a number is
    there, and `ProviderTalkedNonsense` for another shape.
    """
    if not isinstance(value, dict):
        raise misshapen("the answer is no object", safe=True)
    person: dict[str, Json] = {name.strip(): member for name, member in value.items()}
    error = str(person.pop("errorCode", None) or "").strip()
    if error.strip("0"):
        code = error if is_plain_code(error) else "unknown"
        raise ProviderRefused("the social insurance refused the call", code=code)
    if not person.get("hoTen") and not person.get("maSoBhxh"):
        raise ProviderHasNone("the social insurance holds no such person")
    if person.get("ngaySinh") not in (None, ""):
        person["ngaySinh"] = _iso_birth(str(person["ngaySinh"]), str(person.get("loaiNgaySinh", "0")))
    if "gioiTinh" in person:
        person["gioiTinh"] = _SEXES.get(str(person["gioiTinh"]))
    for name in ("loaiNgaySinh", "trangThai"):
        if isinstance(person.get(name), int):
            person[name] = str(person[name])
    return person


def _iso_birth(text: str, kind: str) -> str:
    length = _LENGTH_OF.get(kind)
    parsed = parse_compact_date(text[:length]) if length and len(text) >= length else None
    if parsed is None:
        raise misshapen("ngaySinh or loaiNgaySinh", safe=True)
    return parsed.iso


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter for the social insurance. Raises `BindingInvalid` naming what cannot be served."""
    calls = {}
    for item in bindings:
        where = f"operation {item.operation!r}"
        config = read_settings(item.config, FaceConfig, of=where)
        wire_name(config.call, frozenset(_CALLS), where=where)
        if config.answer == "as-sent" and config.call != "getTraCuuTtHgdByMaSoBhxh":
            raise BindingInvalid(f"{where}: only getTraCuuTtHgdByMaSoBhxh can be answered as it was sent")
        calls[item.operation] = config
    return SocialInsuranceAdapter(JsonChannel(provider, around), calls)
