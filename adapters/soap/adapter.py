"""How is one operation of a SOAP provider carried out?

Everything that the WSDL says is in the plan, made at publication; here are no WSDL and no schema.

`Provider.options`: `auth` (`none`, `basic`, `wsse-username`), `soap_version` (`1.1`, `1.2`; the plan's by default).
`Provider.secrets`: `username`, `password`. `Binding.config`: `plan`, `arguments`, `answer_at`, `none_when_missing`.
"""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from adapters.contract import Answer, Binding, Call, Provider, Surroundings
from adapters.errors import BindingInvalid, CallUnacceptable, ProviderHasNone
from adapters.http1 import HttpClient, nonsense
from adapters.origins import parse_origin
from adapters.soap.arguments import ArgumentPlaces
from adapters.soap.channel import SoapChannel, SoapReply
from adapters.soap.envelope import EnvelopeWriter, content_headers, refuse_what_is_not_xml, username_token
from adapters.soap.lexical import Extracted
from adapters.soap.reading import BlockReader, MessageMisshapen, MessageReader
from adapters.soap.shapes import HEADER_MEMBER, Kind, Plan, SoapVersion, check_plan


class Auth(StrEnum):
    """How we prove ourselves to the provider."""

    NONE = "none"
    BASIC = "basic"
    WSSE_USERNAME = "wsse-username"


class SoapOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `Provider.options` may say."""

    auth: Auth = Auth.NONE
    soap_version: SoapVersion | None = None


class SoapConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `Binding.config` may say.

    `answer_at` is where in the provider's answer ours begins; `none_when_missing` is a path without which the
    provider means that it holds no such thing.
    """

    plan: Plan
    arguments: dict[str, str] = {}
    answer_at: str = ""
    none_when_missing: str = ""


@dataclass(frozen=True, slots=True)
class _Operation:
    """One binding, made ready."""

    safe: bool
    writer: EnvelopeWriter
    places: ArgumentPlaces
    reader: MessageReader
    blocks: BlockReader | None
    one_way: bool
    is_empty: bool
    headers: tuple[tuple[str, str], ...]
    answer_at: tuple[str, ...]
    none_when_missing: tuple[str, ...]


class SoapAdapter:
    """Speaks with one SOAP provider."""

    def __init__(
        self, provider: Provider, operations: dict[str, _Operation], channel: SoapChannel, *, header: str
    ) -> None:
        self._timeout_seconds = provider.timeout.total_seconds()
        self._operations = operations
        self._channel = channel
        self._header = header
        self._encode = msgspec.json.Encoder().encode

    async def call(self, call: Call) -> Answer:
        """Carry out one operation; the answer has the shape of the plan's response, below `answer_at`."""
        operation = self._operations.get(call.operation)
        if operation is None:
            raise BindingInvalid("the operation is not bound to this provider", attempts=0)
        values = operation.places.place(call.parameters, call.body)
        envelope = operation.writer.write(values, header=self._header)
        headers = operation.headers
        if call.traceparent:
            headers = (*headers, ("traceparent", call.traceparent))
        reply = await self._channel.ask(
            envelope, headers=headers, deadline=call.deadline, safe=operation.safe, one_way=operation.one_way
        )
        if reply.content is None and not operation.is_empty:
            raise nonsense("the provider's SOAP body is empty", safe=operation.safe, provider_status=reply.status)
        try:
            found = _with_blocks(operation.reader.read(reply.content), operation.blocks, reply)
        except MessageMisshapen as error:
            reason = f"the provider's answer breaks its WSDL: {error}"
            raise nonsense(reason, safe=operation.safe, provider_status=reply.status) from error
        answer = select(found, operation.answer_at)
        missing = operation.none_when_missing and select(found, operation.none_when_missing) in (None, "", [], {})
        if answer is None or missing:
            raise ProviderHasNone("the provider holds no such thing", provider_status=reply.status)
        return Answer(self._encode(answer), provider_status=reply.status)

    async def check(self) -> None:
        """Return when the endpoint accepts a connection within the provider's timeout."""
        await self._channel.reach(asyncio.get_running_loop().time() + self._timeout_seconds)

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._channel.close()


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> SoapAdapter:
    """Return the adapter for a SOAP provider. Raises `BindingInvalid` naming the setting that cannot be served."""
    try:
        options = msgspec.convert(provider.options, SoapOptions)
    except msgspec.ValidationError as error:
        raise BindingInvalid(f"provider {provider.code!r}: options: {error}") from error
    header, http_headers = _credentials(provider, options.auth)
    operations = {item.operation: _make_ready(item, options, http_headers) for item in bindings}
    client = HttpClient(
        parse_origin(provider.endpoint),
        egress=around.egress,
        max_response_bytes=provider.max_response_bytes,
        max_idle=provider.max_concurrency,
    )
    channel = SoapChannel(client, max_response_bytes=provider.max_response_bytes)
    return SoapAdapter(provider, operations, channel, header=header)


def select(value: Extracted, path: tuple[str, ...]) -> Extracted:
    """Return what stands at `path`, `None` when nothing does."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _make_ready(binding: Binding, options: SoapOptions, http_headers: tuple[tuple[str, str], ...]) -> _Operation:
    where = f"operation {binding.operation!r}"
    try:
        config = msgspec.convert(binding.config, SoapConfig)
        plan = check_plan(config.plan)
    except ValueError as error:  # msgspec.ValidationError is one
        raise BindingInvalid(f"{where}: config: {error}") from error
    if not plan.action.isascii() or not plan.action.isprintable() or '"' in plan.action:
        raise BindingInvalid(f"{where}: the SOAPAction cannot stand in a header")
    version = options.soap_version or plan.soap_version
    return _Operation(
        safe=binding.safe,
        writer=EnvelopeWriter(plan, version),
        places=ArgumentPlaces(plan, config.arguments),
        reader=MessageReader(plan.response, plan.shapes),
        blocks=BlockReader(plan.answer_headers, plan.shapes) if plan.answer_headers else None,
        one_way=plan.one_way,
        is_empty=plan.response.kind is Kind.GROUP,
        headers=(*content_headers(plan, version), *http_headers),
        answer_at=tuple(config.answer_at.split(".")) if config.answer_at else (),
        none_when_missing=tuple(config.none_when_missing.split(".")) if config.none_when_missing else (),
    )


def _with_blocks(found: Extracted, reader: BlockReader | None, reply: SoapReply) -> Extracted:
    if reader is None or not isinstance(found, dict):
        return found
    blocks = reader.read(reply.blocks)
    return {**found, HEADER_MEMBER: blocks} if blocks else found


def _credentials(provider: Provider, auth: Auth) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the SOAP header block and the HTTP headers that carry our credentials."""
    if auth is Auth.NONE:
        return "", ()
    username, password = provider.secrets.get("username", ""), provider.secrets.get("password", "")
    if not username or not password:
        raise BindingInvalid(f"provider {provider.code!r}: auth {auth.value!r} needs the secrets username and password")
    if auth is Auth.BASIC:
        token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        return "", (("Authorization", f"Basic {token}"),)
    try:
        refuse_what_is_not_xml(username + password, "secrets")
    except CallUnacceptable as error:
        raise BindingInvalid(f"provider {provider.code!r}: a secret holds a control character") from error
    return username_token(username, password), ()
