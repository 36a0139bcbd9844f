"""Which rules hold for a database, and how does its owner change them?"""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from catalog.changes import refuse_faults
from catalog.databases import show_database
from catalog.errors import Fault, NotThere
from catalog.folding import fold
from catalog.formats import FORMATS
from catalog.quality.criteria import Check
from catalog.quality.rulebook import Rulebook, ServiceRules, read_rulebook, reset_rule, set_rule
from catalog.quality.rules import MOST_WEIGHT, Rule
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import Speech, language_of, redirect, render
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, cut, export
from gateway.console.quality.wording import ARGUMENTS, CHECKS, CRITERIA, options_of
from gateway.console.words import Words
from security.staff import Permission

router = APIRouter(prefix="/console/quality/{database}/rules", include_in_schema=False)

_COLUMNS = (
    Column("service", Words("Dịch vụ", "Service"), sortable=True),
    Column("field", Words("Trường", "Field"), sortable=True),
    Column("criterion", Words("Tiêu chí", "Criterion")),
    Column("check", Words("Quy tắc", "Rule"), sortable=True),
    Column("argument", Words("Tham số", "Argument")),
    Column("weight", Words("Trọng số", "Weight"), sortable=True, numeric=True),
    Column("state", Words("Tình trạng", "State")),
)


@router.get("")
async def list_rules(database: str, request: Request, desk: Signed) -> Response:
    """Show all rules of a database, those that are switched off among them."""
    asked = asked_of(
        request,
        sorts=["", *(one.key for one in _COLUMNS if one.sortable)],
        filters=["service", "check", "state"],
    )
    book = await _book(desk, database, Permission.QUALITY_READ)
    rows = _sorted([rule for one in book.services for rule in one.rules if _wanted(rule, asked)], asked)
    speech = Speech(language_of(request))
    if asked.format is not Format.PAGE:
        cells = [_cells(rule, speech) for rule in rows]
        return await export(f"quy-tac-{database}", _COLUMNS, cells, form=asked.format, language=language_of(request))
    return render(
        request,
        "quality/rules.html",
        desk=desk,
        about=book.database,
        asked=asked,
        part=cut(rows, asked),
        columns=_COLUMNS,
        service_options=[(one.service.code, one.service.code) for one in book.services if one.rules],
        check_options=options_of(CHECKS, speech),
        checks=CHECKS,
        criteria=CRITERIA,
        state=state_of,
        may_rule=desk.may(Permission.QUALITY_RULES, book.database.owner),
    )


@router.get("/new")
async def choose_rule(database: str, request: Request, desk: Signed, service: str = "") -> Response:
    """Ask for which service, then for which field and check, a rule is to be added."""
    book = await _book(desk, database, Permission.QUALITY_RULES)
    about = next((one for one in book.services if one.service.code == service and one.fields), None)
    return _form_page(request, desk, book, about, form=Form({"weight": ("1",), "enabled": ("on",)}))


@router.post("/new")
async def add_rule(database: str, request: Request, desk: Signed) -> Response:
    """Add a rule; one that is there already is changed on its own page."""
    form = await desk.read_form(request)
    book = await _book(desk, database, Permission.QUALITY_RULES)
    about = book.service(form.text("service"))
    done = await attempted(_add(desk, book, about, form))
    if isinstance(done, Refused):
        return _form_page(request, desk, book, about, form=form, refused=done)
    return redirect(f"/console/quality/{database}/rules?service={about.service.code}")


@router.get("/one")
async def show_rule(
    database: str, request: Request, desk: Signed, service: str, check: Check, field: str = ""
) -> Response:  # fmt: skip
    """Show a rule to be changed."""
    book = await _book(desk, database, Permission.QUALITY_RULES)
    rule = book.rule(service, field, check)
    form = Form(
        {
            "argument": (rule.argument,),
            "weight": (str(rule.weight),),
            "enabled": ("on",) if rule.enabled else (),
        }
    )
    return _rule_page(request, desk, book, rule, form=form)


@router.post("/one")
async def change_rule(database: str, request: Request, desk: Signed) -> Response:
    """Take a changed rule."""
    form = await desk.read_form(request)
    book = await _book(desk, database, Permission.QUALITY_RULES)
    rule = book.rule(form.text("service"), form.text("field"), _check_of(form))
    done = await attempted(_change(desk, database, rule, form))
    if isinstance(done, Refused):
        return _rule_page(request, desk, book, rule, form=form, refused=done)
    return redirect(f"/console/quality/{database}/rules?service={rule.service}")


@router.post("/reset")
async def forget_rule(database: str, request: Request, desk: Signed) -> Response:
    """Let the derived rule hold again; one that nobody derived is gone."""
    form = await desk.read_form(request)
    book = await _book(desk, database, Permission.QUALITY_RULES)
    rule = book.rule(form.text("service"), form.text("field"), _check_of(form))
    done = await attempted(
        desk.change("reset", lambda session: reset_rule(session, database, rule.service, rule.field, rule.check))
    )
    if isinstance(done, Refused):
        return _rule_page(request, desk, book, rule, form=form, refused=done)
    return redirect(f"/console/quality/{database}/rules?service={rule.service}")


