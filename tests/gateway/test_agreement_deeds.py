"""Who has signed what of an agreement, and does a change of anything show?"""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from agreement_samples import DECLARER, STANDARD, pen
from catalog_samples import APPROVER, CONSUMER, NARROWER, OWNER, REQUESTER, TERMS, fill_catalogue, with_terms

from catalog import agreements, standard_terms
from catalog.agreement_signatures import SignedAct, signatures_of
from catalog.agreement_views import VersionView, show_agreement
from catalog.descriptions import SharingMode
from catalog.states import Side
from catalog.tables import AgencyRow, AgreementSignatureRow, AgreementVersionRow, DatabaseRow
from gateway import agreement_deeds as deeds
from gateway.agreement_deeds import CheckedSignature, check_signatures
from gateway.db import Database
from security.errors import SignatureInvalid
from security.keys import ensure_keys, rotate_agreement_key
from security.signatures import Signer

CODE, ISSUER = TERMS.code, "https://lgsp.example.vn"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(ensure_keys(tmp_path / "keys").agreement, issuer=ISSUER)


@pytest.fixture
async def signed(migrated_url: str, signer: Signer) -> AsyncIterator[Database]:
    database = Database.open(migrated_url)
    await fill_catalogue(database)
    async with database.transaction() as session:
        await agreements.create_draft(session, TERMS, by=REQUESTER)
        await deeds.submit(session, CODE, version=1, pen=pen(signer, REQUESTER))
        await deeds.approve(session, CODE, version=1, pen=pen(signer, APPROVER))
        await deeds.activate(session, CODE, version=1, pen=pen(signer, APPROVER))
    yield database
    await database.close()


async def checked(database: Database, signer: Signer, *, version: int = 1) -> tuple[CheckedSignature, ...]:
    async with database.reading() as session:
        view: VersionView = (await show_agreement(session, CODE)).versions[version - 1]
        found = (await signatures_of(session, CODE)).get(version, ())
    return check_signatures(view, found, code=CODE, signer=signer)


async def test_both_sides_and_the_platform_sign(signed: Database, signer: Signer) -> None:
    found = await checked(signed, signer)

    assert {(one.signature.side, one.signature.act, one.signature.signer, one.holds) for one in found} == {
        (Side.CONSUMER, SignedAct.REQUEST, "can-bo-a", True),
        (Side.PROVIDER, SignedAct.APPROVE, "can-bo-b", True),
        (Side.PLATFORM, SignedAct.ACTIVATE, "can-bo-b", True),
    }


async def test_terms_changed_afterwards_show(signed: Database, signer: Signer) -> None:
    async with signed.transaction() as session:
        row = await session.get(AgreementVersionRow, (CODE, 1))
        assert row is not None
        row.terms = row.terms.replace(b"1000", b"9000")
        session.add(row)

    assert [one.fault_en for one in await checked(signed, signer)] == ["the terms were changed afterwards"] * 3


@pytest.mark.parametrize(("member", "value"), [("signer", "ke-la"), ("act", "standard"), ("jws", "a.b.c"), ("jws", "")])
async def test_a_signature_kept_otherwise_shows(signed: Database, signer: Signer, member: str, value: str) -> None:
    async with signed.transaction() as session:
        row = await session.get(AgreementSignatureRow, (CODE, 1, "provider"))
        assert row is not None
        setattr(row, member, value)
        session.add(row)

    assert sum(not one.holds for one in await checked(signed, signer)) == 1


async def test_another_platforms_signature_does_not_hold(signed: Database, tmp_path: Path) -> None:
    other = Signer(ensure_keys(tmp_path / "other").agreement, issuer=ISSUER)

    assert not any(one.holds for one in await checked(signed, other))


async def test_signatures_hold_after_the_key_was_rotated(signed: Database, tmp_path: Path) -> None:
    rotated = Signer(rotate_agreement_key(tmp_path / "keys").agreement, issuer=ISSUER)

    assert all(one.holds for one in await checked(signed, rotated))


async def test_a_narrower_version_is_signed_by_who_narrowed_it(signed: Database, signer: Signer) -> None:
    async with signed.transaction() as session:
        await deeds.new_version(session, NARROWER, pen=pen(signer, REQUESTER))

    found = await checked(signed, signer, version=2)
    assert [(one.signature.side, one.signature.act, one.holds) for one in found] == [
        (Side.CONSUMER, SignedAct.NARROW, True),
        (Side.PLATFORM, SignedAct.ACTIVATE, True),
    ]


async def declare_standard(database: Database) -> None:
    async with database.transaction() as session:
        row = await session.get(DatabaseRow, TERMS.database)
        unit = await session.get(AgencyRow, CONSUMER)
        assert row is not None
        assert unit is not None
        says = msgspec.json.decode(row.description)
        row.description, unit.parent = msgspec.json.encode({**says, "sharing": str(SharingMode.DEFAULT)}), OWNER
        session.add_all([row, unit])
        await standard_terms.declare(session, STANDARD, by=DECLARER)


async def test_a_request_within_standard_terms_is_in_force_at_once(signed: Database, signer: Signer) -> None:
    await declare_standard(signed)

    async with signed.transaction() as session:
        await agreements.create_draft(session, with_terms(code="TT-2"), by=REQUESTER)
        change = await deeds.submit(session, "TT-2", version=1, pen=pen(signer, REQUESTER))
        found = await signatures_of(session, "TT-2")

    assert (change.state, [one.state for one in change.parts]) == ("active", ["submitted", "approved"])
    assert {(one.act, one.signer) for one in found[1]} == {
        (SignedAct.REQUEST, "can-bo-a"),
        (SignedAct.STANDARD, "chu-quan"),
        (SignedAct.ACTIVATE, "chu-quan"),
    }


@pytest.mark.parametrize("case", ["wider", "declarer-asks"])
async def test_any_other_request_waits_for_the_owner(signed: Database, signer: Signer, case: str) -> None:
    await declare_standard(signed)
    asks = DECLARER if case == "declarer-asks" else REQUESTER
    terms = with_terms(code="TT-2")
    if case == "wider":
        terms = msgspec.structs.replace(terms, grants=(msgspec.structs.replace(terms.grants[0], hours="always"),))

    async with signed.transaction() as session:
        await agreements.create_draft(session, terms, by=asks)
        change = await deeds.submit(session, "TT-2", version=1, pen=pen(signer, asks))

    assert change.state == "submitted"


def test_a_signature_that_was_cut_does_not_verify(signer: Signer) -> None:
    header, payload, _ = signer.sign(STANDARD).split(".")

    with pytest.raises(SignatureInvalid):
        signer.verify(f"{header}.{payload}.")
