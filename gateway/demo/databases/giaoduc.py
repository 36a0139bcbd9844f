"""What does the education database (Sở GD&ĐT) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

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
