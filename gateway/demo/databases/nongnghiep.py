"""What does the agriculture and fisheries database (Sở NN&MT) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

VESSELS = DataObject(
    code="tau-ca",
    title_vi="Tàu cá",
    technology=Technology.XLSX,
    source="tau-ca.xlsx",
    subjects=("SoDinhDanhChu",),
    columns=columns("""
        SoDangKyTau   | Số đăng ký tàu      | string  | internal | k | Số đăng ký tàu cá
        TenTau        | Tên tàu             | string  | internal | - | Tên tàu
        ChuSoHuu      | Chủ sở hữu          | string  | personal | - | Chủ sở hữu
        SoDinhDanhChu | Số định danh chủ    | string  | personal | f | Số định danh chủ tàu
        MaDVHC        | Mã ĐVHC             | string  | open     | f | Mã đơn vị hành chính cấp xã
        ChieuDai      | Chiều dài (m)       | number  | internal | f | Chiều dài lớn nhất (m)
        CongSuat      | Công suất (kW)      | integer | internal | - | Công suất máy chính (kW)
        NgheChinh     | Nghề chính          | string  | internal | f | Nghề khai thác chính
        CangCa        | Cảng cá             | string  | internal | f | Cảng cá đăng ký
        VMS           | Thiết bị giám sát   | string  | internal | - | Số thiết bị giám sát hành trình
        HetHanDangKiem| Hết hạn đăng kiểm   | date    | internal | f | Ngày hết hạn đăng kiểm
        DienThoai     | Điện thoại          | string  | personal | - | Điện thoại chủ tàu
    """),
)

GROWING_AREAS = DataObject(
    code="vung-trong",
    title_vi="Vùng trồng",
    technology=Technology.XLSX,
    source="vung-trong.xlsx",
    subjects=("SoDinhDanhDaiDien",),
    columns=columns("""
        MaVungTrong       | Mã vùng trồng          | string  | open     | k | Mã vùng trồng
        CayTrong          | Cây trồng              | string  | open     | f | Cây trồng
        DienTich          | Diện tích (ha)         | number  | open     | - | Diện tích (ha)
        MaDVHC            | Mã ĐVHC                | string  | open     | f | Mã đơn vị hành chính cấp xã
        ChuSoHuu          | Đại diện vùng trồng    | string  | personal | - | Đại diện vùng trồng
        SoDinhDanhDaiDien | Số định danh đại diện  | string  | personal | f | Số định danh người đại diện
        ThiTruong         | Thị trường xuất khẩu   | string  | open     | f | Thị trường xuất khẩu
        NgayCapMa         | Ngày cấp mã            | date    | open     | f | Ngày cấp mã
        SoHo              | Số hộ                  | integer | open     | - | Số hộ tham gia
    """),
)

OCOP = DataObject(
    code="ocop",
    title_vi="Sản phẩm OCOP",
    technology=Technology.XLSX,
    source="ocop.xlsx",
    columns=columns("""
        MaSanPham  | Mã sản phẩm     | string  | open | k | Mã sản phẩm
        TenSanPham | Tên sản phẩm    | string  | open | f | Tên sản phẩm
        NhomHang   | Nhóm hàng       | string  | open | f | Nhóm sản phẩm
        ChuThe     | Chủ thể         | string  | open | - | Chủ thể
        MaDVHC     | Mã ĐVHC         | string  | open | f | Mã đơn vị hành chính cấp xã
        HangSao    | Hạng sao        | integer | open | f | Hạng sao
        NgayCN     | Ngày công nhận  | date    | open | f | Ngày công nhận
    """),
)

DATABASE = Database(
    code="nongnghiep",
    title_vi="Nông nghiệp – thủy sản",
    technology=Technology.XLSX,
    source="files/nongnghiep",
    mount="",
    proof=Proof.NONE,
    objects=(VESSELS, GROWING_AREAS, OCOP),
)
