"""What does the demo province share with the simulated national services: accounts, licences, addresses?

The province's catalogue and the simulators' application are made from the same values, so that neither has to guess.
"""

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from adapters.contract import Json
from gateway.demo.national.app import POPULATION_PATH, draw_credentials, national_app
from gateway.demo.national.data import Credentials, ProvinceData
from gateway.demo.province import Province
from gateway.demo.web import App

MOUNT = "/national"
CIVIL_STATUS_AGENCY = "KH56"
X_ROAD_CLIENT = "KHANHHOA/GOV/56/LGSP"

# The province's procedure -> the code under which the ministry has licensed it (03-domain, R5).
PROCEDURES = {"1.001193": "KH-HT-01", "1.000894": "KH-HT-02", "1.012766": "KH-DD-01", "9.000004": "KH-CHUA-CAP"}
_LICENSED = ("KH-HT-01", "KH-HT-02", "KH-DD-01")
UNLICENSED_PROCEDURE = "9.000004"

# The province's officer -> his national account (R4). The last one's account has no rights: error 005.
OFFICERS: dict[str, Json] = {
    "KH000001": {"MaCanBo": "CB56001", "MaDonVi": "KH56-PVHCC", "TaiKhoan": "pvhcc.cb001"},
    "KH000002": {"MaCanBo": "CB56002", "MaDonVi": "KH56-PVHCC", "TaiKhoan": "pvhcc.cb002"},
    "KH000003": {"MaCanBo": "CB56900", "MaDonVi": "KH56-PVHCC", "TaiKhoan": "pvhcc.cb900"},
}
_WITH_RIGHTS = ("CB56001", "CB56002")


def ensure_national_secrets(directory: Path) -> Credentials:
    """Return the credentials in `secrets/national.*`; those that are not there yet are drawn and kept (0600)."""
    folder = directory / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    drawn = draw_credentials()
    kept: dict[str, str] = {}
    for one in fields(Credentials):
        path = folder / f"national.{one.name}"
        if not path.exists():
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "w", encoding="ascii") as file:
                file.write(getattr(drawn, one.name))
        kept[one.name] = path.read_text(encoding="ascii").strip()
    return Credentials(**kept)


def simulators(directory: Path, provider_address: str) -> Callable[[Province], App]:
    """Return what makes the simulators' application for a province, with the credentials in `directory`."""
    credentials = ensure_national_secrets(directory)

    def make(province: Province) -> App:
        return national_app(
            ProvinceData(province),
            credentials,
            service_url=population_address(provider_address),
            procedures=_LICENSED,
            officers=_WITH_RIGHTS,
            agencies=(CIVIL_STATUS_AGENCY,),
        )

    return make


def population_address(provider_address: str) -> str:
    """Return where the population database is asked; it enters the signature of each question."""
    return f"{provider_address}{MOUNT}{POPULATION_PATH}"
