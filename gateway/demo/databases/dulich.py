"""What does the tourism database (Sở VHTTDL) answer?"""

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

LODGINGS = DataObject(
    code="co-so-luu-tru",
    title_vi="Cơ sở lưu trú du lịch",
    technology=Technology.REST,
    source="",
    subjects=("NguoiQuanLy.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm cơ sở lưu trú",
            method="GET",
            path="/co-so-luu-tru",
            rows="items[]",
            parameters=("MaDVHC", "HangSao", "MSDN", "offset", "limit"),
            envelope=(("total", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết cơ sở lưu trú", method="GET", path="/co-so-luu-tru/{MaCSLT}", rows=""
        ),
    ),
    columns=columns("""
        MaCSLT                  | = | string  | open      | k | Mã cơ sở lưu trú
        TenCoSo                 | = | string  | open      | - | Tên cơ sở
        LoaiHinh                | = | string  | open      | - | Loại hình
        MSDN                    | = | string  | open      | f | Mã số doanh nghiệp
        HangSao                 | = | integer | open      | f | Hạng sao
        SoPhong                 | = | integer | open      | - | Số phòng
        MaDVHC                  | = | string  | open      | f | Mã đơn vị hành chính cấp xã
        DiaChi                  | = | string  | open      | - | Địa chỉ
        ViTri.KinhDo            | = | number  | open      | - | Kinh độ
        ViTri.ViDo              | = | number  | open      | - | Vĩ độ
        NguoiQuanLy.HoVaTen     | = | string  | personal  | - | Người quản lý
        NguoiQuanLy.SoDinhDanh  | = | string  | personal  | - | Số định danh người quản lý
        NguoiQuanLy.DienThoai   | = | string  | personal  | - | Điện thoại người quản lý
        ThanhTra[].Ngay         | = | date    | internal  | - | Ngày kiểm tra
        ThanhTra[].KetQua       | = | string  | internal  | - | Kết quả kiểm tra
        ThanhTra[].TienPhat     | = | integer | sensitive | - | Tiền phạt (đồng)
    """),
)

GUIDES = DataObject(
    code="huong-dan-vien",
    title_vi="Hướng dẫn viên du lịch",
    technology=Technology.REST,
    source="",
    subjects=("SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm hướng dẫn viên",
            method="GET",
            path="/huong-dan-vien",
            rows="items[]",
            parameters=("LoaiThe", "TrangThai", "offset", "limit"),
            envelope=(("total", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Tra cứu thẻ hướng dẫn viên", method="GET", path="/huong-dan-vien/{SoThe}", rows=""
        ),
    ),
    columns=columns("""
        SoThe       | = | string | open     | k | Số thẻ
        LoaiThe     | = | string | open     | f | Loại thẻ
        HoVaTen     | = | string | personal | - | Họ và tên
        SoDinhDanh  | = | string | personal | - | Số định danh cá nhân
        NgaySinh    | = | date   | personal | - | Ngày sinh
        NgoaiNgu[].Ten    | = | string | open | - | Ngoại ngữ
        NgoaiNgu[].TrinhDo| = | string | open | - | Trình độ ngoại ngữ
        NgayCap     | = | date   | open     | - | Ngày cấp
        NgayHetHan  | = | date   | open     | - | Ngày hết hạn
        TrangThai   | = | string | open     | f | Trạng thái thẻ
    """),
)

DATABASE = Database(
    code="dulich",
    title_vi="Du lịch",
    technology=Technology.REST,
    source="",
    mount="/dulich",
    proof=Proof.API_KEY,
    objects=(LODGINGS, GUIDES),
)
