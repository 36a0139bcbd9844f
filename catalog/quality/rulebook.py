"""Which rules hold for a database: those that follow from its descriptions, as its owner changed them?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, refuse_faults
from catalog.databases import show_database
from catalog.descriptions import DatabaseDescription, ServiceDescription
from catalog.errors import Fault, NotThere
from catalog.quality.criteria import Check
from catalog.quality.derivation import SharedList, derive_rules, newest_versions, shared_lists
from catalog.quality.rules import Rule, read_reference, rule_faults
from catalog.quality.sources import Reason, Source, fields_of_rows, source_of
from catalog.quality.tables import QualityListRow, QualityRuleRow
from catalog.states import SERVED
from catalog.tables import ServiceVersionRow


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """One service: how it is read (or why it cannot be), and its rules, those that are switched off among them."""

    service: ServiceDescription
    source: Source | Reason
    rules: tuple[Rule, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields for which a rule can be written, relative to a row."""
        return tuple(fields_of_rows(self.source)) if isinstance(self.source, Source) else ()


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of a database, service by service."""

    database: DatabaseDescription
    services: tuple[ServiceRules, ...]

    def service(self, code: str) -> ServiceRules:
        """Return the rules of one service. Raises NotThere."""
        found = next((one for one in self.services if one.service.code == code), None)
        if found is None:
            raise NotThere("service", f"{self.database.code}/{code}")
        return found

    def rule(self, service: str, field: str, check: Check) -> Rule:
        """Return one rule. Raises NotThere."""
        rules = self.service(service).rules
        found = next((rule for rule in rules if (rule.field, rule.check) == (field, check)), None)
        if found is None:
            raise NotThere("quality rule", f"{service}:{field}:{check}")
        return found


async def read_rulebook(session: AsyncSession, database: str) -> Rulebook:
    """Return the rules in force for a database. Raises NotThere."""
    described = await show_database(session, database)
    lists = await read_lists(session)
    changed = await _changed_rules(session, database)
    services = [
        _service_rules(described, service, lists, changed.get(service.code, ()))
        for service in newest_versions(await _served(session, database))
    ]
    return Rulebook(described, tuple(services))


async def set_rule(session: AsyncSession, database: str, rule: Rule, *, by: Actor) -> Change:
    """Let a rule hold as somebody wrote it. Raises NotThere (database, service), ContentInvalid with each fault."""
    book = await read_rulebook(session, database)
    about = book.service(rule.service)
    refuse_faults(
        *rule_faults(rule),
        Fault("field", "dịch vụ không có trường này", "the service has no such field")
        if rule.field and rule.field not in about.fields
        else None,
        await _reference_fault(session, rule),
    )
    before = next((one for one in about.rules if one.code == rule.code), None)
    row = await session.get(QualityRuleRow, (database, rule.service, rule.field, rule.check)) or QualityRuleRow(
        database=database,
        service=rule.service,
        field=rule.field,
        kind=rule.check,
        argument="",
        weight=1,
        enabled=True,
        changed_by="",
        changed_at=by.at,
    )
    row.argument, row.weight, row.enabled = rule.argument, rule.weight, rule.enabled
    row.changed_by, row.changed_at = by.code, by.at
    session.add(row)
    await session.flush()
    return Change(
        "quality-rule",
        f"{database}:{rule.code}",
        before=_digest(before),
        after=_digest(rule),
        agencies=(book.database.owner,),
    )


async def reset_rule(session: AsyncSession, database: str, service: str, field: str, check: Check) -> Change:
    """Forget what was changed about a rule: a derived one holds again, any other is gone. Raises NotThere."""
    book = await read_rulebook(session, database)
    row = await session.get(QualityRuleRow, (database, service, field, check))
    if row is None:
        raise NotThere("quality rule", f"{database}:{service}:{field}:{check}")
    before = book.rule(service, field, check)
    await session.delete(row)
    await session.flush()
    after = next((one for one in (await read_rulebook(session, database)).service(service).rules
                  if (one.field, one.check) == (field, check)), None)  # fmt: skip
    return Change(
        "quality-rule",
        f"{database}:{before.code}",
        before=_digest(before),
        after=_digest(after),
        agencies=(book.database.owner,),
    )


async def read_lists(session: AsyncSession) -> dict[str, SharedList]:
    """Return the shared lists by name, as the worker last worked them out."""
    found = {}
    for row in await session.exec(select(QualityListRow)):
        place = read_reference(row.argument)
        if place is not None:
            found[row.name] = SharedList(row.name, place)
    return found


async def work_out_lists(session: AsyncSession) -> dict[str, SharedList]:
    """Return the shared lists that follow from all services of today. Reads them all: not in a transaction."""
    sources = [source_of(service) for service in newest_versions(await _served(session))]
    return shared_lists(source for source in sources if isinstance(source, Source))


async def keep_lists(session: AsyncSession, wanted: Mapping[str, SharedList]) -> None:
    """Let these be the shared lists that pages and rules go by."""
    held = await read_lists(session)
    await session.exec(delete(QualityListRow).where(col(QualityListRow.name).in_(set(held) - set(wanted))))
    for name, one in wanted.items():
        row = await session.get(QualityListRow, name) or QualityListRow(name=name, argument="")
        row.argument = one.argument
        session.add(row)


async def _served(session: AsyncSession, database: str = "") -> list[ServiceDescription]:
    rows = select(ServiceVersionRow.description).where(col(ServiceVersionRow.state).in_(SERVED))
    if database:
        rows = rows.where(ServiceVersionRow.database == database)
    ordered = rows.order_by(col(ServiceVersionRow.database), col(ServiceVersionRow.service))
    return [msgspec.json.decode(one, type=ServiceDescription) for one in await session.exec(ordered)]


async def _changed_rules(session: AsyncSession, database: str) -> Mapping[str, Sequence[QualityRuleRow]]:
    found: dict[str, list[QualityRuleRow]] = {}
    for row in await session.exec(select(QualityRuleRow).where(QualityRuleRow.database == database)):
        found.setdefault(row.service, []).append(row)
    return found


def _service_rules(
    database: DatabaseDescription, service: ServiceDescription, lists: Mapping[str, SharedList],
    changed: Sequence[QualityRuleRow],
) -> ServiceRules:  # fmt: skip
    source = source_of(service, known=tuple(lists))
    if not isinstance(source, Source):
        return ServiceRules(service, source, ())
    rules = {rule.code: rule for rule in derive_rules(database, source, lists)}
    identifiers = {rule.field for rule in rules.values() if rule.identifier}
    for row in changed:
        new = Rule(service.code, row.field, Check(row.kind), identifier=row.field in identifiers)
        rule = rules.get(new.code, new).changed(argument=row.argument, weight=row.weight, enabled=row.enabled)
        if not row.field or row.field in fields_of_rows(source):  # a new version may have lost the field
            rules[rule.code] = rule
    order = {field: place for place, field in enumerate(fields_of_rows(source))}
    ordered = sorted(rules.values(), key=lambda rule: (order.get(rule.field, -1), list(Check).index(rule.check)))
    return ServiceRules(service, source, tuple(ordered))


async def _reference_fault(session: AsyncSession, rule: Rule) -> Fault | None:
    if rule.check is not Check.LISTED:
        return None
    place = read_reference(rule.argument)
    if place is None:
        return None  # `rule_faults` has said it
    row = await session.get(ServiceVersionRow, (place.database, place.service, place.version))
    described = None if row is None else msgspec.json.decode(row.description, type=ServiceDescription)
    for operation in () if described is None else described.operations:
        if operation.code == place.operation and any(
            field.path == place.field or field.path.endswith(f".{place.field}") for field in operation.fields
        ):
            return None
    return Fault(
        "argument", "danh mục không có thao tác hoặc trường này", "the catalogue has no such operation or field"
    )


def _digest(rule: Rule | None) -> str:
    if rule is None:
        return ""
    plain = replace(rule, derived=False)
    return digest_of({"code": plain.code, "argument": plain.argument, "weight": plain.weight, "enabled": plain.enabled})
