"""Does each rule of misuse find what it is for, and leave alone what comes close to it?

Of each rule: something that it finds, and the same a little less or with a reason, in which it finds nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from security.audit.encode import microseconds
from security.misuse.events import DAY, HOUR, MINUTE, SECOND, Event, Happened
from security.misuse.findings import Actor, Finding, Rule
from security.misuse.limits import Limits
from security.misuse.memory import KnownThing, Memory, hour_of
from security.misuse.neighbours import Neighbours
from security.misuse.platform import differing_counts, missing_records, waiting_log
from security.misuse.standing import network_of
from security.misuse.watch import Listed, Watch

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 18, 11, tzinfo=ZONE)
"""A Wednesday."""
AT = microseconds(NOON)
AGENCY, SYSTEM, OFFICER = "H32.1", "motcua", "cb-07"
LIMITS = Limits(emergency_purposes=("khan-cap",))


def call(at_us: int = AT, **more: Any) -> Event:
    """Return a usual call: by number, for one person, under a case file of his own."""
    said: dict[str, Any] = {
        "at_us": at_us,
        "exchange_id": f"x{at_us}",
        "happened": Happened.ANSWERED,
        "agency": AGENCY,
        "system": SYSTEM,
        "officer": OFFICER,
        "source": "10.1.2.3",
        "key": "k1",
        "asked": ("p1",),
        "case": "c1",
        "purpose": "giai-quyet-tthc",
        "agreement": "TT-1",
        "version": 1,
        "database": "dancu",
    } | more
    return Event(**({"subjects": said["asked"]} | said))


def people(number: int, *, at_us: int = AT, apart_us: int = SECOND, **more: Any) -> list[Event]:
    """Return a call for each of so many people, each under a case file of his own."""
    return [
        call(at_us + one * apart_us, **({"asked": (f"p{one}",), "case": f"c{one}"} | more)) for one in range(number)
    ]


def remembering(weeks: Sequence[int] = (), *, actor: Actor | None = None, nights: int = 0) -> Memory:
    """Return a memory in which the system is known for a month; `weeks`: how many people at this hour."""
    memory = Memory()
    memory.put_known(SYSTEM, "network", "10.1.2.0/24", KnownThing(AT - 30 * DAY, AT - DAY))
    memory.put_known(SYSTEM, "key", "k1", KnownThing(AT - 30 * DAY, AT - DAY))
    memory.put_known(SYSTEM, "call", "", KnownThing(AT - 30 * DAY, AT - HOUR))
    who = actor or Actor(AGENCY, SYSTEM, OFFICER)
    memory.put_hour(who, hour_of(AT) - 4 * 168 - 1, 1)
    for week, count in enumerate(weeks, 1):
        memory.put_hour(who, hour_of(AT) - 168 * week, count)
    for night in range(nights):
        memory.put_hour(who, hour_of(AT) - 24 * (night + 2) + 12, 1)
    return memory


def found(
    events: Iterable[Event],
    rule: Rule,
    *,
    memory: Memory | None = None,
    limits: Limits = LIMITS,
    listed: Listed | None = None,
) -> list[Finding]:
    """Return what the rule finds in these events, with all the others at work beside it."""
    watch = Watch(limits, memory or remembering(), zone=ZONE, listed=listed or Listed())
    return [one for one in watch.see(events).values() if one.rule is rule]


# --- R1: more people an hour than usual --------------------------------------------------------------------


def test_many_people_in_an_hour_are_found() -> None:
    (one,) = found(people(80), Rule.MANY_PEOPLE)

    assert (one.officer, one.limit, one.first_us) == (OFFICER, 50, AT)
    assert one.measure > 50
    assert len(one.exchanges) == 50


@pytest.mark.parametrize(
    "events",
    [
        people(50),
        [*people(40), *people(40, at_us=AT + HOUR)],
        people(400, asked=("p1",), case="c1"),
    ],
    ids=["just fifty", "two hours of forty", "one person again and again"],
)
def test_few_people_in_an_hour_are_not(events: list[Event]) -> None:
    assert found(events, Rule.MANY_PEOPLE) == []


def test_what_is_usual_at_this_hour_of_the_week_is_not_found() -> None:
    usual = remembering((100, 104, 96, 100))

    assert found(people(150), Rule.MANY_PEOPLE, memory=usual) == []
    assert [one.limit for one in found(people(250), Rule.MANY_PEOPLE, memory=usual)] == [175]


def test_a_system_is_learnt_before_it_stands_out() -> None:
    whole = {"officer": ""}
    known = remembering((10, 10, 10, 10), actor=Actor(AGENCY, SYSTEM))

    assert found(people(300, **whole), Rule.MANY_PEOPLE, memory=Memory()) == []
    assert len(found(people(300, **whole), Rule.MANY_PEOPLE, memory=known)) == 1


def test_people_of_a_long_list_count_too() -> None:
    assert found([call(others=60)], Rule.MANY_PEOPLE) != []


# --- R2: one number after the other ------------------------------------------------------------------------


def test_numbers_in_a_row_are_found() -> None:
    (one,) = found(people(20, near=True), Rule.ENUMERATION)

    assert (one.measure, one.limit) == (10, 10)


@pytest.mark.parametrize("near", [9, 0])
def test_few_numbers_close_to_one_another_are_not(near: int) -> None:
    assert found([*people(11), *people(near, at_us=AT + MINUTE, near=True)], Rule.ENUMERATION) == []


@pytest.mark.parametrize(
    ("numbers", "near"),
    [
        (["056099000001", "056099000051"], True),
        (["056099000001", "056099000052"], False),
        (["056099000001", "056099000001"], False),
        (["3300-1", "3300-2"], False),
        (["1" * 40, "1" * 39 + "2"], False),
    ],
    ids=["50 apart", "51 apart", "the same again", "no numbers", "too long"],
)
def test_near_is_within_fifty_and_not_the_same(numbers: list[str], near: bool) -> None:
    neighbours = Neighbours()

    assert [neighbours.is_near("a", (one,)) for one in numbers] == [False, near]


def test_only_the_last_twenty_of_the_same_system_are_compared() -> None:
    neighbours = Neighbours()
    neighbours.is_near("a", ("056099000001",))

    assert not neighbours.is_near("b", ("056099000002",))
    assert not any(neighbours.is_near("a", (str(1000 * one),)) for one in range(1, 21))
    assert not neighbours.is_near("a", ("056099000002",))
    assert "056099" not in repr(neighbours)


# --- R3: the case file -------------------------------------------------------------------------------------


def test_one_case_file_for_many_people_is_found() -> None:
    (one,) = found(people(6, case="c1"), Rule.CASE_FILE)

    assert (one.facts["what"], one.measure, one.limit) == ("one-case", 6, 5)


@pytest.mark.parametrize(
    "events",
    [
        people(5, case="c1"),
        [*people(5, case="c1"), *people(5, at_us=AT + 8 * DAY, case="c1")],
        [*people(3, case="c1"), *(call(AT + MINUTE, agency="H32.2", case="c1", asked=(f"q{n}",)) for n in range(3))],
    ],
    ids=["five people", "forgotten after a week", "the same number at another agency"],
)
def test_a_case_file_for_a_family_is_not(events: list[Event]) -> None:
    assert found(events, Rule.CASE_FILE) == []


def test_calls_without_a_case_file_are_found_where_there_usually_is_one() -> None:
    usual = people(60, apart_us=MINUTE)
    without = people(5, at_us=AT + 2 * HOUR, case="", officer="cb-08")
    (one,) = found([*usual, *without], Rule.CASE_FILE)

    assert (one.officer, one.facts["what"], one.measure, one.explained) == ("cb-08", "no-case", 5, 0)


@pytest.mark.parametrize(
    "events",
    [
        [*people(60, apart_us=MINUTE), *people(4, at_us=AT + 2 * HOUR, case="")],
        people(100, case=""),
        [*people(49, apart_us=MINUTE), *people(5, at_us=AT + 2 * HOUR, case="")],
    ],
    ids=["four of them", "a system that names none", "a system that is hardly known"],
)
def test_a_call_without_a_case_file_by_itself_is_not(events: list[Event]) -> None:
    assert [one for one in found(events, Rule.CASE_FILE) if one.facts["what"] == "no-case"] == []


# --- R4: outside working hours -----------------------------------------------------------------------------

NIGHT = microseconds(datetime(2026, 11, 18, 23, tzinfo=ZONE))
SUNDAY = microseconds(datetime(2026, 11, 22, 10, tzinfo=ZONE))


@pytest.mark.parametrize("at_us", [NIGHT, NIGHT + 5 * HOUR, SUNDAY], ids=["at night", "after midnight", "on Sunday"])
def test_an_officer_at_night_is_found(at_us: int) -> None:
    (one,) = found(people(5, at_us=at_us), Rule.OFF_HOURS)

    assert (one.officer, one.measure) == (OFFICER, 5)


def test_a_night_goes_on_after_midnight() -> None:
    (one,) = found([*people(4, at_us=NIGHT), *people(8, at_us=NIGHT + 3 * HOUR)], Rule.OFF_HOURS)

    assert one.measure == 8


@pytest.mark.parametrize(
    ("events", "nights"),
    [
        (people(4, at_us=NIGHT), 0),
        (people(40), 0),
        (people(40, at_us=NIGHT, officer=""), 0),
        (people(40, at_us=NIGHT), 3),
    ],
    ids=["four people", "at work time", "a system by itself", "on duty at night"],
)
def test_who_works_at_night_is_not(events: list[Event], nights: int) -> None:
    assert found(events, Rule.OFF_HOURS, memory=remembering(nights=nights)) == []


# --- R5, R6, R11: whom somebody asks for -------------------------------------------------------------------

FLAGGED = Listed(flagged={"p9": "list-1"})


@pytest.mark.parametrize("more", [{}, {"happened": Happened.REFUSED, "reason": "field-not-agreed"}])
def test_a_flagged_person_is_found_answered_or_not(more: dict[str, Any]) -> None:
    (one,) = found([call(asked=("p9",), **more)], Rule.FLAGGED_PERSON, listed=FLAGGED)

    assert one.facts["person"] == "list-1"


def test_anybody_else_is_not_flagged() -> None:
    assert found(people(9), Rule.FLAGGED_PERSON, listed=FLAGGED) == []


def asking(*agencies_and_cases: tuple[str, str], apart_us: int = HOUR) -> list[Event]:
    return [
        call(AT + number * apart_us, agency=agency, system=f"s-{agency}", case=case)
        for number, (agency, case) in enumerate(agencies_and_cases)
    ]


def test_one_person_from_three_agencies_is_found() -> None:
    usual = people(60, at_us=AT - 2 * HOUR, agency="C", system="s-C", asked=("q",))
    (one,) = found([*usual, *asking(("A", "c1"), ("B", "c2"), ("C", ""))], Rule.MANY_AGENCIES)

    assert (one.measure, one.limit, one.facts["agencies"], one.total) == (3, 3, "A, B, C", 3)
    assert (one.agency, one.officer) == ("", "")


def test_one_person_from_five_agencies_is_found_whatever_they_name() -> None:
    (one,) = found(asking(*((f"A{number}", f"c{number}") for number in range(5))), Rule.MANY_AGENCIES)

    assert (one.measure, one.limit) == (5, 5)


@pytest.mark.parametrize(
    "events",
    [
        asking(("A", "c1"), ("B", "c2"), ("A", "c3")),
        asking(("A", "c1"), ("B", "c2"), ("C", "c3"), ("D", "c4")),
        asking(("A", "c1"), ("B", "c1"), ("C", "c1")),
        asking(("A", "c1"), ("B", "c1"), ("C", "c3")),
        asking(*((f"A{number}", "") for number in range(5)), apart_us=13 * HOUR),
    ],
    ids=[
        "two agencies",
        "four with a case file each",
        "one case file",
        "two of three on one case file",
        "not within a day",
    ],
)
def test_agencies_that_work_together_are_not(events: list[Event]) -> None:
    assert found(events, Rule.MANY_AGENCIES) == []


OFFICERS = Listed(officers={(AGENCY, OFFICER): frozenset({"p7"})})


def test_an_officer_who_looks_himself_up_is_found() -> None:
    assert len(found([call(asked=("p7",))], Rule.SELF_LOOKUP, listed=OFFICERS)) == 1


@pytest.mark.parametrize(
    "more", [{"asked": ("p8",)}, {"asked": ("p7",), "officer": "cb-08"}, {"asked": ("p7",), "agency": "B"}]
)
def test_a_colleague_who_does_is_not(more: dict[str, Any]) -> None:
    assert found([call(**more)], Rule.SELF_LOOKUP, listed=OFFICERS) == []


# --- R7, R12: where a system calls from, and whether it is awake --------------------------------------------


@pytest.mark.parametrize("more", [{"source": "10.9.9.9"}, {"key": "k2"}])
def test_a_new_network_or_key_is_found(more: dict[str, str]) -> None:
    assert len(found([call(**more), call(AT + 1, **more)], Rule.NEW_PLACE)) == 1


@pytest.mark.parametrize(
    ("more", "memory"),
    [
        ({"source": "10.1.2.99"}, remembering()),
        ({"source": "10.9.9.9"}, Memory()),
        ({"source": "10.9.9.9", "by_member": True}, remembering()),
    ],
    ids=["the same network", "a system that is new itself", "a try of a member of the staff"],
)
def test_a_known_place_is_not(more: dict[str, Any], memory: Memory) -> None:
    assert found([call(**more)], Rule.NEW_PLACE, memory=memory) == []


@pytest.mark.parametrize(
    ("source", "network"),
    [("10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2::3", "2001:0db8:0001::/48"), ("unix", ""), ("", "")],
)
def test_an_address_lies_in_a_network(source: str, network: str) -> None:
    assert network_of(source) == network


@pytest.mark.parametrize(("days", "finds"), [(60, True), (59, False)])
def test_a_system_that_slept_for_sixty_days_is_found(days: int, finds: bool) -> None:
    assert bool(found([call(AT - HOUR + days * DAY)], Rule.DORMANT)) is finds


# --- R8, R9, R10: refusals ---------------------------------------------------------------------------------


def refused(number: int, reason: str, *, apart_us: int = SECOND, **more: Any) -> list[Event]:
    return [
        call(AT + one * apart_us, happened=Happened.REFUSED, reason=reason, asked=(), **more) for one in range(number)
    ]


@pytest.mark.parametrize("reason", ["field-not-agreed", "purpose-not-agreed", "operation-not-agreed"])
def test_a_burst_of_refusals_is_found(reason: str) -> None:
    (one,) = found(refused(10, reason), Rule.REFUSED_OFTEN)

    assert (one.system, one.officer, one.facts["reason"]) == (SYSTEM, "", reason)


def test_refusals_that_stand_in_one_record_count_each() -> None:
    assert len(found(refused(1, "field-not-agreed", times=10), Rule.REFUSED_OFTEN)) == 1


@pytest.mark.parametrize(
    "events",
    [
        refused(9, "field-not-agreed"),
        refused(30, "rate-exceeded"),
        refused(30, "field-not-agreed", apart_us=2 * MINUTE),
    ],
    ids=["nine", "for another reason", "slowly"],
)
def test_refusals_now_and_then_are_not(events: list[Event]) -> None:
    assert found(events, Rule.REFUSED_OFTEN) == []


def proofs(number: int, **more: Any) -> list[Event]:
    said = {"happened": Happened.TOKEN_REFUSED, "reason": "client-unknown", "agency": "", "asked": (), "officer": ""}
    return [call(AT + one, **(said | more)) for one in range(number)]


def test_failed_proofs_are_found_by_client_and_by_address() -> None:
    found_by = {(one.system, one.officer) for one in found(proofs(10), Rule.FAILED_SIGN_IN)}

    assert found_by == {(SYSTEM, ""), ("", "10.1.2.3")}


def test_assertions_that_were_used_before_are_found_sooner() -> None:
    replayed = proofs(3, notes={"cause": "assertion-replayed"})

    assert [one.facts["cause"] for one in found(replayed, Rule.FAILED_SIGN_IN)] == ["assertion-replayed"]


@pytest.mark.parametrize("events", [proofs(9), proofs(2, notes={"cause": "assertion-replayed"})])
def test_a_few_failed_proofs_are_not(events: list[Event]) -> None:
    assert found(events, Rule.FAILED_SIGN_IN) == []


def guesses(hits: int, misses: int) -> list[Event]:
    missed = {"happened": Happened.REFUSED, "reason": "not-found"}
    return [*people(hits), *(call(AT + MINUTE + one, asked=(f"n{one}",), **missed) for one in range(misses))]


def test_numbers_that_are_nobodys_are_found() -> None:
    (one,) = found(guesses(13, 7), Rule.NOT_FOUND)

    assert (one.measure, one.limit, one.facts["searches"]) == (35, 30, 20)


@pytest.mark.parametrize(("hits", "misses"), [(14, 6), (9, 10)], ids=["thirty in a hundred", "too few to say"])
def test_a_mistyped_number_now_and_then_is_not(hits: int, misses: int) -> None:
    assert found(guesses(hits, misses), Rule.NOT_FOUND) == []


# --- R13 to R15: emergencies, agreements, sealed values ----------------------------------------------------


@pytest.mark.parametrize(("purpose", "finds"), [("khan-cap", True), ("giai-quyet-tthc", False)])
def test_each_call_for_an_emergency_is_to_be_looked_at(purpose: str, finds: bool) -> None:
    assert bool(found([call(purpose=purpose)], Rule.EMERGENCY)) is finds


def test_without_such_a_purpose_there_is_no_emergency() -> None:
    assert found([call(purpose="")], Rule.EMERGENCY, limits=Limits()) == []


def widened(**more: Any) -> Event:
    notes = {
        "noun": "agreement", "code": "TT-1", "version": 2, "action": "activate", "state": "active", "done": True,
        "asked_by": "an", "approved_by": "an", "agencies": "H32.1 H32.2",
    } | more  # fmt: skip
    return call(AT, happened=Happened.CHANGE, asked=(), notes=notes)


def after(minutes: int, **more: Any) -> Event:
    return call(AT + minutes * MINUTE, **({"version": 2} | more))


def test_an_agreement_widened_alone_and_used_at_once_is_found() -> None:
    (one,) = found([widened(), after(10)], Rule.WIDENED_AND_USED)
    (same,) = found([widened(approved_by="binh", agencies="H32.1 H32.1"), after(10)], Rule.WIDENED_AND_USED)

    assert (one.facts["agreement"], one.facts["by"], one.measure) == ("TT-1", "an", 10)
    assert same.facts["by"] == "binh"


@pytest.mark.parametrize(
    "events",
    [
        [widened(approved_by="binh"), after(10)],
        [widened(version=1), after(10, version=1)],
        [widened(done=False), after(10)],
        [widened(state="suspended"), after(10)],
        [widened(), after(61)],
        [widened(), after(10, version=1)],
    ],
    ids=["two people", "the first version", "not done", "not in force", "later", "under the version before"],
)
def test_an_agreement_that_others_looked_at_is_not(events: list[Event]) -> None:
    assert found(events, Rule.WIDENED_AND_USED) == []


@pytest.mark.parametrize(
    ("notes", "finds"),
    [
        ({"what": "reveal-asked"}, True),
        ({"what": "reveal-asked", "incident": "SC-1"}, False),
        ({"what": "search"}, False),
    ],
)
def test_a_reveal_without_an_incident_is_found(notes: dict[str, str], finds: bool) -> None:
    assert bool(found([call(happened=Happened.READING, asked=(), notes=notes)], Rule.REVEAL)) is finds


# --- R16, R17: the platform itself -------------------------------------------------------------------------


def ends(unknown: int, known: int) -> list[Event]:
    return [*people(known), *(call(AT + MINUTE + one, happened=Happened.UNKNOWN, asked=()) for one in range(unknown))]


@pytest.mark.parametrize(("unknown", "known", "finds"), [(5, 100, True), (4, 100, False), (5, 496, False)])
def test_too_many_calls_without_a_known_end_are_found(unknown: int, known: int, finds: bool) -> None:
    assert bool(found(ends(unknown, known), Rule.LOG_HEALTH)) is finds


@pytest.mark.parametrize(("seconds", "finds"), [(60, True), (59, False)])
def test_a_record_that_waits_for_its_proof_is_found(seconds: int, finds: bool) -> None:
    assert (waiting_log(timedelta(seconds=seconds), now=NOON, limits=LIMITS) is not None) is finds


@pytest.mark.parametrize(("missing", "finds"), [(1, True), (0, False)])
def test_a_record_that_is_missing_is_found(missing: int, finds: bool) -> None:
    assert (missing_records("node-1", missing, now=NOON) is not None) is finds


@pytest.mark.parametrize(
    ("ours", "theirs", "finds"),
    [(1000, 1021, True), (1000, 979, True), (1000, 1020, False), (10, 15, False), (10, 16, True), (0, 0, False)],
)
def test_a_provider_who_counts_otherwise_is_found(ours: int, theirs: int, finds: bool) -> None:
    counted = differing_counts("dancu", date(2026, 11, 17), ours=ours, theirs=theirs, now=NOON, limits=LIMITS)

    assert (counted is not None) is finds


# --- all together ------------------------------------------------------------------------------------------


def test_a_usual_day_makes_nothing() -> None:
    begins = microseconds(datetime(2026, 11, 18, 8, tzinfo=ZONE))
    day = people(250, at_us=begins, apart_us=2 * MINUTE)
    watch = Watch(LIMITS, remembering(), zone=ZONE, listed=FLAGGED)

    assert watch.see(one for one in day if one.asked != ("p9",)) == {}


def test_the_same_thing_is_one_finding_that_grows() -> None:
    watch = Watch(LIMITS, remembering(), zone=ZONE, listed=Listed())
    first = watch.see(people(60))
    later = watch.see(people(120, at_us=AT + MINUTE, apart_us=SECOND))

    assert list(first) == list(later)
    assert [one.measure for one in later.values()] > [one.measure for one in first.values()]
