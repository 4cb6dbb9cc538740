"""Work due dates out anew after a calendar was published: in batches, each case under its own lock, harmless to repeat.

Called by the jobs process. A date that moved is recorded as an event of its case, so that the applicant and the
departments are told of the old day, the new day and the reason; one that did not move leaves no trace.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar_file import covers
from tongban.basics.errors import TongbanError
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Event
from tongban.cases.actions.locked import LockedCase, keep_time, locked_case
from tongban.cases.kernel import Kernel
from tongban.cases.models import PLATFORM

_queries = load_queries("tongban.cases", "recomputing.sql")
_log = logging.getLogger(__name__)
BATCH = 50
Place = tuple[str, UUID]
Days = Mapping[str | None, dt.date | None]


class Change(Struct, frozen=True):
    """What was published: for which region, of which year, and the first day that is decided otherwise."""

    region: str
    year: int
    since: dt.date
    basis: str


class Recomputed(Struct, frozen=True):
    """One batch: how many cases were looked at, how many moved, and where to go on (None: it is done)."""

    seen: int
    moved: int
    next: Place | None


async def recompute(kernel: Kernel, change: Change, after: Place | None = None, most: int = BATCH) -> Recomputed:
    """Work out anew the open cases that may rest on what changed, from ``after`` on. ``kernel`` counts by it already.

    A case that can not be worked out is logged and left as it is; the others go on.
    """
    region, case_id = after or ("", None)
    async with kernel.database.connection() as connection:
        rows = [
            row
            async for row in _queries.cases_resting_on(
                connection, since=change.since, after_region=region, after_id=case_id, most=most
            )
        ]
    moved = [await _perhaps_moved(kernel, change, row.region, row.id) for row in rows]
    last = (rows[-1].region, rows[-1].id) if len(rows) == most else None
    return Recomputed(len(rows), sum(moved), last)


async def _perhaps_moved(kernel: Kernel, change: Change, region: str, case_id: UUID) -> bool:
    if not covers(change.region, region):
        return False
    try:
        async with locked_case(kernel, region, case_id) as held:
            return _moved(held, change)
    except TongbanError as error:
        _log.error("due dates of case %s were not worked out: %s", case_id, error.code)
        return False


def _moved(held: LockedCase, change: Change) -> bool:
    before = _days(held)
    keep_time(held)
    after = _days(held)
    ready = [task for task in held.tasks.values() if task.state == "ready"]
    tasks = [
        {"task": t.task, "department": t.department, "from": _text(before[t.task]), "to": _text(after[t.task])}
        for t in ready
        if before[t.task] != after[t.task]
    ]
    if not tasks and before[None] == after[None]:
        return False
    detail = {"year": change.year, "tasks": tasks, "ready": {task.department: task.task for task in ready}}
    if before[None] != after[None]:
        detail |= {"from": _text(before[None]), "to": _text(after[None])}
    held.actor = PLATFORM
    held.events.append(Event("case.due_moved", None, change.basis, detail))
    return True


def _days(held: LockedCase) -> Days:
    """The due days of the case (under None) and of its tasks."""
    return {None: held.case.due_on, **{task.task: task.due_on for task in held.tasks.values()}}


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
