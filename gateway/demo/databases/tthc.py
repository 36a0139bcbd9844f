"""What does the database of case files and results of administrative procedures (Trung tâm PVHCC) answer?

Its answers hold far more than any agreement needs (the person, the papers, the log), and members that its
documentation does not mention: a gateway that passes them on has failed.
"""

from datetime import timedelta
from hashlib import sha256

from adapters.contract import Json
from catalog.descriptions import FieldType
from gateway.demo.agencies import AGENCIES
from gateway.demo.databases.form import Database, DataObject, Proof, ProviderOperation, Technology, columns
from gateway.demo.draw import Draw, Record, Records, home
from gateway.demo.people import AS_OF
from gateway.demo.province import Province

PAGED = (("tongSo", FieldType.INTEGER), ("trang", FieldType.INTEGER), ("kichThuoc", FieldType.INTEGER))

CASE_FILES = DataObject(
    code="ho-so",
    title_vi="Hồ sơ thủ tục hành chính",
    technology=Technology.REST,
    source="",
    subjects=("NguoiNop.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Tìm hồ sơ",
            method="GET",
            path="/ho-so",
            rows="duLieu[]",
            parameters=("MaTTHC", "MaDVHC", "TrangThai", "SoDinhDanh", "trang", "kichThuoc"),
            envelope=PAGED,
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết một hồ sơ", method="GET", path="/ho-so/{MaHoSo}", rows=""
        ),
    ),
    columns=columns("""
        MaHoSo              | = | string   | internal  | k | Mã hồ sơ
        MaTTHC              | = | string   | open      | f | Mã thủ tục hành chính
        TenTTHC             | = | string   | open      | - | Tên thủ tục hành chính
        LinhVuc             | = | string   | open      | - | Lĩnh vực
        MaDVHC              | = | string   | open      | f | Mã đơn vị hành chính nơi nộp
        CoQuanXuLy          | = | string   | internal  | - | Cơ quan xử lý
        TrangThai           | = | string   | internal  | f | Trạng thái xử lý
        NgayTiepNhan        | = | datetime | internal  | - | Ngày tiếp nhận
        NgayHenTra          | = | datetime | internal  | - | Ngày hẹn trả
        NgayTra             | = | datetime | internal  | - | Ngày trả kết quả
        MSDN                | = | string   | internal  | - | Mã số doanh nghiệp nộp hồ sơ
        PhiLePhi            | = | integer  | internal  | - | Phí, lệ phí (đồng)
        NguoiNop.HoVaTen    | = | string   | personal  | - | Họ và tên người nộp
        NguoiNop.SoDinhDanh | = | string   | personal  | - | Số định danh người nộp
        NguoiNop.NgaySinh   | = | date     | personal  | - | Ngày sinh người nộp
        NguoiNop.DiaChi     | = | string   | personal  | - | Địa chỉ người nộp
        NguoiNop.DienThoai  | = | string   | personal  | - | Điện thoại người nộp
        NguoiNop.DanToc     | = | string   | sensitive | - | Dân tộc người nộp
        ThanhPhan[].MaGiayTo  | = | string  | internal | - | Mã giấy tờ
        ThanhPhan[].TenGiayTo | = | string  | internal | - | Tên giấy tờ
        ThanhPhan[].SoGiayTo  | = | string  | personal | - | Số giấy tờ
        ThanhPhan[].DaSoHoa   | = | boolean | internal | - | Đã số hóa
        NhatKy[].ThoiDiem   | = | datetime | internal  | - | Thời điểm xử lý
        NhatKy[].Buoc       | = | string   | internal  | - | Bước xử lý
        NhatKy[].CanBo.HoVaTen  | = | string | personal | - | Cán bộ xử lý
        NhatKy[].CanBo.TaiKhoan | = | string | personal | - | Tài khoản cán bộ
        NhatKy[].YKien      | = | string   | sensitive | - | Ý kiến xử lý
    """),
)

RESULTS = DataObject(
    code="ket-qua",
    title_vi="Kết quả thủ tục hành chính đã số hóa",
    technology=Technology.REST,
    source="",
    subjects=("ChuSoHuu.SoDinhDanh",),
    operations=(
        ProviderOperation(
            code="danh-sach",
            title_vi="Kết quả số hóa của một người",
            method="GET",
            path="/ket-qua",
            rows="duLieu[]",
            parameters=("SoDinhDanh", "MaHoSo", "trang", "kichThuoc"),
            envelope=PAGED,
        ),
        ProviderOperation(
            code="chi-tiet", title_vi="Chi tiết một kết quả", method="GET", path="/ket-qua/{MaKetQua}", rows=""
        ),
    ),
    columns=columns("""
        MaKetQua            | = | string  | internal | k | Mã kết quả số hóa
        MaHoSo              | = | string  | internal | f | Mã hồ sơ
        TenKetQua           | = | string  | internal | - | Tên kết quả
        SoVanBan            | = | string  | internal | - | Số văn bản
        NgayKy              | = | date    | internal | - | Ngày ký
        NguoiKy             | = | string  | internal | - | Người ký
        HieuLucDen          | = | date    | internal | - | Hiệu lực đến ngày
        ChuSoHuu.HoVaTen    | = | string  | personal | - | Họ và tên chủ sở hữu
        ChuSoHuu.SoDinhDanh | = | string  | personal | - | Số định danh chủ sở hữu
        MaBamTep            | = | string  | internal | - | Mã băm của tệp (SHA-256)
    """),
)

