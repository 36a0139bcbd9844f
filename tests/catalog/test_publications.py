"""Is a service prepared step by step, published with its provider or not at all, and ended as announced?"""

from datetime import timedelta

import msgspec
import pytest
from catalog_samples import APPROVER, NOW, OWNER, REQUESTER, SERVICE
from sqlmodel import select

from catalog import publications, services
from catalog.changes import Actor
from catalog.descriptions import FieldClass, ProviderDescription, ServiceDescription
from catalog.errors import AlreadyThere, ContentInvalid, NotThere, StateForbids
from catalog.importers.corrections import Correction, Part, correct
from catalog.importers.draft import Draft, Source
from catalog.importers.proposals import propose_draft
from catalog.policy import read_policy
from catalog.publications import PreparedDraft
from catalog.states import PublicationState, ServiceState
from catalog.tables import ProviderRow
from gateway.db import Database

PROVIDER = ProviderDescription(code="kho-moi", agency=OWNER, adapter="sql", endpoint="sqlite:///kho.db")
NEW = msgspec.structs.replace(SERVICE, code="so-dia-chinh", provider="kho-moi")
CODE = "datdai.so-dia-chinh.v1"
LATER = Actor("can-bo-b", NOW + timedelta(days=1))


def drafted(service: ServiceDescription = NEW, provider: ProviderDescription = PROVIDER) -> PreparedDraft:
    return PreparedDraft(draft=Draft(provider=provider, service=service))


async def keep(catalogue: Database, prepared: PreparedDraft, *, again: bool = False) -> str:
    async with catalogue.transaction() as session:
        change = await publications.import_publication(
            session, prepared, source=Source.TABLE, again=again, by=REQUESTER
        )
    return change.code


async def release(catalogue: Database, code: str, *, replace: bool = False) -> list[str]:
    async with catalogue.transaction() as session:
        change = await publications.release_publication(session, code, replace_existing_provider=replace, by=APPROVER)
    return [f"{one.noun} {one.code}" for one in (*change.parts, change)]


async def set_(catalogue: Database, code: str, *corrections: Correction) -> publications.Publication:
    async with catalogue.transaction() as session:
        change = await publications.correct_publication(session, code, corrections, by=LATER)
        return await publications.show_publication(session, change.code)


def field(at: str, *, drop: bool = False, **members: str) -> Correction:
    return Correction(part=Part.FIELD, at=at, set={name.rstrip("_"): text for name, text in members.items()}, drop=drop)


async def test_a_draft_is_published_with_its_provider(catalogue: Database) -> None:
    done = await release(catalogue, await keep(catalogue, drafted()))

    async with catalogue.reading() as session:
        found = await services.show_service(session, "datdai", "so-dia-chinh", version=1)
    assert done == ["provider kho-moi", "service datdai/so-dia-chinh"]
    assert found.service == NEW


async def test_nobody_may_call_a_draft(catalogue: Database) -> None:
    await keep(catalogue, drafted())

    async with catalogue.reading() as session:
        assert ("datdai", "so-dia-chinh", 1) not in (await read_policy(session)).services


async def test_nothing_is_published_where_something_is_wrong_and_all_of_it_is_told(catalogue: Database) -> None:
    service = msgspec.structs.replace(NEW, title_vi="", operations=())
    code = await keep(catalogue, drafted(service, msgspec.structs.replace(PROVIDER, endpoint="")))

    with pytest.raises(ContentInvalid) as refusal:
        await release(catalogue, code)

    assert {fault.where for fault in refusal.value.faults} == {"title_vi", "operations", "endpoint"}
    async with catalogue.reading() as session:
        assert "kho-moi" not in set(await session.exec(select(ProviderRow.code)))


async def test_a_provider_that_is_the_same_is_used_as_it_is(catalogue: Database) -> None:
    await release(catalogue, await keep(catalogue, drafted()))
    second = msgspec.structs.replace(NEW, code="so-khac")

    assert await release(catalogue, await keep(catalogue, drafted(second))) == ["service datdai/so-khac"]


async def test_a_provider_that_differs_is_replaced_only_when_that_is_said(catalogue: Database) -> None:
    await release(catalogue, await keep(catalogue, drafted()))
    second = msgspec.structs.replace(NEW, code="so-khac")
    code = await keep(catalogue, drafted(second, msgspec.structs.replace(PROVIDER, endpoint="sqlite:///khac.db")))

    with pytest.raises(ContentInvalid, match="another provider"):
        await release(catalogue, code)

    assert "provider kho-moi" in await release(catalogue, code, replace=True)


