"""Which services are published, and how does one come to be?

A version keeps what callers rely on: what would break for them needs a new version (`catalog/compatibility.py`), all
else may be said better (`revise_service`). It is deprecated, with the day on which it ends, before it is retired.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.axis import axis_conflict
from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, refuse_faults
from catalog.codes import page_fault
from catalog.compatibility import breaking_changes
from catalog.descriptions import OperationDescription, ServiceDescription
from catalog.errors import AlreadyThere, Fault, NotThere
from catalog.folding import fold
from catalog.policy import announce_change
from catalog.service_faults import check_service
from catalog.states import SERVED, ServiceState, ServiceStep, step_service
from catalog.tables import DatabaseRow, FieldRow, OperationRow, ProviderRow, ServiceRow, ServiceVersionRow


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One version of a service, its state, the digest of its description, and when it was published.

    A deprecated one has been so since `deprecated_at` and ends at `sunset_at`, if that is known; callers go on to
    version `successor`, if there is one.
    """

    service: ServiceDescription
    state: ServiceState
    digest: str
    published_at: datetime
    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: int | None = None


async def publish_service(session: AsyncSession, service: ServiceDescription, *, by: Actor) -> Change:
    """Publish a new version of a service. Raises ContentInvalid with all faults, NotThere, AlreadyThere."""
    refuse_faults(*check_service(service))
    database = await session.get(DatabaseRow, service.database)
    if database is None:
        raise NotThere("database", service.database)
    if service.provider and await session.get(ProviderRow, service.provider) is None:
        refuse_faults(Fault("provider", "không có nơi cung cấp này", "there is no such provider"))
    code = f"{service.database}/{service.code}"
    if await session.get(ServiceVersionRow, (service.database, service.code, service.version)) is not None:
        raise AlreadyThere("service version", f"{code}/v{service.version}")
    await _keep_service(session, service, by=by)
    content = canonical_document(service)
    session.add(
        ServiceVersionRow(
            database=service.database,
            service=service.code,
            version=service.version,
            provider=service.provider or None,
            state=ServiceState.PUBLISHED,
            specified=service.specified,
            description=content,
            digest=digest(content),
            published_at=by.at,
        )
    )
    await session.flush()
    for operation in service.operations:
        await _keep_operation(session, service, operation)
    await announce_change(session)
    refuse_faults(await axis_conflict(session, service))
    return Change(
        "service",
        code,
        after=digest(content),
        version=service.version,
        state=ServiceState.PUBLISHED,
        agencies=(database.owner,),
    )


async def revise_service(session: AsyncSession, service: ServiceDescription, *, by: Actor) -> Change:
    """Replace the description of a published version where nothing breaks for its callers.

    Raises ContentInvalid with all faults, a sentence for each thing that would break; NotThere, StateForbids.
    """
    refuse_faults(*check_service(service))
    row = await _version(session, service.database, service.code, version=service.version, lock=True)
    row.state = step_service(ServiceState(row.state), ServiceStep.REVISE)
    refuse_faults(*breaking_changes(view_of(row).service, service))
    if service.provider and await session.get(ProviderRow, service.provider) is None:
        refuse_faults(Fault("provider", "không có nơi cung cấp này", "there is no such provider"))
    before, content = row.digest, canonical_document(service)
    row.provider, row.specified = service.provider or None, service.specified
    row.description, row.digest = content, digest(content)
    session.add(row)
    await _keep_service(session, service, by=by)
    await _forget_operations(session, service)
    for operation in service.operations:
        await _keep_operation(session, service, operation)
    await announce_change(session)
    refuse_faults(await axis_conflict(session, service))
    return await _change(session, row, before=before)


async def deprecate_service(
    session: AsyncSession, database: str, code: str, *, version: int, sunset: datetime | None, successor: int | None,
    by: Actor,
) -> Change:  # fmt: skip
    """Say that a version will end: at `sunset` (aware), in favour of version `successor`; it is served all the same.

    Again with another date to change it; the day since which it is deprecated stays. Raises NotThere, StateForbids,
    and ContentInvalid where the end lies before the deprecation (RFC 9745, 3) or the successor is not served.
    """
    row = await _version(session, database, code, version=version, lock=True)
    row.state = step_service(ServiceState(row.state), ServiceStep.DEPRECATE)
    row.deprecated_at = row.deprecated_at or by.at
    refuse_faults(
        Fault("sunset", "phải sau ngày ngừng khuyến nghị", "must not be before the deprecation")
        if sunset is not None and sunset < row.deprecated_at
        else None,
        await _successor_fault(session, row, successor),
    )
    row.sunset_at, row.successor = sunset, successor
    session.add(row)
    await announce_change(session)
    return await _change(session, row, before=row.digest)


async def reinstate_service(session: AsyncSession, database: str, code: str, *, version: int) -> Change:
    """Take a deprecation back. Raises NotThere, StateForbids."""
    row = await _version(session, database, code, version=version, lock=True)
    row.state = step_service(ServiceState(row.state), ServiceStep.REINSTATE)
    row.deprecated_at = row.sunset_at = row.successor = None
    session.add(row)
    await announce_change(session)
    return await _change(session, row, before=row.digest)


async def retire_service(session: AsyncSession, database: str, code: str, *, version: int) -> Change:
    """Let nobody call a version any more. Raises NotThere, StateForbids."""
    row = await _version(session, database, code, version=version, lock=True)
    row.state = step_service(ServiceState(row.state), ServiceStep.RETIRE)
    session.add(row)
    await announce_change(session)
    return await _change(session, row, before=row.digest)


