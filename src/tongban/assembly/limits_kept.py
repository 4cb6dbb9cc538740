"""A new version of a pack may end a limit, never lose one that a case was counted by.

Periods keep the limit that was in force when they began (``cases.clock.limits``), and limits are those of the active
packs: so what once bound a case has to stay declared. Called by ``installing`` before anything is written.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from tongban.assembly.errors import LimitsInUse
from tongban.basics.calendar import local_day
from tongban.basics.database import Connection, platform_now
from tongban.basics.sql import load_queries
from tongban.cases.definitions import DatedLimit

_queries = load_queries("tongban.assembly")


def lost(before: Iterable[DatedLimit], after: Sequence[DatedLimit], today: date) -> list[DatedLimit]:
    """The limits of ``before`` that ``after`` no longer says for every day up to ``today``, wherever it is declared.

    Text may change; length, unit, region and the days already past may not. What begins after ``today`` is free.
    """
    return [limit for limit in before if limit.since <= today and not any(_keeps(m, limit, today) for m in after)]


def _keeps(new: DatedLimit, old: DatedLimit, today: date) -> bool:
    same = (new.id, new.region, new.days, new.unit) == (old.id, old.region, old.days, old.unit)
    needed = min(old.until or today, today)
    return same and new.since <= old.since and needed <= (new.until or date.max)


async def check_limits(connection: Connection, before: Sequence[DatedLimit], after: Sequence[DatedLimit]) -> None:
    """Raise ``LimitsInUse`` with every limit that ``after`` loses and by which a case may have been counted."""
    today = local_day(await platform_now(connection))
    used = [limit for limit in lost(before, after, today) if await _used(connection, limit)]
    if used:
        raise LimitsInUse(limits="；".join(map(_told, used)))


async def _used(connection: Connection, limit: DatedLimit) -> bool:
    found: bool = await _queries.cases_counted(connection, region=f"{limit.region or ''}%", since=limit.since)
    return found


def _told(limit: DatedLimit) -> str:
    until = f" – {limit.until}" if limit.until else ""
    return f"{limit.id} [{limit.region or 'CN'}] {limit.days} {limit.unit}, {limit.since}{until}"
