"""What does `province.json` say, and what does one of its sample calls?

docs/demo.md describes the members for whoever reads the file with another program.
"""

from collections.abc import Mapping

import msgspec

from adapters.contract import Json


class SampleCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One call, and what must come back. `system` None: no token is asked for.

    Dotted paths, `[]` for a list's elements. A path of `must_have` leads to something, none of `must_not_have` does.
    With `repeat` the call is made so many times and the last answer counts; with `at_once` so many are made
    together and one of the answers must be the expected one; `body_text` is sent as it stands, `body_bytes` is
    the length of a filler; `{new}` in a header becomes a value never used before.
    """

    name: str
    database: str
    system: str | None
    door: str = "rest"
    method: str
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: object = None  # JSON: a recursive alias cannot be decoded by msgspec
    expected_status: int
    expected_problem: str | None = None
    must_have: tuple[str, ...] = ()
    must_not_have: tuple[str, ...] = ()
    repeat: int = 1
    at_once: int = 1
    body_text: str | None = None
    body_bytes: int = 0


class ProvinceSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A system that calls; it has a secret or the file of a private key (ES256, PEM)."""

    code: str
    agency: str
    client_id: str
    client_secret: str | None = None
    private_key_file: str | None = None

    def __repr__(self) -> str:
        """Name the system only."""
        return f"<ProvinceSystem {self.code}>"


class ProvinceStaff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member of the staff, with the token for the control API."""

    code: str
    role: str
    agency: str
    token: str

    def __repr__(self) -> str:
        """Name the member only."""
        return f"<ProvinceStaff {self.code}>"


class ProvinceAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody signs in to the console with: a password, and the key (base32) of a device that shows codes."""

    code: str
    role: str
    agency: str
    password: str
    totp_secret: str

    def __repr__(self) -> str:
        """Name the member only."""
        return f"<ProvinceAccount {self.code}>"


class ProvinceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole of `province.json`. `format` changes when the calls do."""

    format: int
    base_url: str
    token_url: str
    systems: tuple[ProvinceSystem, ...]
    staff: tuple[ProvinceStaff, ...]
    accounts: tuple[ProvinceAccount, ...]
    sample_calls: tuple[SampleCall, ...]


def values_at(document: Json, path: str) -> list[Json]:
    """Return all values that a dotted path leads to, in order; null counts as one."""
    found: list[Json] = [document]
    for step in path.split("."):
        name = step
        lists = 0
        while name.endswith("[]"):
            name, lists = name[:-2], lists + 1
        if name:
            found = [one[name] for one in found if isinstance(one, Mapping) and name in one]
        for _ in range(lists):
            found = [element for one in found if isinstance(one, list) for element in one]
    return found
