"""What does the database of officials and public employees (Sở Nội vụ) hold?"""

from gateway.demo.agencies import AGENCIES
from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.province import Province

PERSONNEL = DataObject(
    code="ho-so-can-bo",
    title_vi="Hồ sơ cán bộ, công chức, viên chức",
    technology=Technology.SQL,
    source="ho_so_can_bo",
    subjects=("SoDinhDanh",),
    columns=columns("""
        SoHieuCC     | so_hieu_cc      | string  | internal  | k | Số hiệu công chức
        SoDinhDanh   | so_dinh_danh    | string  | personal  | f | Số định danh cá nhân
        HoVaTen      | ho_va_ten       | string  | personal  | - | Họ và tên
        NgaySinh     | ngay_sinh       | date    | personal  | - | Ngày sinh
        GioiTinh     | gioi_tinh       | string  | personal  | - | Giới tính
        DanToc       | dan_toc         | string  | sensitive | - | Dân tộc
        TonGiao      | ton_giao        | string  | sensitive | - | Tôn giáo
        MaDonVi      | ma_don_vi       | string  | internal  | f | Mã đơn vị công tác
        TenDonVi     | ten_don_vi      | string  | internal  | - | Tên đơn vị công tác
        LoaiNhanSu   | loai_nhan_su    | string  | internal  | f | Cán bộ, công chức hay viên chức
        ChucVu       | chuc_vu         | string  | internal  | f | Chức vụ
        NgachCC      | ngach           | string  | internal  | - | Mã ngạch
        HeSoLuong    | he_so_luong     | number  | personal  | - | Hệ số lương
        TrinhDo      | trinh_do        | string  | internal  | - | Trình độ chuyên môn
        LaDangVien   | la_dang_vien    | boolean | sensitive | - | Đảng viên
        DienThoai    | dien_thoai      | string  | personal  | - | Điện thoại
        NgayTuyenDung| ngay_tuyen_dung | date    | internal  | - | Ngày tuyển dụng
        TrangThai    | trang_thai      | string  | internal  | f | Trạng thái công tác
    """),
)

TRAINING = DataObject(
    code="dao-tao",
    title_vi="Quá trình đào tạo, bồi dưỡng",
    technology=Technology.SQL,
    source="dao_tao",
    columns=columns("""
        MaDaoTao     | ma_dao_tao   | string  | internal | k | Mã lượt đào tạo
        SoHieuCC     | so_hieu_cc   | string  | internal | f | Số hiệu công chức
        TenKhoaHoc   | ten_khoa_hoc | string  | internal | f | Tên khóa học
        CoSoDaoTao   | co_so        | string  | internal | - | Cơ sở đào tạo
        Nam          | nam          | integer | internal | f | Năm
        KetQua       | ket_qua      | string  | personal | - | Kết quả
    """),
)

DATABASE = Database(
    code="cbccvc",
    title_vi="Cán bộ, công chức, viên chức",
    technology=Technology.SQL,
    source="sql/cbccvc.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(PERSONNEL, TRAINING),
)


def tables(province: Province) -> Tables:
    """The rows of both tables; every official is a citizen of the province, once."""
    draw = Draw(province, "cbccvc")
    personnel: list[Row] = []
    training: list[Row] = []
    for number, citizen in enumerate(draw.adults(3_200), start=1):
        agency = draw.pick(AGENCIES)
        code = f"KH{number:06d}"
        personnel.append((
            code, citizen.identity, citizen.full_name, citizen.born, citizen.sex, citizen.ethnic, citizen.religion,
            agency.code, agency.name, draw.pick(("Công chức", "Viên chức", "Viên chức", "Cán bộ")),
            draw.pick(("Chuyên viên", "Chuyên viên", "Chuyên viên chính", "Phó Trưởng phòng", "Trưởng phòng",
            "Giáo viên")),
            draw.pick(("01.003", "01.002", "01.004", "V.07.03.29", "V.08.05.12")), draw.measure(2.34, 6.78, digits=2),
            draw.pick(("Đại học", "Đại học", "Thạc sĩ", "Cao đẳng", "Tiến sĩ")), draw.chance(45), citizen.phone,
            draw.day(min(25, citizen.age() - 19)), draw.pick(("Đang công tác",) * 12 + ("Nghỉ hưu", "Biệt phái")),
        ))  # fmt: skip
        training.extend(
            (
                f"DT{number:06d}-{turn}", code,
                draw.pick(("Quản lý nhà nước", "Lý luận chính trị", "Chuyển đổi số", "An toàn thông tin",
                "Tiếng Raglai")),
                draw.pick(("Trường Chính trị tỉnh", "Học viện Hành chính", "Trường Đại học Nha Trang")),
                draw.number(2015, 2026), draw.pick(("Giỏi", "Khá", "Đạt")),
            )
            for turn in range(1, draw.number(0, 2) + 1)
        )  # fmt: skip
    return {PERSONNEL.code: personnel, TRAINING.code: training}
