"""A broken web build for the drill: it acknowledges a submission first and writes it a moment later.

Loaded by the web server instead of ``tongban.cli.web_process`` when a test asks for it. The checker must catch
what it loses; if it does not, the checker proves nothing.
"""

import asyncio
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

from tongban.cases.actions import submission
from tongban.cli.web_process import application

__all__ = ["application"]

LATE_SECONDS = 0.3
_database: ContextVar[Any] = ContextVar("database")
_running: set[asyncio.Task[None]] = set()
_sound_insert, _sound_queries = submission._insert, submission._queries


class _Early:
    """The queries of cases, of which ``submit`` answers at once and runs later."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_sound_queries, name)

    async def submit(self, connection: Any, **values: Any) -> Any:
        writing = asyncio.create_task(_write_late(_database.get(), values))
        _running.add(writing)
        writing.add_done_callback(_running.discard)
        return SimpleNamespace(number=values["number"])


async def _write_late(database: Any, values: dict[str, Any]) -> None:
    await asyncio.sleep(LATE_SECONDS)
    async with database.connection() as connection:
        await _sound_queries.submit(connection, **values)


async def _insert(connection: Any, kernel: Any, *rest: Any) -> Any:
    _database.set(kernel.database)
    return await _sound_insert(connection, kernel, *rest)


submission._queries = _Early()
submission._insert = _insert