async def test_a_published_version_may_be_said_better_under_its_number(catalogue: Database) -> None:
    await release(catalogue, await keep(catalogue, drafted()))
    better = msgspec.structs.replace(NEW, title_vi="Sổ địa chính điện tử")

    await release(catalogue, await keep(catalogue, drafted(better)))

    async with catalogue.reading() as session:
        found = await services.show_service(session, "datdai", "so-dia-chinh", version=1)
    assert found.service.title_vi == "Sổ địa chính điện tử"


async def test_what_would_break_callers_needs_a_new_number_and_the_sentence_says_which(catalogue: Database) -> None:
    await release(catalogue, await keep(catalogue, drafted()))
    operation = msgspec.structs.replace(NEW.operations[0], fields=NEW.operations[0].fields[1:])
    narrower = msgspec.structs.replace(NEW, operations=(operation,))

    with pytest.raises(ContentInvalid) as refusal:
        await release(catalogue, await keep(catalogue, drafted(narrower)))

    (fault,) = refusal.value.faults
    assert fault.where == "tra-cuu.items[].SoThua"
    assert fault.en == "the field is removed: breaks callers of version 1; publish it as version 2"


async def test_a_breaking_change_is_published_as_the_next_version(catalogue: Database) -> None:
    await release(catalogue, await keep(catalogue, drafted()))
    operation = msgspec.structs.replace(NEW.operations[0], fields=NEW.operations[0].fields[1:])
    second = msgspec.structs.replace(NEW, version=2, operations=(operation,))

    assert await release(catalogue, await keep(catalogue, drafted(second))) == ["service datdai/so-dia-chinh"]


@pytest.mark.parametrize("version", [2, 3])
async def test_two_drafts_of_different_versions_stand_beside_each_other(catalogue: Database, version: int) -> None:
    await keep(catalogue, drafted())

    assert await keep(catalogue, drafted(msgspec.structs.replace(NEW, version=version))) != CODE


async def test_a_draft_is_not_replaced_unawares(catalogue: Database) -> None:
    await keep(catalogue, drafted())

    with pytest.raises(AlreadyThere):
        await keep(catalogue, drafted())

    assert await keep(catalogue, drafted(), again=True) == CODE


async def test_a_draft_of_an_unknown_database_is_refused(catalogue: Database) -> None:
    with pytest.raises(NotThere):
        await keep(catalogue, drafted(msgspec.structs.replace(NEW, database="khong-co")))


async def test_a_correction_forgets_what_was_tried(catalogue: Database) -> None:
    await keep(catalogue, drafted())
    async with catalogue.transaction() as session:
        await publications.note_trial(session, CODE, "answered", by=REQUESTER)

    corrected = await set_(catalogue, CODE, field("DienTich", title="Diện tích (m²)"))

    assert (corrected.tried, corrected.changed_by) == ("", "can-bo-b")


async def test_a_corrected_version_gets_a_code_of_its_own(catalogue: Database) -> None:
    await keep(catalogue, drafted())

    corrected = await set_(catalogue, CODE, Correction(part=Part.SERVICE, set={"version": "2"}))

    assert (corrected.code, corrected.service.version) == ("datdai.so-dia-chinh.v2", 2)


async def test_a_dropped_draft_can_be_neither_corrected_nor_published(catalogue: Database) -> None:
    await keep(catalogue, drafted())
    async with catalogue.transaction() as session:
        await publications.drop_publication(session, CODE, by=REQUESTER)

    with pytest.raises(StateForbids):
        await release(catalogue, CODE)
    with pytest.raises(StateForbids):
        await set_(catalogue, CODE, field("DienTich", title="x"))


async def test_those_being_prepared_are_listed_first(catalogue: Database) -> None:
    await release(catalogue, await keep(catalogue, drafted()))
    await keep(catalogue, drafted(msgspec.structs.replace(NEW, code="z-moi")))

    async with catalogue.reading() as session:
        found = await publications.list_publications(session)

    assert [one.state for one in found] == [PublicationState.DRAFT, PublicationState.PUBLISHED]


@pytest.mark.parametrize(
    ("correction", "where"),
    [
        (field("KhongCo", title="x"), "corrections[0].at"),
        (field("SoThua"), "corrections[0]"),
        (field("SoThua", class_="mat"), "corrections[0].set.class"),
        (field("SoThua", type="integer"), "corrections[0].set.type"),
        (Correction(part=Part.PARAMETER, at="SoGCN", set={"required": "có"}), "corrections[0].set.required"),
        (Correction(part=Part.OPERATION, at="khac", set={"title": "x"}), "corrections[0].at"),
        (Correction(part=Part.FIELD, at="SoThua", operation="khac", drop=True), "corrections[0].operation"),
        (Correction(part=Part.SERVICE, drop=True), "corrections[0]"),
        (Correction(part=Part.PROVIDER, drop=True), "corrections[0]"),
    ],
)
def test_a_correction_that_cannot_be_made_names_its_place(correction: Correction, where: str) -> None:
    with pytest.raises(ContentInvalid) as refusal:
        correct(drafted().draft, [correction])

    assert where in {fault.where for fault in refusal.value.faults}


