"""How does a reader keep a search, and take along what it found, so that it can be shown later?"""

from typing import Final
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request, Response

from catalog.changes import refuse_faults
from catalog.codes import names_somebody
from catalog.errors import ContentInvalid, Fault, NotThere
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.frame import HEADERS, redirect
from gateway.console.listing import asked_of
from gateway.console.record.pages import FILTERS, HERE, searched, span_of, wanted_of
from gateway.errors import StaffForbidden
from gateway.exchangeids import new_exchange_id
from gateway.inquiry.conditions import condition_faults
from gateway.inquiry.manifest import FORMAT, MOST, ResultManifest, checkpoints_of, digest_of_ids, leaves_of
from gateway.inquiry.searches import MOST as MOST_KEPT
from gateway.inquiry.searches import MOST_CHARS, Kept, count_searches, drop_search, keep_search
from gateway.lookups import note_reading
from security.staff import Permission

router = APIRouter(prefix=HERE, include_in_schema=False)
_AT_ONCE: Final = 1_000
_KEPT: Final = tuple(name for name in FILTERS if name != "before")


@router.get("/manifest")
async def take_manifest(request: Request, desk: Signed) -> Response:
    """Hand out what a search finds now as a signed statement, without the ids themselves."""
    _require(desk)
    asked = asked_of(request, sorts=(), filters=_KEPT)
    span = span_of(asked, desk)
    wanted = wanted_of(asked, desk, span)
    told = {name: str(value) for name, value in msgspec.to_builtins(wanted).items() if value}
    await note_reading(
        desk.control.recorder,
        "manifest",
        member=desk.member.code,
        agency=desk.member.agency,
        source=source_of(request),
        at=desk.now,
        about=told,
    )
    ids: list[str] = []
    absent: tuple[str, ...] = ()
    before = ""
    async with desk.reading() as session:
        connection = await session.connection()
        while len(ids) < MOST:
            whole = await searched(session, desk, wanted, before=before, most=_AT_ONCE)
            ids += [row.exchange_id for row in whole.page.rows]
            absent, before = tuple(whole.absent), whole.page.next
            if not before:
                break
        manifest = ResultManifest(
            format=FORMAT,
            issuer=desk.control.issuer,
            searched_by=desk.member.code,
            at=desk.now,
            asked=told,
            count=len(ids),
            is_whole=not before,
            digest=digest_of_ids(ids),
            leaves=await leaves_of(connection, ids),
            checkpoints=await checkpoints_of(connection),
            absent=absent,
        )
    signed = desk.control.result_signer.sign(manifest)
    content = msgspec.json.format(msgspec.json.encode({"manifest": manifest, "signature": signed}), indent=2)
    headers = {**HEADERS, "content-disposition": 'attachment; filename="ket-qua-tim.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.post("/searches")
async def keep(request: Request, desk: Signed) -> Response:
    """Keep a search, for oneself or for everybody of the same role."""
    _require(desk)
    form = await desk.read_form(request)
    name = form.text("name").strip()
    if not 0 < len(name) <= MOST_CHARS:
        raise ContentInvalid(
            [Fault("name", f"đặt tên, tối đa {MOST_CHARS} ký tự", f"a name of 1 to {MOST_CHARS} characters")]
        )
    told = {one: form.text(one)[:MOST_CHARS] for one in _KEPT if form.text(one)}
    refuse_faults(
        *condition_faults(told),
        Fault("name", "tên không ghi số của người hay hồ sơ", "a name holds no number of a person or of a case file")
        if names_somebody(name)
        else None,
    )
    kept = Kept(
        id=new_exchange_id(),
        member=desk.member.code,
        role=desk.role.value,
        name=name,
        query=urlencode(told),
        shared=form.has("shared"),
    )
    async with desk.control.database.transaction() as session:
        connection = await session.connection()
        if await count_searches(connection, member=desk.member.code) >= MOST_KEPT:
            raise ContentInvalid([Fault("name", f"tối đa {MOST_KEPT} tìm kiếm", f"{MOST_KEPT} searches at most")])
        await keep_search(connection, kept)
    return redirect(f"{HERE}?{kept.query}")


@router.post("/searches/{search_id}/drop")
async def drop(search_id: str, request: Request, desk: Signed) -> Response:
    """Forget a search of one's own."""
    _require(desk)
    await desk.read_form(request)
    async with desk.control.database.transaction() as session:
        if not await drop_search(await session.connection(), search_id, member=desk.member.code):
            raise NotThere("search", search_id)
    return redirect(HERE)


def _require(desk: Desk) -> None:
    if not desk.may(Permission.RECORD_READ, desk.member.agency):
        raise StaffForbidden
