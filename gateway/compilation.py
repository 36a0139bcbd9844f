"""How does the catalogue become what a call is decided on?

Pure but for building adapters. What has not changed since the snapshot before is taken over, so that a change of one
agreement among ten thousand compiles one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from adapters.contract import Adapter, Binding, Comparing, DeclaredField
from adapters.errors import BindingInvalid
from catalog.axis import unambiguous
from catalog.descriptions import OperationDescription, Place, ProviderDescription, ServiceDescription
from catalog.policy import AgreementPolicy, Ending, Policy, ServicePolicy, SystemFacts
from gateway.grantbook import Entry, GrantBook
from gateway.granting import MaskTable, compile_grant
from gateway.jsonbody import BodyCheck
from gateway.lifecycle import lifecycle_headers, successor_address
from gateway.parameters import compile_rule
from gateway.snapshot import CompiledGrant, CompiledOperation, CompiledService, Snapshot, SystemPolicy
from gateway.surroundings import json_object
from gateway.telemetry import Logger
from gateway.xroaddirectory import compile_directory
from security.assertions import secret_thumbprint
from security.errors import SecretUnavailable

BuildAdapter = Callable[[ProviderDescription, Sequence[Binding]], Adapter]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What was compiled last: of which policy, and the parts that the next one takes over."""

    policy: Policy
    operations: dict[str, CompiledOperation]
    services: dict[tuple[str, str, str], CompiledService]
    snapshot: Snapshot
    book: GrantBook


@dataclass(slots=True)
class Compiler:
    """Compiles policies into snapshots, one after the other, and remembers the parts by their digests."""

    build_adapter: BuildAdapter
    zone: ZoneInfo
    log: Logger
    max_json_bytes: int
    _retired: list[Adapter] = field(default_factory=list)
    _adapters: dict[str, tuple[str, Adapter]] = field(default_factory=dict)
    _held: _Compiled | None = None
    _masks: MaskTable = field(default_factory=dict)

    @property
    def policy(self) -> Policy | None:
        """The policy compiled last: the next one is read as what changed since."""
        return None if self._held is None else self._held.policy

    def compile(self, policy: Policy) -> Snapshot:
        """Return the snapshot of `policy`.

        What cannot be served is left out and logged: it refuses, the rest goes on. Where the policy says which
        agreements are not as they were in the one before, only those are compiled.
        """
        held = self._held
        if held is not None and _same_services(policy, held.policy):
            operations, services, providers = held.operations, held.services, held.snapshot.providers
        else:
            operations, providers = self._compile_operations(policy)
            services = _route(policy, operations)
            self._masks = {}  # they are those of operations as they were
        book = self._turn_page(policy, held, operations)
        xroad = compile_directory(policy)
        snapshot = Snapshot(
            revision=policy.revision,
            digest=_digest_of(policy, book),
            systems={
                system.code: _system(system, network_proofs=xroad.proofs_of(system.code))
                for system in policy.systems.values()
            },
            services=services,
            retired=_retired(policy),
            grants=book.grants,
            reach=book.reach.keys(),
            providers=providers,
            axis=_axis(policy),
            xroad=xroad,
        )
        self._held = _Compiled(policy, operations, services, snapshot, book)
        return snapshot

    def _turn_page(
        self, policy: Policy, held: _Compiled | None, operations: Mapping[str, CompiledOperation]
    ) -> GrantBook:
        """Return the book before with the agreements that changed, and those that name a service that did."""
        if held is None or policy.changed is None:
            return self._rewrite_book(policy, operations)
        moved = _moved_services(policy, held, operations)
        changed = {code for code in policy.changed if code in policy.agreements or code in held.book.entries}
        if moved:
            changed.update(code for code, one in policy.agreements.items() if _names_any(one, moved))
        return held.book.with_changes(
            {code: self._entry(policy.agreements.get(code), policy, operations) for code in changed}
        )

    def _rewrite_book(self, policy: Policy, operations: Mapping[str, CompiledOperation]) -> GrantBook:
        return GrantBook().with_changes(
            {code: self._entry(agreement, policy, operations) for code, agreement in policy.agreements.items()}
        )

    def _entry(
        self, agreement: AgreementPolicy | None, policy: Policy, operations: Mapping[str, CompiledOperation]
    ) -> Entry | None:
        if agreement is None:
            return None
        key = _agreement_key(agreement, policy, operations)
        before = None if self._held is None else self._held.book.entries.get(agreement.code)
        if before is not None and before.key == key:
            return before
        return Entry(key, self._compile_agreement(agreement, operations))

    def take_retired(self) -> list[Adapter]:
        """Return the adapters that no snapshot uses any more, once each: close them when their calls are over."""
        retired, self._retired = self._retired, []
        return retired

    def _compile_operations(self, policy: Policy) -> tuple[dict[str, CompiledOperation], dict[str, Adapter]]:
        by_provider: defaultdict[str, list[ServicePolicy]] = defaultdict(list)
        for service in policy.services.values():
            if service.callable:
                by_provider[service.description.provider].append(service)
        operations: dict[str, CompiledOperation] = {}
        providers: dict[str, Adapter] = {}
        kept: dict[str, tuple[str, Adapter]] = {}
        for code, services in by_provider.items():
            key = "|".join((policy.providers[code].digest, *sorted(service.digest for service in services)))
            held = self._adapters.get(code)
            try:
                adapter = (
                    held[1]
                    if held is not None and held[0] == key
                    else self._build(policy.providers[code].description, services)
                )
            except (BindingInvalid, SecretUnavailable, ValueError) as error:
                self.log.error("provider.unusable", provider=code, error=str(error))
                continue
            kept[code] = (key, adapter)
            providers[code] = adapter
            same_adapter = held is not None and held[1] is adapter
            for service in services:
                if same_adapter and self._take_over(service, operations):
                    continue
                for description in service.description.operations:
                    try:
                        operation = compile_operation(
                            service.description,
                            description,
                            adapter,
                            max_json_bytes=self.max_json_bytes,
                            ending=service.ending,
                        )
                    except ValueError as error:  # a pattern or a schema from before such ones were refused
                        key = operation_key(service.description, description)
                        self.log.error("operation.unusable", operation=key, error=str(error))
                        continue
                    operations[operation.key] = operation
        in_use = {id(adapter) for _, adapter in kept.values()}
        self._retired.extend(adapter for _, adapter in self._adapters.values() if id(adapter) not in in_use)
        self._adapters = kept
        return operations, providers

    def _take_over(self, service: ServicePolicy, operations: dict[str, CompiledOperation]) -> bool:
        """Take the operations of a service that is as it was from what was compiled before; tell whether it is."""
        says, held = service.description, self._held
        if held is None or held.policy.services.get((says.database, says.code, says.version)) != service:
            return False
        keys = [operation_key(says, one) for one in says.operations]
        operations.update({key: held.operations[key] for key in keys if key in held.operations})
        return True

    def _build(self, says: ProviderDescription, services: list[ServicePolicy]) -> Adapter:
        return self.build_adapter(says, bindings_of(one.description for one in services))

    def _compile_agreement(
        self, agreement: AgreementPolicy, operations: Mapping[str, CompiledOperation]
    ) -> dict[tuple[str, str], CompiledGrant]:
        compiled: dict[tuple[str, str], CompiledGrant] = {}
        for terms in agreement.terms.grants:
            key = f"{agreement.terms.database}/{terms.service}/v{terms.version}/{terms.operation}"
            operation = operations.get(key)
            if operation is None:
                continue
            try:
                for system in agreement.terms.systems:
                    compiled[(system, key)] = compile_grant(
                        agreement, terms, operation, system=system, zone=self.zone, masks=self._masks
                    )
            except ValueError as error:
                self.log.error("grant.unusable", agreement=agreement.code, operation=key, error=str(error))
        return compiled


