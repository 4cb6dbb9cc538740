"""What an answer to a person's request brings about, in the transaction of the answer; and what who answers is shown.

Called by ``oversight.tickets`` when the ticket of a request is answered, and by its page.
"""

import datetime as dt
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.models import Ticket
from tongban.cases.rights.deleting import delete, findings
from tongban.cases.rights.models import Found, Told, Whose, context
from tongban.resources.consenting.restricting import restrict

_queries = load_queries("tongban.cases.rights")


async def carry_out(connection: Connection, region: str, ticket: UUID, granted: bool, now: dt.datetime) -> None:
    """Do what the answer to a request says, and keep with it what was found. A copy is made by a job afterwards."""
    with as_platform("an answered request is carried out for the person who asked, whoever answers"):
        row = await _queries.request_of(connection, region=region, ticket=ticket)
        whose = Whose(row.region, row.ticket, row.kind, row.account, row.person_key)
        found: list[Found] = []
        if whose.kind == "deletion":
            found = await (delete if granted else findings)(connection, whose, now)
        elif whose.kind == "restriction" and granted:
            await restrict(connection, region, ticket, whose.person_key, now)
        await _queries.put_outcome(
            connection,
            region=region,
            ticket=ticket,
            outcome="granted" if granted else "refused",
            now=now,
            found=Jsonb(msgspec.to_builtins(found)) if found else None,
        )


async def told(connection: Connection, kernel: Kernel, ticket: Ticket, now: dt.datetime) -> Told | None:
    """What a ticket's page says about the request; None where the reader has nothing to do with it."""
    region = ticket.region
    row = await _queries.request_of(connection, region=region, ticket=ticket.id)
    if row is None:
        return None
    whose = Whose(row.region, row.ticket, row.kind, row.account, row.person_key)
    found = tuple(msgspec.convert(row.found or [], list[Found]))
    if whose.kind == "deletion" and ticket.state == "open":
        with as_platform("a request is weighed: counts of the person's records, nothing of what they hold"):
            found = tuple(await findings(connection, whose, now))
    name = (await _queries.asker(connection, account=row.account)).name
    text = kernel.vault.open(row.sealed, context(region, ticket.id)).decode()
    by = None if row.asked_by is None else (await _queries.asker(connection, account=row.asked_by)).name
    return Told(whose.kind, name, text, None if ticket.state == "open" else row.outcome, found, by)
