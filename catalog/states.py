"""Which step may follow which?

The one place that knows: state columns change only through `step`. Agreements follow design 05; beside it, a draft that
only narrows what is in force acts at once (`NARROW`), and whoever asked may take a request back (`END`).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from catalog.errors import StateForbids


class AgreementState(StrEnum):
    """How a version of an agreement stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REFUSED = "refused"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class AgreementStep(StrEnum):
    """What can be done to a version of an agreement."""

    SUBMIT = "submit"
    RETURN = "return"
    REFUSE = "refuse"
    APPROVE = "approve"
    ACTIVATE = "activate"
    NARROW = "narrow"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"


class Side(StrEnum):
    """Who suspends an agreement: three flags that know nothing of each other."""

    CONSUMER = "consumer"
    PROVIDER = "provider"
    PLATFORM = "platform"


class SystemState(StrEnum):
    """Whether a system may call."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class SystemStep(StrEnum):
    """What can be done to a system."""

    SUSPEND = "suspend"
    RESUME = "resume"


class ServiceState(StrEnum):
    """Whether a service version may be called."""

    PUBLISHED = "published"
    RETIRED = "retired"


class ServiceStep(StrEnum):
    """What can be done to a service version."""

    RETIRE = "retire"


_A, _S = AgreementState, AgreementStep

AGREEMENT_STEPS: Mapping[tuple[AgreementState, AgreementStep], AgreementState] = MappingProxyType(
    {
        (_A.DRAFT, _S.SUBMIT): _A.SUBMITTED,
        (_A.DRAFT, _S.NARROW): _A.ACTIVE,
        (_A.DRAFT, _S.END): _A.ENDED,
        (_A.DRAFT, _S.SUPERSEDE): _A.SUPERSEDED,
        (_A.SUBMITTED, _S.RETURN): _A.RETURNED,
        (_A.SUBMITTED, _S.REFUSE): _A.REFUSED,
        (_A.SUBMITTED, _S.APPROVE): _A.APPROVED,
        (_A.SUBMITTED, _S.END): _A.ENDED,
        (_A.RETURNED, _S.SUBMIT): _A.SUBMITTED,
        (_A.RETURNED, _S.END): _A.ENDED,
        (_A.RETURNED, _S.SUPERSEDE): _A.SUPERSEDED,
        (_A.APPROVED, _S.ACTIVATE): _A.ACTIVE,
        (_A.APPROVED, _S.END): _A.ENDED,
        (_A.APPROVED, _S.EXPIRE): _A.EXPIRED,
        (_A.ACTIVE, _S.SUSPEND): _A.SUSPENDED,
        (_A.ACTIVE, _S.END): _A.ENDED,
        (_A.ACTIVE, _S.EXPIRE): _A.EXPIRED,
        (_A.ACTIVE, _S.SUPERSEDE): _A.SUPERSEDED,
        (_A.SUSPENDED, _S.RESUME): _A.ACTIVE,
        (_A.SUSPENDED, _S.END): _A.ENDED,
        (_A.SUSPENDED, _S.EXPIRE): _A.EXPIRED,
        (_A.SUSPENDED, _S.SUPERSEDE): _A.SUPERSEDED,
    }
)

SYSTEM_STEPS: Mapping[tuple[SystemState, SystemStep], SystemState] = MappingProxyType(
    {
        (SystemState.ACTIVE, SystemStep.SUSPEND): SystemState.SUSPENDED,
        (SystemState.SUSPENDED, SystemStep.RESUME): SystemState.ACTIVE,
    }
)

SERVICE_STEPS: Mapping[tuple[ServiceState, ServiceStep], ServiceState] = MappingProxyType(
    {(ServiceState.PUBLISHED, ServiceStep.RETIRE): ServiceState.RETIRED}
)

IN_FORCE = frozenset({AgreementState.ACTIVE, AgreementState.SUSPENDED})
OPEN = frozenset({AgreementState.DRAFT, AgreementState.SUBMITTED, AgreementState.RETURNED, AgreementState.APPROVED})


def step_agreement(state: AgreementState, step: AgreementStep) -> AgreementState:
    """Return the state after `step`. Raises StateForbids where there is none."""
    after = AGREEMENT_STEPS.get((state, step))
    if after is None:
        raise StateForbids("agreement", state, step)
    return after


def step_system(state: SystemState, step: SystemStep) -> SystemState:
    """Return the state after `step`. Raises StateForbids where there is none."""
    after = SYSTEM_STEPS.get((state, step))
    if after is None:
        raise StateForbids("system", state, step)
    return after


def step_service(state: ServiceState, step: ServiceStep) -> ServiceState:
    """Return the state after `step`. Raises StateForbids where there is none."""
    after = SERVICE_STEPS.get((state, step))
    if after is None:
        raise StateForbids("service", state, step)
    return after
