"""As which OCSF event does a record leave? (Open Cybersecurity Schema Framework 1.8)

Calls, changes and readings are API Activity (6003), tokens Authentication (3002), the opening and closing of streams
Application Lifecycle (6002). What OCSF has no member for stands in `unmapped`. Pure.
"""

from typing import Final, TypeAlias

import msgspec

from gateway.siem.events import Event
from security.audit.record import Kind

VERSION: Final = "1.8.0"
_API, _AUTHENTICATION, _LIFECYCLE = 6003, 3002, 6002
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_START, _STOP = 3, 4
_LOGON = 1
_SUCCESS, _FAILURE, _UNSURE = 1, 2, 0
_INFORMATIONAL, _LOW, _MEDIUM = 1, 2, 3
_CREATING: Final = ("add", "register", "publish", "create", "request", "grant")
_DELETING: Final = ("remove", "delete", "withdraw", "revoke", "forget", "erase")

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json]"
Members: TypeAlias = dict[str, Json]


def line_of(event: Event) -> bytes:
    """Return the event as one line of JSON, without its line break."""
    return msgspec.json.encode(ocsf_event(event), order="sorted")


def ocsf_event(event: Event) -> Members:
    """Return the event as OCSF has it; `metadata.uid` is by what it is known."""
    match event.kind:
        case Kind.AUTH:
            return _authentication(event)
        case Kind.OPEN | Kind.CLOSE:
            return _lifecycle(event)
        case _:
            return _api_activity(event)


def _base(event: Event, class_uid: int, activity: int, name: str) -> Members:
    status = _UNSURE if event.allowed is None or event.kind == Kind.UNKNOWN else _SUCCESS if event.allowed else _FAILURE
    grave = _MEDIUM if event.kind == Kind.UNKNOWN else _LOW if event.allowed is False else _INFORMATIONAL
    told: Members = {
        "activity_id": activity,
        "activity_name": name,
        "category_uid": class_uid // 1000,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity,
        "severity_id": grave,
        "status_id": status,
        "time": int(event.at.timestamp() * 1000),
        "count": event.repeated,
        "message": f"{event.kind} {event.address or event.action}".strip(),
        "metadata": {
            "version": VERSION,
            "uid": event.uid,
            "sequence": event.index,
            "log_name": event.origin,
            "product": {"name": "Liên Thông", "vendor_name": "Liên Thông"},
            **({"correlation_uid": event.exchange} if event.exchange else {}),
        },
        "unmapped": _unmapped(event),
    }
    if event.reason:
        told["status_detail"] = event.reason
    if event.status:
        told["status_code"] = str(event.status)
    if event.latency_us:
        told["duration"] = event.latency_us // 1000
    return told


def _unmapped(event: Event) -> Members:
    told: Members = {
        "kind": event.kind,
        "leaf": event.leaf,
        "agreement": event.agreement,
        "purpose": event.purpose,
        "door": event.door,
        "people": event.people,
        "rows": event.rows,
        "noun": event.noun,
    }
    return {name: value for name, value in told.items() if value}


def _api_activity(event: Event) -> Members:
    activity, name = _activity(event)
    operation = event.address or event.action or event.kind.lower()
    api: Members = {"operation": operation}
    if event.service:
        version: Members = {"version": f"v{event.version}"} if event.version else {}
        api["service"] = {"name": f"{event.database}/{event.service}", **version}
    if event.status:
        api["response"] = {"code": event.status}
    return {
        **_base(event, _API, activity, name),
        "actor": _actor(event),
        "api": api,
        "src_endpoint": _endpoint(event),
    }


def _activity(event: Event) -> tuple[int, str]:
    match event.kind:
        case Kind.ADMIN | Kind.HOLD | Kind.ERASE:
            verb = event.action.rpartition(".")[2]
            if verb.startswith(_CREATING):
                return _CREATE, "Create"
            return (_DELETE, "Delete") if verb.startswith(_DELETING) else (_UPDATE, "Update")
        case Kind.INTENT | Kind.OUTCOME | Kind.DENY | Kind.UNKNOWN | Kind.READ:
            return _READ, "Read"
        case _:
            return _OTHER, event.kind


def _authentication(event: Event) -> Members:
    return {
        **_base(event, _AUTHENTICATION, _LOGON, "Logon"),
        "user": _user(event),
        "actor": _actor(event),
        "src_endpoint": _endpoint(event),
        "service": {"name": event.door or "oauth"},
        "is_remote": True,
        **({"auth_protocol": event.method, "auth_protocol_id": _OTHER} if event.method else {}),
    }


def _lifecycle(event: Event) -> Members:
    activity = (_START, "Start") if event.kind == Kind.OPEN else (_STOP, "Stop")
    return {
        **_base(event, _LIFECYCLE, *activity),
        "app": {"name": "Liên Thông", "vendor_name": "Liên Thông"},
    }


def _actor(event: Event) -> Members:
    told: Members = {"user": _user(event)}
    if event.system:
        told["app_name"] = event.system
    return told


def _user(event: Event) -> Members:
    told: Members = {"name": event.officer or event.client or event.system or "unknown"}
    if event.client:
        told["uid"] = event.client
    if event.agency:
        told["org"] = {"uid": event.agency}
    return told


def _endpoint(event: Event) -> Members:
    return {"ip": event.source} if event.source else {"name": event.system or "unknown"}
