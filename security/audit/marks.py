"""By whom, and by which case file, is an exchange found without anybody's number being kept?

A mark is what stands in the record in place of an identity number or of a case file's number: its HMAC under the key of
the month (`security.audit.privacy`). Who knows the number and has the keys finds the exchanges; when a month's key is
destroyed, nobody does. Of a list of more than 32 people the record names the first 32, and so do the marks.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.following import Followed
from security.audit.record import Kind

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
marks = sa.Table(
    "exchange_marks",
    sa.MetaData(),
    sa.Column("mark", sa.String(32), primary_key=True),
    sa.Column("exchange_id", _ID, primary_key=True),
)
_KEEP = sa.text("INSERT INTO exchange_marks (mark, exchange_id) VALUES (:mark, :exchange_id) ON CONFLICT DO NOTHING")
_KINDS = frozenset({Kind.INTENT, Kind.OUTCOME, Kind.DENY})


class _Hidden(msgspec.Struct):
    pseudonym: str = ""


class _Whom(msgspec.Struct):
    inline: Sequence[_Hidden] = ()


class _Why(msgspec.Struct):
    case_file: _Hidden | None = None


class _Body(msgspec.Struct):
    whom: _Whom | None = None
    why: _Why | None = None


def marks_of(records: Iterable[Followed]) -> list[Mapping[str, str]]:
    """Return a row for each person and case file that an exchange among `records` names, in their order."""
    found = {}
    for record in records:
        if not record.exchange_id or record.kind not in _KINDS:
            continue
        body = record.read(_Body)
        named = [one.pseudonym for one in body.whom.inline] if body.whom is not None else []
        if body.why is not None and body.why.case_file is not None:
            named.append(body.why.case_file.pseudonym)
        for mark in named:
            found[mark, record.exchange_id] = {"mark": mark, "exchange_id": record.exchange_id}
    return [found[key] for key in sorted(found)]  # in one order: two workers never wait for each other


async def keep_marks(connection: AsyncConnection, records: Iterable[Followed]) -> None:
    """Keep the marks of `records`, in the transaction in which their reader moves on."""
    rows = marks_of(records)
    if rows:
        await connection.execute(_KEEP, rows)
