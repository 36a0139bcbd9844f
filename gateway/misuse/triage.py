"""How is said what an alert was, so that it is on record who said it and why?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, refuse_faults
from catalog.codes import is_officer_code
from catalog.errors import Fault, NotThere, StateForbids
from catalog.tables import AgencyRow
from gateway.exchangeids import new_exchange_id
from security.audit.encode import microseconds
from security.audit.privacy import PseudonymKeys
from security.misuse import alerts, keeping
from security.misuse.alerts import MOST_NOTE, Alert, AlertStep, step_alert
from security.misuse.keeping import ListedAs, ListedPerson

_LEAST_NOTE: Final = 5
_MONTHS: Final = 13
"""For so many months, this one included, somebody is on the list: his marks are made with the keys of each."""
_MOST_NUMBER: Final = 40


async def triage(session: AsyncSession, alert_id: str, step: AlertStep, *, note: str, by: Actor) -> Change:
    """Say what an alert was. Raises NotThere, StateForbids where that was said, ContentInvalid without why."""
    connection = await session.connection()
    alert = await alerts.find_alert(connection, alert_id)
    if alert is None:
        raise NotThere("alert", alert_id)
    told = note.strip()
    refuse_faults(
        None
        if _LEAST_NOTE <= len(told) <= MOST_NOTE
        else Fault("note", f"ghi rõ lý do, tối đa {MOST_NOTE} ký tự", f"say why, in at most {MOST_NOTE} characters")
    )
    after = step_alert(alert.state, step)
    if after is None:
        raise StateForbids("alert", alert.state, step)
    await alerts.triage(connection, alert, after, by=by.code, note=told, now_us=microseconds(by.at))
    return Change(
        "alert",
        alert.id,
        before=_digest(alert, alert.state, alert.note),
        after=_digest(alert, after, told),
        state=after.value,
        agencies=(alert.agency,) if alert.agency else (),
    )


async def list_person(
    session: AsyncSession,
    person_id: str,
    kind: ListedAs,
    *,
    marks: Sequence[str],
    who: tuple[str, str],
    reason: str,
    by: Actor,
) -> Change:
    """Put somebody on the list, by his marks of the months to come. `who` is an officer's agency and code, or empty.

    Raises ContentInvalid.
    """
    agency, officer = who
    named = bool(agency and officer) if kind is ListedAs.OFFICER else not agency and not officer
    refuse_faults(
        None
        if named
        else Fault("officer", "cán bộ cần mã cơ quan và mã cán bộ", "an officer has an agency and a code"),
        None
        if not agency or await session.get(AgencyRow, agency) is not None
        else Fault("agency", "không có cơ quan này", "there is no such agency"),
        None
        if not officer or is_officer_code(officer)
        else Fault("officer", "ghi mã cán bộ, không ghi số hay họ tên", "takes the officer's code, no number or name"),
        None if reason.strip() else Fault("reason", "ghi rõ lý do", "say why"),
    )
    person = ListedPerson(
        id=person_id,
        kind=kind,
        reason=reason.strip()[:MOST_NOTE],
        agency=agency,
        officer=officer,
        marks=tuple(marks),
        added_by=by.code,
        added_us=microseconds(by.at),
        until_us=microseconds(_first_of_month(by.at, _MONTHS)),
    )
    await keeping.add_person(await session.connection(), person)
    after = digest_of({"kind": kind.value, "agency": agency, "officer": officer, "marks": list(marks)})
    return Change("watched-person", person_id, after=after)


async def unlist_person(session: AsyncSession, person_id: str) -> Change:
    """Take somebody off the list. Raises NotThere."""
    if not await keeping.remove_person(await session.connection(), person_id):
        raise NotThere("watched-person", person_id)
    return Change("watched-person", person_id, before=digest_of({"id": person_id}))


def marks_to_come(keys: PseudonymKeys, number: str, *, now: datetime) -> tuple[str, ...]:
    """Return the marks of a number for this month and those to come. Raises ContentInvalid, KeyUnusable.

    The number itself is kept nowhere: who is on the list must be named again before the last month ends.
    """
    refuse_faults(
        None
        if 0 < len(number) <= _MOST_NUMBER and number.isascii() and number.isprintable()
        else Fault("number", "ghi số định danh", "name the identity number")
    )
    months = (_first_of_month(now, ahead) for ahead in range(_MONTHS))
    # Keys are made by what records; those of months to come are made here, for there is nothing to be erased in them.
    return tuple(keys.subject(number, key_id=keys.in_use(month)) for month in months)


def new_person_id() -> str:
    """Return the id of a new entry of the list."""
    return new_exchange_id()


def _first_of_month(now: datetime, ahead: int) -> datetime:
    month = now.replace(day=1)
    for _ in range(ahead):
        month = (month + timedelta(days=32)).replace(day=1)
    return month


def _digest(alert: Alert, state: str, note: str) -> str:
    return digest_of({"id": alert.id, "state": str(state), "note": note})
