"""Where are services asked?"""

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, find, must_be_new, refuse_faults
from catalog.codes import code_fault
from catalog.descriptions import ProviderDescription
from catalog.errors import Fault, NotThere
from catalog.policy import announce_change
from catalog.tables import AgencyRow, ProviderRow

_REFERENCES = ("file:", "env:LIENTHONG_SECRET_")


async def add_provider(session: AsyncSession, provider: ProviderDescription, *, by: Actor) -> Change:
    """Add a provider. Raises ContentInvalid, AlreadyThere."""
    await must_be_new(session, ProviderRow, "provider", provider.code)
    content = await _checked(session, provider)
    session.add(
        ProviderRow(
            code=provider.code,
            agency=provider.agency,
            adapter=provider.adapter,
            description=content,
            changed_at=by.at,
        )
    )
    await announce_change(session)
    return Change("provider", provider.code, after=digest(content), agencies=(provider.agency,))


async def replace_provider(session: AsyncSession, provider: ProviderDescription, *, by: Actor) -> Change:
    """Replace what is said about a provider; it stays with its agency. Raises NotThere, ContentInvalid."""
    row = await find(session, ProviderRow, "provider", provider.code)
    content = await _checked(session, provider)
    if provider.agency != row.agency:
        refuse_faults(Fault("agency", "không được đổi cơ quan", "the agency cannot be changed"))
    before = digest(row.description)
    row.adapter, row.description, row.changed_at = provider.adapter, content, by.at
    session.add(row)
    await announce_change(session)
    return Change("provider", provider.code, before=before, after=digest(content), agencies=(provider.agency,))


async def show_provider(session: AsyncSession, code: str) -> ProviderDescription:
    """Return a provider. Raises NotThere."""
    row = await session.get(ProviderRow, code)
    if row is None:
        raise NotThere("provider", code)
    return msgspec.json.decode(row.description, type=ProviderDescription)


async def list_providers(session: AsyncSession) -> list[ProviderDescription]:
    """Return all providers by code."""
    ordered = select(ProviderRow).order_by(col(ProviderRow.code))
    return [msgspec.json.decode(row.description, type=ProviderDescription) for row in await session.exec(ordered)]


async def note_file(session: AsyncSession, code: str, *, digest_of_file: str, by: Actor) -> Change:
    """Note that a newer file takes the place of the one that a provider serves. Raises NotThere."""
    row = await find(session, ProviderRow, "provider", code)
    row.changed_at = by.at
    session.add(row)
    return Change("provider-file", code, after=digest_of_file, agencies=(row.agency,))


async def provider_faults(session: AsyncSession, provider: ProviderDescription) -> list[Fault]:
    """Return all that is wrong with `provider`; whether its code is taken is not asked here."""
    known = await session.get(AgencyRow, provider.agency) is not None
    found = (
        code_fault("code", provider.code),
        None if known else Fault("agency", "không có cơ quan này", "there is no such agency"),
        None if provider.adapter else Fault("adapter", "phải nêu bộ chuyển đổi", "an adapter must be named"),
        None if provider.endpoint else Fault("endpoint", "phải nêu địa chỉ", "an endpoint must be named"),
        *(_limit_faults(provider)),
        *(_secret_fault(name, reference) for name, reference in provider.secrets.items()),
    )
    return [fault for fault in found if fault is not None]


async def _checked(session: AsyncSession, provider: ProviderDescription) -> bytes:
    refuse_faults(*(await provider_faults(session, provider)))
    return canonical_document(provider)


def _limit_faults(provider: ProviderDescription) -> list[Fault]:
    limits = {
        "timeout_seconds": provider.timeout_seconds,
        "max_concurrency": provider.max_concurrency,
        "max_response_bytes": provider.max_response_bytes,
    }
    return [Fault(name, "phải lớn hơn 0", "must be greater than 0") for name, limit in limits.items() if not limit > 0]


def _secret_fault(name: str, reference: str) -> Fault | None:
    # A secret itself must never come into the catalogue, so whatever is no reference is refused and not repeated.
    if reference.startswith(_REFERENCES):
        return None
    return Fault(
        f"secrets.{name}",
        "phải là tham chiếu file:… hoặc env:LIENTHONG_SECRET_…",
        "must be a reference, file:… or env:LIENTHONG_SECRET_…",
    )
