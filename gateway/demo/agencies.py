"""Which agencies does the province have, and what are their identifiers (QCVN 102:2016/BTTTT)?

The province's own group `H32` is a setting of the platform; here it is a constant of the synthetic province.
"""

from dataclasses import dataclass

from gateway.demo.units import COMMUNES, PROVINCE_CODE

ROOT = "000.00.00.H32"
_DEPARTMENTS = (
    "Văn phòng Ủy ban nhân dân tỉnh", "Sở Nội vụ", "Sở Tư pháp", "Sở Tài chính", "Sở Công Thương",
    "Sở Nông nghiệp và Môi trường", "Sở Xây dựng", "Sở Văn hóa, Thể thao và Du lịch", "Sở Khoa học và Công nghệ",
    "Sở Giáo dục và Đào tạo", "Sở Y tế", "Thanh tra tỉnh", "Sở Dân tộc và Tôn giáo",
    "Ban Quản lý Khu kinh tế Vân Phong", "Trung tâm Phục vụ hành chính công tỉnh",
)  # fmt: skip
_DIVISIONS = (
    "Văn phòng", "Thanh tra", "Phòng Kế hoạch – Tài chính", "Phòng Tổ chức cán bộ", "Phòng Nghiệp vụ 1",
    "Phòng Nghiệp vụ 2", "Trung tâm Công nghệ thông tin", "Chi cục",
)  # fmt: skip
_COMMUNE_PARTS = (
    "Văn phòng HĐND và UBND", "Phòng Kinh tế", "Phòng Văn hóa – Xã hội", "Trung tâm Phục vụ hành chính công",
    "Ban Chỉ huy Quân sự", "Công an", "Trạm Y tế", "Trường Mầm non", "Trường Tiểu học", "Trường Trung học cơ sở",
    "Đài Truyền thanh", "Ban Quản lý chợ", "Trung tâm Cung ứng dịch vụ công",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency or a unit of one. `parent` is the code of the one above, `commune` where it sits (56: the province)."""

    code: str
    name: str
    parent: str
    commune: str


def _all() -> tuple[Agency, ...]:
    found = [Agency(code=ROOT, name="Ủy ban nhân dân tỉnh Khánh Hòa", parent="", commune=PROVINCE_CODE)]
    for number, name in enumerate(_DEPARTMENTS, start=1):
        code = f"000.00.{number:02d}.H32"
        found.append(Agency(code=code, name=name, parent=ROOT, commune=PROVINCE_CODE))
        found.extend(
            Agency(
                code=f"000.{part:02d}.{number:02d}.H32", name=f"{title} – {name}", parent=code, commune=PROVINCE_CODE
            )
            for part, title in enumerate(_DIVISIONS, start=1)
        )
    for number, one in enumerate(COMMUNES, start=len(_DEPARTMENTS) + 6):
        code = f"000.00.{number:02d}.H32"
        found.append(Agency(code=code, name=f"Ủy ban nhân dân {one.name}", parent=ROOT, commune=one.code))
        found.extend(
            Agency(code=f"000.{part:02d}.{number:02d}.H32", name=f"{title} {one.name}", parent=code, commune=one.code)
            for part, title in enumerate(_COMMUNE_PARTS, start=1)
        )
    return tuple(found)


AGENCIES: tuple[Agency, ...] = _all()
