"""What does the catalogue of the demo province hold?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    OperationDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
)
from gateway.demo.databases import DATABASES
from gateway.demo.described.agencies import PURPOSES, describe_agencies
from gateway.demo.described.databases import describe_databases
from gateway.demo.described.national import describe_national_services
from gateway.demo.described.operations import describe_services
from gateway.demo.described.providers import describe_providers
from gateway.demo.described.trials import describe_trial_providers, describe_trial_services


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All descriptions, in the order in which they can be added."""

    agencies: tuple[AgencyDescription, ...]
    purposes: tuple[PurposeDescription, ...]
    databases: tuple[DatabaseDescription, ...]
    providers: tuple[ProviderDescription, ...]
    services: tuple[ServiceDescription, ...]

    def operation(self, database: str, service: str, operation: str) -> OperationDescription:
        """Return an operation of version 1 of a service. Raises `KeyError`."""
        for one in self.services:
            if (one.database, one.code) == (database, service):
                for found in one.operations:
                    if found.code == operation:
                        return found
        raise KeyError(f"{database}/{service}/{operation}")


def describe_catalogue(directory: Path, *, provider_address: str) -> Catalogue:
    """Return the catalogue of the demo that lies in `directory`; the provider process listens at `provider_address`."""
    examples = _read_examples(directory)
    return Catalogue(
        agencies=describe_agencies(),
        purposes=PURPOSES,
        databases=describe_databases(),
        providers=(*describe_providers(directory, provider_address), *describe_trial_providers(provider_address)),
        services=(
            *(
                service
                for database in DATABASES
                for service in describe_services(database, examples.get(database.code))
            ),
            *describe_national_services(),
            *describe_trial_services(),
        ),
    )


def _read_examples(directory: Path) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return keys that the demo's data hold, by database and object; none where no demo was made yet."""
    path = directory / "examples.json"
    if not path.exists():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, tuple[str, ...]]])
