"""What the ledger says of appointments, and who is told: ids and capacities, never a name or a number.

Persons and enterprises are national, so the entries stand under the nation's code, about the enterprise or the person's
account. The jobs process tells everybody concerned (``tongban.jobs.appointments``).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.parties.models import Actor

queries = load_queries("tongban.parties.appointing")
_basics = load_queries("tongban.basics")


async def note(
    connection: Connection, actor: Actor, act: str, row: Any, now: dt.datetime, tell: Iterable[UUID]
) -> None:
    """Record ``appointment.<act>`` of ``row`` by ``actor`` in the caller's transaction; ``tell``: accounts to tell."""
    subject = row.enterprise or row.principal
    facts = {
        "appointment": str(row.id),
        "capacity": row.capacity,
        "services": list(row.services) if row.services else None,
        "until": row.until.isoformat() if row.until else None,
        "by": str(actor.account),
    }
    entry = prepare(NATION, f"appointment.{act}", subject, facts, now, person_key=row.person_key)
    await record(connection, entry)
    told = [str(account) for account in dict.fromkeys(tell) if account != actor.account]
    payload = {"accounts": told, "subject": str(subject), "enterprise": row.enterprise is not None}
    payload |= {"for_name": row.for_name, "name": row.name, "capacity": row.capacity}
    await _basics.put_message(connection, region=NATION, id=entry.id, topic=entry.kind, payload=Jsonb(payload))


async def concerned(connection: Connection, row: Any) -> list[UUID]:
    """The accounts of who is appointed, of who appointed, and of the legal representatives or the person themself."""
    found: list[UUID] = [row.offered_by] if row.offered_by else []
    if row.person is not None:
        found += [one.id async for one in queries.accounts_of_person(connection, person=row.person)]
    elif row.person_key is not None:
        found += [one.id async for one in queries.accounts_of_key(connection, key=row.person_key)]
    if row.enterprise is not None:
        found += [one.account async for one in queries.heads_of(connection, enterprise=row.enterprise) if one.account]
    else:
        found.append(row.principal)
    return found
