"""Which pages are there, and which of them does somebody see in the menu?

A page is in the menu of those who may do what it is for. The menu hides and never protects: each page asks for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.console.words import Words
from security.staff import Permission


class Reader(Protocol):
    """Who looks at a page: what of `gateway/console/desk.py` the menu asks."""

    def may_anywhere(self, permission: Permission) -> bool:
        """Tell whether the permission is his over anything at all."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu. Whoever has any of the permissions sees it; `public` ones everybody does."""

    address: str
    words: Words
    permissions: tuple[Permission, ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together."""

    words: Words
    entries: tuple[Entry, ...]


MENU: Final[tuple[Section, ...]] = (
    Section(
        Words("Tổng quan", "Overview"),
        (
            Entry("/console", Words("Trang chủ", "Start")),
            Entry("/console/notifications", Words("Thông báo", "Notifications")),
            Entry("/console/reports", Words("Báo cáo", "Reports"), (Permission.REPORT_READ,)),
        ),
    ),
    Section(
        Words("Tra cứu", "Look up"),
        (
            Entry("/catalogue", Words("Danh mục dữ liệu", "Data catalogue"), public=True),
            Entry("/console/quality", Words("Chất lượng dữ liệu", "Quality of data"), (Permission.CATALOGUE_READ,)),
            Entry("/citizen", Words("Ai đã xem dữ liệu của tôi", "Who used my data"), public=True),
            Entry("/log/receipt", Words("Kiểm tra biên nhận", "Check a receipt"), public=True),
            Entry("/problems", Words("Các lỗi và cách xử lý", "Problems and what to do"), public=True),
        ),
    ),
    Section(
        Words("Chia sẻ dữ liệu", "Sharing data"),
        (
            Entry("/console/databases", Words("Cơ sở dữ liệu", "Databases"), (Permission.CATALOGUE_READ,)),
            Entry("/console/publishing", Words("Công bố dịch vụ", "Publishing"), (Permission.PUBLICATION_READ,)),
            Entry("/console/providers", Words("Nguồn cung cấp", "Providers"), (Permission.PROVIDER_READ,)),
        ),
    ),
    Section(
        Words("Khai thác", "Using data"),
        (
            Entry("/console/agreements", Words("Thỏa thuận", "Agreements"), (Permission.AGREEMENT_READ,)),
            Entry("/console/try", Words("Thử gọi", "Try a call"), (Permission.CALL_SANDBOX,)),
            Entry("/console/why", Words("Vì sao bị từ chối?", "Why was it refused?"), public=True),
        ),
    ),
    Section(
        Words("Giám sát", "Watch"),
        (
            Entry("/console/record", Words("Nhật ký", "Record"), (Permission.RECORD_READ,)),
            Entry("/console/alerts", Words("Cảnh báo", "Alerts"), (Permission.ALERT_READ,)),
            Entry("/console/record/incidents", Words("Sự cố", "Incidents"), (Permission.INCIDENT_KEEP,)),
            Entry("/console/holds", Words("Lệnh giữ nhật ký", "Holds of the record"), (Permission.RECORD_HOLD,)),
        ),
    ),
    Section(
        Words("Quản trị", "Administration"),
        (
            Entry("/console/agencies", Words("Đơn vị", "Agencies"), (Permission.AGENCY_READ,)),
            Entry("/console/systems", Words("Hệ thống và khóa", "Systems and keys"), (Permission.SYSTEM_READ,)),
            Entry("/console/staff", Words("Nhân sự", "Staff"), (Permission.STAFF_READ,)),
            Entry("/console/permissions", Words("Vai trò và quyền", "Roles and permissions")),
            Entry("/console/platform", Words("Tình trạng hệ thống", "The platform"), (Permission.PLATFORM_READ,)),
        ),
    ),
)


def menu_of(reader: Reader | None) -> Sequence[Section]:
    """Return what of the menu a reader sees, sections without a line left out; None: nobody is signed in."""
    seen = (
        Section(section.words, tuple(entry for entry in section.entries if _shows(entry, reader))) for section in MENU
    )
    return [section for section in seen if section.entries]


def is_here(entry: Entry, path: str) -> bool:
    """Tell whether the page at `path` lies under an entry; the start page lies under none but itself."""
    return path == entry.address or (entry.address != "/console" and path.startswith(f"{entry.address}/"))


def _shows(entry: Entry, reader: Reader | None) -> bool:
    if reader is None:
        return entry.public
    return entry.public or not entry.permissions or any(reader.may_anywhere(one) for one in entry.permissions)
