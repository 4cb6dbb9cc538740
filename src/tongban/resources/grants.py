"""Grants come from packs, can be taken back at once, and are given back only on purpose.

Called by the installation of a pack and by data administrators.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.parties.directory import Directory
from tongban.resources.definitions import GrantNeed
from tongban.resources.errors import BadPeriod, UnknownGrant
from tongban.resources.masks.definitions import Mask
from tongban.resources.models import Grant, grant_of

queries = load_queries("tongban.resources")
_INSERTED = tuple(name for name in Grant.__struct_fields__ if name not in ("revoked_at", "revision", "masks"))


async def propose_grants(
    connection: Connection,
    region: str,
    needs: Iterable[GrantNeed],
    directory: Directory,
    pack: str,
    version: str,
    now: datetime,
) -> list[Grant]:
    """Create the grants that a pack version needs in ``region``; return those that are new.

    Doing it again changes nothing, and a need that was revoked stays revoked. Raises ``RoleUnbound`` when
    no department plays a consumer's role, ``UnknownRegion``.
    """
    wanted = [_grant(region, need, directory, pack, version, now) for need in needs]
    async with connection.transaction():
        new = [grant for grant in wanted if await insert(connection, grant)]
        if new:
            facts = [(grant, {**_facts(grant), "fields": grant.fields}) for grant in new]
            await record(connection, *(prepare(region, "grant.created", grant.id, data, now) for grant, data in facts))
    return new


async def grants(connection: Connection, region: str) -> list[Grant]:
    """All grants of ``region``, valid or not, the newest first."""
    return [grant_of(row) async for row in queries.grants_of(connection, region=region)]


async def revoke(connection: Connection, region: str, grant: UUID, reason: str, now: datetime) -> None:
    """End a grant at once and record why. Raises ``UnknownGrant``, also when it was revoked before."""
    async with connection.transaction():
        row = await queries.revoke_grant(connection, region=region, id=grant, now=now)
        await _record(connection, region, grant, "grant.revoked", row, {"reason": reason}, now)


async def restore(
    connection: Connection, region: str, grant: UUID, until: datetime, reason: str, now: datetime
) -> None:
    """Give a revoked or expired grant back until ``until``. Raises ``BadPeriod``, ``UnknownGrant``."""
    if until <= now:
        raise BadPeriod("until")
    async with connection.transaction():
        row = await queries.restore_grant(connection, region=region, id=grant, now=now, until=until)
        data = {"reason": reason, "until": until.isoformat()}
        await _record(connection, region, grant, "grant.restored", row, data, now)


def _grant(region: str, need: GrantNeed, directory: Directory, pack: str, version: str, now: datetime) -> Grant:
    return Grant(
        region=region,
        id=new_id(),
        need=need.id,
        resource=need.resource,
        consumer=directory.department_for(region, need.consumer).id,
        purpose=need.purpose,
        basis=need.basis,
        fields=need.fields,
        journey=need.journey,
        pack=pack,
        version=version,
        valid_from=now,
        valid_until=now + timedelta(days=need.valid_days),
    )


async def insert(connection: Connection, grant: Grant) -> bool:
    """Write a grant, without its entry. False when it stands already, or its need was revoked before."""
    columns = {name: getattr(grant, name) for name in _INSERTED}
    return await queries.insert_grant(connection, **columns, masks=masks_column(grant.masks)) is not None


def masks_column(masks: Mapping[str, Mask]) -> Jsonb:
    """Masks as the store keeps them."""
    return Jsonb(msgspec.to_builtins(dict(masks)))


def _facts(grant: Grant) -> dict[str, str]:
    names = ("need", "resource", "consumer", "purpose", "basis", "journey", "pack", "version")
    return {name: getattr(grant, name) for name in names} | {"until": grant.valid_until.isoformat()}


async def _record(
    connection: Connection,
    region: str,
    grant: UUID,
    kind: str,
    row: Grant | None,
    data: dict[str, str],
    now: datetime,
) -> None:
    if row is None:
        raise UnknownGrant(grant=str(grant))
    facts = {"resource": row.resource, "consumer": row.consumer} | data
    await record(connection, prepare(region, kind, grant, facts, now))
