"""How do we ask a provider that speaks JSON over HTTP?

The request comes from the binding's template (`templates.py`), the answer is the provider's JSON or a part of it.
Options, secrets and binding are documented in `docs/adapters.md`.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
import orjson

from adapters.configuration import client_tls, read_settings, secret_of
from adapters.contract import Adapter, Answer, Binding, Call, Provider, Surroundings
from adapters.envelopes import Cutter, NotJson, decode_strictly, holds, parse_pointer
from adapters.errors import BindingInvalid, CallUnacceptable, ProviderHasNone, ProviderRefused
from adapters.http1 import TOKEN, HttpClient, Response, nonsense
from adapters.oauth2 import ClientCredentials, TokenSource, basic
from adapters.origins import TARGET, Origin, parse_origin
from adapters.templates import (
    Text,
    check_header_name,
    fill_pairs,
    fill_path,
    parse_path,
    parse_text,
    query_of,
    query_with_lists,
)

JSON_SPACE: Final = b" \t\r\n"
MEDIA_TYPE: Final = re.compile(r"[!#$&^_.+0-9A-Za-z-]+/[!#$&^_.+0-9A-Za-z-]+")


class RestOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The provider's `options`."""

    auth: Literal["none", "api-key", "basic", "oauth2"] = "none"
    api_key_header: str = "X-API-Key"
    api_key_scheme: str = ""
    api_key_query: str = ""
    token_url: str = ""
    scope: str = ""
    token_in_form: bool = False
    health_path: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""


