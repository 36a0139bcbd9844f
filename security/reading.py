"""How is an answer read under one grant, and where in what was read does a place stand?

msgspec generates two decoders for the grant: one that reads only what may leave (and what rows and people are found
by), one that only notices members that nobody declared. Places are resolved once per grant too: for each answer a
general walk would cost more than decoding and encoding it.
"""

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from security.shapes import ELEMENT, Node

Steps: TypeAlias = tuple[str, ...]
Reach: TypeAlias = Callable[[object], Sequence[object]]
"""Finds all that stands at a place in what the reader made; null and absent places are left out."""
_ABSENT = Raw(b"")
_LEAF_TYPES = {"integer": int, "boolean": bool, "number": Raw}


@dataclass(frozen=True, slots=True)
class Reading:
    """The usual way through an answer: what is read, and where it must be looked at, resolved once per grant.

    `rows` reaches the rows, or with `row_lists` the lists of them. `strip` are the owners and names of members that
    are read and must not leave.
    """

    reader: "msgspec.json.Decoder[object]"
    notices: "msgspec.json.Decoder[object]"
    rows: Reach
    row_lists: bool
    numbers: tuple[Reach, ...]
    subjects: tuple[Reach, ...]
    strip: tuple[tuple[Reach, Sequence[str]], ...]


def compile_reading(shape: Node, row_steps: Steps, subject_steps: tuple[Steps, ...]) -> Reading:
    """Return how answers of a marked shape are read; rows and people are found at the given places."""
    row_lists = row_steps[-1:] == (ELEMENT,)
    owners: dict[Steps, list[str]] = {}
    for steps in _only_needed(shape):
        owners.setdefault(steps[:-1], []).append(_attributes(shape, steps)[-1])
    return Reading(
        reader=msgspec.json.Decoder(_reader_type(shape)),
        notices=msgspec.json.Decoder(_noticing_type(shape)),
        rows=reach_of(shape, row_steps[:-1] if row_lists else row_steps),
        row_lists=row_lists,
        numbers=tuple(reach_of(shape, steps) for steps in _numbers(shape)),
        subjects=tuple(reach_of(shape, steps) for steps in subject_steps),
        strip=tuple((reach_of(shape, owner), names) for owner, names in owners.items()),
    )


def _reader_type(node: Node) -> Any:  # a type made at run time has no static one
    """Return the type that reads what may leave or must be looked at, and skips the rest."""
    if node.type:
        leaf = _LEAF_TYPES.get(node.type, str)
        return Raw if leaf is Raw else leaf | None
    if node.is_list:
        return types.GenericAlias(list, (_reader_type(node.members[ELEMENT]),)) | None
    fields: list[tuple[str, Any, Any]] = []
    for index, member in enumerate(node.members.values()):
        if member.released or member.needed:
            kind = _reader_type(member)
            fields.append((f"m{index}", kind, _ABSENT) if kind is Raw else (f"m{index}", kind | UnsetType, UNSET))
    return _struct(node, fields, forbid_unknown_fields=False) | None


def _noticing_type(node: Node) -> Any:  # a type made at run time has no static one
    """Return the type that accepts every declared member, whatever its leaves hold, and no other member."""
    if node.type:
        return Raw
    if node.is_list:
        return types.GenericAlias(list, (_noticing_type(node.members[ELEMENT]),)) | None
    kinds = [(f"m{index}", _noticing_type(member)) for index, member in enumerate(node.members.values())]
    fields = [(name, kind, _ABSENT) if kind is Raw else (name, kind | UnsetType, UNSET) for name, kind in kinds]
    return _struct(node, fields, forbid_unknown_fields=True) | None


def _struct(node: Node, fields: list[tuple[str, Any, Any]], *, forbid_unknown_fields: bool) -> Any:
    # omit_defaults leaves out what the provider did not send: the defaults are single objects, compared by identity.
    names = {f"m{index}": name for index, name in enumerate(node.members)}
    return msgspec.defstruct(
        "Part", fields, rename=names, omit_defaults=True, gc=False, forbid_unknown_fields=forbid_unknown_fields
    )


def _attributes(shape: Node, steps: Steps) -> Steps:
    """Return the way to a place in the names of the compiled types."""
    attributes: list[str] = []
    node = shape
    for step in steps:
        attributes.append(step if step == ELEMENT else f"m{list(node.members).index(step)}")
        node = node.members[step]
    return tuple(attributes)


def _numbers(node: Node, way: Steps = ()) -> list[Steps]:
    """Return the ways to all leaves that are read as they are written."""
    if node.type == "number":
        return [way] if node.released or node.needed else []
    return [steps for step, member in node.members.items() for steps in _numbers(member, (*way, step))]


def _only_needed(node: Node, way: Steps = ()) -> list[Steps]:
    """Return the ways to the members that are read and must not leave."""
    found: list[Steps] = []
    for step, member in node.members.items():
        if step != ELEMENT and member.needed and not member.released:
            found.append((*way, step))
        elif member.released:
            found.extend(_only_needed(member, (*way, step)))
    return found


def reach_of(shape: Node, steps: Steps, *, below: int = 0) -> Reach:
    """Return what finds the place `steps` from the answer's root, or from `below` steps further down."""
    return _compile_reach(_attributes(shape, steps)[below:])


def _compile_reach(attributes: Steps) -> Reach:
    if ELEMENT in attributes:
        at = attributes.index(ELEMENT)
        return _reach_elements(_compile_reach(attributes[:at]), attributes[at + 1 :])
    if not attributes:
        return lambda root: () if root is None else (root,)
    get = attrgetter(".".join(attributes))

    def reach(root: object) -> Sequence[object]:
        try:
            value = get(root)
        except AttributeError:  # null or nothing stands where the way goes on
            return ()
        return () if value is None or value is UNSET or value is _ABSENT else (value,)

    return reach


def _reach_elements(lists: Reach, attributes: Steps) -> Reach:
    if len(attributes) == 1 and attributes[0] != ELEMENT:
        # The usual column of a list needs no call for each row. A null row has no attribute, so None comes of it.
        name = attributes[0]
        return lambda root: [
            value
            for part in lists(root)
            for element in part  # type: ignore[attr-defined]  # a list, by construction
            if (value := getattr(element, name, None)) is not None and value is not UNSET and value is not _ABSENT
        ]
    if not attributes:
        return lambda root: [
            element
            for part in lists(root)
            for element in part  # type: ignore[attr-defined]  # a list, by construction
            if element is not None
        ]
    inner = _compile_reach(attributes)
    return lambda root: [
        value
        for part in lists(root)
        for element in part  # type: ignore[attr-defined]  # a list, by construction
        for value in inner(element)
    ]
