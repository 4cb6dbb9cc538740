"""Risky use of the exchange becomes a ticket to the consumer's department, verified by whoever the watch names.

Called by the jobs process. One ticket a watch, officer or system, and day; many workers may look at once. Its answer
"corrected" is believed when nothing of the sort has happened since the ticket was opened: the same rule is asked again.
"""

import datetime as dt
from uuid import NAMESPACE_OID, uuid5

from tongban.basics.calendar import CST
from tongban.basics.database import Connection, platform_now
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.models import Finding, Ticket, UseSubject
from tongban.cases.oversight.recording import NewTicket, open_ticket
from tongban.cases.oversight.use_names import month_names, use_names
from tongban.cases.oversight.watching import CompiledWatch, PinnedJourney, facts_of
from tongban.resources.exchange.reach import DAYS, Reach, fold, month
from tongban.resources.exchange.risk import Pattern, patterns, regions_asked

WINDOW = dt.timedelta(hours=24)


async def look_at_use(kernel: Kernel, since: dt.datetime) -> int:
    """Judge whoever asked anything after ``since``, by the last 24 hours, and once a day by the month.

    Returns how many tickets were opened.
    """
    watches, way = kernel.oversight.exchange, kernel.oversight.tickets
    if not watches or way is None:
        return 0
    opened = 0
    async with kernel.database.transaction() as connection:
        now = await platform_now(connection)
        for region in await regions_asked(connection, since):
            if region in kernel.directory.regions:
                opened += await _look_in(connection, kernel, region, watches, way, now)
    return opened


async def _look_in(
    connection: Connection,
    kernel: Kernel,
    region: str,
    watches: tuple[CompiledWatch, ...],
    way: PinnedJourney,
    now: dt.datetime,
) -> int:
    seen: list[tuple[Pattern | Reach, dict[str, object]]] = []
    seen += [(found, use_names(found)) for found in await patterns(connection, region, now - WINDOW)]
    if await fold(connection, region, now):
        seen += [(found, month_names(found)) for found in await month(connection, region, _month_ago(now))]
    opened = 0
    for found, values in seen:
        for watch in watches:
            if watch.rule.evaluate(values) is True:
                finding = Finding(watch.watch.id, "", found.consumer, facts_of(watch, values))
                new = NewTicket(finding, watch, _subject(region, found, now), way)
                opened += await open_ticket(connection, kernel, new, now) is not None
    return opened


def _month_ago(now: dt.datetime) -> dt.date:
    return now.astimezone(CST).date() - dt.timedelta(days=DAYS)


def _subject(region: str, found: Pattern | Reach, now: dt.datetime) -> UseSubject:
    day = now.astimezone(CST).date()
    return UseSubject(
        region=region,
        id=uuid5(NAMESPACE_OID, f"{region}/{found.consumer}/{found.who}/{day}"),
        number=f"{found.consumer}/{found.who}",
        lead=found.consumer,
        about="exchange",
        of=(found.consumer, found.who),
    )


async def still_risky(connection: Connection, ticket: Ticket, watch: CompiledWatch, now: dt.datetime) -> bool:
    """Whether what was asked since the ticket was opened sets its watch off (again).

    Counted by the day: at most in the last 24 hours; by the month: on the whole days after the one it was opened on.
    """
    consumer, who = ticket.about_of
    since = max(ticket.opened_at, now - WINDOW)
    seen = [use_names(one) for one in await patterns(connection, ticket.region, since, (consumer, who))]
    after = max(ticket.opened_at.astimezone(CST).date() + dt.timedelta(days=1), _month_ago(now))
    later = await month(connection, ticket.region, after)
    seen += [month_names(one) for one in later if (one.consumer, one.who) == (consumer, who)]
    return any(watch.rule.evaluate(values) is True for values in seen)
