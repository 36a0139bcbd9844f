"""What does the justice database (Sở Tư pháp) answer: legal documents, civil status of the province?"""

from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

DOCUMENTS = DataObject(
    code="van-ban",
    title_vi="Văn bản quy phạm pháp luật",
    technology=Technology.SOAP,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm văn bản theo ngày ban hành",
            method="",
            path="DanhSachVanBan",
            rows="VanBan[]",
            parameters=("TuNgay", "DenNgay", "LoaiVanBan", "TuThu", "SoLuong"),
        ),
        ProviderOperation(
            code="chi-tiet",
            title_vi="Chi tiết một văn bản",
            method="",
            path="ChiTietVanBan",
            rows="VanBan",
            parameters=("SoKyHieu",),
            required=("SoKyHieu",),
        ),
    ),
    columns=columns("""
        SoKyHieu          | = | string | open | k | Số, ký hiệu
        LoaiVanBan        | = | string | open | f | Loại văn bản
        TrichYeu          | = | string | open | - | Trích yếu
        CoQuanBanHanh     | = | string | open | - | Cơ quan ban hành
        NguoiKy           | = | string | open | - | Người ký
        NgayBanHanh       | = | date   | open | - | Ngày ban hành
        NgayHieuLuc       | = | date   | open | - | Ngày có hiệu lực
        TrangThai         | = | string | open | - | Tình trạng hiệu lực
        LienQuan[].QuanHe   | = | string | open | - | Quan hệ với văn bản khác
        LienQuan[].SoKyHieu | = | string | open | - | Số, ký hiệu văn bản liên quan
    """),
)

CIVIL_STATUS = DataObject(
    code="ho-tich",
    title_vi="Đăng ký hộ tịch (bản tỉnh)",
    technology=Technology.SOAP,
    source="",
    subjects=("DuongSu[].SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu sự kiện hộ tịch",
            method="",
            path="TraCuuHoTich",
            rows="SuKien[]",
            parameters=("SoHoTich", "SoDinhDanh"),
        ),
    ),
    columns=columns("""
        SoHoTich              | = | string  | internal  | k | Số hộ tịch
        LoaiSuKien            | = | string  | internal  | - | Loại sự kiện
        NgayDangKy            | = | date    | internal  | - | Ngày đăng ký
        NoiDangKy             | = | string  | internal  | - | Nơi đăng ký
        MaDVHC                | = | string  | internal  | f | Mã đơn vị hành chính cấp xã
        DuongSu[].VaiTro      | = | string  | personal  | - | Vai trò
        DuongSu[].HoVaTen     | = | string  | personal  | - | Họ và tên
        DuongSu[].SoDinhDanh  | = | string  | personal  | - | Số định danh cá nhân
        DuongSu[].NgaySinh    | = | date    | personal  | - | Ngày sinh
        DuongSu[].DanToc      | = | string  | sensitive | - | Dân tộc
        GhiChu                | = | string  | sensitive | - | Ghi chú
        NguoiThucHien         | = | string  | personal  | - | Công chức thực hiện
    """),
)

DATABASE = Database(
    code="tuphap",
    title_vi="Tư pháp: văn bản quy phạm pháp luật và hộ tịch",
    technology=Technology.SOAP,
    source="",
    mount="/soap/tuphap",
    proof=Proof.API_KEY,
    objects=(DOCUMENTS, CIVIL_STATUS),
    namespace="urn:khanhhoa:tuphap:1.0",
)
