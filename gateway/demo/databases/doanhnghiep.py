"""What does the database of enterprises, household businesses, cooperatives and projects (Sở Tài chính) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.province import Province

ENTERPRISES = DataObject(
    code="doanh-nghiep",
    title_vi="Doanh nghiệp",
    technology=Technology.SQL,
    source="doanh_nghiep",
    subjects=("SoDinhDanhNDD",),
    columns=columns("""
        MSDN           | msdn            | string  | open     | k | Mã số doanh nghiệp
        TenDoanhNghiep | ten             | string  | open     | f | Tên doanh nghiệp
        TenVietTat     | ten_viet_tat    | string  | open     | - | Tên viết tắt
        LoaiHinh       | loai_hinh       | string  | open     | f | Loại hình doanh nghiệp
        MaNganh        | ma_nganh        | string  | open     | f | Mã ngành chính (VSIC)
        TenNganh       | ten_nganh       | string  | open     | - | Tên ngành chính
        MaDVHC         | ma_dvhc         | string  | open     | f | Mã đơn vị hành chính cấp xã
        DiaChi         | dia_chi         | string  | open     | - | Địa chỉ trụ sở
        VonDieuLe      | von_dieu_le     | integer | internal | f | Vốn điều lệ (đồng)
        NgayThanhLap   | ngay_thanh_lap  | date    | open     | f | Ngày thành lập
        TrangThai      | trang_thai      | string  | open     | f | Trạng thái hoạt động
        NguoiDaiDien   | nguoi_dai_dien  | string  | personal | - | Người đại diện theo pháp luật
        SoDinhDanhNDD  | so_dinh_danh    | string  | personal | f | Số định danh người đại diện
        DienThoai      | dien_thoai      | string  | personal | - | Điện thoại
        SoLaoDong      | so_lao_dong     | integer | internal | - | Số lao động
    """),
)

HOUSEHOLD_BUSINESSES = DataObject(
    code="ho-kinh-doanh",
    title_vi="Hộ kinh doanh",
    technology=Technology.SQL,
    source="ho_kinh_doanh",
    subjects=("SoDinhDanhChuHo",),
    columns=columns("""
        MaHKD           | ma_hkd       | string  | open     | k | Mã hộ kinh doanh
        TenHKD          | ten          | string  | open     | f | Tên hộ kinh doanh
        NganhNghe       | nganh_nghe   | string  | open     | f | Ngành nghề
        MaDVHC          | ma_dvhc      | string  | open     | f | Mã đơn vị hành chính cấp xã
        DiaChi          | dia_chi      | string  | open     | - | Địa chỉ kinh doanh
        ChuHo           | chu_ho       | string  | personal | - | Chủ hộ kinh doanh
        SoDinhDanhChuHo | so_dinh_danh | string  | personal | f | Số định danh chủ hộ
        VonKinhDoanh    | von          | integer | internal | - | Vốn kinh doanh (đồng)
        NgayDangKy      | ngay_dang_ky | date    | open     | f | Ngày đăng ký
        TrangThai       | trang_thai   | string  | open     | f | Trạng thái
    """),
)

COOPERATIVES = DataObject(
    code="hop-tac-xa",
    title_vi="Hợp tác xã",
    technology=Technology.SQL,
    source="hop_tac_xa",
    subjects=("SoDinhDanhGiamDoc",),
    columns=columns("""
        MaHTX             | ma_htx       | string  | open     | k | Mã số hợp tác xã
        TenHTX            | ten          | string  | open     | f | Tên hợp tác xã
        LinhVuc           | linh_vuc     | string  | open     | f | Lĩnh vực
        MaDVHC            | ma_dvhc      | string  | open     | f | Mã đơn vị hành chính cấp xã
        SoThanhVien       | so_thanh_vien| integer | open     | - | Số thành viên
        GiamDoc           | giam_doc     | string  | personal | - | Giám đốc
        SoDinhDanhGiamDoc | so_dinh_danh | string  | personal | f | Số định danh giám đốc
        VonDieuLe         | von_dieu_le  | integer | internal | - | Vốn điều lệ (đồng)
    """),
)

PROJECTS = DataObject(
    code="du-an",
    title_vi="Dự án đầu tư",
    technology=Technology.SQL,
    source="du_an",
    columns=columns("""
        MaDuAn     | ma_du_an    | string  | open     | k | Mã dự án
        TenDuAn    | ten_du_an   | string  | open     | - | Tên dự án
        MSDN       | msdn        | string  | open     | f | Mã số doanh nghiệp của nhà đầu tư
        MaDVHC     | ma_dvhc     | string  | open     | f | Mã đơn vị hành chính cấp xã
        LinhVuc    | linh_vuc    | string  | open     | f | Lĩnh vực
        TongMuc    | tong_muc    | integer | internal | f | Tổng mức đầu tư (đồng)
        NgayCap    | ngay_cap    | date    | open     | f | Ngày cấp chủ trương đầu tư
        TienDo     | tien_do     | string  | internal | f | Tiến độ
    """),
)

DATABASE = Database(
    code="doanhnghiep",
    title_vi="Doanh nghiệp – hộ kinh doanh – hợp tác xã – dự án",
    technology=Technology.SQL,
    source="sql/doanhnghiep.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(ENTERPRISES, HOUSEHOLD_BUSINESSES, COOPERATIVES, PROJECTS),
)


def _projects(province: Province) -> list[Row]:
    draw = Draw(province, "du-an")
    rows: list[Row] = []
    for number in range(1, 1_201):
        investor = draw.enterprise()
        field = draw.pick(("Du lịch", "Năng lượng tái tạo", "Công nghiệp", "Nông nghiệp", "Hạ tầng", "Nhà ở"))
        rows.append((
            f"DA56{number:05d}", f"Dự án {field.lower()} {investor.short_name} {number}", investor.number,
            draw.commune().code, field, draw.number(5, 4_000) * 1_000_000_000, draw.day(9),
            draw.pick(("Chuẩn bị đầu tư", "Đang thực hiện", "Hoàn thành", "Chậm tiến độ")),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of the four tables, as the province knows its enterprises."""
    people = province.people
    return {
        ENTERPRISES.code: [
            (
                one.number, one.name, one.short_name, one.kind, one.trade, one.trade_name, one.residence, one.address,
                one.capital, one.founded, one.status, people[one.representative].full_name, one.representative,
                one.phone, one.employees,
            )
            for one in province.enterprises.values()
        ],
        HOUSEHOLD_BUSINESSES.code: [
            (
                one.number, one.name, one.trade, one.residence, one.address, people[one.owner].full_name, one.owner,
                one.capital, one.registered, one.status,
            )
            for one in province.household_businesses
        ],
        COOPERATIVES.code: [
            (
                one.number, one.name, one.field, one.residence, one.members, people[one.director].full_name,
                one.director, one.capital,
            )
            for one in province.cooperatives
        ],
        PROJECTS.code: _projects(province),
    }  # fmt: skip
