"""Register applications, change and close them: check, change, record. Administrators of the region do it.

A secret is told once, when it is made; what is kept is its digest. Called by the desk's pages and the API.
"""

import datetime as dt
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.basics.ids import new_id, new_secret
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.actions import digest_of
from tongban.parties.applications import rules
from tongban.parties.applications.ending import end_all
from tongban.parties.applications.errors import ApplicationMoved, ApplicationUnknown, NoSecret, RegistrationUnfit
from tongban.parties.applications.issuing import NOBODY
from tongban.parties.applications.models import Application, Refusal, Registration
from tongban.parties.applications.reading import application_of, queries
from tongban.parties.directory import Directory
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.parties.rules import require as require_may

MANAGE = "application.manage"
OVERLAP = dt.timedelta(days=1)
"""For how long the secret before goes on after a new one was made."""


def regions_of(actor: Actor) -> list[str]:
    """The regions whose applications ``actor`` looks after."""
    return [region for region in actor.regions if may(actor, MANAGE, Subject(region=region))]


def check(directory: Directory, region: str, stated: Registration) -> None:
    """Raise ``RegistrationUnfit`` with every fault."""
    found = rules.faults(stated)
    if stated.department and directory.department(region, stated.department) is None:
        found.append(Fault("department", "本区划没有这个部门", "The region has no such department"))
    if found:
        raise RegistrationUnfit(found)


async def register(
    connection: Connection,
    actor: Actor,
    directory: Directory,
    region: str,
    stated: Registration,
    now: dt.datetime,
    application_id: UUID | None = None,
) -> tuple[Application, str | None]:
    """Register an application; returns it with its secret, which is told now and never again (None: it keeps none).

    Raises ``NotAllowed``, ``UnknownRegion``, ``RegistrationUnfit``.
    """
    require_may(actor, MANAGE, Subject(region=region))
    check(directory, region, stated)
    key, secret = application_id or new_id(), new_secret() if _keeps_secret(stated) else None
    async with connection.transaction():
        await queries.put_application(
            connection,
            id=key,
            region=region,
            stated=Jsonb(msgspec.to_builtins(stated)),
            secret_digest=digest_of(secret) if secret else None,
            registered_by=actor.person,
            now=now,
        )
        made = await _locked(connection, key)
        await _note(connection, made, "registered", actor, now)
    return made, secret


def _keeps_secret(stated: Registration) -> bool:
    return stated.kind != "native" and not stated.keys


async def listed(connection: Connection, actor: Actor) -> list[Application]:
    """The applications of the regions that ``actor`` looks after, those in use first. Raises ``NotAllowed``."""
    regions = regions_of(actor)
    if not regions:
        require_may(actor, MANAGE, Subject(region=""))
    return [application_of(row) async for row in queries.applications_of(connection, regions=regions)]


async def strangers(connection: Connection) -> list[Refusal]:
    """What was refused lately to whoever is registered nowhere. For who may see ``listed``."""
    refused = queries.refusals_of(connection, application=NOBODY)
    return [Refusal(row.minute, row.reason, row.times) async for row in refused]


async def read(connection: Connection, actor: Actor, application_id: UUID) -> Application:
    """One application. Raises ``ApplicationUnknown``."""
    row = await queries.application(connection, id=application_id)
    if row is None or not may(actor, MANAGE, Subject(region=row.region)):
        raise ApplicationUnknown()
    return application_of(row)


async def use_of(connection: Connection, application: Application) -> tuple[int, int, list[Refusal]]:
    """Sign-ins that live, sign-ins of the last thirty days, and what was refused lately."""
    row = await queries.sign_ins_of(connection, application=application.id)
    refused = queries.refusals_of(connection, application=application.id)
    return row.living, row.lately, [Refusal(r.minute, r.reason, r.times) async for r in refused]


async def change(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    directory: Directory,
    application_id: UUID,
    revision: int,
    stated: Registration,
    now: dt.datetime,
) -> Application:
    """State something else from now on. Whoever may do less than before has to sign in there again.

    Raises ``ApplicationUnknown``, ``ApplicationMoved``, ``RegistrationUnfit``.
    """
    async with connection.transaction():
        before = await _managed(connection, actor, application_id)
        if before.revision != revision:
            raise ApplicationMoved()
        check(directory, before.region, stated)
        if stated.kind != before.stated.kind:
            raise RegistrationUnfit([Fault("kind", "类别不能更改，请另行登记", "Its kind can not be changed")])
        if stated == before.stated:
            return before
        await queries.change_application(
            connection,
            id=application_id,
            stated=Jsonb(msgspec.to_builtins(stated)),
            now=now,
            keeps_secret=_keeps_secret(stated),
        )
        after = await _locked(connection, application_id)
        await _note(connection, after, "changed", actor, now, changed=_differing(before.stated, stated))
        if set(before.stated.scopes) - set(stated.scopes) or rules.sector_of(before) != rules.sector_of(after):
            await end_all(connection, vault, after, "changed", now)
    return after


def _differing(before: Registration, after: Registration) -> list[str]:
    return [name for name in Registration.__struct_fields__ if getattr(before, name) != getattr(after, name)]


async def renew_secret(connection: Connection, actor: Actor, application_id: UUID, now: dt.datetime) -> str:
    """A new secret, told now and never again; the old one goes on for a day. Raises as ``read``, and ``NoSecret``."""
    secret = new_secret()
    async with connection.transaction():
        application = await _managed(connection, actor, application_id)
        if not _keeps_secret(application.stated):
            raise NoSecret()
        await queries.renew_secret(connection, id=application_id, digest=digest_of(secret), overlap=OVERLAP, now=now)
        await _note(connection, application, "secret_renewed", actor, now)
    return secret


async def close(connection: Connection, vault: Vault, actor: Actor, application_id: UUID, now: dt.datetime) -> None:
    """Nobody signs in there any more; every sign-in ends at once. Raises as ``read``."""
    async with connection.transaction():
        application = await _managed(connection, actor, application_id)
        if application.closed_at is None:
            await queries.close_application(connection, id=application_id, closed_at=now, now=now)
            await _note(connection, application, "closed", actor, now)
            await end_all(connection, vault, application, "closed", now)


async def reopen(connection: Connection, actor: Actor, application_id: UUID, now: dt.datetime) -> None:
    """Let people sign in there again, each anew. Raises as ``read``."""
    async with connection.transaction():
        application = await _managed(connection, actor, application_id)
        if application.closed_at is not None:
            await queries.close_application(connection, id=application_id, closed_at=None, now=now)
            await _note(connection, application, "reopened", actor, now)


async def _locked(connection: Connection, application_id: UUID) -> Application:
    row = await queries.lock_application(connection, id=application_id)
    if row is None:
        raise ApplicationUnknown()
    return application_of(row)


async def _managed(connection: Connection, actor: Actor, application_id: UUID) -> Application:
    found = await _locked(connection, application_id)
    if not may(actor, MANAGE, Subject(region=found.region)):
        raise ApplicationUnknown()
    return found


async def _note(
    connection: Connection,
    application: Application,
    act: str,
    actor: Actor,
    now: dt.datetime,
    changed: list[str] | None = None,
) -> None:
    facts = {
        "name": application.stated.name,
        "department": application.stated.department,
        "scopes": list(application.stated.scopes),
        "revision": application.revision,
        "by": str(actor.person),
        "changed": changed or [],
    }
    await record(connection, prepare(application.region, f"application.{act}", application.id, facts, now))
