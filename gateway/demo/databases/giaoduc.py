"""What does the education database (Sở GD&ĐT) hold?"""

from datetime import date

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.people import Citizen
from gateway.demo.province import Province
from gateway.demo.units import COMMUNES

SCHOOLS = DataObject(
    code="truong",
    title_vi="Trường học",
    technology=Technology.SQL,
    source="truong",
    columns=columns("""
        MaTruong  | ma_truong  | string  | open | k | Mã trường
        TenTruong | ten_truong | string  | open | f | Tên trường
        CapHoc    | cap_hoc    | string  | open | f | Cấp học
        LoaiHinh  | loai_hinh  | string  | open | f | Loại hình
        MaDVHC    | ma_dvhc    | string  | open | f | Mã đơn vị hành chính cấp xã
        DiaChi    | dia_chi    | string  | open | - | Địa chỉ
        SoLop     | so_lop     | integer | open | - | Số lớp
        DatChuan  | dat_chuan  | boolean | open | f | Đạt chuẩn quốc gia
    """),
)

PUPILS = DataObject(
    code="hoc-sinh",
    title_vi="Học sinh",
    technology=Technology.SQL,
    source="hoc_sinh",
    subjects=("SoDinhDanh",),
    columns=columns("""
        MaHocSinh  | ma_hoc_sinh  | string  | internal  | k | Mã học sinh
        SoDinhDanh | so_dinh_danh | string  | personal  | f | Số định danh cá nhân
        HoVaTen    | ho_va_ten    | string  | personal  | - | Họ và tên
        NgaySinh   | ngay_sinh    | date    | personal  | - | Ngày sinh
        GioiTinh   | gioi_tinh    | string  | personal  | - | Giới tính
        DanToc     | dan_toc      | string  | sensitive | - | Dân tộc
        MaTruong   | ma_truong    | string  | internal  | f | Mã trường
        Lop        | lop          | string  | internal  | f | Lớp
        NamHoc     | nam_hoc      | string  | internal  | f | Năm học
        HoTenCha   | ho_ten_cha   | string  | personal  | - | Họ tên cha
        HoTenMe    | ho_ten_me    | string  | personal  | - | Họ tên mẹ
        XepLoai    | xep_loai     | string  | personal  | - | Kết quả học tập
        KhuyetTat  | khuyet_tat   | boolean | sensitive | - | Khuyết tật
        DienChinhSach | dien_chinh_sach | string | sensitive | - | Diện chính sách
        TrangThai  | trang_thai   | string  | internal  | f | Trạng thái
    """),
)

DIPLOMAS = DataObject(
    code="van-bang",
    title_vi="Văn bằng, chứng chỉ",
    technology=Technology.SQL,
    source="van_bang",
    subjects=("SoDinhDanh",),
    columns=columns("""
        SoHieuVanBang | so_hieu      | string  | internal | k | Số hiệu văn bằng
        SoDinhDanh    | so_dinh_danh | string  | personal | f | Số định danh cá nhân
        HoVaTen       | ho_va_ten    | string  | personal | - | Họ và tên
        NgaySinh      | ngay_sinh    | date    | personal | - | Ngày sinh
        LoaiVanBang   | loai         | string  | internal | f | Loại văn bằng
        NamTotNghiep  | nam          | integer | internal | f | Năm tốt nghiệp
        XepLoai       | xep_loai     | string  | personal | - | Xếp loại tốt nghiệp
        MaTruong      | ma_truong    | string  | internal | f | Mã trường
        SoVaoSo       | so_vao_so    | string  | internal | - | Số vào sổ gốc
        NgayCap       | ngay_cap     | date    | internal | f | Ngày cấp
    """),
)

DATABASE = Database(
    code="giaoduc",
    title_vi="Giáo dục – đào tạo",
    technology=Technology.SQL,
    source="sql/giaoduc.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(SCHOOLS, PUPILS, DIPLOMAS),
)

_LEVELS = (
    ("MN", "Mầm non"),
    ("TH", "Tiểu học"),
    ("TH2", "Tiểu học"),
    ("CS", "Trung học cơ sở"),
    ("PT", "Trung học phổ thông"),
)


def _level(age: int) -> tuple[str, int]:
    """The school's mark and the grade at this age."""
    if age <= 5:
        return "MN", 0
    return ("TH" if age <= 10 else "CS" if age <= 14 else "PT"), age - 5


def _parent(province: Province, identity: str) -> str | None:
    found: Citizen | None = province.citizen(identity)
    return found.full_name if found else None


def _schools(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for place in COMMUNES:
        for mark, level in _LEVELS:
            rows.append((
                f"56{place.code}{mark}", f"Trường {level} {place.short_name}" + (" số 2" if mark == "TH2" else ""),
                level,
                draw.pick(("Công lập", "Công lập", "Công lập", "Tư thục")), place.code, place.full_name,
                draw.number(6, 42), draw.chance(60),
            ))  # fmt: skip
    for number in range(1, 701):
        place = draw.commune()
        rows.append((
            f"56NT{number:05d}", f"Nhóm trẻ độc lập {place.short_name} {number}", "Mầm non", "Tư thục", place.code,
            place.full_name, draw.number(1, 5), False,
        ))  # fmt: skip
    return rows


def _diplomas(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number, citizen in enumerate(draw.random.sample(draw.aged(19, 45), 4_000), start=1):
        year = citizen.born.year + 18
        rows.append((
            f"PT{year % 100:02d}{number:06d}", citizen.identity, citizen.full_name, citizen.born,
            "Bằng tốt nghiệp THPT",
            year, draw.pick(("Trung bình", "Khá", "Khá", "Giỏi")), f"56{citizen.residence}PT",
            f"{number:06d}/THPT", date(year, 7, draw.number(1, 28)),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of the three tables; pupils are the province's children, with their parents."""
    draw = Draw(province, "giaoduc")
    pupils: list[Row] = []
    for number, child in enumerate(draw.aged(3, 17), start=1):
        mark, grade = _level(child.age())
        pupils.append((
            f"HS56{number:07d}", child.identity, child.full_name, child.born, child.sex, child.ethnic,
            f"56{child.residence}{mark}", f"{grade}{draw.pick('ABC')}" if grade else "Lá", "2026-2027",
            _parent(province, child.father), _parent(province, child.mother), draw.pick(("Tốt", "Khá", "Đạt")),
            draw.chance(1), "Hộ nghèo" if draw.chance(5) else None, "Đang học",
        ))  # fmt: skip
    return {SCHOOLS.code: _schools(draw), PUPILS.code: pupils, DIPLOMAS.code: _diplomas(draw)}
