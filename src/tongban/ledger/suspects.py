"""Name what happened to leaves that are not where they should be: changed, deleted, inserted, reordered.

Called by `audit`. Pure: it compares what stands in the log now with what was sealed.
"""

from typing import NamedTuple
from uuid import UUID

from tongban.ledger.report import Report

MOST = 50_000


class Suspect(NamedTuple):
    """A place where the entry's hash (``found``) is not the sealed one; either may be missing."""

    at: int
    region: str | None
    entry: UUID | None
    found: bytes | None
    sealed: bytes | None


def name_suspects(suspects: list[Suspect], explained: set[int], report: Report) -> None:
    """Add one finding for each suspect that can be named.

    A shift (one leaf put in or taken out, the others moved along) is named once, at its cause. Without
    any leaf put in or taken out, moved leaves were reordered.
    Places in ``explained`` have been named already.
    """
    found = {each.found for each in suspects if each.found}
    sealed = {each.sealed for each in suspects if each.sealed}
    # When the list was cut, the last sealed hash has only moved beyond the cut.
    edge = suspects[-1].at if len(suspects) >= MOST else None
    moved: list[Suspect] = []
    named = False
    for each in suspects:
        alien = each.found is not None and each.found not in sealed
        lost = each.sealed is not None and each.sealed not in found and each.at != edge
        code = "entry.changed" if alien and lost else "entry.inserted" if alien else "entry.deleted"
        if each.at in explained:
            named = True
        elif alien or lost:
            report.add(code, index=each.at, region=each.region, entry=each.entry)
            named = True
        elif each.found is not None:
            moved.append(each)
    for each in [] if named else moved:
        report.add("entry.reordered", index=each.at, region=each.region, entry=each.entry)
