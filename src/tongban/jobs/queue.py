"""The durable queue (procrastinate): documents, papers, due dates worked out anew, and what happens by the clock.

Jobs are deferred in the business transaction, so a rolled-back change leaves none; a worker that dies leaves
its job to be taken up again.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException

from tongban.basics.database import Connection, StoreUnavailable

MakeDocument = Callable[[str, UUID], Awaitable[None]]
MakeNotice = Callable[[str, UUID, UUID], Awaitable[None]]
Recompute = Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]
Tidy = Callable[[], Awaitable[None]]
TAKEN_UP_SECONDS = 6
"""By then every process counts by a calendar that was just published; due dates are worked out anew after that."""
HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 10.0
"""A worker that was silent for so long is dead; its jobs are taken up again by whoever lives."""
AWAY_SECONDS = 0.5
"""Between two looks whether the store is back."""

T = TypeVar("T")


async def once_the_store_answers(work: Callable[[], Awaitable[T]]) -> T:
    """What ``work`` gives. While the store is away the job waits in its place: given back at once, it and all that wait
    behind it would be tried and fail within the moment, and lose attempts that are meant for faults of their own.
    """
    while True:
        try:
            return await work()
        except StoreUnavailable:
            await asyncio.sleep(AWAY_SECONDS)


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
    """The queue of one process. ``make_document``, ``tidy``, ``make_notice`` and ``recompute`` are what its jobs do.

    ``recompute`` is handed one batch's order and hands back the next one's, or None at the end.
    """

    def __init__(
        self, conninfo: str, make_document: MakeDocument, tidy: Tidy, make_notice: MakeNotice, recompute: Recompute
    ) -> None:
        self.app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=3)
        )
        self._document = self._document_job(make_document)
        self._notice = self._notice_job(make_notice)
        self._recompute = self._recompute_job(recompute)
        self._tidy_job(tidy)

    def _document_job(self, make_document: MakeDocument) -> Any:
        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=4)

        @self.app.task(name="make_licence_document", queue="documents", retry=retry)
        async def job(region: str, licence: str) -> None:
            await once_the_store_answers(lambda: make_document(region, UUID(licence)))

        return job

    def _notice_job(self, make_notice: MakeNotice) -> Any:
        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=4)

        @self.app.task(name="make_notice", queue="documents", retry=retry)
        async def job(region: str, case: str, notice: str) -> None:
            await once_the_store_answers(lambda: make_notice(region, UUID(case), UUID(notice)))

        return job

    def _recompute_job(self, recompute: Recompute) -> Any:
        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=4)

        @self.app.task(name="recompute_due_dates", queue="timers", retry=retry, lock="recompute_due_dates")
        async def job(order: dict[str, Any]) -> None:
            following = await once_the_store_answers(lambda: recompute(order))
            if following is not None:
                # Done twice if this process dies in between, which moves nothing a second time.
                await self._recompute.defer_async(order=following)

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

    async def order_notice(self, connection: Connection, region: str, case_id: UUID, notice: UUID) -> None:
        """Have a paper made, decided together with the caller's transaction."""
        task = self._notice.configure(connection=connection, lock=str(notice))
        await task.defer_async(region=region, case=str(case_id), notice=str(notice))

    async def order_recomputing(self, connection: Connection, order: dict[str, Any]) -> None:
        """Have due dates worked out anew, once every process has taken up what was published."""
        task = self._recompute.configure(connection=connection, schedule_in={"seconds": TAKEN_UP_SECONDS})
        await task.defer_async(order=order)

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
                shutdown_graceful_timeout=STALLED_SECONDS,
            )
        finally:
            taking_up.cancel()
            await asyncio.gather(taking_up, return_exceptions=True)