def state_of(rule: Rule) -> Words:
    """Return whether a rule counts, and whose it is."""
    if not rule.enabled:
        return Words("Đã tắt", "Switched off")
    return Words("Suy ra từ mô tả", "From the description") if rule.derived else Words("Do chủ quản đặt", "The owner's")


async def _book(desk: Desk, database: str, permission: Permission) -> Rulebook:
    async with desk.reading() as session:
        about = await show_database(session, database)
        desk.require_sight(Permission.QUALITY_READ, about.owner)
        desk.require(permission, about.owner)
        return await read_rulebook(session, database)


async def _add(desk: Desk, book: Rulebook, about: ServiceRules, form: Form) -> None:
    check = _check_of(form)
    rule = Rule(about.service.code, form.text("field"), check)
    if any(one.code == rule.code for one in about.rules):
        taken = (
            "trường này đã có quy tắc ấy: mở quy tắc đó để sửa",
            "the field has this rule: open that one to change it",
        )
        refuse_faults(Fault("check", *taken))
    await _change(desk, book.database.code, rule, form)


async def _change(desk: Desk, database: str, rule: Rule, form: Form) -> None:
    weight = form.text("weight")
    new = rule.changed(
        argument=form.text("argument"),
        weight=int(weight) if weight.isascii() and weight.isdigit() and len(weight) < 4 else 0,
        enabled=form.has("enabled"),
    )
    await desk.change("change", lambda session: set_rule(session, database, new, by=desk.actor))


def _form_page(
    request: Request, desk: Desk, book: Rulebook, about: ServiceRules | None, *, form: Form,
    refused: Refused = NOTHING_REFUSED,
) -> Response:  # fmt: skip
    speech = Speech(language_of(request))
    return render(
        request,
        "quality/new_rule.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        about=book.database,
        services=[one for one in book.services if one.fields],
        service_options=[
            (one.service.code, f"{speech.say(one.service.title_vi, one.service.title_en or one.service.title_vi)}")
            for one in book.services
            if one.fields
        ],
        field_options=[(path, path) for path in (about.fields if about else ())],
        check_options=options_of(CHECKS, speech),
        chosen=about,
        checks=CHECKS,
        arguments=ARGUMENTS,
        formats=_formats(request),
        most_weight=MOST_WEIGHT,
        form=form,
        refused=refused,
    )


def _rule_page(
    request: Request, desk: Desk, book: Rulebook, rule: Rule, *, form: Form, refused: Refused = NOTHING_REFUSED
) -> Response:
    return render(
        request,
        "quality/rule.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        about=book.database,
        rule=rule,
        words=CHECKS[rule.check],
        criterion=CRITERIA[rule.criterion],
        argument=ARGUMENTS.get(rule.check),
        formats=_formats(request),
        state=state_of(rule),
        most_weight=MOST_WEIGHT,
        form=form,
        refused=refused,
    )


def _formats(request: Request) -> list[tuple[str, str]]:
    """Return the formats that a rule may name, each with what it asks for."""
    speech = Speech(language_of(request))
    return [(name, speech.say(vi, en)) for name, (_, vi, en) in FORMATS.items()]


def _check_of(form: Form) -> Check:
    name = form.text("check")
    if name not in set(Check):
        raise NotThere("quality rule", name)
    return Check(name)


def _wanted(rule: Rule, asked: Asked) -> bool:
    chosen = asked.filters
    state = "off" if not rule.enabled else "derived" if rule.derived else "own"
    return (
        fold(asked.words) in fold(f"{rule.service} {rule.field}")
        and chosen.get("service", rule.service) == rule.service
        and chosen.get("check", rule.check) == rule.check
        and chosen.get("state", state) == state
    )


def _sorted(rules: Sequence[Rule], asked: Asked) -> list[Rule]:
    """Return the rules in the order asked for; usually that of services and of the fields in a row."""
    match asked.sort:
        case "service":
            return sorted(rules, key=lambda rule: rule.service, reverse=asked.descending)
        case "field":
            return sorted(rules, key=lambda rule: rule.field, reverse=asked.descending)
        case "check":
            return sorted(rules, key=lambda rule: rule.check, reverse=asked.descending)
        case "weight":
            return sorted(rules, key=lambda rule: rule.weight, reverse=asked.descending)
        case _:
            return list(rules)


def _cells(rule: Rule, speech: Speech) -> list[Cell]:
    return [
        rule.service, rule.field, speech.say(CRITERIA[rule.criterion]), speech.say(CHECKS[rule.check]), rule.argument,
        rule.weight, speech.say(state_of(rule)),
    ]  # fmt: skip
