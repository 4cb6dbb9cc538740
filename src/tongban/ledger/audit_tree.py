"""Rebuild the tree from what is stored and let the signed heads decide who tells the truth.

Called by `audit`. Every leaf has three witnesses inside the database: its entry, its leaf row and its
tile. While they agree one tree grows. Where they differ, a tree grows for each, and the next signed
head shows which one was sealed; the others are then named.
"""

from collections import Counter
from typing import NamedTuple
from uuid import UUID

from tongban.basics.database import Connection
from tongban.ledger.report import Report
from tongban.ledger.statements import rows
from tongban.ledger.suspects import MOST, Suspect
from tongban.ledger.tiles import HASH, WIDTH, Frontier, TilePath, tiles_of

ABSENT = bytes(HASH)


class Place(NamedTuple):
    """What the database says about one place of the log; None where it says nothing."""

    at: int
    region: str | None
    entry_id: UUID | None
    entry: bytes | None
    leaf: bytes | None
    tile: bytes | None

    @property
    def agreed(self) -> bool:
        """Whether entry, leaf and tile say the same."""
        return self.entry == self.leaf == self.tile and self.tile is not None

    def readings(self) -> tuple[bytes, bytes, bytes, bytes]:
        """The hash by majority, by entry, by leaf, by tile; a missing one follows the next."""
        tile = self.tile or self.leaf or self.entry or ABSENT
        leaf = self.leaf or tile
        entry = self.entry or leaf
        most = Counter(each for each in (self.tile, self.leaf, self.entry) if each).most_common(1)
        return (most[0][0] if most else ABSENT), entry, leaf, tile


class Rebuilt:
    """The tree as far as it has been rebuilt, and what is still undecided since the last good head."""

    def __init__(self, report: Report) -> None:
        self.suspects: list[Suspect] = []
        self.bad_tiles: set[tuple[int, int]] = set()
        self._report = report
        self._trees = [Frontier(0, {})]
        self._doubtful: list[tuple[Place, tuple[bytes, bytes, bytes, bytes]]] = []

    @property
    def tree(self) -> Frontier:
        """The tree that is taken for true."""
        return self._trees[0]

    def extend(self, places: list[Place]) -> None:
        """Append the next places in order."""
        doubtful = [(place, place.readings()) for place in places if not place.agreed]
        if doubtful and len(self._trees) == 1:
            self._trees = [self._trees[0], *(self._trees[0].copy() for _ in range(3))]
        self._doubtful += doubtful[: MOST * 2 - len(self._doubtful)]
        several = [place.readings() for place in places] if len(self._trees) > 1 else []
        if not several:
            self.tree.extend(place.tile for place in places if place.tile)
        for number, tree in enumerate(self._trees if several else []):
            tree.extend(readings[number] for readings in several)

    def decide(self, root: bytes) -> bool:
        """Take the tree that has ``root`` for true; False when none has."""
        matching = [number for number, tree in enumerate(self._trees) if tree.root() == root]
        self._settle(matching[0] if matching else 0)
        return bool(matching)

    def matches(self, root: bytes) -> bool:
        """Whether any reading gives ``root`` here, without deciding anything."""
        return any(tree.root() == root for tree in self._trees)

    def _settle(self, chosen: int) -> None:
        self._trees = [self._trees[chosen]]
        for place, readings in self._doubtful:
            self._accuse(place, readings[chosen])
        self._doubtful = []

    def finish(self) -> None:
        """Take what is doubtful beyond the last head for unsealed, unless a tile holds it."""
        for place, _ in self._doubtful:
            found = Suspect(place.at, place.region, place.entry_id, place.entry or place.leaf, place.tile)
            self.suspects.append(found)
        self._doubtful = []

    def _accuse(self, place: Place, truth: bytes) -> None:
        where = {"index": place.at, "region": place.region, "entry": place.entry_id}
        if place.entry is None and place.entry_id is not None:
            self._report.add("entry.deleted", **where)
        elif place.entry == truth and place.leaf != truth:
            self._report.add("leaf.changed", **where)
        elif place.entry != truth and len(self.suspects) < MOST:
            sealed = None if truth == ABSENT else truth
            self.suspects.append(Suspect(place.at, place.region, place.entry_id, place.entry, sealed))


async def compare_tiles(conn: Connection, log: int, rebuilt: Rebuilt, report: Report) -> None:
    """Compare the tiles that the true tree has touched with the stored ones; forget them afterwards.

    Called after every decided head, so that memory stays small.
    """
    changed = dict(rebuilt.tree.changed)
    rebuilt.tree.changed.clear()
    keys = sorted(changed)
    levels, numbers = [key[0] for key in keys], [key[1] for key in keys]
    found = await rows(conn, "tiles", log=log, level=levels, tile=numbers)
    stored = {(tile.level, tile.tile): tile.hashes for tile in found}
    for key, hashes in changed.items():
        held = stored.get(key)
        if key in rebuilt.bad_tiles or (held or b"")[: len(hashes)] == hashes:
            continue
        rebuilt.bad_tiles.add(key)
        code = "tile.missing" if held is None else "tile.changed"
        report.add(code, path=str(TilePath(*key, WIDTH)))


async def extra_tiles(conn: Connection, log: int, size: int, report: Report) -> None:
    """Name tiles, or ends of growing tiles, that a log of this size does not have."""
    held = {level: (full, width) for level, full, width in tiles_of(size)}
    highest = (await rows(conn, "tile_levels", log=log))[0].highest
    for level in range(max(highest + 1, len(held))):
        full, width = held.get(level, (0, 0))
        for tile in await rows(conn, "tiles_between", log=log, level=level, first=full, last=full + 1):
            if width and len(tile.hashes) > width * HASH:
                report.add("tile.extra", path=str(TilePath(level, full, width)))
        for beyond in await rows(conn, "tiles_beyond", log=log, level=level, first=full + bool(width)):
            report.add("tile.extra", path=str(TilePath(level, beyond.tile, WIDTH)))
