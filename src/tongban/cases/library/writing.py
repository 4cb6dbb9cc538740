"""Write the feed: after every event, by the jobs process, late perhaps, never lost, effective once.

Three steps, each of which may be cut off and repeated. The outbox delivers an event: one small row says that its
records are due (``note``). A writer takes due rows, makes the records and appends them, all in one transaction
(``write``). Positions are given under a lock that is held until that transaction commits, so that the feed's order
is the order of commits and a reader's cursor passes over nothing.
"""

import datetime as dt
import logging
import secrets
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.outbox import Message
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.cases.kernel import Kernel
from tongban.cases.library.definitions import Content
from tongban.cases.library.errors import RecordUnfit
from tongban.cases.library.histories import read_rows, to_history
from tongban.cases.library.models import History, Record
from tongban.cases.library.rules import records_of

_queries = load_queries("tongban.cases.library")
_log = logging.getLogger(__name__)
BATCH = 200


class Sealed(Struct, frozen=True):
    """What lies encrypted in a row: the content and the salt of its digest."""

    salt: str
    content: Content


async def note(connection: Connection, message: Message) -> None:
    """Note that the records of an event are due; the outbox's handler for every event that the tables know."""
    case_id = UUID(message.payload["case"])
    await _queries.put_due(connection, region=message.region, event_id=message.id, case_id=case_id)


async def write(connection: Connection, kernel: Kernel, most: int = BATCH) -> int:
    """Write the records of up to ``most`` due events in one transaction; returns how many events were taken.

    An event whose records can not be made is put off, with growing pauses, and keeps nobody else waiting.
    """
    async with connection.transaction():
        due = [row async for row in _queries.due_events(connection, most=most)]
        due.sort(key=lambda row: row.region)
        for region, rows in groupby(due, lambda row: row.region):
            await _write_region(connection, kernel, region, list(rows))
    return len(due)


async def write_all(connection: Connection, kernel: Kernel) -> int:
    """Write until nothing is due; returns how many events were taken."""
    taken = 0
    while found := await write(connection, kernel):
        taken += found
    return taken


async def _write_region(connection: Connection, kernel: Kernel, region: str, due: Sequence[Any]) -> None:
    rows = await read_rows(connection, region, sorted({one.case_id for one in due}))
    histories: dict[UUID, History] = {}
    made: list[tuple[History, Record]] = []
    done: list[UUID] = []
    for one in due:
        try:
            if one.case_id in rows and one.case_id not in histories:
                histories[one.case_id] = await to_history(connection, kernel, rows[one.case_id], one.now)
            made += _made(histories.get(one.case_id), one.event_id, one.now)
            done.append(one.event_id)
        except Exception as error:
            await _put_off(connection, one, error)
    if made:
        await _append(connection, kernel.vault, region, made)
    await _queries.written(connection, region=region, events=done)


def _made(history: History | None, event_id: UUID, now: dt.datetime) -> list[tuple[History, Record]]:
    event = next((e for e in history.events if e.id == event_id), None) if history else None
    if history is None or event is None:
        return []
    return [(history, record) for record in records_of(history, event, now)]


async def _put_off(connection: Connection, due: Any, error: Exception) -> None:
    # The text of an error may hold personal data; a record that does not fit says only kind and column.
    what = f"{error.data['kind']}.{error.data['column']}" if isinstance(error, RecordUnfit) else ""
    words = " ".join((type(error).__name__, what)).strip()
    _log.error("library %s put off: %s", due.event_id, words)
    await _queries.not_written(connection, region=due.region, event_id=due.event_id, error=words)


async def _append(connection: Connection, vault: Vault, region: str, made: Sequence[tuple[History, Record]]) -> None:
    # A statement of its own: the next one must see what whoever held the lock before has committed.
    await _queries.lock_feed(connection, region=region)
    columns: Mapping[str, list[object]] = {
        "ids": [record.id for _, record in made],
        "cases": [history.case_id for history, _ in made],
        "numbers": [history.number for history, _ in made],
        "events": [record.event for _, record in made],
        "kinds": [record.kind for _, record in made],
        "times": [record.at for _, record in made],
        "sealed": [seal(vault, region, record.id, record.content) for _, record in made],
    }
    await _queries.put_records(connection, region=region, **columns)


def seal_context(region: str, record_id: UUID) -> bytes:
    """What binds a sealed content to its record, so that it opens nowhere else."""
    return f"library:{region}:{record_id}".encode()


def seal(vault: Vault, region: str, record_id: UUID, content: Content) -> bytes:
    """``content`` with a new salt, sealed to its record."""
    plain = msgspec.json.encode(Sealed(secrets.token_hex(16), content))
    return vault.seal(plain, seal_context(region, record_id))


class Waiting(Struct, frozen=True):
    """Events whose records are still to be written. ``oldest`` in seconds; ``dead`` failed twelve times."""

    waiting: int
    dead: int
    oldest: float | None


async def waiting(connection: Connection) -> Waiting:
    """What is still to be written."""
    return Waiting(**(await _queries.waiting(connection))._asdict())


async def try_again(connection: Connection) -> None:
    """Try once more what failed twelve times, after its cause was mended."""
    await _queries.try_again(connection)
