"""One-time links: the first sign-in of somebody invited, and the way back into an account that was lost.

Made for a new official, for the first administrators, and after a recovery was decided. The secret is shown once; a
link works once, whoever else opens it at the same moment, and a newer one replaces it. Called by the organisation,
the commands, the recovery and the page that takes a link up.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id, new_secret
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import digest_of
from tongban.parties.log_in.errors import InvitationUnfit
from tongban.parties.log_in.owners import earlier_hashes, owner_of, read_owner
from tongban.parties.log_in.passwords import KEPT, check_new, hash_password
from tongban.parties.log_in.recording import note

Purpose = Literal["first-sign-in", "recovery"]
_queries = load_queries("tongban.parties.log_in")


class Invitation(Struct, frozen=True):
    """A link that is still good: for whom and why, and until when."""

    account: UUID
    purpose: Purpose
    login: str
    name: str
    expires_at: datetime


async def invite(connection: Connection, account: UUID, purpose: Purpose, by: UUID | None, lasts: timedelta) -> str:
    """Make a one-time link for ``account``; returns its secret, which is nowhere else. Earlier ones end.

    ``by``: the account of who invites, None for the node itself. The address is ``/invitation/`` and the secret.
    """
    secret, link = new_secret(), new_id()
    async with connection.transaction():
        now = await platform_now(connection)
        await _queries.end_invitations(connection, account=account, now=now)
        await _queries.put_invitation(
            connection, digest=digest_of(secret), id=link, account=account, purpose=purpose, by=by, now=now, lasts=lasts
        )
        inviter = str(by) if by else None
        await note(connection, "invited", account, now, invitation=str(link), purpose=purpose, by=inviter)
    return secret


async def read_invitation(connection: Connection, secret: str) -> Invitation:
    """The open link behind ``secret``; looking changes nothing. Raises ``InvitationUnfit``."""
    row = await _queries.invitation(connection, digest=digest_of(secret))
    if row is None:
        raise InvitationUnfit()
    return Invitation(row.account, row.purpose, row.login, row.name, row.expires_at)


async def take_up(connection: Connection, secret: str, password: str, vault: Vault | None = None) -> UUID:
    """Set ``password`` by a one-time link; returns the account. All its sessions end.

    With ``vault`` the password is also held against the owner's telephone number. A refused password leaves the link
    good. Raises ``InvitationUnfit``, ``PasswordUnfit``.
    """
    invitation = await read_invitation(connection, secret)
    owner = await read_owner(connection, invitation.account)
    await check_new(password, owner_of(owner, vault), await earlier_hashes(connection, owner))
    hashed = await hash_password(password)
    async with connection.transaction():
        now = await platform_now(connection)
        row = await _queries.use_invitation(connection, digest=digest_of(secret), now=now)
        if row is None:
            raise InvitationUnfit()
        await _queries.put_password(connection, account=row.account, password_hash=hashed, now=now, most=KEPT)
        await _queries.end_sessions(connection, account=row.account, but=None)
        if row.purpose == "recovery":
            await _queries.forget_second(connection, account=row.account)
            await _queries.forget_passkeys(connection, account=row.account)
        await note(connection, "taken_up", row.account, now, invitation=str(row.id), purpose=row.purpose)
    account: UUID = row.account
    return account
