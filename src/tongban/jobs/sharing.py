"""Tell both sides of a grant that it ends soon. Started by the jobs process beside the timers.

Who was told stands in the store together with the messages: a process that was away tells what it missed, once.
"""

import asyncio

import psycopg
import structlog

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_id
from tongban.cases.kernel import Kernel
from tongban.cases.sharing.expiring import Ending, take_ending
from tongban.jobs.library import KernelNow
from tongban.messages import actions as messages
from tongban.parties.actions import accounts_in_post

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 30.0
KIND = "grant.expiring"


async def tell_ending(kernel: Kernel) -> int:
    """Tell of what ends soon in every region, in one transaction a region; of how many grants."""
    told = 0
    for region in sorted(kernel.directory.regions):
        async with kernel.database.transaction() as connection:
            for ending in await take_ending(connection, kernel, region):
                await _tell(connection, kernel, ending)
                told += 1
    return told


async def _tell(connection: Connection, kernel: Kernel, ending: Ending) -> None:
    resource = kernel.resources.get(ending.resource)
    detail = {
        "resource": resource.name if resource else ending.resource,
        "until": ending.until.isoformat(),
        "consumer": ending.consumer,
    }
    event = new_id()
    for department in sorted({ending.consumer, ending.provider} - {""}):
        for account in await accounts_in_post(connection, ending.region, department, "handler"):
            await messages.tell(
                connection,
                region=ending.region,
                account=account,
                event=event,
                kind=KIND,
                subject=ending.grant,
                at=ending.now,
                detail=detail,
            )


async def keep_telling(database: Database, kernel_now: KernelNow, stop: asyncio.Event) -> None:
    """Look for what ends soon until ``stop`` is set. A fault is logged and tried again."""
    while not stop.is_set():
        try:
            async with database.connection() as connection:
                kernel = await kernel_now(connection)
            await tell_ending(kernel)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            # The text may quote a row.
            _log.error("sharing.store_failed", reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
        except TimeoutError:
            continue
