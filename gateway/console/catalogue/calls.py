"""How does somebody call an operation from his own program? Programs to copy, with his own system in them.

Whoever is signed in sees them as one of his agency's systems would send them, with what its agreement asks; anybody
else sees what every caller must send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from catalog import calling
from catalog.calling import CallingSystem
from catalog.descriptions import OperationDescription, ServiceDescription
from catalog.errors import NotThere
from catalog.holdings import show_holding
from catalog.services import show_service
from catalog.states import ServiceState
from catalog.systems import show_system
from gateway.api.control import control_of
from gateway.compilation import operation_key
from gateway.console.catalogue.told import named
from gateway.console.desk import Desk, Visitor
from gateway.console.frame import render
from gateway.console.words import Words
from gateway.snapshot import CompiledGrant
from gateway.snippets import Asked, Language, Proof, headers_of, write_snippets
from security.policy import standing_problem

router = APIRouter(prefix="/catalogue", include_in_schema=False)

LANGUAGES: Mapping[Language, Words] = {
    Language.CURL: Words("curl (bash)", "curl (bash)"),
    Language.PYTHON: Words("Python 3, chỉ thư viện chuẩn", "Python 3, standard library only"),
    Language.JAVA: Words("Java 11 trở lên, một tệp", "Java 11 or newer, one file"),
    Language.CSHARP: Words("C# (.NET 8)", "C# (.NET 8)"),
    Language.JAVASCRIPT: Words("JavaScript (Node.js 18 trở lên)", "JavaScript (Node.js 18 or newer)"),
    Language.SOAP: Words("SOAP 1.1 bằng curl", "SOAP 1.1 by curl"),
}
PROOFS: Mapping[Proof, Words] = {
    Proof.KEY: Words("Khóa ES256 (private_key_jwt)", "ES256 key (private_key_jwt)"),
    Proof.SECRET: Words("Mã bí mật (chỉ hệ thống cũ)", "Secret (legacy systems only)"),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The system as which the programs call, and the agreements in force under which it may; none: it may not yet."""

    system: CallingSystem
    legacy: bool
    grants: Sequence[CompiledGrant]


@router.get("/{database}/{code}/v{version}/calls/{operation}")
async def show_calls(
    database: str, code: str, version: int, operation: str, request: Request, desk: Visitor
) -> Response:
    """Return the programs that call an operation."""
    control = control_of(request)
    async with control.database.reading() as session:
        view = await show_service(session, database, code, version=version)
        holding = await show_holding(session, database)
    service = view.service
    described = next((one for one in service.operations if one.code == operation), None)
    if described is None or view.state is ServiceState.RETIRED:
        raise NotThere("operation", operation)
    systems, caller = ([], None) if desk is None else await _caller(desk, request, service, described)
    wanted = request.query_params.get("proof", "")
    usual = Proof.SECRET if caller is not None and caller.legacy else Proof.KEY
    proof = Proof(wanted) if wanted in set(Proof) else usual
    asked = Asked() if caller is None else _asked(caller.grants)
    return render(
        request,
        "catalogue/calls.html",
        desk=desk,
        service=service,
        operation=described,
        title=named(described.title_vi, described.title_en),
        service_title=named(service.title_vi, service.title_en),
        database_title=named(holding.database.title_vi, holding.database.title_en),
        systems=systems,
        acting=caller,
        agreements=[] if caller is None else sorted({one.agreement for one in caller.grants}),
        proof=proof,
        proofs=PROOFS,
        variables=_variables(described, asked),
        exports=_exports(caller, proof, [name for name, _ in _variables(described, asked)]),
        snippets=write_snippets(service, described, public_url=control.issuer, proof=proof, asked=asked),
        languages=LANGUAGES,
    )


async def _caller(
    desk: Desk, request: Request, service: ServiceDescription, operation: OperationDescription
) -> tuple[Sequence[CallingSystem], Caller | None]:
    """Return the systems of the reader's agency, and the one chosen: else the first that may call."""
    snapshot, key = desk.control.calls.policy(), operation_key(service, operation)
    async with desk.reading() as session:
        systems = await calling.list_callers(session, desk.member.agency)
        grants = {
            one.code: [
                grant for grant in snapshot.grants.get((one.code, key), ()) if not standing_problem(grant, now=desk.now)
            ]
            for one in systems
        }
        wanted = request.query_params.get("system", "")
        chosen = [one for one in systems if one.code == wanted]
        able = [one for one in systems if grants[one.code]]
        if not (found := [*chosen, *able, *systems]):
            return systems, None
        legacy = (await show_system(session, found[0].code)).system.legacy
    return systems, Caller(found[0], legacy, grants[found[0].code])


def _asked(grants: Sequence[CompiledGrant]) -> Asked:
    if not grants:
        return Asked()
    grant = grants[0]
    purposes = tuple(sorted(grant.purposes))
    return Asked(
        agreement=grant.agreement if len({one.agreement for one in grants}) > 1 else "",
        purposes=purposes if len(purposes) > 1 else (),
        case_file=grant.case_file_required,
        officer=grant.officer_required,
    )


def _variables(operation: OperationDescription, asked: Asked) -> Sequence[tuple[str, Words]]:
    words = {
        "CASE_FILE": Words("mã hồ sơ đang giải quyết", "the case file in hand"),
        "OFFICER": Words("mã cán bộ thực hiện", "the officer's code"),
    }
    return [(one.variable, words[one.variable]) for one in headers_of(operation, asked) if one.variable]


def _exports(caller: Caller | None, proof: Proof, more: Sequence[str]) -> str:
    credential = "CLIENT_KEY" if proof is Proof.KEY else "CLIENT_SECRET"
    known = "…" if caller is None else caller.system.code
    return "\n".join([f"export CLIENT_ID={known}", *(f"export {name}=…" for name in (credential, *more))])
