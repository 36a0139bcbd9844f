"""Which operational data does a caller get of his own calls (PR-OPMON)?

Of the record: what was admitted under his own grants, by whatever door, and how each ended. No payload, no person, and
nothing of other callers.
"""

from collections.abc import Mapping, Sequence

from gateway.states import Identified
from gateway.xroaddirectory import XRoadId
from security.audit.calls import AdmittedCall

_DOORS: Mapping[str, str] = {"soap": "WSDL"}


def own_grant_keys(identified: Identified) -> tuple[str, ...]:
    """Return the keys of all grants of the caller's system."""
    system = identified.caller.system.code
    return tuple(
        grant.key for (holder, _), grants in identified.snapshot.grants.items() if holder == system for grant in grants
    )


def monitoring_records(
    calls: Sequence[AdmittedCall], identified: Identified, *, client: XRoadId, wanted: Sequence[str]
) -> list[dict[str, object]]:
    """Return the records of PR-OPMON, annex B, with the fields that are known; of those `wanted`, where some are."""
    providers = {database: named for named, database in identified.snapshot.xroad.databases.items()}
    found = [_record(call, client, providers.get(call.what.database)) for call in calls]
    if not wanted:
        return found
    return [{name: value for name, value in record.items() if name in wanted} for record in found]


def _record(call: AdmittedCall, client: XRoadId, provider: XRoadId | None) -> dict[str, object]:
    outcome = call.outcome
    elapsed = outcome.latency_us if outcome is not None else 0
    record: dict[str, object] = {
        "monitoringDataTs": (call.at_us + elapsed) // 1_000_000,
        "securityServerType": "Client",
        "requestInTs": call.at_us // 1000,
        "responseOutTs": (call.at_us + elapsed) // 1000,
        **_named("client", client),
        "serviceCode": call.what.service,
        "serviceVersion": f"v{call.what.version}",
        "serviceType": _DOORS.get(call.what.door, "OPENAPI3"),
        "messageId": call.exchange_id,
        "xRequestId": call.exchange_id,
        "requestSize": call.what.request_bytes,
        "succeeded": outcome is not None and outcome.status < 400,
    }
    if provider is not None:
        record |= _named("service", provider)
    if outcome is not None:
        record |= {"responseSize": outcome.response_bytes, "statusCode": outcome.status}
    return record


def _named(role: str, named: XRoadId) -> dict[str, object]:
    parts: dict[str, object] = {
        f"{role}XRoadInstance": named.instance,
        f"{role}MemberClass": named.member_class,
        f"{role}MemberCode": named.member_code,
    }
    return parts | ({f"{role}SubsystemCode": named.subsystem} if named.subsystem else {})
