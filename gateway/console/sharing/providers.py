"""From which sources do an agency's services answer, how do they do, and what of them is changed?

Health is what this node has met: each node asks by itself.
"""

from dataclasses import dataclass
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from adapters.errors import AdapterError, FileRefused
from adapters.resilience import ProviderState
from catalog import agencies, providers
from catalog.changes import Change, refuse_faults
from catalog.descriptions import ProviderDescription
from catalog.errors import ContentInvalid, Fault
from catalog.inventory import ProviderOrder, Slice, find_providers, find_versions, list_adapters
from catalog.services import served_by
from catalog.states import SERVED
from gateway.console.catalogue.told import SERVICE_STATES
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, redirect, render
from gateway.console.history import read_history
from gateway.console.listing import Column, Format, asked_of, export, part_of
from gateway.console.sharing.publishing import named_secrets, placed_at_fields
from gateway.console.words import CIRCUITS, Status, Tone, Words, technology
from gateway.problem_texts import PROBLEMS, ProblemType
from gateway.problems import problem_of, problem_type_of
from gateway.publication.uploading import Upload, is_upload, replace_upload
from security.staff import Permission, Role

router = APIRouter(prefix="/console/providers", include_in_schema=False)

COLUMNS: Final = (
    Column("code", Words("Mã", "Code"), sortable=True),
    Column("agency", Words("Đơn vị", "Agency"), sortable=True),
    Column("adapter", Words("Loại", "Kind"), sortable=True),
    Column("standing", Words("Tình trạng", "Standing")),
    Column("services", Words("Dịch vụ", "Services"), numeric=True),
    Column("changed", Words("Sửa lúc", "Changed"), sortable=True),
)
FIELDS: Final = ("endpoint", "secrets", "options", "timeout_seconds", "max_concurrency", "max_response_bytes", "file")
IDLE: Final = Status(Words("Chưa phục vụ dịch vụ nào", "Serves nothing"), Tone.QUIET)
UNUSABLE: Final = Status(Words("Không dùng được", "Unusable"), Tone.BAD)
WARNED: Final = Status(Words("Hoạt động, có cảnh báo", "Working, with a warning"), Tone.WAITING)
_LONGER: Final = 64 * 1024
_MOST_SERVED: Final = 200


NOTHING_TOLD: Final = Words("", "")


@dataclass(frozen=True, slots=True)
class Checked:
    """How a check ended just now: None is well."""

    problem: ProblemType | None = None
    told: Words = NOTHING_TOLD


@router.get("")
async def list_providers(request: Request, desk: Signed) -> Response:
    """Show the providers that the reader may see, with how each does."""
    desk.require(Permission.PROVIDER_READ, desk.member.agency)
    asked = asked_of(request, sorts=tuple(ProviderOrder), filters=("adapter",))
    own = "" if desk.role in (Role.PLATFORM_ADMIN, Role.AUDITOR) else desk.member.agency
    part = Slice(limit=asked.limit, offset=asked.offset, descending=asked.descending)
    async with desk.reading() as session:
        lines = await find_providers(
            session,
            words=asked.words,
            agency=own,
            adapter=asked.filters.get("adapter", ""),
            order=ProviderOrder(asked.sort),
            part=part,
        )
        adapters = await list_adapters(session)
    language = language_of(request)
    standings = {one.provider.code: _standing(desk, one.provider.code, served=one.services) for one in lines}
    if asked.format is not Format.PAGE:
        rows = [
            (one.provider.code, one.agency_name, technology(one.provider.adapter).in_language(language),
             standings[one.provider.code].words.in_language(language), one.services, one.changed_at)
            for one in lines
        ]  # fmt: skip
        return await export("nguon-cung-cap", COLUMNS, rows, form=asked.format, language=language)
    return render(
        request,
        "providers/list.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(lines, asked),
        standings=standings,
        technologies={name: technology(name) for name in adapters},
    )


@router.get("/{code}")
async def show_provider(code: str, request: Request, desk: Signed) -> Response:
    """Show a provider: where it is, how it does, what it serves."""
    return await _provider_page(request, desk, await _seen(desk, code))


