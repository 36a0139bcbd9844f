"""What does the justice database (Sở Tư pháp) answer: legal documents, civil status of the province?"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from adapters.contract import Json
from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records, matches
from gateway.demo.people import Citizen
from gateway.demo.province import Province
from gateway.demo.units import commune

DOCUMENTS = DataObject(
    code="van-ban",
    title_vi="Văn bản quy phạm pháp luật",
    technology=Technology.SOAP,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm văn bản theo ngày ban hành",
            method="",
            path="DanhSachVanBan",
            rows="VanBan[]",
            parameters=("TuNgay", "DenNgay", "LoaiVanBan", "TuThu", "SoLuong"),
            envelope=(("TongSo", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet",
            title_vi="Chi tiết một văn bản",
            method="",
            path="ChiTietVanBan",
            rows="VanBan",
            parameters=("SoKyHieu",),
            required=("SoKyHieu",),
        ),
    ),
    columns=columns("""
        SoKyHieu          | = | string | open | k | Số, ký hiệu
        LoaiVanBan        | = | string | open | f | Loại văn bản
        TrichYeu          | = | string | open | - | Trích yếu
        CoQuanBanHanh     | = | string | open | - | Cơ quan ban hành
        NguoiKy           | = | string | open | - | Người ký
        NgayBanHanh       | = | date   | open | - | Ngày ban hành
        NgayHieuLuc       | = | date   | open | - | Ngày có hiệu lực
        TrangThai         | = | string | open | - | Tình trạng hiệu lực
        LienQuan[].QuanHe   | = | string | open | - | Quan hệ với văn bản khác
        LienQuan[].SoKyHieu | = | string | open | - | Số, ký hiệu văn bản liên quan
    """),
)

CIVIL_STATUS = DataObject(
    code="ho-tich",
    title_vi="Đăng ký hộ tịch (bản tỉnh)",
    technology=Technology.SOAP,
    source="",
    subjects=("DuongSu[].SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu sự kiện hộ tịch",
            method="",
            path="TraCuuHoTich",
            rows="SuKien[]",
            parameters=("SoHoTich", "SoDinhDanh"),
        ),
    ),
    columns=columns("""
        SoHoTich              | = | string  | internal  | k | Số hộ tịch
        LoaiSuKien            | = | string  | internal  | - | Loại sự kiện
        NgayDangKy            | = | date    | internal  | - | Ngày đăng ký
        NoiDangKy             | = | string  | internal  | - | Nơi đăng ký
        MaDVHC                | = | string  | internal  | f | Mã đơn vị hành chính cấp xã
        DuongSu[].VaiTro      | = | string  | personal  | - | Vai trò
        DuongSu[].HoVaTen     | = | string  | personal  | - | Họ và tên
        DuongSu[].SoDinhDanh  | = | string  | personal  | - | Số định danh cá nhân
        DuongSu[].NgaySinh    | = | date    | personal  | - | Ngày sinh
        DuongSu[].DanToc      | = | string  | sensitive | - | Dân tộc
        GhiChu                | = | string  | sensitive | - | Ghi chú
        NguoiThucHien         | = | string  | personal  | - | Công chức thực hiện
    """),
)

DATABASE = Database(
    code="tuphap",
    title_vi="Tư pháp: văn bản quy phạm pháp luật và hộ tịch",
    technology=Technology.SOAP,
    source="",
    mount="/soap/tuphap",
    proof=Proof.BASIC,
    objects=(DOCUMENTS, CIVIL_STATUS),
    namespace="urn:khanhhoa:tuphap:1.0",
)

_KINDS = (("QĐ-UBND", "Quyết định", "Ủy ban nhân dân tỉnh"), ("NQ-HĐND", "Nghị quyết", "Hội đồng nhân dân tỉnh"))
_SUBJECTS = (
    "bảng giá đất",
    "mức thu phí",
    "phân cấp quản lý",
    "hỗ trợ học phí",
    "quản lý tài sản công",
    "chuyển đổi số",
)


def _document(draw: Draw, number: int) -> Record:
    mark, kind, organ = draw.pick(_KINDS)
    issued = draw.day(8)
    related: list[Json] = [
        {
            "QuanHe": draw.pick(("Sửa đổi, bổ sung", "Thay thế", "Căn cứ")),
            "SoKyHieu": f"{draw.number(1, 99)}/2020/{mark}",
        }
        for _ in range(draw.number(0, 3))
    ]
    return {
        "SoKyHieu": f"{number}/{issued.year}/{mark}", "LoaiVanBan": kind,
        "TrichYeu": f"Quy định về {draw.pick(_SUBJECTS)} trên địa bàn tỉnh Khánh Hòa", "CoQuanBanHanh": organ,
        "NguoiKy": draw.adult().full_name, "NgayBanHanh": issued.isoformat(),
        "NgayHieuLuc": (issued + timedelta(days=10)).isoformat(),
        "TrangThai": draw.pick(("Còn hiệu lực", "Còn hiệu lực", "Hết hiệu lực một phần", "Hết hiệu lực")),
        "LienQuan": related,
    }  # fmt: skip


def _party(role: str, person: Citizen) -> Json:
    return {
        "VaiTro": role, "HoVaTen": person.full_name, "SoDinhDanh": person.identity, "NgaySinh": person.born.isoformat(),
        "DanToc": person.ethnic,
    }  # fmt: skip


def _event(draw: Draw, kind: str, parties: list[Json], place: str, *, on: date) -> Record:
    unit = commune(place)
    return {
        "LoaiSuKien": kind, "NgayDangKy": on.isoformat(), "NoiDangKy": f"UBND {unit.name}", "MaDVHC": place,
        "DuongSu": parties, "GhiChu": draw.pick((None, None, "Đăng ký quá hạn", "Có yếu tố nước ngoài")),
        "NguoiThucHien": draw.adult().full_name,
    }  # fmt: skip


def _events(draw: Draw) -> list[Record]:
    """Births of children whose parents are known, and marriages of couples; each as the province knows them."""
    people = draw.province.people
    found: list[Record] = []
    for child in draw.aged(0, 9):
        parents = [(role, people[one]) for role, one in (("Cha", child.father), ("Mẹ", child.mother)) if one]
        parties = [_party("Người được khai sinh", child), *(_party(role, one) for role, one in parents)]
        found.append(_event(draw, "Khai sinh", parties, child.birthplace, on=child.born + timedelta(days=20)))
    for husband in draw.random.sample([one for one in people.values() if one.male and one.spouse], 1_200):
        parties = [_party("Chồng", husband), _party("Vợ", people[husband.spouse])]
        found.append(
            _event(draw, "Kết hôn", parties, husband.residence, on=draw.day(min(30, max(1, husband.age() - 20))))
        )
    marks = {"Khai sinh": "KS", "Kết hôn": "KH"}
    numbered: list[Record] = []
    for number, one in enumerate(found, start=1):
        code = f"{marks[str(one['LoaiSuKien'])]}-{one['MaDVHC']}-{str(one['NgayDangKy'])[:4]}-{number:05d}"
        numbered.append({"SoHoTich": code, **one})
    return numbered


def records(province: Province) -> Records:
    """Legal documents, and civil status events of citizens of the province."""
    draw = Draw(province, "tuphap")
    documents = [_document(draw, number) for number in range(1, 1_101)]
    return {DOCUMENTS.code: documents, CIVIL_STATUS.code: _events(draw)}


def select(operation: str, asked: Mapping[str, str], held: Records) -> Sequence[Record]:
    """The records that one SOAP operation answers, before paging; none when nothing fits."""
    if operation == "TraCuuHoTich":
        return [
            one for one in held[CIVIL_STATUS.code]
            if matches(one, "SoHoTich", asked.get("SoHoTich"))
            and matches(one, "DuongSu[].SoDinhDanh", asked.get("SoDinhDanh"))
        ]  # fmt: skip
    if operation == "ChiTietVanBan":
        return [one for one in held[DOCUMENTS.code] if one["SoKyHieu"] == asked["SoKyHieu"]]
    return [
        one for one in held[DOCUMENTS.code]
        if matches(one, "LoaiVanBan", asked.get("LoaiVanBan"))
        and asked.get("TuNgay", "") <= str(one["NgayBanHanh"]) <= (asked.get("DenNgay") or "9999")
    ]  # fmt: skip
