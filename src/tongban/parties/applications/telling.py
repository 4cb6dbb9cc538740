"""Tell applications that a sign-in ended (OpenID Connect Back-Channel Logout 1.0): who is due, what became of it.

Called by the jobs process, which carries the message over the network.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.parties.applications.hints import logout_token
from tongban.parties.applications.provider import IdentityProvider
from tongban.parties.applications.reading import find, queries

MOST_TRIES = 8
PAUSE = dt.timedelta(seconds=30)
"""Before the second try; twice as long before every further one."""


class Telling(Struct, frozen=True):
    """One message: to which address, and the signed token that it carries."""

    id: UUID
    address: str
    token: str
    tries: int


async def due(connection: Connection, provider: IdentityProvider) -> list[Telling]:
    """The messages to try now; each is this caller's for half a minute."""
    found = []
    async for row in queries.notices_due(connection):
        application = await find(connection, row.application)
        algorithm = application.stated.algorithm if application else "ES256"
        token = logout_token(provider.issuer, provider.keys, algorithm, row.application, row.subject, row.authorization)
        found.append(Telling(row.id, row.address, token, row.tries))
    return found


async def told(connection: Connection, one: Telling, answer: str) -> None:
    """The application knows."""
    await queries.notice_told(connection, id=one.id, answer=answer)


async def failed(connection: Connection, one: Telling, answer: str) -> None:
    """It did not take it: again later, or no more after an hour."""
    again, last = PAUSE * 2 ** (one.tries - 1), one.tries >= MOST_TRIES
    await queries.notice_failed(connection, id=one.id, answer=answer[:100], again=again, last=last)


async def tidy(connection: Connection) -> None:
    """What is past its use goes: sign-ins long over, refusals and messages of last season."""
    await queries.forget_old(connection)
    await queries.forget_old_rows(connection)
