"""Which link of a call's chain broke: of one that was made, by its record, or of one that might be made now?

The order is that of the pipeline (docs/exchange-flow.md): every problem breaks one link, those before it held, those
after it were not reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from adapters.circuit import CircuitState
from adapters.resilience import ResilientAdapter
from gateway.console.words import Words
from gateway.problem_texts import PROBLEMS
from gateway.snapshot import CompiledGrant, CompiledOperation, Snapshot, SystemPolicy
from gateway.why.chain import NO_WORDS, Chain, Holds, Link, refused_link
from security.audit.read import StoredRecord
from security.audit.record import Kind
from security.policy import Check, Request, judge

_ARRIVED = Words("Yêu cầu tới nơi trọn vẹn", "Request arrived whole")
_PROVEN = Words("Khóa hoặc mã truy cập", "Key or access token")
_CLIENT = Words("Hệ thống gọi", "Calling system")
_OPERATION = Words("Thao tác được gọi", "Operation called")
_AGREEMENT = Words("Thỏa thuận có hiệu lực", "Agreement in force")
_FROM = Words("Gọi từ đâu, lúc nào", "From where and when")
_WHY = Words("Mục đích, hồ sơ, cán bộ", "Purpose, case file, officer")
_FIELDS = Words("Trường dữ liệu", "Fields")
_LIMITS = Words("Tần suất và hạn mức", "Rate and quota")
_CONTENT = Words("Nội dung yêu cầu", "Content of the request")
_PLATFORM = Words("Nền tảng", "Platform")
_PROVIDER = Words("Bên cung cấp", "Provider")

_BREAKS: Final[tuple[tuple[Words, tuple[str, ...]], ...]] = (
    (_ARRIVED, ("request-malformed", "request-timeout", "soap-version-unknown", "soap-header-unknown")),
    (_PROVEN, ("token-missing", "token-invalid", "token-expired", "client-unknown")),
    (_CLIENT, ("client-suspended", "client-differs")),
    (
        _OPERATION,
        (
            "path-unknown",
            "method-not-allowed",
            "service-unspecified",
            "service-retired",
            "soap-operation-unclear",
        ),
    ),
    (
        _AGREEMENT,
        (
            "agreement-missing",
            "operation-not-agreed",
            "agreement-suspended",
            "agreement-expired",
            "agreement-not-yet-valid",
            "agreement-ambiguous",
        ),
    ),
    (_FROM, ("source-not-allowed", "outside-hours")),
    (_WHY, ("purpose-required", "purpose-not-agreed", "case-file-required", "officer-required")),
    (_FIELDS, ("field-not-agreed",)),
    (_LIMITS, ("rate-exceeded", "quota-exceeded", "limits-unavailable")),
    (
        _CONTENT,
        (
            "request-invalid",
            "request-too-large",
            "media-type-unsupported",
            "idempotency-key-required",
            "idempotency-conflict",
            "idempotency-in-progress",
        ),
    ),
    (_PLATFORM, ("overloaded", "record-unavailable", "log-behind", "policy-unavailable", "internal")),
    (
        _PROVIDER,
        (
            "provider-refused",
            "provider-timeout",
            "provider-unreachable",
            "provider-nonsense",
            "provider-saturated",
            "outcome-unknown",
            "not-found",
        ),
    ),
)
BROKEN_BY: Final[Mapping[str, Words]] = MappingProxyType({slug: title for title, slugs in _BREAKS for slug in slugs})
"""The link that each problem of a call breaks."""


class _Who(msgspec.Struct):
    system: str = ""
    agency: str = ""
    method: str = ""


class _Why(msgspec.Struct):
    agreement: str = ""
    agreement_version: int = 0
    purpose: str = ""


class _What(msgspec.Struct):
    database: str = ""
    service: str = ""
    version: int = 0
    operation: str = ""
    door: str = ""


class _Decision(msgspec.Struct):
    reason: str = ""


class _Body(msgspec.Struct):
    """What is told of a record to its own agency."""

    who: _Who = msgspec.field(default_factory=_Who)
    why: _Why = msgspec.field(default_factory=_Why)
    what: _What = msgspec.field(default_factory=_What)
    decision: _Decision = msgspec.field(default_factory=_Decision)
    notes: dict[str, str | int | bool] = {}


def recorded_chain(records: Sequence[StoredRecord]) -> Chain | None:
    """Return the chain of a call from its records, None where they tell of no call."""
    bodies = {record.kind: msgspec.json.decode(record.body, type=_Body) for record in records}
    begun = bodies.get(Kind.INTENT) or bodies.get(Kind.DENY) or bodies.get(Kind.AUTH)
    ended = bodies.get(Kind.OUTCOME) or bodies.get(Kind.DENY) or bodies.get(Kind.AUTH)
    if begun is None:
        return None
    slug = ended.decision.reason if ended is not None else ""
    broken = BROKEN_BY.get(slug, _PROVEN if Kind.AUTH in bodies else _PLATFORM)
    subject = Words("Lời gọi đã ghi trong nhật ký", "A call that was recorded")
    facts = _facts(begun)
    if slug not in PROBLEMS:
        is_token = Kind.AUTH in bodies
        reached = (_ARRIVED, _PROVEN, _CLIENT) if is_token else tuple(title for title, _ in _BREAKS)
        holds = Holds.YES if ended is not None else Holds.NOT_REACHED
        last = Link(reached[-1], holds)
        return Chain(subject, (*(Link(title, Holds.YES) for title in reached[:-1]), last), facts)
    where = str((ended.notes if ended is not None else {}).get("where", ""))
    told = ((Words("Ở đâu", "Where"), where),) if where else ()
    order = _order(broken, is_identified=bool(begun.who.system), is_authorized=bool(begun.why.agreement))
    return Chain(subject, _links_to(broken, refused_link(broken, slug, facts=told), order), facts, slug)


def _order(broken: Words, *, is_identified: bool, is_authorized: bool) -> list[Words]:
    """Return the links in the order in which this call came to them.

    A header or a query may be refused before the agreement is looked at, a full platform before anybody is.
    """
    titles = [title for title, _ in _BREAKS]
    late = titles.index(_LIMITS)
    if is_authorized or titles.index(broken) < late:
        return titles
    titles.remove(broken)
    titles.insert(titles.index(_OPERATION if is_identified else _ARRIVED) + 1, broken)
    return titles


def _links_to(broken: Words, link: Link, order: Sequence[Words]) -> tuple[Link, ...]:
    links: list[Link] = []
    holds = Holds.YES
    for title in order:
        if title is broken:
            links.append(link)
            holds = Holds.NOT_REACHED
        else:
            links.append(Link(title, holds))
    return tuple(links)


def _facts(body: _Body) -> tuple[tuple[Words, str], ...]:
    what, why = body.what, body.why
    operation = f"{what.database}/{what.service}/v{what.version}/{what.operation}" if what.database else ""
    agreement = f"{why.agreement} (v{why.agreement_version})" if why.agreement else ""
    told = (
        (_CLIENT, body.who.system),
        (Words("Thỏa thuận", "Agreement"), agreement),
        (_OPERATION, operation),
        (Words("Mục đích", "Purpose"), why.purpose),
    )
    return tuple((title, text) for title, text in told if text)


# --- a call that might be made ---------------------------------------------------------------------------------------

_CHECKS: Final[Mapping[Check, Words]] = MappingProxyType(
    {
        Check.STANDING: _AGREEMENT,
        Check.NETWORK: Words("Địa chỉ nguồn", "Source address"),
        Check.HOURS: Words("Khung giờ", "Hours"),
        Check.PURPOSE: Words("Mục đích", "Purpose"),
        Check.CASE_FILE: Words("Mã hồ sơ", "Case file"),
        Check.OFFICER: Words("Cán bộ", "Officer"),
        Check.FIELDS: _FIELDS,
    }
)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A call that might be made: who, what, under which agreement, and what it would say of itself."""

    system: str
    agreement: str
    operation: CompiledOperation
    request: Request


