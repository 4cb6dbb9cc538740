"""Keep measuring cases that have ended. Started by the jobs process beside sealing and draining."""

import asyncio

import psycopg
import structlog

from tongban.basics.database import Database
from tongban.basics.errors import TongbanError
from tongban.cases.measures.counting import count
from tongban.jobs.library import KernelNow

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 2.0


async def keep_measuring(database: Database, kernel_now: KernelNow, stop: asyncio.Event) -> None:
    """Measure what is due until ``stop`` is set. A fault is logged and tried again."""
    while not stop.is_set():
        taken = 0
        try:
            async with database.connection() as connection:
                taken = await count(connection, await kernel_now(connection))
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            # The text may quote a row.
            _log.error("measures.store_failed", reason=type(error).__name__)
        if not taken:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue
