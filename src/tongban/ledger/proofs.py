"""Inclusion and consistency proofs out of the stored tiles (RFC 6962 sections 2.1.1 and 2.1.2).

Called by receipts, by the cosigner and by the web floor. A proof costs one statement, however long the log.
"""

from collections.abc import Sequence

from tongban.basics.database import Connection
from tongban.ledger.errors import SizeUnknown
from tongban.ledger.merkle import Range, consistency_ranges, inclusion_ranges, subtrees
from tongban.ledger.statements import row
from tongban.ledger.tiles import DEFAULT_LOG, load, place


async def inclusion(conn: Connection, index: int, size: int, log: int = DEFAULT_LOG) -> list[bytes]:
    """The hashes that lead from leaf ``index`` to the root at ``size``; raises `SizeUnknown`."""
    if not 0 <= index < size:
        raise SizeUnknown(old=index, new=size)
    return await _hashes(conn, inclusion_ranges(index, size), size, log)


async def consistency(conn: Connection, old: int, new: int, log: int = DEFAULT_LOG) -> list[bytes]:
    """The hashes that prove that size ``new`` extends size ``old``; raises `SizeUnknown`."""
    head = await row(conn, "log_head", log=log)
    if head is None or not 0 <= old <= new <= (head.size or 0):
        raise SizeUnknown(old=old, new=new)
    return await _hashes(conn, consistency_ranges(old, new), new, log)


async def _hashes(conn: Connection, ranges: Sequence[Range], size: int, log: int) -> list[bytes]:
    keys = {place(*subtree)[0] for each in ranges for subtree in subtrees(*each)}
    tiles = await load(conn, keys, log)
    try:
        return [tiles.root(*each) for each in ranges]
    except KeyError as error:
        raise SizeUnknown(old=size, new=size) from error