def supposed_chain(supposed: Supposed, snapshot: Snapshot, *, now: datetime, zone: ZoneInfo) -> Chain:
    """Return whether such a call would be let through at `now`, as far as the policy decides it. Asks nobody.

    Rate, quota and the values of parameters are not looked at: they depend on the calls that are made.
    """
    operation = supposed.operation
    system = snapshot.systems.get(supposed.system)
    grants = snapshot.grants.get((supposed.system, operation.key), ())
    grant = next((one for one in grants if one.agreement == supposed.agreement), None)
    links = [*_caller_links(system, now=now), Link(_OPERATION, Holds.YES, facts=((NO_WORDS, operation.key),))]
    links += _grant_links(grant, supposed, snapshot, now=now, zone=zone)
    links.append(_provider_link(operation))
    subject = Words("Lời gọi giả định vào lúc này", "A call that might be made now")
    return Chain(subject, tuple(links))


def _caller_links(system: SystemPolicy | None, *, now: datetime) -> tuple[Link, Link]:
    if system is None:
        return refused_link(_CLIENT, "client-unknown"), Link(_PROVEN, Holds.NOT_REACHED)
    client = Link(_CLIENT, Holds.YES) if system.active else refused_link(_CLIENT, "client-suspended")
    if any(until is None or now < until for until in system.proofs.values()):
        return client, Link(_PROVEN, Holds.YES)
    missing = Link(
        _PROVEN,
        Holds.NO,
        Words("Hệ thống không có khóa hay bí mật nào còn hiệu lực.", "The system has no key or secret in force."),
        Words("Đăng ký khóa ở trang của hệ thống.", "Register a key on the system's page."),
    )
    return client, missing


