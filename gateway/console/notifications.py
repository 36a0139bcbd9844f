"""Of what has a member of the staff been told, and of what does he want letters?

Everybody sees his own, and needs no permission for it.
"""

from fastapi import APIRouter, Request, Response

from gateway.console.desk import Signed
from gateway.console.frame import language_of, redirect, render
from gateway.console.listing import Cell, Column, Format, asked_of, export, part_of
from gateway.console.words import Language, Status, Tone, Words
from gateway.errors import PathUnknown
from gateway.notifications.kinds import TITLES, Kind, Told, told
from gateway.notifications.outbox import (
    Notification,
    choose_kinds,
    chosen_kinds,
    list_notifications,
    mark_read,
)
from gateway.notifications.tables import MailState

HERE = "/console/notifications"
router = APIRouter(prefix=HERE, include_in_schema=False)
COLUMNS = (
    Column("at", Words("Lúc", "When")),
    Column("title", Words("Loại", "Kind")),
    Column("text", Words("Nội dung", "What happened")),
    Column("state", Words("Trạng thái", "State")),
    Column("mail", Words("Thư điện tử", "E-mail")),
)
MAIL_STATES = {
    MailState.NONE: Status(Words("không gửi", "not sent"), Tone.QUIET),
    MailState.WAITING: Status(Words("chờ gửi", "waiting"), Tone.WAITING),
    MailState.SENT: Status(Words("đã gửi", "sent"), Tone.GOOD),
    MailState.DEAD: Status(Words("không gửi được", "could not be sent"), Tone.BAD),
}
READ = {True: Status(Words("đã đọc", "read"), Tone.QUIET), False: Status(Words("chưa đọc", "unread"), Tone.WAITING)}


@router.get("")
async def show_notifications(request: Request, desk: Signed) -> Response:
    """Show what the reader was told, the newest first, or send it as a file."""
    asked, language = asked_of(request, sorts=(), filters=("state", "kind")), language_of(request)
    kind = asked.filters.get("kind", "")
    async with desk.reading() as session:
        rows = await list_notifications(
            session,
            desk.member.code,
            unread=asked.filters.get("state") == "unread",
            kind=Kind(kind) if kind in set(Kind) else None,
            limit=asked.limit,
            offset=asked.offset,
        )
    if asked.format is not Format.PAGE:
        cells = [_cells(one, language) for one in rows]
        return await export("lienthong-notifications", COLUMNS, cells, form=asked.format, language=language)
    return render(
        request,
        "notifications/notifications.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(rows, asked),
        titles={one: words_of(TITLES[one]) for one in Kind},
        told=lambda one: words_of(told(one.kind, one.facts)),
        mail_states=MAIL_STATES,
        read=READ,
    )


@router.post("/read")
async def read_all(request: Request, desk: Signed) -> Response:
    """Mark everything as read."""
    await desk.read_form(request)
    async with desk.control.database.transaction() as session:
        await mark_read(session, desk.member.code, now=desk.now)
    return redirect(HERE)


@router.post("/{number}/read")
async def read_one(request: Request, desk: Signed, number: int) -> Response:
    """Mark one as read; somebody else's is left alone."""
    await desk.read_form(request)
    if not 0 < number < 2**63:
        raise PathUnknown
    async with desk.control.database.transaction() as session:
        await mark_read(session, desk.member.code, only=number, now=desk.now)
    return redirect(HERE)


@router.get("/choices")
async def show_choices(request: Request, desk: Signed) -> Response:
    """Show of which kinds the reader gets letters."""
    async with desk.reading() as session:
        chosen = await chosen_kinds(session, desk.member.code)
    titles = {one: words_of(TITLES[one]) for one in Kind}
    return render(request, "notifications/choices.html", desk=desk, chosen=chosen, titles=titles)


@router.post("/choices")
async def take_choices(request: Request, desk: Signed) -> Response:
    """Take of which kinds the reader wants letters."""
    form = await desk.read_form(request)
    wanted = [kind for kind in Kind if form.has("kind", kind.value)]
    async with desk.control.database.transaction() as session:
        await choose_kinds(session, desk.member.code, wanted)
    return redirect(HERE)


def words_of(said: Told) -> Words:
    """Return what is told as a page says it."""
    return Words(said.vi, said.en)


def _cells(one: Notification, language: Language) -> tuple[Cell, ...]:
    return (
        one.at,
        words_of(TITLES[one.kind]).in_language(language),
        words_of(told(one.kind, one.facts)).in_language(language),
        READ[one.read].words.in_language(language),
        MAIL_STATES[one.mail].words.in_language(language),
    )
