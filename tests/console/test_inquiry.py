"""Is an incident kept with its clock, and are sealed values handed out to two people only, who cannot be one?"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
import sqlalchemy as sa
from exported import readings_of
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, token
from revealed import reveal_of
from visitors import Office, Visitor

from catalog.changes import Actor
from catalog.errors import FourEyes, StateForbids
from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.inquiry import acts, incidents
from gateway.inquiry.incidents import INCIDENT_STEPS, Incident, IncidentState, IncidentStep, hours_left, step_incident
from gateway.inquiry.reveals import RevealState, RevealStep, step_reveal
from gateway.notifications.alerts import due_reports
from security.audit.datakeys import DataKeys
from security.audit.encode import microseconds
from security.audit.keyfiles import KeyFiles
from security.staff import Role

INCIDENTS, REVEALS = "/console/record/incidents", "/console/record/reveals"
CASE = "H32-26-0555"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def exchange_id(office: Office) -> str:
    headers = {"authorization": f"Bearer {token(office.gateway)}", "case-file": CASE}
    answer = httpx2.get(f"{office.gateway.url}{PARCEL.format('CD5')}", headers=headers, timeout=20, verify=NO_TLS)
    office.catch_up()
    return str(answer.headers["exchange-id"])


def auditor(office: Office) -> Visitor:
    return office.visitor(office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY).code)


def opened(visitor: Visitor, place: str, typed: dict[str, str]) -> str:
    """Send a form for something new, and return the id of what it made."""
    visitor.go(f"{place}/new")
    answer = visitor.send(f"{place}/new", typed)
    assert answer.status_code == 303, visitor.page
    return _ID.findall(answer.headers["location"])[-1]


def asked(visitor: Visitor, *ids: str) -> str:
    return opened(visitor, REVEALS, {"reason": "Điều tra sự cố", "exchanges": "\n".join(ids)})


def press(visitor: Visitor, reveal: str, act: str, **typed: str) -> int:
    visitor.go(f"{REVEALS}/{reveal}")
    return visitor.send(f"{REVEALS}/{reveal}/{act}", typed).status_code


# --- sealed values -----------------------------------------------------------------------------------------


def test_two_people_together_get_what_the_recovery_key_opens(office: Office, exchange_id: str, tmp_path: Path) -> None:
    first, second = auditor(office), auditor(office)
    reveal = asked(first, exchange_id)
    before = press(first, reveal, "file")
    agreed = press(second, reveal, "agree")
    first.go(f"{REVEALS}/{reveal}")
    taken = first.send(f"{REVEALS}/{reveal}/file", {})
    again = press(first, reveal, "file")
    (tmp_path / "sealed.json").write_bytes(taken.content)
    told = open_offline(office, tmp_path / "sealed.json")

    assert (before, agreed, taken.status_code, again) == (409, 303, 200, 409)
    assert CASE not in taken.text
    assert f"{exchange_id}\tINTENT\tcase-file\t{CASE}" in told.stdout, told.stderr


def open_offline(office: Office, file: Path) -> subprocess.CompletedProcess[str]:
    """Open a file that was handed out, as where the recovery key is."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", "reveal", str(file), "--recovery-key",
         str(office.gateway.directory / "keys" / "recovery.key")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@contextmanager
def kept(directory: Path) -> Iterator[Path]:
    """Yield where the keys are, and put back afterwards what was there: the office goes on working."""
    with tempfile.TemporaryDirectory() as aside:
        shutil.copytree(directory, aside, dirs_exist_ok=True)
        yield directory
        for new in {path.name for path in directory.iterdir()} - {path.name for path in Path(aside).iterdir()}:
            (directory / new).unlink()
        shutil.copytree(aside, directory, dirs_exist_ok=True)


def test_what_was_erased_is_told_on_the_page_in_the_file_and_where_it_is_opened(
    office: Office, exchange_id: str, tmp_path: Path
) -> None:
    first, second = auditor(office), auditor(office)
    reveal = asked(first, exchange_id)
    press(second, reveal, "agree")
    with kept(office.gateway.directory / "keys" / "pseudonyms") as keys:
        DataKeys(KeyFiles(keys)).erase(f"{datetime.now(UTC):%Y-%m}", "datdai")
        page = first.go(f"{REVEALS}/{reveal}").text
        taken = first.send(f"{REVEALS}/{reveal}/file", {})
    (tmp_path / "sealed.json").write_bytes(taken.content)
    told = open_offline(office, tmp_path / "sealed.json")

    assert "đã xóa" in page
    assert (taken.json()["values"], taken.json()["missing"]) == ([], [])
    assert {(one["exchange"], one["of"]) for one in taken.json()["erased"]} == {(exchange_id, "case-file")}
    assert (told.returncode, CASE in told.stdout) == (0, False)
    assert "case-file: erased: the data key of datdai in" in told.stderr


