"""What did somebody type into a form, and what was wrong with it?

A form is read once, bounded, and only from our own pages. What was typed is kept, so that a refused form comes back as
it was sent, with each fault at its field.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from catalog.errors import CatalogError, ContentInvalid, Fault, NotThere, NotYours
from catalog.importers.draft import ImportRefused
from gateway.console.words import Words
from gateway.errors import GatewayError, PageForeign, RequestTooLarge
from gateway.problems import problem_of
from security.errors import SecurityError

MAX_FORM_BYTES = 1024 * 1024
MAX_FIELDS = 5_000
CSRF_FIELD = "csrf"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form. `name` is what the sender calls it: never a path of ours."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, each field with all its values in order, blanks at both ends taken off."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the field's last value, empty where it was not sent."""
        found = self.values.get(name, ())
        return found[-1] if found else ""

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a field: what was ticked."""
        return tuple(self.values.get(name, ()))

    def has(self, name: str, value: str = "on") -> bool:
        """Tell whether a box was ticked."""
        return value in self.values.get(name, ())


@dataclass(frozen=True, slots=True)
class Refused:
    """Why what was asked was not done: said once above the form, and at the fields that are named."""

    title: Words
    detail: Words
    faults: tuple[Fault, ...] = ()

    def at(self, name: str) -> tuple[Fault, ...]:
        """Return what is wrong with one field."""
        return tuple(fault for fault in self.faults if fault.where == name)

    def elsewhere(self, names: Sequence[str]) -> tuple[Fault, ...]:
        """Return what is wrong with none of these fields: it is said above the form."""
        return tuple(fault for fault in self.faults if fault.where not in names)


NOTHING_REFUSED = Refused(Words("", ""), Words("", ""))


async def attempted(work: Awaitable[Result]) -> Result | Refused:
    """Return what `work` gives, or why it was refused, in the words of its problem.

    What is not there or not the reader's (NotThere, NotYours) goes on up: that is another page, not a refused form.
    """
    try:
        return await work
    except (NotThere, NotYours):
        raise
    except (CatalogError, GatewayError, SecurityError, ImportRefused) as error:
        return refused(error)


def refused(error: Exception) -> Refused:
    """Return an error as what a form says of it."""
    found = problem_of(error)
    kind = found.type
    return Refused(
        Words(kind.title_vi, kind.title_en),
        Words(f"{kind.detail_vi} {kind.next_vi}", f"{kind.detail_en} {kind.next_en}"),
        tuple(Fault(fault.where, fault.vi, fault.en) for fault in found.faults),
    )


def refuse_field(name: str, vi: str, en: str) -> Refused:
    """Return the refusal of one field."""
    return refused(ContentInvalid([Fault(name, vi, en)]))


def must_be_ours(request: Request, *, issuer: str) -> None:
    """Raise PageForeign when a browser says that the form was sent by another site (Fetch Metadata; RFC 6454)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise PageForeign
    if origin is not None and urlsplit(origin).netloc not in (request.headers.get("host", ""), urlsplit(issuer).netloc):
        raise PageForeign


async def read_fields(request: Request, *, most_bytes: int = MAX_FORM_BYTES) -> Form:
    """Return what was sent, urlencoded or multipart. Raises RequestTooLarge, RequestInvalid through FastAPI's 400.

    Whether it came from our own page is not asked here: `Desk.read_form` and the page of signing in do.
    """
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or int(declared) > most_bytes:
        raise RequestTooLarge
    try:
        sent = await request.form(max_fields=MAX_FIELDS, max_files=20, max_part_size=most_bytes)
    except HTTPException as error:
        raise ContentInvalid([Fault("", "không đọc được biểu mẫu", "the form cannot be read")]) from error
    values: dict[str, list[str]] = {}
    uploads: dict[str, Upload] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if value.filename:
                uploads[name] = Upload(value.filename, content)
        else:
            values.setdefault(name, []).append(value.strip())
    return Form(values, uploads)
