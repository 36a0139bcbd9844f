"""Does one provider's bad day stay its own?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from providers.scripted_http import ScriptedProvider, answer, cut, hang
from providers.surroundings import AROUND, make_call

from adapters.circuit import CircuitState
from adapters.contract import Answer, Binding, Call, DeclaredField, Provider
from adapters.errors import (
    AdapterError,
    BindingInvalid,
    OutcomeUnknown,
    ProviderHasNone,
    ProviderSaturated,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)
from adapters.registry import adapter_names, build_adapter
from adapters.resilience import ResilientAdapter

FIELDS = (DeclaredField("a", "string"),)
BINDINGS = (
    Binding("xem", safe=True, config={"path": "/xem"}, fields=FIELDS, rows=""),
    Binding("nop", safe=False, config={"method": "POST", "path": "/nop", "send_body": True}, fields=FIELDS, rows=""),
)
OK = answer(b'{"a":"b"}')
BUSY = answer(b"{}", status="503 Busy")
XEM = make_call("xem")


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider({"/xem": [OK], "/nop": [OK]}) as found:
        yield found


def description(url: str) -> Provider:
    return Provider("p", "rest", url, {}, {}, timedelta(seconds=0.5), max_concurrency=2, max_response_bytes=1000)


@pytest.fixture
async def adapter(provider: ScriptedProvider) -> AsyncIterator[ResilientAdapter]:
    built = build_adapter(description(provider.url), BINDINGS, AROUND)
    yield built
    await built.close()


async def ask(adapter: ResilientAdapter, call: Call = XEM, *, within: float = 30.0) -> Answer:
    return await adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + within))


@pytest.mark.parametrize("first", [cut, BUSY], ids=["cut", "503"])
async def test_a_safe_call_is_asked_again(first: object, adapter: ResilientAdapter, provider: ScriptedProvider) -> None:
    provider.script["/xem"] = [first, OK]  # type: ignore[list-item]  # parametrize knows no types

    assert (await ask(adapter)).attempts == 2


async def test_a_safe_call_is_asked_three_times_at_most(adapter: ResilientAdapter, provider: ScriptedProvider) -> None:
    provider.script["/xem"] = [BUSY]

    with pytest.raises(ProviderTalkedNonsense) as raised:
        await ask(adapter)

    assert raised.value.attempts == len(provider.requests) == 3


@pytest.mark.parametrize("behaviour", [cut, BUSY, hang], ids=["cut", "503", "hang"])
async def test_an_unsafe_call_is_sent_once(
    behaviour: object, adapter: ResilientAdapter, provider: ScriptedProvider
) -> None:
    provider.script["/nop"] = [behaviour]  # type: ignore[list-item]  # parametrize knows no types

    with pytest.raises(OutcomeUnknown):
        await ask(adapter, make_call("nop", body={}))

    assert len(provider.requests) == 1


async def test_an_unsafe_call_that_was_not_sent_is_tried_again(free_port: int) -> None:
    adapter = build_adapter(description(f"http://127.0.0.1:{free_port}"), BINDINGS, AROUND)

    with pytest.raises(ProviderUnreachable) as raised:
        await ask(adapter, make_call("nop", body={}))

    assert raised.value.attempts == 3


async def test_the_providers_timeout_holds_when_the_caller_would_wait_longer(
    adapter: ResilientAdapter, provider: ScriptedProvider
) -> None:
    provider.script["/xem"] = [hang]

    async with asyncio.timeout(5):
        with pytest.raises(ProviderTimedOut):
            await ask(adapter, within=60)


async def fail_often(adapter: ResilientAdapter, times: int) -> None:
    await asyncio.gather(*[ask(adapter, make_call("nop", body={})) for _ in range(times)], return_exceptions=True)


async def test_a_provider_that_fails_repeatedly_is_left_alone(
    adapter: ResilientAdapter, provider: ScriptedProvider
) -> None:
    provider.script["/nop"] = [cut]
    await fail_often(adapter, 2)
    await fail_often(adapter, 2)
    await fail_often(adapter, 2)
    asked = len(provider.requests)

    with pytest.raises(ProviderUnreachable) as raised:
        await ask(adapter)

    assert adapter.state.circuit is CircuitState.OPEN
    assert raised.value.attempts == 0
    assert len(provider.requests) == asked


async def test_the_last_failure_is_remembered_and_an_answer_is_none(
    adapter: ResilientAdapter, provider: ScriptedProvider
) -> None:
    await ask(adapter)
    before = adapter.state.last_failure
    provider.script["/nop"] = [cut]
    await fail_often(adapter, 1)

    assert before is None
    assert adapter.state.last_failure is not None
    assert adapter.state.last_failure.kind is OutcomeUnknown


async def test_a_refusal_is_an_answer_and_opens_nothing(adapter: ResilientAdapter, provider: ScriptedProvider) -> None:
    provider.script["/xem"] = [answer(b"", status="404 Not Found")]

    for _ in range(8):
        with pytest.raises(ProviderHasNone):
            await ask(adapter)

    assert adapter.state.circuit is CircuitState.CLOSED


async def test_calls_beyond_places_and_queue_are_refused(adapter: ResilientAdapter, provider: ScriptedProvider) -> None:
    provider.script["/xem"] = [hang]

    got = await asyncio.gather(*(ask(adapter, within=0.3) for _ in range(6)), return_exceptions=True)

    assert (
        sum(isinstance(error, ProviderSaturated) for error in got) == 4
    )  # two had no place to wait, two waited in vain
    assert len(provider.requests) == 2
    assert (adapter.state.under_way, adapter.state.waiting) == (0, 0)


async def test_waiting_calls_get_the_places_of_those_that_end(adapter: ResilientAdapter) -> None:
    got = await asyncio.gather(*(ask(adapter) for _ in range(4)))

    assert [found.body for found in got] == [b'{"a":"b"}'] * 4
    assert adapter.state.under_way == 0


async def test_a_caller_that_goes_away_while_waiting_leaves_no_place_taken(
    adapter: ResilientAdapter, provider: ScriptedProvider
) -> None:
    provider.script["/xem"] = [hang]
    calls = [asyncio.ensure_future(ask(adapter)) for _ in range(4)]
    await asyncio.sleep(0.05)
    for call in calls:
        call.cancel()

    await asyncio.gather(*calls, return_exceptions=True)

    assert (adapter.state.under_way, adapter.state.waiting) == (0, 0)


async def test_retries_stop_when_their_budget_is_spent(adapter: ResilientAdapter, provider: ScriptedProvider) -> None:
    provider.script["/xem"] = [item for _ in range(10) for item in (BUSY, OK)] + [BUSY]
    for _ in range(10):
        await ask(adapter)

    with pytest.raises(ProviderTalkedNonsense) as raised:
        await ask(adapter)

    assert raised.value.attempts == 1
    assert adapter.state.retries_left == 0


@pytest.mark.parametrize("name", ["rest", "sql", "file", "soap", "national.population"])
def test_our_adapters_are_found_by_their_entry_points(name: str) -> None:
    assert name in adapter_names()


@pytest.mark.parametrize(
    "wrong", [{"adapter": "khong-co"}, {"max_concurrency": 0}, {"timeout": timedelta(0)}, {"max_response_bytes": 0}]
)
def test_a_provider_that_cannot_be_served_is_refused_when_built(wrong: dict[str, object]) -> None:
    with pytest.raises(BindingInvalid):
        build_adapter(replace(description("http://127.0.0.1"), **wrong), BINDINGS, AROUND)  # type: ignore[arg-type]  # any wrong member


def test_an_operation_that_is_bound_twice_is_refused() -> None:
    with pytest.raises(BindingInvalid, match="twice"):
        build_adapter(description("http://127.0.0.1"), [BINDINGS[0], BINDINGS[0]], AROUND)


async def test_an_unknown_operation_is_refused(adapter: ResilientAdapter, provider: ScriptedProvider) -> None:
    with pytest.raises(AdapterError):
        await ask(adapter, make_call("khong-co"))

    assert provider.requests == []
