"""A test's own jobs process for papers: what is ordered is made with the real typesetter and signed by real keys."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.world import World

from tongban.basics.database import Connection
from tongban.basics.outbox import drain
from tongban.cases.kernel import Kernel
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.notices import make_case_notice
from tongban.jobs.calendars import recompute_batch
from tongban.jobs.events import handlers
from tongban.jobs.queue import Queue, install_queue


@dataclass
class Jobs:
    """Drains the outbox and works the queue until nothing is left, as the jobs process does."""

    world: World
    maker: DocumentMaker
    queue: Queue

    async def run(self) -> None:
        """Everything that follows from what has happened so far, timers of seconds included."""
        while await self._drained() or await self._worked():
            continue

    async def _drained(self) -> int:
        taken = 0
        async with self.queue.app.open_async(), self.world.database.connection() as connection:
            while done := await drain(connection, handlers(self.queue, self.kernel_now)):
                taken += done
        return taken

    async def _worked(self) -> int:
        await self.world.rows("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        waiting: int = await self.world.one("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        if waiting:
            async with self.queue.app.open_async():
                await self.queue.app.run_worker_async(
                    wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
                )
        return waiting

    async def kernel_now(self, _: Connection) -> Kernel:
        """The world's kernel: what it counts by is the test's business."""
        return self.world.kernel


async def jobs_of(world: World, maker: DocumentMaker) -> Jobs:
    """The jobs process of ``world``."""
    await install_queue(world.database.conninfo)

    async def make_document(region: str, licence: UUID) -> None:
        await asyncio.sleep(0)

    async def make_notice(region: str, case_id: UUID, notice: UUID) -> None:
        await make_case_notice(world.kernel, maker, region, case_id, notice)

    async def recompute(order: dict[str, Any]) -> dict[str, Any] | None:
        return await recompute_batch(world.database, jobs.kernel_now, order)

    async def tidy() -> None:
        await asyncio.sleep(0)

    queue = Queue(world.database.conninfo, make_document, tidy, make_notice, recompute)
    jobs = Jobs(world, maker, queue)
    return jobs
