"""End everything by which somebody acts for others, or others for them, because they close their account."""

import datetime as dt

from tongban.basics.database import Connection
from tongban.parties.appointing.actions import end
from tongban.parties.appointing.recording import queries
from tongban.parties.models import Actor


async def leave_all(connection: Connection, actor: Actor, now: dt.datetime) -> int:
    """End what ``actor`` accepted, and whom they let or asked to act for themself; everybody concerned is told.

    How many. In the caller's transaction.
    """
    rows = queries.standing_of(connection, person=actor.person, account=actor.account)
    standing = [row.id async for row in rows]
    for appointment in standing:
        await end(connection, actor, appointment, now)
    return len(standing)
