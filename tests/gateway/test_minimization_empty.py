"""Is nothing served where no field was agreed, however the empty list came about?"""

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from gateways import (
    AGREEMENT,
    PARCEL,
    PARCELS,
    READER,
    TERMS,
    GatewayProcess,
    RestProvider,
    ask,
    assert_problem,
    settle_province,
    with_grants,
)

from catalog import agreements
from catalog.canonical import digest
from catalog.errors import TermsInvalid
from catalog.terms import AgreementTerms
from gateway.db import Database

NOTHING = pytest.mark.parametrize(
    "terms", [with_grants(fields=()), with_grants(rows=())], ids=["no field", "no row condition"]
)


@NOTHING
async def test_nothing_cannot_be_agreed(migrated_url: str, provider: RestProvider, terms: AgreementTerms) -> None:
    await settle_province(migrated_url, provider.url)
    database = Database.open(migrated_url)
    draft = msgspec.structs.replace(terms, code="TT-KHONG")

    with pytest.raises(TermsInvalid):
        async with database.transaction() as session:
            await agreements.create_draft(session, draft, by=READER)
    await database.close()


async def force(database_url: str, terms: AgreementTerms) -> None:
    """Write terms over those in force, as somebody would who can write to the database."""
    database = Database.open(database_url)
    body = msgspec.json.encode(terms)
    update = "UPDATE agreement_versions SET terms = :terms, digest = :digest WHERE agreement = :agreement"
    values = {"terms": body, "digest": digest(body), "agreement": AGREEMENT}
    async with database.engine.begin() as connection:
        await connection.execute(sa.text(update), values)
    await database.close()


@NOTHING
async def test_what_was_forced_into_the_database_releases_nothing(
    migrated_url: str, provider: RestProvider, tmp_path: Path, terms: AgreementTerms
) -> None:
    await settle_province(migrated_url, provider.url)
    await force(migrated_url, terms)
    gateway = GatewayProcess(tmp_path, migrated_url)
    gateway.start()
    answers = [ask(gateway, path) for path in (PARCEL.format("CD1"), PARCELS, f"{PARCEL.format('CD1')}?fields=SoGCN")]
    gateway.stop()

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert provider.calls == []


async def test_one_forced_grant_does_not_take_the_others_along(
    migrated_url: str, provider: RestProvider, tmp_path: Path
) -> None:
    await settle_province(migrated_url, provider.url)
    one, *others = TERMS.grants
    await force(migrated_url, msgspec.structs.replace(TERMS, grants=(msgspec.structs.replace(one, fields=()), *others)))
    gateway = GatewayProcess(tmp_path, migrated_url)
    gateway.start()
    refused, answered = ask(gateway, PARCEL.format("CD1")), ask(gateway, PARCELS)
    gateway.stop()

    assert_problem(refused, "operation-not-agreed", status=403)
    assert answered.json()["items"][0] == {"SoGCN": "CD0", "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử"}}


async def test_an_empty_choice_of_fields_is_none(gateway: GatewayProcess) -> None:
    assert ask(gateway, f"{PARCEL.format('CD1')}?fields=").json() == ask(gateway, PARCEL.format("CD1")).json()
