"""The tree gives the roots and proofs of RFC 6962, at every size."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.ledger.merkle import EMPTY_ROOT, consistency_ranges, extends, inclusion_ranges
from tongban.ledger.tiles import Frontier, Tiles, parse_path, tiles_of
from tongban.ledger.verify_receipt import InvalidProof, leaf_hash, root_from_inclusion

_spec = importlib.util.spec_from_file_location("naive", Path(__file__).with_name("naive.py"))
assert _spec and _spec.loader
naive = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(naive)

# The reference inputs and roots of the Certificate Transparency project's own tests.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(size: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(size)]


def grown(leaves: list[bytes], *steps: int) -> tuple[Frontier, dict[tuple[int, int], bytes]]:
    """A tree grown in steps, keeping only what the sealer keeps: the stored tiles."""
    stored: dict[tuple[int, int], bytes] = {}
    size = 0
    for end in [*sorted(steps), len(leaves)]:
        frontier = Frontier(size, stored)
        frontier.extend([leaf_hash(leaf) for leaf in leaves[size:end]])
        stored |= frontier.changed
        size = end
    return Frontier(size, stored), stored


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier(0, {}).root() == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots_come_out(size: int) -> None:
    frontier, _ = grown(CT_LEAVES[:size])
    assert frontier.root().hex() == CT_ROOTS[size - 1] == naive.root(CT_LEAVES[:size]).hex()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_leaf_is_proven_and_no_other_is(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1200))
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    tiles = Tiles(grown(leaves, data.draw(st.integers(0, size)))[1])
    proof = [tiles.root(*each) for each in inclusion_ranges(index, size)]
    assert proof == naive.path(index, leaves)
    root = naive.root(leaves)
    assert root_from_inclusion(leaf_hash(leaves[index]), index, size, proof) == root
    assert root_from_inclusion(leaf_hash(b"another"), index, size, proof) != root
    if proof:
        with pytest.raises(InvalidProof):
            root_from_inclusion(leaf_hash(leaves[index]), index, size, proof[:-1])
    with pytest.raises(InvalidProof):
        root_from_inclusion(leaf_hash(leaves[index]), index, size, [*proof, root])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_longer_tree_extends_a_shorter_one_and_no_other(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 1200))
    old = data.draw(st.integers(0, new))
    leaves = leaves_of(new)
    tiles = Tiles(grown(leaves)[1])
    proof = [tiles.root(*each) for each in consistency_ranges(old, new)]
    assert proof == (naive.consistency(old, leaves) if old else [])
    old_root, new_root = naive.root(leaves[:old]), naive.root(leaves)
    assert extends(old, old_root, new, new_root, proof)
    if old > 0:
        forged = naive.root([b"forged", *leaves[1:old]])
        assert not extends(old, forged, new, new_root, proof)
    if 0 < old < new:
        assert not extends(old, old_root, new, old_root, proof)
        assert not extends(old, old_root, new, new_root, proof[:-1])
        assert not extends(old, old_root, new, new_root, [*proof, old_root])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65535, 65536, 65537, 70000])
def test_tiles_hold_what_the_layout_says(size: int) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves_of(size)]
    _, stored = grown(leaves_of(size), size // 3, size // 2)
    assert b"".join(stored[key] for key in sorted(stored) if key[0] == 0) == b"".join(hashes)
    widths = {key: len(value) // 32 for key, value in stored.items()}
    expected = {}
    for level, full, partial in tiles_of(size):
        expected |= {(level, tile): 256 for tile in range(full)} | ({(level, full): partial} if partial else {})
    assert widths == expected


def test_seventy_thousand_leaves_make_the_tiles_of_the_specification() -> None:
    assert list(tiles_of(70_000)) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(tiles_of(256)) == [(0, 1, 0), (1, 0, 1)]


@pytest.mark.parametrize("path", ["tile/0/x001/x234/067", "tile/entries/000.p/7", "tile/63/999", "tile/1/x001/000"])
def test_a_tile_path_reads_and_writes_back(path: str) -> None:
    assert str(parse_path(path)) == path


@pytest.mark.parametrize(
    "path",
    ["tile/0/5", "tile/00/005", "tile/64/005", "tile/0/x000/005", "tile/0/005.p/0", "tile/0/005.p/256",
     "tile/0/005.p/07", "tile/0/../005", "tile/0/001/234", "tile/leaves/000", "checkpoint"],
)  # fmt: skip
def test_a_path_written_otherwise_is_refused(path: str) -> None:
    assert parse_path(path) is None
