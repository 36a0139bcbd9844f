"""Which exact bytes is a record, and what is their hash?

Body: JSON, UTF-8, keys sorted, no floats, members at their default left out, at most 8 KiB. The bytes made here are
stored and hashed and never made again. Leaf: SHA-256(0x00 ‖ body) (RFC 6962, 2.1). Chain: `prev` is the leaf (hex)
of the stream's previous body, empty in a stream's first.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

from security.audit.datakeys import NO_DATABASE, keyed_database
from security.audit.privacy import Concealer, Hidden, HiddenSubjects
from security.audit.record import Decision, Entry, Outcome, Trace, What, Who, Why
from security.audit.rows import Row

FORMAT = 1
MAX_BODY_BYTES = 8192
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXT_LIMITS = (1024, 256, 64, 8, 0)
_DIGEST_DIGITS = 32
_NEVER_CUT = frozenset({"stream", "kind", "prev", "nonce"})
_NEVER_CUT_WITHIN = frozenset({"sealed", "pseudonym"})
_BACKSLASH = 0x5C
_CONTROLS = dict.fromkeys((*range(32), 127), "\ufffd")

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a record goes. `prev` is hex, `nonce` 32 hex digits, `monotonic_us` of the writer's own clock."""

    stream: str
    seq: int
    prev: str
    nonce: str
    monotonic_us: int


