"""By which X-Road identifiers are agencies, their systems and their databases known?

The X-Road door is open to whom stands here and to nobody else; while no agency does, it does not exist.
"""

import unicodedata
from ipaddress import ip_network

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, refuse_faults
from catalog.descriptions import XRoadMember, XRoadSubsystem
from catalog.errors import AlreadyThere, Fault, NotThere, StateForbids
from catalog.policy import (
    announce_change,
    read_xroad_members,
    read_xroad_subsystems,
    xroad_member_of,
    xroad_subsystem_of,
)
from catalog.tables import AgencyRow, DatabaseRow, SystemRow, XRoadMemberRow, XRoadSubsystemRow

MAX_PART_CHARS = 255
"""How long one part of an identifier may be (X-Road PR-OPMON, annex B)."""


async def set_member(session: AsyncSession, member: XRoadMember, *, by: Actor) -> Change:
    """Let an agency be known by this identifier, instead of the one that it had.

    Raises ContentInvalid, and AlreadyThere when it is another agency's.
    """
    refuse_faults(
        part_fault("instance", member.instance),
        part_fault("member_class", member.member_class),
        part_fault("member_code", member.member_code),
    )
    agency = await session.get(AgencyRow, member.agency)
    if agency is None:
        refuse_faults(Fault("agency", "không có cơ quan này", "there is no such agency"))
    same = select(XRoadMemberRow).where(
        XRoadMemberRow.instance == member.instance,
        XRoadMemberRow.member_class == member.member_class,
        XRoadMemberRow.member_code == member.member_code,
    )
    holder = (await session.exec(same)).first()
    if holder is not None and holder.agency != member.agency:
        raise AlreadyThere("X-Road member", _name(member))
    row = await session.get(XRoadMemberRow, member.agency, with_for_update=True)
    before = "" if row is None else digest(canonical_document(xroad_member_of(row)))
    if row is None:
        row = XRoadMemberRow(agency=member.agency, instance="", member_class="", member_code="", changed_at=by.at)
    row.instance, row.member_class, row.member_code = member.instance, member.member_class, member.member_code
    row.changed_at = by.at
    session.add(row)
    await announce_change(session)
    after = digest(canonical_document(member))
    return Change("xroad-member", member.agency, before=before, after=after, agencies=(member.agency,))


async def remove_member(session: AsyncSession, agency: str) -> Change:
    """Let an agency have no X-Road identifier. Raises NotThere, and StateForbids while it has subsystems."""
    row = await session.get(XRoadMemberRow, agency, with_for_update=True)
    if row is None:
        raise NotThere("X-Road member", agency)
    below = await session.exec(select(XRoadSubsystemRow.code).where(XRoadSubsystemRow.agency == agency))
    if below.first() is not None:
        raise StateForbids("X-Road member", "has subsystems", "its removal")
    before = digest(canonical_document(xroad_member_of(row)))
    await session.delete(row)
    await announce_change(session)
    return Change("xroad-member", agency, before=before, agencies=(agency,))


async def set_subsystem(session: AsyncSession, subsystem: XRoadSubsystem, *, by: Actor) -> Change:
    """Let a subsystem stand for a system that calls, a database that is offered, or both, of its own agency.

    Raises ContentInvalid, and AlreadyThere when the database is offered by another subsystem.
    """
    refuse_faults(
        part_fault("code", subsystem.code) if subsystem.code else None,
        *await _owner_faults(session, subsystem),
        *(_network_fault(f"networks[{number}]", text) for number, text in enumerate(subsystem.networks)),
    )
    if subsystem.database:
        offered = select(XRoadSubsystemRow).where(col(XRoadSubsystemRow.database) == subsystem.database)
        other = (await session.exec(offered)).first()
        if other is not None and (other.agency, other.code) != (subsystem.agency, subsystem.code):
            raise AlreadyThere("X-Road subsystem of the database", subsystem.database)
    row = await session.get(XRoadSubsystemRow, (subsystem.agency, subsystem.code), with_for_update=True)
    before = "" if row is None else digest(canonical_document(xroad_subsystem_of(row)))
    if row is None:
        row = XRoadSubsystemRow(agency=subsystem.agency, code=subsystem.code, networks=b"", changed_at=by.at)
    row.system, row.database = subsystem.system or None, subsystem.database or None
    row.networks, row.changed_at = msgspec.json.encode(subsystem.networks), by.at
    session.add(row)
    await announce_change(session)
    after = digest(canonical_document(subsystem))
    name = f"{subsystem.agency}/{subsystem.code}"
    return Change("xroad-subsystem", name, before=before, after=after, agencies=(subsystem.agency,))