def _grant_links(
    grant: CompiledGrant | None, supposed: Supposed, snapshot: Snapshot, *, now: datetime, zone: ZoneInfo
) -> list[Link]:
    operation = supposed.operation
    if grant is None:
        reached = (supposed.system, operation.database, operation.service) in snapshot.reach
        slug = "operation-not-agreed" if reached else "agreement-missing"
        unreached = [Link(title, Holds.NOT_REACHED) for check, title in _CHECKS.items() if check is not Check.STANDING]
        return [refused_link(_AGREEMENT, slug), *unreached]
    links = []
    for check, slug in judge(grant, supposed.request, now=now, zone=zone):
        said = slug
        if check is Check.OFFICER and operation.description.officer_needed and not supposed.request.officer:
            said = "officer-required"
        agreed = _agreed(check, grant)
        links.append(
            refused_link(_CHECKS[check], said, facts=agreed) if said else Link(_CHECKS[check], Holds.YES, facts=agreed)
        )
    return links


def _agreed(check: Check, grant: CompiledGrant) -> tuple[tuple[Words, str], ...]:
    """Return what the agreement says about what is checked."""
    title = Words("Thỏa thuận cho phép", "The agreement allows")
    match check:
        case Check.NETWORK if grant.networks is not None:
            return ((title, ", ".join(str(network) for network in grant.networks)),)
        case Check.HOURS if grant.windows is not None:
            return ((title, "; ".join(_window(one.days, str(one.start), str(one.end)) for one in grant.windows)),)
        case Check.PURPOSE:
            return ((title, ", ".join(sorted(grant.purposes))),)
        case Check.FIELDS:
            return ((title, ", ".join(grant.fields)),)
        case _:
            return ()


def _window(days: frozenset[int], start: str, end: str) -> str:
    names = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
    until = "24:00" if end == "None" else end[:5]
    return f"{' '.join(names[day - 1] for day in sorted(days))} {start[:5]}–{until}"


def _provider_link(operation: CompiledOperation) -> Link:
    adapter = operation.adapter
    state = adapter.state if isinstance(adapter, ResilientAdapter) else None
    if state is None or state.circuit is CircuitState.CLOSED:
        return Link(_PROVIDER, Holds.YES)
    return Link(
        _PROVIDER,
        Holds.WARNING,
        Words(
            "Các lời gọi gần đây tới bên cung cấp đều hỏng, nên nền tảng đang tạm ngừng hỏi rồi thử lại.",
            "The last calls of the provider failed, so the platform has paused and tries again.",
        ),
        Words("Gọi lại sau; liên hệ đơn vị cung cấp nếu kéo dài.", "Call again later; ask the provider if it lasts."),
    )
