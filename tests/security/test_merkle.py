"""Do proofs show what is true of a tree, and nothing else?"""

import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.audit.merkle import (
    EMPTY_ROOT,
    ProofWrong,
    consistency_proof,
    inclusion_proof,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots with which the implementations of RFC 6962 test each other.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# Nodes (level, index) of the tree of all inputs, and of which of them its proofs consist: transparency-dev/merkle,
# testonly/constants.go and testonly/reference_test.go.
NODES = {
    (0, 0): "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    (0, 1): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    (0, 4): "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    (1, 0): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (1, 1): "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    (1, 2): "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    (1, 3): "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    (2, 0): "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (2, 1): "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
}
INCLUSIONS = (
    (0, 1, ()),
    (0, 2, ((0, 1),)),
    (1, 2, ((0, 0),)),
    (2, 3, ((1, 0),)),
    (1, 5, ((0, 0), (1, 1), (0, 4))),
    (0, 8, ((0, 1), (1, 1), (2, 1))),
    (5, 8, ((0, 4), (1, 3), (2, 0))),
)
CONSISTENCIES = (
    (1, 1, ()),
    (1, 8, ((0, 1), (1, 1), (2, 1))),
    (2, 5, ((1, 1), (0, 4))),
    (6, 8, ((1, 2), (1, 3), (2, 0))),
)
LEAVES = tuple(hashlib.sha256(b"\x00" + number.to_bytes(2, "big")).digest() for number in range(70))


def hashes_of(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)])
    return lambda level, index: levels[level][index]


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH as RFC 6962, 2.1 defines it, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


SIZES = st.integers(min_value=1, max_value=len(LEAVES))


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_those_that_others_have(size: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(one)).digest() for one in INPUTS[:size]]

    assert root_of(size, hashes_of(leaves)).hex() == ROOTS[size]


def published(nodes: Sequence[tuple[int, int]]) -> list[bytes]:
    return [bytes.fromhex(NODES[one]) for one in nodes]


def hash_of_input(level: int, index: int) -> bytes:
    return hashes_of([hashlib.sha256(b"\x00" + bytes.fromhex(one)).digest() for one in INPUTS])(level, index)


@pytest.mark.parametrize(("index", "size", "nodes"), INCLUSIONS)
def test_a_proof_of_a_leaf_is_the_one_that_others_have(index: int, size: int, nodes: Sequence[tuple[int, int]]) -> None:
    assert inclusion_proof(index, size, hash_of_input) == published(nodes)

    leaf = hash_of_input(0, index)
    verify_inclusion(leaf, index, size, proof=published(nodes), root=bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "nodes"), CONSISTENCIES)
def test_a_proof_of_a_beginning_is_the_one_that_others_have(
    old: int, new: int, nodes: Sequence[tuple[int, int]]
) -> None:
    assert consistency_proof(old, new, hash_of_input) == published(nodes)

    roots = {"old_root": bytes.fromhex(ROOTS[old]), "new_root": bytes.fromhex(ROOTS[new])}
    verify_consistency(old, new, proof=published(nodes), **roots)


@given(SIZES)
def test_a_root_is_what_its_definition_says(size: int) -> None:
    assert root_of(size, hashes_of(LEAVES[:size])) == defined_root(LEAVES[:size])


@given(SIZES, st.data())
def test_every_leaf_is_proven_to_be_in_its_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = inclusion_proof(index, size, hashes_of(LEAVES[:size]))

    verify_inclusion(LEAVES[index], index, size, proof=proof, root=defined_root(LEAVES[:size]))


@given(SIZES, st.data())
def test_every_older_tree_is_proven_to_be_a_beginning(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=1, max_value=size))
    proof = consistency_proof(old, size, hashes_of(LEAVES[:size]))

    roots = {"old_root": defined_root(LEAVES[:old]), "new_root": defined_root(LEAVES[:size])}
    verify_consistency(old, size, proof=proof, **roots)


@given(SIZES, st.data())
def test_a_changed_proof_of_a_leaf_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = inclusion_proof(index, size, hashes_of(LEAVES[:size]))
    broken = data.draw(st.sampled_from([[*proof, EMPTY_ROOT], proof[:-1] if proof else [EMPTY_ROOT], *_flipped(proof)]))

    with pytest.raises(ProofWrong):
        verify_inclusion(LEAVES[index], index, size, proof=broken, root=defined_root(LEAVES[:size]))


@given(st.integers(min_value=2, max_value=len(LEAVES)), st.data())
def test_a_changed_proof_of_a_beginning_proves_nothing(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=1, max_value=size - 1))
    proof = consistency_proof(old, size, hashes_of(LEAVES[:size]))
    broken = data.draw(st.sampled_from([[*proof, EMPTY_ROOT], proof[:-1], *_flipped(proof)]))

    roots = {"old_root": defined_root(LEAVES[:old]), "new_root": defined_root(LEAVES[:size])}
    with pytest.raises(ProofWrong):
        verify_consistency(old, size, proof=broken, **roots)


@given(st.integers(min_value=2, max_value=len(LEAVES)), st.data())
def test_a_rewritten_leaf_breaks_every_older_root(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=1, max_value=size - 1))
    place = data.draw(st.integers(min_value=0, max_value=old - 1))
    rewritten = [*LEAVES[:place], EMPTY_ROOT, *LEAVES[place + 1 : size]]
    proof = consistency_proof(old, size, hashes_of(rewritten))

    roots = {"old_root": defined_root(LEAVES[:old]), "new_root": defined_root(rewritten)}
    with pytest.raises(ProofWrong):
        verify_consistency(old, size, proof=proof, **roots)


@pytest.mark.parametrize(
    ("old", "new", "proof", "old_root", "new_root"),
    [
        (0, 3, [EMPTY_ROOT], EMPTY_ROOT, LEAVES[0]),
        (0, 3, [], LEAVES[0], LEAVES[1]),
        (3, 3, [], LEAVES[0], LEAVES[1]),
        (3, 3, [LEAVES[0]], LEAVES[0], LEAVES[0]),
        (4, 3, [], LEAVES[0], LEAVES[0]),
        (-1, 3, [], EMPTY_ROOT, LEAVES[0]),
        (1, 3, [], LEAVES[0], LEAVES[1]),
    ],
)
def test_trees_that_cannot_follow_each_other_do_not(
    old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes
) -> None:
    with pytest.raises(ProofWrong):
        verify_consistency(old, new, proof=proof, old_root=old_root, new_root=new_root)


def test_no_proof_is_made_of_what_is_not_in_the_tree() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(3, 3, hashes_of(LEAVES[:3]))


def _flipped(proof: list[bytes]) -> list[list[bytes]]:
    return [[*proof[:at], hashlib.sha256(one).digest(), *proof[at + 1 :]] for at, one in enumerate(proof)]
