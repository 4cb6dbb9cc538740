"""How long data may be asked for while the log's witness is away: by grade and importance, each from a day on.

Called by ``outages``, the doctor and ``tongban exchange limit``. The figures are a deployment's choice, not law; what
they rest on stands beside each. A higher grade never waits later than a lower one, on any day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.resources.definitions import Grade, Importance
from tongban.resources.exchange.errors import LimitUnfit

_queries = load_queries("tongban.resources.exchange", "limits.sql")
GRADES, IMPORTANCE = get_args(Grade), get_args(Importance)
"""Lowest first."""
EVERYWHERE = "000000"
FOREVER = dt.timedelta.max


class Limit(Struct, frozen=True):
    """From ``valid_from`` on (a day in China) data of ``kind`` wait after ``hours`` (None: never); ``basis``: why."""

    kind: str
    valid_from: dt.date
    hours: int | None
    basis: str


class Policy(Struct, frozen=True):
    """The limits of one day, by grade or importance. What is in it without a limit never waits; the shortest counts."""

    limits: Mapping[str, dt.timedelta]

    def limit(self, grade: str, importance: str) -> dt.timedelta | None:
        """The longest that such data may be asked for."""
        return min((self.limits[kind] for kind in (grade, importance) if kind in self.limits), default=None)

    def ordered(self) -> bool:
        """Whether what is higher never waits later than what is lower."""
        for kinds in (GRADES, IMPORTANCE):
            lasts = [self.limits.get(kind, FOREVER) for kind in kinds]
            if lasts != sorted(lasts, reverse=True):
                return False
        return True


def policy_on(limits: Iterable[Limit], day: dt.date) -> Policy:
    """What is in force on ``day``."""
    newest: dict[str, Limit] = {}
    for limit in limits:
        held = newest.get(limit.kind)
        if limit.valid_from <= day and (held is None or held.valid_from < limit.valid_from):
            newest[limit.kind] = limit
    return Policy({one.kind: dt.timedelta(hours=one.hours) for one in newest.values() if one.hours is not None})


async def all_limits(connection: Connection) -> list[Limit]:
    """Every limit that was ever set, past and coming ones with it."""
    return [Limit(*row) async for row in _queries.limits(connection)]


async def policy_now(connection: Connection) -> Policy:
    """What is in force today."""
    return policy_on(await all_limits(connection), await _queries.today(connection))


async def change_limit(connection: Connection, limit: Limit, now: dt.datetime) -> None:
    """Put ``limit`` in force from its day on, and record it. Raises ``LimitUnfit``.

    A day that has passed can not be given another figure: what waited then, waited.
    """
    async with connection.transaction():
        await _queries.lock_limits(connection)
        today: dt.date = await _queries.today(connection)
        before = await all_limits(connection)
        _check(limit, before, today)
        await _queries.put_limit(
            connection, kind=limit.kind, valid_from=limit.valid_from, hours=limit.hours, basis=limit.basis
        )
        data = {"kind": limit.kind, "from": limit.valid_from.isoformat(), "hours": limit.hours, "basis": limit.basis}
        await record(connection, prepare(EVERYWHERE, "exchange.limit_changed", new_id(), data, now))


def _check(limit: Limit, before: Sequence[Limit], today: dt.date) -> None:
    if limit.kind not in (*GRADES, *IMPORTANCE):
        raise LimitUnfit(what="kind", reason=f"{limit.kind}: {', '.join((*GRADES, *IMPORTANCE))}")
    if limit.hours is not None and not 0 < limit.hours <= 24 * 366:
        raise LimitUnfit(what="hours", reason=f"{limit.hours}: 1–{24 * 366}")
    if limit.valid_from < today:
        raise LimitUnfit(what="from", reason=f"{limit.valid_from} < {today}")
    if not limit.basis.strip():
        raise LimitUnfit(what="basis", reason="–")
    kept = [one for one in before if (one.kind, one.valid_from) != (limit.kind, limit.valid_from)]
    days = sorted({limit.valid_from, *(one.valid_from for one in kept if one.valid_from > limit.valid_from)})
    for day in days:
        if not policy_on([*kept, limit], day).ordered():
            raise LimitUnfit(what="hours", reason=f"{day}: {' ≥ '.join(GRADES)}; {' ≥ '.join(IMPORTANCE)}")
