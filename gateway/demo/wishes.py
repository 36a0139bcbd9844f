"""Which agreements does the demo province have?

They differ in fields, rows, limits, hours, networks, and in how they stand.
"""

from catalog.terms import LegalBasis, Rate
from gateway.demo.agreements import (
    HERE_AND_STATE_NETWORK,
    NIGHT,
    OFFICE_AND_MORE,
    Grant,
    Wish,
    equal,
    inside,
)

NHA_TRANG = ("22366", "22333", "22390", "22402")
CAM_RANH = ("22411", "22420", "22432", "22423", "22480")
NINH_HOA = ("22546", "22528", "22576", "22561", "22591", "22597", "22552", "22558")
CAM_LAM = ("22453", "22708", "22435", "22465")

_CASE_WORK = ("giai-quyet-tthc",)
_OPERATIONS_ROOM = ("dieu-hanh", "thong-ke")
_OPEN_DATA = ("cong-khai",)
_POPULATION_LAW = LegalBasis(document="Nghị định 278/2025/NĐ-CP")
_SLOW = Rate(requests=120, per_seconds=60, burst=20)
_ADDRESS = tuple(f"ThuongTru.{part}" for part in ("MaTinhThanh", "MaPhuongXa", "ChiTiet"))

PROVINCE_WISHES: tuple[Wish, ...] = (
    Wish("TT-DMDC-IOC", "ioc", "dmdc", (
        Grant("dvhc", "danh-sach"), Grant("co-quan", "danh-sach", without=("ThuDienTu",)),
        Grant("thuoc-tinh", "danh-sach"),
    ), purposes=("dieu-hanh",)),
    Wish("TT-DMDC-DVC", "dvc", "dmdc", (Grant("co-quan", "danh-sach", also=("NguoiDauMoi.HoVaTen",)),), _CASE_WORK),
    Wish("TT-CBCCVC-QLVB", "qlvb", "cbccvc", (
        Grant("ho-so-can-bo", "chi-tiet", also=("HoVaTen",), networks=HERE_AND_STATE_NETWORK),
        Grant("ho-so-can-bo", "danh-sach", also=("HoVaTen",), quota=5_000), Grant("dao-tao", "danh-sach"),
    )),
    Wish("TT-CBCCVC-TCKT", "tckt", "cbccvc", (
        Grant("ho-so-can-bo", "chi-tiet", also=("HoVaTen", "HeSoLuong"), without=("TrinhDo",),
              rows=equal("TrangThai", "Đang công tác"), rate=_SLOW),
        Grant("ho-so-can-bo", "danh-sach", also=("HoVaTen", "HeSoLuong"), rows=equal("TrangThai", "Đang công tác")),
    )),
    Wish("TT-TTHC-MOTCUA", "motcua", "tthc", (
        Grant("ho-so", "chi-tiet", also=("NguoiNop.HoVaTen", "NguoiNop.SoDinhDanh", "ThanhPhan[].SoGiayTo"),
              case_file=True),
        Grant("ho-so", "danh-sach", also=("NguoiNop.HoVaTen",)),
    ), _CASE_WORK),
    Wish("TT-TTHC-DVC", "dvc", "tthc", (
        Grant("ho-so", "danh-sach", without=("CoQuanXuLy", "PhiLePhi", "MSDN")),
        Grant("ket-qua", "chi-tiet", also=("ChuSoHuu.HoVaTen",), without=("NguoiKy",)),
    ), _CASE_WORK),
    Wish("TT-PAKN-PAKN", "pakn", "pakn", (
        Grant("phan-anh", "gui"), Grant("phan-anh", "chi-tiet", also=("NguoiGui.HoVaTen",)),
        Grant("phan-anh", "danh-sach"),
    )),
    Wish("TT-PAKN-NHATRANG", "dothi-nhatrang", "pakn", (
        Grant("phan-anh", "danh-sach", without=("NoiDung",), rows=inside(*NHA_TRANG)),
        Grant("phan-anh", "chi-tiet", without=("NoiDung",), rows=inside(*NHA_TRANG)),
    )),
    Wish("TT-DATDAI-NHATRANG", "dothi-nhatrang", "datdai", (
        Grant("thua-dat", "danh-sach", rows=inside(*NHA_TRANG), rate=_SLOW),
        Grant("thua-dat", "chi-tiet", without=("SoGCN",), rows=inside(*NHA_TRANG)),
    )),
    Wish("TT-DATDAI-MOTCUA", "motcua", "datdai", (
        Grant("thua-dat", "chi-tiet", also=("TenChu", "DiaChiThua"), case_file=True),
    ), _CASE_WORK),
    Wish("TT-DATDAI-CONG", "congchuyendoiso", "datdai", (
        Grant("bang-gia", "danh-sach", hours=OFFICE_AND_MORE),
    ), _OPEN_DATA),
    Wish("TT-TNMT-IOC", "ioc", "tnmt", (
        Grant("quan-trac", "danh-sach"), Grant("tram", "chi-tiet", without=("DonVi",)),
    ), _OPERATIONS_ROOM),
    Wish("TT-TNMT-CAMRANH", "dothi-camranh", "tnmt", (
        Grant("giay-phep", "danh-sach", without=("LuuLuong",), rows=inside(*CAM_RANH)),
        Grant("giay-phep", "chi-tiet", without=("LuuLuong",), rows=inside(*CAM_RANH)),
    )),
    Wish("TT-NONGNGHIEP-CAMLAM", "dothi-camlam", "nongnghiep", (
        Grant("vung-trong", "danh-sach", rows=inside(*CAM_LAM)), Grant("vung-trong", "chi-tiet", rows=inside(*CAM_LAM)),
    )),
    Wish("TT-NONGNGHIEP-IOC", "ioc", "nongnghiep", (
        Grant("tau-ca", "chi-tiet", also=("ChuSoHuu",), without=("VMS",)), Grant("ocop", "danh-sach"),
    ), _OPERATIONS_ROOM),
    Wish("TT-GIAOTHONG-DVC", "dvc", "giaothong", (
        Grant("giay-phep-lai-xe", "tra-cuu", also=("NguoiLai.HoVaTen", "NguoiLai.DiaChi.MaXa"), without=("NoiCap",)),
    ), _CASE_WORK),
    Wish("TT-GIAOTHONG-NHATRANG", "dothi-nhatrang", "giaothong", (
        Grant("phuong-tien", "tra-cuu", without=("GiamSat.TocDoToiDa", "GiamSat.LanCuoi")),
        Grant("tuyen", "danh-sach", without=("DonViKhaiThac[].MSDN",), rows=inside(*NHA_TRANG)),
    )),
    Wish("TT-XAYDUNG-NINHHOA", "dothi-ninhhoa", "xaydung", (
        Grant("giay-phep", "danh-sach", rows=inside(*NINH_HOA)),
        Grant("giay-phep", "chi-tiet", without=("DienTichSan",), rows=inside(*NINH_HOA)),
    )),
    Wish("TT-XAYDUNG-CONG", "congchuyendoiso", "xaydung", (Grant("quy-hoach", "danh-sach", without=("TrangThai",)),),
         _OPEN_DATA),
    Wish("TT-DULICH-CONG", "congchuyendoiso", "dulich", (
        Grant("co-so-luu-tru", "danh-sach", without=("ThanhTra[].Ngay", "ThanhTra[].KetQua")),
    ), _OPEN_DATA),
    Wish("TT-DULICH-IOC", "ioc", "dulich", (
        Grant("co-so-luu-tru", "chi-tiet"), Grant("huong-dan-vien", "danh-sach", also=("HoVaTen",)),
    ), _OPERATIONS_ROOM),
    Wish("TT-VANHOA-CONG", "congchuyendoiso", "vanhoa", (
        Grant("di-tich", "danh-sach"), Grant("di-tich", "chi-tiet"),
    ), _OPEN_DATA),
    Wish("TT-VANHOA-NINHHOA", "dothi-ninhhoa", "vanhoa", (
        Grant("thiet-che", "danh-sach", without=("TinhTrang",), rows=inside(*NINH_HOA)),
    )),
    Wish("TT-GIAODUC-DVC", "dvc", "giaoduc", (
        Grant("van-bang", "chi-tiet", also=("HoVaTen", "NgaySinh")),
    ), _CASE_WORK),
    Wish("TT-GIAODUC-IOC", "ioc", "giaoduc", (
        Grant("truong", "danh-sach", without=("DiaChi",)),
        Grant("hoc-sinh", "danh-sach", rows=equal("TrangThai", "Đang học")),
    ), _OPERATIONS_ROOM),
    Wish("TT-YTE-DVC", "dvc", "yte", (
        Grant("chung-chi-hanh-nghe", "tra-cuu", without=("NoiLamViec[].ThoiGian",)),
    ), _CASE_WORK),
    Wish("TT-YTE-IOC", "ioc", "yte", (
        Grant("co-so-kham-chua-benh", "danh-sach", without=("PhuTrach.SoCCHN",)),
        Grant("co-so-kham-chua-benh", "chi-tiet", without=("PhuTrach.HoVaTen", "PhuTrach.SoCCHN")),
    ), _OPERATIONS_ROOM),
    Wish("TT-ANSINH-MOTCUA", "motcua", "ansinh", (
        Grant("doi-tuong", "chi-tiet", also=("HoVaTen", "NhomDoiTuong"), case_file=True, officer=True),
    ), _CASE_WORK),
    Wish("TT-ANSINH-TCKT", "tckt", "ansinh", (
        Grant("tro-cap", "danh-sach", also=("SoTien",), quota=2_000),
        Grant("tro-cap", "chi-tiet", also=("SoTien", "TaiKhoan")),
    )),
    Wish("TT-DOANHNGHIEP-DVC", "dvc", "doanhnghiep", (
        Grant("doanh-nghiep", "chi-tiet", also=("NguoiDaiDien",), without=("VonDieuLe", "SoLaoDong")),
    ), _CASE_WORK),
    Wish("TT-DOANHNGHIEP-IOC", "ioc", "doanhnghiep", (
        Grant("du-an", "danh-sach", without=("TongMuc",)), Grant("hop-tac-xa", "chi-tiet"),
    ), _OPERATIONS_ROOM),
    Wish("TT-DOANHNGHIEP-CAMRANH", "dothi-camranh", "doanhnghiep", (
        Grant("ho-kinh-doanh", "danh-sach", rows=inside(*CAM_RANH)),
    )),
    Wish("TT-TAISAN-TSC", "taisancong", "taisan", (
        Grant("tai-san", "chi-tiet"), Grant("tai-san", "danh-sach", without=("GiaTriConLai",)),
    )),
    Wish("TT-TAISAN-TCKT", "tckt", "taisan", (Grant("dvqhns", "danh-sach", without=("TaiKhoan",)),)),
    Wish("TT-CONGTHUONG-IOC", "ioc", "congthuong", (
        Grant("doanh-nghiep-cum", "danh-sach", without=("DienTich", "ThueDenNgay")),
    ), _OPERATIONS_ROOM),
    Wish("TT-CONGTHUONG-CAMRANH", "dothi-camranh", "congthuong", (
        Grant("cho", "chi-tiet"), Grant("cho", "danh-sach", also=("TieuThuong",)),
    )),
    Wish("TT-TUPHAP-QLVB", "qlvb", "tuphap", (
        Grant("van-ban", "danh-sach", without=("NguoiKy",)),
        Grant("van-ban", "chi-tiet", without=("LienQuan[].SoKyHieu",)),
    )),
    Wish("TT-TUPHAP-MOTCUA", "motcua", "tuphap", (
        Grant("ho-tich", "tra-cuu", also=("DuongSu[].VaiTro", "DuongSu[].HoVaTen"), case_file=True),
    ), _CASE_WORK),
    Wish("TT-KTXH-IOC", "ioc", "ktxh", (Grant("chi-tieu", "danh-sach"),), _OPERATIONS_ROOM),
    Wish("TT-KTXH-CONG", "congchuyendoiso", "ktxh", (Grant("so-lieu", "tra-cuu", without=("GhiChu",)),), _OPEN_DATA),
)  # fmt: skip

