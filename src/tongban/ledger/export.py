"""Write the log as files in the tlog-tiles layout, to be served statically or carried away.

Called by ``tongban ledger export``. Entries hold no personal data, so the whole folder may be published.
"""

from pathlib import Path

from tongban.basics.database import Connection
from tongban.ledger import tiles
from tongban.ledger.statements import row
from tongban.ledger.tiles import DEFAULT_LOG, WIDTH, TilePath, tiles_of


def paths_of(size: int) -> list[TilePath]:
    """Every tile and entry bundle of a log of ``size`` leaves, partial ones at this size's width."""
    found = []
    for level, full, width in tiles_of(size):
        spans = [(tile, WIDTH) for tile in range(full)] + ([(full, width)] if width else [])
        found += [TilePath(level, *span) for span in spans]
        if level == 0:
            found += [TilePath(None, *span) for span in spans]
    return found


async def export(conn: Connection, folder: Path, log: int = DEFAULT_LOG) -> int:
    """Write tiles, bundles and, last, the checkpoint; returns the exported size (0: nothing sealed yet).

    Full tiles that are already there are kept: they never change. So a second export is quick.
    """
    head = await row(conn, "log_head", log=log)
    if head is None or head.size is None:
        return 0
    for path in paths_of(head.size):
        place = folder / str(path)
        if not place.exists():
            content = await tiles.read(conn, str(path), log)
            _write(place, content or b"")
    _write(folder / "checkpoint", head.note.encode())
    return int(head.size)


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(place.name + ".draft")
    draft.write_bytes(content)
    draft.replace(place)
