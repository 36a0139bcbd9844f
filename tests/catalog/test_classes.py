"""Which fields tell something of a person, by their names and by what stands in them?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.descriptions import FieldClass, FieldDescription, FieldType, ParameterDescription, Place
from catalog.importers.classes import (
    is_plausible_identity_number,
    is_plausible_name,
    propose,
    propose_field,
    propose_subjects,
)
from catalog.importers.naming import title_of, words_of

IDENTITY_NUMBERS = """
SoDinhDanh so_dinh_danh SODINHDANH soDinhDanh so-dinh-danh so_dinh_danh_ca_nhan maDinhDanhCaNhan cccd CCCD
so_cccd SoCCCD SOCCCD canCuocCongDan so_can_cuoc sdd so_cmnd SoCMND cmnd CMND so_cmt SOCMND soCmtNguoiNop
NguoiNop.SoDinhDanh items[].SoDinhDanh CongDan.DinhDanhCaNhan nationalId national_id identityNumber citizen_id
id_card_number personalId soGiayTo
"""
PERSONAL = """
HoTen ho_ten HOTEN hoten ho_va_ten HoVaTen HOVATEN hoTenCha HOTENCHA ho_ten_me TenChuHo ten_chu_so_huu
tenNguoiNop ten_can_bo TenHocSinh tenBenhNhan fullName full_name FirstName last_name surname owner_name
contactName ChuSoHuu.Ten BenhNhan.Ma NgaySinh ngay_sinh NGAYSINH ngaySinh nam_sinh NamSinh ngay_thang_nam_sinh
dob dateOfBirth date_of_birth birthDate birthday noiSinh que_quan GioiTinh gioi_tinh GIOITINH gender sex
quoc_tich nationality tuoi age TinhTrangHonNhan ngay_khai_sinh dia_chi DiaChi DIACHI diaChiThuongTru
thuong_tru noi_o_hien_tai cho_o_hien_nay ho_khau so_nha address homeAddress residence NguoiLai.DiaChi.MaXa
dien_thoai DienThoai so_dien_thoai SODIENTHOAI sdt SDT dtdd phone phoneNumber mobile tel email Email EMAIL
e_mail thu_dien_tu ThuDienTu emailAddress mst MST ma_so_thue MaSoThue tax_code so_bhxh MaSoBHXH bhyt SoGPLX
gplx bien_so_xe BienSo so_ho_chieu passport_no ma_hoc_sinh patientId employee_id NguoiKy nguoi_dai_dien
NguoiNop applicant NguoiGiamHo cha me vo chong guardian nghe_nghiep thu_nhap muc_luong salary ho_ngheo
username chu_ky signature photo ngay_cap_cccd
"""
SENSITIVE = """
DanToc dan_toc DANTOC danToc ma_dan_toc ethnicity ethnic_group ton_giao TonGiao TONGIAO religion van_tay
VanTay fingerprint mong_mat sinh_trac_hoc biometric_data anh_chan_dung AnhCanCuoc portrait suc_khoe
TinhTrangSucKhoe chan_doan BenhAn ma_benh nhom_mau NhomMau khuyet_tat DangKhuyetTat diagnosis disease
bloodType disability HIV tien_an tien_su toi_danh criminalRecord so_tai_khoan SoTaiKhoan stk
tai_khoan_ngan_hang bankAccount iban account_number tai_khoan mat_khau password dang_vien xu_huong_tinh_duc
ViPham[].HanhVi BenhAn.Ngay
"""
INTERNAL = """
MaHoSo ma_ho_so TrangThai trang_thai so_to so_thua dien_tich DienTich ma_dvhc MaXa ma_tinh msdn MSDN
ma_so_doanh_nghiep ten_don_vi TenCoQuan ten_doanh_nghiep don_vi_tinh ngay_cap NgayCap noi_cap loai_giay_to id
code name ma ten so_luong khoi_luong san_luong ten_benh_vien BenhVien ban_dan_toc ghi_chu gia_tri created_at
updated status version ma_loai dia_chi_tru_so dia_chi_website file_name MaCoQuan note date_created toa_do
ten_thuoc_tinh muc_dich_su_dung tinh_trang price
"""


@pytest.mark.parametrize("name", IDENTITY_NUMBERS.split())
def test_a_name_of_an_identity_number_is_personal_and_identifies_people(name: str) -> None:
    proposal = propose(name)

    assert (proposal.class_, proposal.subject) == (FieldClass.PERSONAL, True)


@pytest.mark.parametrize("name", PERSONAL.split())
def test_a_name_of_basic_personal_data_is_personal(name: str) -> None:
    assert propose(name).class_ is FieldClass.PERSONAL


@pytest.mark.parametrize("name", SENSITIVE.split())
def test_a_name_of_sensitive_data_is_sensitive(name: str) -> None:
    assert propose(name).class_ is FieldClass.SENSITIVE


@pytest.mark.parametrize("name", INTERNAL.split())
def test_any_other_name_is_internal(name: str) -> None:
    assert propose(name).class_ is FieldClass.INTERNAL


@pytest.mark.parametrize(
    ("heading", "class_"),
    [
        ("Họ và tên", FieldClass.PERSONAL),
        ("Số định danh cá nhân", FieldClass.PERSONAL),
        ("Ngày, tháng, năm sinh", FieldClass.PERSONAL),
        ("Dân tộc", FieldClass.SENSITIVE),
        ("Tôn giáo", FieldClass.SENSITIVE),
        ("Số tài khoản", FieldClass.SENSITIVE),
        ("Địa chỉ thường trú", FieldClass.PERSONAL),
        ("Điện thoại", FieldClass.PERSONAL),
        ("Diện tích (m²)", FieldClass.INTERNAL),
        ("Tên cơ quan", FieldClass.INTERNAL),
    ],
)
def test_a_heading_with_marks_is_read_like_a_name_without(heading: str, class_: FieldClass) -> None:
    assert propose(heading).class_ is class_


@pytest.mark.parametrize(
    ("values", "class_", "subject"),
    [
        (("056099000001", "056180000002"), FieldClass.PERSONAL, True),
        (("0912345678", "0987 654 321", "+84 905 123 456"), FieldClass.PERSONAL, False),
        (("a@thu.vn", "b.c@thu.gov.vn"), FieldClass.PERSONAL, False),
        (("Nguyễn Văn Thử", "Trần Thử", "Không Rõ", "Lê Thử", "Phạm Văn Thử"), FieldClass.PERSONAL, False),
        (("999099000001", "997099000002"), FieldClass.INTERNAL, False),
        (("Sở Xây dựng", "Trường Thử nghiệm số 1"), FieldClass.INTERNAL, False),
        (("12", "13"), FieldClass.INTERNAL, False),
        ((), FieldClass.INTERNAL, False),
    ],
)
def test_values_tell_what_a_name_does_not(values: tuple[str, ...], class_: FieldClass, subject: bool) -> None:
    proposal = propose("cot_1", values)

    assert (proposal.class_, proposal.subject) == (class_, subject)


@pytest.mark.parametrize(
    ("name", "values", "format_"),
    [
        ("so_dinh_danh", (), "so-dinh-danh"),
        ("so_dinh_danh", ("056099000001",), "so-dinh-danh"),
        ("so_dinh_danh", ("056099000001", "225999999"), "so-dinh-danh-hoac-cmnd"),
        ("so_dinh_danh", ("không rõ",), ""),
        ("msdn", ("0100109106",), "msdn"),
        ("ma_xa", ("225", "226"), ""),
        ("ten_duong", ("Trần Phú",), ""),
    ],
)
def test_a_format_is_proposed_only_where_all_values_keep_it(name: str, values: tuple[str, ...], format_: str) -> None:
    assert propose(name, values).format == format_


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("SoDinhDanh", "Số định danh"),
        ("ngay_cap_giay_phep", "Ngày cấp giấy phép"),
        ("DIACHITHUONGTRU", "Địa chỉ thường trú"),
        ("Diện tích (m²)", "Diện tích (m²)"),
        ("SoGCN", "Số GCN"),
    ],
)
def test_a_title_is_written_with_its_marks(name: str, title: str) -> None:
    assert title_of(name) == title


def test_a_name_in_english_gets_a_title_in_vietnamese() -> None:
    assert propose("dateOfBirth").title_vi == "Ngày sinh"


def test_subjects_are_where_identity_numbers_are_asked_for_and_answered() -> None:
    asked = ParameterDescription(name="SoDinhDanh", place=Place.QUERY, type=FieldType.STRING)
    fields = [propose_field(path, FieldType.STRING) for path in ("items[].cccd", "items[].ho_ten")]

    found = propose_subjects([asked], fields, body_paths=("cong_dan.so_cmnd", "ghi_chu"))

    assert found == ("parameter:SoDinhDanh", "body:cong_dan.so_cmnd", "answer:items[].cccd")


def test_what_a_person_called_internal_identifies_nobody() -> None:
    fields = [FieldDescription(path="cccd", type=FieldType.STRING, class_=FieldClass.INTERNAL, title_vi="CCCD")]

    assert propose_subjects([], fields) == ()


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=5))
def test_a_proposal_is_never_open_and_always_gives_its_reason(name: str, values: list[str]) -> None:
    proposal = propose(name, values)

    assert proposal.class_ is not FieldClass.OPEN
    assert proposal.reason_vi
    assert proposal.reason_en


@given(st.text(max_size=200))
def test_the_words_of_a_name_are_plain(name: str) -> None:
    assert all(word.isascii() and word == word.lower() and word for word in words_of(name))


@pytest.mark.parametrize(("value", "plausible"), [("056099000001", True), ("000099000001", False), ("97", False)])
def test_an_identity_number_begins_with_a_province(value: str, plausible: bool) -> None:
    assert is_plausible_identity_number(value) is plausible


@pytest.mark.parametrize(
    ("value", "plausible"), [("Nguyễn Thị Thử", True), ("NGUYỄN VĂN THỬ", True), ("Sở Nội vụ", False), ("Trần", False)]
)
def test_a_name_begins_with_a_family_name(value: str, plausible: bool) -> None:
    assert is_plausible_name(value) is plausible
