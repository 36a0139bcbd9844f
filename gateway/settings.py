"""What can be set, and what is in force?

Read once from the environment (`LIENTHONG_*`), units in the names; an unknown or unusable setting stops the start
with a sentence. Each is documented in docs/configuration.md. There is no default secret: keys are files made by
`lienthong keys`.
"""

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from security.secrets import VARIABLE_PREFIX

PREFIX = "LIENTHONG_"
# Read by the test suite, the bench and the importers' tests, not by the gateway; and the secrets of providers.
_NOT_OURS = ("LIENTHONG_TEST_", "LIENTHONG_EXTERNAL", "LIENTHONG_BENCH_", VARIABLE_PREFIX)


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
    exchange_deadline_seconds: float = 30.0
    max_request_bytes: int = 10 * 1024 * 1024
    max_json_bytes: int = 1024 * 1024
    max_exchanges_in_flight: int = 1024
    policy_poll_seconds: float = 0.4
    disk_reserve_bytes: int = 256 * 1024 * 1024
    timezone: str = "Asia/Ho_Chi_Minh"
    log_level: str = "info"

    @property
    def issuer(self) -> str:
        """Return the address under which we are known: issuer and audience of tokens, base of problem types."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def node_name(self) -> str:
        """Return the name of this node in streams of the record: the setting, or the machine's name."""
        return self.node or platform.node() or "node"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in force. Raises SettingsInvalid naming the variable."""
        known = {f"{PREFIX}{f.name.upper()}": f for f in fields(cls)}
        values: dict[str, object] = {}
        for name, text in environment.items():
            if not name.startswith(PREFIX) or (name not in known and name.startswith(_NOT_OURS)):
                continue
            if name not in known:
                raise SettingsInvalid(
                    f"{name} is no setting of Liên Thông; see docs/configuration.md for those there are"
                )
            values[known[name].name] = _parse(name, text, known[name].default)
        return cls(**values)  # type: ignore[arg-type]  # values come from _parse by the field's own default


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


def _positive(number: float) -> float:
    if number <= 0 or not math.isfinite(number):
        raise ValueError("not positive and finite")
    return number
