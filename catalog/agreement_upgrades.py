"""What would an agreement say about the newest version of the services that it names, and what breaks on the way?

Pure. A field, an operation or a row filter that the new version does not have is left out and named: nothing becomes
wider by upgrading, and new fields are named but never taken by themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from catalog.agreement_differences import grant_name
from catalog.compatibility import breaking_changes
from catalog.descriptions import FieldClass, OperationDescription, ServiceDescription
from catalog.errors import Fault
from catalog.paths import below
from catalog.terms import AgreementTerms, GrantTerms


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The terms with the newest versions, None where nothing of them is left, and what to know before asking.

    `breaks` are what callers have to change or will miss; `offers` what could be asked for besides.
    """

    terms: AgreementTerms | None
    moved: tuple[str, ...]
    breaks: tuple[Fault, ...]
    offers: tuple[Fault, ...]


def upgrade_terms(terms: AgreementTerms, services: Mapping[tuple[str, int], ServiceDescription]) -> Upgrade | None:
    """Return the terms moved to the newest of `services` (by code and version), None where all are there already.

    `services` are those that may be called, and the older versions that the terms name.
    """
    newest = {code: max(version for one, version in services if one == code) for code, _ in services}
    moving = [grant for grant in terms.grants if newest.get(grant.service, 0) > grant.version]
    if not moving:
        return None
    grants: list[GrantTerms] = []
    breaks: list[Fault] = []
    offers: list[Fault] = []
    for grant in terms.grants:
        if grant not in moving:
            grants.append(grant)
            continue
        before = services.get((grant.service, grant.version))
        after = services[(grant.service, newest[grant.service])]
        kept = _moved(grant, after, breaks)
        if kept is not None:
            grants.append(kept)
            offers.extend(_offers(kept, before, after))
        if before is not None:
            breaks.extend(_breaks(grant, before, after))
    return Upgrade(
        terms=msgspec.structs.replace(terms, grants=tuple(grants)) if grants else None,
        moved=tuple(f"{grant_name(grant)} → v{newest[grant.service]}" for grant in moving),
        breaks=tuple(dict.fromkeys(breaks)),
        offers=tuple(offers),
    )


def _moved(grant: GrantTerms, after: ServiceDescription, breaks: list[Fault]) -> GrantTerms | None:
    where = grant_name(grant)
    operation = next((one for one in after.operations if one.code == grant.operation), None)
    if operation is None:
        breaks.append(Fault(where, "phiên bản mới không còn thao tác này", "the new version has no such operation"))
        return None
    classes = {leaf.path: leaf.class_ for leaf in operation.fields if not leaf.structural}
    reasoned = {one.field for one in grant.reasons}
    for path in grant.fields:
        if path not in classes:
            breaks.append(Fault(f"{where}: {path}", "phiên bản mới không còn trường này", "there is no such field"))
        elif classes[path] is FieldClass.SENSITIVE and path not in reasoned:
            breaks.append(
                Fault(
                    f"{where}: {path}", "nay là trường nhạy cảm: phải nêu lý do", "now sensitive: say why it is needed"
                )
            )
    kept = tuple(
        path
        for path in grant.fields
        if path in classes and (classes[path] is not FieldClass.SENSITIVE or path in reasoned)
    )
    if not kept or not _filters_still_hold(grant, operation):
        breaks.append(
            Fault(where, "không giữ được thao tác: xin lại từ đầu", "the operation cannot be kept: ask for it anew")
        )
        return None
    if operation.officer_needed and not grant.officer_required:
        breaks.append(Fault(where, "nay bắt buộc nêu cán bộ", "an officer must now be named"))
    return msgspec.structs.replace(
        grant,
        version=after.version,
        fields=kept,
        reasons=tuple(one for one in grant.reasons if one.field in kept and classes[one.field] is FieldClass.SENSITIVE),
        officer_required=grant.officer_required or operation.officer_needed,
    )


def _filters_still_hold(grant: GrantTerms, operation: OperationDescription) -> bool:
    if grant.rows == "all":
        return True
    members = {below(leaf.path, operation.rows) for leaf in operation.fields if not leaf.structural}
    return all(condition.field in members for condition in grant.rows)


def _breaks(grant: GrantTerms, before: ServiceDescription, after: ServiceDescription) -> Iterator[Fault]:
    fields = set(grant.fields)
    was = next((one for one in before.operations if one.code == grant.operation), None)
    declared = set() if was is None else {leaf.path for leaf in was.fields}
    for fault in breaking_changes(before, after):
        operation, _, member = fault.where.partition(".")
        if operation == grant.operation and (member not in declared or member in fields):
            yield Fault(f"{grant_name(grant)}: {member}" if member else grant_name(grant), fault.vi, fault.en)


def _offers(kept: GrantTerms, before: ServiceDescription | None, after: ServiceDescription) -> Iterator[Fault]:
    known = {
        leaf.path
        for one in (() if before is None else before.operations)
        if one.code == kept.operation
        for leaf in one.fields
    }
    for one in after.operations:
        for leaf in one.fields if one.code == kept.operation else ():
            if leaf.path not in known and not leaf.structural:
                yield Fault(f"{grant_name(kept)}: {leaf.path}", f"trường mới: {leaf.title_vi}", "a new field")