@router.post("/{code}/check")
async def check_provider(code: str, request: Request, desk: Signed) -> Response:
    """Ask now whether a provider can be reached: no data is asked for."""
    await desk.read_form(request)
    says = await _seen(desk, code)
    desk.require(Permission.PROVIDER_CHANGE, says.agency)
    return await _provider_page(request, desk, says, checked=await _check(desk, says))


@router.get("/{code}/edit")
async def ask_change(code: str, request: Request, desk: Signed) -> Response:
    """Show where a provider is and with which secrets it is asked, to be changed."""
    says = await _own(desk, code)
    return _form_page(request, desk, says, _typed(says))


@router.post("/{code}/edit")
async def change_provider(code: str, request: Request, desk: Signed) -> Response:
    """Change where a provider is; gateways use it within a second."""
    form = await desk.read_form(request)
    says = await _own(desk, code)
    done = await attempted(_change(desk, says, form))
    if isinstance(done, Refused):
        return _form_page(request, desk, says, form, why_not=done)
    return redirect(f"/console/providers/{code}?saved=1")


@router.get("/{code}/file")
async def ask_file(code: str, request: Request, desk: Signed) -> Response:
    """Ask for a newer file of a provider that serves an uploaded one."""
    says = await _own(desk, code)
    return _file_page(request, desk, says)


@router.post("/{code}/file")
async def replace_file(code: str, request: Request, desk: Signed) -> Response:
    """Let a newer file take the place of the one that is served, once it is read whole."""
    workshop = desk.control.workshop
    form = await desk.read_form(request, most_bytes=workshop.uploads.max_bytes + _LONGER)
    says = await _own(desk, code)
    done = await attempted(_replace(desk, code, form))
    if isinstance(done, Refused):
        return _file_page(request, desk, says, why_not=done)
    return redirect(f"/console/providers/{code}?replaced=1")


async def _seen(desk: Desk, code: str) -> ProviderDescription:
    async with desk.reading() as session:
        says = await providers.show_provider(session, code)
    desk.require_sight(Permission.PROVIDER_READ, says.agency)
    return says


async def _own(desk: Desk, code: str) -> ProviderDescription:
    says = await _seen(desk, code)
    desk.require(Permission.PROVIDER_CHANGE, says.agency)
    desk.require_recent_proof()
    return says


def _standing(desk: Desk, code: str, *, served: int) -> Status:
    """Return how a provider does on this node, in one word."""
    adapter = desk.control.provider(code)
    if adapter is None:
        return UNUSABLE if served else IDLE
    state = adapter.state
    return WARNED if state.remark and state.circuit == "closed" else CIRCUITS[state.circuit]


async def _check(desk: Desk, says: ProviderDescription) -> Checked:
    """Return how a provider answers a check. Raises ContentInvalid where it cannot be asked at all."""
    adapter = desk.control.provider(says.code)
    if adapter is None:
        faults = await _why_unusable(desk, says)
        told = Words("; ".join(one.vi for one in faults), "; ".join(one.en for one in faults))
        return Checked(PROBLEMS["content-invalid"], told) if faults else Checked()
    try:
        await adapter.check()
    except FileRefused as error:
        return Checked(problem_of(error).type, Words(error.vi, str(error)))
    except AdapterError as error:
        kind = problem_of(error).type
        return Checked(kind, Words(kind.detail_vi, str(error)))
    return Checked()


async def _why_unusable(desk: Desk, says: ProviderDescription) -> tuple[Fault, ...]:
    async with desk.reading() as session:
        served = await served_by(session, says.code)
    try:
        await desk.control.workshop.check(says, served)
    except ContentInvalid as error:
        return tuple(error.faults)
    return ()


async def _change(desk: Desk, says: ProviderDescription, form: Form) -> Change:
    changed = _described(says, form)
    workshop = desk.control.workshop
    async with desk.reading() as session:
        refuse_faults(*await providers.provider_faults(session, changed), *workshop.place_faults(changed))
        served = await served_by(session, says.code)
    await workshop.check(changed, served)
    return await desk.change("replace", lambda session: providers.replace_provider(session, changed, by=desk.actor))


