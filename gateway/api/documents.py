"""Which documents does the control API take, and what does its OpenAPI say of them?"""

from datetime import datetime
from typing import Any

import msgspec

from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
    SystemDescription,
    XRoadMember,
    XRoadSubsystem,
)
from catalog.importers.corrections import Correction
from catalog.quality.criteria import Check
from catalog.standard_terms import StandardTerms
from catalog.states import Side
from catalog.terms import AgreementTerms
from gateway.exports.orders import Form as ExportForm
from gateway.publication.importing import ImportDocument
from gateway.publication.trial import TrialDocument
from security.audit.index import Ending, Happened
from security.audit.search import Side as SearchSide
from security.staff import Role


class KeyDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A public key (JWK, RFC 7517) of a system, and until when it holds (ISO 8601; empty: until revoked)."""

    jwk: msgspec.Raw
    expires_at: str = ""


class SecretDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many hours the old secrets still hold beside the new one."""

    old_for_hours: int = 0


class DigestSecretDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many hours the old ones still hold, and until when the new one does (ISO 8601; empty: until revoked)."""

    old_for_hours: int = 0
    expires_at: str = ""


class QualityRuleDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule of quality (docs/quality.md). `field` is relative to a row; empty for the whole row."""

    service: str
    field: str
    check: Check
    argument: str = ""
    weight: int = 1
    enabled: bool = True


class NoteDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is missing, or why."""

    note: str = ""


class RefusalDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a request is refused, and the legal ground that limits sharing (NĐ 194/2025/NĐ-CP art. 16(2))."""

    note: str
    legal_ground: str


class SuspensionDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which side suspends an agreement, and why."""

    side: Side
    reason: str


class ResumptionDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which side lifts its suspension."""

    side: Side


class XRoadMemberName(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which member."""

    agency: str


class XRoadSubsystemName(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which subsystem of which member."""

    agency: str
    code: str


class CorrectionsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Corrections of a draft, made one after the other, all or none."""

    corrections: tuple[Correction, ...]


class ReleaseDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether a provider that has the draft's code, and differs, is replaced for all its services."""

    replace_provider: bool = False


class DeprecationDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a version ends (ISO 8601 with its offset), if that is known, and which version comes after it."""

    sunset: datetime | None = None
    successor: int | None = None


class StaffDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new member of the staff."""

    code: str
    name: str
    role: Role
    agency: str


class ExportSearchDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which exchanges: as in the console's list of the record. An empty text asks nothing; times have their offset."""

    since: datetime
    until: datetime
    agency: str = ""
    side: SearchSide = SearchSide.CONSUMER
    system: str = ""
    agreement: str = ""
    database: str = ""
    service: str = ""
    happened: Happened | None = None
    ending: Ending | None = None
    reason: str = ""


class ExportDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the record to be exported: the exchanges named (10,000 at most), or those that a search finds."""

    form: ExportForm = ExportForm.BUNDLE
    exchanges: tuple[str, ...] = ()
    search: ExportSearchDocument | None = None


class TriageDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an alert was (`explain`, `call-misuse`, `call-false`, `reopen`), and why."""

    step: str
    note: str


KINDS: tuple[type[msgspec.Struct], ...] = (
    AgencyDescription,
    SystemDescription,
    KeyDocument,
    SecretDocument,
    DigestSecretDocument,
    DatabaseDescription,
    ProviderDescription,
    ServiceDescription,
    PurposeDescription,
    AgreementTerms,
    StandardTerms,
    NoteDocument,
    RefusalDocument,
    SuspensionDocument,
    ResumptionDocument,
    StaffDocument,
    XRoadMember,
    XRoadMemberName,
    XRoadSubsystem,
    XRoadSubsystemName,
    ImportDocument,
    CorrectionsDocument,
    TrialDocument,
    ReleaseDocument,
    DeprecationDocument,
    QualityRuleDocument,
    ExportSearchDocument,
    ExportDocument,
    TriageDocument,
)


def takes(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return what a route's OpenAPI says of its body (FastAPI's `openapi_extra`)."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def schemas() -> dict[str, Any]:
    """Return the JSON Schemas of all documents by name, for `components.schemas` of the OpenAPI document."""
    _, components = msgspec.json.schema_components(KINDS, ref_template="#/components/schemas/{name}")
    return components
