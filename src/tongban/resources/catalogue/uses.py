"""How things are used: counted from the platform's own records, else as departments report it; what is idle.

Called by the catalogue's pages and API, by the jobs process (``fold``) and by whoever reports. Look-ups that are
older than a few minutes are counted once and kept as monthly sums; what came since is counted when asked, so that a
use shows at once.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.ledger.actions import prepare, record
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import require
from tongban.resources.catalogue.actions import locked, queries
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.models import Settings, Use

MONTHS = 12
SETTLED = dt.timedelta(minutes=10)
"""What is older than this is committed, whatever order its transactions ended in; ids tell the real time."""
Usage = Mapping[UUID, Use]


async def usage(connection: Connection, region: str, entries: Iterable[Any], now: dt.datetime) -> dict[UUID, Use]:
    """The use of ``entries`` (rows or structs with id and resource) in the last twelve months."""
    listed = list(entries)
    since = first_month(local_day(now), MONTHS - 1)
    recorded: dict[str, list[Any]] = {}
    names = [one.resource for one in listed if one.resource]
    if names:
        async for row in queries.uses(connection, region=region, resources=names, since=since):
            recorded.setdefault(row.resource, []).append(row)
    reported: dict[UUID, list[Any]] = {}
    async for row in queries.reports(connection, region=region, entries=[one.id for one in listed], since=since):
        reported.setdefault(row.entry, []).append(row)
    return {one.id: _use(recorded.get(one.resource or "", []), reported.get(one.id, [])) for one in listed}


def _use(recorded: list[Any], reported: list[Any]) -> Use:
    months: dict[str, int] = {}
    for row in (*recorded, *reported):
        key = f"{row.month:%Y-%m}"
        months[key] = months.get(key, 0) + row.uses
    last = [local_day(row.last_at) for row in recorded] + [row.last_used for row in reported if row.last_used]
    consumers = sorted({row.consumer for row in recorded})
    return Use(
        uses=sum(months.values()),
        users=max([len(consumers), *(row.users for row in reported)]),
        last_used=max(last, default=None),
        recorded=bool(recorded),
        consumers=tuple(consumers),
        months=dict(sorted(months.items())),
    )


async def report(
    connection: Connection, actor: Actor, region: str, entry_id: UUID, month: dt.date, uses: int, users: int,
    last_used: dt.date | None, now: dt.datetime,
) -> None:  # fmt: skip
    """Report a month's use of an own entry; reporting it again replaces it.

    Raises ``EntryUnknown``, ``NotAllowed``, ``EntryUnfit``.
    """
    first = month.replace(day=1)
    _check(first, uses, users, last_used, local_day(now))
    async with connection.transaction():
        entry = await locked(connection, region, entry_id)
        require(actor, "catalogue.edit", Subject(region=region, department=entry.provider))
        values = {"uses": uses, "users": users, "last_used": last_used}
        place = {"region": region, "entry": entry_id, "month": first}
        await queries.put_report(connection, **place, **values, person=actor.person, now=now)
        facts = {"code": entry.code, "month": first, "by": str(actor.person), **values}
        await record(connection, prepare(region, "catalogue.use_reported", entry_id, facts, now))


def _check(month: dt.date, uses: int, users: int, last_used: dt.date | None, today: dt.date) -> None:
    found = []
    if month > today:
        found.append(Fault("month", "月份不能晚于本月", "The month can not lie ahead"))
    if uses < 0 or users < 0 or uses > 10**15 or users > 10**9:
        found.append(Fault("uses", "次数和人数应为不小于 0 的整数", "Uses and users are whole numbers from 0"))
    if last_used is not None and (last_used.replace(day=1) != month or last_used > today):
        found.append(
            Fault("last_used", "最近一次使用应在所报月份内，且不晚于今天", "The last use lies in the month told")
        )
    if found:
        raise EntryUnfit(found)


async def fold(connection: Connection) -> int:
    """Count look-ups that are settled into monthly sums, once each; returns how many."""
    counted = 0
    async with connection.transaction():
        # One at a time: two that counted the same stretch would count it twice.
        await queries.lock_counting(connection)
        upto = uuid_at(await queries.real_now(connection) - SETTLED)
        rows = [row async for row in queries.fold_uses(connection, up_to=upto)]
        counted = sum(row.uses for row in rows)
    return counted


def uuid_at(moment: dt.datetime) -> UUID:
    """The smallest UUIDv7 that can be made at ``moment``."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def first_month(day: dt.date, before: int) -> dt.date:
    """The first day of the month ``before`` months before that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 - before, 12)
    return dt.date(year, month + 1, 1)


async def settings(connection: Connection, region: str) -> Settings:
    """What counts as idle and as alike in ``region``."""
    row = await queries.settings(connection, region=region)
    return Settings(row.idle_days, row.alike) if row else Settings()


async def set_settings(connection: Connection, actor: Actor, region: str, chosen: Settings, now: dt.datetime) -> None:
    """Decide what counts as idle and as alike; for data administrators. Raises ``NotAllowed``, ``EntryUnfit``."""
    require(actor, "catalogue.publish", Subject(region=region))
    found = []
    if not 1 <= chosen.idle_days <= 3660:
        found.append(Fault("idle_days", "天数应在 1 到 3660 之间", "Days lie between 1 and 3660"))
    if not 1 <= chosen.alike <= 100:
        found.append(Fault("alike", "相似度应在 1 到 100 之间", "Likeness lies between 1 and 100"))
    if found:
        raise EntryUnfit(found)
    async with connection.transaction():
        values = {"idle_days": chosen.idle_days, "alike": chosen.alike}
        await queries.put_settings(connection, region=region, **values, now=now)
        facts = {**values, "by": str(actor.person)}
        await record(connection, prepare(region, "catalogue.settings_changed", actor.person, facts, now))
