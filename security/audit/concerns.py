"""What of some exchanges may be told to the people whom they concern?

Why they were made and what was released: no officer, no address, no case file's number, nobody else. Who asks MUST have
found the exchanges by his own marks (`security.audit.marks`).
"""

from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.record import Kind

_RECORDS = sa.text(
    "SELECT exchange_id, body FROM record WHERE exchange_id IN :ids AND kind IN ('INTENT', 'DENY', 'OUTCOME')"
).bindparams(sa.bindparam("ids", expanding=True))


class _Why(msgspec.Struct):
    agreement: str = ""
    agreement_version: int = 0
    legal_basis: str = ""
    case_file: msgspec.Raw = msgspec.Raw(b"")


class _Counted(msgspec.Struct):
    count: int = 0


class _Decision(msgspec.Struct):
    allowed: bool = True


class _Outcome(msgspec.Struct):
    rows_released: int = 0
    fields_released: list[str] | _Counted = []


class _Body(msgspec.Struct):
    kind: str
    why: _Why | None = None
    decision: _Decision | None = None
    outcome: _Outcome | None = None


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """Of one exchange. `released` are the fields that left the platform, `released_count` how many: of a list that was
    too long for the record there is the count only.
    """

    agreement: str = ""
    agreement_version: int = 0
    legal_basis: str = ""
    has_case_file: bool = False
    released: Sequence[str] = ()
    released_count: int = 0


async def concerns_of(connection: AsyncConnection, exchange_ids: Sequence[str]) -> Mapping[str, Concern]:
    """Return what may be told of each of these exchanges; one of which there is no record is left out."""
    found: dict[str, Concern] = {}
    if not exchange_ids:
        return found
    for exchange_id, body in await connection.execute(_RECORDS, {"ids": list(exchange_ids)}):
        said = msgspec.json.decode(bytes(body), type=_Body)
        found[exchange_id] = _with(found.get(exchange_id, Concern()), said)
    return found


def _with(known: Concern, said: _Body) -> Concern:
    if said.why is not None and said.why.agreement:
        known = msgspec.structs.replace(
            known,
            agreement=said.why.agreement,
            agreement_version=said.why.agreement_version,
            legal_basis=said.why.legal_basis,
            has_case_file=bool(bytes(said.why.case_file)),
        )
    was_answered = said.kind == Kind.OUTCOME and (said.decision or _Decision()).allowed
    # The record names the fields of an answer also where no row was in it: then nothing was released.
    if was_answered and said.outcome is not None and said.outcome.rows_released:
        fields = said.outcome.fields_released
        released = () if isinstance(fields, _Counted) else tuple(fields)
        count = fields.count if isinstance(fields, _Counted) else len(released)
        known = msgspec.structs.replace(known, released=released, released_count=count)
    return known
