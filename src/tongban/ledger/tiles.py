"""The log as tiles (C2SP tlog-tiles): where each hash lies, and reading what is published.

Called by the sealer (append), the proof reader, the auditor, the export, and the web floor, which
serves `read` and `checkpoint` under the log's prefix. Nothing here holds personal data.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tongban.basics.database import Connection
from tongban.ledger.merkle import complete_root, range_hash
from tongban.ledger.statements import row, rows

WIDTH = 256
HASH = 32
DEFAULT_LOG = 1

TileKey = tuple[int, int]

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TilePath(NamedTuple):
    """A tile's place: ``level`` None for an entry bundle, ``width`` 256 for a full one."""

    level: int | None
    tile: int
    width: int

    def __str__(self) -> str:
        digits = f"{self.tile:0{(len(str(self.tile)) + 2) // 3 * 3}d}"
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        number = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")


def parse_path(path: str) -> TilePath | None:
    """Read a tile path; None unless it is written exactly as the layout says."""
    match = _PATH.fullmatch(path)
    if not match:
        return None
    level, number, width = match.groups()
    parsed = TilePath(
        None if level == "entries" else int(level),
        int(number.replace("x", "").replace("/", "")),
        int(width or WIDTH),
    )
    return parsed if str(parsed) == path and (parsed.level or 0) < 64 else None


def tiles_of(size: int) -> Iterable[tuple[int, int, int]]:
    """Every level of a log of ``size`` leaves as (level, full tiles, width of the partial tile)."""
    level = 0
    while size >> 8 * level:
        count = size >> 8 * level
        yield level, count // WIDTH, count % WIDTH
        level += 1


def place(height: int, index: int) -> tuple[TileKey, int, int]:
    """Where a complete subtree lies: its tile (level, number), first hash in it, how many hashes."""
    level, within = divmod(height, 8)
    first = index << within
    return (level, first // WIDTH), first % WIDTH, 1 << within


class Tiles(NamedTuple):
    """Tiles held in memory; answers for the hash of any complete subtree that they cover."""

    held: Mapping[TileKey, bytes]

    def lookup(self, height: int, index: int) -> bytes:
        """The hash of a complete subtree; ``KeyError`` when its tile is missing or too short."""
        key, first, count = place(height, index)
        part = self.held[key][first * HASH : (first + count) * HASH]
        if len(part) < count * HASH:
            raise KeyError(key)
        return complete_root([part[i : i + HASH] for i in range(0, len(part), HASH)])

    def root(self, start: int, end: int) -> bytes:
        """The hash of a node's range of leaves."""
        return range_hash(start, end, self.lookup)


def frontier_keys(size: int) -> list[TileKey]:
    """The growing tiles of a log of ``size`` leaves: all that appending and its root need."""
    return [(level, full) for level, full, width in tiles_of(size) if width]


class Frontier:
    """The growing edge of the tree. Appending costs nothing per past entry.

    ``held`` maps (level, tile) to its hashes; only tiles in `frontier_keys(size)` are needed.
    ``changed`` collects every tile that was touched since the start.
    """

    def __init__(self, size: int, held: Mapping[TileKey, bytes]) -> None:
        self.size = size
        self.changed: dict[TileKey, bytes] = {}
        self._levels: list[bytearray] = []
        for level, full, width in tiles_of(size):
            tile = held[level, full] if width else b""
            if len(tile) < width * HASH:
                raise KeyError((level, full))
            self._levels.append(bytearray(tile[: width * HASH]))

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaf hashes."""
        touched: set[int] = set()
        for leaf in leaf_hashes:
            self.size += 1
            self._push(0, leaf, touched)
        for level in touched:
            if self._levels[level]:
                count = self.size >> 8 * level
                self.changed[level, count // WIDTH] = bytes(self._levels[level])

    def _push(self, level: int, value: bytes, touched: set[int]) -> None:
        if level == len(self._levels):
            self._levels.append(bytearray())
        tile = self._levels[level]
        tile += value
        touched.add(level)
        if len(tile) == WIDTH * HASH:
            full = bytes(tile)
            self.changed[level, (self.size >> 8 * level) // WIDTH - 1] = full
            tile.clear()
            self._push(level + 1, complete_root(cut(full)), touched)

    def copy(self) -> "Frontier":
        """A tree of its own that grows from here."""
        twin = Frontier(0, {})
        twin.size, twin.changed = self.size, dict(self.changed)
        twin._levels = [bytearray(level) for level in self._levels]
        return twin

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        tiles = zip(self._levels, tiles_of(self.size), strict=False)
        held = {(level, full): bytes(hashes) for hashes, (level, full, _) in tiles}
        return Tiles(held).root(0, self.size)


def cut(hashes: bytes) -> list[bytes]:
    """A tile as a list of its 32-byte hashes."""
    return [hashes[i : i + HASH] for i in range(0, len(hashes), HASH)]


async def load(conn: Connection, keys: Iterable[TileKey], log: int = DEFAULT_LOG) -> Tiles:
    """Fetch tiles in one statement; those that the log lacks are left out."""
    wanted = list(keys)
    levels, numbers = [key[0] for key in wanted], [key[1] for key in wanted]
    found = await rows(conn, "tiles", log=log, level=levels, tile=numbers)
    return Tiles({(tile.level, tile.tile): tile.hashes for tile in found})


async def read(conn: Connection, path: str, log: int = DEFAULT_LOG) -> bytes | None:
    """The tile or entry bundle at ``path`` (``tile/…``), or None when the log has none there.

    What is returned never changes, except that a partial tile may be asked for after it became full.
    """
    place = parse_path(path)
    if place is None:
        return None
    if place.level is None:
        return await bundle(conn, place.tile, place.width, log)
    tile = (await load(conn, [(place.level, place.tile)], log)).held.get((place.level, place.tile), b"")
    return tile[: place.width * HASH] if len(tile) >= place.width * HASH else None


async def bundle(conn: Connection, number: int, width: int, log: int = DEFAULT_LOG) -> bytes | None:
    """An entry bundle: ``width`` leaves from ``number * 256``, each after its 16-bit length."""
    first = number * WIDTH
    found = await rows(conn, "leaves_between", log=log, first=first, last=first + width)
    if len(found) < width:
        return None
    return b"".join(len(each.leaf).to_bytes(2, "big") + each.leaf for each in found)


async def checkpoint(conn: Connection, log: int = DEFAULT_LOG) -> str | None:
    """The newest signed head with its cosignatures so far, or None before the first seal."""
    head = await row(conn, "log_head", log=log)
    return head.note if head else None