NATIONAL_WISHES: tuple[Wish, ...] = (
    Wish("TT-QGDC-MOTCUA", "motcua", "qg-dancu", (
        Grant("cong-dan", "tra-cuu-cong-dan", also=("SoDinhDanh", "HoVaTen", "NgayThangNamSinh", "GioiTinh", *_ADDRESS),
              case_file=True, officer=True, rate=_SLOW, quota=5_000),
    ), _CASE_WORK, legal_basis=_POPULATION_LAW),
    Wish("TT-QGDC-DVC", "dvc", "qg-dancu", (
        Grant("cong-dan", "xac-thuc-cong-dan", also=("TonTai",), officer=True, quota=20_000),
    ), _CASE_WORK, legal_basis=_POPULATION_LAW),
    Wish("TT-QGDN-DVC", "dvc", "qg-doanhnghiep", (
        Grant("dang-ky-doanh-nghiep", "chi-tiet-doanh-nghiep", also=("Representatives[].FULL_NAME",),
              without=("MainInformation.CAPITAL_AMOUNT", "Member[].AMOUNT", "Member[].RATIO_PERCENT")),
    ), _CASE_WORK),
    Wish("TT-QGDN-TCKT", "tckt", "qg-doanhnghiep", (
        Grant("dang-ky-doanh-nghiep", "chi-tiet-doanh-nghiep"), Grant("truc", "chiTietDoanhNghiep"),
    )),
    Wish("TT-QGDM-IOC", "ioc", "qg-danhmuc", (
        Grant("danh-muc", "danh-muc", without=("MaCha",)), Grant("danh-muc", "cau-truc-danh-muc"),
        Grant("truc", "Category", without=("MaCha",)), Grant("truc", "Metadata"),
    ), ("dieu-hanh",)),
    Wish("TT-QGBH-MOTCUA", "motcua", "qg-bhxh", (
        Grant("bao-hiem-xa-hoi", "tra-cuu-theo-ma-so", also=("hoTen", "ngaySinh"), case_file=True),
        Grant("bao-hiem-xa-hoi", "tra-cuu-ma-so", also=("maSoBhxh",), without=("trangThai",)),
        Grant("truc", "getTraCuuTtHgdByMaSoBhxh", also=("hoTen", "ngaySinh")),
    ), _CASE_WORK),
    Wish("TT-QGHT-MOTCUA", "motcua", "qg-hotich", (
        Grant("ho-tich", "dang-ky-ho-tich"), Grant("ho-tich", "trang-thai-ho-so", without=("trangThai",)),
    ), _CASE_WORK),
)  # fmt: skip