async def remove_subsystem(session: AsyncSession, agency: str, code: str) -> Change:
    """Let nobody call or be called by a subsystem. Raises NotThere."""
    row = await session.get(XRoadSubsystemRow, (agency, code), with_for_update=True)
    if row is None:
        raise NotThere("X-Road subsystem", f"{agency}/{code}")
    before = digest(canonical_document(xroad_subsystem_of(row)))
    await session.delete(row)
    await announce_change(session)
    return Change("xroad-subsystem", f"{agency}/{code}", before=before, agencies=(agency,))


async def list_members(session: AsyncSession) -> tuple[XRoadMember, ...]:
    """Return all members by agency."""
    return await read_xroad_members(session)


async def list_subsystems(session: AsyncSession) -> tuple[XRoadSubsystem, ...]:
    """Return all subsystems by agency and code."""
    return await read_xroad_subsystems(session)


def part_fault(where: str, text: str) -> Fault | None:
    """Return what is wrong with one part of an identifier.

    X-Road compares parts as they are, so a form that looks like another one is refused: blanks around it, marks that
    are not composed (NFC), characters that cannot be seen. `.` and `..` would climb in an address (PR-REST, 4.8).
    """
    if (
        0 < len(text) <= MAX_PART_CHARS
        and text == text.strip()
        and text.isprintable()
        and unicodedata.is_normalized("NFC", text)
        and text not in (".", "..")
    ):
        return None
    return Fault(
        where,
        "mã gồm 1 đến 255 ký tự nhìn thấy được, dạng NFC, không có dấu cách ở hai đầu, khác “.” và “..”",
        "1 to 255 printable characters in NFC, without blanks around them, and neither '.' nor '..'",
    )


async def _owner_faults(session: AsyncSession, subsystem: XRoadSubsystem) -> list[Fault]:
    faults = []
    if await session.get(XRoadMemberRow, subsystem.agency) is None:
        faults.append(Fault("agency", "cơ quan chưa có mã X-Road", "the agency has no X-Road identifier"))
    if not subsystem.system and not subsystem.database:
        faults.append(Fault("system", "phải nêu hệ thống hoặc cơ sở dữ liệu", "name a system or a database"))
    if subsystem.networks and not subsystem.system:
        faults.append(Fault("networks", "chỉ dùng cho hệ thống gọi", "only a system that calls has networks"))
    system = await session.get(SystemRow, subsystem.system) if subsystem.system else None
    if subsystem.system and (system is None or system.agency != subsystem.agency):
        faults.append(Fault("system", "cơ quan không có hệ thống này", "the agency has no such system"))
    database = await session.get(DatabaseRow, subsystem.database) if subsystem.database else None
    if subsystem.database and (database is None or database.owner != subsystem.agency):
        faults.append(Fault("database", "cơ quan không có cơ sở dữ liệu này", "the agency has no such database"))
    return faults


def _network_fault(where: str, text: str) -> Fault | None:
    try:
        if ip_network(text).prefixlen > 0:
            return None
    except ValueError:
        pass
    return Fault(
        where,
        "phải là một dải địa chỉ (CIDR) như 10.1.2.0/28, và không phải mọi địa chỉ",
        "must be a network in CIDR form such as 10.1.2.0/28, and not every address",
    )


def _name(member: XRoadMember) -> str:
    return f"{member.instance}/{member.member_class}/{member.member_code}"
