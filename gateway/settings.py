"""What can be set, and what is in force?

Read once from the environment (`LIENTHONG_*`), units in the names; an unknown or unusable setting stops the start
with a sentence. Each is documented in docs/configuration.md. There is no default secret: keys are files made by
`lienthong keys`.
"""

import math
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import msgspec

from catalog.axis import is_reserved
from security.audit.retention import FLOOR_MONTHS
from security.misuse.limits import USUAL, Limits
from security.secrets import VARIABLE_PREFIX

PREFIX = "LIENTHONG_"
# Read by the test suite, the bench and the importers' tests, not by the gateway; and the secrets of providers.
_NOT_OURS = ("LIENTHONG_TEST_", "LIENTHONG_EXTERNAL", "LIENTHONG_BENCH_", VARIABLE_PREFIX)
MAIL_SECURITY = ("starttls", "tls", "none")
"""How the connection to the mail server may be protected."""
# Segments of letters, digits, "_", "-", each after a slash.
_AXIS_PREFIX = re.compile(r"(/[A-Za-z0-9_-]{1,100}){1,5}", re.ASCII)


class SettingsInvalid(Exception):
    """A setting is unknown or has no usable value; the text names it and says what is expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default."""

    database_url: str = "sqlite:///var/lienthong.db"
    redis_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    node: str = ""
    var_dir: Path = Path("var")
    keys_dir: Path = Path("var/keys")
    egress_networks: tuple[str, ...] = ()
    egress_hosts: tuple[str, ...] = ()
    provider_dirs: tuple[str, ...] = ()
    secret_dirs: tuple[str, ...] = ()
    upload_dir: str = ""
    max_upload_bytes: int = 32_000_000
    export_dir: str = ""
    exchange_deadline_seconds: float = 30.0
    max_request_bytes: int = 10 * 1024 * 1024
    max_json_bytes: int = 1024 * 1024
    max_envelope_bytes: int = 1024 * 1024
    max_exchanges_in_flight: int = 1024
    axis_prefix: str = ""
    catalogue_publisher: str = ""
    log_origin: str = ""
    witnesses: tuple[str, ...] = ()
    log_limit_seconds: float = 3600.0
    tsa_url: str = ""
    tsa_ca_file: str = ""
    siem_address: str = ""
    siem_format: str = "syslog"
    siem_ca_file: str = ""
    siem_certificate_file: str = ""
    siem_key_file: str = ""
    siem_file: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: str = ""
    citizen_issuer: str = ""
    citizen_claim: str = ""
    citizen_client_id: str = ""
    citizen_client_secret_file: str = ""
    citizen_scope: str = "openid"
    citizen_portals: tuple[str, ...] = ()
    citizen_complaints: str = ""
    policy_poll_seconds: float = 0.4
    disk_reserve_bytes: int = 256 * 1024 * 1024
    quality_profile_hours: float = 24.0
    quality_sample_rows: int = 5000
    mail_host: str = ""
    mail_port: int = 587
    mail_security: str = "starttls"
    mail_user: str = ""
    mail_password_file: str = ""
    mail_sender: str = ""
    mail_dir: str = ""
    feed_dir: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"
    security_level: int = 3
    retention_months: int = 12
    archive_dir: str = ""
    log_level: str = "info"
    misuse: Limits = USUAL
    """The thresholds of the rules of misuse, each a setting `LIENTHONG_MISUSE_…`."""

    @property
    def issuer(self) -> str:
        """Return the address under which we are known: issuer and audience of tokens, base of problem types."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def node_name(self) -> str:
        """Return the name of this node in streams of the record: the setting, or the machine's name."""
        return self.node or platform.node() or "node"

    @property
    def uploads(self) -> Path:
        """Return where the files lie that data owners upload: the setting, or below the data directory."""
        return Path(self.upload_dir) if self.upload_dir else self.var_dir / "uploads"

    @property
    def exports(self) -> Path:
        """Return where exports of the record lie until they are taken: the setting, or below the data directory."""
        return Path(self.export_dir) if self.export_dir else self.var_dir / "exports"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in force. Raises SettingsInvalid naming the variable."""
        known = {f"{PREFIX}{f.name.upper()}": f for f in fields(cls) if f.name != "misuse"}
        limits = {f"{PREFIX}MISUSE_{name.upper()}": name for name in Limits.__struct_fields__}
        values: dict[str, object] = {}
        thresholds: dict[str, object] = {}
        for name, text in environment.items():
            if not name.startswith(PREFIX) or (name not in known and name.startswith(_NOT_OURS)):
                continue
            if name in limits:
                thresholds[limits[name]] = _parse(name, text, getattr(USUAL, limits[name]))
                continue
            if name not in known:
                raise SettingsInvalid(
                    f"{name} is no setting of Liên Thông; see docs/configuration.md for those there are"
                )
            values[known[name].name] = _parse(name, text, known[name].default)
        _check_axis_prefix(str(values.get("axis_prefix", "")))
        _check_oidc(values)
        _check_citizen(values)
        values["misuse"] = msgspec.structs.replace(USUAL, **thresholds)
        settings = cls(**_moved(values) | values)  # type: ignore[arg-type]  # values come from _parse by the field's own default
        _check_uploads(settings)
        _check_mail(settings)
        _check_retention(settings)
        return settings


def _parse(name: str, text: str, default: object) -> object:
    try:
        match default:
            case bool():
                return {"true": True, "false": False}[text.lower()]
            case int():
                return _positive(int(text))
            case float():
                return _positive(float(text))
            case Path():
                return Path(text)
            case tuple():
                return tuple(part.strip() for part in text.split(",") if part.strip())
            case _:
                return text
    except (ValueError, KeyError) as error:
        raise SettingsInvalid(f"{name}: cannot read the value given; expected {type(default).__name__}") from error


def _moved(values: Mapping[str, object]) -> dict[str, object]:
    """Return the defaults that lie in the data directory, where another one is set."""
    place = values.get("var_dir")
    if not isinstance(place, Path):
        return {}
    return {"database_url": f"sqlite:///{place}/lienthong.db", "keys_dir": place / "keys"}


def _check_axis_prefix(prefix: str) -> None:
    if prefix and (not _AXIS_PREFIX.fullmatch(prefix) or is_reserved(prefix.split("/")[1])):
        raise SettingsInvalid(
            f"{PREFIX}AXIS_PREFIX: expected a path such as /truc, which is none of the platform's own, without a / at "
            "its end"
        )


def _check_uploads(settings: Settings) -> None:
    """Refuse uploads and exports that lie where every publisher may read, or among secrets or keys."""
    for own, ours in (
        ("UPLOAD_DIR (by default uploads", settings.uploads),
        ("EXPORT_DIR (by default exports", settings.exports),
    ):
        for name in ("provider_dirs", "secret_dirs", "keys_dir"):
            value = getattr(settings, name)
            for other in (Path(one).resolve() for one in (value if isinstance(value, tuple) else (value,))):
                if _overlap(ours.resolve(), other):
                    raise SettingsInvalid(
                        f"{PREFIX}{own} in {PREFIX}VAR_DIR) and {PREFIX}{name.upper()} must not lie in each other"
                    )


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _check_oidc(values: Mapping[str, object]) -> None:
    told = {str(name) for name in values if str(name).startswith("oidc_") and values[name]}
    if told and told != {"oidc_issuer", "oidc_client_id", "oidc_client_secret_file"}:
        raise SettingsInvalid(
            f"{PREFIX}OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET_FILE are set together, or none of them"
        )


def _check_citizen(values: Mapping[str, object]) -> None:
    """Refuse half of what proves a citizen, and two portals that could use each other's tokens."""
    told = {str(name).removeprefix("citizen_") for name in values if str(name).startswith("citizen_") and values[name]}
    if told & {"issuer", "claim", "client_id", "client_secret_file", "portals"} and not {"issuer", "claim"} <= told:
        raise SettingsInvalid(
            f"{PREFIX}CITIZEN_ISSUER and _CLAIM are set together: who proves a citizen, and in which claim of his ID "
            "token his identity number stands"
        )
    if "client_secret_file" in told and "client_id" not in told:
        raise SettingsInvalid(f"{PREFIX}CITIZEN_CLIENT_SECRET_FILE: the secret of which {PREFIX}CITIZEN_CLIENT_ID?")
    portals = values.get("citizen_portals", ())
    clients = [one.partition("=") for one in portals] if isinstance(portals, tuple) else []
    audiences = [client or str(values.get("citizen_client_id", "")) for _, _, client in clients]
    if "" in audiences or len(set(audiences)) < len(audiences) or not all(code for code, _, _ in clients):
        raise SettingsInvalid(
            f"{PREFIX}CITIZEN_PORTALS: expected codes of systems, each with a client of its own at the issuer "
            f"(code=client); one of them may leave it out and use {PREFIX}CITIZEN_CLIENT_ID"
        )