def _trial(code: str, grant: Grant, **how: int | bool) -> Wish:
    return Wish(
        f"TN-{code}",
        "kiemthu",
        "thunghiem",
        (grant,),
        ("thu-nghiem",),
        first_day=int(how.get("first_day", -30)),
        last_day=int(how.get("last_day", 3650)),
        suspended=bool(how.get("suspended", False)),
    )


_WELL = ("binh-thuong", "binh-thuong")
_WELL_PERSONAL = ("NguoiThu",)

# `TN-THUONG` and those after it grant the same operation to one system, so that a call must say which it means.
TRIAL_WISHES: tuple[Wish, ...] = (
    _trial("THUONG", Grant(*_WELL)),
    _trial("TAM-DUNG", Grant(*_WELL), suspended=True),
    _trial("HET-HAN", Grant(*_WELL), first_day=-400, last_day=-40),
    _trial("CHUA-HIEU-LUC", Grant(*_WELL), first_day=3000),
    _trial("NGOAI-GIO", Grant(*_WELL, hours=NIGHT)),
    _trial("MANG", Grant(*_WELL, networks=("10.0.0.0/8",))),
    _trial("TAN-SUAT", Grant(*_WELL, rate=Rate(requests=1, per_seconds=60, burst=1))),
    _trial("HAN-MUC", Grant(*_WELL, quota=2)),
    _trial("HO-SO", Grant(*_WELL, case_file=True)),
    _trial("CAN-BO", Grant(*_WELL, officer=True)),
    _trial("CA-NHAN", Grant(*_WELL, also=_WELL_PERSONAL)),
    Wish("TN-MUC-DICH", "kiemthu", "thunghiem", (Grant(*_WELL),), ("thu-nghiem", "thong-ke")),
    Wish("TN-LOI", "kiemthu", "thunghiem", (
        Grant("binh-thuong", "khong-co"), Grant("binh-thuong", "tu-choi"), Grant("binh-thuong", "ghi"),
        Grant("cham", "binh-thuong"), Grant("cham", "cham"),
        Grant("vo-nghia", "binh-thuong"), Grant("vo-nghia", "rac"), Grant("vo-nghia", "hong"),
        Grant("ngat-ket-noi", "binh-thuong"), Grant("ngat-ket-noi", "ngat"), Grant("mat-ket-noi", "binh-thuong"),
        Grant("ghi-khong-tra-loi", "binh-thuong"), Grant("ghi-khong-tra-loi", "ghi-roi-ngat"),
        Grant("kin-cho", "binh-thuong"), Grant("kin-cho", "cham"),
    ), ("thu-nghiem",)),
)  # fmt: skip

# Asked for by the administrator and still undecided: he cannot approve it himself.
UNDECIDED = Wish("TT-CHO-DUYET", "dvc", "ansinh", (Grant("doi-tuong", "danh-sach"),), _CASE_WORK, undecided=True)

WISHES: tuple[Wish, ...] = (*PROVINCE_WISHES, *NATIONAL_WISHES, *TRIAL_WISHES, UNDECIDED)
