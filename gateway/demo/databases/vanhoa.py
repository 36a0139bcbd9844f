"""What does the culture, sport and heritage database (Sở VHTTDL) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.province import Province

MONUMENTS = DataObject(
    code="di-tich",
    title_vi="Di tích",
    technology=Technology.CSV,
    source="di-tich.csv",
    columns=columns("""
        MaDiTich   | Mã di tích         | string | open     | k | Mã di tích
        TenDiTich  | Tên di tích        | string | open     | f | Tên di tích
        LoaiHinh   | Loại hình          | string | open     | f | Loại hình di tích
        CapXepHang | Cấp xếp hạng       | string | open     | f | Cấp xếp hạng
        SoQD       | Số quyết định      | string | open     | - | Số quyết định xếp hạng
        NgayQD     | Ngày quyết định    | date   | open     | f | Ngày quyết định
        MaDVHC     | Mã ĐVHC            | string | open     | f | Mã đơn vị hành chính cấp xã
        DienTich   | Diện tích (m²)     | number | open     | - | Diện tích khu vực bảo vệ (m²)
        ThuTu      | Thủ từ             | string | personal | - | Người trông coi
        DienThoai  | Điện thoại         | string | personal | - | Điện thoại người trông coi
    """),
)

FACILITIES = DataObject(
    code="thiet-che",
    title_vi="Thiết chế văn hóa, thể thao",
    technology=Technology.CSV,
    source="thiet-che.csv",
    columns=columns("""
        MaThietChe  | Mã thiết chế  | string  | open     | k | Mã thiết chế
        TenThietChe | Tên thiết chế | string  | open     | f | Tên thiết chế
        Loai        | Loại          | string  | open     | f | Loại thiết chế
        MaDVHC      | Mã ĐVHC       | string  | open     | f | Mã đơn vị hành chính cấp xã
        SucChua     | Sức chứa      | integer | open     | - | Sức chứa (chỗ)
        NamXayDung  | Năm xây dựng  | integer | open     | f | Năm xây dựng
        TinhTrang   | Tình trạng    | string  | internal | f | Tình trạng
    """),
)

DATABASE = Database(
    code="vanhoa",
    title_vi="Văn hóa – thể thao – di sản",
    technology=Technology.CSV,
    source="files/vanhoa",
    mount="",
    proof=Proof.NONE,
    objects=(MONUMENTS, FACILITIES),
)


def _monuments(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, 1_101):
        place, keeper = draw.commune(), draw.adult()
        kind = draw.pick(("Đình", "Chùa", "Miếu", "Lăng", "Tháp", "Nhà cổ", "Địa điểm"))
        rows.append((
            f"DT56{number:05d}", f"{kind} {place.short_name} {number}",
            draw.pick(("Kiến trúc nghệ thuật", "Lịch sử", "Khảo cổ", "Danh lam thắng cảnh")),
            draw.pick(("Cấp tỉnh",) * 8 + ("Quốc gia", "Quốc gia đặc biệt")), f"{draw.number(100, 3900)}/QĐ-UBND",
            draw.day(25), place.code, draw.measure(300, 12_000), keeper.full_name, keeper.phone,
        ))  # fmt: skip
    return rows


def _facilities(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, 1_061):
        place = draw.commune()
        kind = draw.pick(("Nhà văn hóa", "Sân thể thao", "Thư viện", "Trung tâm văn hóa – thể thao", "Bảo tàng"))
        rows.append((
            f"TC56{number:05d}", f"{kind} {place.short_name} {number}", kind, place.code, draw.number(50, 2_000),
            draw.number(1985, 2026), draw.pick(("Tốt", "Khá", "Xuống cấp")),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of both files."""
    return {
        MONUMENTS.code: _monuments(Draw(province, "di-tich")),
        FACILITIES.code: _facilities(Draw(province, "thiet-che")),
    }
