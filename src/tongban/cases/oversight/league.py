"""The league table: departments of a region, and regions of the node, by how they keep their time.

Counted from what was decided, what is overdue and which tickets there were; nothing is kept for it. Heads and
supervisors read it; exact small counts are for those whose duty they are.
"""

import datetime as dt
from typing import Any

import msgspec
from msgspec import Struct

from tongban.basics.calendar import CST, local_day
from tongban.basics.database import Connection, platform_now
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.standings import (
    Counted,
    DayCount,
    DecidedCount,
    Standing,
    kept,
    mondays,
    placed,
    standing,
)
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may, require

_queries = load_queries("tongban.cases.oversight")


class Seen(Struct, frozen=True):
    """Whose numbers somebody reads exactly (``exact``) and whose only where they are not small (``all``)."""

    all: tuple[str, ...]
    exact: tuple[str, ...]


def departments_seen(kernel: Kernel, actor: Actor, region: str) -> Seen:
    """The departments of a region as ``actor`` may see them. Raises ``NotAllowed``, ``UnknownRegion``."""
    subject = Subject(region=region)
    require(actor, "league.read", subject)
    every = tuple(department.id for department in kernel.directory.region(region).departments)
    if may(actor, "region.supervise", subject):
        return Seen(every, every)
    own = set(actor.departments(region, "head"))
    return Seen(every, tuple(one for one in every if one in own))


class LeagueRow(Struct, frozen=True):
    """One row with its name. ``own``: the reader's duty, so its counts are exact."""

    name: str
    standing: Standing
    own: bool


class League(Struct, frozen=True):
    """The table of one region over some weeks, and the regions of the node beside each other."""

    region: str
    region_name: str
    since: dt.date
    until: dt.date
    at: dt.datetime
    departments: list[LeagueRow]
    regions: list[LeagueRow]
    total: Standing


async def league(kernel: Kernel, actor: Actor, region: str, weeks: int = 12) -> League:
    """The league table of ``region`` over the last ``weeks`` weeks, this one included. Raises ``NotAllowed``.

    Departments that had nothing to do in that time are left out.
    """
    seen = departments_seen(kernel, actor, region)
    async with kernel.database.connection() as connection:
        now = await platform_now(connection)
        firsts = mondays(local_day(now), weeks)
        counted = {
            one: await _count(connection, kernel, one, firsts, local_day(now)) for one in kernel.directory.regions
        }
    here = counted[region]
    rows = [standing(one, [one], here, firsts, kernel.calendar_in(region)) for one in seen.all]
    busy = [row for row in rows if any((row.decided, row.overdue, row.tickets))]
    everywhere = [standing(one, _all(kernel, one), counted[one], firsts, kernel.calendar_in(one)) for one in counted]
    own_regions = [one for one in counted if may(actor, "region.supervise", Subject(region=one))]
    total = standing(region, seen.all, here, firsts, kernel.calendar_in(region))
    return League(
        region=region,
        region_name=kernel.directory.region(region).name,
        since=firsts[0],
        until=local_day(now),
        at=now,
        departments=[_row(kernel, region, one, one.id in seen.exact) for one in placed(kept(busy, seen.exact))],
        regions=[_region(kernel, one, one.id in own_regions) for one in placed(kept(everywhere, own_regions))],
        total=msgspec.structs.replace(kept([total], own_regions)[0], weeks=()),
    )


def _all(kernel: Kernel, region: str) -> list[str]:
    return [department.id for department in kernel.directory.region(region).departments]


def _row(kernel: Kernel, region: str, row: Standing, own: bool) -> LeagueRow:
    found = kernel.directory.department(region, row.id)
    return LeagueRow(found.name if found else row.id, row, own)


def _region(kernel: Kernel, row: Standing, own: bool) -> LeagueRow:
    # A region's weeks beside those of its departments would tell what is hidden there.
    shown = row if own else msgspec.structs.replace(row, weeks=())
    return LeagueRow(kernel.directory.region(row.id).name, shown, own)


async def _count(connection: Connection, kernel: Kernel, region: str, weeks: list[dt.date], today: dt.date) -> Counted:
    place: dict[str, Any] = {"region": region, "departments": _all(kernel, region)}
    since = dt.datetime.combine(weeks[0], dt.time(), CST)
    span = {"since": since, "until": dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), CST)}
    decided = [row._asdict() async for row in _queries.league_decided(connection, **place, **span)]
    overdue = {row.department: row.n async for row in _queries.league_overdue(connection, **place, today=today)}
    tickets = [row._asdict() async for row in _queries.league_tickets(connection, **place, **span)]
    reopened = [row._asdict() async for row in _queries.league_reopened(connection, **place, **span)]
    return Counted(
        decided=msgspec.convert(decided, list[DecidedCount]),
        overdue=overdue,
        tickets=msgspec.convert(tickets, list[DayCount]),
        reopened=msgspec.convert(reopened, list[DayCount]),
    )
