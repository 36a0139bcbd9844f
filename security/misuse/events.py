"""What of the record do the rules of misuse look at?

One event for each call, token, change and reading that has ended, in the order of its end. People and case files are
there by their marks only (`security.audit.marks`): the rules compare, and never learn who somebody is.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from security.audit.following import Followed
from security.audit.record import Kind

SECOND: Final = 1_000_000
"""So many microseconds; every moment here is in microseconds since 1970."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NEAR: Final = "near"
"""The flag of an intent that asks for a number close to one asked for just before (`security.misuse.neighbours`)."""
_ENDS = frozenset({Kind.OUTCOME.value, Kind.DENY.value, Kind.UNKNOWN.value})
_OTHERS = frozenset({Kind.AUTH.value, Kind.ADMIN.value, Kind.READ.value})
_NO_CALLS = frozenset({"control", "sandbox"})
_MEMBER_DOOR = "console"


class Happened(StrEnum):
    """How a call ended, or what else it was."""

    ANSWERED = "answered"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - something that happens, no token
    CHANGE = "change"
    READING = "reading"


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that has ended. Empty where nothing was said.

    `subjects` are the marks of the people concerned, `others` how many more there were (of a long list), `asked` those
    of them whom the caller named. `near` says that he named a number close to others that he named just before.
    `times` is how often an identical refusal was given. `by_member` tells a try in the console.
    """

    at_us: int
    exchange_id: str
    happened: Happened
    agency: str = ""
    system: str = ""
    officer: str = ""
    source: str = ""
    key: str = ""
    subjects: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    others: int = 0
    near: bool = False
    case: str = ""
    purpose: str = ""
    agreement: str = ""
    version: int = 0
    database: str = ""
    reason: str = ""
    times: int = 1
    by_member: bool = False
    notes: Mapping[str, str | int | bool] = {}


class _Who(msgspec.Struct, frozen=True):
    agency: str = ""
    client: str = ""
    key_thumbprint: str = ""
    officer: str = ""
    source: str = ""
    system: str = ""


class _Hidden(msgspec.Struct, frozen=True):
    pseudonym: str = ""


class _Why(msgspec.Struct, frozen=True):
    agreement: str = ""
    agreement_version: int = 0
    case_file: _Hidden | None = None
    purpose: str = ""


class _What(msgspec.Struct, frozen=True):
    database: str = ""
    door: str = ""


class _Whom(msgspec.Struct, frozen=True):
    count: int = 0
    inline: list[_Hidden] = []


class _Decision(msgspec.Struct, frozen=True):
    allowed: bool = False
    flags: list[str] | dict[str, str | int] = []
    reason: str = ""
    repeated: int = 1


class _Body(msgspec.Struct, frozen=True):
    decision: _Decision = _Decision()
    notes: dict[str, str | int | bool] = {}
    what: _What = _What()
    who: _Who = _Who()
    whom: _Whom = _Whom()
    why: _Why = _Why()


_decode = msgspec.json.Decoder(_Body).decode


def events_of(records: Sequence[Followed], intents: Mapping[str, bytes]) -> Iterator[Event]:
    """Yield what ended in `records`. `intents` are bodies of intents that are not among them, by exchange.

    What cannot be read is passed over: verifying the record is another's work, and watching must go on.
    """
    begun = dict(intents)
    for record in records:
        if record.kind == Kind.INTENT.value:
            begun[record.exchange_id] = record.body
        try:
            if record.kind in _ENDS:
                event = _call(record, begun.pop(record.exchange_id, None))
                if event is not None:
                    yield event
            elif record.kind in _OTHERS:
                yield _other(record, _decode(record.body))
        except msgspec.MsgspecError:
            continue


def _call(record: Followed, intent: bytes | None) -> Event | None:
    end = _decode(record.body)
    asked = end if intent is None else _decode(intent)
    if asked.what.door in _NO_CALLS:
        return None
    named = tuple(one.pseudonym for one in asked.whom.inline)
    shown = () if asked is end else tuple(one.pseudonym for one in end.whom.inline)
    subjects = tuple(dict.fromkeys((*named, *shown)))
    flags = asked.decision.flags
    return Event(
        at_us=record.at_us,
        exchange_id=record.exchange_id,
        happened=_ending(record.kind, end),
        agency=record.agency,
        system=record.system,
        officer=asked.who.officer or str(asked.notes.get("member", "")),
        source=asked.who.source,
        key=asked.who.key_thumbprint,
        subjects=subjects,
        asked=named,
        others=max(0, max(asked.whom.count, end.whom.count) - len(subjects)),
        near=isinstance(flags, list) and NEAR in flags,
        case=asked.why.case_file.pseudonym if asked.why.case_file is not None else "",
        purpose=asked.why.purpose,
        agreement=asked.why.agreement,
        version=asked.why.agreement_version,
        database=asked.what.database,
        reason=end.decision.reason,
        # The first of many that share an id is in the record twice: alone, and counted with the others.
        times=max(end.decision.repeated - 1, 1),
        by_member=asked.what.door == _MEMBER_DOOR,
        notes=end.notes,
    )


def _ending(kind: str, end: _Body) -> Happened:
    if kind == Kind.UNKNOWN.value:
        return Happened.UNKNOWN
    return Happened.ANSWERED if kind == Kind.OUTCOME.value and end.decision.allowed else Happened.REFUSED


def _other(record: Followed, body: _Body) -> Event:
    match record.kind:
        case Kind.AUTH.value:
            happened = Happened.ANSWERED if body.decision.allowed else Happened.TOKEN_REFUSED
        case Kind.ADMIN.value:
            happened = Happened.CHANGE
        case _:
            happened = Happened.READING
    is_token = record.kind == Kind.AUTH.value
    return Event(
        at_us=record.at_us,
        exchange_id=record.exchange_id,
        happened=Happened.CHANGE if is_token and happened is Happened.ANSWERED else happened,
        agency=record.agency or body.who.agency,
        system=record.system or (body.who.client if is_token else ""),
        officer="" if is_token else (body.who.officer or body.who.client),
        source=body.who.source,
        reason=body.decision.reason,
        times=max(body.decision.repeated - 1, 1),
        notes=body.notes,
    )
