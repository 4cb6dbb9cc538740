"""Papers in the jobs process: ordered in the drain's own transaction, made by a durable job as documents are."""

from collections.abc import Mapping
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.cases.actions import notices
from tongban.cases.papers.kinds import NOTICES
from tongban.jobs.library import KernelNow
from tongban.jobs.queue import Queue


def table(queue: Queue, kernel_now: KernelNow) -> Mapping[str, Handler]:
    """Every event that may ask for a paper → what orders it."""

    async def order(connection: Connection, message: Message) -> None:
        kernel = await kernel_now(connection)
        case_id = UUID(message.payload["case"])
        if await notices.order(connection, kernel, message.region, case_id, message.id) is not None:
            await queue.order_notice(connection, message.region, case_id, message.id)

    return dict.fromkeys(NOTICES, order)
