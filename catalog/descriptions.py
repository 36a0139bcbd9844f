"""What does a publisher say about a database, a provider and a service?

These are the documents that the control API, `lienthong publish`, the importers and the demo province hand in,
and the form in which a service version is kept: immutable, decoded strictly (an unknown member is refused).
"""

from datetime import timedelta
from enum import StrEnum

import msgspec

Json = msgspec.Raw  # an adapter's own configuration: kept as it was written, checked by the adapter when built


NO_SCHEMA = msgspec.Raw(b"null")
"""An operation that takes no body."""


def no_schema() -> msgspec.Raw:
    """Return the body schema of an operation that takes no body."""
    return NO_SCHEMA


def no_configuration() -> msgspec.Raw:
    """Return the configuration of an adapter that needs none. A Raw cannot be a default in a schema."""
    return msgspec.Raw(b"{}")


class FieldClass(StrEnum):
    """How much a field tells about a person (Luật 91/2025/QH15; NĐ 356/2025). `sensitive` is off by default."""

    OPEN = "open"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class FieldType(StrEnum):
    """The JSON type of a leaf. `date` and `datetime` are ISO 8601 strings, `number` keeps all its digits."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class Place(StrEnum):
    """Where a parameter stands in a REST call."""

    PATH = "path"
    QUERY = "query"


class SharingMode(StrEnum):
    """How a database is shared (NĐ 194/2025/NĐ-CP art. 16): open, by default on request, or on special request."""

    OPEN = "open"
    DEFAULT = "default"
    ON_REQUEST = "on-request"


class FieldDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A leaf of an operation's answer. `path` is dotted, `[]` for the elements of a list: `items[].SoThua`.

    A `structural` field belongs to the envelope (a paging cursor), tells nothing of a record, needs no agreement.
    """

    path: str
    type: FieldType
    class_: FieldClass = msgspec.field(name="class")
    title_vi: str
    title_en: str = ""
    term: str = ""  # the common data dictionary's term (QĐ 2439/QĐ-TTg), empty when there is none
    structural: bool = False


class ParameterDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value that the caller gives. `format` names a rule of `catalog/formats.py` (so-dinh-danh, msdn …)."""

    name: str
    place: Place
    type: FieldType
    required: bool = False
    title_vi: str = ""
    title_en: str = ""
    format: str = ""
    pattern: str = ""
    choices: tuple[str, ...] = ()
    max_length: int = 200
    minimum: int | None = None
    maximum: int | None = None
    example: str = ""


class OperationDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One operation of a service.

    `path` is relative to the service: `/thua-dat/{SoGCN}`. `rows` is the path of one row in the answer (`items[]`,
    `Data`, or empty: the whole answer is one row). `subjects` says where the identifiers of the people concerned
    stand: `parameter:SoDinhDanh`, `body:cong_dan.so_dinh_danh`, `answer:items[].SoDinhDanh`. `body_schema` is JSON
    Schema 2020-12. `wsdl_operation` is its name in the service's WSDL, empty where the service has none of its own.
    `binding` is the adapter's own configuration of this operation.
    `never_cache`, retries and idempotency follow from `safe`.
    """

    code: str
    method: str
    path: str
    title_vi: str
    title_en: str = ""
    safe: bool = True
    parameters: tuple[ParameterDescription, ...] = ()
    body_schema: msgspec.Raw = msgspec.field(default_factory=no_schema)
    fields: tuple[FieldDescription, ...] = ()
    rows: str = ""
    subjects: tuple[str, ...] = ()
    officer_needed: bool = False
    wsdl_operation: str = ""
    binding: msgspec.Raw = msgspec.field(default_factory=no_configuration)

    @property
    def takes_body(self) -> bool:
        """Tell whether the operation declares a body."""
        return bytes(self.body_schema).strip() != bytes(NO_SCHEMA)


class WsdlContract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The WSDL that a service was imported from: served again with the same names, types and order.

    `documents` are the texts of the bundle by their names in it, `root` the one to begin with; `service` and `port`
    (local names) choose among several. Each of the service's operations says by `wsdl_operation` which it is.
    """

    root: str
    documents: dict[str, str]
    service: str = ""
    port: str = ""


class AxisName(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The name by which clients of the national data axis ask for a service: `/{api}/{version}/…` (WSO2)."""

    api: str
    version: str


class ServiceDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a service. With `specified=False` ("chưa có đặc tả") it has no operation: nobody can call it."""

    database: str
    code: str
    version: int
    title_vi: str
    title_en: str = ""
    summary_vi: str = ""
    provider: str = ""
    specified: bool = True
    wsdl: WsdlContract | None = None
    axis: AxisName | None = None
    operations: tuple[OperationDescription, ...] = ()


class ProviderDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a provider is. `secrets` maps the adapter's names to references (`file:…`, `env:…`), never to values."""

    code: str
    agency: str
    adapter: str
    endpoint: str
    options: msgspec.Raw = msgspec.field(default_factory=no_configuration)
    secrets: dict[str, str] = {}
    timeout_seconds: float = 10.0
    max_concurrency: int = 32
    max_response_bytes: int = 8 * 1024 * 1024

    @property
    def timeout(self) -> timedelta:
        """How long one attempt may take."""
        return timedelta(seconds=self.timeout_seconds)


class DatabaseDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shared database of the province, or a national one that the province may reach (`national=True`).

    `contact` is an office to turn to, with its telephone or mailbox; no person's own.
    """

    code: str
    title_vi: str
    title_en: str
    owner: str  # agency code
    domain_vi: str
    objects_vi: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sharing: SharingMode = SharingMode.ON_REQUEST
    national: bool = False
    number: int | None = None  # its place among the province's nineteen
    legal_basis: str = ""
    update_frequency: str = ""
    contact: str = ""
    note_vi: str = ""  # e.g. that the row is inferred and not sourced


class AgencyDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agency. `code` follows QCVN 102:2016 (`000.00.00.H49`) or QĐ 20/2020 (at most 35 of `.`, digits, A–Z)."""

    code: str
    name_vi: str
    name_en: str = ""
    parent: str = ""


class SystemDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system of an agency, which calls or provides. `legacy` allows `client_secret_basic` and `_post`."""

    code: str
    agency: str
    name_vi: str
    name_en: str = ""
    legacy: bool = False


class XRoadMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The identifier by which an agency is a member of an X-Road instance (X-Road PR-MESS, 1.3)."""

    agency: str
    instance: str
    member_class: str
    member_code: str


class XRoadSubsystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A subsystem of a member: by it a system calls, a database is offered, or both. An empty `code` is the member.

    `networks` are those from which the system's calls need no other proof (CIDR): none listed, none trusted.
    """

    agency: str
    code: str
    system: str = ""
    database: str = ""
    networks: tuple[str, ...] = ()


class PurposeDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why data is asked for: the code stands in the `Purpose` header of a call and in its record."""

    code: str
    title_vi: str
    title_en: str = ""
