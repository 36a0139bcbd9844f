"""How do the simulated national services that speak JSON answer?

Business registration, common categories, social insurance and civil status, with the irregularities that the real
ones are known for: one representative as an object, `HOAdress`, a member with a leading blank, errors in a 200.
"""

from collections.abc import Callable, Mapping

from adapters.contract import Json
from adapters.national.formats import fold_name
from gateway.demo.enterprises import Enterprise
from gateway.demo.national.data import NationalData
from gateway.demo.national.http import Reply, Request, json_reply, members_of
from gateway.demo.people import Citizen
from gateway.demo.units import PROVINCE_CODE, PROVINCE_NAME

_SEX_CODES = {"Nam": "1", "Nữ": "2"}
_BIRTH_FORMATS = {"0": "%Y%m%d", "1": "%Y", "2": "%Y%m"}


def answer_business(request: Request, data: NationalData) -> Reply:
    """Answer `chiTietDoanhNghiep`; an enterprise that is not there is a `Data` without `MainInformation`."""
    enterprise = data.find_enterprise(request.query.get("msdn", ""))
    told: Json = _enterprise(enterprise, data) if enterprise else {}
    return json_reply({"Data": told, "DataCount": 1 if enterprise else 0, "Status": "1", "Message": ""})


def _enterprise(one: Enterprise, data: NationalData) -> dict[str, Json]:
    representative = data.find_citizen(one.representative)
    name = representative.full_name if representative else ""
    # Each second enterprise sends its representative as one object instead of a list.
    alone = int(one.number[-1]) % 2 == 0
    commune = data.commune_name(one.residence)
    return {
        "MainInformation": {
            "ENTERPRISE_ID": one.number[1:],
            "ENTERPRISE_GDT_CODE": one.number,
            "IMP_BUSINESS_CODE": "",
            "ENTERPRISE_TYPE_ID": one.kind,
            "ENTERPRISE_TYPE_NAME": one.kind,
            "NAME": one.name,
            "SHORT_NAME": one.short_name,
            "NAME_F": "",
            "FOUNDING_DATE": one.founded.strftime("%d/%m/%Y"),
            "LAST_AMEND_DATE": one.founded.strftime("%d/%m/%Y"),
            "NUMBER_CHANGES": "0",
            "ENTERPRISE_STATUS": one.status,
            "LEGAL_NAMES": name,
            "CAPITAL_AMOUNT": str(one.capital),
        },
        "HOAdress": {
            "CityID": PROVINCE_CODE,
            "CityName": PROVINCE_NAME,
            "DistrictID": "",
            "DistrictName": "",
            "WardID": one.residence,
            "WardName": commune,
            "StreetNumber": one.address,
            "AddressFullText": ", ".join(part for part in (one.address, commune, PROVINCE_NAME) if part),
        },
        "Representatives": {"FULL_NAME": name} if alone else [{"FULL_NAME": name}],
        "BusinessActivity": [{"CODE": one.trade, "NAME": one.trade_name, "IS_MAIN": "Y"}],
        "Member": [_member(identity, amount, one.capital, data) for identity, amount in one.members],
    }


def _member(identity: str, amount: int, capital: int, data: NationalData) -> dict[str, Json]:
    member = data.find_citizen(identity)
    ratio = f"{100 * amount / capital:.2f}" if capital else "0"
    name = member.full_name if member else ""
    return {"MEMBER_NAME": name, "AMOUNT": str(amount), "RATIO_PERCENT": ratio, "COUNTRY": "Việt Nam"}


class CategoriesSimulator:
    """Answers for the common categories, and keeps what is added to them until it ends."""

    def __init__(self, data: NationalData) -> None:
        self._data = data
        self._added: dict[str, list[Mapping[str, Json]]] = {}

    def answer(self, request: Request) -> Reply:
        """Answer `Metadata/{dm}`, `Category/{dm}` and a POST to the latter."""
        kind, _, code = request.path.removeprefix("/dmdc/").partition("/")
        rows: list[Json] = [dict(row) for row in (*self._data.category(code), *self._added.get(code, []))]
        if request.method == "POST":
            return self._add(code, request.body, known=bool(rows))
        if kind == "Metadata":
            names = list(rows[0]) if rows and isinstance(rows[0], dict) else []
            return json_reply([{"PropertyCode": one, "PropertyName": one, "PropertyType": "string"} for one in names])
        return json_reply(rows)

    def _add(self, code: str, body: bytes, *, known: bool) -> Reply:
        rows = members_of(b'{"rows":' + body + b"}").get("rows")
        good = known and isinstance(rows, list) and all(isinstance(row, dict) and row.get("Ma") for row in rows)
        if not good or not isinstance(rows, list):
            return json_reply({"MSG": "Data not insert: thiếu Ma hoặc danh mục không tồn tại", "Count": 0})
        self._added.setdefault(code, []).extend(row for row in rows if isinstance(row, dict))
        return json_reply({"MSG": "Done", "Count": len(rows)})