async def latest_version(session: AsyncSession, database: str, code: str) -> ServiceView | None:
    """Return the version of a service with the greatest number, whatever its state, or None when there is none."""
    rows = select(ServiceVersionRow).where(ServiceVersionRow.database == database, ServiceVersionRow.service == code)
    row = (await session.exec(rows.order_by(col(ServiceVersionRow.version).desc()).limit(1))).first()
    return None if row is None else view_of(row)


async def show_service(session: AsyncSession, database: str, code: str, *, version: int) -> ServiceView:
    """Return one version of a service. Raises NotThere."""
    return view_of(await _version(session, database, code, version=version, lock=False))


async def find_services_called(session: AsyncSession, code: str, *, version: int) -> list[ServiceView]:
    """Return the versions with this number of all services with this code, by database: several may use one code."""
    rows = select(ServiceVersionRow).where(ServiceVersionRow.service == code, ServiceVersionRow.version == version)
    return [view_of(row) for row in await session.exec(rows.order_by(col(ServiceVersionRow.database)))]


async def list_services(session: AsyncSession, *, database: str = "") -> list[ServiceView]:
    """Return all versions of all services, or of those of one database, in order."""
    rows = select(ServiceVersionRow).order_by(
        col(ServiceVersionRow.database), col(ServiceVersionRow.service), col(ServiceVersionRow.version)
    )
    if database:
        rows = rows.where(ServiceVersionRow.database == database)
    return [view_of(row) for row in await session.exec(rows)]


async def described_services(
    session: AsyncSession, database: str, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], ServiceDescription]:
    """Return the services of a database by code and version, whatever their state; those that are not there are not."""
    wanted = set(places)
    rows = select(ServiceVersionRow).where(
        ServiceVersionRow.database == database, col(ServiceVersionRow.service).in_(sorted({one for one, _ in wanted}))
    )
    return {
        (row.service, row.version): view_of(row).service
        for row in await session.exec(rows)
        if (row.service, row.version) in wanted
    }


async def served_by(session: AsyncSession, provider: str) -> list[ServiceDescription]:
    """Return the service versions that a provider serves, retired ones not among them."""
    rows = select(ServiceVersionRow).where(ServiceVersionRow.provider == provider)
    views = [view_of(row) for row in await session.exec(rows)]
    return [view.service for view in views if view.state is not ServiceState.RETIRED]


async def _version(session: AsyncSession, database: str, code: str, *, version: int, lock: bool) -> ServiceVersionRow:
    row = await session.get(ServiceVersionRow, (database, code, version), with_for_update=lock or None)
    if row is None:
        raise NotThere("service", f"{database}/{code}/v{version}")
    return row


async def _change(session: AsyncSession, row: ServiceVersionRow, *, before: str) -> Change:
    owner = (await session.exec(select(DatabaseRow.owner).where(DatabaseRow.code == row.database))).one()
    name = f"{row.database}/{row.service}"
    return Change("service", name, before, row.digest, version=row.version, state=row.state, agencies=(owner,))


async def _successor_fault(session: AsyncSession, row: ServiceVersionRow, successor: int | None) -> Fault | None:
    if successor is None:
        return None
    held = await session.get(ServiceVersionRow, (row.database, row.service, successor))
    if successor != row.version and held is not None and held.state in SERVED:
        return None
    return Fault("successor", "không có phiên bản khác đang phục vụ này", "is no other version that is served")


async def _keep_service(session: AsyncSession, service: ServiceDescription, *, by: Actor) -> None:
    row = await session.get(ServiceRow, (service.database, service.code), with_for_update=True)
    if row is None:
        refuse_faults(page_fault("code", service.code))
        row = ServiceRow(database=service.database, code=service.code, folded="", created_at=by.at)
    row.folded = _folded(service)
    session.add(row)
    await session.flush()


async def _keep_operation(session: AsyncSession, service: ServiceDescription, operation: OperationDescription) -> None:
    session.add(
        OperationRow(
            database=service.database,
            service=service.code,
            version=service.version,
            code=operation.code,
            method=operation.method,
            path=operation.path,
            title_vi=operation.title_vi,
            safe=operation.safe,
            parameters=msgspec.json.encode(operation.parameters),
        )
    )
    await session.flush()
    session.add_all(
        FieldRow(
            database=service.database,
            service=service.code,
            version=service.version,
            operation=operation.code,
            path=field.path,
            type=field.type,
            class_=field.class_,
            title_vi=field.title_vi,
            term=field.term,
            structural=field.structural,
        )
        for field in operation.fields
    )


async def _forget_operations(session: AsyncSession, service: ServiceDescription) -> None:
    for table in (FieldRow, OperationRow):
        await session.exec(
            delete(table).where(
                col(table.database) == service.database,
                col(table.service) == service.code,
                col(table.version) == service.version,
            )
        )


def _folded(service: ServiceDescription) -> str:
    words = [service.code, service.title_vi, service.title_en, service.summary_vi]
    for operation in service.operations:
        words += [operation.title_vi, operation.title_en]
        words += [word for field in operation.fields for word in (field.path, field.title_vi)]
    return fold(" ".join(words))


def view_of(row: ServiceVersionRow) -> ServiceView:
    """Return a version as its row keeps it."""
    description = msgspec.json.decode(row.description, type=ServiceDescription)
    return ServiceView(
        description,
        ServiceState(row.state),
        row.digest,
        row.published_at,
        deprecated_at=row.deprecated_at,
        sunset_at=row.sunset_at,
        successor=row.successor,
    )


def without_bindings(view: ServiceView) -> ServiceView:
    """Return the view without the adapters' own configuration: how a provider is asked is no reader's business."""
    operations = tuple(
        msgspec.structs.replace(operation, binding=msgspec.Raw(b"{}")) for operation in view.service.operations
    )
    return replace(view, service=msgspec.structs.replace(view.service, operations=operations))
