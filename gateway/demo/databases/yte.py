"""What does the health database (Sở Y tế) answer?"""

from collections.abc import Mapping, Sequence

from adapters.contract import Json
from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records, matches
from gateway.demo.people import Citizen
from gateway.demo.province import Province

PRACTITIONERS = DataObject(
    code="chung-chi-hanh-nghe",
    title_vi="Chứng chỉ hành nghề khám bệnh, chữa bệnh",
    technology=Technology.SOAP,
    source="",
    subjects=("NguoiHanhNghe.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu chứng chỉ hành nghề",
            method="",
            path="TraCuuCCHN",
            rows="ChungChi",
            parameters=("SoCCHN", "SoDinhDanh"),
        ),
    ),
    columns=columns("""
        SoCCHN                    | = | string | open      | k | Số chứng chỉ hành nghề
        NguoiHanhNghe.HoVaTen     | = | string | open      | - | Họ và tên
        NguoiHanhNghe.SoDinhDanh  | = | string | personal  | f | Số định danh cá nhân
        NguoiHanhNghe.NgaySinh    | = | date   | personal  | - | Ngày sinh
        NguoiHanhNghe.DienThoai   | = | string | personal  | - | Điện thoại
        ChucDanh                  | = | string | open      | - | Chức danh
        PhamVi[].MaPhamVi         | = | string | open      | - | Mã phạm vi hành nghề
        PhamVi[].TenPhamVi        | = | string | open      | - | Phạm vi hành nghề
        NoiLamViec[].MaCSKCB      | = | string | open      | - | Mã cơ sở khám chữa bệnh
        NoiLamViec[].TenCoSo      | = | string | open      | - | Tên cơ sở
        NoiLamViec[].ThoiGian     | = | string | open      | - | Thời gian làm việc
        NgayCap                   | = | date   | open      | - | Ngày cấp
        TinhTrang                 | = | string | open      | - | Tình trạng
        KyLuat[].QuyetDinh        | = | string | sensitive | - | Quyết định kỷ luật
        KyLuat[].LyDo             | = | string | sensitive | - | Lý do kỷ luật
    """),
)

FACILITIES = DataObject(
    code="co-so-kham-chua-benh",
    title_vi="Cơ sở khám bệnh, chữa bệnh",
    technology=Technology.SOAP,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh sách cơ sở theo xã",
            method="",
            path="DanhSachCoSo",
            rows="CoSo[]",
            parameters=("MaDVHC", "Hang", "TuThu", "SoLuong"),
            envelope=(("TongSo", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet",
            title_vi="Chi tiết một cơ sở",
            method="",
            path="ChiTietCoSo",
            rows="CoSo",
            parameters=("MaCSKCB",),
            required=("MaCSKCB",),
        ),
    ),
    columns=columns("""
        MaCSKCB                | = | string  | open     | k | Mã cơ sở khám chữa bệnh
        TenCoSo                | = | string  | open     | - | Tên cơ sở
        Hang                   | = | string  | open     | f | Hạng
        MaDVHC                 | = | string  | open     | f | Mã đơn vị hành chính cấp xã
        DiaChi                 | = | string  | open     | - | Địa chỉ
        SoGiuong               | = | integer | open     | - | Số giường
        PhuTrach.HoVaTen       | = | string  | internal | - | Người chịu trách nhiệm chuyên môn
        PhuTrach.SoCCHN        | = | string  | internal | - | Số chứng chỉ của người chịu trách nhiệm
        PhuTrach.DienThoai     | = | string  | personal | - | Điện thoại
        Khoa[].MaKhoa          | = | string  | open     | - | Mã khoa
        Khoa[].TenKhoa         | = | string  | open     | - | Tên khoa
        Khoa[].SoGiuong        | = | integer | open     | - | Số giường của khoa
    """),
)

DATABASE = Database(
    code="yte",
    title_vi="Y tế",
    technology=Technology.SOAP,
    source="",
    mount="/soap/yte",
    proof=Proof.USERNAME_TOKEN,
    objects=(PRACTITIONERS, FACILITIES),
    namespace="urn:khanhhoa:yte:1.0",
)

