"""What does the database of social welfare, people of merit and children (Sở Nội vụ, Sở Y tế) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables, home
from gateway.demo.province import Province

BENEFICIARIES = DataObject(
    code="doi-tuong",
    title_vi="Đối tượng an sinh xã hội",
    technology=Technology.SQL,
    source="doi_tuong",
    subjects=("SoDinhDanh",),
    columns=columns("""
        MaDoiTuong   | ma_doi_tuong   | string  | internal  | k | Mã đối tượng
        SoDinhDanh   | so_dinh_danh   | string  | personal  | f | Số định danh cá nhân
        HoVaTen      | ho_va_ten      | string  | personal  | - | Họ và tên
        NgaySinh     | ngay_sinh      | date    | personal  | - | Ngày sinh
        MaDVHC       | ma_dvhc        | string  | internal  | f | Mã đơn vị hành chính cấp xã
        DiaChi       | dia_chi        | string  | personal  | - | Địa chỉ
        NhomDoiTuong | nhom_doi_tuong | string  | sensitive | f | Nhóm đối tượng
        DangKhuyetTat| dang_khuyet_tat| string  | sensitive | - | Dạng khuyết tật
        MucDo        | muc_do         | string  | sensitive | - | Mức độ
        HoNgheo      | ho_ngheo       | boolean | sensitive | f | Thuộc hộ nghèo
        NguoiGiamHo  | nguoi_giam_ho  | string  | personal  | - | Người giám hộ
        TrangThai    | trang_thai     | string  | internal  | f | Trạng thái
    """),
)

ALLOWANCES = DataObject(
    code="tro-cap",
    title_vi="Trợ cấp",
    technology=Technology.SQL,
    source="tro_cap",
    subjects=("SoDinhDanh",),
    columns=columns("""
        MaTroCap    | ma_tro_cap    | string  | internal  | k | Mã khoản trợ cấp
        MaDoiTuong  | ma_doi_tuong  | string  | internal  | f | Mã đối tượng
        SoDinhDanh  | so_dinh_danh  | string  | personal  | f | Số định danh cá nhân
        LoaiTroCap  | loai_tro_cap  | string  | sensitive | f | Loại trợ cấp
        SoTien      | so_tien       | integer | personal  | - | Số tiền mỗi tháng (đồng)
        TuNgay      | tu_ngay       | date    | internal  | f | Hưởng từ ngày
        DenNgay     | den_ngay      | date    | internal  | f | Hưởng đến ngày
        TaiKhoan    | tai_khoan     | string  | sensitive | - | Tài khoản nhận trợ cấp
        SoQuyetDinh | so_quyet_dinh | string  | internal  | - | Số quyết định
    """),
)

DATABASE = Database(
    code="ansinh",
    title_vi="An sinh xã hội, người có công, trẻ em",
    technology=Technology.SQL,
    source="sql/ansinh.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(BENEFICIARIES, ALLOWANCES),
)

_GROUPS = (
    ("Người cao tuổi", "Trợ cấp xã hội hằng tháng", 500_000),
    ("Người khuyết tật", "Trợ cấp người khuyết tật", 750_000),
    ("Người có công với cách mạng", "Trợ cấp ưu đãi người có công", 2_789_000),
    ("Trẻ em có hoàn cảnh đặc biệt", "Trợ cấp nuôi dưỡng trẻ em", 1_250_000),
    ("Người đơn thân nuôi con", "Trợ cấp xã hội hằng tháng", 500_000),
)


def tables(province: Province) -> Tables:
    """The rows of both tables; beneficiaries are citizens, children have a guardian of their household."""
    draw = Draw(province, "ansinh")
    beneficiaries: list[Row] = []
    allowances: list[Row] = []
    for number, citizen in enumerate(draw.random.sample(tuple(province.people.values()), 2_600), start=1):
        age = citizen.age()
        group, kind, amount = _GROUPS[3 if age < 16 else 0 if age >= 75 else draw.pick((1, 1, 2, 4))]
        disabled = group == "Người khuyết tật"
        code = f"AS56{number:06d}"
        guardian = province.citizen(citizen.mother or citizen.father or citizen.head) if age < 16 else None
        beneficiaries.append((
            code, citizen.identity, citizen.full_name, citizen.born, citizen.residence, home(citizen), group,
            draw.pick(("Vận động", "Nghe, nói", "Nhìn", "Thần kinh, tâm thần")) if disabled else None,
            draw.pick(("Nhẹ", "Nặng", "Đặc biệt nặng")) if disabled else None, draw.chance(12),
            guardian.full_name if guardian else None, draw.pick(("Đang hưởng",) * 8 + ("Tạm dừng", "Thôi hưởng")),
        ))  # fmt: skip
        allowances.append((
            f"TC56{number:06d}", code, citizen.identity, kind, amount, draw.day(5), None,
            f"9999{draw.number(0, 99_999_999):08d}", f"{draw.number(10, 999)}/QĐ-UBND",
        ))  # fmt: skip
    return {BENEFICIARIES.code: beneficiaries, ALLOWANCES.code: allowances}