class _Why(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    agreement: str = ""
    agreement_digest: str = ""
    agreement_version: int = 0
    case_file: Hidden | None = None
    legal_basis: str = ""
    purpose: str = ""


class _Body(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    at_us: int
    decision: Decision | None = None
    exchange: str = ""
    grant: str = ""
    kind: str
    mono_us: int
    nonce: str
    notes: Mapping[str, str | int | bool] | None = None
    outcome: Outcome | None = None
    prev: str
    pseudonym_key: str = ""
    seal_key: str = ""
    seq: int
    stream: str
    trace: Trace | None = None
    v: int
    what: What | None = None
    who: Who | None = None
    whom: HiddenSubjects | None = None
    why: _Why | None = None


# A copy of a hash that is begun is a quarter sooner than to begin anew.
_begun_leaf = hashlib.sha256(b"\x00").copy
_encoder = msgspec.json.Encoder(order="sorted")
_encode_body = msgspec.json.Encoder().encode


def leaf_hash(body: bytes) -> bytes:
    """Return the 32 bytes by which a body is known: SHA-256(0x00 ‖ body)."""
    hashed = _begun_leaf()
    hashed.update(body)
    return hashed.digest()


def microseconds(at: datetime) -> int:
    """Return the whole microseconds from 1970 in UTC to `at`, an aware time."""
    return (at - _EPOCH) // _MICROSECOND


def moment_of(at_us: int) -> datetime:
    """Return the aware UTC time that lies so many microseconds after 1970."""
    return _EPOCH + at_us * _MICROSECOND


def encode(entry: Entry, place: Place, conceal: Concealer) -> Row:
    """Return the row that `entry` becomes at `place`.

    Never fails for what an entry says: lone surrogates and control characters in such a record are replaced, and what
    does not fit in 8 KiB is shortened: lists and notes to a count and a digest, long texts to a beginning and a digest.
    Raises KeyUnusable when a pseudonym key cannot be read.
    """
    body = _body_of(entry, place, conceal)
    try:
        encoded = _encode_body(body)
    except UnicodeEncodeError:
        return _row(_shorten(_fields(body)), body)
    if len(encoded) > MAX_BODY_BYTES or body.notes is not None or _holds_nul(encoded):
        return _row(_shorten(_fields(body)), body)
    who = body.who
    return Row(
        stream=place.stream,
        seq=place.seq,
        at_us=body.at_us,
        kind=body.kind,
        exchange_id=body.exchange,
        agency=who.agency if who else "",
        system=who.system if who else "",
        grant_key=body.grant,
        body=encoded,
        leaf=leaf_hash(encoded),
    )


def _holds_nul(encoded: bytes) -> bool:
    # One byte is looked for at the speed of memory, six are not, and hardly any record has a backslash.
    return _BACKSLASH in encoded and b"\\u0000" in encoded


def _body_of(entry: Entry, place: Place, conceal: Concealer) -> _Body:
    why, what, subjects = entry.why, entry.what, entry.whom.subjects if entry.whom else ()
    sealed = bool(subjects or (why and why.case_file))
    keyed = what is not None and bool(what.request_digest or what.idempotency_key_digest)
    pseudonym_key, seal_key = conceal.key_ids(entry.at) if sealed or keyed else ("", "")
    database = what.database if what is not None else NO_DATABASE
    return _Body(
        v=FORMAT,
        kind=str(entry.kind),
        stream=place.stream,
        seq=place.seq,
        prev=place.prev,
        nonce=place.nonce,
        at_us=microseconds(entry.at),
        mono_us=place.monotonic_us,
        exchange=entry.exchange_id,
        grant=entry.grant_key,
        who=entry.who,
        why=_why_of(why, entry.at, place.seq, database=database, conceal=conceal) if why else None,
        what=conceal.what(what, at=entry.at) if what is not None and keyed else what,
        whom=conceal.subjects(subjects, database=database, at=entry.at, seq=place.seq) if subjects else None,
        decision=entry.decision,
        outcome=entry.outcome,
        trace=entry.trace,
        notes=entry.notes,
        pseudonym_key=pseudonym_key,
        seal_key=seal_key if sealed else "",
    )


def _why_of(why: Why, at: datetime, seq: int, *, database: str, conceal: Concealer) -> _Why:
    return _Why(
        agreement=why.agreement,
        agreement_version=why.agreement_version,
        agreement_digest=why.agreement_digest,
        purpose=why.purpose,
        legal_basis=why.legal_basis,
        case_file=conceal.case_file(why.case_file, database=database, at=at, seq=seq) if why.case_file else None,
    )


# --- what is not as it should be or does not fit -----------------------------------------------------------


def _fields(body: _Body) -> dict[str, Json]:
    plain: dict[str, Json] = msgspec.to_builtins(body)
    return {name: _cleaned(value) for name, value in plain.items()}


def _cleaned(value: Json) -> Json:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().translate(_CONTROLS)
    if isinstance(value, list | tuple):
        return [_cleaned(member) for member in value]
    if isinstance(value, dict):
        return {str(_cleaned(name)): _cleaned(member) for name, member in value.items()}
    if isinstance(value, bool) or value is None:
        return value
    # A float would be written differently elsewhere, and a huge integer read differently: both become texts.
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else str(value)


def _shorten(fields: dict[str, Json]) -> dict[str, Json]:
    if _fits(fields):
        return fields
    fields = {name: _counted_lists(value) for name, value in fields.items()}
    if not _fits(fields) and isinstance(fields.get("notes"), dict):
        fields["notes"] = _counted(fields["notes"], len(str(fields["notes"])))
    for limit in _TEXT_LIMITS:
        if _fits(fields):
            break
        fields = {name: value if name in _NEVER_CUT else _cut(value, limit) for name, value in fields.items()}
    return fields


def _fits(fields: dict[str, Json]) -> bool:
    return len(_encoder.encode(fields)) <= MAX_BODY_BYTES


def _counted_lists(group: Json) -> Json:
    if not isinstance(group, dict):
        return group
    # Subjects have their own limit and stay; they are the only list of objects.
    return {
        name: _counted(value, len(value)) if isinstance(value, list) and name != "inline" else value
        for name, value in group.items()
    }


def _counted(value: Json, count: int) -> Json:
    return {"count": count, "digest": hashlib.sha256(_encoder.encode(value)).hexdigest()}


def _cut(value: Json, limit: int) -> Json:
    if isinstance(value, dict):
        return {name: member if _is_whole(name, member) else _cut(member, limit) for name, member in value.items()}
    if isinstance(value, list):
        return [_cut(member, limit) for member in value]
    if not isinstance(value, str):
        return value
    # As long as it is when it is written: a quotation mark takes two bytes.
    if len(_encoder.encode(value)) - 2 <= 4 * limit + 1 + _DIGEST_DIGITS:
        return value
    return f"{value[:limit]}#{hashlib.sha256(value.encode()).hexdigest()[:_DIGEST_DIGITS]}"


def _is_whole(name: str, member: Json) -> bool:
    # Pseudonyms and sealed values are bounded already, and worth nothing when cut; so is the code of a database, which
    # says under which data key they are.
    return name in _NEVER_CUT_WITHIN or (name == "database" and bool(keyed_database(str(member))))


def _row(fields: dict[str, Json], body: _Body) -> Row:
    encoded = _encoder.encode(fields)
    who = fields.get("who")
    seen = who if isinstance(who, dict) else {}
    return Row(
        stream=body.stream,
        seq=body.seq,
        at_us=body.at_us,
        kind=body.kind,
        exchange_id=str(fields.get("exchange", "")),
        agency=str(seen.get("agency", "")),
        system=str(seen.get("system", "")),
        grant_key=str(fields.get("grant", "")),
        body=encoded,
        leaf=leaf_hash(encoded),
    )
