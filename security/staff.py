"""What may a member of the staff do, and by which token is he known?

Roles hold permissions; a role reaches its own agency only, but for the two that work for the whole platform. Pure, but
for the making of a token.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a member of the staff is (design 06)."""

    PLATFORM_ADMIN = "platform-admin"
    DATA_OWNER = "data-owner"
    AGENCY_OFFICER = "agency-officer"
    AUDITOR = "auditor"
    OBSERVER = "observer"


class Permission(StrEnum):
    """What can be allowed. `provide` and `consume` tell the two sides of an agreement apart."""

    AGENCY_READ = "console:agency:read"
    AGENCY_CREATE = "console:agency:create"
    SYSTEM_READ = "console:system:read"
    SYSTEM_CREATE = "console:system:create"
    SYSTEM_KEYS = "console:system:keys"
    SYSTEM_SEALED_KEYS = "console:system:sealed-keys"
    SYSTEM_SUSPEND = "console:system:suspend"
    SYSTEM_LEGACY = "console:system:legacy"
    CATALOGUE_READ = "console:catalogue:read"
    DATABASE_CREATE = "console:database:create"
    DATABASE_CHANGE = "console:database:change"
    PROVIDER_READ = "console:provider:read"
    PROVIDER_CHANGE = "console:provider:change"
    SERVICE_PUBLISH = "console:service:publish"
    PUBLICATION_READ = "console:publication:read"
    PUBLICATION_PREPARE = "console:publication:prepare"
    PUBLICATION_TRY = "console:publication:try"
    PURPOSE_CREATE = "console:purpose:create"
    AGREEMENT_READ = "console:agreement:read"
    AGREEMENT_REQUEST = "console:agreement:request"
    AGREEMENT_DECIDE = "console:agreement:decide"
    AGREEMENT_APPROVE = "console:agreement:approve"
    AGREEMENT_ACTIVATE = "console:agreement:activate"
    AGREEMENT_SUSPEND_CONSUMER = "console:agreement:suspend-consumer"
    AGREEMENT_SUSPEND_PROVIDER = "console:agreement:suspend-provider"
    AGREEMENT_SUSPEND_PLATFORM = "console:agreement:suspend-platform"
    AGREEMENT_STANDARD = "console:agreement:standard"
    AGREEMENT_END = "console:agreement:end"
    CALL_SANDBOX = "console:call:sandbox"
    CALL_PRODUCTION = "console:call:production"
    XROAD_CHANGE = "console:xroad:change"
    STAFF_READ = "console:staff:read"
    STAFF_CHANGE = "console:staff:change"
    RECORD_READ = "console:record:read"
    RECORD_REVEAL = "console:record:reveal"
    INCIDENT_KEEP = "console:incident:keep"
    ALERT_READ = "console:alert:read"
    ALERT_TRIAGE = "console:alert:triage"
    RECORD_HOLD = "console:record:hold"
    RECORD_ERASE = "console:record:erase"
    QUALITY_READ = "console:quality:read"
    QUALITY_MEASURE = "console:quality:measure"
    QUALITY_RULES = "console:quality:rules"
    REPORT_READ = "console:report:read"
    REPORT_READ_ALL = "console:report:read-all"
    PLATFORM_READ = "console:platform:read"


_READ = frozenset(
    {
        Permission.AGENCY_READ,
        Permission.SYSTEM_READ,
        Permission.CATALOGUE_READ,
        Permission.AGREEMENT_READ,
        Permission.REPORT_READ,
    }
)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.PLATFORM_ADMIN: frozenset(Permission)
        - {
            Permission.RECORD_READ,
            Permission.RECORD_REVEAL,
            Permission.INCIDENT_KEEP,
            Permission.ALERT_READ,
            Permission.ALERT_TRIAGE,
            Permission.CALL_PRODUCTION,
        },
        Role.DATA_OWNER: _READ
        | {
            Permission.PROVIDER_READ,
            Permission.PROVIDER_CHANGE,
            Permission.DATABASE_CREATE,
            Permission.DATABASE_CHANGE,
            Permission.SERVICE_PUBLISH,
            Permission.PUBLICATION_READ,
            Permission.PUBLICATION_PREPARE,
            Permission.PUBLICATION_TRY,
            Permission.CALL_SANDBOX,
            Permission.AGREEMENT_DECIDE,
            Permission.AGREEMENT_APPROVE,
            Permission.AGREEMENT_ACTIVATE,
            Permission.AGREEMENT_STANDARD,
            Permission.AGREEMENT_SUSPEND_PROVIDER,
            Permission.AGREEMENT_END,
            Permission.QUALITY_READ,
            Permission.QUALITY_MEASURE,
            Permission.QUALITY_RULES,
            Permission.RECORD_READ,
        },
        Role.AGENCY_OFFICER: _READ
        | {
            Permission.SYSTEM_CREATE,
            Permission.SYSTEM_KEYS,
            Permission.SYSTEM_SUSPEND,
            Permission.CALL_SANDBOX,
            Permission.CALL_PRODUCTION,
            Permission.AGREEMENT_REQUEST,
            Permission.AGREEMENT_SUSPEND_CONSUMER,
            Permission.AGREEMENT_END,
            Permission.RECORD_READ,
        },
        Role.AUDITOR: _READ
        | {
            Permission.PROVIDER_READ,
            Permission.PUBLICATION_READ,
            Permission.STAFF_READ,
            Permission.RECORD_READ,
            Permission.RECORD_REVEAL,
            Permission.INCIDENT_KEEP,
            Permission.ALERT_READ,
            Permission.ALERT_TRIAGE,
            Permission.RECORD_HOLD,
            Permission.RECORD_ERASE,
            Permission.QUALITY_READ,
            Permission.REPORT_READ_ALL,
            Permission.PLATFORM_READ,
        },
        Role.OBSERVER: _READ | {Permission.REPORT_READ_ALL},
    }
)
"""What each role may do where it reaches.

The administrator of the platform does not read the record: auditors do. Nor does he get data that was agreed with an
agency: only the agency's own officers call for its systems.
"""

PLATFORM_WIDE = frozenset({Role.PLATFORM_ADMIN, Role.AUDITOR})
# Names of agencies and services are public; sums of the whole platform tell of no person and no call.
_EVERYBODY = frozenset({Permission.AGENCY_READ, Permission.CATALOGUE_READ, Permission.REPORT_READ_ALL})


def allows(role: Role, permission: Permission, *, own_agency: str, target_agency: str) -> bool:
    """Tell whether `role` in `own_agency` has `permission` over what belongs to `target_agency` (empty: the platform).

    Empty means no: without an agency of his own nobody but those of the whole platform may do anything.
    """
    if permission not in PERMISSIONS[role]:
        return False
    if role in PLATFORM_WIDE or permission in _EVERYBODY:
        return True
    return bool(target_agency) and own_agency == target_agency


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: `clear` is shown once and never stored, `digest` (SHA-256, hex) is."""

    clear: str = field(repr=False)
    digest: str = field(repr=False)


def new_token() -> NewToken:
    """Return a new 256-bit random token, also fit as a client secret."""
    clear = secrets.token_urlsafe(32)
    return NewToken(clear, token_digest(clear))


def token_digest(clear: str) -> str:
    """Return the SHA-256 (hex) of a token. No salt and no stretching: 256 random bits cannot be guessed."""
    return hashlib.sha256(clear.encode("utf-8", "surrogatepass")).hexdigest()