def operation_key(service: ServiceDescription, operation: OperationDescription) -> str:
    """Return the name of an operation that is unique on the platform."""
    return f"{service.database}/{service.code}/v{service.version}/{operation.code}"


def bindings_of(services: Iterable[ServiceDescription]) -> tuple[Binding, ...]:
    """Return the bindings of all operations of `services`, which one provider serves."""
    return tuple(bind(service, operation) for service in services for operation in service.operations)


def bind(service: ServiceDescription, operation: OperationDescription) -> Binding:
    """Return how an adapter is told of an operation."""
    return Binding(
        operation=operation_key(service, operation),
        safe=operation.safe,
        config=json_object(operation.binding),
        fields=tuple(DeclaredField(leaf.path, leaf.type) for leaf in operation.fields),
        rows=operation.rows,
    )


def compile_operation(
    service: ServiceDescription,
    description: OperationDescription,
    adapter: Adapter,
    *,
    max_json_bytes: int,
    ending: Ending | None = None,
) -> CompiledOperation:
    """Return an operation, ready to be asked with a body of at most `max_json_bytes`."""
    places = [place.partition(":")[::2] for place in description.subjects]
    return CompiledOperation(
        key=operation_key(service, description),
        database=service.database,
        service=service.code,
        version=service.version,
        description=description,
        segments=tuple(part for part in description.path.split("/") if part),
        rules={parameter.name: compile_rule(parameter) for parameter in description.parameters},
        body_check=BodyCheck(bytes(description.body_schema)) if description.takes_body else None,
        max_json_bytes=max_json_bytes,
        subject_parameters=tuple(name for kind, name in places if kind == "parameter"),
        subject_body_paths=tuple(name for kind, name in places if kind == "body"),
        subject_answer_paths=tuple(name for kind, name in places if kind == "answer"),
        adapter=adapter,
        lifecycle=lifecycle_headers(service, ending),
        compared=_compared(operation_key(service, description), description, adapter),
    )


