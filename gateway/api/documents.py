"""Which documents does the control API take, and what does its OpenAPI say of them?"""

from typing import Any

import msgspec

from catalog.descriptions import (
    AgencyDescription,
    DatabaseDescription,
    ProviderDescription,
    PurposeDescription,
    ServiceDescription,
    SystemDescription,
)
from catalog.states import Side
from catalog.terms import AgreementTerms
from security.staff import Role


class KeyDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A public key (JWK, RFC 7517) of a system, and until when it holds (ISO 8601; empty: until revoked)."""

    jwk: msgspec.Raw
    expires_at: str = ""


class SecretDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many hours the old secrets still hold beside the new one."""

    old_for_hours: int = 0


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


class StaffDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new member of the staff."""

    code: str
    name: str
    role: Role
    agency: str


KINDS: tuple[type[msgspec.Struct], ...] = (
    AgencyDescription,
    SystemDescription,
    KeyDocument,
    SecretDocument,
    DatabaseDescription,
    ProviderDescription,
    ServiceDescription,
    PurposeDescription,
    AgreementTerms,
    NoteDocument,
    RefusalDocument,
    SuspensionDocument,
    ResumptionDocument,
    StaffDocument,
)


def takes(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return what a route's OpenAPI says of its body (FastAPI's `openapi_extra`)."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def schemas() -> dict[str, Any]:
    """Return the JSON Schemas of all documents by name, for `components.schemas` of the OpenAPI document."""
    _, components = msgspec.json.schema_components(KINDS, ref_template="#/components/schemas/{name}")
    return components
