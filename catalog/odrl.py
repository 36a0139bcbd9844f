"""How is an agreement said in ODRL 2.2, so that another platform reads who may do what with which data?

JSON-LD with W3C's own context (https://www.w3.org/TR/odrl-model/, 2.2.1): an Agreement with one assigner, one assignee,
and a permission for each operation that is granted. What the Core Vocabulary has no word for (fields, rows, hours,
rates, naming a case file) is said in our profile (`PROFILE`, 2.1): its terms are listed in docs/agreements.md.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from catalog.agreement_differences import said_rows
from catalog.graph import Json, address
from catalog.terms import AgreementTerms, GrantTerms

CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
PROFILE: Final = "urn:lien-thong:odrl:1"
_PREFIX: Final = f"{PROFILE}:"
_OURS: Final[dict[str, Json]] = {"lt": _PREFIX, "dct": "http://purl.org/dc/terms/"}


def describe_agreement(
    terms: AgreementTerms, *, version: int, digest: str, public_url: str, reads: frozenset[str]
) -> dict[str, Json]:
    """Return a version of an agreement as ODRL.

    `reads` are the names of the grants (`thua-dat/v1/tra-cuu`) that only read: their action is `read`, the others'
    `modify`. Identifiers are addresses of this platform.
    """
    base = f"{public_url}/api/v1"
    permissions: list[Json] = [_permission(terms, grant, public_url=public_url, reads=reads) for grant in terms.grants]
    obligations = _obligations(terms)
    found: dict[str, Json] = {
        "@context": [CONTEXT, _OURS],
        "@type": "Agreement",
        "uid": address(base, "agreements", terms.code, "versions", str(version)).value,
        "profile": PROFILE,
        "dct:identifier": terms.code,
        "dct:hasVersion": str(version),
        "lt:termsDigest": digest,
        "lt:legalBasis": [f"{one.document} {one.article}".strip() for one in terms.legal_basis],
        "assigner": _party(base, terms.provider_agency),
        "assignee": _party(base, terms.consumer_agency),
        "permission": permissions,
    }
    return {**found, "obligation": obligations} if obligations else found


def _obligations(terms: AgreementTerms) -> list[Json]:
    """Return that the people concerned are informed so long after an exchange; nothing where they are at once."""
    told = terms.disclosure
    if told is msgspec.UNSET:
        return []
    delay: dict[str, Json] = {"@value": f"P{told.after_days}D", "@type": "http://www.w3.org/2001/XMLSchema#duration"}
    ground = f"{told.legal_basis.document} {told.legal_basis.article}".strip()
    duty: dict[str, Json] = {"@type": "Duty", "action": "inform", "lt:legalBasis": ground}
    return [{**duty, "constraint": [_constraint("delayPeriod", "eq", delay)]}]


def _party(base: str, agency: str) -> dict[str, Json]:
    return {"@type": "Party", "uid": address(base, "agencies", agency).value}


def _permission(terms: AgreementTerms, grant: GrantTerms, *, public_url: str, reads: frozenset[str]) -> dict[str, Json]:
    name = f"{grant.service}/v{grant.version}/{grant.operation}"
    service = address(
        f"{public_url}/catalog/v1/databases", terms.database, "services", grant.service, f"v{grant.version}"
    )
    duties: list[Json] = []
    if grant.case_file_required:
        duties.append({"@type": "Duty", "action": "lt:nameCaseFile"})
    if grant.officer_required:
        duties.append({"@type": "Duty", "action": "lt:nameOfficer"})
    found: dict[str, Json] = {
        "target": {
            "@type": "AssetCollection",
            "source": service.value,
            "refinement": _refinements(grant),
        },
        "action": "read" if name in reads else "modify",
        "constraint": _constraints(terms, grant, public_url=public_url),
    }
    return {**found, "duty": duties} if duties else found


def _refinements(grant: GrantTerms) -> list[Json]:
    """What of the service is meant: one operation, some of its fields, and some of its rows."""
    found: list[Json] = [
        _constraint("lt:operation", "eq", grant.operation),
        _constraint("lt:field", "isAnyOf", list(grant.fields)),
    ]
    if grant.rows != "all":
        found += [_constraint("lt:rows", "eq", said_rows((one,)).en) for one in grant.rows]
    return found


def _constraints(terms: AgreementTerms, grant: GrantTerms, *, public_url: str) -> list[Json]:
    purposes: list[Json] = [{"@id": address(f"{public_url}/api/v1", "purposes", one).value} for one in terms.purposes]
    found: list[Json] = [
        _constraint("dateTime", "gteq", _day(terms.valid_from.isoformat())),
        _constraint("dateTime", "lteq", _day(terms.valid_until.isoformat())),
        _constraint("purpose", "isAnyOf", purposes),
        _constraint("systemDevice", "isAnyOf", list(terms.systems)),
        _constraint("lt:callsPerDay", "lteq", _whole(grant.daily_quota)),
        _constraint("lt:callsPerSecond", "lteq", _decimal(grant.rate.requests, grant.rate.per_seconds)),
    ]
    if grant.networks != "any":
        found.append(_constraint("virtualLocation", "isAnyOf", list(grant.networks)))
    if grant.hours != "always":
        windows: Sequence[str] = [f"{','.join(map(str, one.days))} {one.from_}-{one.until}" for one in grant.hours]
        found.append(_constraint("lt:hours", "isAnyOf", list(windows)))
    return found


def _constraint(left: str, operator: str, right: Json) -> dict[str, Json]:
    return {"@type": "Constraint", "leftOperand": left, "operator": operator, "rightOperand": right}


def _day(day: str) -> dict[str, Json]:
    return {"@value": day, "@type": "http://www.w3.org/2001/XMLSchema#date"}


def _whole(number: int) -> dict[str, Json]:
    return {"@value": str(number), "@type": "http://www.w3.org/2001/XMLSchema#integer"}


def _decimal(requests: int, per_seconds: int) -> dict[str, Json]:
    return {"@value": f"{requests / per_seconds:.6f}", "@type": "http://www.w3.org/2001/XMLSchema#decimal"}
