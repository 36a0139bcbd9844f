"""What does the database of case files and results of administrative procedures (Trung tâm PVHCC) answer?

Its answers hold far more than any agreement needs (the person, the papers, the log), and members that its
documentation does not mention: a gateway that passes them on has failed.
"""

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

PAGED = (("tongSo", FieldType.INTEGER), ("trang", FieldType.INTEGER), ("kichThuoc", FieldType.INTEGER))

CASE_FILES = DataObject(
    code="ho-so",
    title_vi="Hồ sơ thủ tục hành chính",
    technology=Technology.REST,
    source="",
    subjects=("NguoiNop.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm hồ sơ",
            method="GET",
            path="/ho-so",
            rows="duLieu[]",
            parameters=("MaTTHC", "MaDVHC", "TrangThai", "SoDinhDanh", "trang", "kichThuoc"),
            envelope=PAGED,
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết một hồ sơ", method="GET", path="/ho-so/{MaHoSo}", rows=""
        ),
    ),
    columns=columns("""
        MaHoSo              | = | string   | internal  | k | Mã hồ sơ
        MaTTHC              | = | string   | open      | f | Mã thủ tục hành chính
        TenTTHC             | = | string   | open      | - | Tên thủ tục hành chính
        LinhVuc             | = | string   | open      | - | Lĩnh vực
        MaDVHC              | = | string   | open      | f | Mã đơn vị hành chính nơi nộp
        CoQuanXuLy          | = | string   | internal  | - | Cơ quan xử lý
        TrangThai           | = | string   | internal  | f | Trạng thái xử lý
        NgayTiepNhan        | = | datetime | internal  | - | Ngày tiếp nhận
        NgayHenTra          | = | datetime | internal  | - | Ngày hẹn trả
        NgayTra             | = | datetime | internal  | - | Ngày trả kết quả
        MSDN                | = | string   | internal  | - | Mã số doanh nghiệp nộp hồ sơ
        PhiLePhi            | = | integer  | internal  | - | Phí, lệ phí (đồng)
        NguoiNop.HoVaTen    | = | string   | personal  | - | Họ và tên người nộp
        NguoiNop.SoDinhDanh | = | string   | personal  | - | Số định danh người nộp
        NguoiNop.NgaySinh   | = | date     | personal  | - | Ngày sinh người nộp
        NguoiNop.DiaChi     | = | string   | personal  | - | Địa chỉ người nộp
        NguoiNop.DienThoai  | = | string   | personal  | - | Điện thoại người nộp
        NguoiNop.DanToc     | = | string   | sensitive | - | Dân tộc người nộp
        ThanhPhan[].MaGiayTo  | = | string  | internal | - | Mã giấy tờ
        ThanhPhan[].TenGiayTo | = | string  | internal | - | Tên giấy tờ
        ThanhPhan[].SoGiayTo  | = | string  | personal | - | Số giấy tờ
        ThanhPhan[].DaSoHoa   | = | boolean | internal | - | Đã số hóa
        NhatKy[].ThoiDiem   | = | datetime | internal  | - | Thời điểm xử lý
        NhatKy[].Buoc       | = | string   | internal  | - | Bước xử lý
        NhatKy[].CanBo.HoVaTen  | = | string | personal | - | Cán bộ xử lý
        NhatKy[].CanBo.TaiKhoan | = | string | personal | - | Tài khoản cán bộ
        NhatKy[].YKien      | = | string   | sensitive | - | Ý kiến xử lý
    """),
)

RESULTS = DataObject(
    code="ket-qua",
    title_vi="Kết quả thủ tục hành chính đã số hóa",
    technology=Technology.REST,
    source="",
    subjects=("ChuSoHuu.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Kết quả số hóa của một người",
            method="GET",
            path="/ket-qua",
            rows="duLieu[]",
            parameters=("SoDinhDanh", "MaHoSo", "trang", "kichThuoc"),
            envelope=PAGED,
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết một kết quả", method="GET", path="/ket-qua/{MaKetQua}", rows=""
        ),
    ),
    columns=columns("""
        MaKetQua            | = | string  | internal | k | Mã kết quả số hóa
        MaHoSo              | = | string  | internal | f | Mã hồ sơ
        TenKetQua           | = | string  | internal | - | Tên kết quả
        SoVanBan            | = | string  | internal | - | Số văn bản
        NgayKy              | = | date    | internal | - | Ngày ký
        NguoiKy             | = | string  | internal | - | Người ký
        HieuLucDen          | = | date    | internal | - | Hiệu lực đến ngày
        ChuSoHuu.HoVaTen    | = | string  | personal | - | Họ và tên chủ sở hữu
        ChuSoHuu.SoDinhDanh | = | string  | personal | - | Số định danh chủ sở hữu
        MaBamTep            | = | string  | internal | - | Mã băm của tệp (SHA-256)
    """),
)

DATABASE = Database(
    code="tthc",
    title_vi="Hồ sơ và kết quả thủ tục hành chính",
    technology=Technology.REST,
    source="",
    mount="/tthc",
    proof=Proof.OAUTH2,
    objects=(CASE_FILES, RESULTS),
)
