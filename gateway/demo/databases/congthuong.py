"""What does the industry and trade database (Sở Công Thương) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

CLUSTERS = DataObject(
    code="doanh-nghiep-cum",
    title_vi="Doanh nghiệp trong cụm công nghiệp",
    technology=Technology.CSV,
    source="cum-cong-nghiep.csv",
    columns=columns("""
        MaDangKy    | Mã đăng ký           | string  | open     | k | Mã đăng ký hoạt động trong cụm
        MaCum       | Mã cụm               | string  | open     | f | Mã cụm công nghiệp
        TenCum      | Tên cụm              | string  | open     | - | Tên cụm công nghiệp
        MaDVHC      | Mã ĐVHC              | string  | open     | f | Mã đơn vị hành chính cấp xã
        MSDN        | Mã số doanh nghiệp   | string  | open     | f | Mã số doanh nghiệp
        TenDN       | Tên doanh nghiệp     | string  | open     | - | Tên doanh nghiệp
        DienTich    | Diện tích thuê (m²)  | number  | internal | - | Diện tích thuê (m²)
        NganhHang   | Ngành hàng           | string  | open     | f | Ngành hàng
        ThueDenNgay | Thuê đến ngày        | date    | internal | f | Thuê đến ngày
    """),
)

MARKETS = DataObject(
    code="cho",
    title_vi="Hộ kinh doanh tại chợ",
    technology=Technology.CSV,
    source="cho.csv",
    subjects=("SoDinhDanh",),
    columns=columns("""
        MaDiemKinhDoanh | Mã điểm kinh doanh | string  | open     | k | Mã điểm kinh doanh
        MaCho           | Mã chợ             | string  | open     | f | Mã chợ
        TenCho          | Tên chợ            | string  | open     | - | Tên chợ
        HangCho         | Hạng chợ           | integer | open     | f | Hạng chợ
        MaDVHC          | Mã ĐVHC            | string  | open     | f | Mã đơn vị hành chính cấp xã
        NganhHang       | Ngành hàng         | string  | open     | f | Ngành hàng
        TieuThuong      | Tiểu thương        | string  | personal | - | Tiểu thương
        SoDinhDanh      | Số định danh       | string  | personal | f | Số định danh cá nhân
        DienThoai       | Điện thoại         | string  | personal | - | Điện thoại
    """),
)

DATABASE = Database(
    code="congthuong",
    title_vi="Công Thương",
    technology=Technology.CSV,
    source="files/congthuong",
    mount="",
    proof=Proof.NONE,
    objects=(CLUSTERS, MARKETS),
)