DATABASE = Database(
    code="tthc",
    title_vi="Hồ sơ và kết quả thủ tục hành chính",
    technology=Technology.REST,
    source="",
    mount="/tthc",
    proof=Proof.OAUTH2,
    objects=(CASE_FILES, RESULTS),
)

PROCEDURES = (
    ("1.001193", "Đăng ký khai sinh", "Hộ tịch", 0),
    ("1.000894", "Đăng ký kết hôn", "Hộ tịch", 0),
    ("1.012766", "Đăng ký biến động đất đai", "Đất đai", 100_000),
    ("1.013225", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "Xây dựng", 75_000),
    ("2.000815", "Chứng thực bản sao từ bản chính", "Chứng thực", 2_000),
    ("1.001612", "Đăng ký thành lập hộ kinh doanh", "Đăng ký kinh doanh", 100_000),
    ("1.001776", "Trợ cấp xã hội hằng tháng", "Bảo trợ xã hội", 0),
)
_PAPERS = (("GT01", "Tờ khai"), ("GT02", "Bản sao giấy chứng nhận"), ("GT03", "Giấy ủy quyền"), ("GT04", "Bản vẽ"))
_STEPS = ("Tiếp nhận", "Thẩm định", "Trình ký", "Trả kết quả")
_REMARKS = ("Hồ sơ đầy đủ.", "Người nộp trình bày hoàn cảnh khó khăn.", "Cần xác minh tình trạng hôn nhân.", "Đồng ý.")


def _log(draw: Draw, steps: int) -> list[Json]:
    found: list[Json] = []
    for step in _STEPS[:steps]:
        officer = draw.adult()
        found.append({
            "ThoiDiem": draw.moment(200).isoformat(), "Buoc": step, "YKien": draw.pick(_REMARKS),
            "CanBo": {
                "HoVaTen": officer.full_name, "TaiKhoan": f"cb.{officer.identity[-6:]}", "SoDinhDanh": officer.identity,
                "DienThoai": officer.phone,
            },
            "DiaChiMay": f"10.56.{draw.number(0, 255)}.{draw.number(1, 254)}",
        })  # fmt: skip
    return found


def _case_file(draw: Draw, number: int) -> Record:
    applicant, agency = draw.adult(), draw.pick(AGENCIES)
    code, title, field, fee = draw.pick(PROCEDURES)
    received = draw.moment(300)
    steps = draw.number(1, 4)
    papers: list[Json] = [
        {"MaGiayTo": mark, "TenGiayTo": name, "SoGiayTo": f"{draw.number(1000, 9999)}/{mark}",
        "DaSoHoa": draw.chance(80),
         "DuongDanTep": f"/kho/{number:06d}/{mark}.pdf"}
        for mark, name in _PAPERS[: draw.number(1, 4)]
    ]  # fmt: skip
    return {
        "MaHoSo": f"H32.{agency.code[7:9]}-{received:%y%m%d}-{number:05d}", "MaTTHC": code, "TenTTHC": title,
        "LinhVuc": field, "MaDVHC": applicant.residence, "CoQuanXuLy": agency.name,
        "TrangThai": ("Mới tiếp nhận", "Đang xử lý", "Chờ trả", "Đã trả")[steps - 1],
        "NgayTiepNhan": received.isoformat(), "NgayHenTra": (received + timedelta(days=15)).isoformat(),
        "NgayTra": (received + timedelta(days=12)).isoformat() if steps == 4 else None,
        "MSDN": draw.enterprise().number if draw.chance(10) else None, "PhiLePhi": fee,
        "NguoiNop": {
            "HoVaTen": applicant.full_name, "SoDinhDanh": applicant.identity, "SoCMND": applicant.old_identity or None,
            "NgaySinh": applicant.born.isoformat(), "DiaChi": home(applicant), "DienThoai": applicant.phone,
            "DanToc": applicant.ethnic, "TonGiao": applicant.religion, "TaiKhoanNganHang": f"9999{number:08d}",
        },
        "ThanhPhan": papers, "NhatKy": _log(draw, steps),
        "_noiBo": {"diemRuiRo": draw.number(0, 100), "ghiChuLanhDao": draw.pick(_REMARKS)},
    }  # fmt: skip


def _result(draw: Draw, number: int, owner_of: Record) -> Record:
    applicant = owner_of["NguoiNop"]
    person = applicant if isinstance(applicant, dict) else {}
    signed = AS_OF - timedelta(days=draw.number(1, 280))
    return {
        "MaKetQua": f"KQ.H32-{number:06d}", "MaHoSo": owner_of["MaHoSo"],
        "TenKetQua": f"Kết quả: {owner_of['TenTTHC']}",
        "SoVanBan": f"{draw.number(1, 9999)}/KQ-UBND", "NgayKy": signed.isoformat(), "NguoiKy": draw.adult().full_name,
        "HieuLucDen": None, "ChuSoHuu": {"HoVaTen": person.get("HoVaTen"), "SoDinhDanh": person.get("SoDinhDanh"),
        "DienThoai": person.get("DienThoai")},
        "MaBamTep": sha256(f"ket-qua:{number}".encode()).hexdigest(), "DuongDanTep": f"/kho/kq/{number:06d}.pdf",
    }  # fmt: skip


def records(province: Province) -> Records:
    """Case files and results. Undocumented: CMND, faith and bank account of the applicant, `_noiBo`, paths."""
    draw = Draw(province, "tthc")
    files = [_case_file(draw, number) for number in range(1, 3_001)]
    done = [one for one in files if one["TrangThai"] in ("Chờ trả", "Đã trả")]
    results = [_result(draw, number, one) for number, one in enumerate(done, start=1)]
    return {CASE_FILES.code: files, RESULTS.code: results}
