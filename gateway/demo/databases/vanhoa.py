"""What does the culture, sport and heritage database (Sở VHTTDL) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

MONUMENTS = DataObject(
    code="di-tich",
    title_vi="Di tích",
    technology=Technology.CSV,
    source="di-tich.csv",
    columns=columns("""
        MaDiTich   | Mã di tích         | string | open     | k | Mã di tích
        TenDiTich  | Tên di tích        | string | open     | f | Tên di tích
        LoaiHinh   | Loại hình          | string | open     | f | Loại hình di tích
        CapXepHang | Cấp xếp hạng       | string | open     | f | Cấp xếp hạng
        SoQD       | Số quyết định      | string | open     | - | Số quyết định xếp hạng
        NgayQD     | Ngày quyết định    | date   | open     | f | Ngày quyết định
        MaDVHC     | Mã ĐVHC            | string | open     | f | Mã đơn vị hành chính cấp xã
        DienTich   | Diện tích (m²)     | number | open     | - | Diện tích khu vực bảo vệ (m²)
        ThuTu      | Thủ từ             | string | personal | - | Người trông coi
        DienThoai  | Điện thoại         | string | personal | - | Điện thoại người trông coi
    """),
)

FACILITIES = DataObject(
    code="thiet-che",
    title_vi="Thiết chế văn hóa, thể thao",
    technology=Technology.CSV,
    source="thiet-che.csv",
    columns=columns("""
        MaThietChe  | Mã thiết chế  | string  | open     | k | Mã thiết chế
        TenThietChe | Tên thiết chế | string  | open     | f | Tên thiết chế
        Loai        | Loại          | string  | open     | f | Loại thiết chế
        MaDVHC      | Mã ĐVHC       | string  | open     | f | Mã đơn vị hành chính cấp xã
        SucChua     | Sức chứa      | integer | open     | - | Sức chứa (chỗ)
        NamXayDung  | Năm xây dựng  | integer | open     | f | Năm xây dựng
        TinhTrang   | Tình trạng    | string  | internal | f | Tình trạng
    """),
)

DATABASE = Database(
    code="vanhoa",
    title_vi="Văn hóa – thể thao – di sản",
    technology=Technology.CSV,
    source="files/vanhoa",
    mount="",
    proof=Proof.NONE,
    objects=(MONUMENTS, FACILITIES),
)
