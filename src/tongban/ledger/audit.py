"""Verify the whole log: every entry, leaf, tile, checkpoint, erasure and promise.

Called by ``tongban ledger verify`` and by whoever audits a node. Streams: memory does not grow with
the log. Works on one snapshot, so that a node may go on sealing meanwhile.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tongban.basics.database import Connection
from tongban.ledger.audit_entries import (
    check_payload,
    check_promise,
    check_strays,
    check_unsealed,
    entry_hash,
)
from tongban.ledger.audit_tree import Place, Rebuilt, compare_tiles, extra_tiles
from tongban.ledger.report import Report
from tongban.ledger.statements import row, rows
from tongban.ledger.suspects import name_suspects
from tongban.ledger.tiles import DEFAULT_LOG, HASH, WIDTH
from tongban.ledger.verify_receipt import (
    WITNESS_KEY,
    Checkpoint,
    InvalidProof,
    VerifierKey,
    leaf_hash,
    open_checkpoint,
)

CHUNK = 4 * WIDTH
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def verify_log(
    conn: Connection,
    keys: Sequence[VerifierKey],
    witness_note: str | None = None,
    now: datetime | None = None,
    promises: Sequence[Mapping[str, Any]] = (),
    log: int = DEFAULT_LOG,
) -> Report:
    """Audit a log with public ``keys`` of node and witnesses; returns every fault found.

    ``witness_note`` is the last note the witness itself says it cosigned: with it even a history that
    was rewritten with the node's own key is found. ``now`` is the real wall clock (for promises).
    ``promises`` are documents that their holders bring along.
    ``conn`` must not be inside a transaction.
    """
    report = Report()
    async with conn.transaction():
        await conn.execute(SNAPSHOT)
        lost = await check_strays(conn, log, report)
        head = await row(conn, "log_head", log=log)
        if head is not None:
            report.origin = head.origin
            await _Audit(conn, keys, log, report).run(witness_note, lost)
        elif witness_note:
            report.add("witness.ahead", size=_read_note(witness_note, keys, report), found=0)
        await check_unsealed(conn, now or datetime.now(UTC), report)
        for promise in promises:
            await check_promise(conn, promise, keys, now or datetime.now(UTC), log, report)
    return report


def _read_note(note: str, keys: Sequence[VerifierKey], report: Report) -> int:
    head = _open_witnessed(note, note.partition("\n")[0], keys, report)
    return head.size if head else 0


def _open_witnessed(note: str, origin: str, keys: Sequence[VerifierKey], report: Report) -> Checkpoint | None:
    try:
        head, witnesses = open_checkpoint(note, origin, keys)
        if not witnesses:
            raise InvalidProof("no known witness has signed it")
    except InvalidProof as error:
        report.add("witness.invalid", reason=str(error))
        return None
    return head


class _Audit:
    """One pass over one log."""

    def __init__(self, conn: Connection, keys: Sequence[VerifierKey], log: int, report: Report) -> None:
        self._conn, self._keys, self._log, self._report = conn, keys, log, report
        self._rebuilt = Rebuilt(report)
        self._heads = self._checkpoints()
        self._head: Any | None = None
        self._number = 0
        self._good = 0
        self._covered = 0
        self._broken = False
        self._promised: list[Any] = []
        self._witnessed: Checkpoint | None = None

    async def run(self, witness_note: str | None, lost: set[int]) -> None:
        """Read everything once; ``lost`` are places already known to lack their leaf row."""
        report = self._report
        if witness_note:
            self._witnessed = _open_witnessed(witness_note, report.origin or "", self._keys, report)
        self._head = await anext(self._heads, None)
        async for places in self._chunks():
            await self._take(places)
        await self._finish(lost)

    async def _checkpoints(self) -> AsyncIterator[Any]:
        after = -1
        while found := await rows(self._conn, "audit_checkpoints", log=self._log, after=after, limit=1000):
            after = found[-1].size
            for head in found:
                yield head

    async def _chunks(self) -> AsyncIterator[list[Place]]:
        """Every place from 0 on, in order and without gaps: a missing leaf row becomes an empty place."""
        first = 0
        while True:
            leaves = await rows(self._conn, "audit_leaves", log=self._log, first=first, limit=CHUNK)
            span = await rows(
                self._conn, "tiles_between", log=self._log, level=0,
                first=first // WIDTH, last=(first + CHUNK) // WIDTH,
            )  # fmt: skip
            tiles = {tile.tile: tile.hashes for tile in span}
            held = {leaf.leaf_index: leaf for leaf in leaves if leaf.leaf_index < first + CHUNK}
            ends = [number * WIDTH + len(hashes) // HASH for number, hashes in tiles.items()]
            end = max([index + 1 for index in held] + ends, default=first)
            if end > first:
                yield [self._place(index, held.get(index), tiles) for index in range(first, end)]
            if not leaves and not tiles:
                return
            first += CHUNK

    def _place(self, index: int, leaf: Any | None, tiles: dict[int, bytes]) -> Place:
        start = index % WIDTH * HASH
        tile = tiles.get(index // WIDTH, b"")[start : start + HASH]
        sealed = tile if len(tile) == HASH else None
        if leaf is None:
            return Place(index, None, None, None, None, sealed)
        kept = leaf_hash(leaf.leaf)
        if kept != leaf.leaf_hash:
            self._report.add("leaf.changed", index=index, region=leaf.region, entry=leaf.entry_id)
        return Place(index, leaf.region, leaf.entry_id, self._entry(index, leaf), kept, sealed)

    def _entry(self, index: int, leaf: Any) -> bytes | None:
        if not leaf.present:
            return None
        check_payload(leaf, index, self._report)
        if leaf.marked_index != index:
            self._report.add("entry.reordered", index=index, region=leaf.region, entry=leaf.entry_id)
        if leaf.include_by is not None:
            self._promised.append(leaf)
        return entry_hash(leaf)

    async def _take(self, places: list[Place]) -> None:
        """Append places, stopping at every size that somebody signed."""
        start = places[0].at
        while places:
            stop = min(self._next_stop(), places[-1].at + 1)
            self._rebuilt.extend(places[: stop - start])
            places, start = places[stop - start :], stop
            await self._stop_at(stop)

    def _next_stop(self) -> int:
        sizes = [self._head.size] if self._head else []
        if self._witnessed and self._witnessed.size > self._rebuilt.tree.size:
            sizes.append(self._witnessed.size)
        return min((size for size in sizes if size > self._rebuilt.tree.size), default=1 << 62)

    async def _stop_at(self, size: int) -> None:
        witnessed = self._witnessed
        if witnessed and witnessed.size == size and not self._rebuilt.matches(witnessed.root):
            self._report.add("witness.contradicts", size=size)
        while self._head and self._head.size <= size:
            await self._judge(self._head)
            self._head = await anext(self._heads, None)

    async def _judge(self, head: Any) -> None:
        self._check_note(head)
        self._covered = head.size
        if head.size == self._rebuilt.tree.size and self._rebuilt.decide(head.root):
            self._good, self._broken = head.size, False
        elif not self._broken:
            # Every later head disagrees as well; the first one says where.
            self._report.add("checkpoint.root", size=head.size, start=self._good, end=head.size)
            self._broken = True
        self._check_promises(head)
        await compare_tiles(self._conn, self._log, self._rebuilt, self._report)

    def _check_note(self, head: Any) -> None:
        report = self._report
        report.checkpoints += 1
        self._number += 1
        if head.number != self._number:
            report.add("checkpoint.gap", expected=self._number, found=head.number, size=head.size)
            self._number = head.number
        try:
            signed, witnesses = open_checkpoint(head.note, report.origin or "", self._keys)
            if (signed.size, signed.root) != (head.size, head.root):
                raise InvalidProof("the row does not say what was signed")
            if head.cosigned_at and not witnesses and any(key.kind == WITNESS_KEY for key in self._keys):
                raise InvalidProof("it is marked as cosigned, but no known witness has signed it")
        except InvalidProof as error:
            report.add("checkpoint.invalid", size=head.size, reason=str(error))
            return
        report.size, report.root = head.size, head.root.hex()
        report.cosigned_size = head.size if witnesses else report.cosigned_size

    def _check_promises(self, head: Any) -> None:
        waiting = []
        for leaf in self._promised:
            if leaf.leaf_index >= head.size:
                waiting.append(leaf)
            elif head.sealed_at > leaf.include_by:
                where = {"region": leaf.region, "entry": leaf.entry_id, "include_by": leaf.include_by}
                self._report.add("promise.broken", **where)
        self._promised = waiting

    async def _finish(self, lost: set[int]) -> None:
        report, size = self._report, self._rebuilt.tree.size
        while self._head:
            await self._judge(self._head)
            self._head = await anext(self._heads, None)
        self._rebuilt.finish()
        name_suspects(self._rebuilt.suspects, lost, report)
        if size > self._covered:
            report.add("leaf.unsigned", start=self._covered, end=size)
        await extra_tiles(self._conn, self._log, self._covered, report)
        if self._witnessed:
            report.witnessed_size = self._witnessed.size
            if self._witnessed.size > size:
                report.add("witness.ahead", size=self._witnessed.size, found=size)
