"""The Merkle tree over the records: RFC 6962, section 2.1, whose hashes RFC 9162 keeps.

A leaf is SHA-256(0x00 || body), a node SHA-256(0x01 || left || right); a tree of n leaves splits at the
largest power of two below n. The tree grows by its frontier, the roots of its complete subtrees, at most
log2(n) of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.errors import ProofError

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree as it must be remembered in order to grow.

    Attributes:
        size: how many leaves it has.
        peaks: roots of its complete subtrees, the largest first; one for each bit set in `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The tree with these leaf hashes behind its own."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            _push(size, peaks, leaf, 1)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The root hash; of an empty tree the hash of nothing."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def _push(size: int, peaks: list[bytes], subtree: bytes, width: int) -> None:
    # every complete subtree to the left that is as wide joins the new one
    while size & width:
        subtree = node_hash(peaks.pop(), subtree)
        width <<= 1
    peaks.append(subtree)


def _widths_left(size: int) -> list[int]:
    return [1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]


def _widths_right(start: int, size: int) -> list[int]:
    widths = []
    while start < size:
        width = start & -start if start else 1 << (size.bit_length() - 1)
        while start + width > size:
            width >>= 1
        widths.append(width)
        start += width
    return widths


@dataclass(frozen=True, slots=True)
class CompactRange:
    """Proof that the leaves [first, end) stand, in this order and with none between, in a tree.

    Attributes:
        first: index of the first leaf, from 0.
        end: index behind the last leaf.
        size: leaves in the whole tree.
        left: roots of the maximal complete subtrees left of `first`, from the left.
        right: roots of the maximal complete subtrees from `end` on, from the left.
    """

    first: int
    end: int
    size: int
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]

    def root(self, leaves: Sequence[bytes]) -> bytes:
        """The root of the tree in which these leaf hashes stand there.

        Raises:
            ProofError: the range is none, or the hashes are too few or too many.
        """
        if not 0 <= self.first <= self.end <= self.size or len(leaves) != self.end - self.first:
            raise ProofError(
                f"{len(leaves)} leaves do not fill the range {self.first} to {self.end} of {self.size}"
            )
        widths = _widths_right(self.end, self.size)
        if len(self.left) != len(_widths_left(self.first)) or len(self.right) != len(widths):
            raise ProofError(
                f"the range {self.first} to {self.end} of {self.size} has the wrong number of hashes"
            )
        frontier = Frontier(self.first, self.left).extend(leaves)
        size, peaks = frontier.size, list(frontier.peaks)
        for subtree, width in zip(self.right, widths, strict=True):
            _push(size, peaks, subtree, width)
            size += width
        return Frontier(size, tuple(peaks)).root


class Tree:
    """A whole tree in memory, for making proofs; hashes of its complete subtrees are kept by level."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels: list[list[bytes]] = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])

    def __len__(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0])

    def _subtree(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            return self._levels[width.bit_length() - 1][start // width]
        split = start + (1 << ((width - 1).bit_length() - 1))
        return node_hash(self._subtree(start, split), self._subtree(split, end))

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves, of all when none is given."""
        size = len(self) if size is None else size
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1), from the leaf up."""
        start, end = 0, len(self) if size is None else size
        if not 0 <= index < end <= len(self):
            raise ProofError(f"leaf {index} is not in a tree of {end} leaves")
        path = []
        while end - start > 1:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if index < split:
                path.append(self._subtree(split, end))
                end = split
            else:
                path.append(self._subtree(start, split))
                start = split
        return path[::-1]

    def consistency(self, first: int, size: int | None = None) -> list[bytes]:
        """Proof that the tree of `size` leaves begins with the tree of `first` (RFC 6962, 2.1.2)."""
        start, end = 0, len(self) if size is None else size
        if not 0 < first <= end <= len(self):
            raise ProofError(f"a tree of {first} leaves is no beginning of one of {end}")
        path: list[bytes] = []
        whole = True
        while first != end:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if first <= split:
                path.append(self._subtree(split, end))
                end = split
            else:
                path.append(self._subtree(start, split))
                start, whole = split, False
        if not whole:
            path.append(self._subtree(start, end))
        return path[::-1]

    def compact_range(self, first: int, end: int, size: int | None = None) -> CompactRange:
        """The proof that the leaves [first, end) stand in the tree of `size` leaves."""
        size = len(self) if size is None else size
        if not 0 <= first <= end <= size <= len(self):
            raise ProofError(f"leaves {first} to {end} are not in a tree of {size}")
        return CompactRange(
            first,
            end,
            size,
            tuple(self._run(0, _widths_left(first))),
            tuple(self._run(end, _widths_right(end, size))),
        )

    def _run(self, start: int, widths: Sequence[int]) -> Iterable[bytes]:
        for width in widths:
            yield self._subtree(start, start + width)
            start += width


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Hold an audit path against a root (RFC 9162, 2.1.3.2).

    Raises:
        ProofError: it does not lead there.
    """
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    node, last, found = index, size - 1, leaf
    for hash_ in path:
        if not last:
            raise ProofError(f"the path of leaf {index} in {size} is too long")
        if node & 1 or node == last:
            found = node_hash(hash_, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        node, last = node >> 1, last >> 1
    if last or found != root:
        raise ProofError(f"leaf {index} is not in the tree of {size} leaves with this root")


def verify_consistency(
    *, first: int, first_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> None:
    """Hold a consistency proof against two roots (RFC 9162, 2.1.4.2).

    Raises:
        ProofError: the larger tree does not begin with the smaller.
    """
    wrong = ProofError(f"the tree of {size} leaves does not begin with the tree of {first}")
    if not 0 < first <= size:
        raise wrong
    if first == size:
        if path or first_root != root:
            raise wrong
        return
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not hashes:
        raise wrong
    node, last = first - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for hash_ in hashes[1:]:
        if not last:
            raise wrong
        if node & 1 or node == last:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, hash_)
        node, last = node >> 1, last >> 1
    if last or old != first_root or new != root:
        raise wrong
