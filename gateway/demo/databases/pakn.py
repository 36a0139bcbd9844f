"""What does the database of feedback and petitions (Văn phòng UBND) answer, and how is a feedback sent to it?"""

from datetime import timedelta

from adapters.contract import Json
from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records
from gateway.demo.province import Province

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

FIELDS = ("Môi trường", "Giao thông", "Đất đai", "Trật tự đô thị", "Hạ tầng", "Dịch vụ công", "Du lịch")
_TITLES = ("Rác thải chưa thu gom", "Đường hư hỏng", "Đèn đường không sáng", "Tiếng ồn ban đêm", "Lấn chiếm vỉa hè")


def _feedback(draw: Draw, number: int) -> Record:
    sender, officer, place = draw.adult(), draw.adult(), draw.commune()
    sent = draw.moment(360)
    title = draw.pick(_TITLES)
    state = draw.pick(("Mới gửi", "Đang xử lý", "Đã trả lời", "Đã trả lời", "Từ chối"))
    handled: list[Json] = [
        {
            "DonVi": f"UBND {place.name}", "NoiDung": "Đã kiểm tra và khắc phục.",
            "ThoiDiem": (sent + timedelta(days=draw.number(1, 9))).isoformat(),
            "CanBo": {"HoVaTen": officer.full_name, "DienThoai": officer.phone,
            "TaiKhoan": f"cb.{officer.identity[-6:]}"},
        }
    ]  # fmt: skip
    return {
        "MaPhanAnh": f"PA56-{number:06d}", "LinhVuc": draw.pick(FIELDS), "MaDVHC": place.code,
        "TieuDe": f"{title} tại {place.name}",
        "NoiDung": f"{title}, tôi là {sender.full_name}, điện thoại {sender.phone}, đề nghị xử lý sớm.",
        "DiaDiem": place.full_name, "TrangThai": state, "ThoiDiemGui": sent.isoformat(),
        "HanXuLy": (sent + timedelta(days=10)).date().isoformat(),
        "NguoiGui": {
            "HoVaTen": sender.full_name, "SoDinhDanh": sender.identity, "DienThoai": sender.phone,
            "ViTri": {"KinhDo": draw.measure(108.7, 109.4, digits=6), "ViDo": draw.measure(11.3, 12.8, digits=6)},
        },
        "XuLy": handled if state == "Đã trả lời" else [],
        "DanhGia": draw.number(1, 5) if state == "Đã trả lời" else None,
        "_thietBi": {"ip": f"10.57.{draw.number(0, 255)}.{draw.number(1, 254)}", "ungDung": "app-1.4"},
    }  # fmt: skip


def records(province: Province) -> Records:
    """The feedback. Undocumented: where the sender stood, his device, the officer's account."""
    draw = Draw(province, "pakn")
    return {FEEDBACK.code: [_feedback(draw, number) for number in range(1, 2_001)]}
