"""What does the natural resources and environment database (Sở NN&MT) hold?"""

from datetime import datetime, timedelta

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import HANOI, Draw, Row, Tables
from gateway.demo.province import Province

STATIONS = DataObject(
    code="tram",
    title_vi="Trạm quan trắc",
    technology=Technology.CSV,
    source="tram.csv",
    columns=columns("""
        MaTram     | Mã trạm          | string | open | k | Mã trạm
        TenTram    | Tên trạm         | string | open | f | Tên trạm
        LoaiTram   | Loại trạm        | string | open | f | Loại trạm
        MaDVHC     | Mã ĐVHC          | string | open | f | Mã đơn vị hành chính cấp xã
        KinhDo     | Kinh độ          | number | open | - | Kinh độ
        ViDo       | Vĩ độ            | number | open | - | Vĩ độ
        DonVi      | Đơn vị vận hành  | string | open | - | Đơn vị vận hành
        HoatDongTu | Hoạt động từ     | date   | open | f | Hoạt động từ ngày
    """),
)

READINGS = DataObject(
    code="quan-trac",
    title_vi="Số liệu quan trắc",
    technology=Technology.PARQUET,
    source="quan-trac-*.parquet",
    columns=columns("""
        MaQuanTrac | Mã quan trắc | string   | open     | k | Mã lần đo
        MaTram     | Mã trạm      | string   | open     | f | Mã trạm
        ThongSo    | Thông số     | string   | open     | f | Thông số
        GiaTri     | Giá trị      | number   | open     | - | Giá trị
        DonViDo    | Đơn vị đo    | string   | open     | - | Đơn vị đo
        ThoiDiem   | Thời điểm    | datetime | open     | f | Thời điểm đo
        VuotChuan  | Vượt chuẩn   | boolean  | open     | f | Vượt quy chuẩn
        NguoiDo    | Người đo     | string   | personal | - | Người đo
    """),
)

LICENCES = DataObject(
    code="giay-phep",
    title_vi="Giấy phép môi trường, khoáng sản, tài nguyên nước",
    technology=Technology.CSV,
    source="giay-phep-*.csv",
    subjects=("SoDinhDanhNDD",),
    columns=columns("""
        SoGiayPhep    | Số giấy phép            | string  | open     | k | Số giấy phép
        LoaiGiayPhep  | Loại giấy phép          | string  | open     | f | Loại giấy phép
        MSDN          | Mã số doanh nghiệp      | string  | open     | f | Mã số doanh nghiệp
        TenToChuc     | Tên tổ chức             | string  | open     | - | Tên tổ chức
        NguoiDaiDien  | Người đại diện          | string  | personal | - | Người đại diện
        SoDinhDanhNDD | Số định danh NĐD        | string  | personal | f | Số định danh người đại diện
        MaDVHC        | Mã ĐVHC                 | string  | open     | f | Mã đơn vị hành chính cấp xã
        NgayCap       | Ngày cấp                | date    | open     | f | Ngày cấp
        NgayHetHan    | Ngày hết hạn            | date    | open     | f | Ngày hết hạn
        LuuLuong      | Lưu lượng (m³/ngày)     | number  | internal | - | Lưu lượng hoặc công suất (m³/ngày)
    """),
)

DATABASE = Database(
    code="tnmt",
    title_vi="Tài nguyên – môi trường",
    technology=Technology.CSV,
    source="files/tnmt",
    mount="",
    proof=Proof.NONE,
    objects=(STATIONS, READINGS, LICENCES),
)

_MEASURES = (
    ("pH", "", 6.0, 9.0, 8.5),
    ("DO", "mg/l", 3.0, 8.0, 7.5),
    ("COD", "mg/l", 5.0, 40.0, 30.0),
    ("PM2.5", "µg/m³", 8.0, 70.0, 50.0),
    ("Độ mặn", "‰", 0.1, 34.0, 33.0),
    ("Mực nước", "cm", 20.0, 400.0, 350.0),
)
_FIRST_MOMENT = datetime(2026, 8, 1, 6, 0, tzinfo=HANOI)  # three months of readings, one file a month
_DAYS = 90


def _stations(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, 1_021):
        place = draw.commune()
        kind = draw.pick(("Nước mặt", "Nước biển ven bờ", "Không khí", "Khí tượng thủy văn", "Nước dưới đất"))
        rows.append((
            f"QT{number:04d}", f"Trạm {kind.lower()} {place.short_name} {number}", kind, place.code,
            draw.measure(108.7, 109.4, digits=5), draw.measure(11.3, 12.8, digits=5),
            draw.pick(("Trung tâm Quan trắc môi trường", "Đài Khí tượng Thủy văn")), draw.day(12),
        ))  # fmt: skip
    return rows


def _readings(draw: Draw) -> list[Row]:
    observers = [one.full_name for one in draw.adults(20)]
    rows: list[Row] = []
    for station in range(1, 31):
        for day in range(_DAYS):
            name, unit, least, most, limit = draw.pick(_MEASURES)
            value = draw.measure(least, most, digits=2)
            rows.append((
                f"QT{station:04d}-{day:03d}", f"QT{station:04d}", name, value, unit,
                _FIRST_MOMENT + timedelta(days=day),
                value > limit, draw.pick(observers),
            ))  # fmt: skip
    return rows


def _licences(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, 1_301):
        holder = draw.enterprise()
        chief = draw.province.people[holder.representative]
        granted = draw.day(7)
        rows.append((
            f"{number:04d}/GP-UBND", draw.pick(("Giấy phép môi trường", "Khai thác khoáng sản", "Khai thác nước mặt")),
            holder.number, holder.name, chief.full_name, chief.identity, holder.residence, granted,
            granted + timedelta(days=3_652), draw.measure(20, 9_000),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of the three objects; readings lie in three months."""
    return {
        STATIONS.code: _stations(Draw(province, "tram")),
        READINGS.code: _readings(Draw(province, "quan-trac")),
        LICENCES.code: _licences(Draw(province, "giay-phep-tnmt")),
    }
