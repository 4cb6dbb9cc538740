"""What operators did to the node: one row an act, from its beginning, so that one that was killed shows as such.

Written by backups, rehearsals, the trial of mail, splits and rotations of keys; read by the doctor and the checklist.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries

Kind = Literal["init", "backup", "rehearsal", "mail", "split", "rotation"]
Outcome = Literal["running", "done", "failed"]
queries = load_queries("tongban.cli", "operations.sql")


class Operation(Struct, frozen=True):
    """One act. ``detail`` tells its result in a few words and numbers, never a secret."""

    id: UUID
    kind: Kind
    began_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: Outcome
    detail: dict[str, Any]


async def begin(connection: Connection, kind: Kind, detail: Mapping[str, Any]) -> UUID:
    """Note that ``kind`` begins."""
    operation = new_id()
    await queries.begin_operation(connection, id=operation, kind=kind, detail=Jsonb(dict(detail)))
    return operation


async def progress(connection: Connection, operation: UUID, detail: Mapping[str, Any]) -> None:
    """Note how far it is; ``detail`` is added to what is known."""
    await queries.note_operation(connection, id=operation, detail=Jsonb(dict(detail)))


async def end(connection: Connection, operation: UUID, outcome: Outcome, detail: Mapping[str, Any]) -> None:
    """Note how it ended."""
    await queries.end_operation(connection, id=operation, outcome=outcome, detail=Jsonb(dict(detail)))


@asynccontextmanager
async def noted(connection: Connection, kind: Kind, **detail: Any) -> AsyncIterator[dict[str, Any]]:
    """Note an act from beginning to end; what the caller puts into the yielded mapping is kept with it."""
    operation, told = await begin(connection, kind, detail), dict[str, Any]()
    try:
        yield told
    except BaseException as fault:
        await end(connection, operation, "failed", {**told, "reason": " ".join(str(fault).split())[:500]})
        raise
    await end(connection, operation, "done", told)


async def latest(connection: Connection, kind: Kind, outcome: Outcome | None = None) -> Operation | None:
    """The newest act of ``kind`` that ended so (any, when None), or None."""
    row = await queries.latest_operation(connection, kind=kind, outcome=outcome)
    return None if row is None else Operation(*row)
