"""``tongban exchange limit(s)``: how long data may be asked for while the log's witness is away.

Mounted by ``exchange``.
"""

import datetime as dt

from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection, platform_now
from tongban.cli.running import with_database
from tongban.resources.exchange.limits import Limit, all_limits, change_limit


def limits() -> None:
    """List how long data of each grade and importance may be asked for without the log's witness, by day."""

    async def act(connection: Connection) -> list[Limit]:
        connection.row_factory = namedtuple_row
        return await all_limits(connection)

    for one in with_database(act):
        lasts = "不等待 never waits" if one.hours is None else f"{one.hours} 小时 h"
        print(f"{one.kind:<10} 自 from {one.valid_from}  {lasts}  {one.basis}")


def limit(kind: str, /, *, basis: str, from_: dt.date, hours: int | None = None) -> None:
    """Put another limit in force from a day on.

    Parameters
    ----------
    kind
        L1 to L4, general, important or core.
    basis
        What it rests on: a decision, its number.
    from_
        The first day in China, today or later.
    hours
        After how many hours without the witness such data wait; left out: they never wait.
    """

    async def act(connection: Connection) -> None:
        connection.row_factory = namedtuple_row
        await change_limit(connection, Limit(kind, from_, hours, basis), await platform_now(connection))

    with_database(act)
    limits()
