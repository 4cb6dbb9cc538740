"""One's own sessions: which there are, ended one by one or all others at once, and proved anew.

Called by the account's page, by step-up, and when a password changes. A session that was proved anew gets another
secret, so that one that was known before is worth nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_secret
from tongban.basics.sql import load_queries
from tongban.parties.actions import STRONG, STRONG_LASTS, SessionKind, digest_of
from tongban.parties.errors import NotSignedIn
from tongban.parties.log_in.recording import note
from tongban.parties.models import Actor, Factor

_queries = load_queries("tongban.parties.log_in")


class Session(Struct, frozen=True):
    """An open session. ``agent``: what the device calls itself; ``source``: its network, cut short."""

    id: UUID
    kind: SessionKind
    agent: str
    source: str
    factors: list[Factor]
    created_at: datetime
    used_at: datetime
    expires_at: datetime


async def sessions_of(connection: Connection, account: UUID) -> list[Session]:
    """The open sessions of an account, the one used last first, at most 100."""
    rows = [row async for row in _queries.sessions_of(connection, account=account)]
    return [msgspec.convert(row._asdict(), Session, builtin_types=(UUID, datetime)) for row in rows]


async def end_session(connection: Connection, actor: Actor, session: UUID) -> bool:
    """End one of one's own sessions; returns whether there was one."""
    async with connection.transaction():
        ended = await _queries.end_session(connection, account=actor.account, session=session)
        if ended is not None:
            await note(connection, "session_ended", actor.account, await platform_now(connection))
    return ended is not None


async def end_others(connection: Connection, actor: Actor) -> int:
    """End all of one's own sessions but the one that asks; returns how many there were."""
    async with connection.transaction():
        gone: int = await _queries.end_other_sessions(connection, account=actor.account, session=actor.session)
        await note(connection, "sessions_ended", actor.account, await platform_now(connection), count=gone)
    return gone


async def proved_again(connection: Connection, secret: str, factors: Sequence[Factor]) -> str:
    """The session behind ``secret`` was proved by ``factors``; returns its new secret. Raises ``NotSignedIn``."""
    fresh = new_secret()
    strong = STRONG_LASTS if STRONG.intersection(factors) else None
    row = await _queries.renew_session(
        connection, digest=digest_of(secret), fresh=digest_of(fresh), factors=list(factors), strong=strong
    )
    if row is None:
        raise NotSignedIn()
    return fresh
