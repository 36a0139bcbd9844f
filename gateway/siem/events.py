"""What of a record does a SIEM hear?

Who, from where, under which agreement, what, and how it ended. Neither clear identifiers of people nor their pseudonyms
or sealed values: how many people, not who. An event is known by its log and leaf index, however often it is sent.
"""

from datetime import datetime

import msgspec

from security.audit.encode import moment_of
from security.audit.leaves import Leaf


class _Who(msgspec.Struct):
    agency: str = ""
    system: str = ""
    client: str = ""
    officer: str = ""
    source: str = ""
    method: str = ""


class _Why(msgspec.Struct):
    agreement: str = ""
    purpose: str = ""


class _What(msgspec.Struct):
    database: str = ""
    service: str = ""
    version: int = 0
    operation: str = ""
    door: str = ""


class _Whom(msgspec.Struct):
    inline: list[msgspec.Raw] = []
    count: int = 0


class _Decision(msgspec.Struct):
    allowed: bool = True
    reason: str = ""
    repeated: int = 1


class _Outcome(msgspec.Struct):
    status: int = 0
    latency_us: int = 0
    rows_released: int = 0


class _Body(msgspec.Struct):
    at_us: int
    stream: str
    seq: int
    exchange: str = ""
    who: _Who = msgspec.field(default_factory=_Who)
    why: _Why = msgspec.field(default_factory=_Why)
    what: _What = msgspec.field(default_factory=_What)
    whom: _Whom = msgspec.field(default_factory=_Whom)
    decision: _Decision | None = None
    outcome: _Outcome | None = None
    notes: dict[str, str | int | bool] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One record as a SIEM hears of it. `at` is aware UTC, `latency_us` microseconds."""

    origin: str
    index: int
    leaf: str
    kind: str
    at: datetime
    exchange: str
    agency: str
    system: str
    client: str
    officer: str
    source: str
    method: str
    agreement: str
    purpose: str
    database: str
    service: str
    version: int
    operation: str
    door: str
    people: int
    allowed: bool | None
    reason: str
    repeated: int
    status: int
    latency_us: int
    rows: int
    action: str
    noun: str

    @property
    def uid(self) -> str:
        """By what the event is known: the same, and nobody else's, however often it is sent."""
        return f"{self.origin}/{self.index}"

    @property
    def address(self) -> str:
        """The operation that was asked for, empty where none was."""
        what = [self.database, self.service, f"v{self.version}" if self.version else "", self.operation]
        return "/".join(part for part in what if part) if self.database else ""


def event_of(origin: str, leaf: Leaf) -> Event:
    """Return what a SIEM hears of a leaf of the log of this origin."""
    body = msgspec.json.decode(leaf.body, type=_Body)
    who, what, decision, outcome = body.who, body.what, body.decision, body.outcome
    return Event(
        origin=origin,
        index=leaf.index,
        leaf=leaf.leaf.hex(),
        kind=leaf.kind,
        at=moment_of(body.at_us),
        exchange=body.exchange,
        agency=who.agency,
        system=who.system,
        client=who.client,
        officer=who.officer,
        source=who.source,
        method=who.method,
        agreement=body.why.agreement,
        purpose=body.why.purpose,
        database=what.database,
        service=what.service,
        version=what.version,
        operation=what.operation,
        door=what.door,
        people=max(body.whom.count, len(body.whom.inline)),
        allowed=None if decision is None else decision.allowed,
        reason=decision.reason if decision else "",
        repeated=decision.repeated if decision else 1,
        status=outcome.status if outcome else 0,
        latency_us=outcome.latency_us if outcome else 0,
        rows=outcome.rows_released if outcome else 0,
        action=str(body.notes.get("action", "") or body.notes.get("what", "")),
        noun=str(body.notes.get("noun", "")),
    )
