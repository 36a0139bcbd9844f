"""What may the person at the desk do with this agreement, as it stands now?

The page shows only what may be done; each act asks for itself again.
"""

from dataclasses import dataclass

from catalog.agreement_views import AgreementView, VersionView
from catalog.states import IN_FORCE, OPEN, AgreementState, Side
from gateway.api.agreements import SUSPEND
from gateway.api.control import Visit
from security.staff import Permission


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done: with the version that is asked for, and with the agreement in force."""

    edit: bool
    submit: bool
    withdraw: bool
    decide: bool
    approve: bool
    own_request: bool
    activate: bool
    revise: bool
    end: bool
    suspend: tuple[Side, ...]
    resume: tuple[Side, ...]

    @property
    def any(self) -> bool:
        """Tell whether there is anything to do."""
        return any((self.edit, self.withdraw, self.decide, self.activate, self.revise, self.end, self.suspend))


def rights_of(visit: Visit, view: AgreementView) -> Rights:
    """Return what the visitor may do with an agreement now."""
    asked = _newest(view, OPEN)
    held = _newest(view, IN_FORCE)
    state = None if asked is None else asked.state
    requests = visit.may(Permission.AGREEMENT_REQUEST, view.consumer_agency)
    submitted = state is AgreementState.SUBMITTED
    waits = state in (AgreementState.SUBMITTED, AgreementState.APPROVED)
    ours = asked is not None and visit.member.code in (asked.created_by, asked.submitted_by)
    sides = [side for side in Side if visit.may(SUSPEND[side], _agency(view, side))]
    suspended = {one.side for one in view.suspensions}
    may_end = any(visit.may(Permission.AGREEMENT_END, one) for one in (view.consumer_agency, view.provider_agency))
    return Rights(
        edit=requests and state in (AgreementState.DRAFT, AgreementState.RETURNED),
        submit=requests and state in (AgreementState.DRAFT, AgreementState.RETURNED),
        withdraw=requests and asked is not None,
        decide=submitted and visit.may(Permission.AGREEMENT_DECIDE, view.provider_agency),
        approve=submitted and not ours and visit.may(Permission.AGREEMENT_APPROVE, view.provider_agency),
        own_request=submitted and ours,
        activate=state is AgreementState.APPROVED and visit.may(Permission.AGREEMENT_ACTIVATE, view.provider_agency),
        revise=requests and not waits,
        end=held is not None and may_end,
        suspend=tuple(side for side in sides if held is not None and side not in suspended),
        resume=tuple(side for side in sides if held is not None and side in suspended),
    )


def _newest(view: AgreementView, states: frozenset[AgreementState]) -> VersionView | None:
    return next((one for one in reversed(view.versions) if one.state in states), None)


def _agency(view: AgreementView, side: Side) -> str:
    return {Side.CONSUMER: view.consumer_agency, Side.PROVIDER: view.provider_agency, Side.PLATFORM: ""}[side]
