"""Find abnormal cases: a batch of those that are due to be looked at, in one transaction.

Called by the jobs process within a second of every event (through the outbox) and by the clock. Work goes with
open cases and what was touched, never with what is past: a case that can set off nothing more leaves the list.
A worker that was stopped finds its list as it left it; two workers share it, because whoever looks locks the row.
"""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.models import Finding, Key, Watched
from tongban.cases.oversight.names import Days
from tongban.cases.oversight.reading import sight_of, watched_cases
from tongban.cases.oversight.recording import NewTicket, hold_ticket, open_ticket, write_ticket
from tongban.cases.oversight.tickets import reopen
from tongban.cases.oversight.watching import PinnedJourney, findings, next_look

_queries = load_queries("tongban.cases.oversight")
_log = logging.getLogger(__name__)
BATCH = 100
LATER = dt.timedelta(hours=1)
"""When a case that could not be judged is looked at again."""


class Looked(Struct, frozen=True):
    """What one batch came to: cases looked at, tickets opened, tickets reopened."""

    cases: int = 0
    opened: int = 0
    reopened: int = 0


async def look_soon(connection: Connection, region: str, case_id: UUID) -> None:
    """Have a case looked at now, decided together with the caller's transaction."""
    await _queries.look_soon(connection, region=region, case_id=case_id)


async def take_up_watches(kernel: Kernel) -> bool:
    """Look at every listed case again if other watches are installed than before. Whether they were."""
    async with kernel.database.transaction() as connection:
        if await _queries.watch_set(connection, digest=kernel.oversight.digest) is None:
            return False
        await _queries.look_at_all(connection)
    return True


async def look(kernel: Kernel, most: int = BATCH) -> Looked:
    """Look at up to ``most`` cases that are due; every find becomes a ticket, or reopens the one that was cured."""
    async with kernel.database.transaction() as connection:
        rows = [row async for row in _queries.due_looks(connection, most=most)]
        if not rows:
            return Looked()
        keys, now = [(row.region, row.case_id) for row in rows], rows[0].now
        judged = [_judge(kernel, one, now) for one in await watched_cases(connection, keys)]
        opened, reopened = await _follow_up(connection, kernel, judged, keys, now)
        await _look_again(connection, keys, {(j.watched.region, j.watched.id): j.again for j in judged})
    return Looked(len(keys), opened, reopened)


class _Judged(Struct, frozen=True):
    watched: Watched
    findings: tuple[Finding, ...]
    again: dt.datetime | None


def _judge(kernel: Kernel, watched: Watched, now: dt.datetime) -> _Judged:
    watches, today = kernel.oversight.watches, local_day(now)
    try:
        sight = sight_of(kernel, watched)
        found = findings(watches, sight, Days(today, kernel.calendar_in(watched.region)))
        return _Judged(watched, tuple(found), next_look(watches, sight, today, kernel.calendar_in(watched.region)))
    except TongbanError as error:
        _log.error("case %s could not be judged: %s", watched.number, error.code)
        return _Judged(watched, (), now + LATER)


async def _follow_up(
    connection: Connection, kernel: Kernel, judged: Sequence[_Judged], keys: Sequence[Key], now: dt.datetime
) -> tuple[int, int]:
    way = kernel.oversight.tickets
    if way is None or not any(one.findings for one in judged):
        return 0, 0
    regions, ids = [region for region, _ in keys], [case for _, case in keys]
    known = {
        (row.region, row.case_id, row.watch, row.task): row
        async for row in _queries.tickets_about(connection, regions=regions, ids=ids)
    }
    opened = reopened = 0
    for one in judged:
        for finding in one.findings:
            row = known.get((one.watched.region, one.watched.id, finding.watch, finding.task))
            if row is None:
                opened += await _open(connection, kernel, one.watched, finding, way, now)
            elif row.state == "closed" and row.verdict == "cured":
                reopened += await _recur(connection, kernel, row.region, row.id, finding)
    return opened, reopened


async def _open(
    connection: Connection, kernel: Kernel, watched: Watched, finding: Finding, way: PinnedJourney, now: dt.datetime
) -> bool:
    watch = next(one for one in kernel.oversight.watches if one.watch.id == finding.watch)
    return await open_ticket(connection, kernel, NewTicket(finding, watch, watched, way), now) is not None


async def _recur(connection: Connection, kernel: Kernel, region: str, ticket: UUID, finding: Finding) -> bool:
    held = await hold_ticket(connection, kernel, region, ticket)
    if held is None or held.ticket.verdict != "cured":
        return False
    reopen(kernel, held, "recurred", facts=finding.facts)
    await write_ticket(connection, kernel, held)
    return True


async def _look_again(connection: Connection, keys: Sequence[Key], again: Mapping[Key, dt.datetime | None]) -> None:
    later = [(key, at) for key in keys if (at := again.get(key)) is not None]
    done = [key for key in keys if again.get(key) is None]
    if later:
        regions, ids = [key[0] for key, _ in later], [key[1] for key, _ in later]
        await _queries.set_looks(connection, regions=regions, ids=ids, ats=[at for _, at in later])
    if done:
        await _queries.drop_looks(connection, regions=[key[0] for key in done], ids=[key[1] for key in done])
