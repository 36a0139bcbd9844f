"""What does the agriculture and fisheries database (Sở NN&MT) hold?"""

from datetime import timedelta

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.people import AS_OF
from gateway.demo.province import Province

VESSELS = DataObject(
    code="tau-ca",
    title_vi="Tàu cá",
    technology=Technology.XLSX,
    source="tau-ca.xlsx",
    subjects=("SoDinhDanhChu",),
    columns=columns("""
        SoDangKyTau   | Số đăng ký tàu      | string  | internal | k | Số đăng ký tàu cá
        TenTau        | Tên tàu             | string  | internal | - | Tên tàu
        ChuSoHuu      | Chủ sở hữu          | string  | personal | - | Chủ sở hữu
        SoDinhDanhChu | Số định danh chủ    | string  | personal | f | Số định danh chủ tàu
        MaDVHC        | Mã ĐVHC             | string  | open     | f | Mã đơn vị hành chính cấp xã
        ChieuDai      | Chiều dài (m)       | number  | internal | f | Chiều dài lớn nhất (m)
        CongSuat      | Công suất (kW)      | integer | internal | - | Công suất máy chính (kW)
        NgheChinh     | Nghề chính          | string  | internal | f | Nghề khai thác chính
        CangCa        | Cảng cá             | string  | internal | f | Cảng cá đăng ký
        VMS           | Thiết bị giám sát   | string  | internal | - | Số thiết bị giám sát hành trình
        HetHanDangKiem| Hết hạn đăng kiểm   | date    | internal | f | Ngày hết hạn đăng kiểm
        DienThoai     | Điện thoại          | string  | personal | - | Điện thoại chủ tàu
    """),
)

GROWING_AREAS = DataObject(
    code="vung-trong",
    title_vi="Vùng trồng",
    technology=Technology.XLSX,
    source="vung-trong.xlsx",
    subjects=("SoDinhDanhDaiDien",),
    columns=columns("""
        MaVungTrong       | Mã vùng trồng          | string  | open     | k | Mã vùng trồng
        CayTrong          | Cây trồng              | string  | open     | f | Cây trồng
        DienTich          | Diện tích (ha)         | number  | open     | - | Diện tích (ha)
        MaDVHC            | Mã ĐVHC                | string  | open     | f | Mã đơn vị hành chính cấp xã
        ChuSoHuu          | Đại diện vùng trồng    | string  | personal | - | Đại diện vùng trồng
        SoDinhDanhDaiDien | Số định danh đại diện  | string  | personal | f | Số định danh người đại diện
        ThiTruong         | Thị trường xuất khẩu   | string  | open     | f | Thị trường xuất khẩu
        NgayCapMa         | Ngày cấp mã            | date    | open     | f | Ngày cấp mã
        SoHo              | Số hộ                  | integer | open     | - | Số hộ tham gia
    """),
)

OCOP = DataObject(
    code="ocop",
    title_vi="Sản phẩm OCOP",
    technology=Technology.XLSX,
    source="ocop.xlsx",
    columns=columns("""
        MaSanPham  | Mã sản phẩm     | string  | open | k | Mã sản phẩm
        TenSanPham | Tên sản phẩm    | string  | open | f | Tên sản phẩm
        NhomHang   | Nhóm hàng       | string  | open | f | Nhóm sản phẩm
        ChuThe     | Chủ thể         | string  | open | - | Chủ thể
        MaDVHC     | Mã ĐVHC         | string  | open | f | Mã đơn vị hành chính cấp xã
        HangSao    | Hạng sao        | integer | open | f | Hạng sao
        NgayCN     | Ngày công nhận  | date    | open | f | Ngày công nhận
    """),
)

DATABASE = Database(
    code="nongnghiep",
    title_vi="Nông nghiệp – thủy sản",
    technology=Technology.XLSX,
    source="files/nongnghiep",
    mount="",
    proof=Proof.NONE,
    objects=(VESSELS, GROWING_AREAS, OCOP),
)


def _vessels(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number, owner in enumerate(draw.adults(1_600), start=1):
        mark = "NT" if owner.identity.startswith("058") else "KH"
        rows.append((
            f"{mark}-{90_000 + number}-TS", f"Thuận Gió {number}", owner.full_name, owner.identity, owner.residence,
            draw.measure(6, 28), draw.number(20, 900), draw.pick(("Câu cá ngừ", "Lưới vây", "Lưới rê", "Lặn",
            "Pha xúc")),
            draw.pick(("Hòn Rớ", "Đá Bạc", "Vĩnh Lương", "Đông Hải", "Cà Ná", "Ninh Chữ")),
            f"VMS{number:06d}" if draw.chance(70) else None, AS_OF + timedelta(days=draw.number(-200, 400)),
            owner.phone,
        ))  # fmt: skip
    return rows


def _areas(draw: Draw) -> list[Row]:
    rows: list[Row] = []
    for number, person in enumerate(draw.adults(1_100), start=1):
        rows.append((
            f"VN-KHOR-{number:04d}", draw.pick(("Xoài", "Sầu riêng", "Bưởi da xanh", "Nho", "Táo", "Măng tây")),
            draw.measure(1, 60), person.residence, person.full_name, person.identity,
            draw.pick(("Trung Quốc", "Hàn Quốc", "Nhật Bản", "Trong nước")), draw.day(5), draw.number(1, 40),
        ))  # fmt: skip
    return rows


def _products(draw: Draw) -> list[Row]:
    makers = draw.province.cooperatives
    rows: list[Row] = []
    for number in range(1, 1_021):
        maker = draw.pick(makers)
        product = draw.pick(
            ("Yến chưng", "Nho sấy", "Mật nho", "Mực một nắng", "Tỏi Phan Rang", "Xoài sấy", "Nước mắm")
        )
        rows.append((
            f"OCOP56{number:05d}", f"{product} {number}", draw.pick(("Thực phẩm", "Đồ uống", "Thảo dược", "Thủ công")),
            maker.name, maker.residence, draw.pick((3, 3, 3, 4, 4, 5)), draw.day(4),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of the three workbooks; owners and representatives are citizens of the province."""
    return {
        VESSELS.code: _vessels(Draw(province, "tau-ca")),
        GROWING_AREAS.code: _areas(Draw(province, "vung-trong")),
        OCOP.code: _products(Draw(province, "ocop")),
    }
