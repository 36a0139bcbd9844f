"""How does a data owner ask the provider of a draft once, and what does he see of the answer?

What came back is shown this once and kept nowhere; values of people are masked.
"""

import msgspec
from fastapi import APIRouter, Request, Response

from catalog.descriptions import OperationDescription
from catalog.errors import ContentInvalid, Fault
from catalog.publications import Publication
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import render
from gateway.console.sharing.drafts import draft_of
from gateway.console.words import FIELD_CLASSES, FIELD_TYPES
from gateway.publication.bodies import body_values
from gateway.publication.steps import try_draft
from gateway.publication.trial import Trial, TrialDocument
from security.staff import Permission

router = APIRouter(prefix="/console/publishing", include_in_schema=False)


@router.get("/{code}/try")
async def ask_trial(code: str, request: Request, desk: Signed) -> Response:
    """Show the form of one call of a draft's operation."""
    found = await draft_of(desk, code)
    operation = _chosen(found, request.query_params.get("operation", ""))
    return _trial_page(request, desk, found, operation, _examples(operation))


@router.post("/{code}/try")
async def try_one(code: str, request: Request, desk: Signed) -> Response:
    """Make one real call, recorded before and after, and show what came."""
    form = await desk.read_form(request)
    found = await draft_of(desk, code, Permission.PUBLICATION_TRY)
    operation = _chosen(found, form.text("operation"))
    done = await attempted(_try(desk, code, operation, form))
    if isinstance(done, Refused):
        return _trial_page(request, desk, found, operation, form, why_not=done)
    return _trial_page(request, desk, found, operation, form, trial=done)


async def _try(desk: Desk, code: str, operation: OperationDescription, form: Form) -> Trial:
    return await try_draft(desk, code, _asked(operation, form), workshop=desk.control.workshop)


def _asked(operation: OperationDescription, form: Form) -> TrialDocument:
    """Return the call that was typed: what is empty is not sent. Raises ContentInvalid for a body that is no JSON."""
    names = [parameter.name for parameter in operation.parameters]
    values = {name: form.text(f"parameters.{name}") for name in names}
    body = form.text("body")
    if operation.takes_body and not body:
        values |= {one.path: form.text(f"body.{one.path}") for one in body_values(bytes(operation.body_schema))}
    try:
        raw = msgspec.json.decode(body, type=msgspec.Raw) if body else msgspec.Raw(b"null")
    except msgspec.DecodeError as error:
        raise ContentInvalid([Fault("body", "không phải JSON", "is not JSON")]) from error
    return TrialDocument(
        operation=operation.code,
        parameters={name: value for name, value in values.items() if value},
        body=raw,
        officer=form.text("officer"),
        case_file=form.text("case_file"),
        changes_data=form.has("changes_data"),
    )


def _trial_page(
    request: Request,
    desk: Desk,
    draft: Publication,
    operation: OperationDescription,
    form: Form,
    *,
    trial: Trial | None = None,
    why_not: Refused = NOTHING_REFUSED,
) -> Response:
    inner = body_values(bytes(operation.body_schema)) if operation.takes_body else ()
    names = [f"parameters.{one.name}" for one in operation.parameters] + [f"body.{one.path}" for one in inner]
    refused = Refused(why_not.title, why_not.detail, tuple(_placed(fault, names) for fault in why_not.faults))
    return render(
        request,
        "publishing/try.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        draft=draft,
        operation=operation,
        operations=draft.service.operations,
        form=form,
        refused=refused,
        names=(*names, "body", "officer", "case_file", "changes_data"),
        body=inner,
        trial=trial,
        titles={one.path: (one.title_vi, one.title_en) for one in operation.fields},
        classes=FIELD_CLASSES,
        types=FIELD_TYPES,
        may_try=desk.may(Permission.PUBLICATION_TRY, draft.owner) and draft.state == "draft",
    )


def _placed(fault: Fault, names: list[str]) -> Fault:
    """Return a fault at the field of the form that it is about."""
    for name in (f"parameters.{fault.where.removeprefix('parameters.')}", f"body.{fault.where.removeprefix('body.')}"):
        if name in names:
            return Fault(name, fault.vi, fault.en)
    return Fault("changes_data", fault.vi, fault.en) if fault.where.startswith("operation.") else fault


def _chosen(draft: Publication, operation: str) -> OperationDescription:
    """Return the operation that is meant, else one that asks for nothing, else the first."""
    held = draft.service.operations
    easy = (one for one in held if one.safe and not one.takes_body and not any(p.required for p in one.parameters))
    return next((one for one in held if one.code == operation), next(easy, held[0]))


def _examples(operation: OperationDescription) -> Form:
    return Form({f"parameters.{one.name}": [one.example] for one in operation.parameters if one.required})
