"""What looks like misuse, the unexplained first, and what does somebody say of it?

For auditors. An alert leads to its exchanges and to the evidence of them; what is said of it is on record.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog.errors import Fault, NotThere
from catalog.names import agency_names, system_names
from gateway.console.alerts.words import FACTS, KINDS_OF_FACT, MEANS, RULES, STATES, STEPS
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, options_of, redirect, render, with_query
from gateway.console.history import read_history
from gateway.console.listing import Cell, Column, Format, asked_of, export, part_of
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.lookups import note_reading
from gateway.misuse.digest import Week, digest_of_week, week_of
from gateway.misuse.triage import triage
from gateway.problem_texts import PROBLEMS
from security.audit.encode import microseconds, moment_of
from security.misuse.alerts import (
    Alert,
    AlertState,
    AlertStep,
    Wanted,
    count_alerts,
    find_alert,
    list_alerts,
    step_alert,
)
from security.misuse.findings import Rule
from security.staff import Permission

router = APIRouter(prefix="/console/alerts", include_in_schema=False)
HERE: Final = "/console/alerts"
COLUMNS: Final = (
    Column("last", Words("Gần nhất", "Last")),
    Column("rule", Words("Quy tắc", "Rule")),
    Column("who", Words("Ai", "Who")),
    Column("measure", Words("Đếm được", "Counted"), numeric=True),
    Column("usual", Words("Ngưỡng", "Limit"), numeric=True),
    Column("unexplained", Words("Không có hồ sơ", "Without a case file"), numeric=True),
    Column("state", Words("Trạng thái", "State")),
)
EXPORTED: Final = (
    Column("id", Words("Mã cảnh báo", "Alert")),
    Column("rule", Words("Quy tắc", "Rule")),
    Column("first", Words("Từ", "From")),
    Column("last", Words("Đến", "Until")),
    Column("agency", Words("Đơn vị", "Agency")),
    Column("system", Words("Hệ thống", "System")),
    Column("officer", Words("Cán bộ", "Officer")),
    Column("measure", Words("Đếm được", "Counted")),
    Column("usual", Words("Ngưỡng", "Limit")),
    Column("total", Words("Số lượt gọi", "Exchanges")),
    Column("explained", Words("Có hồ sơ", "With a case file")),
    Column("state", Words("Trạng thái", "State")),
    Column("triaged_by", Words("Người xem xét", "Said by")),
    Column("note", Words("Ghi chú", "Note")),
)


@router.get("")
async def show_alerts(request: Request, desk: Signed) -> Response:
    """Show the alerts that fit, or hand them out as a file."""
    desk_may_read(desk)
    asked = asked_of(request, sorts=(), filters=("state", "rule", "agency", "system"))
    told = asked.filters
    wanted = Wanted(
        state=AlertState(told["state"]) if told.get("state") in set(AlertState) else None,
        rule=Rule(told["rule"]) if told.get("rule") in set(Rule) else None,
        agency=told.get("agency", ""),
        system=told.get("system", ""),
    )
    async with desk.reading() as session:
        connection = await session.connection()
        found = await list_alerts(connection, wanted, most=asked.limit, offset=asked.offset)
        total = await count_alerts(connection, wanted)
        waiting = await count_alerts(connection, Wanted(state=AlertState.OPEN))
        names = await agency_names(session, (one.agency for one in found))
        names |= await system_names(session, (one.system for one in found))
    if asked.format is not Format.PAGE:
        await note_look(request, desk, "alerts")
        rows = [_cells(one) for one in found]
        return await export("canh-bao", EXPORTED, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "alerts/list.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(found, asked, total=total),
        waiting=waiting,
        names=names,
        rules=RULES,
        rules_options=options_of(
            ((rule.value, Words(f"{rule} · {one.vi}", f"{rule} · {one.en}")) for rule, one in RULES.items()), request
        ),
        states=STATES,
        states_options=options_of(((state.value, one.words) for state, one in STATES.items()), request),
        moment_of=moment_of,
        now_us=microseconds(desk.now),
    )


@router.get("/week")
async def show_week(request: Request, desk: Signed) -> Response:
    """Show what was found in a week, and what became of it."""
    desk_may_read(desk)
    asked = asked_of(request, sorts=(), filters=("of",))
    zone = desk.control.calls.zone
    week = _week(asked.filters.get("of", ""), desk)
    async with desk.reading() as session:
        digest = await digest_of_week(await session.connection(), week, zone=zone)
    return render(
        request,
        "alerts/week.html",
        desk=desk,
        digest=digest,
        rules=RULES,
        states=STATES,
        before=with_query(f"{HERE}/week", of=week.before().name),
        after=with_query(f"{HERE}/week", of=week.after().name) if week.after().begins(zone) <= desk.now else "",
    )


@router.get("/{alert_id}")
async def show_alert(alert_id: str, request: Request, desk: Signed) -> Response:
    """Show an alert: what was counted, what may be behind it, its exchanges, and what was said of it."""
    return await _page(request, desk, alert_id)


@router.post("/{alert_id}")
async def say(alert_id: str, request: Request, desk: Signed) -> Response:
    """Say what an alert was, and why."""
    if not desk.may(Permission.ALERT_TRIAGE):
        raise StaffForbidden
    form = await desk.read_form(request)
    step = AlertStep(form.text("step")) if form.text("step") in set(AlertStep) else None
    if step is None:
        return await _page(request, desk, alert_id, form=form, refused=_nothing_chosen())
    said = desk.change(
        step.value, lambda session: triage(session, alert_id, step, note=form.text("note"), by=desk.actor)
    )
    done = await attempted(said)
    if isinstance(done, Refused):
        return await _page(request, desk, alert_id, form=form, refused=done)
    return redirect(f"{HERE}/{alert_id}")


def desk_may_read(desk: Desk) -> None:
    """Raise StaffForbidden unless the reader looks at alerts."""
    if not desk.may(Permission.ALERT_READ):
        raise StaffForbidden


async def note_look(request: Request, desk: Desk, what: str, **about: str) -> None:
    """Put on record that somebody looks. Raises RecordUnavailable."""
    await note_reading(
        desk.control.recorder,
        what,
        member=desk.member.code,
        agency=desk.member.agency,
        source=source_of(request),
        at=desk.now,
        about=about,
    )


def _nothing_chosen() -> Refused:
    kind = PROBLEMS["content-invalid"]
    chosen = Fault("step", "hãy chọn một kết luận", "choose what it was")
    return Refused(Words(kind.title_vi, kind.title_en), Words(kind.detail_vi, kind.detail_en), (chosen,))


async def _page(
    request: Request, desk: Desk, alert_id: str, *, form: Form | None = None, refused: Refused = NOTHING_REFUSED
) -> Response:
    desk_may_read(desk)
    async with desk.reading() as session:
        alert = await find_alert(await session.connection(), alert_id)
        if alert is None:
            raise NotThere("alert", alert_id)
        names = await agency_names(session, (alert.agency,)) | await system_names(session, (alert.system,))
    await note_look(request, desk, "alert", alert=alert.id)
    around = timedelta(hours=1)
    named = "&".join(f"exchange={one}" for one in alert.exchanges)
    span = {
        "since": (moment_of(alert.first_us) - around).isoformat(timespec="seconds"),
        "until": (moment_of(alert.last_us) + around).isoformat(timespec="seconds"),
    }
    return render(
        request,
        "alerts/one.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        alert=alert,
        names=names,
        title=RULES[alert.rule],
        means=MEANS[alert.rule],
        state=STATES[alert.state],
        facts=_facts(alert),
        first=moment_of(alert.first_us),
        last=moment_of(alert.last_us),
        said_at=moment_of(alert.triaged_us) if alert.triaged_us else None,
        overdue=alert.is_overdue(microseconds(desk.now)),
        evidence=f"/console/record/export?{named}",
        incident=f"/console/record/incidents/new?{named}",
        around=with_query("/console/record", system=alert.system, agency=alert.agency, **span),
        steps_options=options_of(
            ((one.value, words) for one, words in STEPS.items() if step_alert(alert.state, one) is not None), request
        ),
        may_triage=desk.may(Permission.ALERT_TRIAGE),
        history=await read_history(desk, alert.id, "alert"),
        form=form or Form({}),
        refused=refused,
    )


def _facts(alert: Alert) -> list[tuple[Words, Words]]:
    told = []
    for name, value in alert.facts.items():
        plain = Words(str(value), str(value))
        told.append((FACTS.get(name, Words(name, name)), KINDS_OF_FACT.get(str(value), plain)))
    return told


def _week(name: str, desk: Desk) -> Week:
    try:
        return Week.named(name)
    except ValueError:
        return week_of(desk.now, desk.control.calls.zone)


def _cells(one: Alert) -> list[Cell]:
    return [
        one.id,
        one.rule.value,
        _at(one.first_us),
        _at(one.last_us),
        one.agency,
        one.system,
        one.officer,
        one.measure,
        one.usual,
        one.total,
        one.explained,
        STATES[one.state].words.vi,
        one.triaged_by,
        one.note,
    ]


def _at(at_us: int) -> datetime:
    return moment_of(at_us).astimezone(UTC)
