"""Does an operation release and withhold the same, by whatever door it is asked under the same agreement?

Random agreements, brought into force in a running gateway; each is used through REST, SOAP 1.1, SOAP 1.2, X-Road's REST
and X-Road's SOAP. What comes back is compared value by value, and so is what the record says of each exchange.
"""

import asyncio
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from conftest import in_a_thread, migrate
from gateways import (
    NO_TLS,
    READER,
    TERMS,
    WRITER,
    GatewayProcess,
    RestProvider,
    grant,
    parcel_service,
    token,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from xroad_messages import ID_BLOCK, VERSION_BLOCK, client, message, service
from xroad_province import CLIENT_IN_NETWORK, settle_members
from xroad_province import SERVICE as XROAD_SERVICE

from catalog import agreements
from catalog.terms import AgreementTerms, Comparison, RowCondition
from gateway.db import Database
from security.audit.read import find_exchange
from security.audit.receipts import read_receipt

NAMESPACE = "urn:lienthong:datdai:thua-dat:v1"
VERSIONS = {
    "soap11": ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml"),
    "soap12": ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml"),
}
ASKED = {
    "get": ("thua-dat/CD123", f'<t:get xmlns:t="{NAMESPACE}"><t:SoGCN>CD123</t:SoGCN></t:get>'),
    "list": ("thua-dat", f'<t:list xmlns:t="{NAMESPACE}"/>'),
}
NUMBERS = itertools.count(1)


# --- random agreements -------------------------------------------------------------------------------------------


def declared_fields(operation: str) -> list[str]:
    """Return what an agreement on the operation may name."""
    (found,) = (one for one in parcel_service().operations if one.code == operation)
    return sorted(leaf.path for leaf in found.fields if not leaf.structural)


CONDITIONS = st.one_of(
    st.just("all"),
    st.builds(
        lambda operator, values: (RowCondition(field="MaDVHC", operator=operator, values=tuple(values)),),
        st.sampled_from([Comparison.IN]),
        st.lists(st.sampled_from(["22000", "22001", "22002", "99999"]), min_size=1, max_size=3, unique=True),
    ),
    st.builds(
        lambda operator, value: (RowCondition(field="MaDVHC", operator=operator, values=(value,)),),
        st.sampled_from([Comparison.EQ, Comparison.NE, Comparison.PREFIX]),
        st.sampled_from(["22000", "22001", "2200", "9"]),
    ),
)


@st.composite
def terms(draw: st.DrawFn) -> AgreementTerms:
    grants = []
    for operation in sorted(ASKED):
        fields = draw(st.lists(st.sampled_from(declared_fields(operation)), min_size=1, unique=True))
        grants.append(msgspec.structs.replace(grant(operation, tuple(fields)), rows=draw(CONDITIONS)))
    return msgspec.structs.replace(TERMS, code=f"TT-H{next(NUMBERS)}", grants=tuple(grants))


async def bring_into_force(database_url: str, one: AgreementTerms) -> None:
    database = Database.open(database_url)
    async with database.transaction() as session:
        await agreements.create_draft(session, one, by=READER)
        await agreements.submit(session, one.code, version=1, by=READER)
        await agreements.approve(session, one.code, version=1, by=WRITER)
        await agreements.activate(session, one.code, version=1, by=WRITER)
    await database.close()


# --- the doors ---------------------------------------------------------------------------------------------------


class Doors:
    """A running gateway, and how each of its doors is asked."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self.gateway = gateway
        self.http = httpx2.Client(base_url=gateway.url, timeout=20, verify=NO_TLS)
        self.bearer = f"Bearer {token(gateway)}"
        self.by_name: dict[str, Callable[[str, str], tuple[object, str]]] = {
            "rest": self.rest,
            "soap11": lambda operation, agreement: self.soap("soap11", operation, agreement),
            "soap12": lambda operation, agreement: self.soap("soap12", operation, agreement),
            "xroad-rest": self.xroad_rest,
            "xroad-soap": self.xroad_soap,
        }

    def rest(self, operation: str, agreement: str) -> tuple[object, str]:
        headers = {"authorization": self.bearer, "agreement": agreement}
        return _json(self.http.get(f"/x/datdai/thua-dat/v1/{ASKED[operation][0]}", headers=headers))

    def soap(self, version: str, operation: str, agreement: str) -> tuple[object, str]:
        uri, media_type = VERSIONS[version]
        content = f'<s:Envelope xmlns:s="{uri}"><s:Body>{ASKED[operation][1]}</s:Body></s:Envelope>'
        headers = {"authorization": self.bearer, "agreement": agreement, "content-type": media_type}
        return _xml(self.http.post("/soap/datdai/thua-dat/v1", content=content, headers=headers))

    def xroad_rest(self, operation: str, agreement: str) -> tuple[object, str]:
        headers = {"x-road-client": CLIENT_IN_NETWORK, "agreement": agreement}
        return _json(self.http.get(f"{XROAD_SERVICE}/v1/{ASKED[operation][0]}", headers=headers))

    def xroad_soap(self, operation: str, agreement: str) -> tuple[object, str]:
        content = message(client(), service(operation), ID_BLOCK, VERSION_BLOCK, body=ASKED[operation][1])
        headers = {"agreement": agreement, "content-type": "text/xml"}
        return _xml(self.http.post("/xroad-endpoint", content=content, headers=headers))

    def recorded(self, exchange_id: str) -> tuple[object, ...]:
        """Return what the record says was released and withheld, or why nothing was."""
        found = asyncio.run(find_exchange(self.gateway.database_url, exchange_id))
        last = json.loads(found[-1].body)
        outcome = last.get("outcome", {})
        said = [outcome.get(name) for name in ("fields_released", "fields_withheld", "rows_released", "rows_withheld")]
        return (last["decision"].get("reason", ""), *map(json.dumps, said))


def _promised(answer: httpx2.Response) -> str:
    """Return the exchange id, once the receipt was found to be about this very answer."""
    says = read_receipt(answer.headers["exchange-receipt"]).statement
    assert (says.exchange, says.response) == (
        answer.headers["exchange-id"],
        hashlib.sha256(answer.content).hexdigest(),
    )
    return says.exchange


def _json(answer: httpx2.Response) -> tuple[object, str]:
    return (plain(answer.json()) if answer.status_code == 200 else None), _promised(answer)


def _xml(answer: httpx2.Response) -> tuple[object, str]:
    body = etree.fromstring(answer.content).find("{*}Body")
    released = None if body[0].tag.endswith("}Fault") else tree(body[0])
    return released, _promised(answer)


def plain(value: object) -> object:
    """Return JSON as XML can say it: texts, and lists of what stands under a name; nothing for an empty list."""
    match value:
        case dict():
            named = {name: value if isinstance(value, list) else [value] for name, value in value.items()}
            return {name: [plain(one) for one in many] for name, many in named.items() if many}
        case bool():
            return str(value).lower()
        case None:
            return None
        case _:
            return str(value)


def tree(element: etree._Element) -> object:
    """Return an element in the same terms."""
    if element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true":
        return None
    if not len(element):
        return element.text or {}
    found: dict[str, list[object]] = {}
    for child in element:
        found.setdefault(etree.QName(child).localname, []).append(tree(child))
    return found


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, standing_provider: RestProvider) -> Iterator[Doors]:
    """One gateway with all doors open; nothing here depends on the store."""
    directory: Path = tmp_path_factory.mktemp("cac-cua")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_members(url, standing_provider.url)))
    process = GatewayProcess(directory, url)
    process.start()
    opened = Doors(process)
    yield opened
    opened.http.close()
    process.stop()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(agreed=terms())
def test_every_door_releases_and_withholds_the_same(doors: Doors, agreed: AgreementTerms) -> None:
    asyncio.run(bring_into_force(doors.gateway.database_url, agreed))
    doors.http.get("/readyz")  # reads the newest policy

    for operation in ASKED:
        answers = {name: ask(operation, agreed.code) for name, ask in doors.by_name.items()}
        released = {name: value for name, (value, _) in answers.items()}
        recorded = {name: doors.recorded(exchange_id) for name, (_, exchange_id) in answers.items()}

        assert released == dict.fromkeys(doors.by_name, released["rest"])
        assert recorded == dict.fromkeys(doors.by_name, recorded["rest"])
