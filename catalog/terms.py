"""What does an agreement say, exactly?

The content of one version of an agreement: immutable, hashed over canonical JSON (RFC 8785), compiled by the
gateway into what it enforces. Empty means no: every list here must have an element, and a grant without limit says
so in a word (`all`, `always`, `any`).

Terms hold no cycles, so the collector need not look at them (`gc=False`): a gateway holds a hundred thousand of them.
"""

from datetime import date
from enum import StrEnum
from typing import Literal

import msgspec

MOST_DISCLOSURE_DAYS = 1095
"""How long at most the people concerned may be kept from seeing an exchange: three years."""


class Comparison(StrEnum):
    """How a row's value is compared in a row filter."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    PREFIX = "prefix"
    GTE = "gte"
    LTE = "lte"


class RowCondition(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """One condition; all conditions of a grant must hold. `field` is relative to the operation's row."""

    field: str
    operator: Comparison
    values: tuple[str | int | bool, ...]


class Rate(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """At most `requests` per `per_seconds`, evenly, with `burst` at once (GCRA)."""

    requests: int
    per_seconds: int
    burst: int


class Hours(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A window of the week in the province's time: ISO days (1 Monday … 7 Sunday), `HH:MM`.

    `from_` is inclusive, `until` exclusive; `24:00` is allowed there.
    """

    days: tuple[int, ...]
    from_: str = msgspec.field(name="from")
    until: str


class LegalBasis(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The document and article that allow the sharing (Luật 91/2025/QH15 art. 19)."""

    document: str
    article: str = ""


class FieldReason(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """Why a sensitive field is needed for the purpose (R14 of design 03): one for each that a grant lists."""

    field: str
    reason: str


class AttachmentTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A file that belongs to the agreement. `digest` is its SHA-256 (hex), by which its bytes are kept and proven."""

    name: str
    media_type: str
    digest: str
    size_bytes: int


class DisclosureTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """That the people concerned are shown an exchange so many days after it only, and which law says so.

    Between 1 and `MOST_DISCLOSURE_DAYS`: what is not delayed has no such terms at all.
    """

    after_days: int
    legal_basis: LegalBasis


class GrantTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What one operation may be used for. `fields` are paths of the operation's description; never empty.

    `reasons` has one for each field of class `sensitive`, and for no other.
    """

    service: str
    version: int
    operation: str
    fields: tuple[str, ...]
    rows: Literal["all"] | tuple[RowCondition, ...]
    rate: Rate
    daily_quota: int
    hours: Literal["always"] | tuple[Hours, ...]
    networks: Literal["any"] | tuple[str, ...]
    case_file_required: bool = False
    officer_required: bool = False
    cache_allowed: bool = False
    reasons: tuple[FieldReason, ...] = ()


class AgreementTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The content of one version of an agreement. `valid_until` is its last day, in the province's time.

    `disclosure` stands in the canonical form only where it is set: what was agreed before there was such a thing keeps
    its digest. Without it the people concerned see an exchange at once.
    """

    code: str
    database: str
    provider_agency: str
    consumer_agency: str
    systems: tuple[str, ...]
    purposes: tuple[str, ...]
    legal_basis: tuple[LegalBasis, ...]
    valid_from: date
    valid_until: date
    review_on: date
    grants: tuple[GrantTerms, ...]
    attachments: tuple[AttachmentTerms, ...] = ()
    disclosure: DisclosureTerms | msgspec.UnsetType = msgspec.UNSET

    @property
    def disclosed_after_days(self) -> int:
        """Return how many days after an exchange the people whom it concerns are shown it, 0 for at once."""
        return 0 if self.disclosure is msgspec.UNSET else self.disclosure.after_days
