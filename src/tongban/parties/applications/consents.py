"""What people agree to, and take back: it works at once, and both stand in the ledger.

Called by the page on which somebody agrees, by ``/account/applications``, and by the API.
"""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.applications.ending import end, end_all
from tongban.parties.applications.errors import ApplicationUnknown
from tongban.parties.applications.models import Application, Consent
from tongban.parties.applications.reading import find, queries, registration_of
from tongban.parties.applications.scopes import ENTERPRISE, in_order
from tongban.parties.models import Actor


async def give(
    connection: Connection,
    actor: Actor,
    application: Application,
    scopes: set[str],
    enterprise: UUID | None,
    now: dt.datetime,
) -> None:
    """Record that ``actor`` agrees; what was agreed before is part of it. Raises ``MayNotActFor`` for a strange hat."""
    standing = await queries.consent_of(connection, account=actor.account, application=application.id)
    agreed = in_order(scopes | set(standing.scopes if standing else ()))
    place = {"account": actor.account, "application": application.id}
    async with connection.transaction():
        await queries.put_consent(connection, **place, scopes=agreed, enterprise=enterprise, now=now)
        facts = {"scopes": agreed, "enterprise": str(enterprise) if enterprise else None}
        await _note(connection, actor, application, "given", facts, now)


async def covers(
    connection: Connection, actor: Actor, application: Application, scopes: set[str]
) -> tuple[bool, UUID | None]:
    """Whether what stands agreed covers ``scopes`` for a hat that can still be worn; and which hat."""
    standing = await queries.consent_of(connection, account=actor.account, application=application.id)
    if standing is None or not scopes <= set(standing.scopes):
        return False, None
    if ENTERPRISE in scopes and standing.enterprise and actor.mandate(standing.enterprise) is None:
        return False, None
    return True, standing.enterprise


async def mine(connection: Connection, actor: Actor) -> list[Consent]:
    """What ``actor`` agreed to and did not take back, the newest first."""
    rows = queries.consents_of(connection, account=actor.account)
    return [_consent(row) async for row in rows]


def _consent(row: object) -> Consent:
    stated = registration_of(getattr(row, "stated"))  # noqa: B009
    names = ("application", "region", "enterprise", "given_at", "last_used")
    values = {name: getattr(row, name) for name in names}
    scopes = tuple(getattr(row, "scopes"))  # noqa: B009
    return Consent(name=stated.name, purpose=stated.purpose, department=stated.department, scopes=scopes, **values)


async def withdraw(
    connection: Connection, vault: Vault, actor: Actor, application_id: UUID, now: dt.datetime
) -> Application:
    """Take an agreement back: every sign-in of ``actor`` at the application ends with it.

    Returns the application. Raises ``ApplicationUnknown`` where nothing was agreed.
    """
    application = await find(connection, application_id)
    async with connection.transaction():
        row = await queries.withdraw_consent(connection, account=actor.account, application=application_id, now=now)
        if row is None or application is None:
            raise ApplicationUnknown()
        ended = await end_all(connection, vault, application, "withdrawn", now, actor.account)
        await _note(connection, actor, application, "withdrawn", {"scopes": row.scopes, "ended": ended}, now)
    return application


async def withdraw_all(connection: Connection, vault: Vault, actor: Actor, now: dt.datetime) -> None:
    """Take every agreement back, and end every sign-in of ``actor`` at whatever application: the account is closed."""
    for one in await mine(connection, actor):
        await withdraw(connection, vault, actor, one.application, now)
    for row in [row async for row in queries.living_of(connection, account=actor.account)]:
        await end(connection, vault, row.id, "closed", now)


async def _note(
    connection: Connection,
    actor: Actor,
    application: Application,
    act: str,
    facts: Mapping[str, object],
    now: dt.datetime,
) -> None:
    told = {"application": str(application.id), "name": application.stated.name, **facts}
    entry = prepare(application.region, f"application_consent.{act}", application.id, told, now, actor.id_key)
    await record(connection, entry)
