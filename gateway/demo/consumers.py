"""Which systems of the province call, which people look after them, and what do they prove themselves with?

Keys, secrets and tokens are drawn when a demo is created and lie in its directory (0600); no other copy is kept, and
the catalogue holds public keys and hashes only.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import ECKey

from catalog.descriptions import SystemDescription
from gateway.demo.described.agencies import agency_named, describe_agencies
from gateway.demo.described.databases import describe_databases
from security.staff import Role, new_token

SUSPENDED_SYSTEM = "baocao-cu"
TRIAL_SYSTEM = "kiemthu"
ADMINISTRATOR = "quantri"
OBSERVER = "quansat"

# code | agency | name | English name | how it proves itself
_SYSTEMS = """
motcua | Trung tâm Phục vụ hành chính công tỉnh | Hệ thống một cửa điện tử | One-stop shop | secret
dvc | Trung tâm Phục vụ hành chính công tỉnh | Cổng dịch vụ công | Public-service portal | key
ioc | Sở Khoa học và Công nghệ | Trung tâm giám sát, điều hành thông minh | Operations centre | key
qlvb | Văn phòng Ủy ban nhân dân tỉnh | Quản lý văn bản và điều hành | Document management | secret
pakn | Văn phòng Ủy ban nhân dân tỉnh | Phản ánh, kiến nghị | Feedback system | key
taisancong | Sở Tài chính | Quản lý tài sản công | Public assets | key
tckt | Sở Tài chính | Quản lý tài chính – kế toán | Finance and accounting | secret
congchuyendoiso | Sở Khoa học và Công nghệ | Cổng chuyển đổi số | Digital transformation portal | key
dothi-nhatrang | Ủy ban nhân dân Phường Nha Trang | Đô thị thông minh Nha Trang | Smart city Nha Trang | key
dothi-camranh | Ủy ban nhân dân Phường Cam Ranh | Đô thị thông minh Cam Ranh | Smart city Cam Ranh | key
dothi-ninhhoa | Ủy ban nhân dân Phường Ninh Hòa | Đô thị thông minh Ninh Hòa | Smart city Ninh Hòa | key
dothi-camlam | Ủy ban nhân dân Xã Cam Lâm | Đô thị thông minh Cam Lâm | Smart city Cam Lâm | key
kiemthu | Sở Khoa học và Công nghệ | Hệ thống kiểm thử kết nối | Connection trials | key
baocao-cu | Sở Nội vụ | Hệ thống báo cáo cũ (đã tạm dừng) | Former reporting system (suspended) | key
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the staff of the demo."""

    code: str
    name: str
    role: Role
    agency: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What a system proves itself with: a private key's file, or a secret; the other is empty."""

    system: str
    key_file: Path | None
    secret: str = field(repr=False)

    def public_key(self) -> ECKey:
        """Return the public half. Raises `ValueError` for a system with a secret."""
        if self.key_file is None:
            raise ValueError(f"{self.system} has a secret and no key")
        private = ECKey.import_key(self.key_file.read_bytes())
        return ECKey.import_key(private.as_dict(private=False))


def describe_systems() -> tuple[SystemDescription, ...]:
    """Return the systems that call, in the order of design 03."""
    found = []
    for line in _SYSTEMS.strip().splitlines():
        code, agency, name, name_en, proof = (cell.strip() for cell in line.split("|"))
        found.append(
            SystemDescription(
                code=code, agency=agency_named(agency), name_vi=name, name_en=name_en, legacy=proof == "secret"
            )
        )
    return tuple(found)


def agency_of(system: str) -> str:
    """Return the agency of a system. Raises `KeyError`."""
    for one in describe_systems():
        if one.code == system:
            return one.agency
    raise KeyError(system)


def describe_staff() -> tuple[Person, ...]:
    """Return an administrator, an auditor, an observer, and a person for each side of the agreements."""
    platform = agency_named("Sở Khoa học và Công nghệ")
    owners = sorted({one.owner for one in describe_databases()})
    consumers = sorted({one.agency for one in describe_systems()})
    names = {one.code: one.name_vi for one in describe_agencies()}
    return (
        Person(ADMINISTRATOR, "Quản trị nền tảng", Role.PLATFORM_ADMIN, platform),
        Person("thanhtra", "Cán bộ thanh tra", Role.AUDITOR, agency_named("Thanh tra tỉnh")),
        Person(OBSERVER, "Người quan sát", Role.OBSERVER, platform),
        *(Person(owner_of_agency(code), f"Chủ quản dữ liệu, {names[code]}", Role.DATA_OWNER, code) for code in owners),
        *(
            Person(officer_of_agency(code), f"Cán bộ đầu mối, {names[code]}", Role.AGENCY_OFFICER, code)
            for code in consumers
        ),
    )


def owner_of_agency(agency: str) -> str:
    """Return the staff code of who decides for the databases of an agency."""
    return f"chuquan.{agency}"


def officer_of_agency(agency: str) -> str:
    """Return the staff code of who asks for agreements on behalf of an agency."""
    return f"daumoi.{agency}"


def ensure_credentials(directory: Path) -> tuple[Credential, ...]:
    """Return what each system proves itself with; what is not there yet is drawn and kept."""
    return tuple(_ensure_credential(directory, one) for one in describe_systems())


def ensure_staff_tokens(directory: Path) -> dict[str, str]:
    """Return the token of each member of the staff by code; those that are not there yet are drawn and kept."""
    return {
        one.code: kept_secret(directory / "secrets" / f"staff.{one.code}", lambda: new_token().clear)
        for one in describe_staff()
    }


def _ensure_credential(directory: Path, system: SystemDescription) -> Credential:
    if system.legacy:
        secret = kept_secret(directory / "secrets" / f"client.{system.code}", lambda: new_token().clear)
        return Credential(system.code, None, secret)
    path = directory.resolve() / "keys" / f"{system.code}.pem"
    kept_secret(path, lambda: ECKey.generate_key("P-256").as_pem(private=True).decode("ascii"))
    return Credential(system.code, path, "")


def kept_secret(path: Path, draw: Callable[[], str]) -> str:
    """Return the text of a file that only its owner reads; drawn and written when there is none."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(draw())
    return path.read_text(encoding="ascii").strip()
