"""The Merkle tree, against published vectors and against the definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import ProofError
from ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Frontier,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# Published by the Certificate Transparency project (transparency-dev/merkle, testonly/constants.go and
# proof/verify_test.go): leaf inputs, the root of every size from 0 to 8, inclusion and consistency proofs.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (leaf from 0, size): path
    (0, 8): """
        96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4""",
    (5, 8): """
        bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b
        ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
    (2, 3): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (1, 5): """
        6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b""",
}
CONSISTENCY = {  # (smaller, larger): path
    (1, 1): "",
    (1, 8): """
        96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4""",
    (6, 8): """
        0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a
        ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
    (2, 5): """
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b""",
    (6, 7): """
        0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a
        b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
}
TREE = Tree([leaf_hash(data) for data in INPUTS])
SIZES = st.integers(0, 70)


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def _defined(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962, 2.1 defines it, over leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return node_hash(_defined(leaves[:split]), _defined(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    """Roots of every size are those of the Certificate Transparency vectors, grown or built."""
    leaves = [leaf_hash(data) for data in INPUTS[:size]]
    assert Frontier().extend(leaves).root.hex() == ROOTS[size]
    assert TREE.root(size).hex() == ROOTS[size]


@pytest.mark.parametrize(("where", "path"), INCLUSION.items())
def test_published_inclusion_proofs(where: tuple[int, int], path: str) -> None:
    """Audit paths are the published ones, and hold."""
    index, size = where
    hashes = [bytes.fromhex(text) for text in path.split()]
    assert TREE.inclusion(index, size) == hashes
    root = bytes.fromhex(ROOTS[size])
    verify_inclusion(leaf=leaf_hash(INPUTS[index]), index=index, size=size, path=hashes, root=root)


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_published_consistency_proofs(sizes: tuple[int, int], path: str) -> None:
    """Consistency proofs are the published ones, and hold."""
    first, size = sizes
    hashes = [bytes.fromhex(text) for text in path.split()]
    assert TREE.consistency(first, size) == hashes
    roots = (bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[size]))
    verify_consistency(first=first, first_root=roots[0], size=size, root=roots[1], path=hashes)


@given(SIZES, SIZES)
def test_growing_is_building(size: int, more: int) -> None:
    """However a tree grew, its root is the one of the definition."""
    leaves = _leaves(size + more)
    grown = Frontier().extend(leaves[:size]).extend(leaves[size:])
    assert grown.root == _defined(leaves) == Tree(leaves).root()
    assert (grown.size, len(grown.peaks)) == (size + more, (size + more).bit_count())


@given(st.data())
def test_inclusion_holds_for_its_leaf_alone(data: st.DataObject) -> None:
    """A path proves its leaf at its index in its size, and nothing else."""
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = _leaves(size)
    tree, root = Tree(leaves), _defined(leaves)
    path = tree.inclusion(index)
    verify_inclusion(leaf=leaves[index], index=index, size=size, path=path, root=root)
    wrong = [
        {"leaf": leaf_hash(b"other")},
        {"root": leaf_hash(b"other")},
        {"path": [*path, root]},
        {"path": [root, *path]},
        {"index": size},
        {"index": -1},
    ]
    wrong += [{"path": path[:-1]}, {"path": [leaf_hash(b"x"), *path[1:]]}] if path else []
    wrong += [{"index": other} for other in range(size) if other != index]
    for change in wrong:
        claim = {"leaf": leaves[index], "index": index, "size": size, "path": path, "root": root}
        with pytest.raises(ProofError):
            verify_inclusion(**{**claim, **change})  # type: ignore[arg-type]


@given(st.data())
def test_consistency_holds_for_its_trees_alone(data: st.DataObject) -> None:
    """A consistency proof joins these two trees, and no others."""
    size = data.draw(st.integers(1, 70))
    first = data.draw(st.integers(1, size))
    leaves = _leaves(size)
    tree = Tree(leaves)
    path, roots = tree.consistency(first), (_defined(leaves[:first]), _defined(leaves))
    claim = {"first": first, "first_root": roots[0], "size": size, "root": roots[1], "path": path}
    verify_consistency(**claim)  # type: ignore[arg-type]
    other = leaf_hash(b"other")
    wrong = [
        {"first_root": other},
        {"root": other},
        {"path": [*path, other]},
        {"first": 0},
        {"first": size + 1},
    ]
    wrong += [{"path": path[:-1]}, {"path": [other, *path[1:]]}] if path else []
    for change in wrong:
        with pytest.raises(ProofError):
            verify_consistency(**{**claim, **change})  # type: ignore[arg-type]


@settings(max_examples=300)
@given(st.data())
def test_compact_range(data: st.DataObject) -> None:
    """A run of leaves with the subtrees beside it leads to the root; any other run does not."""
    size = data.draw(st.integers(0, 70))
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, size))
    leaves = _leaves(size)
    proof, root = Tree(leaves).compact_range(first, end), _defined(leaves)
    assert proof.root(leaves[first:end]) == root
    assert len(proof.left) + len(proof.right) <= 2 * max(size, 1).bit_length()
    for at in range(end - first):
        run = leaves[first:end]
        run[at] = leaf_hash(b"other")
        assert proof.root(run) != root
    for side in ("left", "right"):
        hashes = getattr(proof, side)
        for at in range(len(hashes)):
            changed = (*hashes[:at], leaf_hash(b"other"), *hashes[at + 1 :])
            parts = {"left": proof.left, "right": proof.right, side: changed}
            assert CompactRange(first, end, size, **parts).root(leaves[first:end]) != root
        parts = {"left": proof.left, "right": proof.right, side: (*hashes, root)}
        with pytest.raises(ProofError):
            CompactRange(first, end, size, **parts).root(leaves[first:end])


def test_a_run_of_another_length_is_refused() -> None:
    """A compact range takes exactly its leaves, and a range that is none is refused."""
    leaves = _leaves(9)
    tree = Tree(leaves)
    with pytest.raises(ProofError):
        tree.compact_range(2, 5).root(leaves[2:6])
    for first, end in ((5, 2), (-1, 2), (2, 10)):
        with pytest.raises(ProofError):
            tree.compact_range(first, end)
    with pytest.raises(ProofError):
        tree.inclusion(9)
    with pytest.raises(ProofError):
        tree.consistency(0)


def test_nothing_has_a_root() -> None:
    """The empty tree's root is the hash of nothing (RFC 6962, 2.1)."""
    assert Tree([]).root() == Frontier().root == EMPTY_ROOT == hashlib.sha256().digest()
