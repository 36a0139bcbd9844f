"""Which administrative units does the province have since 1 July 2025, when districts ceased to exist?

Names and codes of the 65 communes, wards and the special zone of Khánh Hòa (56, merged with Ninh Thuận), as in the
national table of administrative units (QĐ 19/2025/QĐ-TTg). A public fact, not personal data. `source` says of each
row how sure we are: none of these was checked against the signed original.
"""

from dataclasses import dataclass
from datetime import date

PROVINCE_CODE = "56"
PROVINCE_NAME = "Tỉnh Khánh Hòa"
VALID_FROM = date(2025, 7, 1)

# Communes of what was Ninh Thuận: their people carry identity numbers that begin with 058.
_FIRST_OF_NINH_THUAN = "22738"

_TABLE = """
22366 Phường Nha Trang
22333 Phường Bắc Nha Trang
22390 Phường Tây Nha Trang
22402 Phường Nam Nha Trang
22411 Phường Bắc Cam Ranh
22420 Phường Cam Ranh
22432 Phường Cam Linh
22423 Phường Ba Ngòi
22480 Xã Nam Cam Ranh
22546 Xã Bắc Ninh Hòa
22528 Phường Ninh Hòa
22576 Xã Tân Định
22561 Phường Đông Ninh Hòa
22591 Phường Hòa Thắng
22597 Xã Nam Ninh Hòa
22552 Xã Tây Ninh Hòa
22558 Xã Hòa Trí
22504 Xã Đại Lãnh
22498 Xã Tu Bông
22516 Xã Vạn Thắng
22489 Xã Vạn Ninh
22525 Xã Vạn Hưng
22651 Xã Diên Khánh
22678 Xã Diên Lạc
22657 Xã Diên Điền
22660 Xã Diên Lâm
22672 Xã Diên Thọ
22702 Xã Suối Hiệp
22453 Xã Cam Lâm
22708 Xã Suối Dầu
22435 Xã Cam Hiệp
22465 Xã Cam An
22615 Xã Bắc Khánh Vĩnh
22612 Xã Trung Khánh Vĩnh
22624 Xã Tây Khánh Vĩnh
22648 Xã Nam Khánh Vĩnh
22609 Xã Khánh Vĩnh
22714 Xã Khánh Sơn
22720 Xã Tây Khánh Sơn
22732 Xã Đông Khánh Sơn
22736 Đặc khu Trường Sa
22759 Phường Phan Rang
22780 Phường Đông Hải
22834 Phường Ninh Chử
22741 Phường Bảo An
22738 Phường Đô Vinh
22870 Xã Ninh Phước
22891 Xã Phước Hữu
22873 Xã Phước Hậu
22897 Xã Thuận Nam
22909 Xã Cà Ná
22900 Xã Phước Hà
22888 Xã Phước Dinh
22852 Xã Ninh Hải
22861 Xã Xuân Hải
22846 Xã Vĩnh Hải
22849 Xã Thuận Bắc
22840 Xã Công Hải
22810 Xã Ninh Sơn
22813 Xã Lâm Sơn
22828 Xã Anh Dũng
22822 Xã Mỹ Sơn
22801 Xã Bác Ái Đông
22795 Xã Bác Ái
22786 Xã Bác Ái Tây
"""

_KINDS = ("Phường", "Xã", "Đặc khu")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune-level unit. `code` has five digits, `name` includes its kind, `source` says whence it comes."""

    code: str
    name: str
    source: str = "QĐ 19/2025/QĐ-TTg (chưa đối chiếu bản gốc)"

    @property
    def kind(self) -> str:
        """Phường, Xã or Đặc khu."""
        return next(kind for kind in _KINDS if self.name.startswith(kind))

    @property
    def short_name(self) -> str:
        """The name without its kind."""
        return self.name.removeprefix(self.kind).strip()

    @property
    def full_name(self) -> str:
        """The name with the province's."""
        return f"{self.name}, {PROVINCE_NAME}"

    @property
    def was_ninh_thuan(self) -> bool:
        """Whether it belonged to Ninh Thuận before the merger."""
        return self.code >= _FIRST_OF_NINH_THUAN

    @property
    def birth_prefix(self) -> str:
        """The first three digits of the identity number of a child registered there (056 Khánh Hòa, 058 Ninh Thuận)."""
        return "058" if self.was_ninh_thuan else "056"


COMMUNES: tuple[Commune, ...] = tuple(
    Commune(code=line[:5], name=line[6:].strip()) for line in _TABLE.strip().splitlines()
)


def commune(code: str) -> Commune:
    """The commune with this five-digit code. Raises `KeyError` when the province has none."""
    for one in COMMUNES:
        if one.code == code:
            return one
    raise KeyError(code)
