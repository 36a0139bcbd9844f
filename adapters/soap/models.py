"""Which members may stand together, and which must? (content models, XML Schema 1.0 part 1, 3.8)"""

from collections.abc import Collection

from adapters.soap.shapes import Order, Particle, Shape


def exclusions(shape: Shape) -> list[frozenset[int]]:
    """Return, for each of the shape's elements, the positions of those that cannot stand beside it."""
    found: list[set[int]] = [set() for _ in shape.elements]
    if shape.content is not None:
        _exclude(shape.content, found)
    else:
        for here, one in enumerate(shape.elements):
            for there, other in enumerate(shape.elements):
                if one.choice and one.choice == other.choice and one.branch != other.branch:
                    found[here].add(there)
    return [frozenset(one) for one in found]


def leaves(particle: Particle) -> frozenset[int]:
    """Return the positions of the elements in a content model."""
    if particle.order is Order.ELEMENT:
        return frozenset((particle.member,))
    return frozenset().union(*(leaves(one) for one in particle.inside))


def is_emptiable(particle: Particle) -> bool:
    """Tell whether nothing at all satisfies the model (3.9.6, particle emptiable)."""
    if particle.least == 0:
        return True
    if particle.order is Order.ELEMENT:
        return False
    if particle.order is Order.CHOICE:
        return not particle.inside or any(map(is_emptiable, particle.inside))
    return all(map(is_emptiable, particle.inside))


def is_satisfied(particle: Particle, present: Collection[int]) -> bool:
    """Tell whether exactly the elements at the positions `present` can stand; how often each does is not asked."""
    if particle.order is Order.ELEMENT:
        return particle.least == 0 or particle.member in present
    given = leaves(particle) & frozenset(present)
    if not given:
        return is_emptiable(particle)
    if particle.order is Order.CHOICE:
        return any(given <= leaves(one) and is_satisfied(one, given) for one in particle.inside)
    return all(is_satisfied(one, given) for one in particle.inside)


def _exclude(particle: Particle, found: list[set[int]]) -> None:
    for one in particle.inside:
        _exclude(one, found)
    if particle.order is not Order.CHOICE:
        return
    branches = [leaves(one) for one in particle.inside]
    for number, branch in enumerate(branches):
        for other in (*branches[:number], *branches[number + 1 :]):
            for position in branch - other:
                found[position] |= other - branch
