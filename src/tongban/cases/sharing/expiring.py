"""Tell both sides of a grant that it ends soon: once at each declared distance. Called by the jobs process.

The distances are dated limits (``sharing-expiry-first``, ``sharing-expiry-last``, in calendar days). Whoever was told
stands in the store, so a process that was away tells what it missed, and no one twice.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection, platform_now
from tongban.cases.clock.errors import LimitUnknown
from tongban.cases.kernel import Kernel
from tongban.cases.sharing.standing import provider_of
from tongban.resources.grants import queries
from tongban.resources.models import grant_of

LIMITS = ("sharing-expiry-last", "sharing-expiry-first")


class Ending(Struct, frozen=True):
    """A grant that ends soon, and the departments that must hear of it."""

    region: str
    grant: UUID
    resource: str
    consumer: str
    provider: str
    until: dt.datetime
    now: dt.datetime


async def take_ending(connection: Connection, kernel: Kernel, region: str) -> list[Ending]:
    """Grants whose sides are to be told now, marked as told in the caller's transaction; at most a hundred a distance.

    Where no pack declares a distance, nobody is told.
    """
    now = await platform_now(connection)
    found: dict[UUID, Ending] = {}
    for limit in LIMITS:
        days = _days(kernel, region, limit, now)
        if days is None:
            continue
        rows = [grant_of(row) async for row in queries.grants_ending(connection, region=region, days=days)]
        for grant in rows:
            names = {"region": region, "grant_id": grant.id, "valid_until": grant.valid_until, "now": now}
            await queries.remind(connection, **names, days=days)
            provider = provider_of(kernel, grant)
            found[grant.id] = Ending(region, grant.id, grant.resource, grant.consumer, provider, grant.valid_until, now)
    return list(found.values())


def _days(kernel: Kernel, region: str, limit: str, now: dt.datetime) -> int | None:
    try:
        return kernel.limits.at(limit, region, local_day(now)).days
    except LimitUnknown:
        return None
