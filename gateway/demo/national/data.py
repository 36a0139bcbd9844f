"""Which people, enterprises and categories do the simulated national services know?

`NationalData` is what a simulator asks; `ProvinceData` answers from the synthetic province.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.demo.enterprises import Enterprise
from gateway.demo.people import Citizen
from gateway.demo.province import Province
from gateway.demo.units import PROVINCE_CODE, PROVINCE_NAME, Commune


@dataclass(frozen=True, slots=True)
class Credentials:
    """What callers must prove. Drawn at random when a demo is created; there is no default."""

    population_user: str
    population_secret: str
    population_api_key: str
    client_id: str
    client_secret: str


class NationalData(Protocol):
    """What the simulators look up."""

    def find_citizen(self, identity: str) -> Citizen | None:
        """The citizen with this 12-digit number."""
        ...

    def find_by_old_card(self, number: str) -> Citizen | None:
        """The citizen who had this 9-digit card."""
        ...

    def find_by_insurance(self, number: str) -> Citizen | None:
        """The citizen with this insurance number."""
        ...

    def citizens(self) -> Sequence[Citizen]:
        """All citizens."""
        ...

    def find_enterprise(self, number: str) -> Enterprise | None:
        """The enterprise with this number."""
        ...

    def commune_name(self, code: str) -> str:
        """The name of a commune, empty when there is none."""
        ...

    def category(self, code: str) -> Sequence[Mapping[str, str]]:
        """The rows of a common category, none when there is no such category."""
        ...


class ProvinceData:
    """The synthetic province, as the national services would see it."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self._people = tuple(province.people.values())
        self._communes: dict[str, Commune] = {one.code: one for one in province.communes}

    def find_citizen(self, identity: str) -> Citizen | None:
        """The citizen with this 12-digit number."""
        return self._province.citizen(identity)

    def find_by_old_card(self, number: str) -> Citizen | None:
        """The citizen who had this 9-digit card."""
        return self._province.by_old_identity.get(number)

    def find_by_insurance(self, number: str) -> Citizen | None:
        """The citizen with this insurance number."""
        return self._province.by_insurance.get(number)

    def citizens(self) -> Sequence[Citizen]:
        """All citizens."""
        return self._people

    def find_enterprise(self, number: str) -> Enterprise | None:
        """The enterprise with this number."""
        return self._province.enterprise(number)

    def commune_name(self, code: str) -> str:
        """The name of a commune, empty when there is none."""
        found = self._communes.get(code)
        return found.name if found else ""

    def category(self, code: str) -> Sequence[Mapping[str, str]]:
        """The rows of `DVHC` (administrative units) and `GIOITINH` (sex); no other category is simulated."""
        if code == "GIOITINH":
            return ({"Ma": "1", "Ten": "Nam"}, {"Ma": "2", "Ten": "Nữ"}, {"Ma": "3", "Ten": "Khác"})
        if code != "DVHC":
            return ()
        top = {"Ma": PROVINCE_CODE, "Ten": PROVINCE_NAME, "MaCha": "", "HieuLucTu": "2025-07-01"}
        units = (
            {"Ma": one.code, "Ten": one.name, "MaCha": PROVINCE_CODE, "HieuLucTu": "2025-07-01"}
            for one in self._province.communes
        )
        return (top, *units)