def _compared(key: str, description: OperationDescription, adapter: Adapter) -> dict[str, tuple[str, ...]]:
    """Return which parameters compare with which fields.

    An exact one that every call must name is left out: it is what the operation asks by, as the key of a single row
    is, and whoever was granted the operation was granted that question.
    """
    if not isinstance(adapter, Comparing):
        return {}
    named = {one.name for one in description.parameters if one.required or one.place is Place.PATH}
    found = adapter.comparisons(key)
    return {name: one.paths for name, one in found.items() if not (one.exact and name in named)}


def _system(facts: SystemFacts, *, network_proofs: tuple[str, ...]) -> SystemPolicy:
    return SystemPolicy(
        code=facts.code,
        agency=facts.agency,
        active=facts.active,
        legacy=facts.legacy,
        keys=facts.keys,
        # The id of a public key is its thumbprint (`catalog.systems.add_key`); a sealed secret is known by its id.
        proofs={secret_thumbprint(key.secret_hash) if key.secret_hash else key.id: key.expires_at for key in facts.keys}
        | dict.fromkeys(network_proofs),
    )


def _route(policy: Policy, operations: Mapping[str, CompiledOperation]) -> dict[tuple[str, str, str], CompiledService]:
    routes: dict[tuple[str, str, str], CompiledService] = {}
    for service in policy.services.values():
        says = service.description
        if says.specified and not service.callable:
            continue
        by_length: defaultdict[int, list[CompiledOperation]] = defaultdict(list)
        for description in says.operations:
            operation = operations.get(operation_key(says, description))
            if operation is not None:
                by_length[len(operation.segments)].append(operation)
        for found in by_length.values():
            # A literal path goes before a template of the same length: /thua-dat/tim before /thua-dat/{SoGCN}.
            found.sort(key=lambda operation: tuple(segment.startswith("{") for segment in operation.segments))
        routes[(says.database, says.code, f"v{says.version}")] = CompiledService(
            operations={length: tuple(found) for length, found in by_length.items()},
            specified=says.specified,
            description=says,
            digest=service.digest,
        )
    return routes


def _retired(policy: Policy) -> dict[tuple[str, str, str], str]:
    """Return the address of the successor of each retired version, empty where none was named."""
    return {
        (database, code, f"v{version}"): successor_address(service.description, service.ending)
        for (database, code, version), service in policy.services.items()
        if service.description.specified and not service.callable
    }


def _axis(policy: Policy) -> dict[tuple[str, str], str]:
    callable_ones = (service.description for service in policy.services.values() if service.callable)
    return unambiguous(
        (says.axis, f"/x/{says.database}/{says.code}/v{says.version}") for says in callable_ones if says.axis
    )


def _agreement_key(agreement: AgreementPolicy, policy: Policy, operations: Mapping[str, CompiledOperation]) -> str:
    """Return what a compiled agreement depends on: its terms and standing, and the operations that it names."""
    used = sorted({(agreement.terms.database, grant.service, grant.version) for grant in agreement.terms.grants})
    parts = [agreement.digest, str(agreement.version), agreement.state, *sorted(agreement.suspended_by)]
    for place in used:
        service = policy.services.get(place)
        if service is not None:
            keys = (operation_key(service.description, operation) for operation in service.description.operations)
            parts += [service.digest, *(key for key in keys if key in operations)]
    return "|".join(parts)


def _moved_services(
    policy: Policy, held: _Compiled, operations: Mapping[str, CompiledOperation]
) -> frozenset[tuple[str, str, int]]:
    """Return the service versions that are not as they were, or not every operation of which is served as it was."""
    if operations is held.operations:
        return frozenset()
    services, before = policy.services, held.policy.services
    moved = {place for place in services.keys() | before.keys() if services.get(place) != before.get(place)}
    for key in operations.keys() ^ held.operations.keys():
        database, service, version, _ = key.split("/")
        moved.add((database, service, int(version.removeprefix("v"))))
    return frozenset(moved)


def _names_any(agreement: AgreementPolicy, places: frozenset[tuple[str, str, int]]) -> bool:
    terms = agreement.terms
    return any((terms.database, grant.service, grant.version) in places for grant in terms.grants)


def _same_services(policy: Policy, before: Policy) -> bool:
    """Tell whether services and providers are the very ones that were there: what was not read again did not change."""
    return policy.services is before.services and policy.providers is before.providers


def _digest_of(policy: Policy, book: GrantBook) -> str:
    """Return SHA-256 (hex, 16 characters) over all that was compiled: names the policy in records."""
    whole = hashlib.sha256()
    for system in sorted(policy.systems.values(), key=lambda system: system.code):
        whole.update(f"{system.code}|{system.active}|{system.legacy}|{[key.id for key in system.keys]}\n".encode())
    for place, service in sorted(policy.services.items()):
        whole.update(f"{place}|{service.digest}|{service.callable}|{service.ending}\n".encode())
    for code, provider in sorted(policy.providers.items()):
        whole.update(f"{code}|{provider.digest}\n".encode())
    whole.update(book.digest)
    for named in (*policy.xroad_members, *policy.xroad_subsystems):
        whole.update(msgspec.json.encode(named))
    return whole.hexdigest()[:16]
