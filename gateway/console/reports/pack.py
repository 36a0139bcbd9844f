"""What does the yearly data audit take away with it? (R16: NĐ 165/2025; NĐ 278/2025 art. 14)

One ZIP of all reports of a period, and the settings in force without their passwords.
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request, Response

from gateway.console.desk import Signed
from gateway.console.frame import HEADERS, PROVINCE_ZONE, language_of
from gateway.console.listing import Asked, Format, file_of
from gateway.console.platform import DEFAULT, SET, SETTING_COLUMNS
from gateway.console.reports.contents import connections
from gateway.console.reports.pages import REPORTS
from gateway.console.reports.views import View, view_of
from gateway.console.words import Language, Words
from gateway.heartbeats import release
from gateway.platform_state import settings_in_force
from gateway.settings import Settings
from security.staff import Permission

router = APIRouter(prefix="/console/reports", include_in_schema=False)


@router.get("/pack")
async def send_pack(request: Request, desk: Signed) -> Response:
    """Send every report of the period as CSV, with the settings in force, in one ZIP."""
    desk.require(Permission.PLATFORM_READ)
    view, language = view_of(request, desk), language_of(request)
    files: dict[str, bytes] = {}
    async with desk.reading() as session:
        for report in REPORTS:
            table = await report.contents(session, view, language)
            answer = file_of(report.key, table.columns, table.rows, form=Format.CSV, language=language)
            files[f"{report.key}.csv"] = bytes(answer.body)
        whole = Asked(path=request.url.path, format=Format.CSV)
        table = await connections(session, view, language, asked=whole)
    answer = file_of("connections", table.columns, table.rows, form=Format.CSV, language=language)
    files["connections.csv"] = bytes(answer.body)
    files["settings.csv"] = _settings(desk.control.settings, language)
    files["README.txt"] = _readme(view, language, made=desk.now).encode()
    name = f"lienthong-{view.period.first.isoformat()}-{view.period.last.isoformat()}.zip"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(_zipped(files, made=desk.now), media_type="application/zip", headers=headers)


def _settings(settings: Settings, language: Language) -> bytes:
    rows = [
        (one.variable, one.value, (DEFAULT if one.is_default else SET).in_language(language))
        for one in settings_in_force(settings)
    ]
    return bytes(file_of("settings", SETTING_COLUMNS, rows, form=Format.CSV, language=language).body)


def _readme(view: View, language: Language, *, made: datetime) -> str:
    first, last = f"{view.period.first:%d/%m/%Y}", f"{view.period.last:%d/%m/%Y}"
    at = f"{made.astimezone(PROVINCE_ZONE):%d/%m/%Y %H:%M}"
    return Words(
        f"Liên Thông {release()}: số liệu từ {first} đến {last}, lập lúc {at}.\n"
        "Số liệu đếm từ nhật ký trao đổi; cách tính ở docs/reports.md. Thỏa thuận, mức sẵn sàng và cấu hình là của "
        "lúc lập. Không có dữ liệu cá nhân, không có bí mật.\n",
        f"Liên Thông {release()}: figures from {first} to {last}, made at {at}.\n"
        "Counted from the record of exchanges; formulas in docs/reports.md. Agreements, readiness and settings are of "
        "the moment at which it was made. No personal data, no secrets.\n",
    ).in_language(language)


def _zipped(files: Mapping[str, bytes], *, made: datetime) -> bytes:
    written = io.BytesIO()
    at = made.astimezone(PROVINCE_ZONE).timetuple()[:6]
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(zipfile.ZipInfo(name, at), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()
