"""Are agencies, systems and people found, sorted and cut as a page asks, and is what a list of agencies says taken?"""

from datetime import timedelta

import pytest
from catalog_samples import CONSUMER, NOW, OTHER, OWNER, REQUESTER

from catalog import accounts, agencies, directory, staff, staffing, systems
from catalog.agency_lists import ListedStep, plan_list, take_list
from catalog.changes import Actor
from catalog.descriptions import AgencyDescription, SystemDescription
from catalog.directory import AgencyOrder, MemberFilter, MemberOrder, SystemFilter, SystemOrder
from catalog.errors import ContentInvalid
from catalog.inventory import Slice
from catalog.staff import StaffMember
from catalog.states import Side, SystemState
from gateway.db import Database

ALL = Slice(100)


def agency(code: str, name: str, parent: str = "") -> AgencyDescription:
    return AgencyDescription(code=code, name_vi=name, parent=parent)


@pytest.mark.parametrize(
    ("words", "found"),
    [("", [OWNER, CONSUMER, OTHER]), ("nong nghiep", [OWNER]), ("Y TẾ", [OTHER]), ("so", [OWNER, OTHER]), ("%", [])],
)
async def test_agencies_are_found_without_marks(catalogue: Database, words: str, found: list[str]) -> None:
    async with catalogue.reading() as session:
        lines = await directory.find_agencies(session, words=words, part=ALL)
        total = await directory.count_agencies(session, words=words)

    assert sorted(one.agency.code for one in lines) == sorted(found)
    assert total == len(found)


async def test_a_list_is_sorted_and_cut_in_the_database(catalogue: Database) -> None:
    async with catalogue.reading() as session:
        first = await directory.find_agencies(session, order=AgencyOrder.CODE, part=Slice(1, 0, descending=True))
        second = await directory.find_agencies(session, order=AgencyOrder.CODE, part=Slice(1, 1, descending=True))

    assert [one.agency.code for one in (*first, *second)] == sorted([OWNER, CONSUMER, OTHER], reverse=True)[:2]


async def test_an_agency_says_how_many_systems_and_people_it_has(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        for code in ("an", "binh"):
            member = StaffMember(code, code, "observer", CONSUMER, has_access=False)
            await staff.add_member(session, member, token_hash=None, by=REQUESTER)
        await staffing.deactivate_member(session, "binh", by=REQUESTER)

    async with catalogue.reading() as session:
        lines = await directory.find_agencies(session, words="pvhcc", part=ALL)

    assert [(one.systems, one.staff) for one in lines] == [(1, 1)]


async def with_systems(catalogue: Database) -> None:
    """Two systems more: one whose only key ends in ten days, one that is suspended and has none."""
    async with catalogue.transaction() as session:
        for code in ("cong-dvc", "cu"):
            described = SystemDescription(code=code, agency=OWNER, name_vi="Cổng " + code)
            await systems.add_system(session, described, by=REQUESTER)
        await systems.add_key(
            session, "cong-dvc", key_id="k", jwk=b'{"kty":"EC"}', by=REQUESTER, expires_at=NOW + timedelta(days=10)
        )
        await systems.suspend_system(session, "cu", side=Side.PLATFORM, by=REQUESTER)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (SystemFilter(NOW), ["cong-dvc", "cu", "mot-cua"]),
        (SystemFilter(NOW, within=(OWNER,)), ["cong-dvc", "cu"]),
        (SystemFilter(NOW, within=()), []),
        (SystemFilter(NOW, words="cong dvc"), ["cong-dvc"]),
        (SystemFilter(NOW, state=SystemState.SUSPENDED), ["cu"]),
        (SystemFilter(NOW, legacy=True), ["mot-cua"]),
        (SystemFilter(NOW, agency=OWNER, legacy=False), ["cong-dvc", "cu"]),
        (SystemFilter(NOW, expiring_by=NOW + timedelta(days=30)), ["cong-dvc"]),
        (SystemFilter(NOW, expiring_by=NOW + timedelta(days=9)), []),
        (SystemFilter(NOW + timedelta(days=11), expiring_by=NOW + timedelta(days=30)), []),
    ],
)
async def test_systems_are_narrowed_by_each_filter(catalogue: Database, wanted: SystemFilter, found: list[str]) -> None:
    await with_systems(catalogue)

    async with catalogue.reading() as session:
        lines = await directory.find_systems(session, wanted, order=SystemOrder.CODE, part=ALL)
        total = await directory.count_systems(session, wanted)

    assert [one.system.code for one in lines] == found
    assert total == len(found)


async def test_a_system_says_how_many_keys_it_can_use_and_when_the_next_ends(catalogue: Database) -> None:
    await with_systems(catalogue)

    async with catalogue.reading() as session:
        lines = await directory.find_systems(session, SystemFilter(NOW, within=(OWNER,)), part=ALL)

    assert [(one.system.code, one.keys, one.next_expiry) for one in lines] == [
        ("cong-dvc", 1, NOW + timedelta(days=10)),
        ("cu", 0, None),
    ]


