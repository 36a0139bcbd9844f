"""What does the land and land-price database (Sở NN&MT) hold?"""

from datetime import date

from gateway.demo import names
from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.province import Province
from gateway.demo.units import COMMUNES, commune

PARCELS = DataObject(
    code="thua-dat",
    title_vi="Thửa đất và giấy chứng nhận",
    technology=Technology.SQL,
    source="thua_dat",
    subjects=("SoDinhDanhChu",),
    columns=columns("""
        MaThua        | ma_thua          | string  | internal | k | Mã thửa đất (mã xã, số tờ, số thửa)
        SoTo          | so_to            | integer | internal | f | Số tờ bản đồ
        SoThua        | so_thua          | integer | internal | f | Số thửa
        MaDVHC        | ma_dvhc          | string  | open     | f | Mã đơn vị hành chính cấp xã
        TenDVHC       | ten_dvhc         | string  | open     | - | Tên xã, phường, đặc khu
        DiaChiThua    | dia_chi_thua     | string  | personal | - | Địa chỉ thửa đất
        DienTich      | dien_tich        | number  | internal | f | Diện tích (m²)
        LoaiDat       | loai_dat         | string  | internal | f | Mã loại đất
        MucDich       | muc_dich         | string  | internal | - | Mục đích sử dụng
        ThoiHan       | thoi_han         | string  | internal | - | Thời hạn sử dụng
        SoGCN         | so_gcn           | string  | internal | f | Số giấy chứng nhận
        NgayCapGCN    | ngay_cap_gcn     | date    | internal | f | Ngày cấp giấy chứng nhận
        TenChu        | ten_chu          | string  | personal | - | Tên chủ sử dụng
        SoDinhDanhChu | so_dinh_danh_chu | string  | personal | f | Số định danh của chủ sử dụng
        TheChap       | the_chap         | boolean | personal | - | Đang thế chấp
        TranhChap     | tranh_chap       | string  | sensitive| - | Ghi chú tranh chấp
        CapNhatLuc    | cap_nhat_luc     | datetime| internal | f | Thời điểm cập nhật
    """),
)

PRICES = DataObject(
    code="bang-gia",
    title_vi="Bảng giá đất",
    technology=Technology.SQL,
    source="bang_gia",
    columns=columns("""
        MaGia      | ma_gia       | string  | open | k | Mã dòng giá
        MaDVHC     | ma_dvhc      | string  | open | f | Mã đơn vị hành chính cấp xã
        TenDuong   | ten_duong    | string  | open | f | Tên đường, đoạn đường
        ViTri      | vi_tri       | integer | open | f | Vị trí
        LoaiDat    | loai_dat     | string  | open | f | Mã loại đất
        DonGia     | don_gia      | integer | open | - | Đơn giá (đồng/m²)
        ApDungTu   | ap_dung_tu   | date    | open | f | Áp dụng từ ngày
        QuyetDinh  | quyet_dinh   | string  | open | - | Quyết định ban hành
    """),
)

DATABASE = Database(
    code="datdai",
    title_vi="Đất đai và bảng giá đất",
    technology=Technology.SQL,
    source="sql/datdai.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(PARCELS, PRICES),
)

AS_FROM = date(2026, 1, 1)
_USES = (
    ("ODT", "Đất ở tại đô thị", "Lâu dài"),
    ("ONT", "Đất ở tại nông thôn", "Lâu dài"),
    ("CLN", "Đất trồng cây lâu năm", "50 năm"),
    ("LUC", "Đất chuyên trồng lúa", "50 năm"),
    ("NTS", "Đất nuôi trồng thủy sản", "50 năm"),
    ("SKC", "Đất cơ sở sản xuất phi nông nghiệp", "50 năm"),
)


def parcels(province: Province) -> list[Row]:
    """The parcels, in the order of their columns; every owner is a citizen of the province."""
    draw = Draw(province, "datdai")
    rows: list[Row] = []
    for number in range(1, 9_001):
        owner = draw.adult()
        place = commune(owner.residence)
        sheet, parcel = draw.number(1, 90), number % 1_000 + 1
        use, purpose, term = draw.pick(_USES[1:] if place.kind == "Xã" else _USES)
        granted = draw.day(18)
        rows.append((
            f"{place.code}-{sheet:03d}-{parcel:04d}-{number:05d}", sheet, parcel, place.code, place.name,
            f"{names.street_address(draw.random, place.kind)}, {place.full_name}", draw.measure(45, 4_800),
            use, purpose, term, f"CS{number:06d}", granted, owner.full_name, owner.identity, draw.chance(22),
            draw.pick(("Ranh giới", "Thừa kế")) if draw.chance(2) else None, draw.moment(400),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of both tables."""
    draw = Draw(province, "bang-gia")
    prices: list[Row] = []
    for place in COMMUNES:
        for street in draw.random.sample(names.STREETS, 6):
            for position in range(1, 5):
                use = "ODT" if place.kind == "Phường" else "ONT"
                price = draw.number(8, 270 if place.kind == "Phường" else 40) * 100_000 * (5 - position)
                prices.append((
                    f"BG2026-{len(prices) + 1:05d}", place.code, street, position, use, price, AS_FROM,
                    "88/2025/QĐ-UBND"
                ))  # fmt: skip
    return {PARCELS.code: parcels(province), PRICES.code: prices}
