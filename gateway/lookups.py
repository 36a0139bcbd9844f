"""Who may see what of an exchange, and how is his looking itself put on record?

Auditors see every agency's exchanges; an agency those of its own systems, and of those that asked for its data what
concerns the asking: who, why, which fields, not with which key or from which machine. Who looks is written down before
anything is shown (the auditors are audited): when that cannot be written, nothing is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.changes import Recorder
from gateway.exchangeids import new_exchange_id
from security.audit.read import StoredRecord
from security.audit.record import Decision, Entry, Kind, Who, Whom


class Sight(StrEnum):
    """How much of an exchange somebody sees."""

    WHOLE = "whole"
    """As it is stored: an auditor, or the agency whose system called."""
    ASKED_OF = "asked-of"
    """Without keys, tokens and addresses of the caller: the agency whose data were asked for."""
    NOTHING = "nothing"


class _Who(msgspec.Struct):
    agency: str = ""
    system: str = ""
    officer: str = ""
    source: str = ""
    method: str = ""
    token_id: str = ""
    key_thumbprint: str = ""
    client: str = ""


class _Why(msgspec.Struct):
    agreement: str = ""
    agreement_version: int = 0
    purpose: str = ""
    legal_basis: str = ""
    case_file: dict[str, str] = {}


class _What(msgspec.Struct):
    database: str = ""
    service: str = ""
    version: int = 0
    operation: str = ""
    door: str = ""
    fields: msgspec.Raw = msgspec.Raw(b"[]")
    request_bytes: int = 0


class _Decision(msgspec.Struct):
    allowed: bool = True
    reason: str = ""
    repeated: int = 1


class _Outcome(msgspec.Struct):
    status: int = 0
    provider_status: str = ""
    attempts: int = 0
    response_bytes: int = 0
    rows_released: int = 0
    rows_withheld: int = 0
    unexpected: int = 0
    latency_us: int = 0
    fields_released: msgspec.Raw = msgspec.Raw(b"[]")
    fields_withheld: msgspec.Raw = msgspec.Raw(b"[]")


class _Whom(msgspec.Struct):
    inline: list[msgspec.Raw] = []
    count: int = 0


class Body(msgspec.Struct):
    """What of a record's body is shown. A list that was too long for the record stands there as its count."""

    who: _Who = msgspec.field(default_factory=_Who)
    why: _Why = msgspec.field(default_factory=_Why)
    what: _What = msgspec.field(default_factory=_What)
    whom: _Whom = msgspec.field(default_factory=_Whom)
    decision: _Decision = msgspec.field(default_factory=_Decision)
    outcome: _Outcome | None = None
    notes: dict[str, str | int | bool] = {}

    @property
    def subjects(self) -> int:
        """How many people are named; who they are is sealed."""
        return max(self.whom.count, len(self.whom.inline))


def body_of(record: StoredRecord) -> Body:
    """Return what is shown of a record."""
    return msgspec.json.decode(record.body, type=Body)


def listed(raw: msgspec.Raw) -> tuple[int, Sequence[str]]:
    """Return how many names a list of the record has, and those that stand in it."""
    value = msgspec.json.decode(raw, type=list[str] | dict[str, str | int])
    if isinstance(value, list):
        return len(value), value
    return int(value.get("count", 0)), ()


def sight_of(records: Sequence[StoredRecord], *, agency: str, is_auditor: bool, provider: str) -> Sight:
    """Return how much of an exchange somebody of `agency` sees; `provider` is whose data were asked for, if known."""
    if is_auditor:
        return Sight.WHOLE
    if not agency:
        return Sight.NOTHING
    if any(record.agency == agency for record in records):
        return Sight.WHOLE
    return Sight.ASKED_OF if provider == agency else Sight.NOTHING


async def note_reading(
    recorder: Recorder,
    what: str,
    *,
    member: str,
    agency: str,
    source: str,
    at: datetime,
    about: Mapping[str, str],
    person: str = "",
) -> None:
    """Put on record that somebody looks, before he does, and for which `person` if he named one.

    Raises RecordUnavailable.
    """
    told: dict[str, str | int | bool] = {name: value for name, value in about.items() if value}
    await recorder.append(
        Entry(
            Kind.READ,
            new_exchange_id(),
            at,
            who=Who(agency=agency, officer=member, source=source),
            whom=Whom((person,)) if person else None,
            decision=Decision(allowed=True),
            notes={"what": what, **told},
        )
    )
