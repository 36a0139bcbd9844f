"""What does the database of social welfare, people of merit and children (Sở Nội vụ, Sở Y tế) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

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
