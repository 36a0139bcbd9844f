"""How is a grant shown to somebody who does not know paths and codes?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.agreement_differences import Both, grant_name, said_hours, said_networks, said_rate, said_rows
from catalog.descriptions import FieldClass, ServiceDescription
from catalog.terms import GrantTerms
from gateway.console.words import FIELD_CLASSES, Status, Words


@dataclass(frozen=True, slots=True)
class FieldPicture:
    """A field that is granted. `reason` says why, where it is sensitive."""

    path: str
    title: Words
    status: Status
    sensitive: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GrantPicture:
    """A grant in words. `known` is false for an operation that the catalogue does not describe any more."""

    name: str
    grant: GrantTerms
    service: Words
    operation: Words
    known: bool
    fields: tuple[FieldPicture, ...]
    withheld: int
    rows: Words
    rate: Words
    hours: Words
    networks: Words

    @property
    def sensitive(self) -> int:
        """How many of the fields are sensitive."""
        return sum(one.sensitive for one in self.fields)


def picture_grants(
    grants: Sequence[GrantTerms], services: Mapping[tuple[str, int], ServiceDescription]
) -> tuple[GrantPicture, ...]:
    """Return grants as they are shown, by what the catalogue says of their services."""
    return tuple(_picture(grant, services.get((grant.service, grant.version))) for grant in grants)


def _picture(grant: GrantTerms, service: ServiceDescription | None) -> GrantPicture:
    operations = () if service is None else service.operations
    operation = next((one for one in operations if one.code == grant.operation), None)
    leaves = {} if operation is None else {leaf.path: leaf for leaf in operation.fields if not leaf.structural}
    reasons = {one.field: one.reason for one in grant.reasons}
    fields = []
    for path in grant.fields:
        leaf = leaves.get(path)
        kind = FieldClass.INTERNAL if leaf is None else leaf.class_
        title = Words(path, path) if leaf is None else Words(leaf.title_vi, leaf.title_en or leaf.title_vi)
        sensitive = kind is FieldClass.SENSITIVE
        fields.append(FieldPicture(path, title, FIELD_CLASSES[kind], sensitive, reasons.get(path, "")))
    service_title = Words(grant.service, grant.service)
    if service is not None:
        service_title = Words(service.title_vi, service.title_en or service.title_vi)
    return GrantPicture(
        name=grant_name(grant),
        grant=grant,
        service=service_title,
        operation=Words(grant.operation, grant.operation)
        if operation is None
        else Words(operation.title_vi, operation.title_en or operation.title_vi),
        known=operation is not None,
        fields=tuple(fields),
        withheld=len(set(leaves) - set(grant.fields)),
        rows=_words(said_rows(grant.rows)),
        rate=_words(said_rate(grant.rate)),
        hours=_words(said_hours(grant.hours)),
        networks=_words(said_networks(grant.networks)),
    )


def _words(both: Both) -> Words:
    return Words(both.vi, both.en)
