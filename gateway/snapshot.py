"""What is in force, compiled so that a call is decided from memory?

A `Snapshot` is immutable: a change in the catalogue makes a new one (`gateway/compilation.py`), and `PolicyHolder`
swaps it whole (`gateway/policyholder.py`).
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from adapters.contract import Adapter, Condition
from catalog.descriptions import OperationDescription, ServiceDescription
from catalog.policy import KeyFacts
from gateway.jsonbody import BodyCheck
from gateway.parameters import ParameterRule
from gateway.xroaddirectory import NO_XROAD, XRoadDirectory
from security.minimize import Mask
from security.policy import Standing, Window
from security.ratelimit import Limit


@dataclass(frozen=True, slots=True)
class SystemPolicy:
    """A system that calls.

    Its code is its `client_id`. `keys` are what it may prove itself with, expired ones included; `proofs` says until
    when each of them is good (None: for ever), by the thumbprint that stands in tokens.
    """

    code: str
    agency: str
    active: bool
    legacy: bool
    keys: tuple[KeyFacts, ...] = field(repr=False)
    proofs: Mapping[str, datetime | None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CompiledOperation:
    """One published operation, ready to be asked. `key` is unique on the platform: `database/service/v1/operation`.

    `segments` are those of its path below the service; a segment in braces is a parameter.
    """

    key: str
    database: str
    service: str
    version: int
    description: OperationDescription
    segments: tuple[str, ...]
    rules: Mapping[str, ParameterRule]
    body_check: BodyCheck | None = field(repr=False)
    max_json_bytes: int
    subject_parameters: tuple[str, ...]
    subject_body_paths: tuple[str, ...]
    subject_answer_paths: tuple[str, ...]
    adapter: Adapter = field(repr=False)
    lifecycle: tuple[tuple[bytes, bytes], ...] = ()
    """Header fields that tell of the version's end; none where no end is known."""
    compared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The parameters by whose values rows are picked, each with the fields that show what it is compared with."""


@dataclass(frozen=True, slots=True)
class CompiledGrant:
    """What one system may do with one operation under one version of an agreement. Satisfies
    `security.policy.GrantFacts`.

    `mask` releases `fields`; `narrower` holds masks of subsets that callers asked for. `withheld` are the declared
    fields that it does not release. `key` names the counters of rate and quota.
    """

    key: str
    agreement: str
    agreement_version: int
    agreement_digest: str
    legal_basis: str
    standing: Standing
    valid_from: datetime
    valid_before: datetime
    purposes: frozenset[str]
    fields: tuple[str, ...]
    withheld: tuple[str, ...]
    windows: tuple[Window, ...] | None
    networks: tuple[IPv4Network | IPv6Network, ...] | None
    case_file_required: bool
    officer_required: bool
    rate: Limit
    daily_quota: int
    conditions: tuple[Condition, ...]
    mask: Mask = field(repr=False)
    narrower: "MaskShelf" = field(repr=False)

    def narrowed(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """Return the granted fields that are among `fields`, in the grant's order; all of them are `self.fields`.

        One subset is one value, in whatever order and however often a caller names its members.
        """
        asked = frozenset(fields)
        found = tuple(path for path in self.fields if path in asked)
        return self.fields if len(found) == len(self.fields) else found

    def withheld_from(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """Return the declared fields that an answer with just `fields` leaves out."""
        if fields is self.fields:
            return self.withheld
        return (*self.withheld, *(path for path in self.fields if path not in fields))


@dataclass(frozen=True, slots=True)
class CompiledService:
    """One version of a service.

    Its operations by the number of segments of their paths. Empty when it has no specification. `digest` is that of
    its `description`.
    """

    operations: Mapping[int, Sequence[CompiledOperation]]
    specified: bool
    description: ServiceDescription
    digest: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a call is decided on. `digest` names it in records."""

    revision: int
    digest: str
    systems: Mapping[str, SystemPolicy]
    services: Mapping[tuple[str, str, str], CompiledService]
    grants: Mapping[tuple[str, str], tuple[CompiledGrant, ...]]
    reach: Set[tuple[str, str, str]]
    """(system, database, service) for which any agreement exists, whatever it allows."""
    providers: Mapping[str, Adapter]
    axis: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Where the services with a name on the axis are, by (api, version): `/x/datdai/thua-dat/v1`."""
    xroad: XRoadDirectory = NO_XROAD
    retired: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """The versions that nobody can call any more, each with the path of its successor (empty: none was named)."""


class MaskShelf:
    """Masks for subsets of a grant's fields, compiled when first asked for; the `LIMIT` last used are kept."""

    LIMIT = 64

    def __init__(self, compile_subset: Callable[[tuple[str, ...]], Mask]) -> None:
        """`compile_subset` makes the mask of some of the grant's fields."""
        self._compile = compile_subset
        self._masks: dict[tuple[str, ...], Mask] = {}

    def mask(self, fields: tuple[str, ...]) -> Mask:
        """Return the mask that releases just `fields`, which MUST be among the grant's."""
        mask = self._masks.pop(fields, None)
        if mask is None:
            mask = self._compile(fields)
            if len(self._masks) >= self.LIMIT:
                del self._masks[next(iter(self._masks))]
        self._masks[fields] = mask  # a dict keeps the order: the longest unused stands first
        return mask
