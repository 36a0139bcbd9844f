"""What must an adapter do, and what may the gateway assume of it?

An adapter speaks with providers of one technology. It is built once per provider from a `Provider` and the
`Binding`s of its operations, and then asked with `Call`s.

The adapter MUST
- answer with JSON (UTF-8) in the shape that the operation declares, whatever the provider speaks;
- never send the provider anything that is not in the binding's template or a declared parameter;
- observe `Call.deadline` and stop all work for the call when it has passed;
- send an unsafe operation at most once, and raise `OutcomeUnknown` when it may have taken effect;
- raise only `AdapterError`s for what concerns the provider or the call, each translated at the seam;
- keep no payload after the call, and put no payload, secret or identifier into an error or a log.

The gateway MAY assume that an `Answer` is well-formed JSON, and MUST assume nothing else: the fields are cut to
the agreement afterwards, whatever the adapter selected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec

Scalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = Scalar | list["Json"] | dict[str, "Json"]


class Operator(StrEnum):
    """How a row's value is compared with the values of a condition."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    PREFIX = "prefix"
    GTE = "gte"
    LTE = "lte"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an agreement's row filter. A row without the field, or with null in it, never matches.

    `field` is relative to the row (dots for nesting). `IN` takes one or more values, the others exactly one.
    """

    field: str
    operator: Operator
    values: tuple[str | int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class Officer:
    """The officer on whose behalf a system asks, as his agency names him (NĐ 278/2025; national population service)."""

    code: str
    unit: str = ""
    account: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: where it is and how much it bears. `secrets` never appears in a repr or a log."""

    code: str
    adapter: str
    endpoint: str
    options: Mapping[str, Json]
    secrets: Mapping[str, str] = field(repr=False)
    timeout: timedelta = timedelta(seconds=10)
    max_concurrency: int = 32
    max_response_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A leaf of the operation's answer.

    `path` is dotted, `[]` stands for a list's elements; `type` is a JSON type name or `date`.
    """

    path: str
    type: str


@dataclass(frozen=True, slots=True)
class Binding:
    """How one operation is carried out by its provider. `config` is the adapter's own and is checked when built.

    `operation` is the key used in `Call.operation`, unique within the provider.
    `rows` is the path of a row in the answer: `items[]` (a list), `` (the whole answer is one row), `Data` …
    """

    operation: str
    safe: bool
    config: Mapping[str, Json]
    fields: tuple[DeclaredField, ...]
    rows: str


class Call(msgspec.Struct, frozen=True, gc=False):
    """One call to a provider, already authorized, validated against the declared parameters, and recorded.

    `fields` are the declared paths that the agreement releases: an adapter that can select (SQL, file) MUST
    select these, `needed`, and what the row filter and paging need, and no more. `needed` are the declared paths of the
    people whom the answer is about: the adapter MUST answer with them too where it can select, whatever is agreed,
    or the record would name nobody; the gateway MUST cut them off again. `deadline` is `loop.time()` seconds.
    A msgspec struct like `Answer`, for the same reason; change one with `msgspec.structs.replace`.
    """

    operation: str
    exchange_id: str
    parameters: Mapping[str, Json]
    body: Json
    fields: tuple[str, ...]
    rows: tuple[Condition, ...]
    deadline: float
    needed: tuple[str, ...] = ()
    traceparent: str = ""
    officer: Officer | None = None
    case_file: str = ""
    purpose: str = ""
    idempotency_key: str = ""

    def __repr__(self) -> str:
        """Tell which operation is asked, not about whom."""
        return f"Call({self.operation!r}, exchange_id={self.exchange_id!r})"


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What the provider answered, as JSON bytes in the operation's declared shape.

    `rows_applied` tells whether `Call.rows` was pushed to the provider (SQL, file); if not, the gateway filters.
    A msgspec struct: one is made per call, and a frozen dataclass costs five times as much.
    """

    body: bytes
    provider_status: str = "200"
    attempts: int = 1
    rows_applied: bool = False

    def __repr__(self) -> str:
        """Tell how it came, not what it says: that is people's data."""
        return f"Answer({len(self.body)} bytes, provider_status={self.provider_status!r}, attempts={self.attempts})"


class Adapter(Protocol):
    """Speaks with one provider."""

    async def call(self, call: Call) -> Answer:
        """Carry out one operation. Raises `AdapterError`s only."""
        ...

    async def check(self) -> None:
        """Return when the provider can be reached within its timeout.

        Raise an `AdapterError` otherwise. Reads no record.
        """
        ...

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        ...


@runtime_checkable
class Watching(Protocol):
    """An adapter whose provider gives no sign when it has something new: it is told to look, and says what it found."""

    @property
    def remark(self) -> str:
        """What an operator should know, in one sentence without values or secrets; empty when all is well."""
        ...

    @property
    def remark_vi(self) -> str:
        """The same in Vietnamese."""
        ...

    async def look(self) -> None:
        """Look for what is new, within the provider's timeout. Raises nothing: `remark` says what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a parameter of a call is compared with: the value that any field of `paths` shows. No path: a value that
    is shown to nobody. With `exact`, who names the whole value learns no more than whether it is there.
    """

    paths: tuple[str, ...]
    exact: bool


@runtime_checkable
class Comparing(Protocol):
    """An adapter that picks rows by comparing a caller's values with those of fields.

    Whoever may compare with a field can guess what it holds, so the gateway lets only those whom it is released to.
    """

    def comparisons(self, operation: str) -> Mapping[str, Comparison]:
        """Return what the parameters of `operation` are compared with, but for those that name a row by its key."""
        ...


class Egress(Protocol):
    """Decides which addresses may be reached; the gateway hands in `security.egress`."""

    async def resolve(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        """Return the allowed addresses of `host`, resolved once: connect to these and no others.

        Raises `adapters.errors.ProviderUnreachable` when there is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What adapters share and do not build themselves. `cursor_key` (32 bytes) seals paging cursors.

    `files_under` are the directories in which providers' files and embedded databases may lie. An adapter MUST read
    no file of a provider elsewhere, links followed; none named, none readable. The same holds of certificates, their
    keys and trusted authorities, which lie below `secret_files_under`: the folders of the provider's own agency.
    Nothing that is or lies in one of `never_under` (the gateway's own keys and database) MUST ever be read, whatever
    the others say.
    """

    egress: Egress
    cursor_key: bytes = field(repr=False)
    files_under: tuple[Path, ...] = ()
    secret_files_under: tuple[Path, ...] = ()
    never_under: tuple[Path, ...] = ()


class AdapterFactory(Protocol):
    """Entry point of group `lienthong.adapters`: builds an adapter, or raises `BindingInvalid` naming what is wrong."""

    def __call__(self, provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
        """Return the adapter of one provider."""
        ...
