"""The durable queue (procrastinate): documents, and what happens by the clock.

Jobs are deferred in the business transaction, so a rolled-back change leaves none; a worker that dies leaves
its job to be taken up again.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException

from tongban.basics.database import Connection

MakeDocument = Callable[[str, UUID], Awaitable[None]]
Tidy = Callable[[], Awaitable[None]]
HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 10.0
"""A worker that was silent for so long is dead; its jobs are taken up again by whoever lives."""


async def install_queue(conninfo: str) -> None:
    """Create the queue's tables once; its schema is versioned with the pinned library."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        cursor = await connection.execute("SELECT to_regclass('procrastinate_jobs')")
        row = await cursor.fetchone()
    if row is not None and row[0] is not None:
        return
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


class Queue:
    """The queue of one process. ``make_document`` and ``tidy`` are what its jobs do."""

    def __init__(self, conninfo: str, make_document: MakeDocument, tidy: Tidy) -> None:
        self.app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=3)
        )
        self._document = self._document_job(make_document)
        self._tidy_job(tidy)

    def _document_job(self, make_document: MakeDocument) -> Any:
        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=4)

        @self.app.task(name="make_licence_document", queue="documents", retry=retry)
        async def job(region: str, licence: str) -> None:
            await make_document(region, UUID(licence))

        return job

    def _tidy_job(self, tidy: Tidy) -> None:
        @self.app.periodic(cron="*/10 * * * *")
        @self.app.task(name="tidy", queue="timers", queueing_lock="tidy", pass_context=False)
        async def job(timestamp: int) -> None:
            await tidy()

    async def _keep_taking_up(self) -> None:
        """Jobs whose worker died without a word are tried again, soon: somebody waits for the document."""
        while True:
            with suppress(ConnectorException):  # the store is away; the next round comes
                for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                    await self.app.job_manager.retry_job(job, retry_at=dt.datetime.now(dt.UTC))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def order_document(self, connection: Connection, region: str, licence: UUID) -> None:
        """Have the document of a licence made, decided together with the caller's transaction."""
        task = self._document.configure(connection=connection, lock=str(licence))
        await task.defer_async(region=region, licence=str(licence))

    async def work(self) -> None:
        """Work until cancelled."""
        taking_up = asyncio.create_task(self._keep_taking_up())
        try:
            await self.app.run_worker_async(
                concurrency=2,
                install_signal_handlers=False,
                listen_notify=True,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
            )
        finally:
            taking_up.cancel()
            await asyncio.gather(taking_up, return_exceptions=True)
