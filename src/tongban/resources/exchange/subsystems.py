"""Systems of departments that may call the gateway: each has a token, of which only the hash is kept.

Called by ``tongban exchange`` and, for every call, by the gateway.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id, new_secret
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.parties.actions import digest_of
from tongban.resources.exchange.errors import SubsystemUnknown

_queries = load_queries("tongban.resources.exchange")


class Subsystem(Struct, frozen=True):
    """A calling system: ``member`` is its department's id, ``code`` the department's own name for it."""

    region: str
    id: UUID
    member: str
    code: str


async def register(connection: Connection, region: str, member: str, code: str, now: datetime) -> str:
    """Let ``member``'s system ``code`` call the gateway; returns its token, which is shown this once."""
    token, identifier = new_secret(), new_id()
    async with connection.transaction():
        await _queries.put_subsystem(
            connection, region=region, id=identifier, member=member, code=code, token_hash=digest_of(token), now=now
        )
        data = {"member": member, "code": code}
        await record(connection, prepare(region, "exchange.subsystem_registered", identifier, data, now))
    return token


async def end(connection: Connection, region: str, member: str, code: str, now: datetime) -> int:
    """End every token of a system at once; returns how many. Raises ``SubsystemUnknown`` when it has none."""
    async with connection.transaction():
        found = _queries.end_subsystem(connection, region=region, member=member, code=code, now=now)
        ended = [row.id async for row in found]
        if not ended:
            raise SubsystemUnknown(member=member, subsystem=code)
        facts = {"member": member, "code": code}
        await record(connection, *(prepare(region, "exchange.subsystem_ended", one, facts, now) for one in ended))
    return len(ended)


async def by_token(connection: Connection, token: str) -> Subsystem | None:
    """The system whose token this is, unless it has ended."""
    row = await _queries.subsystem_by_token(connection, token_hash=digest_of(token))
    return None if row is None else Subsystem(row.region, row.id, row.member, row.code)
