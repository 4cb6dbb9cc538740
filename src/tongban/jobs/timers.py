"""Keep doing what time alone brings to cases, and tell officials what waits for them.

Started by the jobs process beside sealing and draining. When a case's moment has come stands with the case, so a
process that was away takes up everything that came due meanwhile, oldest first and a few at a time; of several
processes each takes other cases. What a timer does it does under the case's lock and only if it is still due: so
once. A new timer is a row in ``cases.timers.WHEN`` and one in ``cases.actions.timers.HANDLERS``.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import psycopg
import structlog

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.basics.outbox import Handler, Message
from tongban.cases.actions.timers import BATCH, look_at_due
from tongban.cases.kernel import Kernel
from tongban.jobs.library import KernelNow
from tongban.messages import actions as messages
from tongban.parties.actions import accounts_in_post
from tongban.parties.models import Role

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 1.0

CONCERNS: Mapping[str, Role] = {
    "task.escalated": "head",
    "case.extension_asked": "head",
    "case.suspension_overdue": "handler",
    "case.deemed_accepted": "handler",
    "sharing.requested": "handler",
    "sharing.proposed": "head",
    "sharing.returned": "handler",
    "sharing.answered": "handler",
}
"""Events that somebody in the department named by the event, or recording it, must hear of."""


async def tell_officials(connection: Connection, message: Message) -> None:
    """Tell those in post in the department concerned."""
    facts = message.payload
    department = facts["detail"].get("department") or facts["actor"]
    for account in await accounts_in_post(connection, message.region, department, CONCERNS[message.topic]):
        await messages.tell(
            connection,
            region=message.region,
            account=account,
            event=message.id,
            kind=message.topic,
            subject=UUID(facts["case"]),
            at=message.now,
            detail={name: facts.get(name) for name in ("number", "journey", "task", "actor", "detail")},
        )


HANDLERS: Mapping[str, Handler] = dict.fromkeys(CONCERNS, tell_officials)


async def look_everywhere(kernel: Kernel) -> int:
    """One batch of due cases in every region; how many were looked at."""
    return sum([await look_at_due(kernel, region) for region in sorted(kernel.directory.regions)])


async def keep_time(database: Database, kernel_now: KernelNow, stop: asyncio.Event) -> None:
    """Look at what is due until ``stop`` is set. A fault is logged and tried again."""
    while not stop.is_set():
        looked = 0
        try:
            async with database.connection() as connection:
                kernel = await kernel_now(connection)
            looked = await look_everywhere(kernel)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            # The text may quote a row.
            _log.error("timers.store_failed", reason=type(error).__name__)
        if looked < BATCH:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue
