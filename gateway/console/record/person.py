"""Who has asked for this person, or under this case file?

The number is typed into a form and never stands in an address. It is looked for by the keys of the months that there
are: what was erased is not found, nor who is beyond the first 32 of a list. That it was looked for is on record first,
with the number as the record keeps numbers.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog.errors import ContentInvalid, Fault
from catalog.names import agency_names, system_names
from gateway.archive.searching import Whole
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import options_of, render
from gateway.console.listing import PAGE_SIZE
from gateway.console.record.pages import HERE, is_auditor, searched
from gateway.console.record.wording import ENDINGS, reason_words
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.exchangeids import EXCHANGE_ID
from gateway.lookups import note_reading
from security.audit.privacy import PseudonymKeys
from security.audit.search import Search
from security.staff import Permission

router = APIRouter(prefix=HERE, include_in_schema=False)
_MOST_CHARS: Final = 100
_LONGEST: Final = timedelta(days=731)


class Looked(StrEnum):
    """What a number is of."""

    PERSON = "person"
    CASE_FILE = "case-file"


KINDS: Final = {
    Looked.PERSON: Words("Số định danh của người, hoặc mã số doanh nghiệp", "A person's or an enterprise's number"),
    Looked.CASE_FILE: Words("Mã hồ sơ", "A case file's number"),
}


@router.get("/person")
async def ask(request: Request, desk: Signed) -> Response:
    """Ask for a number."""
    _require(desk)
    return _page(request, desk, Form({}))


@router.post("/person")
async def look(request: Request, desk: Signed) -> Response:
    """Show the exchanges that concern the number, the newest first."""
    _require(desk)
    form = await desk.read_form(request)
    done = await attempted(_look(request, desk, form))
    if isinstance(done, Refused):
        return _page(request, desk, form, refused=done)
    async with desk.reading() as session:
        names = await agency_names(session, (code for row in done.page.rows for code in (row.agency, row.provider)))
        names |= await system_names(session, (row.system for row in done.page.rows))
    return _page(request, desk, form, found=done, names=names)


def marks_of(keys: PseudonymKeys, looked: Looked, number: str, *, since: datetime, until: datetime) -> tuple[str, ...]:
    """Return what a number is called in each month from `since` to `until` of which there is a key."""
    name = keys.subject if looked is Looked.PERSON else keys.case_file
    return tuple(name(number, key_id=month) for month in keys.known_months(since, until))


async def _look(request: Request, desk: Desk, form: Form) -> Whole:
    number, kind = form.text("number").strip(), form.text("kind")
    if not 0 < len(number) <= _MOST_CHARS or not number.isprintable():
        raise ContentInvalid([Fault("number", "ghi số cần tìm", "name the number")])
    looked = Looked(kind) if kind in set(Looked) else Looked.PERSON
    before = form.text("before") if EXCHANGE_ID.match(form.text("before")) else ""
    since, until = desk.now - _LONGEST, desk.now + timedelta(minutes=1)
    await note_reading(
        desk.control.recorder,
        looked.value,
        member=desk.member.code,
        agency=desk.member.agency,
        source=source_of(request),
        at=desk.now,
        about={},
        person=number,
    )
    wanted = Search(
        since=since,
        until=until,
        agency="" if is_auditor(desk) else desk.member.agency,
        marks=marks_of(desk.control.pseudonyms, looked, number, since=since, until=until),
    )
    async with desk.reading() as session:
        return await searched(session, desk, wanted, before=before, most=PAGE_SIZE)


def _page(
    request: Request,
    desk: Desk,
    form: Form,
    *,
    found: Whole | None = None,
    names: dict[str, str] | None = None,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    return render(
        request,
        "record/person.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        page=found.page if found is not None else None,
        absent=found.absent if found is not None else (),
        names=names or {},
        kinds_options=options_of(((kind.value, words) for kind, words in KINDS.items()), request),
        chosen=form.text("kind") or Looked.PERSON.value,
        endings=ENDINGS,
        reason_words=reason_words,
        is_auditor=is_auditor(desk),
    )


def _require(desk: Desk) -> None:
    if not desk.may(Permission.RECORD_READ, desk.member.agency):
        raise StaffForbidden
