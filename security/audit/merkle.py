"""Is this leaf in that tree, and is this tree the beginning of that one? (RFC 6962, 2.1; RFC 9162, 2.1)

Hashes are SHA-256: a leaf is known by SHA-256(0x00 ‖ body), a node by SHA-256(0x01 ‖ left ‖ right). Level 0 is the
leaves; the node (level, index) stands over the 2^level leaves from index * 2^level on, and there is one only when all
of them are. Pure: where hashes are kept is `HashAt`'s to know.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962, 2.1)."""

HashAt: TypeAlias = Callable[[int, int], bytes]
"""Returns the hash of the node (level, index); asked only for nodes all of whose leaves are in the tree."""


class ProofWrong(ValueError):
    """A proof does not show what it should. The text says which of its parts is wrong."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(size: int, hash_at: HashAt) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return range_hash(0, size, hash_at) if size else EMPTY_ROOT


def range_hash(start: int, end: int, hash_at: HashAt) -> bytes:
    """Return MTH(D[start:end]) (RFC 6962, 2.1); `start` must be a multiple of the largest power of two in the range."""
    whole = whole_nodes(start, end)
    found = hash_at(*whole[-1])
    for level, index in reversed(whole[:-1]):
        found = node_hash(hash_at(level, index), found)
    return found


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Return PATH(index, D[size]) (RFC 6962, 2.1.1), the leaf's sibling first. Raises ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError("there is no such leaf in a tree of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(middle, end, hash_at))
            end = middle
        else:
            path.append(range_hash(start, middle, hash_at))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """Return PROOF(old, D[new]) (RFC 6962, 2.1.2). Raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError("an older tree has at least one leaf and no more than the newer one")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_hash(middle, end, hash_at))
            end = middle
        else:
            path.append(range_hash(start, middle, hash_at))
            start, whole = middle, False
    if not whole:
        path.append(range_hash(start, end, hash_at))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, *, proof: Sequence[bytes], root: bytes) -> None:
    """Return when `leaf` is the leaf `index` of the tree with this root (RFC 9162, 2.1.3.2). Raises ProofWrong."""
    if not 0 <= index < size:
        raise ProofWrong("the index lies outside the tree")
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofWrong("the proof is too long")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofWrong("the proof is too short")
    if found != root:
        raise ProofWrong("the leaf is not in the tree with this root")


def verify_consistency(old: int, new: int, *, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Return when the tree of `old` leaves is the beginning of the one of `new` (RFC 9162, 2.1.4.2).

    Raises ProofWrong. Every tree begins with the one that has no leaves, and that needs no proof.
    """
    if not 0 <= old <= new:
        raise ProofWrong("the older tree is larger than the newer one")
    if old == 0 or old == new:
        if proof:
            raise ProofWrong("the proof is too long")
        if old == new and old_root != new_root:
            raise ProofWrong("two trees of one size have two roots")
        if old == 0 and old_root != EMPTY_ROOT:
            raise ProofWrong("the tree without leaves has another root")
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise ProofWrong("the proof is too short")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofWrong("the proof is too long")
        if node & 1 or node == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofWrong("the proof is too short")
    if older != old_root:
        raise ProofWrong("the proof does not lead to the older root")
    if newer != new_root:
        raise ProofWrong("the proof does not lead to the newer root")


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size` (RFC 6962, 2.1: k < n <= 2k)."""
    return 1 << ((size - 1).bit_length() - 1)


def whole_nodes(start: int, end: int) -> list[tuple[int, int]]:
    """Return the fewest nodes (level, index) that stand over the leaves from `start` to `end`, left to right."""
    found: list[tuple[int, int]] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found
