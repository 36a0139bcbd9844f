"""What must terms say of sensitive fields and files, and what is kept beside an agreement?"""

import io
import zipfile
from datetime import timedelta

import msgspec
import pytest
from agreement_samples import NEWER, PDF, with_religion
from catalog_samples import APPROVER, CONSUMER, NARROWER, NOW, REQUESTER, TERMS, WIDER, with_terms

from catalog import agreement_files, agreements, services
from catalog.agreement_files import kind_of
from catalog.agreement_standing import Standing, standing_of
from catalog.agreement_views import history_of
from catalog.changes import Actor
from catalog.errors import ContentInvalid, TermsInvalid
from catalog.states import AgreementState, Side
from catalog.tables import AgreementRow
from catalog.terms import AttachmentTerms
from gateway.db import Database

CODE = TERMS.code
_A = AgreementState
DAY = TERMS.valid_until


async def standing(database: Database) -> tuple[int, str, str]:
    async with database.reading() as session:
        row = await session.get(AgreementRow, CODE)
        assert row is not None
        return row.version, row.state, row.open_state


async def hand_in(database: Database, name: str, content: bytes) -> AttachmentTerms:
    async with database.transaction() as session:
        await agreement_files.add_file(session, CONSUMER, name, content=content, by=REQUESTER)
    return agreement_files.describe_file(name, content)


@pytest.mark.parametrize(
    ("versions", "stands"),
    [
        ([(1, _A.DRAFT, DAY)], Standing(1, _A.DRAFT, DAY, _A.DRAFT)),
        ([(1, _A.SUPERSEDED, DAY), (2, _A.ACTIVE, DAY)], Standing(2, _A.ACTIVE, DAY, None)),
        ([(1, _A.ACTIVE, DAY), (2, _A.SUBMITTED, DAY)], Standing(1, _A.ACTIVE, DAY, _A.SUBMITTED)),
        ([(1, _A.REFUSED, DAY)], Standing(1, _A.REFUSED, DAY, None)),
        ([(2, _A.APPROVED, DAY), (1, _A.ENDED, DAY)], Standing(2, _A.APPROVED, DAY, _A.APPROVED)),
    ],
)
def test_the_version_in_force_tells_how_an_agreement_stands(
    versions: list[tuple[int, AgreementState, object]], stands: Standing
) -> None:
    assert standing_of(versions) == stands  # type: ignore[arg-type]  # dates, said once above


async def test_every_change_keeps_the_columns_of_the_list_in_step(agreed: Database) -> None:
    seen = [await standing(agreed)]
    for change in (
        lambda s: agreements.new_version(s, WIDER, by=REQUESTER),
        lambda s: agreements.suspend(s, CODE, side=Side.PROVIDER, reason="rà soát", by=APPROVER),
        lambda s: agreements.end(s, CODE, by=APPROVER),
    ):
        async with agreed.transaction() as session:
            await change(session)
        seen.append(await standing(agreed))

    assert seen == [(1, "active", ""), (1, "active", "draft"), (1, "suspended", "draft"), (2, "draft", "draft")]


async def test_the_history_says_who_did_what_and_why(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.suspend(session, CODE, side=Side.PROVIDER, reason="rà soát", by=APPROVER)
        await agreements.resume(session, CODE, side=Side.PROVIDER, by=APPROVER)
        await agreements.new_version(session, NARROWER, by=REQUESTER)

    async with agreed.reading() as session:
        told = [(one.version, one.step, one.side, one.note) for one in await history_of(session, CODE)]

    assert told == [
        (1, "draft", "", ""),
        (1, "submit", "", ""),
        (1, "approve", "", ""),
        (1, "activate", "", ""),
        (1, "suspend", "provider", "rà soát"),
        (1, "resume", "provider", ""),
        (1, "supersede", "", ""),
        (2, "narrow", "", ""),
    ]


async def test_a_sensitive_field_without_a_reason_is_refused(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await services.publish_service(session, NEWER, by=APPROVER)

    with pytest.raises(TermsInvalid, match="TonGiao"):
        async with catalogue.transaction() as session:
            await agreements.create_draft(session, with_religion(), by=REQUESTER)


async def test_a_sensitive_field_with_a_reason_is_taken(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await services.publish_service(session, NEWER, by=APPROVER)
        change = await agreements.create_draft(session, with_religion("Xét chính sách dân tộc"), by=REQUESTER)

    assert change.state == "draft"


async def test_terms_may_name_a_file_that_was_handed_in(catalogue: Database) -> None:
    file = await hand_in(catalogue, "cong-van.pdf", PDF)

    async with catalogue.transaction() as session:
        await agreements.create_draft(session, with_terms(attachments=(file,)), by=REQUESTER)
        assert await agreement_files.forget_loose_files(session, now=NOW + timedelta(days=30)) == 0


async def test_terms_cannot_name_a_file_that_nobody_handed_in(catalogue: Database) -> None:
    file = agreement_files.describe_file("cong-van.pdf", PDF)

    with pytest.raises(TermsInvalid, match="attachments"):
        async with catalogue.transaction() as session:
            await agreements.create_draft(session, with_terms(attachments=(file,)), by=REQUESTER)


async def test_a_file_that_no_terms_name_is_forgotten(catalogue: Database) -> None:
    await hand_in(catalogue, "cong-van.pdf", PDF)

    async with catalogue.transaction() as session:
        assert await agreement_files.forget_loose_files(session, now=NOW + timedelta(days=6)) == 0
        assert await agreement_files.forget_loose_files(session, now=NOW + timedelta(days=8)) == 1


def docx(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PDF, "pdf"),
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"\xff\xd8\xff...", "jpeg"),
        (docx("word/document.xml"), "wordprocessingml.document"),
        (docx("word/document.xml", "word/vbaProject.bin"), ""),
        (docx("xl/workbook.xml"), ""),
        (b"PK\x03\x04 no archive", ""),
        (b"<html><script>", ""),
        (b"", ""),
    ],
)
def test_the_kind_of_a_file_is_told_from_its_content(content: bytes, ending: str) -> None:
    assert kind_of(content).endswith(ending)
    assert bool(kind_of(content)) == bool(ending)


@pytest.mark.parametrize(
    ("name", "content"),
    [("cong-van.pdf", b"<html>"), ("cong-van.exe", PDF), ("a.pdf", b""), ("a.pdf", PDF + bytes(6 * 1024 * 1024))],
)
def test_a_file_that_is_not_what_it_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(ContentInvalid):
        agreement_files.describe_file(name, content)


def test_a_name_keeps_no_path() -> None:
    assert agreement_files.describe_file("C:\\x\\..\\cong\tvan.pdf", PDF).name == "congvan.pdf"


async def test_what_is_over_is_expired_and_told(agreed: Database) -> None:
    later = Actor("worker", NOW + timedelta(days=800))
    async with agreed.transaction() as session:
        await agreements.expire_due(session, by=later)

    assert await standing(agreed) == (1, "expired", "")


def test_terms_from_before_reasons_are_still_read() -> None:
    old = msgspec.to_builtins(TERMS)
    del old["attachments"], old["grants"][0]["reasons"]

    assert msgspec.convert(old, type=type(TERMS), strict=False).grants[0].reasons == ()
