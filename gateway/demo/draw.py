"""How do the generators of the databases draw people, places and days? One source of chance per database, seeded."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import TypeAlias, TypeVar

from adapters.contract import Json
from gateway.demo.enterprises import Enterprise
from gateway.demo.people import AS_OF, Citizen
from gateway.demo.province import Province
from gateway.demo.units import Commune, commune

T = TypeVar("T")
Cell: TypeAlias = str | int | float | bool | date | datetime | None
Row: TypeAlias = tuple[Cell, ...]
Tables: TypeAlias = Mapping[str, Sequence[Row]]  # object code -> rows, in the order of the object's columns
Record: TypeAlias = Mapping[str, Json]
Records: TypeAlias = Mapping[str, Sequence[Record]]  # object code -> records, nested as the provider answers

HANOI = timezone(timedelta(hours=7))


class Draw:
    """Chance over one province. The same province and purpose draw the same things in the same order."""

    def __init__(self, province: Province, purpose: str) -> None:
        self.random = Random(f"{province.seed}:{purpose}")
        self.province = province
        self._people = tuple(province.people.values())
        self._adults = tuple(one for one in self._people if 20 <= one.age() <= 68)
        self._enterprises = tuple(province.enterprises.values())

    def adult(self) -> Citizen:
        """Someone of 20 to 68 years."""
        return self.random.choice(self._adults)

    def adults(self, count: int) -> list[Citizen]:
        """`count` different adults."""
        return self.random.sample(self._adults, count)

    def aged(self, youngest: int, oldest: int) -> tuple[Citizen, ...]:
        """All people between these ages, in the province's order."""
        return tuple(one for one in self._people if youngest <= one.age() <= oldest)

    def enterprise(self) -> Enterprise:
        """An enterprise."""
        return self.random.choice(self._enterprises)

    def commune(self) -> Commune:
        """A commune."""
        return self.random.choice(self.province.communes)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        """True in so many cases of a hundred."""
        return self.random.randrange(100) < percent

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self.random.randint(least, most)

    def measure(self, least: float, most: float, *, digits: int = 1) -> float:
        """A rounded number."""
        return round(self.random.uniform(least, most), digits)

    def day(self, years: int) -> date:
        """A day of the last so many years, before the province's day."""
        return AS_OF - timedelta(days=self.random.randint(1, years * 365))

    def moment(self, days: int) -> datetime:
        """A moment within working hours of the last so many days, in the province's time."""
        at = time(self.random.randint(7, 16), self.random.randrange(60), self.random.randrange(60), tzinfo=HANOI)
        return datetime.combine(AS_OF - timedelta(days=self.random.randint(1, days)), at)


def home(citizen: Citizen) -> str:
    """A citizen's full address."""
    return f"{citizen.address}, {commune(citizen.residence).full_name}"


def leaves(record: Json | Record, path: str) -> list[Json]:
    """All values at a dotted path (`[]` for a list's elements); none where it leads nowhere."""
    found: list[Json] = [dict(record) if isinstance(record, Mapping) else record]
    for step in path.split("."):
        name = step.removesuffix("[]")
        below = [one[name] for one in found if isinstance(one, dict) and name in one]
        found = [leaf for one in below if isinstance(one, list) for leaf in one] if step.endswith("[]") else below
    return found


def matches(record: Record, path: str, wanted: str | None) -> bool:
    """Whether the record holds `wanted` at the path; True when nothing is wanted."""
    return not wanted or any(str(leaf) == wanted for leaf in leaves(record, path))
