"""What does the natural resources and environment database (Sở NN&MT) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

STATIONS = DataObject(
    code="tram",
    title_vi="Trạm quan trắc",
    technology=Technology.CSV,
    source="tram.csv",
    columns=columns("""
        MaTram     | Mã trạm          | string | open | k | Mã trạm
        TenTram    | Tên trạm         | string | open | f | Tên trạm
        LoaiTram   | Loại trạm        | string | open | f | Loại trạm
        MaDVHC     | Mã ĐVHC          | string | open | f | Mã đơn vị hành chính cấp xã
        KinhDo     | Kinh độ          | number | open | - | Kinh độ
        ViDo       | Vĩ độ            | number | open | - | Vĩ độ
        DonVi      | Đơn vị vận hành  | string | open | - | Đơn vị vận hành
        HoatDongTu | Hoạt động từ     | date   | open | f | Hoạt động từ ngày
    """),
)

READINGS = DataObject(
    code="quan-trac",
    title_vi="Số liệu quan trắc",
    technology=Technology.PARQUET,
    source="quan-trac-*.parquet",
    columns=columns("""
        MaQuanTrac | Mã quan trắc | string   | open     | k | Mã lần đo
        MaTram     | Mã trạm      | string   | open     | f | Mã trạm
        ThongSo    | Thông số     | string   | open     | f | Thông số
        GiaTri     | Giá trị      | number   | open     | - | Giá trị
        DonViDo    | Đơn vị đo    | string   | open     | - | Đơn vị đo
        ThoiDiem   | Thời điểm    | datetime | open     | f | Thời điểm đo
        VuotChuan  | Vượt chuẩn   | boolean  | open     | f | Vượt quy chuẩn
        NguoiDo    | Người đo     | string   | personal | - | Người đo
    """),
)

LICENCES = DataObject(
    code="giay-phep",
    title_vi="Giấy phép môi trường, khoáng sản, tài nguyên nước",
    technology=Technology.CSV,
    source="giay-phep-*.csv",
    subjects=("SoDinhDanhNDD",),
    columns=columns("""
        SoGiayPhep    | Số giấy phép            | string  | open     | k | Số giấy phép
        LoaiGiayPhep  | Loại giấy phép          | string  | open     | f | Loại giấy phép
        MSDN          | Mã số doanh nghiệp      | string  | open     | f | Mã số doanh nghiệp
        TenToChuc     | Tên tổ chức             | string  | open     | - | Tên tổ chức
        NguoiDaiDien  | Người đại diện          | string  | personal | - | Người đại diện
        SoDinhDanhNDD | Số định danh NĐD        | string  | personal | f | Số định danh người đại diện
        MaDVHC        | Mã ĐVHC                 | string  | open     | f | Mã đơn vị hành chính cấp xã
        NgayCap       | Ngày cấp                | date    | open     | f | Ngày cấp
        NgayHetHan    | Ngày hết hạn            | date    | open     | f | Ngày hết hạn
        LuuLuong      | Lưu lượng (m³/ngày)     | number  | internal | - | Lưu lượng hoặc công suất (m³/ngày)
    """),
)

DATABASE = Database(
    code="tnmt",
    title_vi="Tài nguyên – môi trường",
    technology=Technology.CSV,
    source="files/tnmt",
    mount="",
    proof=Proof.NONE,
    objects=(STATIONS, READINGS, LICENCES),
)
