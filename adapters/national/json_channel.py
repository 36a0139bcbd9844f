"""How is a national service reached that speaks JSON behind a WSO2 token? (03-domain, section 3, Token)

`Provider.options`: `token_path` (`/token`), `token_in_form` (some clients send id and secret in the form), `version`
(`1.0`; empty for a provincial copy, which drops it), `lgsp_app` (the members of one province's `lgspaccesstoken`).
`Provider.secrets`: `client_id`, `client_secret`, and `access_key`, `secret_key` with `lgsp_app`.
"""

import asyncio
import base64
from dataclasses import dataclass
from typing import Literal

import msgspec

from adapters.configuration import read_settings, secret_of
from adapters.contract import Call, Json, Provider, Surroundings
from adapters.envelopes import NotJson, decode_strictly
from adapters.errors import BindingInvalid, ProviderHasNone, ProviderRefused
from adapters.http1 import HttpClient, Response, nonsense
from adapters.oauth2 import ClientCredentials, TokenSource
from adapters.origins import TARGET, parse_origin


class LgspApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who we are in the header `lgspaccesstoken`; the two keys are secrets."""

    app_name: str
    partner_code: str
    partner_code_cus: str = ""


class JsonOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `Provider.options` may say for a national service with JSON."""

    token_path: str = "/token"  # noqa: S105  (a path, not a token)
    token_in_form: bool = False
    version: str = "1.0"
    lgsp_app: LgspApp | None = None


class CallConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `Binding.config` says for every national service: which of the service's operations is called."""

    call: str


class FaceConfig(CallConfig, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call whose answer may also be wanted `as-sent`: as the service writes it, for clients written for the axis."""

    answer: Literal["ours", "as-sent"] = "ours"


@dataclass(frozen=True, slots=True)
class JsonReply:
    """A JSON answer, strictly decoded, and the HTTP status."""

    value: Json
    status: str


class JsonChannel:
    """Asks one national service. Owns its connections."""

    def __init__(self, provider: Provider, around: Surroundings) -> None:
        """Raises `BindingInvalid` naming the option or the secret that is wrong."""
        options = read_settings(provider.options, JsonOptions, of=f"provider {provider.code!r}")
        origin = parse_origin(provider.endpoint)
        self.version = f"/{options.version}" if options.version else ""
        if TARGET.fullmatch(options.token_path) is None or TARGET.fullmatch(f"/{options.version}") is None:
            raise BindingInvalid(f"provider {provider.code!r}: token_path or version cannot stand in an address")
        self._base = origin.path
        self._client = _client(provider, around)
        self._headers = [("Accept", "application/json"), *_lgsp_header(provider, options.lgsp_app)]
        self._timeout_seconds = provider.timeout.total_seconds()
        credentials = ClientCredentials(
            target=origin.path + options.token_path,
            client_id=secret_of(provider, "client_id"),
            client_secret=secret_of(provider, "client_secret"),
            in_form=options.token_in_form,
        )
        self._tokens = TokenSource(_client(provider, around), credentials)

    async def ask(
        self, method: Literal["GET", "POST"], target: str, call: Call, *, body: Json = None, safe: bool = True
    ) -> JsonReply:
        """Send one request below the endpoint and return the JSON that a 2xx answer carries.

        A token that is no longer accepted is renewed once for a safe call. Raises `ProviderHasNone` (404),
        `ProviderRefused` (other 4xx) and whatever `HttpClient.request` raises.
        """
        content = b"" if body is None else msgspec.json.encode(body)
        headers = [*self._headers]
        if content:
            headers.append(("Content-Type", "application/json; charset=utf-8"))
        if call.traceparent:
            headers.append(("traceparent", call.traceparent))
        response = await self._send(method, self._base + target, headers, content, call.deadline, safe=safe)
        return _read(response, safe=safe)

    async def check(self) -> None:
        """Return when the service accepts a connection within the provider's timeout."""
        await self._client.reach(asyncio.get_running_loop().time() + self._timeout_seconds)

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._client.close()
        await self._tokens.close()

    async def _send(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes, deadline: float, *, safe: bool
    ) -> Response:
        for last in (not safe, True):
            authorization = await self._tokens.authorization(deadline)
            response = await self._client.request(
                method,
                target,
                headers=[*headers, ("Authorization", authorization)],
                body=body,
                deadline=deadline,
                safe=safe,
            )
            if response.status != 401:
                break
            self._tokens.forget(authorization)
            if last:
                break
        return response


def wire_name(call: str, known: frozenset[str], *, where: str) -> str:
    """Return the name of one of the service's own operations. Raises `BindingInvalid` for any other."""
    if call not in known:
        raise BindingInvalid(f"{where}: the service has no operation {call!r}; it has {', '.join(sorted(known))}")
    return call


def _client(provider: Provider, around: Surroundings) -> HttpClient:
    return HttpClient(
        parse_origin(provider.endpoint),
        egress=around.egress,
        max_response_bytes=provider.max_response_bytes,
        max_idle=provider.max_concurrency,
    )


def _lgsp_header(provider: Provider, app: LgspApp | None) -> list[tuple[str, str]]:
    if app is None:
        return []
    members = {
        "AccessKey": secret_of(provider, "access_key"),
        "SecretKey": secret_of(provider, "secret_key"),
        "AppName": app.app_name,
        "PartnerCode": app.partner_code,
        "PartnerCodeCus": app.partner_code_cus,
    }
    return [("lgspaccesstoken", base64.b64encode(msgspec.json.encode(members)).decode("ascii"))]


def _read(response: Response, *, safe: bool) -> JsonReply:
    status = str(response.status)
    if response.status == 404:
        raise ProviderHasNone("the provider holds no such thing", provider_status=status)
    if 400 <= response.status < 500:
        raise ProviderRefused("the provider refused the call", code=status)
    if not 200 <= response.status < 300:
        raise nonsense("the provider reports an error of its own", safe=safe, provider_status=status)
    try:
        return JsonReply(decode_strictly(response.body), status)
    except NotJson as error:
        raise nonsense("the provider's answer is not JSON", safe=safe, provider_status=status) from error
