"""What does the transport database (Sở Xây dựng) answer?"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from adapters.contract import Json
from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records, matches
from gateway.demo.people import AS_OF, Citizen
from gateway.demo.province import Province

LICENCES = DataObject(
    code="giay-phep-lai-xe",
    title_vi="Giấy phép lái xe",
    technology=Technology.SOAP,
    source="",
    subjects=("NguoiLai.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu giấy phép lái xe theo số hoặc theo số định danh",
            method="",
            path="TraCuuGPLX",
            rows="GiayPhep[]",
            parameters=("SoGPLX", "SoDinhDanh"),
        ),
    ),
    columns=columns("""
        SoGPLX                  | = | string  | internal  | k | Số giấy phép lái xe
        NguoiLai.HoVaTen        | = | string  | personal  | - | Họ và tên
        NguoiLai.SoDinhDanh     | = | string  | personal  | f | Số định danh cá nhân
        NguoiLai.NgaySinh       | = | date    | personal  | - | Ngày sinh
        NguoiLai.DiaChi.MaTinh  | = | string  | personal  | - | Mã tỉnh
        NguoiLai.DiaChi.MaXa    | = | string  | personal  | - | Mã xã
        NguoiLai.DiaChi.ChiTiet | = | string  | personal  | - | Địa chỉ chi tiết
        Hang[].MaHang           | = | string  | internal  | - | Hạng
        Hang[].NgayTrungTuyen   | = | date    | internal  | - | Ngày trúng tuyển
        Hang[].NgayHetHan       | = | date    | internal  | - | Ngày hết hạn
        NgayCap                 | = | date    | internal  | - | Ngày cấp
        NoiCap                  | = | string  | internal  | - | Nơi cấp
        TrangThai               | = | string  | internal  | - | Trạng thái
        ViPham[].Ngay           | = | date    | sensitive | - | Ngày vi phạm
        ViPham[].HanhVi         | = | string  | sensitive | - | Hành vi vi phạm
        ViPham[].DiemTru        | = | integer | sensitive | - | Điểm bị trừ
    """),
)

VEHICLES = DataObject(
    code="phuong-tien",
    title_vi="Phương tiện kinh doanh vận tải",
    technology=Technology.SOAP,
    source="",
    subjects=("ChuXe.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu phương tiện theo biển số",
            method="",
            path="TraCuuPhuongTien",
            rows="PhuongTien",
            parameters=("BienSo",),
            required=("BienSo",),
        ),
    ),
    columns=columns("""
        BienSo           | = | string  | internal | k | Biển số
        LoaiXe           | = | string  | internal | - | Loại xe
        NhanHieu         | = | string  | internal | - | Nhãn hiệu
        NamSanXuat       | = | integer | internal | - | Năm sản xuất
        SoCho            | = | integer | internal | - | Số chỗ
        ChuXe.HoVaTen    | = | string  | personal | - | Chủ xe
        ChuXe.SoDinhDanh | = | string  | personal | - | Số định danh chủ xe
        ChuXe.MSDN       | = | string  | open     | - | Mã số doanh nghiệp
        PhuHieu          | = | string  | internal | - | Số phù hiệu
        HanKiemDinh      | = | date    | internal | - | Hạn kiểm định
        GiamSat.TocDoToiDa | = | integer | internal | - | Tốc độ tối đa ghi nhận (km/h)
        GiamSat.LanCuoi  | = | datetime | internal | - | Lần ghi nhận cuối
    """),
)

ROUTES = DataObject(
    code="tuyen",
    title_vi="Tuyến vận tải khách",
    technology=Technology.SOAP,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh sách tuyến đi qua một xã",
            method="",
            path="DanhSachTuyen",
            rows="Tuyen[]",
            parameters=("MaDVHC", "TuThu", "SoLuong"),
            required=("MaDVHC",),
            envelope=(("TongSo", FieldType.INTEGER),),
        ),
    ),
    columns=columns("""
        MaTuyen        | = | string  | open | k | Mã tuyến
        TenTuyen       | = | string  | open | - | Tên tuyến
        LoaiTuyen      | = | string  | open | - | Loại tuyến
        CuLy           | = | number  | open | - | Cự ly (km)
        MaDVHC         | = | string  | open | f | Mã xã điểm đầu
        Tram[].ThuTu   | = | integer | open | - | Thứ tự
        Tram[].TenTram | = | string  | open | - | Tên trạm dừng
        Tram[].MaDVHC  | = | string  | open | - | Mã xã của trạm
        DonViKhaiThac[].MSDN | = | string | open | - | Mã số doanh nghiệp khai thác
        DonViKhaiThac[].Ten  | = | string | open | - | Tên đơn vị khai thác
    """),
)

DATABASE = Database(
    code="giaothong",
    title_vi="Giao thông vận tải",
    technology=Technology.SOAP,
    source="",
    mount="/soap/giaothong",
    proof=Proof.BASIC,
    objects=(LICENCES, VEHICLES, ROUTES),
    namespace="urn:khanhhoa:giaothong:1.0",
)

_CLASSES = ("A1", "A", "B", "C1", "C", "D1", "D")
_OFFENCES = (("Vượt đèn đỏ", 4), ("Quá tốc độ quy định", 2), ("Nồng độ cồn", 10), ("Không thắt dây an toàn", 1))


def _licence(draw: Draw, holder: Citizen, number: int) -> Record:
    passed = draw.day(min(20, holder.age() - 18))
    classes: list[Json] = [
        {
            "MaHang": mark, "NgayTrungTuyen": passed.isoformat(),
            "NgayHetHan": None if mark.startswith("A") else (passed + timedelta(days=3_652)).isoformat(),
        }
        for mark in draw.random.sample(_CLASSES, draw.number(1, 3))
    ]  # fmt: skip
    offences: list[Json] = [
        {"Ngay": draw.day(2).isoformat(), "HanhVi": act, "DiemTru": points}
        for act, points in draw.random.sample(_OFFENCES, draw.pick((0, 0, 0, 1, 2)))
    ]
    return {
        "SoGPLX": f"56{passed.year % 100:02d}9{number:07d}",
        "NguoiLai": {
            "HoVaTen": holder.full_name, "SoDinhDanh": holder.identity, "NgaySinh": holder.born.isoformat(),
            "DiaChi": {"MaTinh": "56", "MaXa": holder.residence, "ChiTiet": holder.address},
        },
        "Hang": classes, "NgayCap": passed.isoformat(), "NoiCap": "Sở Xây dựng Khánh Hòa",
        "TrangThai": draw.pick(("Còn hiệu lực",) * 9 + ("Tạm giữ",)), "ViPham": offences,
    }  # fmt: skip


def _vehicle(draw: Draw, number: int) -> Record:
    owner = draw.enterprise()
    chief = draw.province.people[owner.representative]
    plate = f"{draw.pick(('79', '85'))}B-{900 + number // 100:03d}.{number % 100:02d}"
    return {
        "BienSo": plate, "LoaiXe": draw.pick(("Xe khách", "Xe tải", "Taxi", "Xe hợp đồng")),
        "NhanHieu": draw.pick(("Nhãn hiệu A", "Nhãn hiệu B", "Nhãn hiệu C")), "NamSanXuat": draw.number(2008, 2026),
        "SoCho": draw.pick((2, 4, 7, 16, 29, 45)),
        "ChuXe": {"HoVaTen": chief.full_name, "SoDinhDanh": chief.identity, "MSDN": owner.number},
        "PhuHieu": f"PH56{number:06d}", "HanKiemDinh": (AS_OF + timedelta(days=draw.number(-60, 500))).isoformat(),
        "GiamSat": {"TocDoToiDa": draw.number(40, 110), "LanCuoi": draw.moment(3).isoformat()},
    }  # fmt: skip


def _route(draw: Draw, number: int) -> Record:
    places = draw.random.sample(draw.province.communes, draw.number(2, 6))
    carriers = [draw.enterprise() for _ in range(draw.number(1, 2))]
    stops: list[Json] = [
        {"ThuTu": order, "TenTram": f"Trạm {one.short_name}", "MaDVHC": one.code} for order, one in enumerate(places, 1)
    ]
    return {
        "MaTuyen": f"T56{number:04d}", "TenTuyen": f"{places[0].short_name} – {places[-1].short_name}",
        "LoaiTuyen": draw.pick(("Xe buýt", "Cố định nội tỉnh")), "CuLy": draw.measure(6, 140), "MaDVHC": places[0].code,
        "Tram": stops, "DonViKhaiThac": [{"MSDN": one.number, "Ten": one.name} for one in carriers],
    }  # fmt: skip


def records(province: Province) -> Records:
    """Driving licences, vehicles and routes; drivers and owners are citizens, carriers enterprises of the province."""
    draw = Draw(province, "giaothong")
    return {
        LICENCES.code: [_licence(draw, holder, number) for number, holder in enumerate(draw.adults(3_000), start=1)],
        VEHICLES.code: [_vehicle(draw, number) for number in range(1, 1_501)],
        ROUTES.code: [_route(draw, number) for number in range(1, 1_011)],
    }


def select(operation: str, asked: Mapping[str, str], held: Records) -> Sequence[Record]:
    """The records that one SOAP operation answers, before paging; none when nothing fits."""
    if operation == "TraCuuGPLX":
        return [
            one for one in held[LICENCES.code]
            if matches(one, "SoGPLX", asked.get("SoGPLX")) and matches(one, "NguoiLai.SoDinhDanh",
            asked.get("SoDinhDanh"))
        ]  # fmt: skip
    if operation == "TraCuuPhuongTien":
        return [one for one in held[VEHICLES.code] if one["BienSo"] == asked["BienSo"]]
    return [one for one in held[ROUTES.code] if matches(one, "Tram[].MaDVHC", asked.get("MaDVHC"))]