class NoneWhen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the provider says that it holds no such thing: by a status, or by leaving a member out (or null)."""

    status: tuple[int, ...] = (404,)
    member_missing: str = ""


class RestBinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The binding's `config`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    lists: dict[str, Literal["repeat", "comma", "space", "tab", "pipe"]] = {}
    send_body: bool = False
    content_type: str = "application/json"
    answer_at: str = ""
    wrap_as: str = ""
    answer_is: dict[str, bool | int | str] = {}
    none_when: NoneWhen = NoneWhen()


class _Operation:
    """A binding, compiled: what can be made once is made once."""

    __slots__ = (
        "accepts", "answer_is", "content_type", "cutter", "empty_allowed", "headers", "lists", "method",
        "missing_member", "none_statuses", "path", "pointer", "query", "safe", "send_body", "wrap_as",
    )  # fmt: skip

    def __init__(self, binding: Binding, base: str) -> None:
        of = f"operation {binding.operation!r}"
        config = read_settings(binding.config, RestBinding, of=of)
        try:
            self.path: Text = parse_path(config.path, base=base)
            self.query = [(name, parse_text(template)) for name, template in config.query.items()]
            self.headers = [(check_header_name(name), parse_text(value)) for name, value in config.headers.items()]
            self.pointer = parse_pointer(config.answer_at)
            self.missing_member = parse_pointer(config.none_when.member_missing)
        except BindingInvalid as error:
            raise BindingInvalid(f"{of}: {error}") from error
        self.method = config.method
        self.safe = binding.safe
        self.send_body = config.send_body
        self.content_type = config.content_type
        self.accepts = any(name.lower() == "accept" for name, _ in self.headers)
        self.lists = config.lists
        self.wrap_as = config.wrap_as
        self.answer_is = orjson.dumps(config.answer_is) if config.answer_is else b""
        if not MEDIA_TYPE.fullmatch(config.content_type):
            raise BindingInvalid(f"{of}: content_type is no media type")
        self.none_statuses = frozenset(config.none_when.status)
        self.cutter = Cutter(self.pointer) if self.pointer else None
        self.empty_allowed = not binding.fields


class RestAdapter:
    """Speaks with one JSON/HTTP provider."""

    def __init__(
        self,
        client: HttpClient,
        operations: Mapping[str, _Operation],
        *,
        credentials: Sequence[tuple[str, str]],
        tokens: TokenSource | None,
        health_target: str,
        timeout_seconds: float,
        key_query: str = "",
    ) -> None:
        self._client = client
        self._operations = operations
        self._credentials = list(credentials)
        self._tokens = tokens
        self._health_target = health_target
        self._timeout_seconds = timeout_seconds
        self._key_query = key_query

    async def call(self, call: Call) -> Answer:
        """Carry out one operation. Raises `AdapterError`s only."""
        operation = self._operations.get(call.operation)
        if operation is None:
            raise CallUnacceptable("operation", vi="không có thao tác này", en="there is no such operation")
        target = fill_path(operation.path, call.parameters)
        if operation.lists:
            target += query_with_lists(operation.query, operation.lists, call.parameters)
        elif operation.query:
            target += query_of(fill_pairs(operation.query, call.parameters))
        if self._key_query:
            target += ("&" if "?" in target else "?") + self._key_query
        headers = self._headers(operation, call)
        body = b""
        if operation.send_body:
            headers.append(("Content-Type", operation.content_type))
            body = orjson.dumps(call.body)
        if self._tokens is None:  # straight on: one coroutine less for each call
            response = await self._client.request(
                operation.method, target, headers=headers, body=body, deadline=call.deadline, safe=operation.safe
            )
        else:
            response = await self._send(self._tokens, operation, target, headers, body=body, deadline=call.deadline)
        return self._read(operation, response)

    async def check(self) -> None:
        """Return when the provider accepts a connection, and answers its health path without an error if it has one."""
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        if not self._health_target:
            await self._client.reach(deadline)
            return
        response = await self._client.request(
            "GET", self._health_target, headers=self._credentials, body=b"", deadline=deadline, safe=True
        )
        if response.status >= 300:
            raise nonsense(
                "the provider's health page reports an error", safe=True, provider_status=str(response.status)
            )

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        await self._client.close()
        if self._tokens is not None:
            await self._tokens.close()

    def _headers(self, operation: _Operation, call: Call) -> list[tuple[str, str]]:
        headers = [("Exchange-Id", call.exchange_id), *self._credentials]
        if not operation.accepts:
            headers.append(("Accept", "application/json"))
        if call.traceparent:
            headers.append(("traceparent", call.traceparent))
        if call.idempotency_key and not operation.safe:
            headers.append(("Idempotency-Key", call.idempotency_key))
        if operation.headers:
            headers.extend(fill_pairs(operation.headers, call.parameters))
        return headers

    async def _send(
        self,
        tokens: TokenSource,
        operation: _Operation,
        target: str,
        headers: list[tuple[str, str]],
        *,
        body: bytes,
        deadline: float,
    ) -> Response:
        client, method, safe = self._client, operation.method, operation.safe
        authorization = await tokens.authorization(deadline)
        response = await client.request(
            method,
            target,
            headers=[*headers, ("Authorization", authorization)],
            body=body,
            deadline=deadline,
            safe=safe,
        )
        if response.status != 401:
            return response
        tokens.forget(authorization)
        if not safe:  # sent once is sent once, although a 401 most likely means that nothing was done
            return response
        authorization = await tokens.authorization(deadline)
        return await client.request(
            method,
            target,
            headers=[*headers, ("Authorization", authorization)],
            body=body,
            deadline=deadline,
            safe=safe,
        )

    def _read(self, operation: _Operation, response: Response) -> Answer:
        status = str(response.status)
        if response.status in operation.none_statuses:
            raise ProviderHasNone("the provider holds no such thing", provider_status=status)
        if 400 <= response.status < 500:
            raise ProviderRefused("the provider refused the call", code=status)
        if not 200 <= response.status < 300:
            what = "redirects, which is never followed" if response.status < 400 else "reports an error of its own"
            raise nonsense(f"the provider {what}", safe=operation.safe, provider_status=status)
        body = response.body
        if operation.answer_is:
            return Answer(operation.answer_is, status)
        if not body.strip(JSON_SPACE) and operation.empty_allowed:
            return Answer(b"{}", status)
        if operation.cutter is not None or operation.missing_member:
            body = self._unwrap(operation, body, status)
        elif operation.wrap_as:
            body = _wrapped(operation, body, status)
        elif not body or body.lstrip(JSON_SPACE)[:1] not in (b"{", b"["):
            raise nonsense("the provider's answer is not JSON", safe=operation.safe, provider_status=status)
        return Answer(body, status)

    def _unwrap(self, operation: _Operation, body: bytes, status: str) -> bytes:
        try:
            value = decode_strictly(body)
        except NotJson as error:
            raise nonsense("the provider's answer is not JSON", safe=operation.safe, provider_status=status) from error
        if operation.missing_member and not holds(value, operation.missing_member):
            raise ProviderHasNone("the provider holds no such thing", provider_status=status)
        if operation.cutter is None:
            return body
        part = operation.cutter.cut(body) if holds(value, operation.pointer) else None
        if part is None:
            raise nonsense("the provider's answer lacks the agreed part", safe=operation.safe, provider_status=status)
        return part


def _wrapped(operation: _Operation, body: bytes, status: str) -> bytes:
    """Return a single value as the member of an object: an answer is one, or a list."""
    try:
        decode_strictly(body)
    except NotJson as error:
        raise nonsense("the provider's answer is not JSON", safe=operation.safe, provider_status=status) from error
    return b"{%s:%s}" % (orjson.dumps(operation.wrap_as), body)


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter of a JSON/HTTP provider. Raises `BindingInvalid` naming what is wrong."""
    options = read_settings(provider.options, RestOptions, of=f"provider {provider.code!r}")
    tls = client_tls(
        provider,
        around,
        ca_file=options.ca_file,
        certificate_file=options.certificate_file,
        key_file=options.key_file,
    )
    origin = parse_origin(provider.endpoint, tls)
    operations = {binding.operation: _Operation(binding, origin.path) for binding in bindings}
    health = origin.path + options.health_path if options.health_path else ""
    if health and TARGET.fullmatch(health) is None:
        raise BindingInvalid(f"provider {provider.code!r}: health_path must be percent-encoded ASCII and begin with /")
    return RestAdapter(
        _client(origin, provider, around),
        operations,
        credentials=_fixed_credentials(provider, options),
        tokens=_token_source(provider, options, around, tls) if options.auth == "oauth2" else None,
        health_target=health,
        timeout_seconds=provider.timeout.total_seconds(),
        key_query=_key_query(provider, options),
    )


