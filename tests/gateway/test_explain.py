"""Is anyone who has the id told what became of an exchange, and nothing of who or whom it concerned?"""

from dataclasses import dataclass

import msgspec
import pytest

from gateway.explain import explain
from gateway.problems import PROBLEMS

ID = "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11"
SECRETS = {
    "who": {"system": "motcua", "agency": "H32", "source": "10.9.8.7", "officer": "canbo-01"},
    "why": {"agreement": "TT-1", "case_file": "H32-26-0001", "purpose": "tthc"},
    "whom": {"subjects": ["p:abcdef"]},
}


@dataclass(frozen=True)
class Stored:
    """A record as the store keeps it."""

    kind: str
    body: bytes


def stored(kind: str, **more: object) -> Stored:
    """Return a record with all that may not be told, and `more`."""
    return Stored(kind, msgspec.json.encode({"at_us": 1_770_000_000_000_000, **SECRETS, **more}))


REFUSED = {"allowed": False, "reason": "outside-hours"}
CASES = [
    ([stored("INTENT", decision={"allowed": True})], "under-way"),
    ([stored("INTENT"), stored("OUTCOME", decision={"allowed": True})], "answered"),
    ([stored("INTENT"), stored("OUTCOME", decision=REFUSED)], "refused"),
    ([stored("INTENT"), stored("UNKNOWN")], "unknown"),
    ([stored("DENY", decision=REFUSED)], "refused"),
    ([stored("AUTH", decision={"allowed": False, "reason": "client-unknown"})], "refused"),
]


@pytest.mark.parametrize(("records", "state"), CASES, ids=[f"{case[1]}-{i}" for i, case in enumerate(CASES)])
def test_the_state_is_told_and_nothing_of_the_people(records: list[Stored], state: str) -> None:
    told = explain(ID, records)

    assert told is not None
    assert (told.correlation_id, told.state, bool(told.title), bool(told.en["title"])) == (ID, state, True, True)
    text = msgspec.json.encode(told).decode()
    assert not [value for part in SECRETS.values() for value in part.values() if str(value) in text]


@pytest.mark.parametrize("records", [[], [stored("ADMIN")]], ids=["none", "admin"])
def test_what_concerns_no_caller_is_told_to_nobody(records: list[Stored]) -> None:
    assert explain(ID, records) is None


@pytest.mark.parametrize("slug", sorted(PROBLEMS))
def test_a_refusal_is_told_as_its_problem_says(slug: str) -> None:
    told = explain(ID, [stored("DENY", decision={"allowed": False, "reason": slug, "repeated": 7})])

    assert told is not None
    known = PROBLEMS[slug]
    assert (told.problem, told.status, told.side) == (slug, known.status, known.side)
    assert (told.next, told.en["next"], told.repeated) == (known.next_vi, known.next_en, 7)
