"""Whose data are not looked up by consent any more, until they say otherwise.

The checkpoint of look-ups (``consenting.actions.stands``) asks with every look-up by consent; look-ups by statutory
duty go on. Law followed: Personal Information Protection Law 个人信息保护法 article 44 (to restrict how one's data are
handled).
"""

import datetime as dt
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record

_queries = load_queries("tongban.resources.consenting")


async def restrict(connection: Connection, region: str, ticket: UUID, person_key: bytes, now: dt.datetime) -> None:
    """From now on no look-up of this person's data rests on consent, by the request that is ``ticket``; recorded.

    In the caller's transaction.
    """
    await _queries.restrict(connection, region=region, ticket=ticket, person_key=person_key, now=now)
    await record(connection, prepare(region, "use.restricted", ticket, {}, now, person_key=person_key))


async def lift(connection: Connection, person_key: bytes, now: dt.datetime) -> int:
    """Look-ups by consent may be made again; how many restrictions ended, each recorded."""
    ended = [row async for row in _queries.lift(connection, person_key=person_key, now=now)]
    for row in ended:
        await record(connection, prepare(row.region, "use.unrestricted", row.ticket, {}, now, person_key=person_key))
    return len(ended)


async def restricted_since(connection: Connection, person_key: bytes) -> dt.datetime | None:
    """Since when this person's data are not looked up by consent; None when they may be."""
    since: dt.datetime | None = await _queries.restricted_since(connection, person_key=person_key)
    return since
