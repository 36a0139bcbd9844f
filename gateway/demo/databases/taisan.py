"""What does the database of public assets, budgets and prices (Sở Tài chính) hold?"""

from gateway.demo.agencies import AGENCIES, Agency
from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns
from gateway.demo.draw import Draw, Row, Tables
from gateway.demo.province import Province

ASSETS = DataObject(
    code="tai-san",
    title_vi="Tài sản công",
    technology=Technology.XLSX,
    source="tai-san.xlsx",
    columns=columns("""
        MaTaiSan     | Mã tài sản             | string  | internal | k | Mã tài sản
        TenTaiSan    | Tên tài sản            | string  | internal | - | Tên tài sản
        LoaiTaiSan   | Loại tài sản           | string  | internal | f | Loại tài sản
        MaDVQHNS     | Mã ĐVQHNS              | string  | internal | f | Mã đơn vị quan hệ ngân sách
        TenDonVi     | Đơn vị sử dụng         | string  | internal | - | Đơn vị sử dụng
        NguyenGia    | Nguyên giá (đồng)      | integer | internal | f | Nguyên giá (đồng)
        GiaTriConLai | Giá trị còn lại (đồng) | integer | internal | - | Giá trị còn lại (đồng)
        NamSuDung    | Năm sử dụng            | integer | internal | f | Năm đưa vào sử dụng
        NguoiQuanLy  | Người quản lý          | string  | personal | - | Người quản lý
        TinhTrang    | Tình trạng             | string  | internal | f | Tình trạng
    """),
)

BUDGET_UNITS = DataObject(
    code="dvqhns",
    title_vi="Đơn vị quan hệ ngân sách",
    technology=Technology.XLSX,
    source="dvqhns.xlsx",
    columns=columns("""
        MaDVQHNS   | Mã ĐVQHNS        | string | open     | k | Mã đơn vị quan hệ ngân sách
        TenDonVi   | Tên đơn vị       | string | open     | f | Tên đơn vị
        MaDinhDanh | Mã định danh     | string | open     | f | Mã định danh cơ quan
        Cap        | Cấp dự toán      | string | open     | f | Cấp dự toán
        MaChuong   | Mã chương        | string | open     | f | Mã chương
        TaiKhoan   | Tài khoản KBNN   | string | internal | - | Tài khoản tại Kho bạc Nhà nước
    """),
)

DATABASE = Database(
    code="taisan",
    title_vi="Tài sản công – ngân sách – giá",
    technology=Technology.XLSX,
    source="files/taisan",
    mount="",
    proof=Proof.NONE,
    objects=(ASSETS, BUDGET_UNITS),
)


def _budget_code(agency: Agency) -> str:
    return f"1{agency.code[7:9]}{agency.code[4:6]}56"


def _assets(draw: Draw) -> list[Row]:
    keepers = [one.full_name for one in draw.adults(400)]
    rows: list[Row] = []
    for number in range(1, 3_001):
        agency = draw.pick(AGENCIES)
        kind = draw.pick(("Máy tính", "Xe ô tô", "Nhà làm việc", "Máy photocopy", "Thiết bị y tế", "Máy chủ"))
        cost = draw.number(12, 3_500) * 1_000_000
        rows.append((
            f"TS56{number:06d}", f"{kind} số {number}", kind, _budget_code(agency), agency.name, cost,
            cost * draw.number(0, 95) // 100, draw.number(2010, 2026), draw.pick(keepers),
            draw.pick(("Đang sử dụng", "Đang sử dụng", "Hỏng", "Chờ thanh lý")),
        ))  # fmt: skip
    return rows


def tables(province: Province) -> Tables:
    """The rows of both workbooks; each asset belongs to an agency of the common categories."""
    draw = Draw(province, "taisan")
    units: list[Row] = [
        (
            _budget_code(one), one.name, one.code, "Cấp I" if not one.parent else draw.pick(("Cấp II", "Cấp III")),
            f"{draw.number(400, 860)}", f"9523.3.{_budget_code(one)}",
        )
        for one in AGENCIES
    ]  # fmt: skip
    return {ASSETS.code: _assets(draw), BUDGET_UNITS.code: units}
