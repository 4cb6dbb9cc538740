"""Institutions' systems that keep a region's directory (SCIM): each with a token of its own, shown once.

Such a system speaks as an actor with the role ``provisioner`` in its region and no other: it opens the directory's
verbs and nothing else. Called by the administrators' page, the command and the SCIM door.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id, new_secret
from tongban.parties.actions import Signed, digest_of
from tongban.parties.applications.errors import TokenRefused
from tongban.parties.applications.issuing import institution_for
from tongban.parties.applications.scopes import PROVISION
from tongban.parties.models import Actor, Post
from tongban.parties.organisation.errors import ProvisionerUnknown, unfit
from tongban.parties.organisation.recording import By, must, note, queries


class Provisioner(Struct, frozen=True):
    """A system that may keep the directory, or might once."""

    region: str
    id: UUID
    name: str
    made_at: dt.datetime
    revoked_at: dt.datetime | None = None


async def add_provisioner(connection: Connection, by: By, region: str, name: str, now: dt.datetime) -> str:
    """Let a system called ``name`` keep the directory of ``region``; returns its token.

    Raises ``NotAllowed``, ``Unfit``.
    """
    must(by, "post.govern", region)
    called = name.strip()
    if not 1 <= len(called) <= 50:
        raise unfit("name", "请填写系统名称，最多 50 字", "Give the system's name, at most 50 characters")
    made, secret = new_id(), new_secret()
    async with connection.transaction():
        await queries.put_provisioner(
            connection, region=region, id=made, name=called, digest=digest_of(secret), now=now
        )
        await note(connection, by, region, "provisioner.added", made, now, name=called)
    return secret


async def revoke_provisioner(connection: Connection, by: By, region: str, system: UUID, now: dt.datetime) -> None:
    """Make a token useless at once. Raises ``NotAllowed``, ``ProvisionerUnknown``."""
    must(by, "post.govern", region)
    async with connection.transaction():
        if await queries.revoke_provisioner(connection, region=region, id=system, now=now) is None:
            raise ProvisionerUnknown()
        await note(connection, by, region, "provisioner.revoked", system, now)


async def provisioners(connection: Connection, by: By, region: str) -> list[Provisioner]:
    """The systems of a region, newest first. Raises ``NotAllowed``."""
    must(by, "post.govern", region)
    return [Provisioner(**row._asdict()) async for row in queries.provisioners(connection, region=region)]


async def who_provisions(connection: Connection, token: str) -> tuple[Signed, str]:
    """The system behind a bearer token, with the time, and its region. Raises ``ProvisionerUnknown``, ``ScopeMissing``.

    The token is one that was made here, or that a registered institution got in its own name.
    """
    row = await queries.provisioner(connection, digest=digest_of(token)) if token else None
    if row is not None:
        return _speaking(row.id, row.name, row.region, row.now)
    try:
        found = await institution_for(connection, token, PROVISION)
    except TokenRefused as error:
        raise ProvisionerUnknown() from error
    return _speaking(found.application, found.name, found.region, found.now)


async def note_question(
    connection: Connection, by: Actor, region: str, of: str, attributes: tuple[str, ...], found: int, now: dt.datetime
) -> None:
    """Record that the system ``by`` read the directory: whether it found anybody or not.

    ``of``: what was asked for (Users, Groups, .search); ``attributes``: names that a filter asks about, without values.
    """
    facts = {"of": of, "attributes": attributes, "found": found}
    await note(connection, by, region, "directory.asked", by.account, now, **facts)


def _speaking(system: UUID, name: str, region: str, now: dt.datetime) -> tuple[Signed, str]:
    post = Post(region, "", "provisioner")
    actor = Actor(system, f"scim:{system}", system, name, b"", b"", posts=(post,))
    return Signed(actor, now), region
