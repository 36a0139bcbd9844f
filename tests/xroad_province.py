"""How does a test get a gateway whose small province is a member of X-Road?

The consumer's member has three subsystems: one that must prove itself, one whose network is trusted, and one of another
system. The provider's identifier has what an identifier may have: a slash, blanks and Vietnamese letters.
"""

from urllib.parse import quote

import httpx2
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PROVIDER_AGENCY,
    READER,
    SECRET,
    SYSTEM,
    GatewayProcess,
    settle_province,
    systems_hash,
)

from catalog import systems, xroad
from catalog.descriptions import SystemDescription, XRoadMember, XRoadSubsystem
from catalog.terms import AgreementTerms
from gateway.db import Database

OTHER_SYSTEM = "he-thong-khac"
CLIENT = "VN/GOV/H32-01/mot-cua"
CLIENT_IN_NETWORK = "VN/GOV/H32-01/mot-cua-noi-bo"
OTHER_CLIENT = "VN/GOV/H32-01/khac"
PROVIDER = f"VN/GOV/{quote('H32/02', safe='')}/{quote('Đất đai', safe='')}"
SERVICE = f"/r1/{PROVIDER}/thua-dat"
PARCEL = f"{SERVICE}/v1/thua-dat/CD123"


async def settle_members(database_url: str, provider_url: str, *terms: AgreementTerms) -> None:
    """Fill a migrated database with the small province, another system, and the X-Road identifiers of all."""
    await settle_province(database_url, provider_url, *terms)
    database = Database.open(database_url)
    async with database.transaction() as session:
        other = SystemDescription(code=OTHER_SYSTEM, agency=CONSUMER_AGENCY, name_vi="Khác", legacy=True)
        await systems.add_system(session, other, by=READER)
        await systems.replace_secret(session, OTHER_SYSTEM, key_id="k2", secret_hash=systems_hash(SECRET), by=READER)
        for agency, code in ((CONSUMER_AGENCY, "H32-01"), (PROVIDER_AGENCY, "H32/02")):
            member = XRoadMember(agency=agency, instance="VN", member_class="GOV", member_code=code)
            await xroad.set_member(session, member, by=READER)
        for subsystem in (
            XRoadSubsystem(agency=CONSUMER_AGENCY, code="mot-cua", system=SYSTEM),
            XRoadSubsystem(agency=CONSUMER_AGENCY, code="mot-cua-noi-bo", system=SYSTEM, networks=("127.0.0.0/8",)),
            XRoadSubsystem(agency=CONSUMER_AGENCY, code="khac", system=OTHER_SYSTEM),
            XRoadSubsystem(agency=PROVIDER_AGENCY, code="Đất đai", database="datdai"),
        ):
            await xroad.set_subsystem(session, subsystem, by=READER)
    await database.close()


def call(gateway: GatewayProcess, path: str, *, method: str = "GET", **headers: str) -> httpx2.Response:
    """Call in the message protocol for REST, by default as the subsystem whose network is trusted."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("x-road-client", CLIENT_IN_NETWORK)
    return httpx2.request(method, f"{gateway.url}{path}", headers=named, timeout=20, verify=NO_TLS)


def assert_error(answer: httpx2.Response, kind: str, *, status: int) -> None:
    """Assert that an answer is this error of X-Road, complete."""
    assert (answer.status_code, answer.headers.get("x-road-error")) == (status, kind), answer.text
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.json()["type"] == kind
    assert answer.json()["detail"] == answer.headers["exchange-id"]
    assert answer.json()["message"]
