"""The jobs process: seal, have it witnessed, drain the outbox, work the queue, until told to stop.

Everything here may be killed at any moment: what was not finished is found again by the next start.
"""

import asyncio
import signal
from collections.abc import Mapping

import structlog

from tongban.basics.database import Database
from tongban.basics.errors import TongbanError
from tongban.basics.outbox import Handler, drain
from tongban.jobs.applications import keep_leaving
from tongban.jobs.catalogue import keep_counting
from tongban.jobs.events import handlers
from tongban.jobs.library import KernelNow, keep_writing
from tongban.jobs.measures import keep_measuring
from tongban.jobs.queue import Queue
from tongban.jobs.sharing import keep_telling
from tongban.jobs.texts import keep_sending
from tongban.jobs.timers import keep_time
from tongban.jobs.watching import keep_watching
from tongban.ledger.cosigner import WitnessAddress
from tongban.ledger.keys import Signer
from tongban.ledger.run import run as seal_and_cosign
from tongban.messages.channels import TextChannel
from tongban.parties.applications.provider import IdentityProvider

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 0.25


async def work(
    database: Database,
    queue: Queue,
    signer: Signer,
    witness: WitnessAddress | None,
    kernel_now: KernelNow,
    provider: IdentityProvider,
    texts: TextChannel | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in hand and return.

    ``kernel_now``: the kernel with the packs that are installed now; ``provider`` signs what applications are told;
    ``texts``: the operator of text messages, if any.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await database.open()
    async with queue.app.open_async():
        queueing = asyncio.create_task(_keep_working(queue))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(seal_and_cosign(database, signer, witness, stop))
                group.create_task(_keep_draining(database, handlers(queue, kernel_now), stop))
                group.create_task(keep_time(database, kernel_now, stop))
                group.create_task(keep_writing(database, kernel_now, stop))
                group.create_task(keep_measuring(database, kernel_now, stop))
                group.create_task(keep_counting(database, stop))
                group.create_task(keep_watching(database, kernel_now, stop))
                group.create_task(keep_sending(database, kernel_now, texts, stop))
                group.create_task(keep_telling(database, kernel_now, stop))
                group.create_task(keep_leaving(database, provider, stop))
        finally:
            queueing.cancel()
            await asyncio.gather(queueing, return_exceptions=True)
    await database.close()


async def _keep_draining(database: Database, table: Mapping[str, Handler], stop: asyncio.Event) -> None:
    while not stop.is_set():
        taken = 0
        try:
            async with database.connection() as connection:
                taken = await drain(connection, table)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        if not taken:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue


async def _keep_working(queue: Queue) -> None:
    """The queue's worker ends when its database goes away; it is started again until cancelled."""
    while True:
        try:
            await queue.work()
        except Exception as error:
            _log.error("jobs.queue_interrupted", reason=type(error).__name__)
        await asyncio.sleep(1)
