"""Is one WS-Security message answered once, over two processes, and does a digest open the door of SOAP at all?"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import requests
import zeep
from gateways import NO_TLS, READER, SYSTEM, GatewayProcess, RestProvider, settle_province, token
from lxml import etree
from refused import records_of
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from catalog import systems
from gateway.db import Database
from security.keys import ensure_keys
from security.sealing import SecretSealer

ADDRESS = "/soap/datdai/thua-dat/v1"
DIGEST_SECRET = "mot-bi-mat-chi-de-tinh-digest"


@pytest.fixture
async def pair(
    migrated_postgresql_url: str, provider: RestProvider, redis_url: str, tmp_path: Path
) -> AsyncIterator[list[GatewayProcess]]:
    """Two gateways on one PostgreSQL with the same keys; the demo system has a secret for digests."""
    await settle_province(migrated_postgresql_url, provider.url)
    sealer = SecretSealer(ensure_keys(tmp_path / "keys").sealing)
    sealed = sealer.seal(DIGEST_SECRET, system=SYSTEM, key_id="d1").sealed
    database = Database.open(migrated_postgresql_url)
    async with database.transaction() as session:
        await systems.replace_digest_secret(session, SYSTEM, key_id="d1", sealed=sealed, by=READER)
    await database.close()
    gateways = [GatewayProcess(tmp_path, migrated_postgresql_url, redis_url) for _ in range(2)]
    for gateway in gateways:
        gateway.start()
    yield gateways
    for gateway in gateways:
        gateway.stop()


def message(gateway: GatewayProcess, *, secret: str = DIGEST_SECRET) -> bytes:
    """Return a call as zeep writes it, with a digest of the secret and a new nonce."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token(gateway)}"
        client = zeep.Client(
            f"{gateway.url}{ADDRESS}?wsdl",
            transport=Transport(session=session),
            port_name="Soap11",
            wsse=UsernameToken(SYSTEM, secret, use_digest=True, zulu_timestamp=True),
        )
        return bytes(etree.tostring(client.create_message(client.service, "get", SoGCN="CD1")))


async def send(gateways: list[GatewayProcess], content: bytes, times: int) -> list[httpx2.Response]:
    """Send the same bytes so often at once, by turns to each gateway."""
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
    async with httpx2.AsyncClient(timeout=30, verify=NO_TLS) as client:
        return await asyncio.gather(
            *(
                client.post(f"{gateways[number % len(gateways)].url}{ADDRESS}", content=content, headers=headers)
                for number in range(times)
            )
        )


async def test_of_fifty_times_the_same_message_one_is_answered(
    pair: list[GatewayProcess], provider: RestProvider
) -> None:
    answers = await send(pair, message(pair[0]), 50)

    told = Counter("client-unknown" if b"client-unknown" in answer.content else "answered" for answer in answers)
    assert told == {"answered": 1, "client-unknown": 49}
    assert len(provider.calls) == 1


async def test_a_message_by_digest_is_recorded_with_its_secrets_name(pair: list[GatewayProcess]) -> None:
    answer = (await send(pair[:1], message(pair[0]), 1))[0]

    intent = next(r for r in records_of(pair[0], answer.headers["exchange-id"]) if r.kind == "INTENT")
    who = json.loads(intent.body)["who"]
    assert (who["client"], who["method"], who["key_thumbprint"]) == (SYSTEM, "wsse-password-digest", "d1")


async def test_a_wrong_digest_is_refused_and_its_cause_is_in_the_record_only(
    pair: list[GatewayProcess], provider: RestProvider
) -> None:
    answer = (await send(pair[:1], message(pair[0], secret="sai"), 1))[0]

    denied = records_of(pair[0], answer.headers["exchange-id"])[0]
    assert json.loads(denied.body)["notes"] == {"cause": "secret-wrong"}
    assert (b"client-unknown" in answer.content, b"secret-wrong" in answer.content, provider.calls) == (True, False, [])
