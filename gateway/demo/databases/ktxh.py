"""What does the open database of social and economic indicators (Văn phòng UBND, Thống kê) answer?"""

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records
from gateway.demo.province import Province
from gateway.demo.units import PROVINCE_CODE

INDICATORS = DataObject(
    code="chi-tieu",
    title_vi="Chỉ tiêu kinh tế – xã hội",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh mục chỉ tiêu",
            method="GET",
            path="/chi-tieu",
            rows="data[]",
            parameters=("LinhVuc",),
            envelope=(("count", FieldType.INTEGER),),
        ),
    ),
    columns=columns("""
        MaChiTieu  | = | string | open | k | Mã chỉ tiêu
        TenChiTieu | = | string | open | - | Tên chỉ tiêu
        DonViTinh  | = | string | open | - | Đơn vị tính
        LinhVuc    | = | string | open | f | Lĩnh vực
        ChuKy      | = | string | open | - | Chu kỳ báo cáo
    """),
)

FIGURES = DataObject(
    code="so-lieu",
    title_vi="Số liệu chỉ tiêu theo kỳ",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Số liệu của một chỉ tiêu",
            method="GET",
            path="/so-lieu",
            rows="data[]",
            parameters=("MaChiTieu", "KyBaoCao", "MaDVHC", "offset", "limit"),
            envelope=(("count", FieldType.INTEGER),),
        ),
    ),
    columns=columns("""
        MaSoLieu  | = | string | open | k | Mã số liệu
        MaChiTieu | = | string | open | f | Mã chỉ tiêu
        KyBaoCao  | = | string | open | f | Kỳ báo cáo
        MaDVHC    | = | string | open | f | Mã đơn vị hành chính
        GiaTri    | = | number | open | - | Giá trị
        GhiChu    | = | string | open | - | Ghi chú
    """),
)

DATABASE = Database(
    code="ktxh",
    title_vi="Chỉ tiêu kinh tế – xã hội",
    technology=Technology.REST,
    source="",
    mount="/ktxh",
    proof=Proof.NONE,
    objects=(INDICATORS, FIGURES),
)

_INDICATORS = (
    ("GRDP", "Tổng sản phẩm trên địa bàn", "tỷ đồng", "Kinh tế", 30_000.0),
    ("IIP", "Chỉ số sản xuất công nghiệp", "%", "Công nghiệp", 108.0),
    ("THU-NS", "Thu ngân sách nhà nước", "tỷ đồng", "Tài chính", 5_200.0),
    ("KHACH-DL", "Lượt khách lưu trú", "nghìn lượt", "Du lịch", 2_900.0),
    ("DT-DL", "Doanh thu du lịch", "tỷ đồng", "Du lịch", 14_000.0),
    ("CPI", "Chỉ số giá tiêu dùng", "%", "Kinh tế", 103.0),
    ("XK", "Kim ngạch xuất khẩu", "triệu USD", "Thương mại", 480.0),
    ("HO-NGHEO", "Tỷ lệ hộ nghèo", "%", "Xã hội", 3.1),
    ("DVC-TT", "Tỷ lệ hồ sơ trực tuyến toàn trình", "%", "Chuyển đổi số", 71.0),
    ("SAN-LUONG", "Sản lượng thủy sản", "nghìn tấn", "Nông nghiệp", 31.0),
)
_PERIODS = tuple(f"{year}-Q{quarter}" for year in (2024, 2025, 2026) for quarter in (1, 2, 3, 4))[:11]


def records(province: Province) -> Records:
    """Ten indicators over eleven quarters, for the province and ten communes."""
    draw = Draw(province, "ktxh")
    indicators: list[Record] = [
        {"MaChiTieu": code, "TenChiTieu": title, "DonViTinh": unit, "LinhVuc": field, "ChuKy": "Quý"}
        for code, title, unit, field, _ in _INDICATORS
    ]
    places = (PROVINCE_CODE, *(one.code for one in province.communes[:10]))
    figures: list[Record] = [
        {
            "MaSoLieu": f"{code}-{period}-{place}", "MaChiTieu": code, "KyBaoCao": period, "MaDVHC": place,
            "GiaTri": round(size * draw.measure(0.9, 1.1, digits=3) * (1 if place == PROVINCE_CODE else 0.04), 2),
            "GhiChu": "Số liệu minh họa",
        }
        for code, *_, size in _INDICATORS
        for period in _PERIODS
        for place in places
    ]  # fmt: skip
    return {INDICATORS.code: indicators, FIGURES.code: figures}
