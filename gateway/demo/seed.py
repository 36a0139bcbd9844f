"""How does an empty, migrated database come to hold the demo province's catalogue, systems and agreements?

Once, in one transaction, with an ADMIN record of each change that is durable before any of them is in force. Agreements
go their whole way: drafted and submitted by the consumer, approved by the provider, activated by the platform.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import msgspec
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agencies, agreements, databases, providers, purposes, services, staff, systems, xroad
from catalog.changes import Actor, Change
from catalog.staff import StaffMember
from catalog.states import Side
from gateway import agreement_deeds as deeds
from gateway.agreement_deeds import Pen
from gateway.changes import Author, Recorder, change_entry
from gateway.db import Database
from gateway.demo.agreements import Wish, terms_of
from gateway.demo.catalogue import Catalogue, describe_catalogue
from gateway.demo.consumers import (
    ADMINISTRATOR,
    SUSPENDED_SYSTEM,
    Credential,
    agency_of,
    describe_staff,
    describe_systems,
    ensure_credentials,
    ensure_staff_tokens,
    officer_of_agency,
    owner_of_agency,
)
from gateway.demo.described.databases import owner_of
from gateway.demo.wishes import WISHES
from gateway.demo.xroad import describe_members, describe_subsystems
from security.signatures import Signer

OpenRecorder: TypeAlias = Callable[[], AbstractAsyncContextManager[Recorder]]

_SEEDER = "demo"


@dataclass(frozen=True, slots=True)
class Planting:
    """All that is put into the database, drawn and described before the transaction begins."""

    catalogue: Catalogue
    credentials: tuple[Credential, ...]
    staff_digests: dict[str, str]
    signer: Signer
    at: datetime

    def pen(self, by: Actor) -> Pen:
        """Return with what somebody signs."""
        return Pen(self.signer, by, "demo")


async def seed_catalogue(
    database: Database,
    directory: Path,
    *,
    provider_address: str,
    open_recorder: OpenRecorder,
    signer: Signer,
    now: datetime,
) -> bool:
    """Fill an empty database with the demo that lies in `directory`; return False when there was something already.

    `provider_address` is where the provider process listens. The recorder is open between the rehearsal and the
    change only: on SQLite both hold the one write lock for seconds, and a writer that beats meanwhile would give up.
    Raises CatalogError, RecordUnavailable, OSError.
    """
    async with database.reading() as session:
        if await agencies.list_agencies(session):
            return False
    planting = Planting(
        describe_catalogue(directory, provider_address=provider_address),
        ensure_credentials(directory),
        {code: sha256(token.encode()).hexdigest() for code, token in ensure_staff_tokens(directory).items()},
        signer,
        now,
    )
    author = Author(_SEEDER, "", "", "demo")
    async with database.rehearsal() as session:
        planned = await _plant(session, planting)
    async with open_recorder() as recorder:
        for change in planned:
            await recorder.append(change_entry(change, action="demo.seed", author=author, now=now, done=True))
    async with database.transaction() as session:
        await _plant(session, planting)
    return True


async def _plant(session: AsyncSession, planting: Planting) -> list[Change]:
    by = Actor(_SEEDER, planting.at)
    changes = await _describe(session, planting.catalogue, by=by)
    changes += await _add_systems(session, planting, by=by)
    changes += [await xroad.set_member(session, one, by=by) for one in describe_members()]
    changes += [await xroad.set_subsystem(session, one, by=by) for one in describe_subsystems()]
    for person in describe_staff():
        member = StaffMember(person.code, person.name, person.role, person.agency, has_access=True)
        changes.append(await staff.add_member(session, member, token_hash=planting.staff_digests[person.code], by=by))
    for wish in WISHES:
        changes += await _agree(session, wish, planting)
    changes.append(await systems.suspend_system(session, SUSPENDED_SYSTEM, side=Side.PLATFORM, by=by))
    changes += await agreements.expire_due(session, by=by)
    return changes


async def _describe(session: AsyncSession, catalogue: Catalogue, *, by: Actor) -> list[Change]:
    return [
        *[await agencies.add_agency(session, one, by=by) for one in catalogue.agencies],
        *[await purposes.add_purpose(session, one) for one in catalogue.purposes],
        *[await databases.add_database(session, one, by=by) for one in catalogue.databases],
        *[await providers.add_provider(session, one, by=by) for one in catalogue.providers],
        *[await services.publish_service(session, one, by=by) for one in catalogue.services],
    ]


async def _add_systems(session: AsyncSession, planting: Planting, *, by: Actor) -> list[Change]:
    changes = [await systems.add_system(session, one, by=by) for one in describe_systems()]
    for one in planting.credentials:
        if one.key_file is None:
            digest = sha256(one.secret.encode()).hexdigest()
            changes.append(
                await systems.replace_secret(session, one.system, key_id=f"{one.system}-1", secret_hash=digest, by=by)
            )
        else:
            key = one.public_key()
            jwk = msgspec.json.encode(key.as_dict(private=False))
            changes.append(await systems.add_key(session, one.system, key_id=key.thumbprint(), jwk=jwk, by=by))
    return changes


async def _agree(session: AsyncSession, wish: Wish, planting: Planting) -> list[Change]:
    # One that is over by now was agreed when it was not.
    at = planting.at + timedelta(days=min(wish.first_day, 0))
    terms = terms_of(wish, planting.catalogue, today=planting.at.astimezone(agreements.PROVINCE_TIME).date())
    if wish.undecided:
        administrator = Actor(ADMINISTRATOR, at)
        return [
            await agreements.create_draft(session, terms, by=administrator),
            await deeds.submit(session, wish.code, version=1, pen=planting.pen(administrator)),
        ]
    asks = Actor(officer_of_agency(agency_of(wish.system)), at)
    decides = Actor(owner_of_agency(owner_of(wish.database)), at)
    changes = [
        await agreements.create_draft(session, terms, by=asks),
        await deeds.submit(session, wish.code, version=1, pen=planting.pen(asks)),
        await deeds.approve(session, wish.code, version=1, pen=planting.pen(decides), note="Đồng ý chia sẻ."),
        await deeds.activate(session, wish.code, version=1, pen=planting.pen(Actor(ADMINISTRATOR, at))),
    ]
    if wish.suspended:
        changes.append(
            await agreements.suspend(
                session, wish.code, side=Side.PROVIDER, reason="Rà soát an toàn thông tin.", by=decides
            )
        )
    return changes
