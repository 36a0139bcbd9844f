"""Which services are published, and how does one come to be?

A service version is immutable once it is published; a change is a new version.
"""

from dataclasses import dataclass

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, refuse_faults
from catalog.descriptions import OperationDescription, ServiceDescription
from catalog.errors import AlreadyThere, Fault, NotThere
from catalog.folding import fold
from catalog.policy import announce_change
from catalog.service_faults import check_service
from catalog.states import ServiceState, ServiceStep, step_service
from catalog.tables import DatabaseRow, FieldRow, OperationRow, ProviderRow, ServiceRow, ServiceVersionRow


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One version of a service, its state and the digest of its description."""

    service: ServiceDescription
    state: ServiceState
    digest: str


async def publish_service(session: AsyncSession, service: ServiceDescription, *, by: Actor) -> Change:
    """Publish one version of a service. Raises ContentInvalid with all faults, NotThere, AlreadyThere."""
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
    return Change(
        "service",
        code,
        after=digest(content),
        version=service.version,
        state=ServiceState.PUBLISHED,
        agencies=(database.owner,),
    )


async def retire_service(session: AsyncSession, database: str, code: str, *, version: int) -> Change:
    """Let nobody call a version any more. Raises NotThere, StateForbids."""
    row = await _version(session, database, code, version=version, lock=True)
    owner = (await session.exec(select(DatabaseRow.owner).where(DatabaseRow.code == database))).one()
    row.state = step_service(ServiceState(row.state), ServiceStep.RETIRE)
    session.add(row)
    await announce_change(session)
    name = f"{database}/{code}"
    return Change("service", name, row.digest, row.digest, version=version, state=row.state, agencies=(owner,))


async def show_service(session: AsyncSession, database: str, code: str, *, version: int) -> ServiceView:
    """Return one version of a service. Raises NotThere."""
    return _view(await _version(session, database, code, version=version, lock=False))


async def list_services(session: AsyncSession, *, database: str = "") -> list[ServiceView]:
    """Return all versions of all services, or of those of one database, in order."""
    rows = select(ServiceVersionRow).order_by(
        col(ServiceVersionRow.database), col(ServiceVersionRow.service), col(ServiceVersionRow.version)
    )
    if database:
        rows = rows.where(ServiceVersionRow.database == database)
    return [_view(row) for row in await session.exec(rows)]


async def _version(session: AsyncSession, database: str, code: str, *, version: int, lock: bool) -> ServiceVersionRow:
    row = await session.get(ServiceVersionRow, (database, code, version), with_for_update=lock or None)
    if row is None:
        raise NotThere("service", f"{database}/{code}/v{version}")
    return row


async def _keep_service(session: AsyncSession, service: ServiceDescription, *, by: Actor) -> None:
    row = await session.get(ServiceRow, (service.database, service.code), with_for_update=True)
    if row is None:
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


def _folded(service: ServiceDescription) -> str:
    words = [service.code, service.title_vi, service.title_en, service.summary_vi]
    for operation in service.operations:
        words += [operation.title_vi, operation.title_en]
        words += [word for field in operation.fields for word in (field.path, field.title_vi)]
    return fold(" ".join(words))


def _view(row: ServiceVersionRow) -> ServiceView:
    description = msgspec.json.decode(row.description, type=ServiceDescription)
    return ServiceView(description, ServiceState(row.state), row.digest)


def without_bindings(view: ServiceView) -> ServiceView:
    """Return the view without the adapters' own configuration: how a provider is asked is no reader's business."""
    operations = tuple(
        msgspec.structs.replace(operation, binding=msgspec.Raw(b"{}")) for operation in view.service.operations
    )
    return ServiceView(msgspec.structs.replace(view.service, operations=operations), view.state, view.digest)
