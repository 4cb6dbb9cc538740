"""Keep counting how data is used, so that the catalogue's pages stay quick. Started by the jobs process."""

import asyncio

import psycopg
import structlog

from tongban.basics.database import Database
from tongban.basics.errors import TongbanError
from tongban.resources.catalogue.uses import fold

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 300.0


async def keep_counting(database: Database, stop: asyncio.Event) -> None:
    """Count what is settled into monthly sums until ``stop`` is set. A fault is logged and tried again."""
    while not stop.is_set():
        try:
            async with database.connection() as connection:
                await fold(connection)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            # The text may quote a row.
            _log.error("catalogue.store_failed", reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
        except TimeoutError:
            continue
