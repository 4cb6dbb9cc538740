"""Seal entries: give them their place in the tree, sign the new head.

Runs in the jobs process, started by `run`. Only one sealer works at a time (an advisory lock); a
second one finds nothing to do. Everything of a batch happens in one transaction.
"""

from collections.abc import Sequence
from typing import Any

from tongban.basics.database import Connection
from tongban.ledger.checkpoints import sign_checkpoint
from tongban.ledger.errors import LogDamaged, WrongLog
from tongban.ledger.keys import Signer
from tongban.ledger.merkle import EMPTY_ROOT
from tongban.ledger.models import leaf_bytes
from tongban.ledger.statements import execute, row, rows
from tongban.ledger.tiles import DEFAULT_LOG, Frontier, frontier_keys, load
from tongban.ledger.verify_receipt import leaf_hash

BATCH = 1000


async def seal(conn: Connection, signer: Signer, log: int = DEFAULT_LOG, batch: int = BATCH) -> int:
    """Seal up to ``batch`` entries under one new checkpoint; returns how many (0: none or not our turn).

    Raises `WrongLog` when the key's name is not the log's, `LogDamaged` when the stored tiles no longer
    give the root that was signed last: nothing is signed over a damaged tree.
    """
    async with conn.transaction():
        lock = await row(conn, "lock_log", log=log)
        if lock is None or not lock.mine:
            return 0
        entries = await rows(conn, "unsealed", limit=batch)
        if not entries:
            return 0
        frontier = await _frontier(conn, signer, log)
        await _append(conn, entries, frontier, log)
        root = frontier.root()
        note = sign_checkpoint(signer, frontier.size, root)
        await execute(conn, "put_checkpoint", log=log, size=frontier.size, root=root, note=note)
    return len(entries)


async def seal_all(conn: Connection, signer: Signer, log: int = DEFAULT_LOG, batch: int = BATCH) -> int:
    """Seal batches until nothing waits; returns how many entries were sealed."""
    total = 0
    while sealed := await seal(conn, signer, log, batch):
        total += sealed
    return total


async def _frontier(conn: Connection, signer: Signer, log: int) -> Frontier:
    head = await row(conn, "log_head", log=log)
    if head is None:
        await execute(conn, "open_log", log=log, origin=signer.name)
        return Frontier(0, {})
    if head.origin != signer.name:
        raise WrongLog(found=head.origin, expected=signer.name)
    size, root = head.size or 0, head.root or EMPTY_ROOT
    tiles = await load(conn, frontier_keys(size), log)
    try:
        frontier = Frontier(size, tiles.held)
    except KeyError as error:
        raise LogDamaged(size=size) from error
    if frontier.root() != root:
        raise LogDamaged(size=size)
    return frontier


async def _append(conn: Connection, entries: Sequence[Any], frontier: Frontier, log: int) -> None:
    leaves = [leaf_bytes(each.region, each.id, each.at, each.kind, each.digest) for each in entries]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    first = frontier.size
    frontier.extend(hashes)
    await execute(
        conn,
        "seal_batch",
        log=log,
        leaf_index=list(range(first, frontier.size)),
        region=[each.region for each in entries],
        id=[each.id for each in entries],
        leaf=leaves,
        hash=hashes,
    )
    changed = sorted(frontier.changed.items())
    levels, numbers = [key[0] for key, _ in changed], [key[1] for key, _ in changed]
    tiles = [hashes for _, hashes in changed]
    await execute(conn, "put_tiles", log=log, level=levels, tile=numbers, hashes=tiles)
