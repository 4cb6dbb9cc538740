"""Tell people what happened to their matters, once. Called by jobs after a change and by the portal's bell.

Today's one channel is the platform's own page; the row is what later channels deliver from.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.messages")
PAGE = 30
Place = tuple[dt.datetime, UUID]


class Message(Struct, frozen=True):
    """Something an account was told. ``kind`` is the event; ``detail`` fills its sentence."""

    region: str
    id: UUID
    kind: str
    subject: UUID
    at: dt.datetime
    detail: dict[str, Any]
    read_at: dt.datetime | None = None


async def tell(
    connection: Connection,
    *,
    region: str,
    account: UUID,
    event: UUID,
    kind: str,
    subject: UUID,
    at: dt.datetime,
    detail: Mapping[str, Any],
) -> None:
    """Tell ``account`` of ``event`` (its id makes a second delivery harmless)."""
    await _queries.tell(
        connection,
        region=region,
        account=account,
        id=event,
        kind=kind,
        subject=subject,
        at=at,
        detail=Jsonb(detail),
    )


async def mine(connection: Connection, account: UUID, before: Place | None = None) -> Sequence[Message]:
    """The newest messages of ``account``, at most 30, that come after ``before``: time and id of the last one seen."""
    at, last = before or (None, None)
    rows = [row async for row in _queries.mine(connection, account=account, before_at=at, before_id=last, most=PAGE)]
    return [msgspec.convert(row._asdict(), Message, builtin_types=(UUID, dt.datetime)) for row in rows]


async def unread(connection: Connection, account: UUID) -> int:
    """How many messages ``account`` has not seen."""
    count: int = await _queries.unread(connection, account=account)
    return count


async def seen(connection: Connection, account: UUID, now: dt.datetime) -> None:
    """Mark all messages of ``account`` as read."""
    await _queries.seen(connection, account=account, now=now)
