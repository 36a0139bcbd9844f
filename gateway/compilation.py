"""How does the catalogue become what a call is decided on?

Pure but for building adapters. What has not changed since the snapshot before is taken over, so that a change of one
agreement among ten thousand compiles one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import msgspec

from adapters.contract import Adapter, Binding, Condition, DeclaredField, Json, Operator, Provider
from adapters.errors import BindingInvalid
from catalog.descriptions import OperationDescription, ProviderDescription, ServiceDescription
from catalog.policy import AgreementPolicy, Policy, ServicePolicy, SystemFacts
from catalog.states import AgreementState
from catalog.terms import GrantTerms, Hours
from gateway.jsonbody import BodyCheck
from gateway.parameters import compile_rule
from gateway.snapshot import CompiledGrant, CompiledOperation, CompiledService, MaskShelf, Snapshot, SystemPolicy
from gateway.telemetry import Logger
from security.assertions import secret_thumbprint
from security.errors import SecretUnavailable
from security.minimize import compile_mask
from security.policy import Standing, Window
from security.ratelimit import compile_rate

BuildAdapter = Callable[[Provider, tuple[Binding, ...]], Adapter]
ResolveSecret = Callable[[str], str]


@dataclass(slots=True)
class Compiler:
    """Compiles policies into snapshots, one after the other, and remembers the parts by their digests."""

    build_adapter: BuildAdapter
    resolve_secret: ResolveSecret
    zone: ZoneInfo
    log: Logger
    max_json_bytes: int
    _retired: list[Adapter] = field(default_factory=list)
    _adapters: dict[str, tuple[str, Adapter]] = field(default_factory=dict)
    _agreements: dict[str, tuple[str, dict[tuple[str, str], CompiledGrant]]] = field(default_factory=dict)

    def compile(self, policy: Policy) -> Snapshot:
        """Return the snapshot of `policy`.

        What cannot be served is left out and logged: it refuses, the rest goes on.
        """
        operations, providers = self._compile_operations(policy)
        grants: defaultdict[tuple[str, str], list[CompiledGrant]] = defaultdict(list)
        reach: set[tuple[str, str, str]] = set()
        agreements: dict[str, tuple[str, dict[tuple[str, str], CompiledGrant]]] = {}
        for agreement in policy.agreements.values():
            key = _agreement_key(agreement, policy, operations)
            held = self._agreements.get(agreement.code)
            compiled = (
                held[1] if held is not None and held[0] == key else self._compile_agreement(agreement, operations)
            )
            agreements[agreement.code] = (key, compiled)
            for place, grant in compiled.items():
                grants[place].append(grant)
                database, service, *_ = place[1].split("/")
                reach.add((place[0], database, service))
        self._agreements = agreements
        return Snapshot(
            revision=policy.revision,
            digest=_digest_of(policy, agreements),
            systems={system.code: _system(system) for system in policy.systems.values()},
            services=_route(policy, operations),
            grants={place: tuple(found) for place, found in grants.items()},
            reach=frozenset(reach),
            providers=providers,
        )

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
            except (BindingInvalid, SecretUnavailable) as error:
                self.log.error("provider.unusable", provider=code, error=str(error))
                continue
            kept[code] = (key, adapter)
            providers[code] = adapter
            for service in services:
                for description in service.description.operations:
                    operation = compile_operation(
                        service.description, description, adapter, max_json_bytes=self.max_json_bytes
                    )
                    operations[operation.key] = operation
        in_use = {id(adapter) for _, adapter in kept.values()}
        self._retired.extend(adapter for _, adapter in self._adapters.values() if id(adapter) not in in_use)
        self._adapters = kept
        return operations, providers

    def _build(self, says: ProviderDescription, services: list[ServicePolicy]) -> Adapter:
        provider = Provider(
            code=says.code,
            adapter=says.adapter,
            endpoint=says.endpoint,
            options=_object(says.options),
            secrets={name: self.resolve_secret(reference) for name, reference in says.secrets.items()},
            timeout=says.timeout,
            max_concurrency=says.max_concurrency,
            max_response_bytes=says.max_response_bytes,
        )
        bindings = tuple(
            bind(service.description, operation) for service in services for operation in service.description.operations
        )
        return self.build_adapter(provider, bindings)

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
                    compiled[(system, key)] = compile_grant(agreement, terms, operation, system=system, zone=self.zone)
            except ValueError as error:
                self.log.error("grant.unusable", agreement=agreement.code, operation=key, error=str(error))
        return compiled


def operation_key(service: ServiceDescription, operation: OperationDescription) -> str:
    """Return the name of an operation that is unique on the platform."""
    return f"{service.database}/{service.code}/v{service.version}/{operation.code}"


def bind(service: ServiceDescription, operation: OperationDescription) -> Binding:
    """Return how an adapter is told of an operation."""
    return Binding(
        operation=operation_key(service, operation),
        safe=operation.safe,
        config=_object(operation.binding),
        fields=tuple(DeclaredField(leaf.path, leaf.type) for leaf in operation.fields),
        rows=operation.rows,
    )


def compile_operation(
    service: ServiceDescription, description: OperationDescription, adapter: Adapter, *, max_json_bytes: int
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
    )


def compile_grant(
    agreement: AgreementPolicy, terms: GrantTerms, operation: CompiledOperation, *, system: str, zone: ZoneInfo
) -> CompiledGrant:
    """Return what `system` may do with `operation`. Raises ValueError when the terms cannot be enforced."""
    conditions = (
        ()
        if terms.rows == "all"
        else tuple(Condition(c.field, Operator(c.operator.value), c.values) for c in terms.rows)
    )
    if terms.rows != "all" and not conditions:
        raise ValueError("a row filter without a condition")
    compile_subset = partial(
        compile_mask,
        operation.description.fields,
        rows=operation.description.rows,
        conditions=conditions,
        subjects=operation.subject_answer_paths,
    )
    whole = agreement.terms
    mask = compile_subset(terms.fields)
    return CompiledGrant(
        key=f"{agreement.code}/{system}/{operation.key}",
        agreement=agreement.code,
        agreement_version=agreement.version,
        agreement_digest=agreement.digest,
        legal_basis="; ".join(f"{basis.document} {basis.article}".strip() for basis in whole.legal_basis),
        standing=_standing(agreement),
        valid_from=datetime.combine(whole.valid_from, time(), zone).astimezone(UTC),
        valid_before=datetime.combine(whole.valid_until + timedelta(days=1), time(), zone).astimezone(UTC),
        purposes=frozenset(whole.purposes),
        fields=terms.fields,
        withheld=mask.withheld,
        windows=None if terms.hours == "always" else tuple(_window(hours) for hours in terms.hours),
        networks=None if terms.networks == "any" else tuple(ip_network(network) for network in terms.networks),
        case_file_required=terms.case_file_required,
        officer_required=terms.officer_required,
        rate=compile_rate(terms.rate.requests, terms.rate.per_seconds, burst=terms.rate.burst),
        daily_quota=terms.daily_quota,
        conditions=conditions,
        mask=mask,
        narrower=MaskShelf(compile_subset),
    )


def _standing(agreement: AgreementPolicy) -> Standing:
    if agreement.suspended_by or agreement.state is AgreementState.SUSPENDED:
        return Standing.SUSPENDED
    match agreement.state:
        case AgreementState.ACTIVE:
            return Standing.ACTIVE
        case AgreementState.APPROVED:
            return Standing.PENDING
        case _:
            return Standing.ENDED


def _window(hours: Hours) -> Window:
    end = None if hours.until == "24:00" else time.fromisoformat(hours.until)
    return Window(frozenset(hours.days), time.fromisoformat(hours.from_), end)


def _system(facts: SystemFacts) -> SystemPolicy:
    return SystemPolicy(
        code=facts.code,
        agency=facts.agency,
        active=facts.active,
        legacy=facts.legacy,
        keys=facts.keys,
        # The id of a public key is its thumbprint (`catalog.systems.add_key`).
        proofs={key.id if key.jwk else secret_thumbprint(key.secret_hash): key.expires_at for key in facts.keys},
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
            operations={length: tuple(found) for length, found in by_length.items()}, specified=says.specified
        )
    return routes


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


def _digest_of(policy: Policy, agreements: Mapping[str, tuple[str, object]]) -> str:
    """Return SHA-256 (hex, 16 characters) over all that was compiled: names the policy in records."""
    whole = hashlib.sha256()
    for system in sorted(policy.systems.values(), key=lambda system: system.code):
        whole.update(f"{system.code}|{system.active}|{system.legacy}|{[key.id for key in system.keys]}\n".encode())
    for place, service in sorted(policy.services.items()):
        whole.update(f"{place}|{service.digest}|{service.callable}\n".encode())
    for code, provider in sorted(policy.providers.items()):
        whole.update(f"{code}|{provider.digest}\n".encode())
    for code, (key, _) in sorted(agreements.items()):
        whole.update(f"{code}|{key}\n".encode())
    return whole.hexdigest()[:16]


def _object(raw: msgspec.Raw) -> dict[str, Json]:
    decoded: dict[str, Json] = msgspec.json.decode(raw)
    return decoded