def test_where_a_data_key_is_lost_nothing_is_handed_out_and_it_is_not_used_up(office: Office, exchange_id: str) -> None:
    first, second = auditor(office), auditor(office)
    reveal = asked(first, exchange_id)
    press(second, reveal, "agree")
    first.go(f"{REVEALS}/{reveal}")
    with kept(office.gateway.directory / "keys" / "pseudonyms") as keys:
        (lost,) = keys.glob("data-*-datdai.key")
        lost.unlink()
        refused = first.send(f"{REVEALS}/{reveal}/file", {})
    found = press(first, reveal, "file")

    assert (refused.status_code, found) == (503, 200)
    assert lost.name in refused.text


def test_who_asks_does_not_agree_and_nobody_else_takes(office: Office, exchange_id: str) -> None:
    first, second, third = auditor(office), auditor(office), auditor(office)
    reveal = asked(first, exchange_id)
    own = press(first, reveal, "agree")
    agreed = press(second, reveal, "agree")
    others = [press(one, reveal, "file") for one in (second, third)]

    assert (own, agreed, others) == (422, 303, [409, 409])


def test_a_refusal_says_why_and_ends_it(office: Office, exchange_id: str) -> None:
    first, second = auditor(office), auditor(office)
    reveal = asked(first, exchange_id)
    silent = press(second, reveal, "refuse", note="")
    refused = press(second, reveal, "refuse", note="Không rõ lý do")
    late = press(second, reveal, "agree")
    first.go(f"{REVEALS}/{reveal}")

    assert (silent, refused, late) == (422, 303, 422)
    assert "Không rõ lý do" in first.page


def test_each_step_is_on_record_with_its_incident(office: Office, exchange_id: str) -> None:
    clerk = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    visitor = office.visitor(clerk.code)
    incident = opened(visitor, INCIDENTS, {"title": "Lộ dữ liệu", "what": "x", "noticed": _local(datetime.now(UTC))})
    opened(visitor, REVEALS, {"reason": "x", "exchanges": exchange_id, "incident": incident})
    (note,) = readings_of(office.gateway, clerk.code)

    assert (note["what"], note["incident"], note["exchanges"]) == ("reveal-asked", incident, "1")


@pytest.mark.parametrize(
    "typed",
    [{"reason": "", "exchanges": "X"}, {"reason": "x", "exchanges": ""}, {"reason": "x", "exchanges": "khong-phai-ma"}],
)
def test_half_a_request_is_refused(office: Office, exchange_id: str, typed: dict[str, str]) -> None:
    visitor = auditor(office)
    visitor.go(f"{REVEALS}/new")
    said = {name: text.replace("X", exchange_id) for name, text in typed.items()}

    assert visitor.send(f"{REVEALS}/new", said).status_code == 422


@pytest.mark.parametrize(("hours", "takes"), [(24, True), (25, False)])
def test_what_was_agreed_is_taken_within_a_day(hours: int, takes: bool) -> None:
    reveal, now_us = (
        reveal_of("e", state=RevealState.AGREED, decided_us=microseconds(NOW)),
        microseconds(NOW + timedelta(hours=hours)),
    )
    if takes:
        assert step_reveal(reveal, RevealStep.TAKE, by="an", now_us=now_us) is RevealState.TAKEN
    else:
        with pytest.raises(StateForbids, match="more than a day"):
            step_reveal(reveal, RevealStep.TAKE, by="an", now_us=now_us)


def test_one_person_is_never_two() -> None:
    with pytest.raises(FourEyes):
        step_reveal(reveal_of("e", state=RevealState.ASKED), RevealStep.AGREE, by="an", now_us=microseconds(NOW))


@pytest.mark.parametrize("state", [RevealState.REFUSED, RevealState.TAKEN])
@pytest.mark.parametrize("step", list(RevealStep))
def test_what_is_over_stays_over(state: RevealState, step: RevealStep) -> None:
    with pytest.raises(StateForbids):
        step_reveal(reveal_of("e", state=state), step, by="an", now_us=microseconds(NOW))


# --- incidents ---------------------------------------------------------------------------------------------


def _local(at: datetime) -> str:
    return at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%Y-%m-%dT%H:%M")


def test_an_incident_goes_its_way_and_counts_whom_it_concerns(office: Office, exchange_id: str) -> None:
    visitor = auditor(office)
    noticed = datetime.now(UTC) - timedelta(hours=2)
    incident = opened(
        visitor,
        INCIDENTS,
        {"title": "Lộ <b>dữ liệu</b>", "what": "Gửi nhầm", "noticed": _local(noticed), "exchanges": exchange_id},
    )
    visitor.go(f"{INCIDENTS}/{incident}")
    first = visitor.page
    steps = []
    for step in ("contain", "report", "close", "report"):
        visitor.go(f"{INCIDENTS}/{incident}")
        steps.append(visitor.send(f"{INCIDENTS}/{incident}", {"step": step, "text": f"đã {step}"}).status_code)
    visitor.go(f"{INCIDENTS}/{incident}")

    assert "Lộ &lt;b&gt;dữ liệu" in first
    assert re.search(r"<strong>(69|70) giờ</strong>", first)
    assert re.search(r'<td class="number">1</td><td class="number">1</td>', first), "one exchange, one case file"
    assert steps == [303, 303, 303, 422]
    assert "Đã đóng" in visitor.page
    assert [one in visitor.page for one in ("đã contain", "đã report", "đã close")] == [True] * 3


