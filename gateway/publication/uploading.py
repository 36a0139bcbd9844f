"""How does an uploaded file become the source of a draft, or take the place of the one that is served?

A new file for a draft lies beside those that are served, so that nothing of them changes before the draft is published.
A newer file for a provider is first read as the provider would: a broken one is refused with row and column, and the
old one goes on.
"""

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from adapters.contract import Adapter
from adapters.errors import AdapterError, FileRefused
from catalog import databases, providers, publications
from catalog.changes import Change
from catalog.descriptions import ProviderDescription
from catalog.errors import ContentInvalid, Fault
from catalog.services import served_by
from gateway.problems import problem_of
from gateway.publication.importing import ImportDocument
from gateway.publication.preview import Preview
from gateway.publication.steps import Desk, import_draft
from gateway.publication.uploads import discard_staged, move_staged
from gateway.publication.workshop import Workshop

_CHECK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was handed in. `name` is what the sender calls it: never a path of ours."""

    name: str
    content: bytes = field(repr=False)


async def import_upload(desk: Desk, asked: ImportDocument, upload: Upload, *, workshop: Workshop) -> Preview:
    """Keep the file, and a draft of it whose provider serves it from there; neither when there can be no draft.

    Raises as `steps.import_draft`, and ContentInvalid for a file that is not taken.
    """
    async with desk.reading() as session:
        owner = (await databases.show_database(session, asked.database)).owner
        in_use = await publications.endpoints_of(session, owner)
    now = desk.actor.at.timestamp()
    place = await asyncio.to_thread(workshop.uploads.keep, owner, upload.name, upload.content, in_use=in_use, now=now)
    kept = False
    try:
        drafted = await import_draft(desk, msgspec.structs.replace(asked, endpoint=str(place)), workshop=workshop)
        kept = True
    finally:
        if not kept:
            with contextlib.suppress(OSError):
                place.unlink()
    return drafted


async def replace_upload(desk: Desk, code: str, upload: Upload, *, workshop: Workshop) -> Change:
    """Let a newer file take the place of the one that a provider serves; recorded before it does.

    Raises NotThere, and ContentInvalid for a provider that serves no upload and for a file that it could not serve.
    """
    async with desk.reading() as session:
        says = await providers.show_provider(session, code)
        services = await served_by(session, code)
    if says.adapter != "file" or not workshop.uploads.name_of(says.endpoint, agency=says.agency):
        vi = "nguồn này không phải tệp tải lên: hãy thay tệp ở nơi đặt tệp"
        raise ContentInvalid([Fault("file", vi, "this source is no uploaded file: replace it where it lies")])
    place = Path(says.endpoint)
    newer = await asyncio.to_thread(workshop.uploads.stage, place, upload.name, upload.content)
    try:
        adapter = workshop.adapter_of(msgspec.structs.replace(says, endpoint=str(newer)), services)
        await _check(adapter)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(upload.content).hexdigest())
        change = await desk.change(
            "replace", lambda session: providers.note_file(session, code, digest_of_file=digest, by=desk.actor)
        )
        await asyncio.to_thread(move_staged, newer, place)
    finally:
        await asyncio.to_thread(discard_staged, newer)
    return change


async def _check(adapter: Adapter) -> None:
    """Return when the adapter's file could be served. Raises ContentInvalid naming row and column."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await adapter.check()
    except FileRefused as error:
        raise ContentInvalid([Fault("file", error.vi, str(error))]) from error
    except AdapterError as error:
        raise ContentInvalid([Fault("file", problem_of(error).type.title_vi, str(error))]) from error
    except TimeoutError as error:
        raise ContentInvalid([Fault("file", "đọc tệp quá lâu", "reading the file took too long")]) from error
    finally:
        await adapter.close()


def is_upload(says: ProviderDescription, *, workshop: Workshop) -> str:
    """Return the name of the uploaded file that a provider serves, empty where it serves none."""
    return workshop.uploads.name_of(says.endpoint, agency=says.agency) if says.adapter == "file" else ""
