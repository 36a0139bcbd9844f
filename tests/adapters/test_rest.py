"""Does the REST adapter ask by the template alone, and believe nothing that it is told?"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from providers.scripted_http import Behaviour, ScriptedProvider, answer, cut, drip, hang, raw, reset_midway
from providers.surroundings import AROUND, make_call

from adapters.conformance import CHECKS, Check, Subject
from adapters.contract import Adapter, Answer, Binding, Call, DeclaredField, Json, Provider
from adapters.errors import (
    AdapterError,
    BindingInvalid,
    CallUnacceptable,
    OutcomeUnknown,
    ProviderCutTheLine,
    ProviderHasNone,
    ProviderRefused,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)
from adapters.rest import build

FIELDS = (DeclaredField("Ten", "string"),)
GET = {"path": "/ho-so/{Ma}", "query": {"ky": "{Ky}", "v": "1"}, "headers": {"X-Don-Vi": "{DonVi}"}}
GOOD = b'{"Ten":"Nguy\xe1\xbb\x85n V\xc4\x83n A","So":12345678901234567890.10}'

Ask = Callable[[Call], Awaitable[Answer]]


def binding(operation: str = "xem", *, safe: bool = True, config: dict[str, Json] | None = None) -> Binding:
    return Binding(operation=operation, safe=safe, config=config or dict(GET), fields=FIELDS, rows="")


def provider_at(url: str, *, options: dict[str, Json] | None = None, secrets: dict[str, str] | None = None) -> Provider:
    return Provider("p", "rest", url, options or {}, secrets or {}, timedelta(seconds=5), max_response_bytes=100_000)


UNSAFE = {"method": "POST", "path": "/nop", "send_body": True}


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider({"/ho-so/1": [answer(GOOD)], "/ho-so/cham": [hang], "/nop": [hang]}) as found:
        yield found


@pytest.fixture
async def adapter(provider: ScriptedProvider) -> AsyncIterator[Adapter]:
    built = build(provider_at(provider.url), [binding(), binding("nop", safe=False, config=dict(UNSAFE))], AROUND)
    yield built
    await built.close()


@pytest.fixture
def ask(adapter: Adapter) -> Ask:
    async def ask(call: Call) -> Answer:
        return await adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 2.0))

    return ask


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_rest_adapter_conforms(check: Check, provider: ScriptedProvider, adapter: Adapter) -> None:
    astray = build(provider_at("http://127.0.0.1:9"), [binding()], AROUND)

    await check(
        Subject(
            adapter,
            answered=make_call("xem", {"Ma": "1"}),
            absent=make_call("xem", {"Ma": "2"}),
            slow=make_call("xem", {"Ma": "cham"}),
            slow_unsafe=make_call("nop", body={"a": 1}),
            astray=astray,
            received=lambda: provider.requests,
        )
    )


async def test_the_request_is_the_template_filled(ask: Ask, provider: ScriptedProvider) -> None:
    await ask(make_call("xem", {"Ma": "1", "Ky": "quý 2/2026&x=y", "DonVi": "H49"}))

    head = provider.requests[0].decode()
    assert head.startswith("GET /ho-so/1?ky=qu%C3%BD%202%2F2026%26x%3Dy&v=1 HTTP/1.1\r\n")
    assert "X-Don-Vi: H49\r\n" in head
    assert "Exchange-Id: 019a0000-" in head
    assert "traceparent: 00-" in head


async def test_an_unset_query_parameter_and_header_are_left_out(ask: Ask, provider: ScriptedProvider) -> None:
    await ask(make_call("xem", {"Ma": "1"}))

    assert provider.requests[0].startswith(b"GET /ho-so/1?v=1 HTTP/1.1\r\n")
    assert b"X-Don-Vi" not in provider.requests[0]


async def test_the_bytes_of_the_answer_go_through_with_every_digit(ask: Ask) -> None:
    assert (await ask(make_call("xem", {"Ma": "1"}))).body == GOOD


@pytest.mark.parametrize("value", ["a/../b", "../x", "a?b=c", "a#b", "%2e%2e", "a\\b", "đất", "a;b", "a//b", "{Ma}"])
async def test_a_value_cannot_leave_its_place_in_the_path(value: str, ask: Ask, provider: ScriptedProvider) -> None:
    with pytest.raises(ProviderHasNone):
        await ask(make_call("xem", {"Ma": value}))

    target = provider.requests[0].split(b" ")[1].decode().partition("?")[0]
    assert target.count("/") == 2
    assert all(char not in target for char in "#;\\{}")


@pytest.mark.parametrize("value", [".", "..", "", "a\r\nb", "a\x00b", "a\x7fb", None, ["a"]])
async def test_a_value_that_no_path_can_hold_is_refused(value: Json, ask: Ask, provider: ScriptedProvider) -> None:
    with pytest.raises(CallUnacceptable) as refused:
        await ask(make_call("xem", {"Ma": value}))

    assert refused.value.where == "Ma"
    assert provider.requests == []


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\tb", "Sở"])
async def test_a_value_that_no_header_can_hold_is_refused(value: str, ask: Ask, provider: ScriptedProvider) -> None:
    with pytest.raises(CallUnacceptable):
        await ask(make_call("xem", {"Ma": "1", "DonVi": value}))

    assert provider.requests == []


def gzipped(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


BOMB = gzipped(b"[" + b" " * 5_000_000 + b"]")
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        pytest.param(answer(b"", status="404 Not Found"), ProviderHasNone, id="404"),
        pytest.param(answer(b"{}", status="403 Forbidden"), ProviderRefused, id="403"),
        pytest.param(answer(b"{}", status="500 Oops"), ProviderTalkedNonsense, id="500"),
        pytest.param(
            answer(b"", status="302 Found", headers="Location: /x\r\n"), ProviderTalkedNonsense, id="redirect"
        ),
        pytest.param(answer(b"<html>"), ProviderTalkedNonsense, id="html"),
        pytest.param(answer(b""), ProviderTalkedNonsense, id="empty"),
        pytest.param(answer(b"x" * 100_001), ProviderTalkedNonsense, id="too large"),
        pytest.param(answer(BOMB, headers="Content-Encoding: gzip\r\n"), ProviderTalkedNonsense, id="gzip bomb"),
        pytest.param(answer(b"{}", headers="Content-Encoding: br\r\n"), ProviderTalkedNonsense, id="unknown coding"),
        pytest.param(answer(b"{}", headers="Content-Length: 5\r\n"), ProviderTalkedNonsense, id="two lengths"),
        pytest.param(answer(b"{}", headers="Transfer-Encoding: chunked\r\n"), ProviderTalkedNonsense, id="CL and TE"),
        pytest.param(raw(b"SSH-2.0-x\r\n"), ProviderTalkedNonsense, id="not HTTP"),
        pytest.param(raw(HEAD + b"X: " + b"a" * 70_000), ProviderTalkedNonsense, id="huge header"),
        pytest.param(raw(HEAD + b"A: b\r\n" * 200 + b"\r\n"), ProviderTalkedNonsense, id="many headers"),
        pytest.param(raw((HEAD + b"Content-Length: 2\r\n\r\n{}") * 2), ProviderTalkedNonsense, id="two answers"),
        pytest.param(raw(b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\n\r\n"), ProviderTalkedNonsense, id="upgrade"),
        pytest.param(cut, ProviderCutTheLine, id="cut"),
        pytest.param(reset_midway, ProviderCutTheLine, id="reset midway"),
        pytest.param(hang, ProviderTimedOut, id="hang"),
        pytest.param(drip, ProviderTimedOut, id="drip"),
    ],
)
async def test_a_bad_answer_is_the_providers_fault(
    behaviour: Behaviour, error: type[AdapterError], ask: Ask, provider: ScriptedProvider
) -> None:
    provider.script["/ho-so/1"] = [behaviour]

    with pytest.raises(error) as raised:
        await ask(make_call("xem", {"Ma": "1"}))

    assert type(raised.value) is error
    assert all(b"HTTP/1.1" in request for request in provider.requests)


@pytest.mark.parametrize(
    "behaviour",
    [cut, reset_midway, hang, raw(b"nonsense"), answer(b"{}", status="500 Oops"), answer(b"not JSON")],
    ids=["cut", "reset", "hang", "garbage", "500", "no JSON"],
)
async def test_an_unsafe_call_without_a_usable_answer_has_an_unknown_outcome(
    behaviour: Behaviour, ask: Ask, provider: ScriptedProvider
) -> None:
    provider.script["/nop"] = [behaviour]

    with pytest.raises(OutcomeUnknown):
        await ask(make_call("nop", body={"a": 1}))

    assert len(provider.requests) == 1


async def test_an_unsafe_call_carries_its_body_and_idempotency_key(ask: Ask, provider: ScriptedProvider) -> None:
    provider.script["/nop"] = [answer(b'{"Ten":"x"}')]

    await ask(make_call("nop", body={"họ": "Lê"}, idempotency_key="k-1"))

    assert b"Idempotency-Key: k-1\r\n" in provider.requests[0]
    assert provider.requests[0].endswith('\r\n\r\n{"họ":"Lê"}'.encode())


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n" + gzipped(b"{}"),
    ],
    ids=["chunked", "interim", "gzip"],
)
async def test_a_good_answer_is_read_in_every_framing(data: bytes, ask: Ask, provider: ScriptedProvider) -> None:
    provider.script["/ho-so/1"] = [raw(data)]

    assert (await ask(make_call("xem", {"Ma": "1"}))).body == b"{}"


async def test_an_answer_without_a_length_ends_with_the_connection(ask: Ask, provider: ScriptedProvider) -> None:
    provider.script["/ho-so/1"] = [raw(HEAD + b"\r\n{}", close=True)]

    assert (await ask(make_call("xem", {"Ma": "1"}))).body == b"{}"


async def test_a_connection_is_used_again(ask: Ask, provider: ScriptedProvider) -> None:
    await ask(make_call("xem", {"Ma": "1"}))
    await ask(make_call("xem", {"Ma": "1"}))

    assert provider.connections == 1


async def test_a_safe_call_survives_a_connection_that_was_closed_while_idle(
    ask: Ask, provider: ScriptedProvider
) -> None:
    provider.script["/ho-so/1"] = [answer(GOOD), cut, answer(GOOD)]
    await ask(make_call("xem", {"Ma": "1"}))

    assert (await ask(make_call("xem", {"Ma": "1"}))).body == GOOD
    assert provider.connections == 2


async def test_an_address_that_egress_does_not_allow_is_not_reached() -> None:
    adapter = build(provider_at("http://169.254.169.254"), [binding()], AROUND)

    with pytest.raises(ProviderUnreachable):
        await adapter.call(make_call("xem", {"Ma": "1"}, deadline=asyncio.get_running_loop().time() + 1))


WRAPPED = {"path": "/ho-so/{Ma}", "answer_at": "Data.HoSo", "none_when": {"member_missing": "Data"}}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"Data":{"HoSo":{"So":1.10}}}', b'{"So":1.10}'),
        (b'{"Data":null}', ProviderHasNone),
        (b"{}", ProviderHasNone),
        (b'{"Data":{}}', ProviderTalkedNonsense),
        (b'{"Data":{"HoSo":{}},"Data":{"HoSo":{}}}', ProviderTalkedNonsense),
        (b'{"Data":{"HoSo":{"a":NaN}}}', ProviderTalkedNonsense),
        (b"[" * 100_000, ProviderTalkedNonsense),
    ],
)
async def test_our_answer_is_cut_out_of_the_providers(
    body: bytes, outcome: bytes | type[AdapterError], provider: ScriptedProvider
) -> None:
    provider.script["/ho-so/1"] = [answer(body)]
    adapter = build(provider_at(provider.url), [binding(config=dict(WRAPPED))], AROUND)

    got = await asyncio.gather(
        adapter.call(make_call("xem", {"Ma": "1"}, deadline=asyncio.get_running_loop().time() + 2)),
        return_exceptions=True,
    )

    assert getattr(got[0], "body", type(got[0])) == outcome
    await adapter.close()


def oauth2(url: str) -> Provider:
    options: dict[str, Json] = {"auth": "oauth2", "token_url": f"{url}/token", "scope": "doc"}
    return provider_at(url, options=options, secrets={"client_id": "c", "client_secret": "bí mật"})


TOKENS = [answer(b'{"access_token":"t1","expires_in":3600}'), answer(b'{"access_token":"t2","expires_in":3600}')]


async def test_concurrent_calls_fetch_one_token(provider: ScriptedProvider) -> None:
    provider.script["/token"] = list(TOKENS)
    adapter = build(oauth2(provider.url), [binding()], AROUND)
    call = make_call("xem", {"Ma": "1"}, deadline=asyncio.get_running_loop().time() + 2)

    await asyncio.gather(*(adapter.call(call) for _ in range(5)))

    assert sum(request.startswith(b"POST /token") for request in provider.requests) == 1
    assert sum(b"Authorization: Bearer t1" in request for request in provider.requests) == 5
    await adapter.close()


async def test_a_token_that_is_refused_is_renewed_once(provider: ScriptedProvider) -> None:
    provider.script |= {"/token": list(TOKENS), "/ho-so/1": [answer(b"", status="401 No"), answer(GOOD)]}
    adapter = build(oauth2(provider.url), [binding()], AROUND)

    got = await adapter.call(make_call("xem", {"Ma": "1"}, deadline=asyncio.get_running_loop().time() + 2))

    assert json.loads(got.body)["Ten"]
    assert b"Authorization: Bearer t2" in provider.requests[-1]
    await adapter.close()


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"path": "ho-so"},
        {"path": "/a/../b"},
        {"path": "/a?b=c"},
        {"path": "/{Ma"},
        {"path": "/a", "headers": {"Host": "x"}},
        {"path": "/a", "unknown": 1},
        {"path": "/a", "answer_at": "a..b"},
    ],
)
def test_a_wrong_binding_is_refused_when_built(config: dict[str, Json]) -> None:
    with pytest.raises(BindingInvalid, match="xem"):
        build(provider_at("http://127.0.0.1"), [replace(binding(), config=config)], AROUND)


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://u:p@x", "http://x/?a", "x", "http://x:99999"])
def test_an_endpoint_that_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(BindingInvalid):
        build(provider_at(url), [], AROUND)


def test_a_missing_secret_is_named_when_built() -> None:
    with pytest.raises(BindingInvalid, match="api_key"):
        build(provider_at("http://127.0.0.1", options={"auth": "api-key"}), [], AROUND)
