"""Which agreements does somebody see, and what is one of them, with everything that belongs to it?"""

from dataclasses import dataclass, replace
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreement_lists, agreement_preparations, agreement_views, databases
from catalog.agencies import list_agencies
from catalog.agreement_differences import said_disclosure
from catalog.agreement_lists import AgreementFilter, AgreementLine, Order
from catalog.agreement_signatures import signatures_of
from catalog.agreement_titles import Titles, read_titles
from catalog.agreement_views import AgreementView, EventView, VersionView
from catalog.agreements import PROVINCE_TIME
from catalog.errors import NotThere
from catalog.services import described_services
from catalog.states import IN_FORCE, OPEN, AgreementState, Side
from catalog.terms import AgreementTerms
from gateway.agreement_deeds import CheckedSignature, check_signatures
from gateway.api.agreement_queries import visible_to
from gateway.console.agreements.grant_pictures import GrantPicture, picture_grants
from gateway.console.agreements.rights import Rights, rights_of
from gateway.console.agreements.waiting import EXPIRING_DAYS, waits_for
from gateway.console.agreements.wording import ACTS, DONE, NEXT, SIDE_NAMES, TOLD
from gateway.console.desk import Desk, Signed
from gateway.console.frame import language_of, options_of, render
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, export, part_of
from gateway.console.words import AGREEMENT_STATES, SIDES, Words
from security.staff import Permission

router = APIRouter(prefix="/console/agreements", include_in_schema=False)
HERE = "/console/agreements"
COLUMNS = (
    Column("code", Words("Mã", "Code"), sortable=True),
    Column("database", Words("Cơ sở dữ liệu", "Database"), sortable=True),
    Column("consumer", Words("Bên khai thác", "Consumer"), sortable=True),
    Column("provider", Words("Bên cung cấp", "Provider"), sortable=True),
    Column("state", Words("Trạng thái", "State"), sortable=True),
    Column("until", Words("Hết hạn", "Ends"), sortable=True),
    Column("changed", Words("Thay đổi lần cuối", "Last changed"), sortable=True),
)
_FILTERS = ("state", "database", "agency", "side", "expiring", "waiting")


@dataclass(frozen=True, slots=True)
class ShownAgreement:
    """All that the page of an agreement shows. `version` is the one looked at, `asked` one that waits for somebody."""

    view: AgreementView
    version: VersionView
    asked: VersionView | None
    in_force: VersionView | None
    grants: tuple[GrantPicture, ...]
    signatures: tuple[CheckedSignature, ...]
    history: tuple[EventView, ...]
    titles: Titles


@router.get("")
async def list_page(request: Request, desk: Signed) -> Response:
    """List the agreements that the reader may see: filtered, sorted, by pages, or as a file."""
    asked = asked_of(request, sorts=("-changed", *(order.value for order in Order)), filters=_FILTERS)
    wanted = visible_to(desk, _wanted(desk, asked))
    async with desk.reading() as session:
        rows = await agreement_lists.list_agreements(
            session,
            wanted,
            order=Order(asked.sort),
            descending=asked.descending,
            limit=asked.limit,
            offset=asked.offset,
        )
        titles = await read_titles(
            session,
            agencies=[code for row in rows for code in (row.consumer_agency, row.provider_agency)],
            databases=[row.database for row in rows],
        )
        if asked.format is not Format.PAGE:
            cells = [_cells(row, titles, request) for row in rows]
            return await export("thoa-thuan", COLUMNS, cells, form=asked.format, language=language_of(request))
        total = await agreement_lists.count_agreements(session, wanted)
        own = desk.member.agency
        requests = desk.may(Permission.AGREEMENT_REQUEST, own)
        preparations = await agreement_preparations.list_preparations(session, own) if requests else []
        shelves = await databases.list_databases(session)
        agencies = await list_agencies(session)
    return render(
        request,
        "agreements/list.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(rows, asked, total=total),
        titles=titles,
        states=AGREEMENT_STATES,
        states_options=options_of(((state, status.words) for state, status in AGREEMENT_STATES.items()), request),
        side_options=options_of(((side, SIDES[side]) for side in (Side.CONSUMER, Side.PROVIDER)), request),
        database_options=options_of(((one.code, Words(one.title_vi, one.title_en)) for one in shelves), request),
        agency_options=options_of(((one.code, Words(one.name_vi, one.name_en)) for one in agencies), request),
        preparations=preparations,
        waits=bool(waits_for(desk)),
        may_request=requests,
        may_declare=desk.may_anywhere(Permission.AGREEMENT_STANDARD),
        expiring_days=EXPIRING_DAYS,
    )


