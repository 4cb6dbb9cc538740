"""Read the feed as a registered receiver, acknowledge, compare; register receivers and end them.

Called by the API and by ``tongban library``. Deny by default: without a row in ``library_receivers`` nobody reads
anything, and a row opens the feed of one region. Registering and ending are entries of the ledger.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id, new_secret
from tongban.basics.sql import load_queries
from tongban.basics.vault import SealBroken, Vault
from tongban.cases.kernel import Kernel
from tongban.cases.library.batches import MOST, Batch, DigestList, Entry, digest_list, feed_batch
from tongban.cases.library.errors import CursorAhead, NotYours, ReceiverExists, ReceiverMissing, ReceiverUnknown
from tongban.cases.library.models import Receiver
from tongban.cases.library.writing import Sealed, seal_context
from tongban.ledger.actions import prepare, record
from tongban.ledger.models import instant
from tongban.parties.actions import digest_of

_queries = load_queries("tongban.cases.library")
Opens = Callable[[Vault, str, UUID, bytes], Sealed]


async def receiver_of(connection: Connection, token: str, region: str | None = None) -> Receiver:
    """The receiver behind ``token``; ``region`` is the one it asks for. Raises ``ReceiverUnknown``, ``NotYours``."""
    row = await _queries.receiver(connection, digest=digest_of(token))
    if row is None:
        raise ReceiverUnknown()
    found = _receiver(row)
    if region is not None and region != found.region:
        raise NotYours(region=region)
    return found


async def read_batch(
    connection: Connection, kernel: Kernel, receiver: Receiver, after: int | None, most: int = MOST
) -> Batch:
    """What lies after ``after`` (by default after what the receiver acknowledged). Raises ``CursorAhead``."""
    begin = receiver.acknowledged if after is None else after
    last = await _known(connection, receiver.region, begin)
    entries = await entries_after(connection, kernel.vault, receiver.region, begin, most)
    return feed_batch(kernel.signer, receiver.region, begin, _newest(last, entries), entries)


async def read_digests(
    connection: Connection, kernel: Kernel, receiver: Receiver, after: int, most: int = MOST
) -> DigestList:
    """The digests of what lies after ``after``, made anew from the stored contents."""
    last: int = await _queries.last_position(connection, region=receiver.region)
    entries = await entries_after(connection, kernel.vault, receiver.region, after, most, _opened_or_nothing)
    return digest_list(kernel.signer, receiver.region, after, max(_newest(last, entries), after), entries)


async def acknowledge(connection: Connection, receiver: Receiver, cursor: int) -> int:
    """The receiver keeps everything up to ``cursor``; returns the furthest ever acknowledged.

    Repeating it, or telling of less, changes nothing. Raises ``CursorAhead``, ``ReceiverUnknown``.
    """
    await _known(connection, receiver.region, cursor)
    kept = await _queries.acknowledge(connection, region=receiver.region, id=receiver.id, cursor=cursor)
    if kept is None:
        raise ReceiverUnknown()
    furthest: int = kept
    return furthest


async def register(connection: Connection, region: str, name: str) -> str:
    """Register an institution for a region's feed; returns its token, which is told this once and kept nowhere.

    Raises ``ReceiverExists``.
    """
    token, now = new_secret(), await platform_now(connection)
    async with connection.transaction():
        row = await _queries.register(connection, digest=digest_of(token), region=region, id=new_id(), name=name)
        if row is None:
            raise ReceiverExists(region=region, name=name)
        await record(connection, prepare(region, "library.registered", row.id, {"name": name}, now))
    return token


async def revoke(connection: Connection, region: str, name: str) -> None:
    """End a receiver's token at once. Raises ``ReceiverMissing``."""
    now = await platform_now(connection)
    async with connection.transaction():
        row = await _queries.revoke(connection, region=region, name=name)
        if row is None:
            raise ReceiverMissing(region=region, name=name)
        await record(connection, prepare(region, "library.revoked", row.id, {"name": name}, now))


async def receivers(connection: Connection) -> list[Receiver]:
    """Every receiver that was ever registered, with how far it has got."""
    return [_receiver(row) async for row in _queries.receivers(connection)]


def _receiver(row: Any) -> Receiver:
    return Receiver(**row._asdict())


async def _known(connection: Connection, region: str, cursor: int) -> int:
    last: int = await _queries.last_position(connection, region=region)
    if cursor > last:
        raise CursorAhead(cursor=cursor, last=last)
    return last


def _newest(last: int, entries: list[Entry]) -> int:
    # A record may have come between the two statements.
    return max(last, entries[-1].position) if entries else last


def _opened(vault: Vault, region: str, record_id: UUID, sealed: bytes) -> Sealed:
    return msgspec.json.decode(vault.open(sealed, seal_context(region, record_id)), type=Sealed)


def _opened_or_nothing(vault: Vault, region: str, record_id: UUID, sealed: bytes) -> Sealed:
    """Nothing where the seal is broken, so that a comparison still names the record."""
    try:
        return _opened(vault, region, record_id, sealed)
    except SealBroken:
        return Sealed("", {})


async def entries_after(
    connection: Connection, vault: Vault, region: str, after: int, most: int, opened: Opens = _opened
) -> list[Entry]:
    """A stretch of a region's feed, opened; whether the reader may see it is decided before."""
    rows = _queries.feed(connection, region=region, after=after, most=min(most, MOST))
    return [_entry(row, opened(vault, region, row.id, row.sealed)) async for row in rows]


def _entry(row: Any, held: Sealed) -> Entry:
    return Entry(
        position=row.position,
        id=str(row.id),
        kind=row.kind,
        number=row.number,
        event=str(row.event_id),
        at=instant(row.at),
        salt=held.salt,
        content=held.content,
    )
