"""What does the database of feedback and petitions (Văn phòng UBND) answer, and how is a feedback sent to it?"""

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

FEEDBACK = DataObject(
    code="phan-anh",
    title_vi="Phản ánh, kiến nghị",
    technology=Technology.REST,
    source="",
    subjects=("NguoiGui.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm phản ánh",
            method="GET",
            path="/phan-anh",
            rows="items[]",
            parameters=("LinhVuc", "MaDVHC", "TrangThai", "offset", "limit"),
            envelope=(("total", FieldType.INTEGER),),
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết một phản ánh", method="GET", path="/phan-anh/{MaPhanAnh}", rows=""
        ),
        ProviderOperation(
            code="gui",
            title_vi="Gửi một phản ánh",
            method="POST",
            path="/phan-anh",
            rows="",
            body=(
                ("LinhVuc", FieldType.STRING),
                ("MaDVHC", FieldType.STRING),
                ("TieuDe", FieldType.STRING),
                ("NoiDung", FieldType.STRING),
                ("DiaDiem", FieldType.STRING),
                ("SoDinhDanh", FieldType.STRING),
                ("DienThoai", FieldType.STRING),
            ),
            required=("LinhVuc", "MaDVHC", "TieuDe", "NoiDung"),
            safe=False,
        ),
    ),
    columns=columns("""
        MaPhanAnh           | = | string   | open      | k | Mã phản ánh
        LinhVuc             | = | string   | open      | f | Lĩnh vực
        MaDVHC              | = | string   | open      | f | Mã đơn vị hành chính cấp xã
        TieuDe              | = | string   | open      | - | Tiêu đề
        NoiDung             | = | string   | internal  | - | Nội dung
        DiaDiem             | = | string   | internal  | - | Địa điểm
        TrangThai           | = | string   | open      | f | Trạng thái
        ThoiDiemGui         | = | datetime | open      | - | Thời điểm gửi
        HanXuLy             | = | date     | open      | - | Hạn xử lý
        NguoiGui.HoVaTen    | = | string   | personal  | - | Họ và tên người gửi
        NguoiGui.SoDinhDanh | = | string   | personal  | - | Số định danh người gửi
        NguoiGui.DienThoai  | = | string   | personal  | - | Điện thoại người gửi
        XuLy[].DonVi        | = | string   | open      | - | Đơn vị xử lý
        XuLy[].NoiDung      | = | string   | internal  | - | Nội dung trả lời
        XuLy[].ThoiDiem     | = | datetime | open      | - | Thời điểm trả lời
        XuLy[].CanBo.HoVaTen| = | string   | personal  | - | Cán bộ xử lý
        DanhGia             | = | integer  | open      | - | Mức hài lòng (1–5)
    """),
)

DATABASE = Database(
    code="pakn",
    title_vi="Phản ánh, kiến nghị",
    technology=Technology.REST,
    source="",
    mount="/pakn",
    proof=Proof.BASIC,
    objects=(FEEDBACK,),
)