_TITLES = ("Bác sĩ", "Bác sĩ", "Điều dưỡng", "Y sĩ", "Hộ sinh", "Kỹ thuật y")
_SCOPES = (
    ("NOI", "Nội khoa"),
    ("NGOAI", "Ngoại khoa"),
    ("SAN", "Sản phụ khoa"),
    ("NHI", "Nhi khoa"),
    ("RHM", "Răng hàm mặt"),
)
_WARDS = (("K01", "Khoa Khám bệnh"), ("K02", "Khoa Nội tổng hợp"), ("K03", "Khoa Ngoại"), ("K04", "Khoa Cấp cứu"))


def _facility(draw: Draw, number: int) -> Record:
    place, head = draw.commune(), draw.adult()
    wards: list[Json] = [
        {"MaKhoa": code, "TenKhoa": title, "SoGiuong": draw.number(2, 40)}
        for code, title in _WARDS[: draw.number(1, 4)]
    ]
    kind = draw.pick(("Trạm Y tế", "Phòng khám đa khoa", "Phòng khám chuyên khoa", "Trung tâm Y tế", "Bệnh viện"))
    return {
        "MaCSKCB": f"56{number:03d}" if number < 1000 else f"56{number}",
        "TenCoSo": f"{kind} {place.short_name} {number}",
        "Hang": draw.pick(("I", "II", "III", "IV", "Chưa xếp hạng")), "MaDVHC": place.code, "DiaChi": place.full_name,
        "SoGiuong": draw.number(0, 400),
        "PhuTrach": {"HoVaTen": head.full_name, "SoCCHN": f"{number:06d}/KH-CCHN", "DienThoai": head.phone},
        "Khoa": wards,
    }  # fmt: skip


def _practitioner(draw: Draw, person: Citizen, number: int, facilities: Sequence[Record]) -> Record:
    scopes: list[Json] = [
        {"MaPhamVi": code, "TenPhamVi": title} for code, title in draw.random.sample(_SCOPES, draw.number(1, 2))
    ]
    places: list[Json] = [
        {"MaCSKCB": one["MaCSKCB"], "TenCoSo": one["TenCoSo"], "ThoiGian": draw.pick(("Toàn thời gian", "Ngoài giờ"))}
        for one in draw.random.sample(list(facilities), draw.number(1, 2))
    ]
    punished: list[Json] = [{"QuyetDinh": f"{draw.number(10, 99)}/QĐ-SYT", "LyDo": "Vi phạm quy chế chuyên môn"}]
    return {
        "SoCCHN": f"{number:06d}/KH-CCHN",
        "NguoiHanhNghe": {
            "HoVaTen": person.full_name, "SoDinhDanh": person.identity, "NgaySinh": person.born.isoformat(),
            "DienThoai": person.phone,
        },
        "ChucDanh": draw.pick(_TITLES), "PhamVi": scopes, "NoiLamViec": places,
        "NgayCap": draw.day(min(20, person.age() - 19)).isoformat(),
        "TinhTrang": draw.pick(("Đang hành nghề",) * 9 + ("Đình chỉ",)), "KyLuat": punished if draw.chance(4) else [],
    }  # fmt: skip


def records(province: Province) -> Records:
    """Practitioners and the facilities they work in; all are citizens of the province."""
    draw = Draw(province, "yte")
    facilities = [_facility(draw, number) for number in range(1, 1_021)]
    people = enumerate(draw.adults(2_000), start=1)
    return {
        PRACTITIONERS.code: [_practitioner(draw, person, number, facilities) for number, person in people],
        FACILITIES.code: facilities,
    }


def select(operation: str, asked: Mapping[str, str], held: Records) -> Sequence[Record]:
    """The records that one SOAP operation answers, before paging; none when nothing fits."""
    if operation == "TraCuuCCHN":
        return [
            one for one in held[PRACTITIONERS.code]
            if matches(one, "SoCCHN", asked.get("SoCCHN"))
            and matches(one, "NguoiHanhNghe.SoDinhDanh", asked.get("SoDinhDanh"))
        ]  # fmt: skip
    return [
        one for one in held[FACILITIES.code]
        if matches(one, "MaCSKCB", asked.get("MaCSKCB"))
        and matches(one, "MaDVHC", asked.get("MaDVHC"))
        and matches(one, "Hang", asked.get("Hang"))
    ]  # fmt: skip
