"""How does a test get citizens: a gateway with a province, an issuer of ID tokens, a portal, and uses of their data?"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec
from conftest import in_a_thread, migrate
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PARCEL,
    PARCELS,
    READER,
    SECRET,
    SYSTEM,
    TERMS,
    WRITER,
    GatewayProcess,
    RestProvider,
    settle_province,
    systems_hash,
)
from providers.single_sign_on import CLIENT_ID, CLIENT_SECRET, SingleSignOnServer
from visitors import Office

from catalog import agencies, agreements, systems
from catalog.descriptions import AgencyDescription, SystemDescription
from catalog.states import Side
from catalog.terms import DisclosureTerms, LegalBasis
from gateway.changes import Work
from gateway.db import Database

OWNER, ASKED_FOR = "056099000001", "056199000002"
"""Whose parcels the provider has, and somebody who is asked for by his number."""
CLAIM, PORTAL_CLIENT = "so_dinh_danh", "cong-dich-vu"
STRANGE_NAME = "Sở <script>alert(1)</script> & <b>Y</b>"
COMPLAINTS = "Thanh tra tỉnh, 0259 000 000"
INSPECTION, INSPECTION_SECRET = "thanh-tra", "t" * 43


@dataclass
class CitizenProvince:
    """The processes. `uses` are the exchanges that concern each citizen and may be shown, in order of time."""

    gateway: GatewayProcess
    issuer: SingleSignOnServer
    uses: dict[str, list[str]]

    def token(self, **claims: object) -> str:
        """Return the ID token of the portal's citizen, by default of the owner of the parcels."""
        return self.issuer.id_token(**{"aud": PORTAL_CLIENT, "jti": "t-1", CLAIM: OWNER, **claims})

    def access_token(self, system: str = SYSTEM, **members: str) -> str:
        """Return an access token of a system."""
        secret = SECRET if system == SYSTEM else INSPECTION_SECRET
        form = {"grant_type": "client_credentials", **members}
        with self._client() as client:
            answer = client.post("/oauth2/token", data=form, auth=(system, secret))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def ask(
        self, path: str, *, citizen: str | None = None, system: str = SYSTEM, access: str | None = None
    ) -> httpx2.Response:
        """Ask below /subject/v1 as a portal does, for the citizen of an ID token."""
        headers = {"authorization": f"Bearer {self.access_token(system) if access is None else access}"}
        if citizen is not None:
            headers["citizen-token"] = citizen
        with self._client() as client:
            return client.get(f"/subject/v1/{path}", headers=headers)

    def call(self, path: str, system: str = SYSTEM) -> str:
        """Make a call of data, and return its exchange id."""
        headers = {"authorization": f"Bearer {self.access_token(system)}", "case-file": "H32-26-0001"}
        with self._client() as client:
            answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.headers["exchange-id"])

    def suspend(self, system: str) -> None:
        """Suspend a system, as another process would."""
        self._change(lambda session: systems.suspend_system(session, system, side=Side.PLATFORM, by=WRITER))

    def resume(self, system: str) -> None:
        """Lift the suspension."""
        self._change(lambda session: systems.resume_system(session, system, side=Side.PLATFORM))

    def _change(self, work: Work) -> None:
        async def change() -> None:
            database = Database.open(self.gateway.database_url)
            async with database.transaction() as session:
                await work(session)
            await database.close()

        in_a_thread(lambda: asyncio.run(change()))

    def catch_up(self) -> None:
        """Let the list of exchanges come up to what is recorded."""
        Office(self.gateway, {}).catch_up()

    def _client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.gateway.url, verify=NO_TLS, timeout=20)


async def settle(url: str, provider_url: str) -> None:
    """Lay out the province, its consumer with a name that would run, and an inspection whose uses are told later."""
    await settle_province(url, provider_url)
    later = DisclosureTerms(after_days=90, legal_basis=LegalBasis(document="Luật Thanh tra"))
    terms = msgspec.structs.replace(TERMS, code="TT-2", systems=(INSPECTION,), disclosure=later)
    database = Database.open(url)
    async with database.transaction() as session:
        await agencies.revise_agency(session, AgencyDescription(code=CONSUMER_AGENCY, name_vi=STRANGE_NAME))
        described = SystemDescription(code=INSPECTION, agency=CONSUMER_AGENCY, name_vi="Thanh tra", legacy=True)
        await systems.add_system(session, described, by=READER)
        hashed = systems_hash(INSPECTION_SECRET)
        await systems.replace_secret(session, INSPECTION, key_id="k2", secret_hash=hashed, by=READER)
        await agreements.create_draft(session, terms, by=READER)
        await agreements.submit(session, terms.code, version=1, by=READER)
        await agreements.approve(session, terms.code, version=1, by=WRITER)
        await agreements.activate(session, terms.code, version=1, by=WRITER)
    await database.close()


@contextmanager
def open_citizen_province(directory: Path) -> Iterator[CitizenProvince]:
    """Yield the province with a few uses in it, those of the inspection among them."""
    provider, issuer = RestProvider(), SingleSignOnServer()
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle(url, provider.url)))
    secret = directory / "citizen-secret"
    secret.write_text(CLIENT_SECRET)
    settings = {
        "LIENTHONG_CITIZEN_ISSUER": issuer.url,
        "LIENTHONG_CITIZEN_CLAIM": CLAIM,
        "LIENTHONG_CITIZEN_CLIENT_ID": CLIENT_ID,
        "LIENTHONG_CITIZEN_CLIENT_SECRET_FILE": str(secret),
        "LIENTHONG_CITIZEN_PORTALS": f"{SYSTEM}={PORTAL_CLIENT}",
        "LIENTHONG_CITIZEN_COMPLAINTS": COMPLAINTS,
    }
    gateway = GatewayProcess(directory, url, environment=settings)
    gateway.start()
    province = CitizenProvince(gateway, issuer, {})
    asked = f"{PARCELS}?SoDinhDanh={ASKED_FOR}"
    province.uses = {OWNER: [province.call(PARCEL.format("CD1")), province.call(PARCEL.format("CD2"))]}
    province.uses[ASKED_FOR] = [province.call(asked)]
    province.call(PARCEL.format("CD3"), INSPECTION)
    province.call(asked, INSPECTION)
    province.catch_up()
    yield province
    gateway.stop()
    issuer.close()
    provider.close()