async def _replace(desk: Desk, code: str, form: Form) -> Change:
    upload = form.uploads.get("file")
    if upload is None:
        raise ContentInvalid([Fault("file", "hãy chọn tệp", "choose a file")])
    return await replace_upload(desk, code, Upload(upload.name, upload.content), workshop=desk.control.workshop)


def _described(says: ProviderDescription, form: Form) -> ProviderDescription:
    """Return the provider as the form says it. Raises ContentInvalid naming what cannot be read."""
    faults: list[Fault] = []
    numbers: dict[str, float] = {}
    for name in ("timeout_seconds", "max_concurrency", "max_response_bytes"):
        text = form.text(name).replace(",", ".")
        try:
            numbers[name] = float(text) if name == "timeout_seconds" else int(text)
        except ValueError:
            faults.append(Fault(name, "phải là một số", "must be a number"))
    try:
        options = msgspec.Raw(msgspec.json.encode(msgspec.json.decode(form.text("options") or "{}")))
    except msgspec.DecodeError:
        faults.append(Fault("options", "không phải JSON", "is not JSON"))
        options = says.options
    if faults:
        raise ContentInvalid(faults)
    upload = form.text("endpoint") == "" and bool(form.has("uploaded"))
    return msgspec.structs.replace(
        says,
        endpoint=says.endpoint if upload else form.text("endpoint"),
        options=options,
        secrets=named_secrets(form.text("secrets")),
        timeout_seconds=numbers["timeout_seconds"],
        max_concurrency=int(numbers["max_concurrency"]),
        max_response_bytes=int(numbers["max_response_bytes"]),
    )


def _typed(says: ProviderDescription) -> Form:
    return Form(
        {
            "endpoint": [says.endpoint],
            "options": [msgspec.json.format(bytes(says.options), indent=2).decode()],
            "secrets": ["\n".join(f"{name} = {reference}" for name, reference in sorted(says.secrets.items()))],
            "timeout_seconds": [f"{says.timeout_seconds:g}"],
            "max_concurrency": [str(says.max_concurrency)],
            "max_response_bytes": [str(says.max_response_bytes)],
        }
    )


async def _provider_page(
    request: Request, desk: Desk, says: ProviderDescription, *, checked: Checked | None = None
) -> Response:
    async with desk.reading() as session:
        agency = await agencies.show_agency(session, says.agency)
        served = await find_versions(session, provider=says.code, part=Slice(limit=_MOST_SERVED))
    in_service = sum(1 for one in served if one.state in SERVED)
    adapter = desk.control.provider(says.code)
    state: ProviderState | None = None if adapter is None else adapter.state
    failure = None if state is None else state.last_failure
    return render(
        request,
        "providers/provider.html",
        desk=desk,
        provider=says,
        agency=agency,
        history=await read_history(desk, says.code, "provider", "provider-file"),
        served=served,
        standing=_standing(desk, says.code, served=in_service),
        state=state,
        failure=None if failure is None else problem_type_of(failure.kind),
        faults=await _why_unusable(desk, says) if adapter is None and in_service else (),
        checked=checked,
        technology=technology(says.adapter),
        upload=is_upload(says, workshop=desk.control.workshop),
        states=SERVICE_STATES,
        may_change=desk.may(Permission.PROVIDER_CHANGE, says.agency),
        saved=request.query_params.get("saved") == "1",
        replaced=request.query_params.get("replaced") == "1",
    )


def _form_page(
    request: Request, desk: Desk, says: ProviderDescription, form: Form, *, why_not: Refused = NOTHING_REFUSED
) -> Response:
    return render(
        request,
        "providers/form.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        provider=says,
        form=form,
        refused=placed_at_fields(why_not),
        names=FIELDS,
        upload=is_upload(says, workshop=desk.control.workshop),
    )


def _file_page(
    request: Request, desk: Desk, says: ProviderDescription, *, why_not: Refused = NOTHING_REFUSED
) -> Response:
    workshop = desk.control.workshop
    return render(
        request,
        "providers/file.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        provider=says,
        refused=why_not,
        names=FIELDS,
        upload=is_upload(says, workshop=workshop),
        most_bytes=workshop.uploads.max_bytes,
    )
