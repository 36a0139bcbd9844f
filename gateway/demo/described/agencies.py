"""Which agencies of the demo province stand in the catalogue, and for which purposes is data asked?

The departments and communes after the reorganisation of 2025. Codes of the form `000.00.00.H32` follow QCVN 102:2016;
the numbers in them, and those of the ministries (`000.00.00.G01` …), are inferred and not sourced.
"""

from catalog.descriptions import AgencyDescription, PurposeDescription
from gateway.demo.agencies import AGENCIES, ROOT

MINISTRIES = (
    AgencyDescription(code="000.00.00.G01", name_vi="Bộ Công an", name_en="Ministry of Public Security"),
    AgencyDescription(
        code="000.00.00.G06", name_vi="Bộ Khoa học và Công nghệ", name_en="Ministry of Science and Technology"
    ),
    AgencyDescription(
        code="000.00.00.G10",
        name_vi="Bộ Nông nghiệp và Môi trường",
        name_en="Ministry of Agriculture and Environment",
    ),
    AgencyDescription(code="000.00.00.G12", name_vi="Bộ Tài chính", name_en="Ministry of Finance"),
    AgencyDescription(
        code="000.00.24.G12",
        name_vi="Bảo hiểm xã hội Việt Nam",
        name_en="Vietnam Social Security",
        parent="000.00.00.G12",
    ),
    AgencyDescription(code="000.00.25.G12", name_vi="Cục Thuế", name_en="Tax Department", parent="000.00.00.G12"),
    AgencyDescription(code="000.00.00.G15", name_vi="Bộ Tư pháp", name_en="Ministry of Justice"),
)

PURPOSES = (
    PurposeDescription(
        code="giai-quyet-tthc", title_vi="Giải quyết thủ tục hành chính", title_en="Administrative procedures"
    ),
    PurposeDescription(
        code="quan-ly-nha-nuoc", title_vi="Quản lý nhà nước theo chức năng", title_en="Public administration"
    ),
    PurposeDescription(code="dieu-hanh", title_vi="Chỉ đạo, điều hành", title_en="Direction and operations"),
    PurposeDescription(code="thong-ke", title_vi="Tổng hợp, thống kê, báo cáo", title_en="Statistics and reports"),
    PurposeDescription(code="cong-khai", title_vi="Cung cấp thông tin cho người dân", title_en="Public information"),
    PurposeDescription(code="thu-nghiem", title_vi="Thử nghiệm kết nối", title_en="Trying a connection"),
)


def describe_agencies() -> tuple[AgencyDescription, ...]:
    """Return the ministries, the province, its departments and its communes; a parent comes before its children."""
    province = (one for one in AGENCIES if one.code == ROOT or one.parent == ROOT)
    return (
        *MINISTRIES,
        *(AgencyDescription(code=one.code, name_vi=one.name, parent=one.parent) for one in province),
    )


def agency_named(name: str) -> str:
    """Return the code of the province's agency with this name. Raises `KeyError`."""
    for one in AGENCIES:
        if one.name == name:
            return one.code
    raise KeyError(name)
