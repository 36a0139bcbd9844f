"""What does the construction and planning database (Sở Xây dựng) hold?"""

from gateway.demo.databases.datdai import PARCELS, parcels
from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.province import Province

PERMITS = DataObject(
    code="giay-phep",
    title_vi="Giấy phép xây dựng",
    technology=Technology.SQL,
    source="giay_phep",
    subjects=("SoDinhDanhChuDauTu",),
    columns=columns("""
        SoGPXD             | so_gpxd         | string  | internal | k | Số giấy phép xây dựng
        NgayCap            | ngay_cap        | date    | internal | f | Ngày cấp
        MaDVHC             | ma_dvhc         | string  | open     | f | Mã đơn vị hành chính cấp xã
        MaThua             | ma_thua         | string  | internal | f | Mã thửa đất
        TenChuDauTu        | ten_cdt         | string  | personal | - | Chủ đầu tư
        SoDinhDanhChuDauTu | so_dinh_danh    | string  | personal | f | Số định danh chủ đầu tư
        DiaDiem            | dia_diem        | string  | personal | - | Địa điểm xây dựng
        LoaiCongTrinh      | loai_cong_trinh | string  | internal | f | Loại công trình
        SoTang             | so_tang         | integer | internal | - | Số tầng
        DienTichSan        | dien_tich_san   | number  | internal | - | Tổng diện tích sàn (m²)
        TrangThai          | trang_thai      | string  | internal | f | Trạng thái
    """),
)

PLANS = DataObject(
    code="quy-hoach",
    title_vi="Đồ án quy hoạch",
    technology=Technology.SQL,
    source="quy_hoach",
    columns=columns("""
        MaQuyHoach | ma_quy_hoach | string  | open     | k | Mã đồ án quy hoạch
        TenDoAn    | ten_do_an    | string  | open     | - | Tên đồ án
        CapDo      | cap_do       | string  | open     | f | Cấp độ quy hoạch
        MaDVHC     | ma_dvhc      | string  | open     | f | Mã đơn vị hành chính cấp xã
        DienTich   | dien_tich    | number  | open     | - | Quy mô (ha)
        SoQD       | so_qd        | string  | open     | f | Số quyết định phê duyệt
        NgayQD     | ngay_qd      | date    | open     | f | Ngày quyết định
        CoQuan     | co_quan      | string  | open     | - | Cơ quan phê duyệt
        TrangThai  | trang_thai   | string  | internal | f | Trạng thái
    """),
)

DATABASE = Database(
    code="xaydung",
    title_vi="Xây dựng – quy hoạch",
    technology=Technology.SQL,
    source="sql/xaydung.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(PERMITS, PLANS),
)


def tables(province: Province) -> Tables:
    """The rows of both tables; a permit stands on a parcel of the land database and belongs to its owner."""
    draw = Draw(province, "xaydung")
    permits: list[Row] = []
    for number, parcel in enumerate(draw.random.sample(parcels(province), 2_400), start=1):
        owner = province.people[str(parcel[PARCELS.position("SoDinhDanhChu")])]
        floors = draw.number(1, 6)
        permits.append((
            f"{number:05d}/GPXD", draw.day(6), parcel[PARCELS.position("MaDVHC")],
            parcel[PARCELS.position("MaThua")], owner.full_name, owner.identity, parcel[PARCELS.position("DiaChiThua")],
            draw.pick(("Nhà ở riêng lẻ", "Nhà ở riêng lẻ", "Nhà xưởng", "Khách sạn", "Công trình dịch vụ")), floors,
            draw.measure(60, 220) * floors, draw.pick(("Đang hiệu lực", "Đã hoàn công", "Hết hiệu lực")),
        ))  # fmt: skip
    plans: list[Row] = []
    for number in range(1, 1_051):
        place = draw.commune()
        level = draw.pick(("Quy hoạch chung", "Quy hoạch phân khu", "Quy hoạch chi tiết", "Quy hoạch nông thôn"))
        plans.append((
            f"QH{number:05d}", f"{level} khu vực {number} {place.name}", level, place.code, draw.measure(5, 900),
            f"{draw.number(100, 3900)}/QĐ-UBND", draw.day(10), "Ủy ban nhân dân tỉnh Khánh Hòa",
            draw.pick(("Đang hiệu lực", "Đang điều chỉnh", "Hết hiệu lực")),
        ))  # fmt: skip
    return {PERMITS.code: permits, PLANS.code: plans}
