"""How does the simulated national population database answer?

It insists on what the real one is known to insist on: header authentication, the order of the elements, an officer
with rights (005) and a licensed procedure (004). A person whom it does not know is a 200 without `CongDan`.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from adapters.national.formats import fold_name
from adapters.national.population_questions import (
    EXISTENCE_PLAIN_ORDER,
    EXISTENCE_REQUEST_ORDER,
    LOOKUP_ORDER,
    RELATIVES_NAMESPACE,
    REQUEST_NAMESPACE,
)
from adapters.soap.xml import XmlRefused, make_parser, parse_document
from gateway.demo.national.data import Credentials, NationalData
from gateway.demo.national.http import Reply, Request
from gateway.demo.people import Citizen
from gateway.demo.units import PROVINCE_CODE

RESPONSE_NAMESPACE: Final = "http://www.mic.gov.vn/dancu/1.0"
TIMESTAMP_SLACK_SECONDS: Final = 300

_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_ORDERS: Final = {
    f"{{{REQUEST_NAMESPACE}}}TraCuuThongTinCongDan": (*LOOKUP_ORDER, "NgayThangNamSinh"),
    f"{{{REQUEST_NAMESPACE}}}XacThucThongTinCongDanRequest": EXISTENCE_REQUEST_ORDER,
    f"{{{REQUEST_NAMESPACE}}}XacThucThongTinCongDan": EXISTENCE_PLAIN_ORDER,
    f"{{{RELATIVES_NAMESPACE}}}XacMinhThongTinNhanThan": (*LOOKUP_ORDER, "NgayThangNamSinh"),
}
_UNLICENSED: Final = ("004", "Thủ tục chưa được cấp phép khai thác CSDL dân cư")
_NO_RIGHTS: Final = ("005", "Tài khoản cán bộ không có quyền thao tác")


class PopulationSimulator:
    """Answers questions to the population database. Keeps the numbers of questions, which must be unique."""

    def __init__(
        self,
        data: NationalData,
        credentials: Credentials,
        *,
        service_url: str,
        procedures: Collection[str],
        officers: Collection[str],
    ) -> None:
        """`procedures` are the licensed `MaDVC`, `officers` the `MaCanBo` with rights."""
        self._data = data
        self._credentials = credentials
        self._service_url = service_url
        self._procedures = frozenset(procedures)
        self._officers = frozenset(officers)
        self._parser = make_parser()
        self._seen: dict[str, None] = {}

    def answer(self, request: Request, *, now: float) -> Reply:
        """Return the answer to a SOAP request; `now` is seconds since the epoch."""
        if not self._is_authentic(request, now):
            return _fault("401", "Xác thực không hợp lệ", status=401)
        try:
            root = parse_document(request.body, self._parser)
        except XmlRefused:
            return _fault("Client", "Thông điệp không đọc được")
        question = root.find(f"{{{_ENVELOPE}}}Body/*")
        if question is None or question.tag not in _ORDERS:
            return _fault("Client", "Không có thao tác này")
        values = {str(one.tag).rpartition("}")[2]: (one.text or "").strip() for one in question}
        refused = self._refusal(question, values)
        return refused or self._tell(str(question.tag), values)

    def _is_authentic(self, request: Request, now: float) -> bool:
        known = self._credentials
        timestamp = request.headers.get("timestamp", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
            return False
        seconds = int(timestamp) / (1000 if len(timestamp) > 11 else 1)
        material = f"{self._service_url}{known.population_user}{timestamp}{known.population_secret}"
        pair = f"{known.population_user}:{hashlib.sha256(material.encode()).hexdigest()}"
        expected = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        return (
            abs(now - seconds) <= TIMESTAMP_SLACK_SECONDS
            and hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode())
            and hmac.compare_digest(request.headers.get("apikey", "").encode(), known.population_api_key.encode())
            and bool(request.headers.get("x-road-client"))
            and request.headers.get("soapaction") == '""'
        )

    def _refusal(self, question: etree._Element, values: dict[str, str]) -> Reply | None:
        order = _ORDERS[str(question.tag)]
        names = list(values)
        if len(names) != len(question) or names != [name for name in order if name in values]:
            return _fault("Client", "Sai thứ tự hoặc tên phần tử")
        request_id = values.get("MaYeuCau", "")
        if not request_id or request_id in self._seen:
            return _fault("Client", "Mã yêu cầu thiếu hoặc đã dùng")
        self._seen[request_id] = None
        if len(self._seen) > 100_000:
            self._seen.pop(next(iter(self._seen)))
        if values.get("MaDVC", "") not in self._procedures and "MaDichVu" not in values:
            return _fault(*_UNLICENSED)
        if values.get("MaCanBo") not in self._officers:
            return _fault(*_NO_RIGHTS)
        return None

    def _find(self, values: dict[str, str]) -> Citizen | None:
        identity, old_card = values.get("SoDinhDanh", ""), values.get("SoCMND", "")
        citizen = self._data.find_citizen(identity) if identity else self._data.find_by_old_card(old_card)
        if citizen is None or fold_name(citizen.full_name) != fold_name(values.get("HoVaTen", "")):
            return None
        return citizen

    def _tell(self, tag: str, values: dict[str, str]) -> Reply:
        citizen = self._find(values)
        if tag.endswith("XacThucThongTinCongDanRequest"):
            return _body("KetQuaXacThucResponse", f"<d:TonTai>{'true' if citizen else 'false'}</d:TonTai>")
        if tag.endswith("XacThucThongTinCongDan"):
            return _body("KetQuaXacThuc", f"<d:TonTai>{1 if citizen else 0}</d:TonTai>")
        if citizen is None:
            return _body("CongdanCollection", "")
        relatives_only = tag.endswith("XacMinhThongTinNhanThan")
        return _body("CongdanCollection", _element("CongDan", self._person(citizen, relatives_only=relatives_only)))

    def _person(self, one: Citizen, *, relatives_only: bool) -> str:
        # Each second person has the whole name in Ten, as the real service often answers.
        whole = int(one.identity[-1]) % 2 == 0
        parts = (("Ten", one.full_name),) if whole else (("Ho", one.family), ("ChuDem", one.middle), ("Ten", one.given))
        name = _texts(*parts)
        start = _texts(("SoDinhDanh", one.identity), ("SoCMND", one.old_identity)) + _element("HoVaTen", name)
        if relatives_only:
            return start + self._relatives(one)
        return (
            start
            + _texts(("GioiTinh", "1" if one.male else "2"), ("DanToc", one.ethnic), ("TonGiao", one.religion))
            + _texts(("TinhTrangHonNhan", one.marital), ("NhomMau", one.blood))
            + _element("NgayThangNamSinh", _texts(("Nam", f"{one.born:%Y}"), ("NgayThangNam", f"{one.born:%Y%m%d}")))
            + self._address("NoiDangKyKhaiSinh", one.birthplace, "")
            + self._address("QueQuan", one.origin, "")
            + self._address("ThuongTru", one.residence, one.address)
            + self._address("NoiOHienTai", one.residence, one.address)
            + _texts(("QuocTich", "VN"))
            + self._relatives(one)
            + _texts(("SoSoHoKhau", one.household))
        )

    def _address(self, name: str, commune: str, detail: str) -> str:
        known = self._data.commune_name(commune)
        code = commune if known else ""
        full = ", ".join(part for part in (detail, known) if part)
        parts = (
            ("MaTinhThanh", PROVINCE_CODE if known else ""),
            ("MaPhuongXa", code),
            ("ChiTiet", full),
            ("QuocGia", "VN"),
        )
        return _element(name, _texts(*parts))

    def _relatives(self, one: Citizen) -> str:
        told = "".join(
            self._relative(name, identity)
            for name, identity in (("Cha", one.father), ("Me", one.mother), ("VoChong", one.spouse))
        )
        head = self._data.find_citizen(one.head)
        if head is None:
            return told
        parts = _texts(("QuanHe", one.relation), ("SoDinhDanh", head.identity), ("SoCMND", head.old_identity))
        return told + _element("ChuHo", parts + _element("HoVaTen", escape(head.full_name)))

    def _relative(self, name: str, identity: str) -> str:
        relative = self._data.find_citizen(identity) if identity else None
        if relative is None:
            return ""
        full = _element("HoVaTen", _element("Ten", escape(relative.full_name)))
        numbers = _texts(("QuocTich", "VN"), ("SoDinhDanh", relative.identity), ("SoCMND", relative.old_identity))
        return _element(name, full + numbers)


def _element(name: str, content: str) -> str:
    return f"<d:{name}>{content}</d:{name}>"


def _texts(*pairs: tuple[str, str]) -> str:
    return "".join(_element(name, escape(value)) for name, value in pairs if value)


def _body(name: str, content: str) -> Reply:
    return _envelope(f'<d:{name} xmlns:d="{RESPONSE_NAMESPACE}">{content}</d:{name}>', 200)


def _fault(code: str, text: str, *, status: int = 500) -> Reply:
    side = "Client" if code == "Client" else "Server"
    detail = "" if code == "Client" else f"<detail><MaLoi>{code}</MaLoi></detail>"
    fault = f"<s:Fault><faultcode>s:{side}</faultcode><faultstring>{escape(text)}</faultstring>{detail}</s:Fault>"
    return _envelope(fault, status)


def _envelope(content: str, status: int) -> Reply:
    body = f'<s:Envelope xmlns:s="{_ENVELOPE}"><s:Body>{content}</s:Body></s:Envelope>'
    text = f'<?xml version="1.0" encoding="UTF-8"?>{body}'
    return Reply(status, text.encode("utf-8"), "text/xml; charset=utf-8")
