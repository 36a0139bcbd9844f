"""Which shape does an operation declare for its answer, and what of it does an agreement release?

A path is dotted; `[]` stands for the elements of a list: `items[].DiaChi.MaXa`, `[].Ma`, `tags[]`. The paths
of an operation make one tree, which is marked with what may leave, what is only looked at (row filters, people), and
which is walked where the compiled decoder of `security.minimize` does not apply.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

ELEMENT = "[]"


class Declared(Protocol):
    """A leaf of an operation's answer, as its publisher declared it."""

    @property
    def path(self) -> str:
        """Dotted, `[]` for the elements of a list."""
        ...

    @property
    def type(self) -> str:
        """string, integer, number, boolean, date or datetime."""
        ...

    @property
    def structural(self) -> bool:
        """Whether it belongs to the envelope and needs no agreement."""
        ...


@dataclass(slots=True)
class Node:
    """A place in the shape. A leaf has a `type` and no `members`; a list has the one member `[]`.

    `released` says whether the leaf, or any leaf below, may leave; `needed` whether it must be looked at.
    """

    type: str = ""
    released: bool = False
    needed: bool = False
    members: dict[str, "Node"] = field(default_factory=dict)

    @property
    def is_list(self) -> bool:
        """Whether a list stands here."""
        return ELEMENT in self.members


def split_path(path: str) -> tuple[str, ...]:
    """Return the steps of a path, `[]` as a step of its own; the empty path has none.

    Raises `ValueError` for an empty step.
    """
    steps: list[str] = []
    for part in path.split(".") if path else []:
        name = part
        while name.endswith(ELEMENT):
            name = name[:-2]
        lists = (len(part) - len(name)) // 2
        if not name and (steps or not lists):
            raise ValueError(f"the path {path} has an empty step")
        steps.extend(([name] if name else []) + [ELEMENT] * lists)
    return tuple(steps)


def build_shape(declared: Iterable[Declared], released: frozenset[str]) -> Node:
    """Return the tree of the declared leaves. Raises `ValueError` when two of them contradict each other."""
    root = Node()
    for leaf in declared:
        steps = split_path(leaf.path)
        if not steps:
            raise ValueError("a declared path is empty")
        free = leaf.structural or leaf.path in released
        node = root
        for step in steps:
            node.released |= free
            if node.type or (node.members and (step == ELEMENT) != node.is_list):
                raise ValueError(f"the path {leaf.path} contradicts another one")
            node = node.members.setdefault(step, Node())
        if node.members or node.type:
            raise ValueError(f"the path {leaf.path} contradicts another one")
        node.type, node.released = str(leaf.type), free
    return root


def mark_needed(root: Node, steps: Sequence[str]) -> Node | None:
    """Mark the way to a declared place as to be looked at, and return the place; None when nothing declares it."""
    way = [root]
    for step in steps:
        following = way[-1].members.get(step)
        if following is None:
            return None
        way.append(following)
    for node in way:
        node.needed = True
    return way[-1]


def find_values(document: object, steps: Sequence[str]) -> list[object]:
    """Return all values at a place in a decoded document, in order; what is missing or of another shape has none."""
    found = [document]
    for step in steps:
        if step == ELEMENT:
            found = [element for value in found if isinstance(value, list) for element in value]
        else:
            found = [value[step] for value in found if isinstance(value, dict) and step in value]
    return found
