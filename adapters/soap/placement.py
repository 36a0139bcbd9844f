"""In which places of a content model do the members of an object stand? (XML Schema 1.0 part 1, 3.8)"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from adapters.contract import Json
from adapters.soap.models import is_emptiable, is_satisfied, leaves
from adapters.soap.shapes import Order, Particle


class ValueUnfit(ValueError):
    """A value that cannot be written. `where` is its dotted path; `vi` and `en` say what is wrong, not the value."""

    def __init__(self, *, vi: str, en: str, where: str = "") -> None:
        super().__init__(f"{where or 'body'} {en}")
        self.vi = vi
        self.en = en
        self.where = where

    def below(self, name: str) -> "ValueUnfit":
        """Return the same with `name` before its path."""
        return ValueUnfit(vi=self.vi, en=self.en, where=f"{name}.{self.where}" if self.where else name)


class Slot(Protocol):
    """An element where it stands in its parent."""

    @property
    def name(self) -> str:
        """Its member in JSON."""
        ...

    @property
    def many(self) -> bool:
        """Whether it is a list."""
        ...

    @property
    def nil(self) -> str:
        """How its absence is written, empty where it cannot be."""
        ...

    def write(self, out: list[str], value: Json, depth: int) -> None:
        """Write one of it. Raises `ValueUnfit`."""
        ...


def place_members(
    out: list[str], content: Particle, slots: Sequence[Slot], members: Mapping[str, Json], *, depth: int
) -> None:
    """Write the members of one object in the order that its content model wants. Raises `ValueUnfit`."""
    _Placement(slots, members, depth).write(out, content)


def items_of(value: Json) -> list[Json]:
    """Return the items of a list member: one value stands for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


class _Placement:
    """Writes the members of one object in the order that a content model wants."""

    def __init__(self, slots: Sequence[Slot], members: Mapping[str, Json], depth: int) -> None:
        self._slots = slots
        self._depth = depth
        self._waiting: dict[int, list[Json]] = {}
        for position, slot in enumerate(slots):
            value = members.get(slot.name)
            if slot.many:
                items = items_of(value)
            else:
                items = [value] if value is not None or (slot.nil and slot.name in members) else []
            if items:
                self._waiting[position] = items

    def write(self, out: list[str], content: Particle) -> None:
        """Write everything. Raises `ValueUnfit` for what is missing, excluded, or too much."""
        self._place(out, content, self._counted(content))
        for position in self._waiting:
            raise ValueUnfit(
                vi="có quá nhiều giá trị hoặc loại trừ một giá trị khác đã cho",
                en="has more values than the schema allows, or excludes another value that was given",
                where=self._slots[position].name,
            )

    def _counted(self, particle: Particle) -> dict[int, int]:
        """Return how many of each element the places still to come want at least."""
        counted: dict[int, int] = {}
        if particle.order is Order.ELEMENT:
            counted[particle.member] = particle.least
        for one in particle.inside:
            for member, least in self._counted(one).items():
                counted[member] = counted.get(member, 0) + least
        return counted

    def _place(self, out: list[str], particle: Particle, wanted: dict[int, int]) -> None:
        if particle.order is Order.ELEMENT:
            self._put(out, particle, wanted)
            return
        if not leaves(particle) & self._waiting.keys() and (
            particle.least == 0 or (particle.order is Order.CHOICE and is_emptiable(particle))
        ):
            self._pass_over(particle, wanted)
            return
        chosen = self._branch(particle) if particle.order is Order.CHOICE else None
        if chosen is not None:
            for one in particle.inside:
                if one is not chosen:
                    self._pass_over(one, wanted)
        for one in particle.inside if chosen is None else (chosen,):
            self._place(out, one, wanted)

    def _pass_over(self, particle: Particle, wanted: dict[int, int]) -> None:
        for member, least in self._counted(particle).items():
            wanted[member] -= least

    def _put(self, out: list[str], leaf: Particle, wanted: dict[int, int]) -> None:
        slot = self._slots[leaf.member]
        items = self._waiting.pop(leaf.member, [])
        wanted[leaf.member] = wanted.get(leaf.member, 0) - leaf.least
        take = max(len(items) - max(wanted[leaf.member], 0), min(leaf.least, len(items)))
        if leaf.most:
            take = min(take, leaf.most)
        if items[take:]:
            self._waiting[leaf.member] = items[take:]
        missing: list[Json] = [None] if take < leaf.least and not slot.many else []
        if take < leaf.least and slot.many:
            raise ValueUnfit(vi="thiếu giá trị bắt buộc", en="is required", where=slot.name)
        for item in (*items[:take], *missing):
            try:
                slot.write(out, item, self._depth)
            except ValueUnfit as error:
                raise error.below(slot.name) from error

    def _branch(self, choice: Particle) -> Particle:
        given = leaves(choice) & self._waiting.keys()
        if not given:
            names = sorted({self._slots[position].name for position in leaves(choice)})
            one_of = ", ".join(names[:5])
            raise ValueUnfit(vi=f"cần một trong: {one_of}", en=f"needs one of: {one_of}")
        fitting = [one for one in choice.inside if given <= leaves(one)]
        if not fitting:
            position = max(given)
            raise ValueUnfit(
                vi="loại trừ một giá trị khác đã cho",
                en="excludes another value that was given",
                where=self._slots[position].name,
            )
        return next((one for one in fitting if is_satisfied(one, given)), fitting[0])
