"""What does the whole synthetic province hold, and how is a person or an enterprise found in it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.demo.enterprises import (
    Cooperative,
    Enterprise,
    HouseholdBusiness,
    NumberSource,
    generate_cooperatives,
    generate_enterprises,
    generate_household_businesses,
)
from gateway.demo.people import Citizen, generate_people
from gateway.demo.units import COMMUNES, Commune

DEFAULT_SEED = 56


@dataclass(frozen=True, slots=True, repr=False)  # tens of thousands of people: nobody reads that
class Province:
    """All that the nineteen databases and the national simulators agree upon: same person, same number, everywhere."""

    seed: int
    communes: tuple[Commune, ...]
    people: Mapping[str, Citizen]
    enterprises: Mapping[str, Enterprise]
    household_businesses: tuple[HouseholdBusiness, ...]
    cooperatives: tuple[Cooperative, ...]
    by_old_identity: Mapping[str, Citizen]
    by_insurance: Mapping[str, Citizen]

    def citizen(self, identity: str) -> Citizen | None:
        """The citizen with this 12-digit identity number, if there is one."""
        return self.people.get(identity)

    def enterprise(self, number: str) -> Enterprise | None:
        """The enterprise with this number (MSDN), if there is one."""
        return self.enterprises.get(number)


def make_province(seed: int = DEFAULT_SEED) -> Province:
    """Generate the province of this seed: about two seconds, no I/O, the same values each time."""
    people = tuple(generate_people(seed))
    numbers = NumberSource()
    enterprises = tuple(generate_enterprises(seed, people, numbers))
    return Province(
        seed=seed,
        communes=COMMUNES,
        people=MappingProxyType({one.identity: one for one in people}),
        enterprises=MappingProxyType({one.number: one for one in enterprises}),
        household_businesses=tuple(generate_household_businesses(seed, people)),
        cooperatives=tuple(generate_cooperatives(seed, people, numbers)),
        by_old_identity=MappingProxyType({one.old_identity: one for one in people if one.old_identity}),
        by_insurance=MappingProxyType({one.insurance: one for one in people if one.insurance}),
    )
