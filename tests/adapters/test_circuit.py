"""When is a provider left alone, and when is it asked again?"""

from hypothesis import given
from hypothesis import strategies as st

from adapters.circuit import NEW, Circuit, CircuitRules, CircuitState, admit, fail, give_up, state_of, succeed

RULES = CircuitRules(failures_to_open=3, pause_seconds=2.0, longest_pause_seconds=10.0)


def failed(times: int) -> Circuit:
    circuit = NEW
    for _ in range(times):
        circuit = fail(circuit, RULES, now=100.0, probe=False)
    return circuit


def test_one_failure_fewer_leaves_it_closed() -> None:
    assert state_of(failed(2), now=100.0) is CircuitState.CLOSED


def test_enough_failures_in_a_row_open_it() -> None:
    assert state_of(failed(3), now=100.0) is CircuitState.OPEN


def test_a_success_between_failures_starts_the_count_again() -> None:
    assert fail(succeed(failed(2), probe=False), RULES, now=100.0, probe=False).failures == 1


def test_an_open_circuit_admits_nothing_until_its_pause_is_over() -> None:
    assert admit(failed(3), now=101.9) is None


def test_one_probe_is_admitted_after_the_pause() -> None:
    probing = admit(failed(3), now=102.0)

    assert probing is not None
    assert state_of(probing, now=102.0) is CircuitState.HALF_OPEN
    assert admit(probing, now=102.0) is None


def test_a_good_probe_closes_it() -> None:
    assert succeed(failed(3), probe=True) == NEW


def test_a_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    first = fail(failed(3), RULES, now=102.0, probe=True)
    later = fail(Circuit(9, 8, 200.0, probing=True), RULES, now=200.0, probe=True)

    assert first.reopens_at == 106.0
    assert later.reopens_at == 210.0


def test_a_late_success_from_before_the_opening_does_not_close_it() -> None:
    assert succeed(failed(3), probe=False) == failed(3)


def test_a_probe_that_says_nothing_lets_the_next_call_probe() -> None:
    probing = admit(failed(3), now=102.0)

    assert probing is not None
    assert admit(give_up(probing, probe=True), now=102.0) is not None


@given(st.lists(st.sampled_from(["ok", "fail", "nothing"])), st.floats(0, 10))
def test_whatever_happens_a_circuit_admits_again_after_its_longest_pause(ends: list[str], step: float) -> None:
    circuit, now = NEW, 1.0
    for end in ends:
        now += step
        admitted = admit(circuit, now=now)
        probe = admitted is not None and admitted.probing
        circuit = admitted or circuit
        after = {"ok": succeed(circuit, probe=probe), "nothing": give_up(circuit, probe=probe)}
        circuit = after.get(end) or fail(circuit, RULES, now=now, probe=probe)

    assert admit(circuit, now=now + RULES.longest_pause_seconds) is not None