async def test_people_are_narrowed_and_say_how_they_sign_in(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        for code, agency_code in (("an", OWNER), ("binh", CONSUMER), ("cuong", CONSUMER)):
            member = StaffMember(code, f"Nguyễn {code}", "observer", agency_code, has_access=False)
            await staff.add_member(session, member, token_hash=None, by=REQUESTER)
        await accounts.set_password(session, "binh", password_hash="x", initial=True)
        await staffing.deactivate_member(session, "cuong", by=REQUESTER)

    async with catalogue.reading() as session:
        wanted = MemberFilter(within=(CONSUMER,), words="nguyen", active=True)
        lines = await directory.find_members(session, wanted, order=MemberOrder.NAME, part=ALL)
        left = await directory.count_members(session, MemberFilter(active=False))

    assert [(one.member.code, one.has_password, one.has_device) for one in lines] == [("binh", True, False)]
    assert left == 1


# --- lists of agencies -----------------------------------------------------------------------------------------------

NEW, BELOW = "000.00.70.H32", "000.00.71.H32"


async def test_a_list_adds_and_revises_and_leaves_the_rest(catalogue: Database) -> None:
    lines = [(2, agency(BELOW, "Phòng mới", NEW)), (3, agency(NEW, "Sở mới")), (4, agency(OTHER, "Sở Y tế tỉnh"))]
    async with catalogue.transaction() as session:
        planned = await plan_list(session, lines)
        change = await take_list(session, lines, by=REQUESTER)

    async with catalogue.reading() as session:
        shown = {one.code: one for one in await agencies.list_agencies(session)}
    assert [one.step for one in planned] == [ListedStep.ADD, ListedStep.ADD, ListedStep.REVISE]
    assert len(change.parts) == 2
    assert (shown[BELOW].parent, shown[OTHER].name_vi) == (NEW, "Sở Y tế tỉnh")
    assert shown[OWNER].name_vi == "Sở Nông nghiệp và Môi trường"


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([(2, agency("sai", "Tên"))], ["line[2].code"]),
        ([(2, agency(NEW, ""))], ["line[2].name_vi"]),
        ([(2, agency(NEW, "Tên", "000.00.99.H32"))], ["line[2].parent"]),
        ([(2, agency(NEW, "Một")), (3, agency(NEW, "Hai"))], ["line[3].code"]),
        ([(2, agency(NEW, "Một", BELOW)), (3, agency(BELOW, "Hai", NEW))], ["line[2].parent", "line[3].parent"]),
        ([(2, agency(NEW, "Một", NEW))], ["line[2].parent"]),
        ([(2, agency(OTHER, "Sở Y tế"))], ["list"]),
        ([], ["list"]),
    ],
)
async def test_a_list_with_a_wrong_line_is_refused_whole(
    catalogue: Database, lines: list[tuple[int, AgencyDescription]], wrong: list[str]
) -> None:
    with pytest.raises(ContentInvalid) as refusal:
        async with catalogue.transaction() as session:
            await take_list(session, lines, by=REQUESTER)

    async with catalogue.reading() as session:
        assert await directory.count_agencies(session) == 3
    assert [fault.where for fault in refusal.value.faults] == wrong


async def test_nobody_comes_to_lie_below_himself(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await agencies.revise_agency(session, agency(OTHER, "Sở Y tế", OWNER))

    with pytest.raises(ContentInvalid):
        async with catalogue.transaction() as session:
            await agencies.revise_agency(session, agency(OWNER, "Sở", OTHER))


# --- keys and the mark of a legacy system ----------------------------------------------------------------------------


async def test_a_new_key_lets_the_old_ones_go_on_for_as_long_as_was_said(catalogue: Database) -> None:
    until, later = NOW + timedelta(days=7), Actor("an", NOW)
    async with catalogue.transaction() as session:
        await systems.add_key(session, "mot-cua", key_id="cu", jwk=b'{"kty":"EC"}', by=later)
        await systems.add_key(session, "mot-cua", key_id="moi", jwk=b'{"kty":"EC"}', by=later, old_until=until)
        view = await systems.show_system(session, "mot-cua")

    assert {key.id: key.expires_at for key in view.keys} == {"cu": until, "moi": None}


async def test_a_system_that_is_legacy_no_more_loses_its_secrets_and_keeps_its_keys(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await systems.replace_secret(session, "mot-cua", key_id="s", secret_hash="0" * 64, by=REQUESTER)
        await systems.add_key(session, "mot-cua", key_id="k", jwk=b'{"kty":"EC"}', by=REQUESTER)
        await systems.mark_legacy(session, "mot-cua", legacy=False, by=REQUESTER)
        view = await systems.show_system(session, "mot-cua")

    assert {key.id: key.revoked_at is not None for key in view.keys} == {"s": True, "k": False}
