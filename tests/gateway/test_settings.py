"""Is a setting taken as it was meant, or the start refused with its name and never its value?"""

from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsInvalid


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings.from_environment({"PATH": "/bin", "LIENTHONG_TEST_DATABASE_URL": "x"}) == Settings()


def test_the_secrets_of_providers_are_no_settings_but_their_directories_are() -> None:
    environment = {"LIENTHONG_SECRET_KHO": "bi-mat", "LIENTHONG_SECRET_DIRS": "a, b"}

    assert Settings.from_environment(environment) == Settings(secret_dirs=("a", "b"))


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("PORT", "81", "port", 81),
        ("POLICY_POLL_SECONDS", "0.1", "policy_poll_seconds", 0.1),
        ("VAR_DIR", "elsewhere", "var_dir", Path("elsewhere")),
        ("EGRESS_NETWORKS", " 10.0.0.0/8 ,, 127.0.0.0/8", "egress_networks", ("10.0.0.0/8", "127.0.0.0/8")),
        ("EGRESS_HOSTS", "", "egress_hosts", ()),
        ("DATABASE_URL", "postgresql://a/b", "database_url", "postgresql://a/b"),
        ("AXIS_PREFIX", "/truc/qg", "axis_prefix", "/truc/qg"),
        ("AXIS_PREFIX", "", "axis_prefix", ""),
    ],
)
def test_a_setting_is_read_by_its_kind(name: str, text: str, field: str, value: object) -> None:
    assert getattr(Settings.from_environment({f"LIENTHONG_{name}": text}), field) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MAIL_SECURITY", "ssl"), ("MAIL_HOST", "mail.tinh.example"), ("MAIL_DIR", "thu"),
        ("PROT", "81"), ("PORT", "bi-mat"), ("PORT", ""), ("PORT", "0"), ("PORT", "-1"), ("PORT", "1.5"),
        ("POLICY_POLL_SECONDS", "0"), ("POLICY_POLL_SECONDS", "nan"), ("EXCHANGE_DEADLINE_SECONDS", "inf"),
        ("MAX_REQUEST_BYTES", "10MB"),
        ("AXIS_PREFIX", "/"), ("AXIS_PREFIX", "truc"), ("AXIS_PREFIX", "/truc/"), ("AXIS_PREFIX", "/x"),
        ("AXIS_PREFIX", "/API/truc"), ("AXIS_PREFIX", "/a/../b"), ("AXIS_PREFIX", "/a b"), ("AXIS_PREFIX", "//a"),
    ],
)  # fmt: skip
def test_an_unknown_or_unusable_setting_stops_the_start(name: str, text: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"LIENTHONG_{name}") as refused:
        Settings.from_environment({f"LIENTHONG_{name}": text})

    assert "bi-mat" not in str(refused.value)


def test_the_issuer_is_where_we_listen_unless_it_is_said() -> None:
    assert Settings(port=81).issuer == "http://127.0.0.1:81"
    assert Settings(public_url="https://lgsp.vn").issuer == "https://lgsp.vn"


@pytest.mark.parametrize(
    "others",
    [
        {"PROVIDER_DIRS": "var"},
        {"PROVIDER_DIRS": "nguon, var/uploads/000.00.06.H32"},
        {"SECRET_DIRS": "var/uploads"},
        {"UPLOAD_DIR": "nguon/tep", "PROVIDER_DIRS": "nguon"},
        {"UPLOAD_DIR": "var", "KEYS_DIR": "var/keys"},
    ],
)
def test_uploads_lie_where_no_other_publisher_may_read(others: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match="LIENTHONG_UPLOAD_DIR"):
        Settings.from_environment({f"LIENTHONG_{name}": text for name, text in others.items()})


def test_database_and_keys_lie_in_the_data_directory_unless_it_is_said() -> None:
    moved = Settings.from_environment({"LIENTHONG_VAR_DIR": "a"})
    said = Settings.from_environment(
        {"LIENTHONG_VAR_DIR": "a", "LIENTHONG_DATABASE_URL": "sqlite:///b.db", "LIENTHONG_KEYS_DIR": "c"}
    )

    assert (moved.database_url, moved.keys_dir) == ("sqlite:///a/lienthong.db", Path("a/keys"))
    assert (said.database_url, said.keys_dir) == ("sqlite:///b.db", Path("c"))


def test_uploads_lie_below_the_data_directory_unless_it_is_said() -> None:
    assert Settings.from_environment({"LIENTHONG_VAR_DIR": "a"}).uploads == Path("a/uploads")
    assert Settings.from_environment({"LIENTHONG_UPLOAD_DIR": "b"}).uploads == Path("b")


WHO = {"CITIZEN_ISSUER": "https://dinhdanh.example", "CITIZEN_CLAIM": "so_dinh_danh"}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"CITIZEN_ISSUER": "https://x.example"}, "CITIZEN_ISSUER"),
        ({"CITIZEN_CLAIM": "x"}, "CITIZEN_ISSUER"),
        ({"CITIZEN_PORTALS": "dvc=a"}, "CITIZEN_ISSUER"),
        ({"CITIZEN_CLIENT_ID": "a"}, "CITIZEN_ISSUER"),
        ({**WHO, "CITIZEN_CLIENT_SECRET_FILE": "x"}, "CITIZEN_CLIENT_SECRET_FILE"),
        ({**WHO, "CITIZEN_PORTALS": "dvc"}, "CITIZEN_PORTALS"),
        ({**WHO, "CITIZEN_PORTALS": "dvc="}, "CITIZEN_PORTALS"),
        ({**WHO, "CITIZEN_PORTALS": "=a"}, "CITIZEN_PORTALS"),
        ({**WHO, "CITIZEN_PORTALS": "dvc=a,khac=a"}, "CITIZEN_PORTALS"),
        ({**WHO, "CITIZEN_CLIENT_ID": "a", "CITIZEN_PORTALS": "dvc,khac"}, "CITIZEN_PORTALS"),
        ({**WHO, "CITIZEN_CLIENT_ID": "a", "CITIZEN_PORTALS": "dvc,khac=a"}, "CITIZEN_PORTALS"),
    ],
)
def test_what_proves_citizens_is_set_whole_and_no_two_portals_share_a_client(told: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"LIENTHONG_{named}"):
        Settings.from_environment({f"LIENTHONG_{name}": text for name, text in told.items()})


@pytest.mark.parametrize(
    "told",
    [
        WHO,
        {**WHO, "CITIZEN_PORTALS": "dvc=a,khac=b"},
        {**WHO, "CITIZEN_CLIENT_ID": "a", "CITIZEN_PORTALS": "dvc, khac=b"},
        {**WHO, "CITIZEN_CLIENT_ID": "a", "CITIZEN_CLIENT_SECRET_FILE": "x"},
        {"CITIZEN_COMPLAINTS": "Thanh tra tỉnh"},
    ],
)
def test_what_proves_citizens_may_be_set_so(told: dict[str, str]) -> None:
    assert (
        Settings.from_environment({f"LIENTHONG_{name}": text for name, text in told.items()}).citizen_scope == "openid"
    )
