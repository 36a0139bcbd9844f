"""Who asks the control API, what may he do, and in which form does he hand a document in?

Each request is one transaction, and no route commits: reading is `Visit.reading`, changing is `Visit.change`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from adapters.resilience import ResilientAdapter
from catalog.changes import Actor, Change
from catalog.errors import ContentInvalid, Fault, NotYours
from catalog.staff import StaffMember, member_by_token
from gateway.agreement_deeds import Pen
from gateway.api.record import RecordReader
from gateway.archive.searching import ArchiveReader
from gateway.changes import Author, Recorder, Work, make_change
from gateway.citizens.view import CitizenView
from gateway.db import Database
from gateway.errors import RequestTimedOut, RequestTooLarge, StaffForbidden, StaffUnauthorized
from gateway.health import Check
from gateway.publication.workshop import Workshop
from gateway.settings import Settings
from gateway.signing_in import SignIns
from gateway.sso import SingleSignOn
from gateway.tryit.room import CallRoom
from security.audit.privacy import PseudonymKeys
from security.sealing import SecretSealer
from security.signatures import Signer
from security.staff import Permission, Role, allows, token_digest

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
DOCUMENT_SECONDS = 30.0
"""How long a document may take to arrive."""
Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class Control:
    """What control API and console work with; `gateway/control.py` makes it. `clock` returns the aware UTC time.

    `issuer` is the address under which we are known. `provider` is what this node asks a provider with, None where it
    asks it for nothing. `receipt_keys` are those that receipts are checked with. `sso` is None where there is no single
    sign-on. `citizens` shows citizens the use of their data. `archive` is what of the record stands in files only.
    `checks` are what it needs to take calls. `pseudonyms` are the keys by which people are found in the record.
    `result_signer` signs what a search found.
    """

    database: Database
    database_url: str
    recorder: Recorder
    clock: Callable[[], datetime]
    sealer: SecretSealer
    signer: Signer
    receipt_keys: Mapping[str, bytes]
    workshop: Workshop
    provider: Callable[[str], ResilientAdapter | None]
    sign_ins: SignIns
    sso: SingleSignOn | None
    citizens: CitizenView
    calls: CallRoom
    issuer: str
    settings: Settings
    archive: ArchiveReader
    checks: Mapping[str, Check]
    pseudonyms: PseudonymKeys
    result_signer: Signer


class Visit:
    """One request of a member of the staff."""

    def __init__(self, control: Control, member: StaffMember, *, source: str, method: str = "staff-token") -> None:
        self._control = control
        self.sealer = control.sealer
        self.member = member
        self.actor = Actor(member.code, control.clock())
        self._author = Author(member.code, member.agency, source, method)
        self.pen = Pen(control.signer, self.actor, method)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that only reads."""
        async with self._control.database.reading() as session:
            yield session

    async def change(self, action: str, work: Work) -> Change:
        """Record the change that `work` makes, then make it. Raises CatalogError, RecordUnavailable."""
        return await make_change(
            self._control.database,
            self._control.recorder,
            action=action,
            author=self._author,
            now=self.actor.at,
            work=work,
        )

    def may(self, permission: Permission, agency: str = "") -> bool:
        """Tell whether the member has the permission over what belongs to `agency` (empty: the platform)."""
        role = Role(self.member.role)
        return allows(role, permission, own_agency=self.member.agency, target_agency=agency)

    def require(self, permission: Permission, agency: str = "") -> None:
        """Raise StaffForbidden unless the member has the permission."""
        if not self.may(permission, agency):
            raise StaffForbidden

    def require_sight(self, permission: Permission, *agencies: str) -> None:
        """Raise NotYours, which looks like nothing being there, unless one of the agencies' things may be read."""
        if not any(self.may(permission, agency) for agency in agencies):
            raise NotYours


async def visit_of(request: Request) -> Visit:
    """Return the visit of the member whose token the request carries. Raises StaffUnauthorized."""
    control = control_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise StaffUnauthorized
    async with control.database.reading() as session:
        member = await member_by_token(session, token_digest(token))
    if member is None:
        raise StaffUnauthorized
    return Visit(control, member, source=request.client.host if request.client else "")


Staff = Annotated[Visit, Depends(visit_of)]


async def identify_reader(request: Request) -> RecordReader:
    """Return who reads the record; auditors read every agency's. Raises StaffUnauthorized, StaffForbidden."""
    visit = await visit_of(request)
    member = visit.member
    visit.require(Permission.RECORD_READ, member.agency)
    return RecordReader(name=member.code, agency=member.agency, auditor=member.role == Role.AUDITOR)


def control_of(request: Request) -> Control:
    """Return what the application was made with."""
    control = request.app.state.control
    if not isinstance(control, Control):
        raise TypeError("the control API was made without its Control")
    return control


async def read_document(request: Request, kind: type[Document]) -> Document:
    """Return the request's body as a `kind`, strictly: an unknown member is refused.

    Raises ContentInvalid, whose text names the member and never the value, RequestTooLarge and RequestTimedOut.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(DOCUMENT_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_DOCUMENT_BYTES:
                    raise RequestTooLarge
    except TimeoutError as error:
        raise RequestTimedOut from error
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `")
        where = place.rstrip("`").removeprefix("$").removeprefix(".")
        raise ContentInvalid([Fault(where, "không đúng như tài liệu quy định", _without_values(reason))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContentInvalid([Fault("", "nội dung không phải JSON", "the body is not JSON")]) from error


def _without_values(reason: str) -> str:
    # msgspec names a wrong enum value in its message: what the caller sent is not repeated.
    return "not one of the allowed values" if reason.startswith("Invalid enum value") else reason


def document(content: object, *, status: int = 200) -> Response:
    """Return `content` (msgspec structs, dataclasses, lists, tuples) as a JSON answer that nobody keeps."""
    body = msgspec.json.encode(content)
    return Response(body, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})
