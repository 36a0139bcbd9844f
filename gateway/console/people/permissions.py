"""What may each role do, said to whoever is signed in?"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from gateway.console.desk import Signed
from gateway.console.frame import render
from gateway.console.people.permission_words import PERMISSION_WORDS
from gateway.console.words import ROLES, Words
from security.staff import PERMISSIONS, PLATFORM_WIDE, Permission, Role

router = APIRouter(prefix="/console/permissions", include_in_schema=False)
NOUNS: Mapping[str, Words] = {
    "agency": Words("Đơn vị", "Agencies"),
    "system": Words("Hệ thống và khóa", "Systems and keys"),
    "catalogue": Words("Danh mục", "Catalogue"),
    "database": Words("Cơ sở dữ liệu", "Databases"),
    "provider": Words("Nguồn dữ liệu", "Providers"),
    "service": Words("Dịch vụ", "Services"),
    "publication": Words("Công bố dịch vụ", "Publishing"),
    "purpose": Words("Mục đích", "Purposes"),
    "agreement": Words("Thỏa thuận", "Agreements"),
    "call": Words("Thử gọi", "Trying calls"),
    "xroad": Words("X-Road", "X-Road"),
    "staff": Words("Nhân sự", "Staff"),
    "record": Words("Nhật ký", "Record"),
    "alert": Words("Cảnh báo sử dụng sai", "Alerts of misuse"),
    "incident": Words("Sự cố", "Incidents"),
    "quality": Words("Chất lượng", "Quality"),
    "report": Words("Báo cáo", "Reports"),
    "platform": Words("Vận hành", "Running the platform"),
}


@router.get("")
async def show_permissions(request: Request, desk: Signed) -> Response:
    """Show the table of permissions by role; the reader's own role stands out."""
    groups: dict[str, list[Permission]] = {}
    for permission in Permission:
        groups.setdefault(permission.split(":")[1], []).append(permission)
    return render(
        request,
        "staff/permissions.html",
        desk=desk,
        roles=[(role, ROLES[role], role in PLATFORM_WIDE) for role in Role],
        groups=[(NOUNS[noun], found) for noun, found in groups.items()],
        words=PERMISSION_WORDS,
        has=PERMISSIONS,
    )
