"""How does somebody try a call as one of his agency's systems, and what is he shown of it?

Choosing is by addresses (system, agreement, operation), so that a service's and an agreement's page lead here; what is
typed goes by POST only, for it may be about people.
"""

from dataclasses import dataclass
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response

from catalog import calling
from catalog.calling import Agreed, CallingSystem
from catalog.errors import ContentInvalid, Fault, NotYours
from catalog.purposes import list_purposes
from gateway.console.calls.tryfields import (
    attempt_of,
    body_fields,
    faults_at_fields,
    missing_field,
    parameter_fields,
    paths_of,
    pretty,
)
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import Speech, language_of, render, with_query
from gateway.console.words import AGREEMENT_STATES, Words
from gateway.errors import StaffForbidden
from gateway.snapshot import CompiledGrant, CompiledOperation
from gateway.tryit.attempt import curl
from gateway.tryit.tryout import Member, Tried, new_idempotency_key
from gateway.tryit.witness import Stage
from security.audit.record import Kind
from security.errors import RateExceeded
from security.staff import Permission

router = APIRouter(prefix="/console/try", include_in_schema=False)
HERE = "/console/try"
_MOST_SHOWN = 100_000
_TOO_OFTEN = Refused(
    Words("Thử quá nhiều lần.", "Too many tries."),
    Words(
        "Mỗi người được thử 60 lần một phút. Chờ ít giây rồi thử lại.", "60 a minute for each person. Wait a little."
    ),
)
STAGES = {
    Stage.DECIDE: Words("Xác thực, đối chiếu thỏa thuận", "Authenticate, authorize"),
    Stage.LIMIT: Words("Tần suất, hạn mức", "Rate, quota"),
    Stage.TRANSFORM: Words("Kiểm tra nội dung", "Check the content"),
    Stage.INTENT: Words("Ghi nhật ký trước khi hỏi", "Record the intent"),
    Stage.CLEAR: Words("Đối chiếu lại", "Clear"),
    Stage.DISPATCH: Words("Hỏi bên cung cấp", "Ask the provider"),
    Stage.MINIMIZE: Words("Cắt theo thỏa thuận", "Cut to the agreement"),
    Stage.RENDER: Words("Viết câu trả lời", "Write the answer"),
    Stage.OUTCOME: Words("Ghi nhật ký trước khi trả", "Record the outcome"),
}
KINDS = {
    Kind.INTENT: Words("Trước khi hỏi", "Before asking"),
    Kind.OUTCOME: Words("Trước khi trả", "Before releasing"),
    Kind.DENY: Words("Từ chối", "Refusal"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address chose so far; None where nothing was."""

    system: CallingSystem | None
    grant: CompiledGrant | None
    operation: CompiledOperation | None
    agreed: tuple[Agreed, ...] = ()


@router.get("")
async def choose_call(request: Request, desk: Signed) -> Response:
    """Show what can be chosen next: a system, one of its operations, or the form of the chosen one."""
    query = request.query_params
    asked = (query.get("system", ""), query.get("agreement", ""), query.get("operation", ""))
    systems, chosen = await _chosen(desk, *asked)
    if chosen.system is None or chosen.grant is None or chosen.operation is None:
        return render(
            request,
            "try/choose.html",
            desk=desk,
            systems=systems,
            options=[(one.code, f"{one.name_vi} ({one.code})") for one in systems],
            chosen=chosen,
            groups=_groups(desk, chosen.agreed, words=query.get("q", ""), agreement=asked[1], operation=asked[2]),
            words=query.get("q", ""),
            agreement=asked[1],
            operation=asked[2],
            states=AGREEMENT_STATES,
            asks_code=desk.may(Permission.CALL_SANDBOX, ""),
            cut=len({one.agreement for one in chosen.agreed}) >= calling.MOST_AGREEMENTS,
        )
    return await _form_page(request, desk, chosen, form=_first(desk, chosen.operation))


@router.post("")
async def try_call(request: Request, desk: Signed) -> Response:
    """Carry the call, and show what came of it above the form as it was filled in."""
    form = await desk.read_form(request)
    _, chosen = await _chosen(desk, form.text("system"), form.text("agreement"), form.text("operation"))
    system, grant, operation = chosen.system, chosen.grant, chosen.operation
    if system is None or grant is None or operation is None:
        raise NotYours
    sandbox = form.text("mode") != "production"
    if not sandbox and not _may_in_earnest(desk, system):
        raise StaffForbidden
    if not sandbox and not operation.description.safe and not form.has("confirmed"):
        return _confirmation(request, desk, chosen, form)
    done: Tried | Refused
    try:
        desk.control.calls.tryout.brake(desk.member.code)
    except RateExceeded:
        done = _TOO_OFTEN
    else:
        done = await attempted(_carry(desk, form, chosen, source=source_of(request)))
    if isinstance(done, Refused):
        return await _form_page(request, desk, chosen, form=form, refused=done, status=422)
    told = NOTHING_REFUSED
    if done.problem is not None:
        title = Words(done.problem.type.title_vi, done.problem.type.title_en)
        faults = faults_at_fields(done.problem)
        if name := missing_field(done.problem):
            faults = (*faults, Fault(name, done.problem.type.next_vi, done.problem.type.next_en))
        told = Refused(title, Words("", ""), faults)
    return await _form_page(request, desk, chosen, form=form, refused=told, tried=done)


async def _carry(desk: Desk, form: Form, chosen: Chosen, *, source: str) -> Tried:
    system, grant, operation = chosen.system, chosen.grant, chosen.operation
    if system is None or grant is None or operation is None:
        raise NotYours
    _check_address(form.text("as_if_from"))
    key = form.text("key")
    # A key that is not of our making might be the system's own: a try must not be answered from one of its calls.
    key = key if key.startswith("thu-") and len(key) <= 64 and key.isascii() else new_idempotency_key()
    attempt = attempt_of(form, grant, operation, system=system.code, idempotency_key=key)
    member = Member(desk.member.code, source)
    return await desk.control.calls.tryout.carry(attempt, member, sandbox=form.text("mode") != "production")


def _check_address(text: str) -> None:
    try:
        if text:
            ip_address(text)
    except ValueError as error:
        fault = Fault("as_if_from", "không phải địa chỉ IP", "not an IP address")
        raise ContentInvalid([fault]) from error


# --- choosing --------------------------------------------------------------------------------------------------------


async def _chosen(desk: Desk, system: str, agreement: str, operation: str) -> tuple[list[CallingSystem], Chosen]:
    """Return the systems that the reader may try for, and what was chosen. Raises NotYours for another's system."""
    if not desk.may_anywhere(Permission.CALL_SANDBOX):
        raise StaffForbidden
    async with desk.reading() as session:
        systems = list(await calling.list_callers(session, desk.member.agency))
        row = await calling.find_caller(session, system or (systems[0].code if len(systems) == 1 else ""))
        if row is None:
            if system:
                raise NotYours
            return systems, Chosen(None, None, None)
        if not desk.may(Permission.CALL_SANDBOX, row.agency):
            raise NotYours
        agreed = await calling.list_agreed(session, row.code, agency=row.agency, agreement=agreement)
    calls = desk.control.calls
    if agreement and not operation:
        named = [one for one in agreed if one.agreement == agreement]
        operation = named[0].key if len({one.key for one in named}) == 1 else ""
    if operation and not agreement:
        named = [one for one in agreed if one.key == operation]
        agreement = named[0].agreement if len({one.agreement for one in named}) == 1 else ""
    found = calls.operation(operation)
    grants = calls.policy().grants.get((row.code, operation), ()) if found is not None else ()
    grant = next((one for one in grants if one.agreement == agreement), None)
    return systems, Chosen(row, grant, found, tuple(agreed))


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one service that can be chosen, each with its agreement."""

    title: str
    place: str
    rows: list[tuple[Agreed, str, str]]


def _groups(desk: Desk, agreed: tuple[Agreed, ...], *, words: str, agreement: str, operation: str) -> list[Group]:
    """Return what can be chosen by service, of one agreement or operation where that was named, with all `words`."""
    groups: dict[str, Group] = {}
    sought = words.casefold().split()
    for one in agreed:
        if (agreement and one.agreement != agreement) or (operation and one.key != operation):
            continue
        found = desk.control.calls.operation(one.key)
        title = found.description.title_vi if found is not None else one.operation
        place = "/".join(one.key.split("/")[:3])
        service = desk.control.calls.policy().services.get((one.place[0], one.place[1], f"v{one.place[2]}"))
        named = service.description.title_vi if service is not None else place
        if all(part in f"{title} {named} {one.key} {one.agreement}".casefold() for part in sought):
            method = found.description.method if found is not None else ""
            groups.setdefault(place, Group(named, place, [])).rows.append((one, title, method))
    return list(groups.values())


# --- the form and what came of it ------------------------------------------------------------------------------------


def _may_in_earnest(desk: Desk, system: CallingSystem) -> bool:
    return desk.member.agency == system.agency and desk.may(Permission.CALL_PRODUCTION, system.agency)


def _first(desk: Desk, operation: CompiledOperation) -> Form:
    """Return the form as it is before anything was typed: with examples, and the reader as the officer."""
    examples = {f"p.{one.name}": [one.example] for one in operation.description.parameters if one.example}
    return Form({**examples, "mode": ["sandbox"], "officer": [desk.member.code]})


async def _form_page(
    request: Request,
    desk: Desk,
    chosen: Chosen,
    *,
    form: Form,
    refused: Refused = NOTHING_REFUSED,
    tried: Tried | None = None,
    status: int = 200,
) -> Response:
    system, grant, operation = chosen.system, chosen.grant, chosen.operation
    if system is None or grant is None or operation is None:
        raise NotYours
    parameters, body = parameter_fields(operation), body_fields(operation)
    service = desk.control.calls.policy().services[operation.database, operation.service, f"v{operation.version}"]
    return render(
        request,
        "try/form.html",
        status=status,
        desk=desk,
        system=system,
        grant=grant,
        operation=operation,
        service=service.description,
        parameters=parameters,
        body=body,
        names=paths_of((*parameters, *body)),
        purposes=await _purposes(request, desk, grant),
        form=form,
        refused=refused,
        in_earnest=_may_in_earnest(desk, system),
        key=form.text("key") if tried is None and form.text("key") else new_idempotency_key(),
        back=with_query(HERE, system=system.code),
        titles={
            leaf.path: Words(leaf.title_vi, leaf.title_en or leaf.title_vi) for leaf in operation.description.fields
        },
        tried=_shown(tried, public_url=desk.control.calls.public_url) if tried is not None else None,
    )


async def _purposes(request: Request, desk: Desk, grant: CompiledGrant) -> list[tuple[str, str]]:
    language = language_of(request)
    async with desk.reading() as session:
        known = {one.code: Words(one.title_vi, one.title_en or one.title_vi) for one in await list_purposes(session)}
    return [(code, known[code].in_language(language) if code in known else code) for code in sorted(grant.purposes)]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a try beside the try itself."""

    tried: Tried
    answer: str
    is_cut: bool
    stages: list[tuple[Words, float, float]]
    """Each stage with its milliseconds and its share of the longest, in percent."""
    recorded: list[tuple[Words, str, int, str]]
    curl: str
    total_ms: float


def _shown(tried: Tried, *, public_url: str) -> Shown:
    answer, is_cut = pretty(tried.body, most_chars=_MOST_SHOWN)
    longest = max((taken for _, taken in tried.stages), default=0) or 1
    stages = [(STAGES[stage], round(taken / 1000, 2), round(100 * taken / longest, 1)) for stage, taken in tried.stages]
    recorded = [(KINDS[one.kind], one.stream, one.seq, one.leaf) for one in tried.recorded if one.kind in KINDS]
    total = sum(taken for _, taken in tried.stages) / 1000
    return Shown(tried, answer, is_cut, stages, recorded, curl(tried.request, public_url=public_url), total)


def _confirmation(request: Request, desk: Desk, chosen: Chosen, form: Form) -> Response:
    """Ask before something is changed at the provider; what was typed goes along."""
    speech = Speech(language_of(request))
    operation = chosen.operation
    title = operation.description.title_vi if operation is not None else ""
    told = speech.say(
        f"Thao tác “{title}” làm thay đổi dữ liệu thật ở bên cung cấp và không hoàn tác được từ đây. "
        "Lời gọi được ghi nhật ký với tên bạn.",
        f"The operation “{title}” changes real data at the provider and cannot be undone from here. "
        "The call is recorded with your name.",
    )
    hidden = [(name, value) for name, values in form.values.items() for value in values if name != "csrf"]
    return render(
        request,
        "try/confirm.html",
        desk=desk,
        title=speech.say("Gọi thật?", "Call in earnest?"),
        told=told,
        hidden=[*hidden, ("confirmed", "on")],
        action=HERE,
        back=_address(chosen),
    )


def _address(chosen: Chosen) -> str:
    system, grant, operation = chosen.system, chosen.grant, chosen.operation
    return with_query(
        HERE,
        system=system.code if system else "",
        agreement=grant.agreement if grant else "",
        operation=operation.key if operation else "",
    )
