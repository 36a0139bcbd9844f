"""Which files belong to an agreement, and is each what its name says?

A file is kept by the digest of its bytes, under the agency that handed it in; the terms name the digest, so whoever
signs the terms signs the file too. The kind is told from the content and never from a name or a header.
"""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import digest
from catalog.changes import Actor, Change
from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.tables import AgencyRow, AgreementFileRow
from catalog.terms import AgreementTerms, AttachmentTerms

MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MAX_LOOSE_FILES: Final = 200
"""How many files of one agency may wait to be named by terms."""
FORGET_AFTER: Final = timedelta(days=7)
PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ENDINGS: Final = {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg"), DOCX: (".docx",)}
_BEGINNINGS: Final = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """A file as it is handed out."""

    name: str
    media_type: str
    content: bytes


def kind_of(content: bytes) -> str:
    """Return the media type that the content shows, empty when it is none of those that are taken."""
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    return DOCX if _is_docx(content) else ""


def describe_file(name: str, content: bytes) -> AttachmentTerms:
    """Return how terms name a file. Raises ContentInvalid: empty, too large, or none of the kinds that are taken."""
    faults: list[Fault] = []
    kind = kind_of(content)
    plain = _plain_name(name)
    if not content:
        faults.append(Fault("file", "chưa chọn tệp, hoặc tệp rỗng", "no file, or an empty one"))
    elif len(content) > MAX_FILE_BYTES:
        faults.append(Fault("file", "tệp lớn hơn 5 MiB", "the file is larger than 5 MiB"))
    elif not kind:
        faults.append(
            Fault("file", "chỉ nhận tệp PDF, PNG, JPEG hoặc DOCX", "only PDF, PNG, JPEG and DOCX files are taken")
        )
    elif not plain.lower().endswith(_ENDINGS[kind]):
        faults.append(
            Fault("file", "phần mở rộng của tên không đúng với nội dung tệp", "the name's ending is not of its content")
        )
    if faults:
        raise ContentInvalid(faults)
    return AttachmentTerms(name=plain, media_type=kind, digest=digest(content), size_bytes=len(content))


async def add_file(session: AsyncSession, agency: str, name: str, *, content: bytes, by: Actor) -> Change:
    """Keep a file of an agency until terms name it; the same bytes again are the same file. Raises ContentInvalid."""
    says = describe_file(name, content)
    if await session.get(AgencyRow, agency) is None:
        raise NotThere("agency", agency)
    row = await session.get(AgreementFileRow, (agency, says.digest))
    before = says.digest if row is not None else ""
    if row is None:
        await _must_have_room(session, agency)
        row = AgreementFileRow(
            agency=agency,
            digest=says.digest,
            name=says.name,
            media_type=says.media_type,
            size_bytes=says.size_bytes,
            content=content,
            added_by=by.code,
            added_at=by.at,
        )
    else:
        row.added_at = by.at
    session.add(row)
    await session.flush()
    return Change("agreement-file", says.digest, before=before, after=says.digest, agencies=(agency,))


async def show_file(session: AsyncSession, agency: str, file_digest: str) -> AgreementFile:
    """Return a file of an agency. Raises NotThere."""
    row = await session.get(AgreementFileRow, (agency, file_digest))
    if row is None:
        raise NotThere("file", file_digest)
    return AgreementFile(row.name, row.media_type, row.content)


async def file_faults(session: AsyncSession, terms: AgreementTerms) -> list[Fault]:
    """Return the files that terms name and that the consumer has not handed in, or otherwise."""
    found = {}
    if terms.attachments:
        wanted = [one.digest for one in terms.attachments]
        rows = select(AgreementFileRow.digest, AgreementFileRow.media_type, AgreementFileRow.size_bytes).where(
            AgreementFileRow.agency == terms.consumer_agency, col(AgreementFileRow.digest).in_(wanted)
        )
        found = {row[0]: (row[1], row[2]) for row in await session.exec(rows)}
    return [
        Fault(f"attachments[{number}]", "chưa có tệp này trên nền tảng", "no such file has been handed in")
        for number, one in enumerate(terms.attachments)
        if found.get(one.digest) != (one.media_type, one.size_bytes)
    ]


async def keep_files(session: AsyncSession, terms: AgreementTerms) -> None:
    """Keep the files that terms name for as long as the agreement is kept."""
    for one in terms.attachments:
        row = await session.get(AgreementFileRow, (terms.consumer_agency, one.digest))
        if row is not None and not row.kept:
            row.kept = True
            session.add(row)


async def forget_loose_files(session: AsyncSession, *, now: datetime) -> int:
    """Forget the files that no terms have named for `FORGET_AFTER`; return how many."""
    loose = (col(AgreementFileRow.kept).is_(False), col(AgreementFileRow.added_at) < now - FORGET_AFTER)
    count = (await session.exec(select(func.count()).select_from(AgreementFileRow).where(*loose))).one()
    await session.exec(delete(AgreementFileRow).where(*loose))
    return int(count)


async def _must_have_room(session: AsyncSession, agency: str) -> None:
    loose = select(func.count()).select_from(AgreementFileRow)
    waiting = loose.where(AgreementFileRow.agency == agency, col(AgreementFileRow.kept).is_(False))
    if (await session.exec(waiting)).one() >= MAX_LOOSE_FILES:
        raise ContentInvalid(
            [Fault("file", "cơ quan còn quá nhiều tệp chưa dùng đến", "the agency has too many files not used yet")]
        )


def _plain_name(name: str) -> str:
    """Return the last part of a name without control characters: it stands in a header and on a page."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:200]


def _is_docx(content: bytes) -> bool:
    """Tell whether this is a ZIP with a WordprocessingML document in it and no macros; nothing is unpacked."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return False
    return {"[Content_Types].xml", "word/document.xml"} <= names and "word/vbaProject.bin" not in names
