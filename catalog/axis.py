"""Which names may a service have on its WSO2 face, so that no client of the axis and no path of ours is misled?

Clients of the national data axis ask `/{apiName}/{version}/{resource}`; a provincial copy drops the version. Such a
name stands at the root of our addresses: one that is ours already is refused.
"""

import re
from collections.abc import Iterable

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.descriptions import AxisName, ServiceDescription
from catalog.errors import Fault
from catalog.states import ServiceState
from catalog.tables import ServiceVersionRow

RESERVED = frozenset(
    (
        *(
            "x",
            "soap",
            "r1",
            "wsdl",
            "api",
            "catalog",
            "catalogue",
            "oauth2",
            "token",
            "authorize",
            "revoke",
            "explain",
            "log",
            "citizen",
            "subject",
        ),
        *("problems", "healthz", "readyz", "livez", "health", "metrics", "console", "static", "assets", "docs"),
        *("listclients", "listmethods", "allowedmethods", "getopenapi", "getwsdl", "verificationconf", "services"),
        *("internalconf", "carbon", "publisher", "store", "devportal", "admin", "login", "logout", "openapi"),
    )
)
"""First segments that are ours, or that are kept for us; compared without case."""
_API = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}", re.ASCII)
_VERSION = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,18}[A-Za-z0-9])?)?", re.ASCII)


class _Named(msgspec.Struct):
    """The one member of a kept description that is looked at."""

    axis: AxisName | None = None


def axis_faults(name: AxisName | None) -> list[Fault]:
    """Return what is wrong with a name in itself; an empty version is that of a face without versions."""
    if name is None:
        return []
    faults: list[Fault] = []
    if not _API.fullmatch(name.api):
        vi = "gồm chữ cái không dấu, chữ số, “_”, “-”, bắt đầu bằng chữ cái; ví dụ apiCSDLDKDN"
        faults.append(Fault("axis.api", vi, "letters, digits, '_', '-', a letter first: apiCSDLDKDN"))
    if is_reserved(name.api):
        vi = "tên này là đường dẫn của nền tảng, không dùng được"
        faults.append(Fault("axis.api", vi, "this is a path of the platform's own"))
    if not _VERSION.fullmatch(name.version) or ".." in name.version:
        vi = "phiên bản gồm tối đa 20 chữ, số, “.”, “_”, “-”, ví dụ 1.0; hoặc để trống"
        faults.append(Fault("axis.version", vi, "at most 20 letters, digits, '.', '_', '-': 1.0; or empty"))
    return faults


def is_reserved(segment: str) -> bool:
    """Tell whether a first segment of a path is ours, whatever its case."""
    return segment.lower() in RESERVED


async def axis_conflict(session: AsyncSession, service: ServiceDescription) -> Fault | None:
    """Return what is wrong with a name beside those of the other versions that are not retired.

    To be asked after `announce_change`, which lets one publisher after the other go on.
    The new one does not win, not even over an older version of the same service: agreements are made for a version, and
    the clients of the older one would be refused from one moment to the next.
    """
    if service.axis is None:
        return None
    rows = await session.exec(select(ServiceVersionRow).where(col(ServiceVersionRow.state) != ServiceState.RETIRED))
    new = (service.database, service.code, service.version)
    for row in rows:
        if (row.database, row.service, row.version) == new:
            continue
        if msgspec.json.decode(row.description, type=_Named).axis == service.axis:
            held = f"{row.database}/{row.service}/v{row.version}"
            return Fault("axis", f"tên này {held} đang dùng", f"{held} has this name: retire it, or take another")
    return None


def unambiguous(names: Iterable[tuple[AxisName, str]]) -> dict[tuple[str, str], str]:
    """Return places by (api, version), without reserved names and without those that two places claim."""
    found: dict[tuple[str, str], str] = {}
    twice: set[tuple[str, str]] = set()
    for name, place in names:
        key = (name.api, name.version)
        if key in found or is_reserved(name.api):
            twice.add(key)
        found[key] = place
    return {key: place for key, place in found.items() if key not in twice}