def answer_insurance(request: Request, data: NationalData) -> Reply:
    """Answer `getTraCuuTtHgdByMaSoBhxh` and `getMaSoBhxhTheoTieuChi`."""
    question = members_of(request.body)
    if request.path.endswith("/getTraCuuTtHgdByMaSoBhxh"):
        citizen = data.find_by_insurance(str(question.get("maSoBhxh", "")))
        return json_reply(_insured(citizen) if citizen else {"errorCode": "", "trangThai": ""})
    if request.path.endswith("/getMaSoBhxhTheoTieuChi"):
        found = next((one for one in data.citizens() if one.insurance and _fits(one, question)), None)
        return json_reply(
            {"maSoBhxh": found.insurance if found else "", "trangThai": "1" if found else "", "errorCode": ""}
        )
    return json_reply({"error": "not found"}, 404)


def _insured(one: Citizen) -> dict[str, Json]:
    return {
        " hoTen": one.full_name,  # the blank is in the service's manual
        "soSoCu": "",
        "ngaySinh": one.born.strftime("%Y%m%d"),
        "loaiNgaySinh": "0",
        "gioiTinh": _SEX_CODES.get(one.sex, "3"),
        "maTinhKs": PROVINCE_CODE,
        "maHuyenKs": "",
        "maXaKs": one.birthplace,
        "trangThai": "1",
    }


def _fits(one: Citizen, question: Mapping[str, Json]) -> bool:
    written = _BIRTH_FORMATS.get(str(question.get("loaiNgaySinh", "0")), "%Y%m%d")
    return (
        one.born.strftime(written) == str(question.get("ngaySinh", ""))
        and _SEX_CODES.get(one.sex, "3") == str(question.get("gioiTinh", ""))
        and fold_name(one.full_name) == fold_name(str(question.get("hoTen", "")))
    )


class CivilStatusSimulator:
    """Answers for civil status: a dossier is received, and then its state can be asked."""

    def __init__(self, agencies: frozenset[str]) -> None:
        """`agencies` are the codes (`maDonVi`) that may send."""
        self._agencies = agencies
        self._states: dict[str, str] = {}

    def answer(self, request: Request) -> Reply:
        """Answer `dangKyHoTich`, `traTrangThaiHoSo` and `ketQuaDangKyHS`."""
        question = members_of(request.body)
        calls: Mapping[str, Callable[[Mapping[str, Json]], Reply]] = {
            "dangKyHoTich": self._register,
            "traTrangThaiHoSo": self._state,
            "ketQuaDangKyHS": self._state,
        }
        call = calls.get(request.path.rpartition("/")[2])
        if call is None:
            return json_reply({"error": "not found"}, 404)
        if question.get("maDonVi") not in self._agencies:
            return _error("106", "AGENCY_ID_INCORRECT")
        return call(question)

    def _register(self, question: Mapping[str, Json]) -> Reply:
        data = question.get("data")
        if not isinstance(data, str) or not data.startswith("<"):
            return _error("302", "DATA_TYPE_INVALID")
        if not all(question.get(name) for name in ("module", "maHoSo", "ngayTiepNhan")):
            return _error("200", "RECORD_UNCOMPLETE")
        self._states[str(question["maHoSo"])] = "1"
        return json_reply({"errorCode": "0", "maHoSo": question["maHoSo"], "trangThai": "1"})

    def _state(self, question: Mapping[str, Json]) -> Reply:
        number = str(question.get("maHoSo", ""))
        # A dossier number that ends in an even digit stands for one that was received before this demo began.
        state = self._states.get(number) or ("4" if number[-1:] in set("02468") else "")
        if not state:
            return _error("201", "RECORD_NOT_FOUND")
        return json_reply({"errorCode": "0", "maHoSo": number, "trangThai": state})


def _error(code: str, text: str) -> Reply:
    return json_reply({"errorCode": code, "errorDesc": text})