@router.get("/{code}")
async def show_page(code: str, request: Request, desk: Signed) -> Response:
    """Show one agreement: how it stands, what it grants, who signed, what was done, what comes next."""
    shown = await read_agreement(desk, code, request.query_params.get("version", ""))
    rights: Rights = rights_of(desk, shown.view)
    return render(
        request,
        "agreements/show.html",
        desk=desk,
        shown=shown,
        rights=rights,
        shown_to_people=said_disclosure(shown.version.terms),
        states=AGREEMENT_STATES,
        sides=SIDES,
        side_names=SIDE_NAMES,
        acts=ACTS,
        done=DONE,
        next=NEXT,
        expiring_by=desk.now.astimezone(PROVINCE_TIME).date() + timedelta(days=EXPIRING_DAYS),
        told=TOLD,
        done_now=request.query_params.get("done", ""),
    )


async def read_agreement(desk: Desk, code: str, version: str = "") -> ShownAgreement:
    """Return an agreement as its page shows it, looking at the version whose number `version` is.

    Empty: one that waits for the reader, else the one in force, else the newest. Raises NotThere, NotYours.
    """
    async with desk.reading() as session:
        view = await agreement_views.show_agreement(session, code)
        desk.require_sight(Permission.AGREEMENT_READ, view.consumer_agency, view.provider_agency)
        looked_at = _looked_at(view, version)
        signed = await signatures_of(session, code)
        history = await agreement_views.history_of(session, code)
        services = await described_services(session, view.database, _named(looked_at.terms))
        titles = await titles_of(session, view, looked_at, history)
    return ShownAgreement(
        view=view,
        version=looked_at,
        asked=_asked(view),
        in_force=next((one for one in view.versions if one.state in IN_FORCE), None),
        grants=picture_grants(looked_at.terms.grants, services),
        signatures=check_signatures(
            looked_at, signed.get(looked_at.version, ()), code=code, signer=desk.control.signer
        ),
        history=tuple(reversed(history)),
        titles=titles,
    )


async def titles_of(
    session: AsyncSession, view: AgreementView, version: VersionView, history: tuple[EventView, ...] = ()
) -> Titles:
    """Return what everything is called that a page about a version names."""
    people = {one for version in view.versions for one in (version.created_by, version.submitted_by or "")}
    return await read_titles(
        session,
        agencies=(view.consumer_agency, view.provider_agency),
        databases=(view.database,),
        systems=version.terms.systems,
        purposes=version.terms.purposes,
        people=people | {event.done_by for event in history} | {one.suspended_by for one in view.suspensions},
    )


def _looked_at(view: AgreementView, text: str) -> VersionView:
    if text:
        found = next((one for one in view.versions if str(one.version) == text), None)
        if found is None:
            raise NotThere("agreement version", f"{view.code}/v{text}")
        return found
    in_force = next((one for one in view.versions if one.state in IN_FORCE), None)
    return _asked(view) or in_force or view.versions[-1]


def _asked(view: AgreementView) -> VersionView | None:
    return next((one for one in reversed(view.versions) if one.state in OPEN), None)


def _named(terms: AgreementTerms) -> set[tuple[str, int]]:
    return {(grant.service, grant.version) for grant in terms.grants}


def _wanted(desk: Desk, asked: Asked) -> AgreementFilter:
    chosen = asked.filters
    today = desk.now.astimezone(PROVINCE_TIME).date()
    wanted = AgreementFilter(
        words=asked.words,
        state=AgreementState(chosen["state"]) if chosen.get("state") in set(AgreementState) else None,
        database=chosen.get("database", ""),
        agency=chosen.get("agency", ""),
        side=Side(chosen["side"]) if chosen.get("side") in (Side.CONSUMER, Side.PROVIDER) else None,
        expiring_by=today + timedelta(days=EXPIRING_DAYS) if chosen.get("expiring") else None,
    )
    if wanted.side is not None and not wanted.agency:
        wanted = replace(wanted, agency=desk.member.agency)
    if chosen.get("waiting"):
        # Nobody waits for somebody who has no part in it: none is then found.
        wanted = replace(wanted, waiting_for=waits_for(desk) or ((Side.CONSUMER, "\x00"),))
    return wanted


def _cells(row: AgreementLine, titles: Titles, request: Request) -> tuple[Cell, ...]:
    language = language_of(request)
    database, consumer, provider = (
        Words(one.vi, one.en).in_language(language)
        for one in (
            titles.database(row.database),
            titles.agency(row.consumer_agency),
            titles.agency(row.provider_agency),
        )
    )
    state = AGREEMENT_STATES[row.state].words.in_language(language)
    return (row.code, database, consumer, provider, state, row.valid_until, row.changed_at)