@pytest.mark.parametrize(
    "typed",
    [
        {"title": "", "what": "x"},
        {"title": "x", "what": ""},
        {"title": "x", "what": "x", "noticed": "2099-01-01T00:00"},
        {"title": "x", "what": "x", "noticed": "hom-qua"},
        {"title": "x", "what": "x", "exchanges": "khong-phai-ma"},
    ],
)
def test_half_an_incident_is_refused(office: Office, typed: dict[str, str]) -> None:
    visitor = auditor(office)
    visitor.go(f"{INCIDENTS}/new")

    assert visitor.send(f"{INCIDENTS}/new", {"noticed": _local(NOW)} | typed).status_code == 422


def test_its_evidence_is_of_its_exchanges_alone(office: Office, exchange_id: str) -> None:
    visitor = auditor(office)
    incident = opened(visitor, INCIDENTS, {"title": "x", "what": "x", "noticed": _local(NOW), "exchanges": exchange_id})
    visitor.go(f"{INCIDENTS}/{incident}")
    named = re.findall(r"<textarea name=\"exchanges\" hidden[^>]*>([^<]*)</textarea>", visitor.page)
    ordered = visitor.send("/console/record/export", {"form": "bundle", "exchanges": named[0]})

    assert named == [exchange_id]
    assert ordered.status_code == 303


@pytest.mark.parametrize("state", list(IncidentState))
@pytest.mark.parametrize("step", list(IncidentStep))
def test_which_step_may_follow_which(state: IncidentState, step: IncidentStep) -> None:
    if (state, step) in INCIDENT_STEPS:
        assert step_incident(state, step) is INCIDENT_STEPS[state, step]
    else:
        with pytest.raises(StateForbids):
            step_incident(state, step)


def incident(**more: object) -> Incident:
    said: dict[str, object] = {
        "id": new_exchange_id(), "title": "x", "what": "x", "noticed_us": microseconds(NOW), "opened_us": 1,
        "opened_by": "an", "state": IncidentState.OPEN, "reported_us": 0, "closed_us": 0,
    }  # fmt: skip
    return Incident(**(said | more))  # type: ignore[arg-type]  # the members of an incident


@pytest.mark.parametrize(("hours", "left"), [(0, 72), (71, 1), (72, 0), (73, -1)])
def test_the_clock_runs_from_when_it_was_noticed(hours: int, left: int) -> None:
    assert hours_left(incident(), microseconds(NOW + timedelta(hours=hours))) == left


async def test_people_are_told_a_day_before_and_when_it_is_late(migrated_url: str) -> None:
    database = Database.open(migrated_url)
    waits, reported, closed = (
        incident(),
        incident(reported_us=1, state=IncidentState.REPORTED),
        incident(state=IncidentState.CLOSED),
    )
    told: list[Sequence[str]] = []
    async with database.transaction() as session:
        connection = await session.connection()
        for one in (waits, reported, closed):
            await incidents.keep_incident(connection, one)
        for hours in (47, 49, 73):
            happenings = await due_reports(session, now=NOW + timedelta(hours=hours))
            told.append([one.key.rpartition("/")[2] for one in happenings])
    await database.close()

    assert told == [[], ["soon"], ["late"]]


async def test_exchanges_are_attached_once_and_not_without_end(migrated_url: str) -> None:
    database, by = Database.open(migrated_url), Actor("an", NOW)
    ids = [new_exchange_id() for _ in range(3)]
    new = acts.NewIncident(title="x", what="x", noticed=NOW, exchanges=ids[:2])
    async with database.transaction() as session:
        await acts.open_incident(session, "i-1", new, by=by)
        await acts.step(session, "i-1", IncidentStep.NOTE, text="x", exchanges=ids, by=by)
        connection = await session.connection()
        kept = await incidents.exchanges_of(connection, "i-1")
        rows = (await connection.execute(sa.select(sa.func.count()).select_from(incidents.attached))).scalar_one()
    await database.close()

    assert (kept, rows) == (sorted(ids), 3)


def test_what_is_handed_out_is_read_as_it_was_written(office: Office, exchange_id: str) -> None:
    first, second = auditor(office), auditor(office)
    reveal = asked(first, exchange_id, "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11")
    press(second, reveal, "agree")
    first.go(f"{REVEALS}/{reveal}")
    said = json.loads(first.send(f"{REVEALS}/{reveal}/file", {}).content)

    assert said["missing"] == ["0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11"]
    assert {one["exchange"] for one in said["values"]} == {exchange_id}
    assert said["asked_by"] != said["agreed_by"]
