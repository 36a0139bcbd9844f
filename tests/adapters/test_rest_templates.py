"""Does the REST adapter write lists, keys and bodies as an OpenAPI document wants them, and read single values?"""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from providers.scripted_http import ScriptedProvider, answer
from providers.surroundings import AROUND, make_call

from adapters.contract import Answer, Binding, DeclaredField, Json, Provider
from adapters.errors import BindingInvalid, OutcomeUnknown
from adapters.rest import build


def provider_of(url: str, options: dict[str, Json]) -> Provider:
    return Provider("p", "rest", url, options, {"api_key": "khoa bi mat"}, timedelta(seconds=5))


async def asked(
    body: bytes, config: dict[str, Json], *, options: dict[str, Json] | None = None, **call: Json
) -> tuple[str, Answer]:
    """Ask an operation once; return what the provider was sent, and the answer."""
    async with ScriptedProvider({"/a": [answer(body)]}) as provider:
        binding = Binding("xem", False, {"path": "/a", **config}, (DeclaredField("a", "string"),), "")
        adapter = build(provider_of(provider.url, options or {}), [binding], AROUND)
        ready = make_call("xem", dict(call), body={"a": 1} if config.get("send_body") else None)
        found = await adapter.call(msgspec.structs.replace(ready, deadline=asyncio.get_running_loop().time() + 5))
        await adapter.close()
        return provider.requests[0].decode(), found


@pytest.mark.parametrize(
    ("style", "sent"),
    [
        ("repeat", "/a?q%5B%5D=x%26y&q%5B%5D=z&v=1"),
        ("comma", "/a?q%5B%5D=x%26y,z&v=1"),
        ("space", "/a?q%5B%5D=x%26y%20z&v=1"),
        ("tab", "/a?q%5B%5D=x%26y%09z&v=1"),
        ("pipe", "/a?q%5B%5D=x%26y%7Cz&v=1"),
    ],
)
async def test_a_list_is_written_in_the_style_of_its_provider(style: str, sent: str) -> None:
    request, _ = await asked(b"{}", {"query": {"q[]": "{ten}", "v": "1"}, "lists": {"ten": style}}, ten="x&y,z")

    assert request.startswith(f"GET {sent} HTTP/1.1\r\n")


async def test_a_list_that_is_not_given_is_left_out() -> None:
    request, _ = await asked(b"{}", {"query": {"q": "{ten}"}, "lists": {"ten": "repeat"}})

    assert request.startswith("GET /a HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"auth": "api-key", "api_key_query": "k"}, "GET /a?v=1&k=khoa%20bi%20mat HTTP/1.1\r\n"),
        (
            {"auth": "api-key", "api_key_header": "Authorization", "api_key_scheme": "Bearer"},
            "Authorization: Bearer khoa bi mat\r\n",
        ),
    ],
)
async def test_a_key_stands_where_the_provider_wants_it(options: dict[str, Json], sent: str) -> None:
    request, _ = await asked(b"{}", {"query": {"v": "1"}}, options=options)

    assert sent in request
    assert request.count("khoa") == 1


async def test_a_body_and_an_answer_of_another_json_type_are_named() -> None:
    config: dict[str, Json] = {
        "method": "PATCH", "send_body": True, "content_type": "application/merge-patch+json",
        "headers": {"Accept": "application/hal+json"},
    }  # fmt: skip

    request, _ = await asked(b"{}", config)

    assert "Content-Type: application/merge-patch+json\r\n" in request
    assert request.count("Accept:") == 1


@pytest.mark.parametrize(
    ("config", "body", "released"),
    [
        ({"wrap_as": "value"}, b"12345678901234567890.10", b'{"value":12345678901234567890.10}'),
        ({"wrap_as": "value"}, b'"x"', b'{"value":"x"}'),
        ({"answer_is": {"done": True}}, b"", b'{"done":true}'),
        ({"answer_is": {"done": True}}, b"<html>", b'{"done":true}'),
    ],
)
async def test_an_answer_that_is_no_object_becomes_one(config: dict[str, Json], body: bytes, released: bytes) -> None:
    assert (await asked(body, config))[1].body == released


@pytest.mark.parametrize("body", [b"", b"x", b'1}{"a":2', b"NaN"])
async def test_a_single_value_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        await asked(body, {"wrap_as": "value"})


@pytest.mark.parametrize(
    "config", [{"content_type": "text\r\nX: y"}, {"lists": {"a": "semicolon"}}, {"answer_is": {"a": [1]}}]
)
def test_a_binding_that_cannot_be_meant_is_refused(config: dict[str, Json]) -> None:
    binding = Binding("xem", True, {"path": "/a", **config}, (), "")

    with pytest.raises(BindingInvalid):
        build(provider_of("http://127.0.0.1:1", {}), [binding], AROUND)
