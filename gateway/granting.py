"""What may one system do with one operation under an agreement, ready to be enforced at every call?"""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from ipaddress import ip_network
from typing import TypeAlias
from zoneinfo import ZoneInfo

from adapters.contract import Condition, Operator
from catalog.policy import AgreementPolicy
from catalog.states import AgreementState
from catalog.terms import GrantTerms, Hours
from gateway.snapshot import CompiledGrant, CompiledOperation, MaskShelf
from security.minimize import Mask, compile_mask
from security.policy import Standing, Window
from security.ratelimit import compile_rate

MaskTable: TypeAlias = dict[tuple[str, tuple[str, ...], tuple[Condition, ...]], tuple[Mask, MaskShelf]]
"""The masks of an operation (its key) for some fields and rows: many grants release the same."""


def compile_grant(
    agreement: AgreementPolicy,
    terms: GrantTerms,
    operation: CompiledOperation,
    *,
    system: str,
    zone: ZoneInfo,
    masks: MaskTable | None = None,
) -> CompiledGrant:
    """Return what `system` may do with `operation`. Raises ValueError when the terms cannot be enforced.

    A mask that is in `masks` is shared; one that is not is put there.
    """
    masks = {} if masks is None else masks
    conditions = (
        ()
        if terms.rows == "all"
        else tuple(Condition(c.field, Operator(c.operator.value), c.values) for c in terms.rows)
    )
    if terms.rows != "all" and not conditions:
        raise ValueError("a row filter without a condition")
    place = (operation.key, terms.fields, conditions)
    found = masks.get(place)
    if found is None:
        compile_subset = partial(
            compile_mask,
            operation.description.fields,
            rows=operation.description.rows,
            conditions=conditions,
            subjects=operation.subject_answer_paths,
        )
        found = masks[place] = (compile_subset(terms.fields), MaskShelf(compile_subset))
    mask, narrower = found
    whole = agreement.terms
    return CompiledGrant(
        key=f"{agreement.code}/{system}/{operation.key}",
        agreement=agreement.code,
        agreement_version=agreement.version,
        agreement_digest=agreement.digest,
        legal_basis="; ".join(f"{basis.document} {basis.article}".strip() for basis in whole.legal_basis),
        standing=_standing(agreement),
        valid_from=datetime.combine(whole.valid_from, time(), zone).astimezone(UTC),
        valid_before=datetime.combine(whole.valid_until + timedelta(days=1), time(), zone).astimezone(UTC),
        purposes=frozenset(whole.purposes),
        fields=terms.fields,
        withheld=mask.withheld,
        windows=None if terms.hours == "always" else tuple(_window(hours) for hours in terms.hours),
        networks=None if terms.networks == "any" else tuple(ip_network(network) for network in terms.networks),
        case_file_required=terms.case_file_required,
        officer_required=terms.officer_required,
        rate=compile_rate(terms.rate.requests, terms.rate.per_seconds, burst=terms.rate.burst),
        daily_quota=terms.daily_quota,
        conditions=conditions,
        mask=mask,
        narrower=narrower,
    )


def _standing(agreement: AgreementPolicy) -> Standing:
    if agreement.suspended_by or agreement.state is AgreementState.SUSPENDED:
        return Standing.SUSPENDED
    match agreement.state:
        case AgreementState.ACTIVE:
            return Standing.ACTIVE
        case AgreementState.APPROVED:
            return Standing.PENDING
        case _:
            return Standing.ENDED


def _window(hours: Hours) -> Window:
    end = None if hours.until == "24:00" else time.fromisoformat(hours.until)
    return Window(frozenset(hours.days), time.fromisoformat(hours.from_), end)
