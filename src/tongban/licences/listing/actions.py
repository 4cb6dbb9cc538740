"""Publish and hand out the list of licences that are not in force. Called by jobs and the web floor."""

import base64
import datetime as dt
import hashlib
from uuid import UUID, uuid5

from tongban.basics.database import Connection
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.ledger.keys import Signer
from tongban.licences.listing import rules
from tongban.licences.listing.errors import ListMissing
from tongban.licences.statements import rows

RENEWED = dt.timedelta(days=1)
"""A list without a change is made anew after this long, so that whoever fetches weekly has one that holds."""
_LISTS = UUID("6f1f3d0e-6a53-5c9a-9c0b-6d1f4f1f9a10")
_queries = load_queries("tongban.licences.listing")


async def publish(connection: Connection, signer: Signer, region: str, now: dt.datetime) -> int | None:
    """Make the next list of ``region`` where something changed or the last is a day old; its version, or None.

    The ledger keeps its version and SHA-256 (``licence.list_published``); the list names the log's head.
    """
    async with connection.transaction():
        with as_platform("what is not in force is everybody's to know"):
            found = await rows(connection, _queries.out_of_force, region=region)
        packed = rules.pack((row.code, row.state) for row in found)
        state, newest = hashlib.sha256(packed).digest(), await rows(connection, _queries.newest, region=region)
        last = newest[0] if newest else None
        if last is not None and last.state == state and now - last.made_at < RENEWED:
            return None
        version = last.version + 1 if last else 1
        body = rules.sign_list(signer, region, version, now, await _head(connection), packed)
        async with connection.cursor() as cursor:
            values = {"region": region, "version": version, "made_at": now, "state": state, "body": body}
            await cursor.execute(_queries.publish.sql, values)
            if cursor.rowcount == 0:
                return None
        facts = {"version": version, "sha256": hashlib.sha256(body.encode()).hexdigest(), "listed": len(found)}
        await record(connection, prepare(region, "licence.list_published", uuid5(_LISTS, region), facts, now))
    return version


async def _head(connection: Connection) -> str:
    found = await rows(connection, _queries.head_of_log)
    return f"{found[0].size} {base64.b64encode(found[0].root).decode()}" if found else ""


async def newest(connection: Connection, region: str) -> tuple[int, str]:
    """Version and text of the newest list. Raises ``ListMissing``."""
    found = await rows(connection, _queries.newest, region=region)
    if not found:
        raise ListMissing
    return found[0].version, found[0].body