def _client(origin: Origin, provider: Provider, around: Surroundings) -> HttpClient:
    return HttpClient(
        origin, egress=around.egress, max_response_bytes=provider.max_response_bytes, max_idle=provider.max_concurrency
    )


def _fixed_credentials(provider: Provider, options: RestOptions) -> list[tuple[str, str]]:
    if options.auth == "api-key" and not options.api_key_query:
        if TOKEN.fullmatch(options.api_key_header + options.api_key_scheme) is None:
            raise BindingInvalid(f"provider {provider.code!r}: api_key_header is no header name")
        value = secret_of(provider, "api_key")
        if not value.isascii() or not value.isprintable():
            raise BindingInvalid(f"provider {provider.code!r}: the secret 'api_key' cannot stand in a header")
        return [(options.api_key_header, f"{options.api_key_scheme} {value}".lstrip())]
    if options.auth == "basic":
        return [("Authorization", basic(secret_of(provider, "username"), secret_of(provider, "password")))]
    return []


def _key_query(provider: Provider, options: RestOptions) -> str:
    if options.auth != "api-key" or not options.api_key_query:
        return ""
    return query_of([(options.api_key_query, secret_of(provider, "api_key"))])[1:]


def _token_source(
    provider: Provider, options: RestOptions, around: Surroundings, tls: ssl.SSLContext | None
) -> TokenSource:
    origin = parse_origin(options.token_url, tls)
    credentials = ClientCredentials(
        target=origin.path or "/",
        client_id=secret_of(provider, "client_id"),
        client_secret=secret_of(provider, "client_secret"),
        scope=options.scope,
        in_form=options.token_in_form,
    )
    return TokenSource(_client(origin, provider, around), credentials)
