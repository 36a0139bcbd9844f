"""Which step may follow which? Every pair that there is, the forbidden ones too."""

from itertools import product

import pytest

from catalog.errors import StateForbids
from catalog.states import AgreementState as State
from catalog.states import AgreementStep as Step
from catalog.states import step_agreement

ALLOWED = {
    "draft": {
        "submit": "submitted",
        "narrow": "active",
        "end": "ended",
        "supersede": "superseded",
    },
    "submitted": {"return": "returned", "refuse": "refused", "approve": "approved", "end": "ended"},
    "returned": {"submit": "submitted", "end": "ended", "supersede": "superseded"},
    "approved": {"activate": "active", "end": "ended", "expire": "expired"},
    "active": {"suspend": "suspended", "end": "ended", "expire": "expired", "supersede": "superseded"},
    "suspended": {"resume": "active", "end": "ended", "expire": "expired", "supersede": "superseded"},
}
PAIRS = [(state, step, ALLOWED.get(state, {}).get(step)) for state, step in product(State, Step)]


@pytest.mark.parametrize(("state", "step", "after"), [pair for pair in PAIRS if pair[2]])
def test_a_step_of_the_table_leads_where_it_says(state: State, step: Step, after: str) -> None:
    assert step_agreement(state, step) == after


@pytest.mark.parametrize(("state", "step"), [pair[:2] for pair in PAIRS if not pair[2]])
def test_any_other_step_is_forbidden(state: State, step: Step) -> None:
    with pytest.raises(StateForbids):
        step_agreement(state, step)
