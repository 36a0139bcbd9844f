"""Do the demo's sample calls show every database, and every refusal that a call can bring about?"""

import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.demo.catalogue import describe_catalogue
from gateway.demo.databases import DATABASES
from gateway.demo.provincefile import ensure_province_file, read_province_file
from gateway.demo.sampling.form import ProvinceFile, SampleCall, values_at
from gateway.demo.wishes import WISHES
from gateway.problem_texts import PROBLEMS
from security.keys import Keys, ensure_keys

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:18001"
BASE = "http://127.0.0.1:8000"
NATIONAL = ("qg-dancu", "qg-doanhnghiep", "qg-danhmuc", "qg-bhxh", "qg-hotich")
# What no call can cause: the platform itself is in trouble.
OF_THE_PLATFORM = {
    "overloaded",
    "limits-unavailable",
    "record-unavailable",
    "log-behind",
    "policy-unavailable",
    "internal",
}
# What only a caller brings about whose body never ends: the deadline would have to be waited for.
OF_A_SLOW_CALLER = {"request-timeout"}
# What the demo has no occasion for: a client named beside another that proved itself (only an X-Road header names one,
# and no sample call is one of X-Road's), and a version that was retired (the demo retires none of its services).
WITHOUT_OCCASION = {"client-differs", "service-retired"}
# What only people meet who sit before the console: no call of a system brings it about.
OF_THE_CONSOLE = {"data-key-unusable", "form-foreign", "proof-needed", "sign-in-refused", "sso-failed"}
# What only a citizen, or the portal that asks for him, brings about: the demo names no portal.
OF_CITIZENS = {"citizen-unproven", "citizen-too-often", "portal-not-allowed"}
# Describing the province takes ten seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("seed-calls")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def keys(directory: Path) -> Keys:
    return ensure_keys(directory / "platform-keys")


@pytest.fixture(scope="module")
def province_file(directory: Path, keys: Keys) -> Path:
    return ensure_province_file(directory, base_url=BASE, provider_address=ADDRESS, keys=keys, now=NOW)


@pytest.fixture(scope="module")
def province(province_file: Path) -> ProvinceFile:
    described = read_province_file(province_file)
    assert described is not None
    return described


def _answered(province: ProvinceFile) -> list[SampleCall]:
    return [one for one in province.sample_calls if one.expected_status == 200 and one.must_have]


def test_every_database_has_two_calls_that_are_answered_with_data(province: ProvinceFile) -> None:
    counted = Counter(one.database for one in _answered(province))
    assert {code for code in (*(one.code for one in DATABASES), *NATIONAL) if counted[code] < 2} == set()


def test_every_problem_that_a_call_can_cause_has_a_refusal(province: ProvinceFile) -> None:
    shown = {one.expected_problem for one in province.sample_calls if one.expected_problem}
    assert set(PROBLEMS) - OF_THE_PLATFORM - OF_A_SLOW_CALLER - WITHOUT_OCCASION - OF_THE_CONSOLE - OF_CITIZENS == shown


def test_every_refusal_expects_its_problems_own_status(province: ProvinceFile) -> None:
    refused = [one for one in province.sample_calls if one.expected_problem and one.door != "soap"]
    assert all(one.expected_status == PROBLEMS[str(one.expected_problem)].status for one in refused)


def test_no_call_wants_a_path_that_it_forbids(province: ProvinceFile) -> None:
    assert [one.name for one in province.sample_calls if set(one.must_have) & set(one.must_not_have)] == []


def test_nearly_every_answered_call_forbids_what_the_provider_sends(province: ProvinceFile) -> None:
    # Lists of open data with nothing to withhold are the exception.
    open_data = [one.name for one in _answered(province) if not one.must_not_have]
    assert len(open_data) < 10


def test_at_least_eleven_systems_call_with_keys_or_secrets(province: ProvinceFile) -> None:
    assert len(province.systems) >= 11
    assert all(bool(one.client_secret) != bool(one.private_key_file) for one in province.systems)
    assert {one.system for one in province.sample_calls if one.system} <= {one.code for one in province.systems}


def test_the_agreements_of_the_demo_have_codes_of_their_own() -> None:
    assert len({one.code for one in WISHES}) == len(WISHES)


def test_the_file_is_for_its_owner_only_and_is_kept_for_the_same_address(
    province_file: Path, directory: Path, keys: Keys
) -> None:
    written = province_file.stat()
    assert stat.S_IMODE(written.st_mode) == 0o600
    again = ensure_province_file(directory, base_url=BASE, provider_address=ADDRESS, keys=keys, now=NOW)
    assert again.stat().st_ino == written.st_ino
    assert read_province_file(again) is not None


def test_the_catalogue_names_where_subjects_stand_for_personal_operations(directory: Path) -> None:
    catalogue = describe_catalogue(directory, provider_address=ADDRESS)
    assert "answer:items[].SoDinhDanhChu" in catalogue.operation("datdai", "thua-dat", "danh-sach").subjects


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", [1, 2]), ("list[].c", [3, None]), ("list[].d", []), ("none", []), ("list[].c.x", [])],
)
def test_values_are_found_by_dotted_paths(path: str, found: list[object]) -> None:
    document = {"a": {"b": 1}, "list": [{"c": 3}, {"c": None}]}
    many = [{"a": {"b": 1}}, {"a": {"b": 2}}]
    assert values_at(many if path == "a.b" else document, f"[].{path}" if path == "a.b" else path) == found
