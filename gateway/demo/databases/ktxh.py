"""What does the open database of social and economic indicators (Văn phòng UBND, Thống kê) answer?"""

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns

INDICATORS = DataObject(
    code="chi-tieu",
    title_vi="Chỉ tiêu kinh tế – xã hội",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh mục chỉ tiêu",
            method="GET",
            path="/chi-tieu",
            rows="data[]",
            parameters=("LinhVuc",),
            envelope=(("count", FieldType.INTEGER),),
        ),
    ),
    columns=columns("""
        MaChiTieu  | = | string | open | k | Mã chỉ tiêu
        TenChiTieu | = | string | open | - | Tên chỉ tiêu
        DonViTinh  | = | string | open | - | Đơn vị tính
        LinhVuc    | = | string | open | f | Lĩnh vực
        ChuKy      | = | string | open | - | Chu kỳ báo cáo
    """),
)

FIGURES = DataObject(
    code="so-lieu",
    title_vi="Số liệu chỉ tiêu theo kỳ",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="tra-cuu",
            title_vi="Số liệu của một chỉ tiêu",
            method="GET",
            path="/so-lieu",
            rows="data[]",
            parameters=("MaChiTieu", "KyBaoCao", "MaDVHC", "offset", "limit"),
            envelope=(("count", FieldType.INTEGER),),
        ),
    ),
    columns=columns("""
        MaSoLieu  | = | string | open | k | Mã số liệu
        MaChiTieu | = | string | open | f | Mã chỉ tiêu
        KyBaoCao  | = | string | open | f | Kỳ báo cáo
        MaDVHC    | = | string | open | f | Mã đơn vị hành chính
        GiaTri    | = | number | open | - | Giá trị
        GhiChu    | = | string | open | - | Ghi chú
    """),
)

DATABASE = Database(
    code="ktxh",
    title_vi="Chỉ tiêu kinh tế – xã hội",
    technology=Technology.REST,
    source="",
    mount="/ktxh",
    proof=Proof.NONE,
    objects=(INDICATORS, FIGURES),
)
