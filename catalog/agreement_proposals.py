"""What would an agreement about a service say, before anybody has thought about it?

Whoever writes one begins with what is known: the codes of both sides, the operations and their fields. Sensitive fields
are left out, limits are modest, and each value is there to be read and changed: nothing is agreed by proposing it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from catalog.descriptions import FieldClass, OperationDescription, ServiceDescription
from catalog.terms import AgreementTerms, GrantTerms, LegalBasis, Rate

_YEAR: Final = timedelta(days=365)
_RATE: Final = Rate(requests=60, per_seconds=60, burst=20)
_QUOTA: Final = 5000
_PROPOSED: Final = frozenset({FieldClass.OPEN, FieldClass.INTERNAL, FieldClass.PERSONAL})


def propose_terms(
    service: ServiceDescription,
    code: str,
    *,
    owner: str,
    consumer: str,
    system: str,
    purposes: Sequence[str],
    legal_basis: LegalBasis,
    today: date,
) -> AgreementTerms:
    """Return terms by which `system` of the agency `consumer` may use every operation that only reads, for a year."""
    grants = (_grant(service, operation) for operation in service.operations if operation.safe)
    return AgreementTerms(
        code=code,
        database=service.database,
        provider_agency=owner,
        consumer_agency=consumer,
        systems=(system,),
        purposes=tuple(purposes),
        legal_basis=(legal_basis,),
        valid_from=today,
        valid_until=today + _YEAR,
        review_on=today + _YEAR / 2,
        grants=tuple(one for one in grants if one.fields),
    )


def _grant(service: ServiceDescription, operation: OperationDescription) -> GrantTerms:
    return GrantTerms(
        service=service.code,
        version=service.version,
        operation=operation.code,
        fields=tuple(leaf.path for leaf in operation.fields if leaf.class_ in _PROPOSED and not leaf.structural),
        rows="all",
        rate=_RATE,
        daily_quota=_QUOTA,
        hours="always",
        networks="any",
    )
