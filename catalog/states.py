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
    """Who suspends an agreement: three flags that know nothing of each other.

    A system has two: that of its own agency, which is the consumer, and the platform's.
    """

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
    """Whether a service version may be called: a deprecated one is served, and says that it will end."""

    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class ServiceStep(StrEnum):
    """What can be done to a service version. `REVISE` changes nothing that a caller relies on."""

    REVISE = "revise"
    DEPRECATE = "deprecate"
    REINSTATE = "reinstate"
    RETIRE = "retire"


class PublicationState(StrEnum):
    """How the draft of a publication stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DROPPED = "dropped"


class PublicationStep(StrEnum):
    """What can be done to the draft of a publication."""

    IMPORT = "import"
    CORRECT = "correct"
    TRY = "try"
    PUBLISH = "publish"
    DROP = "drop"


class ProfileState(StrEnum):
    """How the taking of a profile (the quality of a database, measured once) stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ProfileStep(StrEnum):
    """What can be done to a profile. A worker that takes over what another left begins again, where that one was."""

    BEGIN = "begin"
    FINISH = "finish"
    CANCEL = "cancel"
    FAIL = "fail"


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
    {
        (ServiceState.PUBLISHED, ServiceStep.REVISE): ServiceState.PUBLISHED,
        (ServiceState.PUBLISHED, ServiceStep.DEPRECATE): ServiceState.DEPRECATED,
        (ServiceState.PUBLISHED, ServiceStep.RETIRE): ServiceState.RETIRED,
        (ServiceState.DEPRECATED, ServiceStep.REVISE): ServiceState.DEPRECATED,
        (ServiceState.DEPRECATED, ServiceStep.DEPRECATE): ServiceState.DEPRECATED,
        (ServiceState.DEPRECATED, ServiceStep.REINSTATE): ServiceState.PUBLISHED,
        (ServiceState.DEPRECATED, ServiceStep.RETIRE): ServiceState.RETIRED,
    }
)

_D = PublicationState.DRAFT
PUBLICATION_STEPS: Mapping[tuple[PublicationState, PublicationStep], PublicationState] = MappingProxyType(
    {
        (_D, PublicationStep.CORRECT): _D,
        (_D, PublicationStep.TRY): _D,
        (_D, PublicationStep.PUBLISH): PublicationState.PUBLISHED,
        (_D, PublicationStep.DROP): PublicationState.DROPPED,
        (PublicationState.PUBLISHED, PublicationStep.IMPORT): _D,
        (PublicationState.DROPPED, PublicationStep.IMPORT): _D,
    }
)

_Q, _R = ProfileState.QUEUED, ProfileState.RUNNING
PROFILE_STEPS: Mapping[tuple[ProfileState, ProfileStep], ProfileState] = MappingProxyType(
    {
        (_Q, ProfileStep.BEGIN): _R,
        (_Q, ProfileStep.CANCEL): ProfileState.CANCELLED,
        (_R, ProfileStep.BEGIN): _R,
        (_R, ProfileStep.FINISH): ProfileState.DONE,
        (_R, ProfileStep.CANCEL): ProfileState.CANCELLED,
        (_R, ProfileStep.FAIL): ProfileState.FAILED,
    }
)

SERVED = frozenset({ServiceState.PUBLISHED, ServiceState.DEPRECATED})

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


def step_publication(state: PublicationState, step: PublicationStep) -> PublicationState:
    """Return the state after `step`. Raises StateForbids where there is none."""
    after = PUBLICATION_STEPS.get((state, step))
    if after is None:
        raise StateForbids("publication", state, step)
    return after


def step_profile(state: ProfileState, step: ProfileStep) -> ProfileState:
    """Return the state after `step`. Raises StateForbids where there is none."""
    after = PROFILE_STEPS.get((state, step))
    if after is None:
        raise StateForbids("quality profile", state, step)
    return after
