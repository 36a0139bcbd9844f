"""What does the database of common categories and identifiers (Sở KH&CN) answer?"""

from gateway.demo.agencies import AGENCIES, Agency
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records
from gateway.demo.province import Province
from gateway.demo.units import PROVINCE_CODE, PROVINCE_NAME, VALID_FROM

UNITS = DataObject(
    code="dvhc",
    title_vi="Đơn vị hành chính hai cấp",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh mục đơn vị hành chính",
            method="GET",
            path="/Category/DVHC",
            rows="[]",
            parameters=("MaDVHC", "Cap", "Loai"),
        ),
    ),
    columns=columns("""
        MaDVHC    | = | string  | open | k | Mã đơn vị hành chính
        TenDVHC   | = | string  | open | - | Tên đơn vị hành chính
        Loai      | = | string  | open | f | Tỉnh, phường, xã hay đặc khu
        Cap       | = | integer | open | f | Cấp hành chính (1 tỉnh, 2 xã)
        MaCapTren | = | string  | open | - | Mã đơn vị cấp trên
        HieuLucTu | = | date    | open | - | Hiệu lực từ ngày
        HieuLucDen| = | date    | open | - | Hiệu lực đến ngày
        Nguon     | = | string  | open | - | Nguồn của mã
    """),
)

AGENCIES_OBJECT = DataObject(
    code="co-quan",
    title_vi="Mã định danh cơ quan",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Danh mục cơ quan, đơn vị",
            method="GET",
            path="/Category/COQUAN",
            rows="[]",
            parameters=("MaDinhDanh", "MaDVHC", "MaCapTren"),
        ),
    ),
    columns=columns("""
        MaDinhDanh | = | string  | open     | k | Mã định danh (QCVN 102:2016)
        TenDonVi   | = | string  | open     | - | Tên cơ quan, đơn vị
        MaCapTren  | = | string  | open     | f | Mã định danh đơn vị cấp trên
        MaDVHC     | = | string  | open     | f | Mã đơn vị hành chính
        DiaChi     | = | string  | open     | - | Địa chỉ
        ThuDienTu  | = | string  | internal | - | Thư điện tử công vụ
        NguoiDauMoi.HoVaTen   | = | string | personal | - | Họ tên người đầu mối
        NguoiDauMoi.DienThoai | = | string | personal | - | Điện thoại người đầu mối
        HieuLucTu  | = | date    | open     | - | Hiệu lực từ ngày
        HieuLucDen | = | date    | open     | - | Hiệu lực đến ngày
    """),
)

PROPERTIES = DataObject(
    code="thuoc-tinh",
    title_vi="Thuộc tính của danh mục",
    technology=Technology.REST,
    source="",
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Thuộc tính của một danh mục",
            method="GET",
            path="/Metadata/{DanhMuc}",
            rows="[]",
        ),
    ),
    columns=columns("""
        PropertyCode | = | string | open | k | Mã thuộc tính
        PropertyName | = | string | open | - | Tên thuộc tính
        PropertyType | = | string | open | - | Kiểu dữ liệu
    """),
)

DATABASE = Database(
    code="dmdc",
    title_vi="Danh mục và mã định danh dùng chung",
    technology=Technology.REST,
    source="",
    mount="/dmdc",
    proof=Proof.API_KEY,
    objects=(UNITS, AGENCIES_OBJECT, PROPERTIES),
)


def _units(province: Province) -> list[Record]:
    since = VALID_FROM.isoformat()
    found: list[Record] = [
        {
            "MaDVHC": PROVINCE_CODE, "TenDVHC": PROVINCE_NAME, "Loai": "Tỉnh", "Cap": 1, "MaCapTren": None,
            "HieuLucTu": since, "HieuLucDen": None, "Nguon": "QĐ 19/2025/QĐ-TTg (chưa đối chiếu bản gốc)",
        }
    ]  # fmt: skip
    found.extend(
        {
            "MaDVHC": one.code, "TenDVHC": one.name, "Loai": one.kind, "Cap": 2, "MaCapTren": PROVINCE_CODE,
            "HieuLucTu": since, "HieuLucDen": None, "Nguon": one.source,
        }
        for one in province.communes
    )  # fmt: skip
    return found


def _agency(agency: Agency, draw: Draw) -> Record:
    contact = draw.adult()
    return {
        "MaDinhDanh": agency.code, "TenDonVi": agency.name, "MaCapTren": agency.parent or None,
        "MaDVHC": agency.commune, "DiaChi": f"Trụ sở {agency.name}",
        "ThuDienTu": f"dv{agency.code.replace('.', '').lower()}@khanhhoa.example",
        "NguoiDauMoi": {"HoVaTen": contact.full_name, "DienThoai": contact.phone, "SoDinhDanh": contact.identity},
        "HieuLucTu": VALID_FROM.isoformat(), "HieuLucDen": None, "_phienBanDong": draw.number(1, 9),
    }  # fmt: skip


def _properties() -> list[Record]:
    return [
        {
            "PropertyCode": column.field,
            "PropertyName": column.title_vi,
            "PropertyType": column.type.value,
            "DanhMuc": name,
        }
        for name, one in (("DVHC", UNITS), ("COQUAN", AGENCIES_OBJECT))
        for column in one.columns
    ]


def records(province: Province) -> Records:
    """The rows of the categories; the agencies' contacts carry an identity number that no documentation mentions."""
    draw = Draw(province, "dmdc")
    return {
        UNITS.code: _units(province),
        AGENCIES_OBJECT.code: [_agency(one, draw) for one in AGENCIES],
        PROPERTIES.code: _properties(),
    }
