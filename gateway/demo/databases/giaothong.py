"""What does the transport database (Sở Xây dựng) answer?"""

from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

LICENCES = DataObject(
    code="giay-phep-lai-xe",
    title_vi="Giấy phép lái xe",
    technology=Technology.SOAP,
    source="",
    subjects=("NguoiLai.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu giấy phép lái xe theo số hoặc theo số định danh",
            method="",
            path="TraCuuGPLX",
            rows="GiayPhep[]",
            parameters=("SoGPLX", "SoDinhDanh"),
        ),
    ),
    columns=columns("""
        SoGPLX                  | = | string  | internal  | k | Số giấy phép lái xe
        NguoiLai.HoVaTen        | = | string  | personal  | - | Họ và tên
        NguoiLai.SoDinhDanh     | = | string  | personal  | f | Số định danh cá nhân
        NguoiLai.NgaySinh       | = | date    | personal  | - | Ngày sinh
        NguoiLai.DiaChi.MaTinh  | = | string  | personal  | - | Mã tỉnh
        NguoiLai.DiaChi.MaXa    | = | string  | personal  | - | Mã xã
        NguoiLai.DiaChi.ChiTiet | = | string  | personal  | - | Địa chỉ chi tiết
        Hang[].MaHang           | = | string  | internal  | - | Hạng
        Hang[].NgayTrungTuyen   | = | date    | internal  | - | Ngày trúng tuyển
        Hang[].NgayHetHan       | = | date    | internal  | - | Ngày hết hạn
        NgayCap                 | = | date    | internal  | - | Ngày cấp
        NoiCap                  | = | string  | internal  | - | Nơi cấp
        TrangThai               | = | string  | internal  | - | Trạng thái
        ViPham[].Ngay           | = | date    | sensitive | - | Ngày vi phạm
        ViPham[].HanhVi         | = | string  | sensitive | - | Hành vi vi phạm
        ViPham[].DiemTru        | = | integer | sensitive | - | Điểm bị trừ
    """),
)

VEHICLES = DataObject(
    code="phuong-tien",
    title_vi="Phương tiện kinh doanh vận tải",
    technology=Technology.SOAP,
    source="",
    subjects=("ChuXe.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu phương tiện theo biển số",
            method="",
            path="TraCuuPhuongTien",
            rows="PhuongTien",
            parameters=("BienSo",),
            required=("BienSo",),
        ),
    ),
    columns=columns("""
        BienSo           | = | string  | internal | k | Biển số
        LoaiXe           | = | string  | internal | - | Loại xe
        NhanHieu         | = | string  | internal | - | Nhãn hiệu
        NamSanXuat       | = | integer | internal | - | Năm sản xuất
        SoCho            | = | integer | internal | - | Số chỗ
        ChuXe.HoVaTen    | = | string  | personal | - | Chủ xe
        ChuXe.SoDinhDanh | = | string  | personal | - | Số định danh chủ xe
        ChuXe.MSDN       | = | string  | open     | - | Mã số doanh nghiệp
        PhuHieu          | = | string  | internal | - | Số phù hiệu
        HanKiemDinh      | = | date    | internal | - | Hạn kiểm định
        GiamSat.TocDoToiDa | = | integer | internal | - | Tốc độ tối đa ghi nhận (km/h)
        GiamSat.LanCuoi  | = | datetime | internal | - | Lần ghi nhận cuối
    """),
)

ROUTES = DataObject(
    code="tuyen",
    title_vi="Tuyến vận tải khách",
    technology=Technology.SOAP,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh sách tuyến đi qua một xã",
            method="",
            path="DanhSachTuyen",
            rows="Tuyen[]",
            parameters=("MaDVHC", "TuThu", "SoLuong"),
            required=("MaDVHC",),
        ),
    ),
    columns=columns("""
        MaTuyen        | = | string  | open | k | Mã tuyến
        TenTuyen       | = | string  | open | - | Tên tuyến
        LoaiTuyen      | = | string  | open | - | Loại tuyến
        CuLy           | = | number  | open | - | Cự ly (km)
        MaDVHC         | = | string  | open | f | Mã xã điểm đầu
        Tram[].ThuTu   | = | integer | open | - | Thứ tự
        Tram[].TenTram | = | string  | open | - | Tên trạm dừng
        Tram[].MaDVHC  | = | string  | open | - | Mã xã của trạm
        DonViKhaiThac[].MSDN | = | string | open | - | Mã số doanh nghiệp khai thác
        DonViKhaiThac[].Ten  | = | string | open | - | Tên đơn vị khai thác
    """),
)

DATABASE = Database(
    code="giaothong",
    title_vi="Giao thông vận tải",
    technology=Technology.SOAP,
    source="",
    mount="/soap/giaothong",
    proof=Proof.BASIC,
    objects=(LICENCES, VEHICLES, ROUTES),
    namespace="urn:khanhhoa:giaothong:1.0",
)
