"""Who may have which part of the record as a file, and what is put on record before he has it?

Auditors may have every agency's records, an agency's own people those of their own systems. That somebody asked, and
for what, is on record before the order is kept; that somebody took the file, before its first byte leaves.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.staff import StaffMember
from gateway.api.control import Control
from gateway.exchangeids import EXCHANGE_ID, new_exchange_id
from gateway.exports.orders import (
    MOST_IDS,
    MOST_WAITING,
    About,
    Form,
    Order,
    State,
    count_waiting,
    find_order,
    place_order,
)
from gateway.inquiry.conditions import must_be_by_codes
from gateway.lookups import note_reading
from security.audit.search import Side
from security.staff import Role


async def ask_export(
    control: Control, member: StaffMember, about: About, *, form: Form, source: str, at: datetime
) -> Order:
    """Put on record what is asked for, and keep the order. Raises ContentInvalid, RecordUnavailable."""
    is_auditor = Role(member.role) is Role.AUDITOR
    if about.search is not None and not is_auditor:
        about = msgspec.structs.replace(
            about, search=msgspec.structs.replace(about.search, agency=member.agency, side=Side.CONSUMER)
        )
    _check(about)
    async with control.database.reading() as session:
        if await count_waiting(await session.connection(), member=member.code) >= MOST_WAITING:
            vi, en = (
                f"đang chờ {MOST_WAITING} bản, đợi làm xong đã",
                f"{MOST_WAITING} are waiting: let them be made first",
            )
            raise ContentInvalid([Fault("", vi, en)])
    order = Order(
        id=new_exchange_id(),
        asked_at=at,
        member=member.code,
        agency="" if is_auditor else member.agency,
        form=form,
        about=about,
    )
    told = {**about.told(), "format": form.value, "export": order.id}
    await note_reading(
        control.recorder, "export", member=member.code, agency=member.agency, source=source, at=at, about=told
    )
    async with control.database.transaction() as session:
        await place_order(await session.connection(), order)
    return order


async def show_export(control: Control, member: StaffMember, order_id: str) -> Order:
    """Return an order of this member. Raises NotThere."""
    async with control.database.reading() as session:
        order = await find_order(await session.connection(), order_id, member=member.code)
    if order is None:
        raise NotThere("export", order_id)
    return order


async def take_file(control: Control, member: StaffMember, order_id: str, *, source: str, at: datetime) -> Path:
    """Return where the file of an export lies, when it is on record that this member takes it.

    Raises NotThere: it is not made, or not any more, or lies on another node.
    """
    order = await show_export(control, member, order_id)
    path = control.settings.exports / order.file_name
    if order.state is not State.READY or not path.is_file():
        raise NotThere("export", order_id)
    await note_reading(
        control.recorder,
        "export-taken",
        member=member.code,
        agency=member.agency,
        source=source,
        at=at,
        about={"export": order.id, "records": str(order.records), "digest": order.digest},
    )
    return path


def exchange_ids(text: str) -> Sequence[str]:
    """Return the ids in a text, each once, in their order."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _check(about: About) -> None:
    if bool(about.exchanges) == (about.search is not None):
        vi, en = "nêu mã tra cứu, hoặc điều kiện tìm, một trong hai", "name exchanges or a search, one of the two"
        raise ContentInvalid([Fault("exchanges", vi, en)])
    if about.search is not None:
        must_be_by_codes(about.search)
    if len(about.exchanges) > MOST_IDS:
        raise ContentInvalid([Fault("exchanges", f"tối đa {MOST_IDS} mã", f"{MOST_IDS} ids at most")])
    if not all(EXCHANGE_ID.match(one) for one in about.exchanges):
        raise ContentInvalid([Fault("exchanges", "có mã không phải mã tra cứu", "one of these is no correlation id")])
