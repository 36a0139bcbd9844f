"""May a provider's description lead to what is not its agency's: a secret of another one, our database, our keys?"""

from pathlib import Path

import pytest

from catalog.descriptions import ProviderDescription
from gateway.settings import Settings
from gateway.surroundings import Premises, open_premises
from security.keys import ensure_keys

LAND, HEALTH = "000.00.06.H32", "000.00.07.H32"


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    """Premises whose operator named the data directory itself, with our keys and database in it, for everything."""
    (tmp_path / "lienthong.db").touch()
    (tmp_path / "trong.db").touch()
    for agency in (LAND, HEALTH):
        (tmp_path / "bi-mat" / agency).mkdir(parents=True)
        (tmp_path / "bi-mat" / agency / "kho").write_text("value")
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'lienthong.db'}",
        keys_dir=tmp_path / "keys",
        provider_dirs=(str(tmp_path),),
        secret_dirs=(str(tmp_path / "bi-mat"),),
    )
    return open_premises(settings, ensure_keys(settings.keys_dir))


def described(endpoint: str, adapter: str = "sql", **secrets: str) -> ProviderDescription:
    return ProviderDescription(code="p", agency=LAND, adapter=adapter, endpoint=endpoint, secrets=secrets)


def test_what_is_the_agencys_own_is_allowed(premises: Premises, tmp_path: Path) -> None:
    secrets = {"a": f"file:{tmp_path}/bi-mat/{LAND}/kho", "b": "env:LIENTHONG_SECRET_000_00_06_H32__KHO"}

    assert premises.faults(described(f"sqlite:///{tmp_path}/trong.db", **secrets)) == []
    assert premises.provider(described("x", a=secrets["a"])).secrets == {"a": "value"}


@pytest.mark.parametrize("name", ["lienthong.db", "./lienthong.db", "lienthong.db-wal", "lienthong.db.lock", "keys/x"])
def test_our_own_files_are_no_providers(premises: Premises, tmp_path: Path, name: str) -> None:
    faults = premises.faults(described(f"sqlite:///{tmp_path}/{name}"))

    assert [(one.where, one.vi[:19]) for one in faults] == [("endpoint", "là khóa hoặc cơ sở ")]


@pytest.mark.parametrize(
    "reference", [f"file:{{}}/bi-mat/{HEALTH}/kho", "file:{}/keys/x", "env:LIENTHONG_SECRET_000_00_07_H32__KHO"]
)
def test_a_secret_of_another_agency_or_ours_is_refused(premises: Premises, tmp_path: Path, reference: str) -> None:
    faults = premises.faults(described("x", adapter="rest", a=reference.format(tmp_path)))

    assert [one.where for one in faults] == ["secrets.a"]
    assert LAND in faults[0].vi
    assert LAND in faults[0].en or LAND.replace(".", "_") in faults[0].en


@pytest.mark.parametrize(
    ("adapter", "endpoint"), [("file", "/etc/*.csv"), ("file", "{}/../x.csv"), ("sql", "sqlite:////etc/hosts")]
)
def test_files_elsewhere_are_refused(premises: Premises, tmp_path: Path, adapter: str, endpoint: str) -> None:
    faults = premises.faults(described(endpoint.format(tmp_path), adapter=adapter))

    assert [(one.where, "LIENTHONG_PROVIDER_DIRS" in one.vi) for one in faults] == [("endpoint", True)]
