"""How do the simulators of the national services see the synthetic province, and whom do they let in?"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from gateway.demo.agencies import AGENCIES
from gateway.demo.databases.tthc import PROCEDURES
from gateway.demo.national.app import national_app
from gateway.demo.national.data import Credentials, ProvinceData
from gateway.demo.national.http import AsgiApp
from gateway.demo.province import Province

NATIONAL_MOUNT = "/national"
POPULATION_PATH = "/national/dancu"
LICENSED_PROCEDURES = frozenset(code for code, *_ in PROCEDURES)  # MaDVC: the procedures of the case files
OFFICERS = ("CB.H32.0001", "CB.H32.0002", "CB.H32.0003")  # MaCanBo with rights; any other is refused with 005


def national_secrets(credentials: Credentials) -> Mapping[str, str]:
    """The files below `secrets/` that hold the credentials: `national.{name}`."""
    return {f"national.{name}": str(value) for name, value in asdict(credentials).items()}


def read_national_credentials(directory: Path) -> Credentials:
    """The credentials of a demo that was created. Raises `FileNotFoundError`."""
    folder = directory / "secrets"
    found = {one.name: (folder / f"national.{one.name}").read_text(encoding="ascii") for one in fields(Credentials)}
    return Credentials(**found)


def national_services(directory: Path, province: Province, *, address: str) -> AsgiApp:
    """All simulated national services over this province; `address` is that of the mount, which callers sign."""
    return national_app(
        ProvinceData(province),
        read_national_credentials(directory),
        service_url=f"{address}/dancu",
        procedures=LICENSED_PROCEDURES,
        officers=OFFICERS,
        agencies=[agency.code for agency in AGENCIES],
    )
