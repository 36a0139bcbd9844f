"""Where in a provider's JSON stands our answer, and does it hold one at all?"""

import json
from collections.abc import Sequence
from typing import Protocol, cast

import msgspec

from adapters.contract import Json
from adapters.errors import BindingInvalid


class NotJson(ValueError):
    """The bytes are not JSON as RFC 8259 and RFC 7493 want it: no duplicate names, no NaN, no endless depth."""


def decode_strictly(body: bytes) -> Json:
    """Return the value of a JSON text. Raises `NotJson`."""
    try:
        value: Json = json.loads(body, object_pairs_hook=_members, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson("the provider's answer is not JSON") from error
    return value


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("a name stands twice in an object")
    return members


def _refuse_constant(name: str) -> Json:
    raise NotJson(f"{name} is not JSON")


def parse_pointer(dotted: str) -> tuple[str, ...]:
    """Return the member names of `Data.x`; empty for the whole. Raises `BindingInvalid`."""
    names = tuple(dotted.split(".")) if dotted else ()
    if any(not name for name in names):
        raise BindingInvalid("a pointer into the answer has an empty name")
    return names


def holds(value: Json, pointer: Sequence[str]) -> bool:
    """Whether there is something other than null at `pointer`."""
    for name in pointer:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return value is not None


class Nested(Protocol):
    """One level of a structure compiled from a pointer."""

    inner: "Nested"


class Cutter:
    """Takes the part at a pointer out of a JSON text, as the bytes that the provider wrote.

    The C decoder skips everything else, and no number loses a digit on the way.
    """

    def __init__(self, pointer: Sequence[str]) -> None:
        type_: type = msgspec.Raw
        for depth, name in enumerate(reversed(pointer)):
            type_ = msgspec.defstruct(f"At{depth}", [("inner", type_)], rename={"inner": name})
        self._depth = len(pointer)
        self._decoder: msgspec.json.Decoder[Nested] = msgspec.json.Decoder(type_)

    def cut(self, body: bytes) -> bytes | None:
        """Return the part, or None when it is not there. `body` was read by `decode_strictly` before."""
        try:
            value = self._decoder.decode(body)
            for _ in range(self._depth):
                value = value.inner
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return bytes(cast(msgspec.Raw, value))
