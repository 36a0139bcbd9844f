"""Which databases stand in the catalogue: the nineteen, the national ones, the one for trying things?

Only the number nineteen is sourced; the rows are inferred from the province's priority sectors, and each says so.
"""

from catalog.descriptions import DatabaseDescription, SharingMode
from gateway.demo.databases import DATABASES, SANDBOX
from gateway.demo.described.agencies import agency_named

SANDBOX_OWNER = "Sở Khoa học và Công nghệ"
_INFERRED = (
    "Dòng này được suy ra từ các ngành ưu tiên của tỉnh, chưa có nguồn xác nhận; "
    "dữ liệu trong bản trình diễn là tổng hợp."
)
_LAW = "Nghị định 194/2025/NĐ-CP, Điều 16; Nghị định 278/2025/NĐ-CP"

# code | owner | English title | domain | how often it changes | how it is shared
_FACTS = """
dmdc | Sở Khoa học và Công nghệ | Common categories and identifiers | Danh mục dùng chung | khi thay đổi | default
cbccvc | Sở Nội vụ | Officials and public employees | Tổ chức, cán bộ | hằng ngày | on-request
tthc | Trung tâm Phục vụ hành chính công tỉnh | Case files and results of procedures | Thủ tục hành chính | tức thời | default
pakn | Văn phòng Ủy ban nhân dân tỉnh | Feedback and petitions | Tiếp dân | tức thời | default
datdai | Sở Nông nghiệp và Môi trường | Land and land prices | Đất đai | hằng ngày | on-request
tnmt | Sở Nông nghiệp và Môi trường | Natural resources and environment | Môi trường | hằng tháng | default
nongnghiep | Sở Nông nghiệp và Môi trường | Agriculture and fisheries | Nông nghiệp | hằng tuần | default
giaothong | Sở Xây dựng | Transport | Giao thông vận tải | hằng ngày | on-request
xaydung | Sở Xây dựng | Construction and planning | Xây dựng | hằng ngày | default
dulich | Sở Văn hóa, Thể thao và Du lịch | Tourism | Du lịch | hằng ngày | default
vanhoa | Sở Văn hóa, Thể thao và Du lịch | Culture, sport and heritage | Văn hóa | hằng quý | open
giaoduc | Sở Giáo dục và Đào tạo | Education | Giáo dục | hằng ngày | on-request
yte | Sở Y tế | Health | Y tế | hằng ngày | on-request
ansinh | Sở Nội vụ | Social welfare, people of merit, children | An sinh xã hội | hằng ngày | on-request
doanhnghiep | Sở Tài chính | Enterprises, household businesses, cooperatives, projects | Doanh nghiệp | hằng ngày | default
taisan | Sở Tài chính | Public assets, budget units, prices | Tài chính công | hằng tháng | on-request
congthuong | Sở Công Thương | Industry and trade | Công Thương | hằng tháng | default
tuphap | Sở Tư pháp | Justice: legal documents and civil status | Tư pháp | hằng ngày | on-request
ktxh | Văn phòng Ủy ban nhân dân tỉnh | Social and economic indicators | Kinh tế – xã hội | hằng tháng | open
"""  # noqa: E501  (a table that is read across)

# code | owner | title | English title | domain | note
_NATIONAL = """
qg-dancu | 000.00.00.G01 | Cơ sở dữ liệu quốc gia về dân cư | National population database | Dân cư |
qg-doanhnghiep | 000.00.00.G12 | Cơ sở dữ liệu quốc gia về đăng ký doanh nghiệp | National business registration | Doanh nghiệp |
qg-danhmuc | 000.00.00.G06 | Danh mục dùng chung quốc gia | National common categories | Danh mục dùng chung |
qg-bhxh | 000.00.24.G12 | Cơ sở dữ liệu quốc gia về bảo hiểm | National social insurance | Bảo hiểm xã hội |
qg-hotich | 000.00.00.G15 | Đăng ký, quản lý hộ tịch | Civil status | Hộ tịch |
qg-datdai | 000.00.00.G10 | Cơ sở dữ liệu quốc gia về đất đai | National land database | Đất đai | chưa có đặc tả
qg-thue | 000.00.25.G12 | Cơ sở dữ liệu về thuế | National tax data | Thuế | chưa có đặc tả
qg-gplx | 000.00.00.G01 | Cơ sở dữ liệu giấy phép lái xe | National driving licences | Giao thông | chưa có đặc tả
qg-hodancu | 000.00.00.G01 | Thông tin hộ gia đình trong CSDL quốc gia về dân cư | Population households | Dân cư | chưa có đặc tả
qg-ndop | 000.00.00.G01 | Nền tảng chia sẻ, điều phối dữ liệu (NDOP), nút tác tử | National data platform, agent node | Hạ tầng dữ liệu | chưa có đặc tả
"""  # noqa: E501  (a table that is read across)


def _lines(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def describe_databases() -> tuple[DatabaseDescription, ...]:
    """Return all databases of the catalogue, the nineteen first, in their order."""
    return (*_province(), *_national(), _sandbox())


def unspecified_databases() -> tuple[DatabaseDescription, ...]:
    """Return the national databases of which there is no public specification."""
    return tuple(one for one in _national() if one.note_vi)


def owner_of(database: str) -> str:
    """Return the code of the agency that owns a database. Raises `KeyError`."""
    for one in describe_databases():
        if one.code == database:
            return one.owner
    raise KeyError(database)


def _province() -> list[DatabaseDescription]:
    facts = {line[0]: line[1:] for line in _lines(_FACTS)}
    found = []
    for number, database in enumerate(DATABASES, start=1):
        owner, title_en, domain, frequency, sharing = facts[database.code]
        found.append(
            DatabaseDescription(
                code=database.code,
                title_vi=database.title_vi,
                title_en=title_en,
                owner=agency_named(owner),
                domain_vi=domain,
                objects_vi=tuple(one.title_vi for one in database.objects),
                keywords=(database.code, domain),
                sharing=SharingMode(sharing),
                number=number,
                legal_basis=_LAW,
                update_frequency=frequency,
                note_vi=_INFERRED,
            )
        )
    return found


def _national() -> list[DatabaseDescription]:
    return [
        DatabaseDescription(
            code=code,
            title_vi=title,
            title_en=title_en,
            owner=owner,
            domain_vi=domain,
            keywords=("quốc gia", domain),
            national=True,
            legal_basis="Nghị định 278/2025/NĐ-CP",
            note_vi=note,
        )
        for code, owner, title, title_en, domain, note in _lines(_NATIONAL)
    ]


def _sandbox() -> DatabaseDescription:
    return DatabaseDescription(
        code=SANDBOX.code,
        title_vi=SANDBOX.title_vi,
        title_en="Services for trying things",
        owner=agency_named(SANDBOX_OWNER),
        domain_vi="Thử nghiệm",
        objects_vi=tuple(one.title_vi for one in SANDBOX.objects),
        note_vi="Không phải cơ sở dữ liệu của tỉnh: mỗi dịch vụ cho thấy một cách mà lời gọi có thể hỏng.",
    )
