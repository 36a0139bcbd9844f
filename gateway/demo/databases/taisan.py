"""What does the database of public assets, budgets and prices (Sở Tài chính) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

ASSETS = DataObject(
    code="tai-san",
    title_vi="Tài sản công",
    technology=Technology.XLSX,
    source="tai-san.xlsx",
    columns=columns("""
        MaTaiSan     | Mã tài sản             | string  | internal | k | Mã tài sản
        TenTaiSan    | Tên tài sản            | string  | internal | - | Tên tài sản
        LoaiTaiSan   | Loại tài sản           | string  | internal | f | Loại tài sản
        MaDVQHNS     | Mã ĐVQHNS              | string  | internal | f | Mã đơn vị quan hệ ngân sách
        TenDonVi     | Đơn vị sử dụng         | string  | internal | - | Đơn vị sử dụng
        NguyenGia    | Nguyên giá (đồng)      | integer | internal | f | Nguyên giá (đồng)
        GiaTriConLai | Giá trị còn lại (đồng) | integer | internal | - | Giá trị còn lại (đồng)
        NamSuDung    | Năm sử dụng            | integer | internal | f | Năm đưa vào sử dụng
        NguoiQuanLy  | Người quản lý          | string  | personal | - | Người quản lý
        TinhTrang    | Tình trạng             | string  | internal | f | Tình trạng
    """),
)

BUDGET_UNITS = DataObject(
    code="dvqhns",
    title_vi="Đơn vị quan hệ ngân sách",
    technology=Technology.XLSX,
    source="dvqhns.xlsx",
    columns=columns("""
        MaDVQHNS   | Mã ĐVQHNS        | string | open     | k | Mã đơn vị quan hệ ngân sách
        TenDonVi   | Tên đơn vị       | string | open     | f | Tên đơn vị
        MaDinhDanh | Mã định danh     | string | open     | f | Mã định danh cơ quan
        Cap        | Cấp dự toán      | string | open     | f | Cấp dự toán
        MaChuong   | Mã chương        | string | open     | f | Mã chương
        TaiKhoan   | Tài khoản KBNN   | string | internal | - | Tài khoản tại Kho bạc Nhà nước
    """),
)

DATABASE = Database(
    code="taisan",
    title_vi="Tài sản công – ngân sách – giá",
    technology=Technology.XLSX,
    source="files/taisan",
    mount="",
    proof=Proof.NONE,
    objects=(ASSETS, BUDGET_UNITS),
)
