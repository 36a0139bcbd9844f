"""Does the running gateway answer each sample call as `province.json` says?

A client like any other: it proves each system with its key or its secret, keeps the token while it is good, and
looks at nothing but the answers.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx2
import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

from adapters.contract import Json
from gateway.demo.sampling.form import ProvinceFile, ProvinceSystem, SampleCall, values_at
from gateway.demo.sampling.xmltree import body_elements, xml_values_at

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TIMEOUT_SECONDS = 60.0
_ASSERTION_SECONDS = 30
_REFRESH_BEFORE = timedelta(seconds=60)
_NEW = "{new}"


class Clock(Protocol):
    """Tells the present moment, aware, in UTC."""

    def __call__(self) -> datetime:
        """Return it."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one call. `faults` are sentences; none means as expected."""

    call: SampleCall
    status: int
    problem: str
    exchange_id: str
    faults: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether everything was as expected."""
        return not self.faults


class TokenRefused(Exception):
    """A system of the file could not get a token; the text names the system and the status."""


class SampleClient:
    """Makes the calls of one `province.json`."""

    def __init__(self, province: ProvinceFile, http: httpx2.AsyncClient, *, clock: Clock) -> None:
        self._province = province
        self._http = http
        self._clock = clock
        self._systems = {one.code: one for one in province.systems}
        self._tokens: dict[str, tuple[str, datetime]] = {}

    async def token(self, system: str) -> str:
        """Return an access token of a system. Raises TokenRefused."""
        held = self._tokens.get(system)
        if held is not None and held[1] > self._clock() + _REFRESH_BEFORE:
            return held[0]
        answer = await self._ask_for_token(self._systems[system])
        if answer.status_code != 200:
            raise TokenRefused(f"{system}: the token endpoint answered {answer.status_code}")
        given = msgspec.json.decode(answer.content, type=_TokenAnswer)
        self._tokens[system] = given.access_token, self._clock() + timedelta(seconds=given.expires_in)
        return given.access_token

    async def run(self, call: SampleCall) -> Result:
        """Make one call as often as it says, and judge the answer that counts.

        Raises TokenRefused, `httpx2.HTTPError`.
        """
        new = str(uuid4())
        for _ in range(call.repeat - 1):
            await self._send(call, new)
        if call.at_once == 1:
            return judge(call, await self._send(call, new))
        answers = await asyncio.gather(*(self._send(call, new) for _ in range(call.at_once)))
        results = [judge(call, answer) for answer in answers]
        return next((one for one in results if one.good), results[0])

    async def _send(self, call: SampleCall, new: str) -> httpx2.Response:
        headers = {name: value.replace(_NEW, new) for name, value in call.headers.items()}
        if call.system is not None and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {await self.token(call.system)}"
        content: bytes | None = None
        if call.body_text is not None:
            content = call.body_text.encode()
        elif call.body_bytes:
            content = b" " * call.body_bytes
        elif call.body is not None:
            content = msgspec.json.encode(call.body)
            headers.setdefault("Content-Type", "application/json")
        url = f"{self._province.base_url}{call.path}"
        return await self._http.request(call.method, url, params=call.query or None, headers=headers, content=content)

    async def _ask_for_token(self, system: ProvinceSystem) -> httpx2.Response:
        form = {"grant_type": "client_credentials"}
        if system.client_secret is not None:
            return await self._http.post(
                self._province.token_url, data=form, auth=(system.client_id, system.client_secret)
            )
        form |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self._assertion(system)}
        return await self._http.post(self._province.token_url, data=form)

    def _assertion(self, system: ProvinceSystem) -> str:
        """RFC 7523, 3: by the system, for the issuer, young, to be used once."""
        key = ECKey.import_key(Path(str(system.private_key_file)).read_bytes())
        now = int(self._clock().timestamp())
        claims = {
            "iss": system.client_id,
            "sub": system.client_id,
            "aud": self._province.base_url,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        return jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, claims, key, algorithms=["ES256"])


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float


async def run_calls(province: ProvinceFile, *, clock: Clock, only: Sequence[SampleCall] | None = None) -> list[Result]:
    """Make all sample calls, or `only` these, one after the other. Raises TokenRefused, `httpx2.ConnectError`."""
    async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        client = SampleClient(province, http, clock=clock)
        return [await _attempt(client, call) for call in (province.sample_calls if only is None else only)]


async def _attempt(client: SampleClient, call: SampleCall) -> Result:
    """Make one call; a connection that breaks is a fault of that call, a gateway that is not there ends everything."""
    try:
        return await client.run(call)
    except httpx2.ConnectError:
        raise
    except httpx2.HTTPError as error:
        return Result(call, 0, "", "", (f"no answer: {type(error).__name__}",))


def judge(call: SampleCall, answer: httpx2.Response) -> Result:
    """Compare an answer with what the call says of it."""
    document = body_elements(answer.content) if call.door == "soap" else _document(answer.content)
    problem = _problem_of(document) if answer.status_code >= 400 else ""
    exchange_id = answer.headers.get("exchange-id", "")
    faults: list[str] = []
    if answer.status_code != call.expected_status:
        faults.append(f"status {answer.status_code}, expected {call.expected_status}")
    if problem != (call.expected_problem or ""):
        faults.append(f"problem {problem or 'none'}, expected {call.expected_problem or 'none'}")
    if not exchange_id:
        faults.append("no Exchange-Id")
    found = xml_values_at if call.door == "soap" else values_at
    faults.extend(f"without {path}" for path in call.must_have if not found(document, path))
    faults.extend(f"with {path}" for path in call.must_not_have if found(document, path))
    return Result(call, answer.status_code, problem, exchange_id, tuple(faults))


def _document(content: bytes) -> Json:
    try:
        value: Json = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return value


def _problem_of(document: Json) -> str:
    """The slug at the end of a problem's `type` (RFC 9457, 3.1.1)."""
    found = document.get("type") if isinstance(document, dict) else None
    if found is None:
        found = next(iter(xml_values_at(document, "problem.type")), None)
    return found.rpartition("/")[2] if isinstance(found, str) else ""
