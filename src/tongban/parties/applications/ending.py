"""End sign-ins at applications, each as a whole, and say so to the applications that want to know.

Called when somebody takes an agreement back or signs out, when a code or token is brought twice, when an application
is closed, and by the jobs process for sessions that ended in any other way.
"""

import datetime as dt
from uuid import UUID

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.applications.models import Application, Why
from tongban.parties.applications.reading import find, queries, registration_of
from tongban.parties.applications.rules import subject_of


async def end(connection: Connection, vault: Vault, authorization: UUID, why: Why, now: dt.datetime) -> bool:
    """End one sign-in with all its codes and tokens; whether it lived until now. In the caller's transaction."""
    row = await queries.end_authorization(connection, id=authorization, why=why)
    if row is None:
        return False
    facts = {"application": str(row.application), "why": why}
    await record(connection, prepare(row.region, "authorization.ended", authorization, facts, now))
    address = registration_of(row.stated).sign_out_notice
    application = await find(connection, row.application)
    if address and row.person and application:
        subject = subject_of(vault, application, row.person)
        order = {"id": new_id(), "application": row.application, "authorization": authorization}
        await queries.put_notice(connection, **order, subject=subject, address=address)
    return True


async def end_all(
    connection: Connection,
    vault: Vault,
    application: Application,
    why: Why,
    now: dt.datetime,
    account: UUID | None = None,
) -> int:
    """End every sign-in at ``application``, of ``account`` or of everybody; how many."""
    living = [row.id async for row in queries.living_at(connection, application=application.id, account=account)]
    return sum([await end(connection, vault, one, why, now) for one in living])


async def end_with_session(connection: Connection, vault: Vault, session: UUID, now: dt.datetime) -> int:
    """End every sign-in that rests on this browser session; how many."""
    living = [row.id async for row in queries.living_on(connection, session=session)]
    return sum([await end(connection, vault, one, "signed-out", now) for one in living])


async def end_gone(connection: Connection, vault: Vault) -> int:
    """End a batch of sign-ins whose browser session is gone, however it ended; how many."""
    async with connection.transaction():
        found = [row.id async for row in queries.gone(connection)]
        if not found:
            return 0
        now = await platform_now(connection)
        return sum([await end(connection, vault, one, "signed-out", now) for one in found])
