"""Is a call that somebody tries a call like any other: the same checks, the same record, nothing more released?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from conftest import in_a_thread, migrate
from gateways import AGREEMENT, SYSTEM, TERMS, RestProvider, settle_province, suspend

from catalog.errors import ContentInvalid
from catalog.terms import AgreementTerms, Comparison, Hours, Rate, RowCondition
from gateway.doors.arrival import Arrivals
from gateway.exchange import clock
from gateway.node import Node, open_node
from gateway.settings import Settings
from gateway.tryit.attempt import Attempt, curl, request_of
from gateway.tryit.tryout import Member, Tried, TryOut, new_idempotency_key
from gateway.tryit.witness import Stage
from security.audit.counts import count_admitted
from security.audit.read import find_exchange
from security.audit.record import Kind
from security.errors import RateExceeded

pytestmark = pytest.mark.asyncio(loop_scope="module")
MEMBER = Member("lan.nt", "127.0.0.1")


def terms(code: str, **changes: object) -> AgreementTerms:
    reading = TERMS.grants[:2] if "rows" in changes else TERMS.grants
    grants = tuple(msgspec.structs.replace(one, **changes) for one in reading)
    return msgspec.structs.replace(TERMS, code=code, grants=grants)


NOT_THESE_DAYS = (Hours(days=((datetime.now(UTC).isoweekday() + 2) % 7 + 1,), from_="00:00", until="24:00"),)
AGREEMENTS = (
    TERMS,
    terms("TT-DUNG"),
    terms("TT-GIO", hours=NOT_THESE_DAYS),
    terms("TT-MANG", networks=("10.1.0.0/16",)),
    terms("TT-HOSO", case_file_required=True),
    terms("TT-CANBO", officer_required=True),
    terms("TT-NHIP", rate=Rate(requests=1, per_seconds=3600, burst=1)),
    terms("TT-NGAY", daily_quota=1),
    terms("TT-HANG", rows=(RowCondition(field="MaDVHC", operator=Comparison.EQ, values=("22001",)),)),
)


@dataclass(slots=True)
class Room:
    """A node, and what tries calls on it."""

    url: str
    node: Node
    tryout: TryOut
    provider: RestProvider

    async def try_call(self, operation: str = "get", *, sandbox: bool = False, **changes: object) -> Tried:
        """Try a call that is allowed, but for `changes`."""
        snapshot = self.node.policy.current
        service = snapshot.services["datdai", "thua-dat", "v1"]
        [found] = [one for group in service.operations.values() for one in group if one.description.code == operation]
        values = {"SoGCN": "CD1"} if operation == "get" else {}
        attempt = Attempt(**{"system": SYSTEM, "agreement": AGREEMENT, "operation": found, "values": values, **changes})  # type: ignore[arg-type] # checked by use
        return await self.tryout.carry(attempt, MEMBER, sandbox=sandbox)


@pytest.fixture(scope="module")
def land() -> Iterator[RestProvider]:
    server = RestProvider()
    yield server
    server.close()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tryit")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_room(directory: Path, land: RestProvider) -> AsyncIterator[Room]:
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_province(url, land.url, *AGREEMENTS)))
    in_a_thread(lambda: asyncio.run(suspend(url, "TT-DUNG")))
    environment = {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_VAR_DIR": str(directory / "var"),
        "LIENTHONG_KEYS_DIR": str(directory / "keys"),
        "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
    }
    async with open_node(Settings.from_environment(environment)) as node:
        tryout = TryOut(node.exchange, Arrivals(deadline_seconds=30, most_body_bytes=1 << 20), clock=clock)
        yield Room(url, node, tryout, land)


@pytest.fixture
def room(standing_room: Room) -> Room:
    standing_room.provider.calls.clear()
    return standing_room


async def test_a_try_in_earnest_gets_what_the_system_would_get(room: Room) -> None:
    tried = await room.try_call()

    assert (tried.status, len(room.provider.calls)) == (200, 1)
    assert msgspec.json.decode(tried.body) == {
        "SoGCN": "CD1",
        "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử"},
        "DienTich": 120.5,
        "TaiSan": [{"Ma": "A1"}, {"Ma": "A2"}],
    }
    assert {"ChuSoHuu.SoDinhDanh", "MaDVHC"} <= set(tried.not_agreed)
    assert tried.outcome is not None
    assert tried.outcome.unexpected == 1


async def test_it_is_recorded_with_who_tried(room: Room) -> None:
    tried = await room.try_call()

    records = await find_exchange(room.url, tried.exchange_id)
    assert [record.kind for record in records] == ["INTENT", "OUTCOME"]
    assert [record.leaf.hex() for record in records] == [place.leaf for place in tried.recorded]
    intent = msgspec.json.decode(records[0].body)
    assert (intent["notes"]["member"], intent["what"]["door"], intent["who"]["method"]) == (
        MEMBER.code,
        "console",
        "console",
    )


async def test_a_try_in_earnest_spends_the_agreements_quota(room: Room) -> None:
    first = await room.try_call(agreement="TT-NGAY")
    second = await room.try_call(agreement="TT-NGAY")

    assert (first.quota, second.problem and second.problem.slug) == ((1, 0), "quota-exceeded")


async def test_the_stages_are_told_in_their_order(room: Room) -> None:
    tried = await room.try_call()

    assert [stage for stage, _ in tried.stages] == list(Stage)
    assert all(microseconds >= 0 for _, microseconds in tried.stages)


async def test_the_sandbox_asks_no_provider_and_is_recorded_as_such(room: Room) -> None:
    tried = await room.try_call(sandbox=True)

    records = await find_exchange(room.url, tried.exchange_id)
    intent = msgspec.json.decode(records[0].body)
    assert (tried.status, room.provider.calls) == (200, [])
    assert msgspec.json.decode(tried.body)["ChuSoHuu"]["HoVaTen"].startswith("Người mẫu")
    assert (intent["what"]["door"], intent["notes"]["synthetic"], "whom" in intent) == ("sandbox", True, False)


async def test_the_sandbox_spends_nothing_of_the_agreement(room: Room) -> None:
    before = await spent(room)
    await room.try_call(sandbox=True)

    assert await spent(room) == before


async def spent(room: Room) -> int:
    grant = room.node.policy.current.grants[SYSTEM, "datdai/thua-dat/v1/get"][0]
    begin, end = grant.valid_from, grant.valid_before
    return await count_admitted(room.url, grant.key, day_start=begin, day_end=end)


async def test_the_sandbox_cuts_its_answer_to_the_agreement(room: Room) -> None:
    tried = await room.try_call("list", sandbox=True, agreement="TT-HANG")

    items = msgspec.json.decode(tried.body)["items"]
    assert [set(item) for item in items] == [{"SoGCN", "ChuSoHuu"}] * 3
    assert tried.outcome is not None
    assert (tried.outcome.rows_withheld, tried.conditions) == (1, ("MaDVHC",))


@pytest.mark.parametrize("sandbox", [True, False], ids=["sandbox", "earnest"])
@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("agreement-suspended", {"agreement": "TT-DUNG"}),
        ("agreement-missing", {"agreement": "TT-KHAC"}),
        ("agreement-missing", {"system": "he-thong-khac"}),
        ("outside-hours", {"agreement": "TT-GIO"}),
        ("source-not-allowed", {"agreement": "TT-MANG"}),
        ("case-file-required", {"agreement": "TT-HOSO"}),
        ("officer-required", {"agreement": "TT-CANBO"}),
        ("purpose-not-agreed", {"purpose": "thong-ke"}),
        ("field-not-agreed", {"fields": ("ChuSoHuu.SoDinhDanh",)}),
        ("request-invalid", {"values": {"SoGCN": "1"}}),
        ("request-invalid", {"values": {"SoGCN": "CD1", "la": "1"}}),
        ("request-invalid", {"officer": "056099000001"}),
        ("idempotency-key-required", {"operation": "create", "body": b'{"DienTich":1}'}),
    ],
)
async def test_what_a_system_may_not_do_nobody_may_try_for_it(
    room: Room, slug: str, changes: dict[str, object], sandbox: bool
) -> None:
    if changes.get("system"):
        slug = "token-invalid"
    tried = await room.try_call(**changes, sandbox=sandbox)  # type: ignore[arg-type] # checked by use

    assert tried.problem is not None
    assert (tried.problem.slug, room.provider.calls) == (slug, [])
    assert [place.kind for place in tried.recorded] == [Kind.DENY]


@pytest.mark.parametrize("sandbox", [True, False], ids=["sandbox", "earnest"])
async def test_the_rate_holds_for_tries(room: Room, sandbox: bool) -> None:
    first = await room.try_call(agreement="TT-NHIP", sandbox=sandbox)
    second = await room.try_call(agreement="TT-NHIP", sandbox=sandbox)

    assert (first.status, second.problem and second.problem.slug) == (200, "rate-exceeded")


async def test_only_the_sandbox_can_pretend_an_address_and_the_record_has_the_true_one(room: Room) -> None:
    pretended = await room.try_call(agreement="TT-MANG", as_if_from="10.1.2.3", sandbox=True)
    earnest = await room.try_call(agreement="TT-MANG", as_if_from="10.1.2.3")

    [intent, _] = [msgspec.json.decode(one.body) for one in await find_exchange(room.url, pretended.exchange_id)]
    assert (pretended.status, earnest.problem and earnest.problem.slug) == (200, "source-not-allowed")
    assert (intent["who"]["source"], intent["notes"]["as_if_from"]) == (MEMBER.source, "10.1.2.3")


async def test_an_operation_that_changes_something_is_sent_once(room: Room) -> None:
    key = new_idempotency_key()
    first = await room.try_call("create", body=b'{"DienTich":1}', idempotency_key=key)
    second = await room.try_call("create", body=b'{"DienTich":1}', idempotency_key=key)

    assert (first.status, second.body == first.body, room.provider.calls) == (200, True, ["POST /thua-dat"])


async def test_a_member_cannot_fill_the_record(room: Room) -> None:
    def often() -> None:
        for _ in range(100):
            room.tryout.brake("voi-vang")

    with pytest.raises(RateExceeded):
        often()


async def test_fewer_fields_are_told_apart_from_those_not_agreed(room: Room) -> None:
    tried = await room.try_call(fields=("SoGCN",))

    assert (tried.released, "DienTich" in tried.not_asked, "MaDVHC" in tried.not_agreed) == (("SoGCN",), True, True)


@pytest.mark.parametrize("text", ["a\r\nX-Admin: 1", "hồ sơ", "x" * 201])
async def test_what_cannot_stand_in_a_header_is_refused_at_its_field(room: Room, text: str) -> None:
    with pytest.raises(ContentInvalid) as refusal:
        await room.try_call(case_file=text)

    assert ([fault.where for fault in refusal.value.faults], room.provider.calls) == (["case_file"], [])


async def test_a_value_cannot_become_another_path(room: Room) -> None:
    tried = await room.try_call(values={"SoGCN": "../../bi-mat"})

    assert (tried.problem and tried.problem.slug, room.provider.calls) == ("path-unknown", [])


async def test_the_command_to_copy_makes_the_same_call(room: Room) -> None:
    snapshot = room.node.policy.current
    [found] = snapshot.services["datdai", "thua-dat", "v1"].operations[2]
    attempt = Attempt(SYSTEM, AGREEMENT, found, {"SoGCN": "CD'1 "}, fields=("SoGCN", "DienTich"), case_file="H01 $x")

    said = curl(request_of(attempt), public_url="https://lt.vn")

    assert said.splitlines() == [
        "curl -X GET 'https://lt.vn/x/datdai/thua-dat/v1/thua-dat/CD%271%20?fields=SoGCN%2CDienTich' \\",
        '  -H "Authorization: Bearer $TOKEN" \\',
        "  -H 'Agreement: TT-1' \\",
        "  -H 'Case-File: H01 $x'",
    ]
