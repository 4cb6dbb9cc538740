"""Keep writing what leaves for the case library. Started by the jobs process beside sealing and draining."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.cases.kernel import Kernel
from tongban.cases.library.writing import write

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 0.5
KernelNow = Callable[[Connection], Awaitable[Kernel]]
"""The kernel with the packs installed now: one may have come since the process started."""


async def keep_writing(database: Database, kernel_now: KernelNow, stop: asyncio.Event) -> None:
    """Write what is due until ``stop`` is set. A fault is logged and tried again."""
    while not stop.is_set():
        taken = 0
        try:
            async with database.connection() as connection:
                taken = await write(connection, await kernel_now(connection))
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            # The text may quote a row.
            _log.error("library.store_failed", reason=type(error).__name__)
        if not taken:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue
