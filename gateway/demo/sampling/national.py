"""Which calls to the national services are answered, with what in them and what not?"""

from collections.abc import Mapping, Sequence

from adapters.contract import Json
from gateway.demo.agreements import find_wish, released_fields
from gateway.demo.catalogue import Catalogue
from gateway.demo.enterprises import Enterprise
from gateway.demo.nation import CIVIL_STATUS_AGENCY, UNLICENSED_PROCEDURE
from gateway.demo.people import Citizen
from gateway.demo.province import Province
from gateway.demo.sampling.answered import CASE_FILE, OFFICER
from gateway.demo.sampling.form import SampleCall
from gateway.demo.wishes import NATIONAL_WISHES

_BIRTH_PROCEDURE = "1.001193"
_OFFICER_WITHOUT_RIGHTS = "KH000003"
_PATHS = {
    "qg-dancu": "/x/qg-dancu/cong-dan/v1/cong-dan",
    "qg-doanhnghiep": "/x/qg-doanhnghiep/dang-ky-doanh-nghiep/v1/doanh-nghiep",
    "qg-danhmuc": "/x/qg-danhmuc/danh-muc/v1/danh-muc",
    "qg-bhxh": "/x/qg-bhxh/bao-hiem-xa-hoi/v1",
    "qg-hotich": "/x/qg-hotich/ho-tich/v1/ho-so",
}
# What the services send of everybody, of which a caller sees what was agreed. The rest may be empty at the service.
_ALWAYS: Mapping[str, Sequence[str]] = {
    "tra-cuu-cong-dan": (
        "CongDan.SoDinhDanh", "CongDan.HoVaTen", "CongDan.GioiTinh", "CongDan.NgayThangNamSinh", "CongDan.DanToc",
        "CongDan.TonGiao", "CongDan.QuocTich", "CongDan.ThuongTru.MaTinhThanh", "CongDan.ThuongTru.MaPhuongXa",
        "CongDan.ThuongTru.ChiTiet",
    ),
    "xac-thuc-cong-dan": ("TonTai",),
    "chi-tiet-doanh-nghiep": (
        "Data.MainInformation.ENTERPRISE_GDT_CODE", "Data.MainInformation.NAME", "Data.MainInformation.FOUNDING_DATE",
        "Data.HOAdress.WardID", "Data.HOAdress.AddressFullText", "Data.Representatives[].FULL_NAME",
        "Data.BusinessActivity[].CODE", "Data.MainInformation.LEGAL_NAMES", "Data.MainInformation.CAPITAL_AMOUNT",
    ),
    "danh-muc": ("items[].Ma", "items[].Ten", "items[].MaCha"),
    "cau-truc-danh-muc": ("items[].PropertyCode", "items[].PropertyName", "items[].PropertyType"),
    "tra-cuu-theo-ma-so": ("hoTen", "ngaySinh", "gioiTinh", "maTinhKs", "maXaKs", "loaiNgaySinh"),
    "tra-cuu-ma-so": ("maSoBhxh", "trangThai"),
    "chiTietDoanhNghiep": (
        "Data.MainInformation.ENTERPRISE_GDT_CODE", "Data.MainInformation.NAME", "Data.MainInformation.FOUNDING_DATE",
        "Data.HOAdress.WardID", "Data.BusinessActivity[].CODE", "DataCount", "Status", "Message",
    ),
    "Category": ("[].Ma", "[].Ten"),
    "Metadata": ("[].PropertyCode", "[].PropertyName"),
    "getTraCuuTtHgdByMaSoBhxh": ("hoTen", "ngaySinh", "loaiNgaySinh", "trangThai"),
    "trang-thai-ho-so": ("maHoSo", "tenTrangThai", "trangThai"),
    "dang-ky-ho-tich": ("maHoSo", "trangThai", "tenTrangThai"),
}  # fmt: skip


def national_calls(catalogue: Catalogue, province: Province) -> list[SampleCall]:
    """Return the calls to the five national services."""
    person = next(one for one in province.people.values() if one.insurance and one.spouse and 30 <= one.age() <= 60)
    pair = sorted(province.enterprises.values(), key=lambda one: int(one.number[-1]) % 2)
    return [
        *_population(catalogue, person),
        *_business(catalogue, pair[0], pair[-1]),
        *_categories(catalogue),
        *_insurance(catalogue, person),
        *_civil_status(catalogue),
        *_as_on_the_axis(catalogue, pair[0], person),
    ]


class _Asker:
    """Makes calls under one agreement."""

    def __init__(self, catalogue: Catalogue, code: str) -> None:
        self.catalogue = catalogue
        self.wish = find_wish(NATIONAL_WISHES, code)

    def call(
        self,
        operation: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Json = None,
    ) -> SampleCall:
        """Return a call that is answered with what the agreement releases."""
        grant = next(one for one in self.wish.grants if one.operation == operation)
        says = self.catalogue.operation(self.wish.database, grant.service, operation)
        released = set(released_fields(grant, says)) | {one.path for one in says.fields if one.structural}
        case_file = {"Case-File": CASE_FILE} if grant.case_file else {}
        officer = {"Officer": OFFICER} if grant.officer else {}
        return SampleCall(
            name=f"{self.wish.database}: {says.title_vi} ({self.wish.system})",
            database=self.wish.database,
            system=self.wish.system,
            method=says.method,
            path=path,
            query=dict(query or {}),
            headers={**case_file, **officer, **(headers or {})},
            body=body,
            expected_status=200,
            must_have=tuple(one for one in _ALWAYS[operation] if one in released),
            must_not_have=tuple(one.path for one in says.fields if one.path not in released),
        )

    def refused(
        self, like: SampleCall, why: str, *, problem: str, status: int,
        query: Mapping[str, str] | None = None, path: str = "", headers: Mapping[str, str] | None = None,
    ) -> SampleCall:  # fmt: skip
        """Return the same call with something wrong."""
        return SampleCall(
            name=f"{self.wish.database}: {why}",
            database=like.database,
            system=like.system,
            method=like.method,
            path=path or like.path,
            query={**like.query, **(query or {})},
            headers={**like.headers, **(headers or {})},
            expected_status=status,
            expected_problem=problem,
        )


def _population(catalogue: Catalogue, person: Citizen) -> list[SampleCall]:
    path = _PATHS["qg-dancu"]
    asked = {"SoDinhDanh": person.identity, "HoVaTen": person.full_name, "ThuTuc": _BIRTH_PROCEDURE}
    motcua, dvc = _Asker(catalogue, "TT-QGDC-MOTCUA"), _Asker(catalogue, "TT-QGDC-DVC")
    found = motcua.call("tra-cuu-cong-dan", path, query={**asked, "NgaySinh": person.born.isoformat()})
    exists = dvc.call("xac-thuc-cong-dan", f"{path}/ton-tai", query=asked)
    nobody = {"SoDinhDanh": "056099000001", "HoVaTen": "NGUYEN VAN KHONG"}
    return [
        found,
        exists,
        motcua.refused(found, "không có công dân này", problem="not-found", status=404, query=nobody),
        motcua.refused(
            found, "số định danh thiếu chữ số", problem="request-invalid", status=400, query={"SoDinhDanh": "05609900"}
        ),
        motcua.refused(
            found, "thủ tục chưa được cấp phép (004)", problem="provider-refused", status=502,
            query={"ThuTuc": UNLICENSED_PROCEDURE},
        ),
        motcua.refused(
            found, "cán bộ không có quyền (005)", problem="provider-refused", status=502,
            headers={"Officer": _OFFICER_WITHOUT_RIGHTS},
        ),
    ]  # fmt: skip


def _business(catalogue: Catalogue, one: Enterprise, other: Enterprise) -> list[SampleCall]:
    """One enterprise whose representative comes as an object, one where it is a list."""
    path = _PATHS["qg-doanhnghiep"]
    dvc, tckt = _Asker(catalogue, "TT-QGDN-DVC"), _Asker(catalogue, "TT-QGDN-TCKT")
    found = dvc.call("chi-tiet-doanh-nghiep", f"{path}/{one.number}")
    return [
        found,
        tckt.call("chi-tiet-doanh-nghiep", f"{path}/{other.number}"),
        dvc.refused(
            found, "mã số doanh nghiệp sai chữ số kiểm tra", problem="request-invalid", status=400,
            path=f"{path}/{_wrong(one.number)}",
        ),
    ]  # fmt: skip


def _wrong(number: str) -> str:
    return f"{number[:9]}{(int(number[9]) + 1) % 10}"


def _categories(catalogue: Catalogue) -> list[SampleCall]:
    path = _PATHS["qg-danhmuc"]
    ioc = _Asker(catalogue, "TT-QGDM-IOC")
    found = ioc.call("danh-muc", f"{path}/DVHC")
    return [
        found,
        ioc.call("cau-truc-danh-muc", f"{path}/DVHC/cau-truc"),
        ioc.refused(found, "không có danh mục này", problem="not-found", status=404, path=f"{path}/KHONGCO"),
    ]


def _insurance(catalogue: Catalogue, person: Citizen) -> list[SampleCall]:
    path = _PATHS["qg-bhxh"]
    motcua = _Asker(catalogue, "TT-QGBH-MOTCUA")
    criteria = {"hoTen": person.full_name, "ngaySinh": person.born.isoformat(), "gioiTinh": person.sex}
    return [
        motcua.call("tra-cuu-theo-ma-so", f"{path}/nguoi-tham-gia/{person.insurance}"),
        motcua.call("tra-cuu-ma-so", f"{path}/ma-so", query=criteria),
    ]


def _civil_status(catalogue: Catalogue) -> list[SampleCall]:
    path = _PATHS["qg-hotich"]
    motcua = _Asker(catalogue, "TT-QGHT-MOTCUA")
    body: Json = {
        "maDonVi": CIVIL_STATUS_AGENCY,
        "module": "KS",
        "maHoSo": "KS-2026-000101",
        "ngayTiepNhan": "2026-10-20",
        "data": "<hoTich><loai>KS</loai><so>101</so></hoTich>",
    }
    return [
        motcua.call("trang-thai-ho-so", f"{path}/KS-2026-000102/trang-thai", query={"maDonVi": CIVIL_STATUS_AGENCY}),
        motcua.call("dang-ky-ho-tich", path, headers={"Idempotency-Key": "demo-ho-tich-101"}, body=body),
    ]


def _as_on_the_axis(catalogue: Catalogue, one: Enterprise, person: Citizen) -> list[SampleCall]:
    """Return calls as clients of the national axis write them."""
    tckt, ioc, motcua = (_Asker(catalogue, code) for code in ("TT-QGDN-TCKT", "TT-QGDM-IOC", "TT-QGBH-MOTCUA"))
    business, insurance = "/apiCSDLDKDN/1.0/chiTietDoanhNghiep", "/apiBHXH/getTraCuuTtHgdByMaSoBhxh"
    found = tckt.call("chiTietDoanhNghiep", business, query={"msdn": one.number})
    return [
        found,
        ioc.call("Category", "/dmdc/Category/DVHC"),
        ioc.call("Metadata", "/dmdc/Metadata/DVHC"),
        motcua.call("getTraCuuTtHgdByMaSoBhxh", insurance, body={"maSoBhxh": person.insurance}),
        tckt.refused(
            found, "trục: mã số doanh nghiệp sai chữ số kiểm tra", problem="request-invalid", status=400,
            query={"msdn": _wrong(one.number)},
        ),
        tckt.refused(
            found, "trục: không có tài nguyên này", problem="path-unknown", status=404,
            path="/apiCSDLDKDN/1.0/khongCo",
        ),
    ]  # fmt: skip
