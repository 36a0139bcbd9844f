"""Which providers have gone, and which are back, as the nodes together find them?

A provider is down while any node that is alive says that it fails, and up when all of them say that it does not. Each
turn is kept in the transaction that tells of it.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import ProviderRow
from gateway.heartbeats import Heartbeat, list_heartbeats
from gateway.notifications.kinds import Audience, Happening, Kind
from gateway.notifications.tables import ProviderHealthRow
from security.staff import Role


def failing_now(heartbeats: list[Heartbeat], *, now: datetime) -> Mapping[str, bool]:
    """Return of each provider that a living node knows whether it fails."""
    found: dict[str, bool] = {}
    for one in heartbeats:
        if one.is_fresh(now):
            for provider, facts in one.facts.providers.items():
                found[provider] = found.get(provider, False) or facts.failing
    return found


async def turns(session: AsyncSession, *, now: datetime) -> list[Happening]:
    """Note which providers have gone or are back since the last time, and return that as something to tell.

    The caller MUST tell it in the same transaction.
    """
    found = failing_now(await list_heartbeats(session), now=now)
    held = {row.provider: row for row in await session.exec(select(ProviderHealthRow))}
    agencies = dict((await session.exec(select(ProviderRow.code, ProviderRow.agency))).all())
    turned = []
    for provider, is_down in sorted(found.items()):
        row = held.get(provider)
        if row is None:
            session.add(ProviderHealthRow(provider=provider, is_down=is_down, since=now))
        elif row.is_down == is_down or not await _turn(session, provider, is_down=is_down, now=now):
            continue
        if (row is not None or is_down) and provider in agencies:
            turned.append(_happening(provider, agencies[provider], is_down=is_down, now=now))
    await session.flush()
    return turned


async def _turn(session: AsyncSession, provider: str, *, is_down: bool, now: datetime) -> bool:
    """Turn a provider over, which only the first worker may do."""
    turned = (
        update(ProviderHealthRow)
        .where(col(ProviderHealthRow.provider) == provider, col(ProviderHealthRow.is_down) != is_down)
        .values(is_down=is_down, since=now)
        .execution_options(synchronize_session=False)
    )
    return bool((await (await session.connection()).execute(turned)).rowcount == 1)


def _happening(provider: str, agency: str, *, is_down: bool, now: datetime) -> Happening:
    kind = Kind.PROVIDER_DOWN if is_down else Kind.PROVIDER_UP
    return Happening(
        key=f"{kind.value}/{provider}/{now:%Y%m%d%H%M%S}",
        kind=kind,
        at=now,
        audience=(Audience(Role.DATA_OWNER, agency), Audience(Role.PLATFORM_ADMIN)),
        address=f"/console/providers/{provider}",
        facts={"name": provider},
    )