def test_a_field_is_found_by_its_last_name() -> None:
    corrected = correct(drafted().draft, [field("DienTich", class_="internal", term="dt")])

    found = next(one for one in corrected.service.operations[0].fields if one.path == "items[].DienTich")
    assert (found.class_, found.term) == (FieldClass.INTERNAL, "dt")


def test_a_dropped_field_is_no_subject_any_more() -> None:
    corrected = correct(drafted().draft, [field("SoDinhDanh", drop=True)])

    assert corrected.service.operations[0].subjects == ()


def test_a_field_called_personal_by_hand_becomes_a_subject_when_it_holds_identity_numbers() -> None:
    internal = correct(drafted().draft, [field("SoDinhDanh", class_="internal")])

    again = correct(internal, [field("SoDinhDanh", class_="personal")])

    assert internal.service.operations[0].subjects == ()
    assert again.service.operations[0].subjects == ("answer:items[].SoDinhDanh",)


def test_a_provider_renamed_is_the_one_that_the_service_names() -> None:
    corrected = correct(drafted().draft, [Correction(part=Part.PROVIDER, set={"code": "kho-2", "timeout": "3"})])

    assert (corrected.service.provider, corrected.provider.timeout_seconds) == ("kho-2", 3.0)


def test_proposals_leave_alone_what_an_importer_classified() -> None:
    proposed, reasons = propose_draft(drafted().draft)

    assert [one.class_ for one in proposed.service.operations[0].fields] == [
        one.class_ for one in NEW.operations[0].fields
    ]
    assert {one.en for one in reasons} == {"as its source says", "of the envelope"}


def test_proposals_look_at_values_and_keep_none() -> None:
    operation = NEW.operations[0]
    leaf = msgspec.structs.replace(operation.fields[0], path="items[].c1", class_=FieldClass.INTERNAL, title_vi="c1")
    service = msgspec.structs.replace(
        NEW, operations=(msgspec.structs.replace(operation, fields=(leaf,), subjects=()),)
    )

    proposed, reasons = propose_draft(drafted(service).draft, {"c1": ["056099000001", "056180000002"]})

    assert proposed.service.operations[0].fields[0].class_ is FieldClass.PERSONAL
    assert b"056099000001" not in msgspec.json.encode((proposed, reasons))


async def deprecate(catalogue: Database, *, days: int, successor: int | None = None) -> services.ServiceView:
    async with catalogue.transaction() as session:
        await services.deprecate_service(
            session, "datdai", "thua-dat", version=1, sunset=NOW + timedelta(days=days), successor=successor, by=LATER
        )
        return await services.show_service(session, "datdai", "thua-dat", version=1)


async def test_a_deprecated_version_is_served_and_says_when_it_ends(catalogue: Database) -> None:
    found = await deprecate(catalogue, days=30)

    async with catalogue.reading() as session:
        policy = (await read_policy(session)).services["datdai", "thua-dat", 1]
    assert (found.state, found.sunset_at) == (ServiceState.DEPRECATED, NOW + timedelta(days=30))
    assert policy.callable
    assert policy.ending is not None


async def test_the_day_of_deprecation_stays_when_its_end_is_moved(catalogue: Database) -> None:
    first = await deprecate(catalogue, days=30)

    second = await deprecate(catalogue, days=60)

    assert first.deprecated_at == second.deprecated_at == LATER.at


@pytest.mark.parametrize(("days", "successor"), [(-1, None), (30, 2), (30, 1)])
async def test_an_end_before_its_beginning_or_without_successor_is_refused(
    catalogue: Database, days: int, successor: int | None
) -> None:
    with pytest.raises(ContentInvalid):
        await deprecate(catalogue, days=days, successor=successor)


async def test_a_deprecation_can_be_taken_back(catalogue: Database) -> None:
    await deprecate(catalogue, days=30)

    async with catalogue.transaction() as session:
        await services.reinstate_service(session, "datdai", "thua-dat", version=1)
        found = await services.show_service(session, "datdai", "thua-dat", version=1)

    assert (found.state, found.deprecated_at, found.sunset_at) == (ServiceState.PUBLISHED, None, None)


async def test_a_retired_version_comes_back_by_no_step(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await services.retire_service(session, "datdai", "thua-dat", version=1)

    with pytest.raises(StateForbids):
        await deprecate(catalogue, days=30)
