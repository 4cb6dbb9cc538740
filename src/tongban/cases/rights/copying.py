"""Make the copy that was agreed to, keep it sealed for its person alone, and let it go when its days are over.

Made by a job after the answer; read by pages and programs as long as it has not expired.
"""

import asyncio
import datetime as dt
from uuid import UUID

import msgspec

from tongban.basics.database import Connection, platform_now
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.rights.asking import wards_of
from tongban.cases.rights.copied import Copy
from tongban.cases.rights.errors import NoCopy
from tongban.cases.rights.gathering import gather
from tongban.ledger.actions import prepare, record
from tongban.parties.actions import find_actor
from tongban.parties.log_in.rules import require_assured
from tongban.parties.models import Actor

_queries = load_queries("tongban.cases.rights")
KEPT = dt.timedelta(days=30)
"""How long a copy can be downloaded; then it is destroyed, and another can be asked for."""


async def make_copy(connection: Connection, kernel: Kernel, region: str, ticket: UUID) -> UUID | None:
    """Make the copy of a request that was granted, once; the account it is for, None where there is nothing to make.

    In the caller's transaction, recorded in the ledger without anything of the person.
    """
    row = await _queries.request_of(connection, region=region, ticket=ticket)
    if row is None or row.kind != "copy" or row.outcome != "granted":
        return None
    actor = await find_actor(connection, account=row.account)
    if actor is None:
        return None
    now = await platform_now(connection)
    content = msgspec.json.encode(await gather(kernel, actor, now))
    sealed = await asyncio.to_thread(kernel.vault.seal, content, context(region, ticket))
    place = {"region": region, "ticket": ticket, "account": row.account}
    if await _queries.put_copy(connection, **place, sealed=sealed, now=now, expires=now + KEPT) is None:
        return None
    data = {"expires": (now + KEPT).isoformat()}
    await record(connection, prepare(region, "rights.copy_made", ticket, data, now, person_key=row.person_key))
    account: UUID = row.account
    return account


async def read_copy(kernel: Kernel, actor: Actor, region: str, ticket: UUID) -> Copy:
    """One's own copy, or a ward's that a guardian asked for; for no agent. Raises ``NoCopy`` alike for nobody's and
    somebody else's, ``AssuranceTooLow``."""
    require_assured(actor, "real-name")
    async with kernel.database.connection() as connection:
        whose = {"account": actor.account, "wards": wards_of(actor)}
        row = await _queries.copy(connection, region=region, ticket=ticket, **whose)
    if row is None:
        raise NoCopy()
    content = await asyncio.to_thread(kernel.vault.open, row.sealed, context(region, ticket))
    return msgspec.json.decode(content, type=Copy)


async def drop_expired(connection: Connection) -> int:
    """Destroy copies whose days are over; how many."""
    return len([row async for row in _queries.drop_expired(connection)])


def context(region: str, ticket: UUID) -> bytes:
    """What binds a copy to its request."""
    return f"rights-copy/{region}/{ticket}".encode()


SEALED = SealedColumn("rights_copies", "sealed", ("region", "ticket"), lambda row: context(row.region, row.ticket))