def _check_mail(settings: Settings) -> None:
    if settings.mail_security not in MAIL_SECURITY:
        raise SettingsInvalid(f"{PREFIX}MAIL_SECURITY: expected one of {', '.join(MAIL_SECURITY)}")
    for name in ("mail_host", "mail_dir"):
        if getattr(settings, name) and "@" not in settings.mail_sender:
            raise SettingsInvalid(f"{PREFIX}{name.upper()}: letters need {PREFIX}MAIL_SENDER, whom they come from")
    if settings.mail_user and settings.mail_security == "none":
        raise SettingsInvalid(f"{PREFIX}MAIL_USER: a password is not sent over a line that is not protected")


def _check_retention(settings: Settings) -> None:
    """Refuse a level that is none, and a term below the floor of the level (security/audit/retention.py)."""
    floor = FLOOR_MONTHS.get(settings.security_level)
    if floor is None:
        raise SettingsInvalid(f"{PREFIX}SECURITY_LEVEL: expected 2 to 5 (TCVN 11930:2017)")
    if settings.retention_months < floor:
        raise SettingsInvalid(
            f"{PREFIX}RETENTION_MONTHS: at security level {settings.security_level} the record is kept for at least "
            f"{floor} months (TCVN 11930:2017)"
        )


def _positive(number: float) -> float:
    if number <= 0 or not math.isfinite(number):
        raise ValueError("not positive and finite")
    return number
