"""Are X-Road identifiers kept as an administrator says them, refused when wrong, and in force from then on?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PROVIDER_AGENCY,
    READER,
    SYSTEM,
    GatewayProcess,
    RestProvider,
    assert_problem,
)
from sqlmodel.ext.asyncio.session import AsyncSession
from xroad_province import PARCEL, call, settle_members

from catalog import xroad
from catalog.descriptions import XRoadMember, XRoadSubsystem
from catalog.errors import AlreadyThere, ContentInvalid, NotThere, StateForbids
from catalog.staff import StaffMember, add_member
from gateway.db import Database
from security.staff import Role, new_token


@pytest.fixture
async def session(migrated_url: str) -> AsyncIterator[AsyncSession]:
    await settle_members(migrated_url, "http://127.0.0.1:1")
    database = Database.open(migrated_url)
    async with database.rehearsal() as opened:
        yield opened
    await database.close()


def member(agency: str = CONSUMER_AGENCY, code: str = "H32-01", member_class: str = "GOV") -> XRoadMember:
    return XRoadMember(agency=agency, instance="VN", member_class=member_class, member_code=code)


async def test_a_part_that_could_be_taken_for_another_is_refused(session: AsyncSession) -> None:
    for code in ("", " a", "a ", ".", "..", "a\nb", "a\u200bb", "a" * 256, "Đa\u0302t"):
        with pytest.raises(ContentInvalid, match="member_code"):
            await xroad.set_member(session, member(code=code), by=READER)


async def test_an_agency_may_change_its_identifier(session: AsyncSession) -> None:
    change = await xroad.set_member(session, member(code="moi"), by=READER)

    assert change.before != change.after
    assert (await xroad.list_members(session))[0].member_code == "moi"


async def test_two_agencies_do_not_share_an_identifier(session: AsyncSession) -> None:
    with pytest.raises(AlreadyThere):
        await xroad.set_member(session, member(agency=PROVIDER_AGENCY), by=READER)


async def test_an_unknown_agency_is_refused(session: AsyncSession) -> None:
    with pytest.raises(ContentInvalid, match="agency"):
        await xroad.set_member(session, member(agency="000.00.99.H32"), by=READER)


async def test_a_member_with_subsystems_stays(session: AsyncSession) -> None:
    with pytest.raises(StateForbids):
        await xroad.remove_member(session, CONSUMER_AGENCY)


async def test_what_is_not_there_cannot_be_removed(session: AsyncSession) -> None:
    with pytest.raises(NotThere):
        await xroad.remove_subsystem(session, CONSUMER_AGENCY, "khong-co")


NOT_ITS_AGENCYS: list[tuple[dict[str, object], str]] = [
    ({"system": "khong-co"}, "system"),
    ({"system": SYSTEM, "agency": PROVIDER_AGENCY}, "system"),
    ({"database": "khong-co"}, "database"),
    ({"database": "datdai"}, "database"),
    ({}, "system"),
    ({"system": SYSTEM, "networks": ("0.0.0.0/0",)}, "networks"),
    ({"system": SYSTEM, "networks": ("::/0",)}, "networks"),
    ({"system": SYSTEM, "networks": ("10.0.0.1/8",)}, "networks"),
    ({"system": SYSTEM, "networks": ("motcua.example",)}, "networks"),
    ({"agency": PROVIDER_AGENCY, "database": "datdai", "networks": ("10.0.0.0/8",)}, "networks"),
]


async def test_a_subsystem_stands_for_what_is_its_agencys(session: AsyncSession) -> None:
    for changes, where in NOT_ITS_AGENCYS:
        says = {"agency": CONSUMER_AGENCY, "code": "moi", **changes}
        with pytest.raises(ContentInvalid, match=where):
            await xroad.set_subsystem(session, XRoadSubsystem(**says), by=READER)  # type: ignore[arg-type]  # a row


async def test_a_database_is_offered_by_one_subsystem(session: AsyncSession) -> None:
    second = XRoadSubsystem(agency=PROVIDER_AGENCY, code="hai", database="datdai")

    with pytest.raises(AlreadyThere):
        await xroad.set_subsystem(session, second, by=READER)


@dataclass(frozen=True)
class Office:
    """A gateway of its own, and tokens of an administrator and of an agency's officer."""

    gateway: GatewayProcess
    tokens: dict[str, str]

    def post(self, member: str, path: str, document: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.tokens[member]}"}
        address = f"{self.gateway.url}/api/v1/xroad{path}"
        return httpx2.post(address, headers=headers, json=document, timeout=20, verify=NO_TLS)


@pytest.fixture
async def office(migrated_url: str, provider: RestProvider, tmp_path: Path) -> AsyncIterator[Office]:
    await settle_members(migrated_url, provider.url)
    tokens = {role: new_token() for role in (Role.PLATFORM_ADMIN, Role.AGENCY_OFFICER)}
    database = Database.open(migrated_url)
    async with database.transaction() as session:
        for role, made in tokens.items():
            person = StaffMember(role, role, role, CONSUMER_AGENCY, has_access=True)
            await add_member(session, person, token_hash=made.digest, by=READER)
    await database.close()
    process = GatewayProcess(tmp_path, migrated_url)
    process.start()
    yield Office(process, {str(role): made.clear for role, made in tokens.items()})
    process.stop()


TRUSTING = {"agency": CONSUMER_AGENCY, "code": "mot-cua-noi-bo", "system": SYSTEM}


async def test_a_network_that_is_removed_is_trusted_no_more(office: Office) -> None:
    before = call(office.gateway, PARCEL)
    changed = office.post("platform-admin", "/subsystems", {**TRUSTING, "networks": []})
    after = call(office.gateway, PARCEL)

    assert (before.status_code, changed.status_code, after.status_code) == (200, 200, 401)


async def test_an_officer_may_not_trust_a_network(office: Office) -> None:
    answer = office.post("agency-officer", "/subsystems", {**TRUSTING, "networks": ["10.0.0.0/8"]})

    assert_problem(answer, "staff-forbidden", status=403)


async def test_the_door_closes_with_the_last_identifier(office: Office) -> None:
    codes = ((CONSUMER_AGENCY, ("mot-cua", "mot-cua-noi-bo", "khac")), (PROVIDER_AGENCY, ("Đất đai",)))
    gone = [
        office.post("platform-admin", "/subsystems/remove", {"agency": agency, "code": code}).status_code
        for agency, below in codes
        for code in below
    ]
    gone += [office.post("platform-admin", "/members/remove", {"agency": agency}).status_code for agency, _ in codes]
    httpx2.get(f"{office.gateway.url}/readyz", timeout=10, verify=NO_TLS)  # reads the newest policy

    assert gone == [200] * 6
    assert_problem(call(office.gateway, PARCEL), "path-unknown", status=404)
