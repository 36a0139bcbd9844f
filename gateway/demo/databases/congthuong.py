"""What does the industry and trade database (Sở Công Thương) hold?"""

from datetime import timedelta

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.people import AS_OF
from gateway.demo.province import Province

CLUSTERS = DataObject(
    code="doanh-nghiep-cum",
    title_vi="Doanh nghiệp trong cụm công nghiệp",
    technology=Technology.CSV,
    source="cum-cong-nghiep.csv",
    columns=columns("""
        MaDangKy    | Mã đăng ký           | string  | open     | k | Mã đăng ký hoạt động trong cụm
        MaCum       | Mã cụm               | string  | open     | f | Mã cụm công nghiệp
        TenCum      | Tên cụm              | string  | open     | - | Tên cụm công nghiệp
        MaDVHC      | Mã ĐVHC              | string  | open     | f | Mã đơn vị hành chính cấp xã
        MSDN        | Mã số doanh nghiệp   | string  | open     | f | Mã số doanh nghiệp
        TenDN       | Tên doanh nghiệp     | string  | open     | - | Tên doanh nghiệp
        DienTich    | Diện tích thuê (m²)  | number  | internal | - | Diện tích thuê (m²)
        NganhHang   | Ngành hàng           | string  | open     | f | Ngành hàng
        ThueDenNgay | Thuê đến ngày        | date    | internal | f | Thuê đến ngày
    """),
)

MARKETS = DataObject(
    code="cho",
    title_vi="Hộ kinh doanh tại chợ",
    technology=Technology.CSV,
    source="cho.csv",
    subjects=("SoDinhDanh",),
    columns=columns("""
        MaDiemKinhDoanh | Mã điểm kinh doanh | string  | open     | k | Mã điểm kinh doanh
        MaCho           | Mã chợ             | string  | open     | f | Mã chợ
        TenCho          | Tên chợ            | string  | open     | - | Tên chợ
        HangCho         | Hạng chợ           | integer | open     | f | Hạng chợ
        MaDVHC          | Mã ĐVHC            | string  | open     | f | Mã đơn vị hành chính cấp xã
        NganhHang       | Ngành hàng         | string  | open     | f | Ngành hàng
        TieuThuong      | Tiểu thương        | string  | personal | - | Tiểu thương
        SoDinhDanh      | Số định danh       | string  | personal | f | Số định danh cá nhân
        DienThoai       | Điện thoại         | string  | personal | - | Điện thoại
    """),
)

DATABASE = Database(
    code="congthuong",
    title_vi="Công Thương",
    technology=Technology.CSV,
    source="files/congthuong",
    mount="",
    proof=Proof.NONE,
    objects=(CLUSTERS, MARKETS),
)

_GOODS = ("Thủy sản", "Thực phẩm", "May mặc", "Cơ khí", "Vật liệu xây dựng", "Gỗ", "Tạp hóa")


def _cluster_tenants(draw: Draw) -> list[Row]:
    clusters = [(f"CCN{number:02d}", draw.commune()) for number in range(1, 21)]
    rows: list[Row] = []
    for number in range(1, 1_051):
        tenant = draw.enterprise()
        code, place = draw.pick(clusters)
        rows.append((
            f"{code}-{number:05d}", code, f"Cụm công nghiệp {place.short_name}", place.code, tenant.number, tenant.name,
            draw.measure(500, 30_000), draw.pick(_GOODS), AS_OF + timedelta(days=draw.number(100, 12_000)),
        ))  # fmt: skip
    return rows


def _stalls(draw: Draw) -> list[Row]:
    markets = [(f"CHO{number:03d}", draw.commune(), draw.pick((1, 2, 2, 3, 3, 3))) for number in range(1, 131)]
    rows: list[Row] = []
    for number, trader in enumerate(draw.adults(1_500), start=1):
        code, place, rank = draw.pick(markets)
        rows.append((
            f"{code}-{number:05d}", code, f"Chợ {place.short_name}", rank, place.code, draw.pick(_GOODS),
            trader.full_name, trader.identity, trader.phone,
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of both files; tenants are enterprises, traders are citizens of the province."""
    return {CLUSTERS.code: _cluster_tenants(Draw(province, "cum")), MARKETS.code: _stalls(Draw(province, "cho"))}
