"""May a provider be asked now, or has it failed so often that it is left alone for a while?

A circuit breaker as pure functions over a frozen state; `now` is `loop.time()` seconds. Closed: every call passes.
Open: none does until `reopens_at`. Half open: one call probes, and its end decides.
"""

from dataclasses import dataclass
from enum import StrEnum


class CircuitState(StrEnum):
    """What a circuit does with the next call."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """When a circuit opens and for how long: the pause doubles with each failed probe, up to the longest."""

    failures_to_open: int = 5
    pause_seconds: float = 2.0
    longest_pause_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state: failures in a row, failed probes in a row, the end of the pause (0 when closed), a probe under way."""

    failures: int = 0
    failed_probes: int = 0
    reopens_at: float = 0.0
    probing: bool = False


NEW = Circuit()


def state_of(circuit: Circuit, *, now: float) -> CircuitState:
    """Return what the circuit does with a call at `now`."""
    if not circuit.reopens_at:
        return CircuitState.CLOSED
    return CircuitState.HALF_OPEN if circuit.probing or now >= circuit.reopens_at else CircuitState.OPEN


def admit(circuit: Circuit, *, now: float) -> Circuit | None:
    """Return the circuit with one more call let through, or None when the call is refused.

    A call let through while `reopens_at` is set is the probe: hand `probe=True` to what reports its end.
    """
    if not circuit.reopens_at:
        return circuit
    if circuit.probing or now < circuit.reopens_at:
        return None
    return Circuit(circuit.failures, circuit.failed_probes, circuit.reopens_at, probing=True)


def succeed(circuit: Circuit, *, probe: bool) -> Circuit:
    """Return the circuit after a call that the provider answered.

    Once open, only the probe closes it: a success that began before the opening says nothing about now.
    """
    if circuit.reopens_at and not probe:
        return circuit
    return NEW


def fail(circuit: Circuit, rules: CircuitRules, *, now: float, probe: bool) -> Circuit:
    """Return the circuit after a call that the provider failed."""
    if circuit.reopens_at:
        if not probe:
            return circuit
        probes = circuit.failed_probes + 1
        pause = min(rules.pause_seconds * 2.0 ** min(probes, 16), rules.longest_pause_seconds)
        return Circuit(circuit.failures + 1, probes, now + pause)
    failures = circuit.failures + 1
    return Circuit(failures, 0, now + rules.pause_seconds if failures >= rules.failures_to_open else 0.0)


def give_up(circuit: Circuit, *, probe: bool) -> Circuit:
    """Return the circuit after a call that ended without saying anything about the provider (cancelled, unsendable)."""
    if not probe:
        return circuit
    return Circuit(circuit.failures, circuit.failed_probes, circuit.reopens_at)
