"""Let registered nodes harvest a region's catalogue, and keep what this node harvests from others.

Called by the API and by ``tongban catalogue``. Deny by default: without a row in ``catalogue_harvesters`` nobody
reads anything. On the other side the cursor lies in the transaction that keeps what lies before it, so a restart
neither loses nor doubles.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id, new_secret
from tongban.ledger.actions import prepare, record
from tongban.ledger.keys import Signer
from tongban.ledger.models import instant
from tongban.parties.actions import digest_of
from tongban.parties.directory import Directory
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.actions import queries
from tongban.resources.catalogue.batches import MOST, FeedBatch, FeedEntry, signed_batch
from tongban.resources.catalogue.definitions import Content
from tongban.resources.catalogue.errors import CursorAhead, HarvesterExists, HarvesterMissing, HarvesterUnknown
from tongban.resources.catalogue.reading import provider_name


class Harvester(Struct, frozen=True):
    """A node that may harvest one region."""

    region: str
    id: UUID
    name: str
    registered_at: dt.datetime
    revoked_at: dt.datetime | None


class Source(Struct, frozen=True):
    """A node that is harvested here. ``key``: the public key noted for it; ``cursor``: how far."""

    url: str
    region: str
    node: str
    key: str
    cursor: int
    harvested_at: dt.datetime | None
    entries: int = 0


async def read_batch(
    connection: Connection, signer: Signer, directory: Directory, token: str, after: int, most: int = MOST
) -> FeedBatch:
    """What lies after ``after`` for the node behind ``token``. Raises ``HarvesterUnknown``, ``CursorAhead``."""
    row = await queries.harvester(connection, digest=digest_of(token))
    if row is None:
        raise HarvesterUnknown()
    last: int = await queries.last_position(connection, region=row.region)
    if after > last:
        raise CursorAhead(cursor=after, last=last)
    found = queries.feed(connection, region=row.region, after=after, most=min(most, MOST))
    entries = [_entry(directory, line) async for line in found]
    return signed_batch(signer, row.region, after, last, entries)


def _entry(directory: Directory, row: Any) -> FeedEntry:
    head = {"position": row.position, "id": row.entry, "kind": row.kind, "code": row.code, "at": instant(row.at)}
    if row.gone:
        return FeedEntry(**head, gone=True)
    provider = provider_name(directory, row.region, row.provider)
    content: Content = msgspec.convert(row.content, Content)
    return FeedEntry(**head, gone=False, revision=row.revision, provider=provider, content=content)


async def register(connection: Connection, region: str, name: str) -> str:
    """Register a node for a region's catalogue; returns its token, told this once and kept nowhere.

    Raises ``HarvesterExists``.
    """
    token, now = new_secret(), await platform_now(connection)
    async with connection.transaction():
        row = await queries.register(
            connection, digest=digest_of(token), region=region, id=new_id(), name=name, now=now
        )
        if row is None:
            raise HarvesterExists(name=name)
        await record(connection, prepare(region, "catalogue.harvester_registered", row.id, {"name": name}, now))
    return token


async def revoke(connection: Connection, region: str, name: str) -> None:
    """End a node's token at once. Raises ``HarvesterMissing``."""
    now = await platform_now(connection)
    async with connection.transaction():
        row = await queries.revoke(connection, region=region, name=name, now=now)
        if row is None:
            raise HarvesterMissing(name=name)
        await record(connection, prepare(region, "catalogue.harvester_revoked", row.id, {"name": name}, now))


async def harvesters(connection: Connection) -> list[Harvester]:
    """Every node that was ever registered."""
    return [Harvester(**row._asdict()) async for row in queries.harvesters(connection)]


async def sources(connection: Connection) -> list[Source]:
    """Every node that is harvested here, with how much of it is kept."""
    return [Source(**row._asdict()) async for row in queries.sources(connection)]


async def source(connection: Connection, url: str) -> Source | None:
    """What is known of the node at ``url``; None before the first contact."""
    return next((one for one in await sources(connection) if one.url == url), None)


async def keep(connection: Connection, url: str, key: str, batch: FeedBatch) -> int:
    """Keep a verified batch and the cursor behind it, all or nothing; returns how many entries changed.

    Of two processes that keep the same batch the second changes nothing.
    """
    async with connection.transaction():
        place = {"url": url, "region": batch.region, "node": batch.node, "key": key}
        cursor = await queries.lock_source(connection, **place)
        fresh = [entry for entry in batch.entries if entry.position > cursor]
        for entry in fresh:
            await _keep_one(connection, url, batch.region, entry)
        await queries.put_cursor(connection, url=url, cursor=max(cursor, batch.next))
    return len(fresh)


async def _keep_one(connection: Connection, url: str, region: str, entry: FeedEntry) -> None:
    if entry.content is None:
        await queries.drop_harvested(connection, url=url, id=entry.id)
        return
    columns = rules.columns(entry.content)
    kept = {name: columns[name] for name in ("name", "content", "grams")}
    head = {"kind": entry.kind, "code": entry.code, "provider": entry.provider, "position": entry.position}
    await queries.put_harvested(connection, url=url, region=region, id=entry.id, **head, **kept)
