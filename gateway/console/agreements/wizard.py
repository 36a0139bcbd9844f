"""How does somebody write a request for an agreement, step by step, without losing what he wrote?

What is typed is kept as a preparation at every step, forward and back, so that a request may be written over days.
Nothing is asked for before the last step is sent; then the terms are checked whole.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreement_files, agreement_preparations, agreements
from catalog.agencies import list_agencies, show_agency
from catalog.agreement_differences import grant_name, said_disclosure
from catalog.agreement_files import MAX_FILE_BYTES
from catalog.agreement_preparations import Preparation, Prepared, blank_terms
from catalog.agreement_titles import read_titles
from catalog.agreements import PROVINCE_TIME, check_draft
from catalog.changes import Change
from catalog.databases import list_databases, show_database
from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.purposes import list_purposes
from catalog.search import search
from catalog.services import described_services, list_services, show_service
from catalog.standard_terms import deciding_terms, eligible_for, show_standard
from catalog.states import IN_FORCE, SERVED, AgreementState
from catalog.systems import systems_of
from catalog.terms import AgreementTerms, GrantTerms
from gateway import agreement_deeds as deeds
from gateway.agreement_reviews import propose_narrowing, propose_upgrade
from gateway.console.agreements.grant_pictures import picture_grants
from gateway.console.agreements.pages import HERE, read_agreement
from gateway.console.agreements.typed import (
    STEPS,
    Offered,
    Step,
    fields_with_faults,
    offered_by,
    read,
    row_fields,
    step_of,
    with_same_limits,
    write,
)
from gateway.console.agreements.wording import (
    COMPARISONS,
    DAYS,
    HOUR_CHOICES,
    NETWORK_CHOICES,
    ROW_CHOICES,
    STEP_WORDS,
)
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted, refused
from gateway.console.frame import options_of, redirect, render, with_query
from gateway.console.words import FIELD_CLASSES, SHARING_MODES, Words
from security.staff import Permission

router = APIRouter(prefix=HERE, include_in_schema=False)
_FORM_BYTES: Final = MAX_FILE_BYTES + 1024 * 1024
_MOST_SERVICES: Final = 300


@dataclass(frozen=True, slots=True)
class Workbench:
    """A preparation with what the catalogue offers for it."""

    preparation: Preparation
    offered: dict[str, Offered]

    @property
    def prepared(self) -> Prepared:
        """What was written so far."""
        return self.preparation.prepared

    @property
    def terms(self) -> AgreementTerms:
        """The terms so far."""
        return self.preparation.prepared.terms


@router.get("/new")
async def choose(request: Request, desk: Signed) -> Response:
    """Let somebody choose a service, then say for whom he asks."""
    named = request.query_params.get("service", "")
    if named:
        return await _begin_page(request, desk, named)
    words, database = request.query_params.get("q", "").strip(), request.query_params.get("database", "")
    async with desk.reading() as session:
        found = (await search(session, words, limit=100)).services if words else ()
        if database and not words:
            await show_database(session, database)
            views = await list_services(session, database=database)
            found = tuple(one.service for one in views if one.state in SERVED and one.service.specified)
        shelves = await list_databases(session)
    return render(
        request,
        "agreements/choose.html",
        desk=desk,
        words=words,
        database=database,
        services=[one for one in found if one.specified][:_MOST_SERVICES],
        databases=shelves,
        sharing=SHARING_MODES,
    )


@router.post("/new")
async def begin(request: Request, desk: Signed) -> Response:
    """Begin a preparation about a service."""
    form = await desk.read_form(request)
    agency = form.text("agency") or desk.member.agency
    desk.require(Permission.AGREEMENT_REQUEST, agency)
    database, service, version = _place(form.text("service"))
    today = desk.now.astimezone(PROVINCE_TIME).date()
    async with desk.reading() as session:
        view = await show_service(session, database, service, version=version)
        owner = (await show_database(session, database)).owner
        await show_agency(session, agency)
        terms = blank_terms(_new_code(database, desk.now), database=database, owner=owner, consumer=agency, today=today)
        standard = await show_standard(session, database)
    if form.has("standard") and standard is not None:
        says = standard.terms
        terms = msgspec.structs.replace(terms, purposes=says.purposes, legal_basis=says.legal_basis, grants=says.grants)
    prepared = Prepared(terms=terms, services=((view.service.code, view.service.version),))
    return await _start(desk, prepared, Step.WHO)


@router.post("/{code}/prepare")
async def prepare_version(code: str, request: Request, desk: Signed) -> Response:
    """Begin a preparation of a new version: of a version as it is, of what is used of it, or of newer services."""
    form = await desk.read_form(request)
    shown = await read_agreement(desk, code, form.text("version"))
    desk.require(Permission.AGREEMENT_REQUEST, shown.view.consumer_agency)
    terms: AgreementTerms | None = shown.version.terms
    match form.text("source"):
        case "unused":
            days = int(form.text("days")) if form.text("days").isdigit() else 90
            narrowing = await propose_narrowing(desk.control.database_url, shown.view, days=days, now=desk.now)
            terms = None if narrowing is None else narrowing.narrowed
        case "upgrade":
            async with desk.reading() as session:
                upgrade = await propose_upgrade(session, shown.view)
            terms = None if upgrade is None else upgrade.terms
        case _:
            pass
    if terms is None:
        raise NotThere("proposal", code)
    step = Step.OPERATIONS if form.text("source") else Step.WHO
    return await _start(desk, Prepared(terms=terms, revises=True), step)


@router.get("/preparations/{code}/drop")
async def ask_drop(code: str, request: Request, desk: Signed) -> Response:
    """Ask whether what was written shall be forgotten."""
    bench = await _bench(desk, code)
    return render(request, "agreements/drop.html", desk=desk, bench=bench)


@router.post("/preparations/{code}/drop")
async def drop(code: str, request: Request, desk: Signed) -> Response:
    """Forget a preparation."""
    await desk.read_form(request)
    await _bench(desk, code)
    async with desk.control.database.transaction() as session:
        await agreement_preparations.drop(session, code)
    return redirect(HERE)


@router.get("/preparations/{code}/{step}")
async def show_step(code: str, step: Step, request: Request, desk: Signed) -> Response:
    """Show a step with what was written so far."""
    bench = await _bench(desk, code)
    return await _step_page(request, desk, bench, step, form=write(bench.prepared, step))


@router.post("/preparations/{code}/{step}")
async def take_step(code: str, step: Step, request: Request, desk: Signed) -> Response:
    """Keep what was written and go where the button leads; the last step hands the request in."""
    form = await desk.read_form(request, most_bytes=_FORM_BYTES)
    bench = await _bench(desk, code)
    if step is Step.REVIEW and form.text("go") == "send":
        return await _hand_in(request, desk, bench)
    kept = await attempted(_keep(desk, bench, step, form))
    if isinstance(kept, Refused):
        return await _step_page(request, desk, bench, step, form=form, refused=kept)
    go, _, named = form.text("go").partition(":")
    match go:
        case "later":
            return redirect(HERE)
        case "back":
            return redirect(_address(code, STEPS[max(STEPS.index(step) - 1, 0)]))
        case "step" if named in STEPS:
            return redirect(_address(code, Step(named)))
        case "stay" | "same":
            return redirect(_address(code, step))
        case _:
            faults = await _faults_of(desk, kept, step)
            if faults:
                bench = await _bench(desk, code)
                return await _step_page(
                    request, desk, bench, step, form=write(kept, step), refused=refused(ContentInvalid(faults))
                )
            return redirect(_address(code, STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]))


async def _hand_in(request: Request, desk: Desk, bench: Workbench) -> Response:
    prepared, pen = bench.prepared, desk.pen

    async def work(session: AsyncSession) -> Change:
        if prepared.revises:
            drafted = await deeds.new_version(session, prepared.terms, pen=pen)
        else:
            drafted = await agreements.create_draft(session, prepared.terms, by=desk.actor)
        await agreement_preparations.drop(session, bench.preparation.code)
        if AgreementState(drafted.state) in IN_FORCE:
            return drafted
        asked = await deeds.submit(session, drafted.code, version=drafted.version, pen=pen)
        return replace(asked, parts=(drafted, *asked.parts))

    done = await attempted(desk.change("request", work))
    if isinstance(done, Refused):
        return await _step_page(request, desk, bench, Step.REVIEW, form=Form(), refused=done)
    how = "narrow" if AgreementState(done.state) in IN_FORCE and prepared.revises else "request"
    if AgreementState(done.state) in IN_FORCE and not prepared.revises:
        how = "standard"
    return redirect(with_query(f"{HERE}/{done.code}", done=how, version=done.version))


async def _keep(desk: Desk, bench: Workbench, step: Step, form: Form) -> Prepared:
    prepared = read(bench.prepared, step, form, offered=bench.offered)
    if step is Step.OPERATIONS and form.text("add"):
        added = _service_of(form.text("add"))
        prepared = msgspec.structs.replace(prepared, services=tuple(dict.fromkeys((*prepared.services, added))))
    if step is Step.LIMITS and form.text("go") == "same":
        prepared = with_same_limits(prepared)
    upload = form.uploads.get("file") if step is Step.TERM else None
    if upload is not None:
        agency = prepared.terms.consumer_agency
        says = agreement_files.describe_file(upload.name, upload.content)
        await desk.change(
            "add-file",
            lambda s: agreement_files.add_file(s, agency, upload.name, content=upload.content, by=desk.actor),
        )
        held = [one for one in prepared.terms.attachments if one.digest != says.digest]
        terms = msgspec.structs.replace(prepared.terms, attachments=(*held, says))
        prepared = msgspec.structs.replace(prepared, terms=terms)
    async with desk.control.database.transaction() as session:
        await agreement_preparations.keep(session, bench.preparation.code, prepared, by=desk.actor)
    return prepared


async def _faults_of(desk: Desk, prepared: Prepared, step: Step) -> list[Fault]:
    async with desk.reading() as session:
        faults = await check_draft(session, prepared.terms)
    return [fault for fault in faults if step_of(fault.where) is step]


async def _step_page(
    request: Request,
    desk: Desk,
    bench: Workbench,
    step: Step,
    *,
    form: Form,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    terms = bench.terms
    async with desk.reading() as session:
        titles = await read_titles(
            session,
            agencies=(terms.consumer_agency, terms.provider_agency),
            databases=(terms.database,),
            systems=terms.systems,
            purposes=terms.purposes,
        )
        systems = await systems_of(session, terms.consumer_agency)
        purposes = await list_purposes(session) if step is Step.WHY else []
        others = await _other_services(session, bench) if step is Step.OPERATIONS else []
        faults = await check_draft(session, terms) if step is Step.REVIEW else []
        standard = (
            await deciding_terms(session, terms, people={desk.member.code})
            if step is Step.REVIEW and not faults
            else None
        )
    described = {(one.service.code, one.service.version): one.service for one in bench.offered.values()}
    return render(
        request,
        f"agreements/wizard/{step.value}.html",
        status=200 if refused is NOTHING_REFUSED else 422,
        desk=desk,
        bench=bench,
        terms=terms,
        shown_to_people=said_disclosure(terms),
        step=step,
        step_links=[(said, one) for one, said in options_of(((one, STEP_WORDS[one]) for one in STEPS), request)],
        names=fields_with_faults(refused.faults),
        at=STEPS.index(step),
        form=form,
        refused=refused,
        titles=titles,
        systems=systems,
        purposes=purposes,
        others=others,
        classes=FIELD_CLASSES,
        grants=[(number, grant, bench.offered.get(name)) for number, (grant, name) in enumerate(_named(terms))],
        pictures=picture_grants(terms.grants, described),
        comparison_options=options_of(COMPARISONS.items(), request),
        hour_options=options_of(HOUR_CHOICES.items(), request),
        network_options=options_of(NETWORK_CHOICES.items(), request),
        row_options=options_of(ROW_CHOICES.items(), request),
        fields_of_rows=_row_choices(bench),
        days=list(DAYS.items()),
        faults=[(fault, step_of(fault.where)) for fault in faults],
        step_words=STEP_WORDS,
        address=lambda one: _address(bench.preparation.code, one),
        standard=standard,
    )


async def _begin_page(request: Request, desk: Desk, named: str) -> Response:
    database, service, version = _place(named)
    async with desk.reading() as session:
        view = await show_service(session, database, service, version=version)
        shelf = await show_database(session, database)
        titles = await read_titles(session, agencies=(shelf.owner, desk.member.agency), databases=(database,))
        standard = await show_standard(session, database)
        eligible = standard is not None and await eligible_for(session, database, desk.member.agency)
        everywhere = desk.may(Permission.AGREEMENT_REQUEST)
        agencies = await list_agencies(session) if everywhere else []
    if not view.service.specified or view.state not in SERVED:
        raise NotThere("service", named)
    return render(
        request,
        "agreements/begin.html",
        desk=desk,
        service=view.service,
        named=named,
        database=shelf,
        titles=titles,
        agency_options=options_of(((one.code, Words(one.name_vi, one.name_en)) for one in agencies), request),
        agencies=agencies,
        may=everywhere or desk.may(Permission.AGREEMENT_REQUEST, desk.member.agency),
        standard=standard if eligible else None,
        sharing=SHARING_MODES[shelf.sharing],
    )


async def _start(desk: Desk, prepared: Prepared, step: Step) -> Response:
    code = secrets.token_hex(8)
    async with desk.control.database.transaction() as session:
        await agreement_preparations.begin(session, code, prepared, by=desk.actor)
    return redirect(_address(code, step))


async def _bench(desk: Desk, code: str) -> Workbench:
    """Return a preparation of an agency for which the person at the desk may ask. Raises NotThere, NotYours."""
    async with desk.reading() as session:
        preparation = await agreement_preparations.show_preparation(session, code)
        desk.require_sight(Permission.AGREEMENT_REQUEST, preparation.agency)
        prepared = preparation.prepared
        services = await described_services(session, prepared.terms.database, prepared.offered_services)
    return Workbench(preparation, offered_by(list(services.values())))


async def _other_services(session: AsyncSession, bench: Workbench) -> list[tuple[str, str]]:
    views = await list_services(session, database=bench.terms.database)
    return [
        (f"{one.service.code}/v{one.service.version}", f"{one.service.title_vi} (v{one.service.version})")
        for one in views
        if one.state in SERVED
        and one.service.specified
        and (one.service.code, one.service.version) not in bench.prepared.offered_services
    ][:_MOST_SERVICES]


def _row_choices(bench: Workbench) -> list[list[tuple[str, str]]]:
    """Return, for each grant, the fields by which its rows may be chosen."""
    found = [bench.offered.get(grant_name(grant)) for grant in bench.terms.grants]
    return [[] if one is None else [(name, name) for name in row_fields(one.operation)] for one in found]


def _named(terms: AgreementTerms) -> list[tuple[GrantTerms, str]]:
    return [(grant, grant_name(grant)) for grant in terms.grants]


def _place(named: str) -> tuple[str, str, int]:
    """Return database, service and version of `datdai/thua-dat/v1`. Raises NotThere."""
    parts = named.split("/")
    if len(parts) != 3 or not parts[2].removeprefix("v").isdigit():
        raise NotThere("service", named)
    return parts[0], parts[1], int(parts[2].removeprefix("v"))


def _service_of(named: str) -> tuple[str, int]:
    code, _, version = named.partition("/v")
    if not version.isdigit():
        raise NotThere("service", named)
    return code, int(version)


def _new_code(database: str, now: datetime) -> str:
    return f"TT-{database.upper()}-{now.astimezone(PROVINCE_TIME):%Y%m%d}-{secrets.token_hex(2).upper()}"


def _address(code: str, step: Step) -> str:
    return f"{HERE}/preparations/{code}/{step.value}"
