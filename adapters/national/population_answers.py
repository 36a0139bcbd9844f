"""What did the population database answer, in JSON with its own names? And which fields can it answer?"""

from typing import Final

from adapters.contract import Json
from adapters.errors import ProviderHasNone
from adapters.national.facts import NationalOperation, NationalParameter, below, read_fields
from adapters.national.formats import misshapen, parse_compact_date
from adapters.national.tree import Tree, list_at, member_at, text_at

_PLAIN: Final = ("SoDinhDanh", "SoCMND", "GioiTinh", "DanToc", "TonGiao", "TinhTrangHonNhan", "NhomMau", "QuocTich")
_ADDRESSES: Final = ("NoiDangKyKhaiSinh", "QueQuan", "ThuongTru", "NoiOHienTai")
_ADDRESS_PARTS: Final = ("MaTinhThanh", "MaQuanHuyen", "MaPhuongXa", "ChiTiet", "QuocGia")
_RELATIVES: Final = ("Cha", "Me", "VoChong", "NguoiDaiDien")
_RELATIVE_PARTS: Final = ("QuocTich", "SoDinhDanh", "SoCMND")
_YES: Final = frozenset({"true", "1"})
_NO: Final = frozenset({"false", "0"})


def read_person(tree: Tree, *, asked: str) -> dict[str, Json]:
    """Return `{"CongDan": {…}}`. A member that is empty at the service is absent.

    Raises `ProviderHasNone` without a `CongDan`, and `ProviderTalkedNonsense` for several, for another person than
    `asked` (empty: not asked by number), and for a birth date that is none.
    """
    found = _only_person(tree, asked)
    person: dict[str, Json] = {name: text_at(found, name) for name in _PLAIN}
    person["HoVaTen"] = _full_name(found)
    person["NgayThangNamSinh"] = _birth(found)
    person["SoSoHoKhau"] = text_at(found, "SoSoHoKhau")
    for name in _ADDRESSES:
        person[name] = _filled({part: text_at(found, name, part) for part in _ADDRESS_PARTS})
    return {"CongDan": _filled(person | _relatives_of(found))}


def read_relatives(tree: Tree, *, asked: str) -> dict[str, Json]:
    """Return `{"CongDan": {SoDinhDanh, Cha, Me, VoChong, NguoiDaiDien, ChuHo}}`. Raises as `read_person`."""
    found = _only_person(tree, asked)
    person: dict[str, Json] = {"SoDinhDanh": text_at(found, "SoDinhDanh"), "HoVaTen": _full_name(found)}
    return {"CongDan": _filled(person | _relatives_of(found))}


def read_existence(tree: Tree) -> dict[str, Json]:
    """Return `{"TonTai": true|false}` from `KetQuaXacThucResponse/TonTai` or `KetQuaXacThuc`, in either spelling."""
    for candidate in (
        tree if isinstance(tree, str) else "",
        text_at(tree, "TonTai"),
        text_at(tree, "KetQuaXacThuc"),
        text_at(tree, "KetQuaXacThuc", "TonTai"),
    ):
        text = candidate.strip().lower()
        if text in _YES or text in _NO:
            return {"TonTai": text in _YES}
    raise misshapen("TonTai", safe=True)


def _only_person(tree: Tree, asked: str) -> Tree:
    people = list_at(tree, "CongDan") or list_at(member_at(tree, "CongdanCollection"), "CongDan")
    if not people:
        raise ProviderHasNone("the population database holds no such person", provider_status="200")
    if len(people) > 1:
        raise misshapen("more than one CongDan", safe=True)
    if asked and text_at(people[0], "SoDinhDanh") != asked:
        raise misshapen("another person than the one asked for", safe=True)
    return people[0]


def _relatives_of(found: Tree) -> dict[str, Json]:
    relatives: dict[str, Json] = {}
    for name in _RELATIVES:
        one = member_at(found, name)
        relatives[name] = _filled(
            {"HoVaTen": _full_name(one), **{part: text_at(one, part) for part in _RELATIVE_PARTS}}
        )
    head = member_at(found, "ChuHo")
    parts = {part: text_at(head, part) for part in ("QuanHe", "SoDinhDanh", "SoCMND")}
    relatives["ChuHo"] = _filled({**parts, "HoVaTen": _full_name(head)})
    return relatives


def _full_name(person: Tree | None) -> str:
    """Family, middle and given name in one; often all of it stands in `Ten`, and relatives have it as plain text."""
    parts = (text_at(person, "HoVaTen", part) for part in ("Ho", "ChuDem", "Ten"))
    return " ".join(part for part in parts if part) or text_at(person, "HoVaTen")


def _birth(person: Tree) -> str:
    """`yyyy-MM-dd`, or less where the service knows less."""
    text = text_at(person, "NgayThangNamSinh", "NgayThangNam") or text_at(person, "NgayThangNamSinh", "Nam")
    if not text:
        return ""
    parsed = parse_compact_date(text)
    if parsed is None:
        raise misshapen("NgayThangNamSinh", safe=True)
    return parsed.iso


def _filled(members: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value not in ("", {}, None)}


# --- what a catalogue entry needs ------------------------------------------------------------------------------

