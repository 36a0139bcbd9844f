"""What does the test service do to show each kind of refusal? It is not a database of the province."""

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

TRIALS = DataObject(
    code="loi",
    title_vi="Các tình huống lỗi",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="binh-thuong", title_vi="Trả lời bình thường", method="GET", path="/binh-thuong", rows=""
        ),
        ProviderOperation(code="cham", title_vi="Trả lời sau 60 giây", method="GET", path="/cham", rows=""),
        ProviderOperation(code="rac", title_vi="Trả lời vô nghĩa", method="GET", path="/rac", rows=""),
        ProviderOperation(code="tu-choi", title_vi="Từ chối (403)", method="GET", path="/tuchoi", rows=""),
        ProviderOperation(code="hong", title_vi="Lỗi máy chủ (500)", method="GET", path="/hong", rows=""),
        ProviderOperation(code="khong-co", title_vi="Không có dữ liệu (404)", method="GET", path="/khong-co", rows=""),
        ProviderOperation(code="ngat", title_vi="Ngắt kết nối", method="GET", path="/ngat", rows=""),
        ProviderOperation(
            code="ghi",
            title_vi="Ghi, rồi trả lời",
            method="POST",
            path="/ghi",
            rows="",
            body=(("NoiDung", FieldType.STRING),),
            required=("NoiDung",),
            safe=False,
        ),
        ProviderOperation(
            code="ghi-roi-ngat",
            title_vi="Ghi, rồi không bao giờ trả lời",
            method="POST",
            path="/ghi-roi-ngat",
            rows="",
            body=(("NoiDung", FieldType.STRING),),
            required=("NoiDung",),
            safe=False,
        ),
    ),
    columns=columns("""
        Ma         | = | string  | open     | k | Mã lần thử
        ThongDiep  | = | string  | open     | - | Thông điệp
        SoLanGhi   | = | integer | open     | - | Số lần đã ghi
        NguoiThu   | = | string  | personal | - | Người thử
    """),
)

DATABASE = Database(
    code="thunghiem",
    title_vi="Dịch vụ thử nghiệm",
    technology=Technology.REST,
    source="",
    mount="/thunghiem",
    proof=Proof.NONE,
    objects=(TRIALS,),
)
