"""What does the tourism database (Sở VHTTDL) answer?"""

from datetime import timedelta

from adapters.contract import Json
from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records
from gateway.demo.province import Province

LODGINGS = DataObject(
    code="co-so-luu-tru",
    title_vi="Cơ sở lưu trú du lịch",
    technology=Technology.REST,
    source="",
    subjects=("NguoiQuanLy.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm cơ sở lưu trú",
            method="GET",
            path="/co-so-luu-tru",
            rows="items[]",
            parameters=("MaDVHC", "HangSao", "MSDN", "offset", "limit"),
            envelope=(("total", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết cơ sở lưu trú", method="GET", path="/co-so-luu-tru/{MaCSLT}", rows=""
        ),
    ),
    columns=columns("""
        MaCSLT                  | = | string  | open      | k | Mã cơ sở lưu trú
        TenCoSo                 | = | string  | open      | - | Tên cơ sở
        LoaiHinh                | = | string  | open      | - | Loại hình
        MSDN                    | = | string  | open      | f | Mã số doanh nghiệp
        HangSao                 | = | integer | open      | f | Hạng sao
        SoPhong                 | = | integer | open      | - | Số phòng
        MaDVHC                  | = | string  | open      | f | Mã đơn vị hành chính cấp xã
        DiaChi                  | = | string  | open      | - | Địa chỉ
        ViTri.KinhDo            | = | number  | open      | - | Kinh độ
        ViTri.ViDo              | = | number  | open      | - | Vĩ độ
        NguoiQuanLy.HoVaTen     | = | string  | personal  | - | Người quản lý
        NguoiQuanLy.SoDinhDanh  | = | string  | personal  | - | Số định danh người quản lý
        NguoiQuanLy.DienThoai   | = | string  | personal  | - | Điện thoại người quản lý
        ThanhTra[].Ngay         | = | date    | internal  | - | Ngày kiểm tra
        ThanhTra[].KetQua       | = | string  | internal  | - | Kết quả kiểm tra
        ThanhTra[].TienPhat     | = | integer | sensitive | - | Tiền phạt (đồng)
    """),
)

GUIDES = DataObject(
    code="huong-dan-vien",
    title_vi="Hướng dẫn viên du lịch",
    technology=Technology.REST,
    source="",
    subjects=("SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm hướng dẫn viên",
            method="GET",
            path="/huong-dan-vien",
            rows="items[]",
            parameters=("LoaiThe", "TrangThai", "offset", "limit"),
            envelope=(("total", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet",
            title_vi="Tra cứu thẻ hướng dẫn viên",
            method="GET",
            path="/huong-dan-vien/{SoThe}",
            rows="",
        ),
    ),
    columns=columns("""
        SoThe       | = | string | open     | k | Số thẻ
        LoaiThe     | = | string | open     | f | Loại thẻ
        HoVaTen     | = | string | personal | - | Họ và tên
        SoDinhDanh  | = | string | personal | - | Số định danh cá nhân
        NgaySinh    | = | date   | personal | - | Ngày sinh
        NgoaiNgu[].Ten    | = | string | open | - | Ngoại ngữ
        NgoaiNgu[].TrinhDo| = | string | open | - | Trình độ ngoại ngữ
        NgayCap     | = | date   | open     | - | Ngày cấp
        NgayHetHan  | = | date   | open     | - | Ngày hết hạn
        TrangThai   | = | string | open     | f | Trạng thái thẻ
    """),
)

DATABASE = Database(
    code="dulich",
    title_vi="Du lịch",
    technology=Technology.REST,
    source="",
    mount="/dulich",
    proof=Proof.API_KEY,
    objects=(LODGINGS, GUIDES),
)


def _lodging(draw: Draw, number: int) -> Record:
    owner = draw.enterprise()
    chief = draw.province.people[owner.representative]
    checks: list[Json] = [
        {
            "Ngay": draw.day(3).isoformat(), "KetQua": draw.pick(("Đạt", "Nhắc nhở", "Xử phạt")),
            "TienPhat": draw.pick((0, 0, 5_000_000)), "TruongDoan": draw.adult().full_name,
        }
        for _ in range(draw.number(0, 3))
    ]  # fmt: skip
    return {
        "MaCSLT": f"CSLT56{number:05d}", "TenCoSo": f"Khách sạn {owner.short_name} {number}",
        "LoaiHinh": draw.pick(("Khách sạn", "Căn hộ du lịch", "Nhà nghỉ", "Homestay", "Khu nghỉ dưỡng")),
        "MSDN": owner.number, "HangSao": draw.pick((0, 1, 2, 2, 3, 3, 4, 5)), "SoPhong": draw.number(6, 420),
        "MaDVHC": owner.residence, "DiaChi": owner.address,
        "ViTri": {"KinhDo": draw.measure(108.9, 109.3, digits=5), "ViDo": draw.measure(11.5, 12.7, digits=5)},
        "NguoiQuanLy": {"HoVaTen": chief.full_name, "SoDinhDanh": chief.identity, "DienThoai": chief.phone},
        "ThanhTra": checks, "doanhThuNam": draw.number(1, 900) * 100_000_000,
    }  # fmt: skip


def _guide(draw: Draw, number: int) -> Record:
    person = draw.adult()
    granted = draw.day(5)
    tongues: list[Json] = [
        {"Ten": tongue, "TrinhDo": draw.pick(("B2", "C1", "Đại học"))}
        for tongue in draw.random.sample(("Anh", "Nga", "Trung", "Hàn", "Pháp"), draw.number(1, 2))
    ]
    return {
        "SoThe": f"156{number:06d}", "LoaiThe": draw.pick(("Quốc tế", "Nội địa", "Tại điểm")),
        "HoVaTen": person.full_name,
        "SoDinhDanh": person.identity, "NgaySinh": person.born.isoformat(), "NgoaiNgu": tongues,
        "NgayCap": granted.isoformat(), "NgayHetHan": (granted + timedelta(days=1_826)).isoformat(),
        "TrangThai": draw.pick(("Còn hiệu lực",) * 9 + ("Thu hồi",)), "anhThe": f"/anh/{number:06d}.jpg",
        "DienThoai": person.phone,
    }  # fmt: skip


def records(province: Province) -> Records:
    """Lodgings and guides. Undocumented: the revenue, who led an inspection, the guide's picture and telephone."""
    draw = Draw(province, "dulich")
    return {
        LODGINGS.code: [_lodging(draw, number) for number in range(1, 1_201)],
        GUIDES.code: [_guide(draw, number) for number in range(1, 1_101)],
    }