_ADDRESS_FIELDS: Final = read_fields("""
    MaTinhThanh | string | personal | mã tỉnh, thành phố
    MaQuanHuyen | string | personal | mã quận, huyện (trước 01/7/2025)
    MaPhuongXa  | string | personal | mã phường, xã
    ChiTiet     | string | personal | địa chỉ chi tiết
    QuocGia     | string | personal | quốc gia
""")
_RELATIVE_FIELDS: Final = read_fields("""
    HoVaTen    | string | personal | họ và tên
    QuocTich   | string | personal | quốc tịch
    SoDinhDanh | string | personal | số định danh cá nhân
    SoCMND     | string | personal | số CMND
""")
_HEAD_FIELDS: Final = read_fields("""
    QuanHe     | string | personal | quan hệ với chủ hộ
    SoDinhDanh | string | personal | số định danh cá nhân
    SoCMND     | string | personal | số CMND
    HoVaTen    | string | personal | họ và tên
""")
_OWN_FIELDS: Final = read_fields("""
    CongDan.SoDinhDanh       | string | personal  | Số định danh cá nhân
    CongDan.SoCMND           | string | personal  | Số chứng minh nhân dân
    CongDan.HoVaTen          | string | personal  | Họ và tên
    CongDan.GioiTinh         | string | personal  | Giới tính
    CongDan.NgayThangNamSinh | string | personal  | Ngày sinh (yyyy-MM-dd) hoặc năm sinh
    CongDan.DanToc           | string | sensitive | Dân tộc
    CongDan.TonGiao          | string | sensitive | Tôn giáo
    CongDan.TinhTrangHonNhan | string | personal  | Tình trạng hôn nhân
    CongDan.NhomMau          | string | sensitive | Nhóm máu
    CongDan.QuocTich         | string | personal  | Quốc tịch
    CongDan.SoSoHoKhau       | string | personal  | Số sổ hộ khẩu
""")
_RELATIVES_FIELDS: Final = (
    *below("CongDan.Cha", _RELATIVE_FIELDS, "Cha"),
    *below("CongDan.Me", _RELATIVE_FIELDS, "Mẹ"),
    *below("CongDan.VoChong", _RELATIVE_FIELDS, "Vợ hoặc chồng"),
    *below("CongDan.NguoiDaiDien", _RELATIVE_FIELDS, "Người đại diện"),
    *below("CongDan.ChuHo", _HEAD_FIELDS, "Chủ hộ"),
)
_NUMBERS: Final = (
    NationalParameter("SoDinhDanh", "string", "Số định danh cá nhân (12 số)", format="so-dinh-danh"),
    NationalParameter("SoCMND", "string", "Số chứng minh nhân dân (9 số), khi không có số định danh", format="cmnd"),
    NationalParameter("HoVaTen", "string", "Họ và tên", required=True),
)
_PROCEDURE: Final = NationalParameter("ThuTuc", "string", "Mã thủ tục hành chính của tỉnh", required=True)
_BORN: Final = NationalParameter("NgaySinh", "string", "Ngày sinh (yyyy-MM-dd) hoặc năm sinh (yyyy)")

OPERATIONS: Final = (
    NationalOperation(
        code="tra-cuu-cong-dan",
        method="GET",
        path="/cong-dan",
        title_vi="Tra cứu thông tin công dân",
        title_en="Look up a citizen",
        config={"call": "TraCuuThongTinCongDan"},
        parameters=(*_NUMBERS, _BORN, _PROCEDURE),
        rows="CongDan",
        fields=(
            *_OWN_FIELDS,
            *below("CongDan.NoiDangKyKhaiSinh", _ADDRESS_FIELDS, "Nơi đăng ký khai sinh"),
            *below("CongDan.QueQuan", _ADDRESS_FIELDS, "Quê quán"),
            *below("CongDan.ThuongTru", _ADDRESS_FIELDS, "Nơi thường trú"),
            *below("CongDan.NoiOHienTai", _ADDRESS_FIELDS, "Nơi ở hiện tại"),
            *_RELATIVES_FIELDS,
        ),
        subjects=("parameter:SoDinhDanh", "answer:CongDan.SoDinhDanh"),
        officer_needed=True,
    ),
    NationalOperation(
        code="xac-thuc-cong-dan",
        method="GET",
        path="/cong-dan/ton-tai",
        title_vi="Xác thực thông tin công dân (có tồn tại hay không)",
        title_en="Check that a citizen exists",
        config={"call": "XacThucThongTinCongDan"},
        parameters=(*_NUMBERS, _PROCEDURE),
        rows="",
        fields=read_fields("TonTai | boolean | personal | Có tồn tại trong CSDL quốc gia về dân cư"),
        subjects=("parameter:SoDinhDanh",),
        officer_needed=True,
    ),
    NationalOperation(
        code="xac-minh-nhan-than",
        method="GET",
        path="/cong-dan/nhan-than",
        title_vi="Xác minh thông tin nhân thân",
        title_en="Look up a citizen's relatives",
        config={"call": "XacMinhThongTinNhanThan"},
        parameters=(*_NUMBERS, _BORN, _PROCEDURE),
        rows="CongDan",
        fields=(
            *(field for field in _OWN_FIELDS if field.path in ("CongDan.SoDinhDanh", "CongDan.HoVaTen")),
            *_RELATIVES_FIELDS,
        ),
        subjects=("parameter:SoDinhDanh", "answer:CongDan.SoDinhDanh"),
        officer_needed=True,
    ),
)
