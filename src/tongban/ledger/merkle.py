"""The Merkle tree of RFC 6962, without storage: which nodes a root or a proof needs, and their checks.

Called by the sealer, the proof readers, the auditor and the witness. A tree is never held as objects:
a *range* ``(start, end)`` of leaves names a node, and a source of complete subtree hashes (tiles)
answers for it.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

from tongban.ledger.verify_receipt import node_hash

EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]
Subtree = tuple[int, int]


def split(size: int) -> int:
    """The largest power of two smaller than ``size`` (≥ 2): how many leaves the left child holds."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove leaf ``index`` in a tree of ``size``, lowest first (RFC 6962 2.1.1)."""
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The ranges whose hashes prove that size ``new`` extends size ``old`` (RFC 6962 2.1.2).

    Empty when ``old`` is 0 or equals ``new``. ``0 <= old <= new``.
    """
    if old in (0, new):
        return []
    start, end, found, whole = 0, new, [], True
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, whole = middle, False
    if not whole:
        found.append((start, end))
    return found[::-1]


def subtrees(start: int, end: int) -> Iterator[Subtree]:
    """Cut a node's range into complete subtrees, left to right, each as (height, index at that height)."""
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def range_hash(start: int, end: int, lookup: Callable[[int, int], bytes]) -> bytes:
    """The hash of a node's range; ``lookup(height, index)`` answers for complete subtrees."""
    hashes = [lookup(height, index) for height, index in subtrees(start, end)]
    return fold(hashes)


def fold(hashes: Sequence[bytes]) -> bytes:
    """Join the hashes of complete subtrees, largest first, into one (the empty tree's root for none)."""
    if not hashes:
        return EMPTY_ROOT
    current = hashes[-1]
    for left in reversed(hashes[:-1]):
        current = node_hash(left, current)
    return current


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of equal subtrees."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def extends(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree (new, new_root) extends (old, old_root).

    RFC 9162 section 2.1.4.2; from size 0 everything extends with an empty proof.
    """
    if old == new or old == 0:
        return not proof and (old == 0 or old_root == new_root)
    if old > new or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    seen_old = seen_new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            seen_old, seen_new = node_hash(step, seen_old), node_hash(step, seen_new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, step)
        node, last = node >> 1, last >> 1
    return last == 0 and seen_old == old_root and seen_new == new_root
