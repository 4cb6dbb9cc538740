"""What may still be asked for while something that trust rests on is away, and since when it is away.

Called by look-ups and the gateway before a provider is asked, and by the doctor. Nothing here can admit a call: grants
and signatures decide that, and an age only makes a call wait. An outage has no switch: when it began is read from
what is stored anyway (heads that wait for the witness, outcomes), so it survives a restart and ends by itself.

The four sources: the *witness* of the log, with the limits of ``limits``; the *grants* (the list of revocations), whose
age is zero because every intent is written only together with its grant in the same statement; *other nodes* and
*connectors*, of whose data nothing is kept to be served in their place, so that a silent one costs its own answers.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from tongban.basics.database import Connection, Database
from tongban.basics.sql import load_queries
from tongban.resources.definitions import Resource
from tongban.resources.exchange.limits import Policy, policy_now
from tongban.resources.grades import highest

_queries = load_queries("tongban.resources.exchange", "outages.sql")
LOOKED_SECONDS = 5.0
"""How long a process goes by the age it last read."""


class Answering(Struct, frozen=True):
    """When a provider's resource, here or at another node (``peer``), last answered, and since when it is silent."""

    resource: str
    peer: str
    good_at: datetime | None
    silent_since: datetime | None


async def witness_away(connection: Connection) -> timedelta:
    """How long the newest head of the log has been without its witness; zero when it has it, or never had one."""
    rows = [row async for row in _queries.witness_away(connection)]
    return timedelta(seconds=rows[0].seconds) if rows else timedelta(0)


async def answering(connection: Connection, since: datetime) -> list[Answering]:
    """Every resource and node that was asked since a moment."""
    return [Answering(**row._asdict()) async for row in _queries.answering(connection, since=since)]


def waits(resource: Resource, fields: Iterable[str], away: timedelta, policy: Policy) -> str | None:
    """Why ``fields`` of ``resource`` are not asked for at this age of the log's witness; None when they are."""
    wanted = set(fields)
    grading = highest(field for field in resource.fields if field.id in wanted)
    limit = policy.limit(grading.grade, grading.importance)
    if limit is None or away <= limit:
        return None
    return f"the log's witness is away for longer than data of grade {grading.grade} may be asked for"


class Trust:
    """The witness's age and the limits in force as one process knows them, read anew when they are some seconds old.

    Fails towards waiting: when they can not be read, the caller's own statements fail as well.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = -LOOKED_SECONDS
        self._away, self._policy = timedelta(0), Policy({})

    async def waits(self, resource: Resource, fields: Iterable[str]) -> str | None:
        """As ``waits``. Raises ``StoreUnavailable``."""
        if time.monotonic() - self._read_at >= LOOKED_SECONDS:
            async with self._database.apart() as connection:
                self._away = await witness_away(connection)
                self._policy = await policy_now(connection) if self._away else self._policy
            self._read_at = time.monotonic()
        return waits(resource, fields, self._away, self._policy)
