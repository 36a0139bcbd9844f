"""What does the health database (Sở Y tế) answer?"""

from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

PRACTITIONERS = DataObject(
    code="chung-chi-hanh-nghe",
    title_vi="Chứng chỉ hành nghề khám bệnh, chữa bệnh",
    technology=Technology.SOAP,
    source="",
    subjects=("NguoiHanhNghe.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Tra cứu chứng chỉ hành nghề",
            method="",
            path="TraCuuCCHN",
            rows="ChungChi",
            parameters=("SoCCHN", "SoDinhDanh"),
        ),
    ),
    columns=columns("""
        SoCCHN                    | = | string | open      | k | Số chứng chỉ hành nghề
        NguoiHanhNghe.HoVaTen     | = | string | open      | - | Họ và tên
        NguoiHanhNghe.SoDinhDanh  | = | string | personal  | f | Số định danh cá nhân
        NguoiHanhNghe.NgaySinh    | = | date   | personal  | - | Ngày sinh
        NguoiHanhNghe.DienThoai   | = | string | personal  | - | Điện thoại
        ChucDanh                  | = | string | open      | - | Chức danh
        PhamVi[].MaPhamVi         | = | string | open      | - | Mã phạm vi hành nghề
        PhamVi[].TenPhamVi        | = | string | open      | - | Phạm vi hành nghề
        NoiLamViec[].MaCSKCB      | = | string | open      | - | Mã cơ sở khám chữa bệnh
        NoiLamViec[].TenCoSo      | = | string | open      | - | Tên cơ sở
        NoiLamViec[].ThoiGian     | = | string | open      | - | Thời gian làm việc
        NgayCap                   | = | date   | open      | - | Ngày cấp
        TinhTrang                 | = | string | open      | - | Tình trạng
        KyLuat[].QuyetDinh        | = | string | sensitive | - | Quyết định kỷ luật
        KyLuat[].LyDo             | = | string | sensitive | - | Lý do kỷ luật
    """),
)

FACILITIES = DataObject(
    code="co-so-kham-chua-benh",
    title_vi="Cơ sở khám bệnh, chữa bệnh",
    technology=Technology.SOAP,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh sách cơ sở theo xã",
            method="",
            path="DanhSachCoSo",
            rows="CoSo[]",
            parameters=("MaDVHC", "Hang", "TuThu", "SoLuong"),
        ),
        ProviderOperation(
            code="chi-tiet",
            title_vi="Chi tiết một cơ sở",
            method="",
            path="ChiTietCoSo",
            rows="CoSo",
            parameters=("MaCSKCB",),
            required=("MaCSKCB",),
        ),
    ),
    columns=columns("""
        MaCSKCB                | = | string  | open     | k | Mã cơ sở khám chữa bệnh
        TenCoSo                | = | string  | open     | - | Tên cơ sở
        Hang                   | = | string  | open     | f | Hạng
        MaDVHC                 | = | string  | open     | f | Mã đơn vị hành chính cấp xã
        DiaChi                 | = | string  | open     | - | Địa chỉ
        SoGiuong               | = | integer | open     | - | Số giường
        PhuTrach.HoVaTen       | = | string  | internal | - | Người chịu trách nhiệm chuyên môn
        PhuTrach.SoCCHN        | = | string  | internal | - | Số chứng chỉ của người chịu trách nhiệm
        PhuTrach.DienThoai     | = | string  | personal | - | Điện thoại
        Khoa[].MaKhoa          | = | string  | open     | - | Mã khoa
        Khoa[].TenKhoa         | = | string  | open     | - | Tên khoa
        Khoa[].SoGiuong        | = | integer | open     | - | Số giường của khoa
    """),
)

DATABASE = Database(
    code="yte",
    title_vi="Y tế",
    technology=Technology.SOAP,
    source="",
    mount="/soap/yte",
    proof=Proof.USERNAME_TOKEN,
    objects=(PRACTITIONERS, FACILITIES),
    namespace="urn:khanhhoa:yte:1.0",
)
