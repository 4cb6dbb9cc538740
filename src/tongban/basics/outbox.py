"""The outbox: what follows a change, committed with it, drained in batches, late perhaps but never lost.

Nouns write rows in their own statements; the jobs process drains. A handler runs inside the drain's
transaction under its own savepoint, so its work and the message's end commit together.
"""

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.basics")
_log = logging.getLogger(__name__)
BATCH = 200


class Message(Struct, frozen=True):
    """One message. ``topic`` is the event's name; ``now`` the platform's time of the drain."""

    region: str
    id: UUID
    topic: str
    payload: dict[str, Any]
    attempts: int
    now: dt.datetime


Handler = Callable[[Connection, Message], Awaitable[None]]


async def drain(connection: Connection, handlers: Mapping[str, Handler], most: int = BATCH) -> int:
    """Handle up to ``most`` due messages in one transaction; returns how many were taken.

    A topic without a handler needs nothing done and is dropped. A handler that fails leaves its message to be
    tried again after a growing pause.
    """
    async with connection.transaction():
        rows = [row async for row in _queries.due_messages(connection, most=most)]
        done = [row for row in rows if await _handled(connection, handlers, Message(**row._asdict()))]
        if done:
            await _queries.done_messages(connection, regions=[row.region for row in done], ids=[row.id for row in done])
    return len(rows)


async def _handled(connection: Connection, handlers: Mapping[str, Handler], message: Message) -> bool:
    handler = handlers.get(message.topic)
    if handler is None:
        return True
    try:
        async with connection.transaction():
            await handler(connection, message)
    except Exception as error:
        # The text of an error may hold personal data; its kind is enough to find the handler.
        _log.error("outbox %s %s failed: %s", message.topic, message.id, type(error).__name__)
        await _queries.failed_message(connection, region=message.region, id=message.id, error=type(error).__name__)
        return False
    return True


async def waiting(connection: Connection) -> int:
    """How many messages wait to be handled."""
    size: int = await _queries.outbox_size(connection)
    return size


class DeadLetter(Struct, frozen=True):
    """A message that failed twelve times. ``error`` is the kind of the last failure, never its text."""

    region: str
    id: UUID
    topic: str
    attempts: int
    error: str | None


async def dead(connection: Connection) -> list[DeadLetter]:
    """What waits for a person to mend its cause, oldest first, at most 100."""
    return [DeadLetter(**row._asdict()) async for row in _queries.dead_messages(connection)]


async def replay_dead(connection: Connection) -> None:
    """Try again what failed twelve times, after its cause was mended."""
    await _queries.replay_messages(connection)
