"""Keep finding abnormal cases, and have those heads told whom a severe ticket concerns.

Started by the jobs process beside sealing and draining. What happened to a case is looked at within a second or
two; what only time makes abnormal, when its day begins. All that is to be looked at stands in the store, so a
process that was away goes on where the list stands, a batch at a time, and several share it.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from uuid import UUID

import psycopg
import structlog

from tongban.basics.database import Connection, Database, platform_now
from tongban.basics.errors import TongbanError
from tongban.basics.outbox import Handler, Message
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.finding import look, look_soon, take_up_watches
from tongban.cases.oversight.objections import objector
from tongban.cases.oversight.risky_use import WINDOW, look_at_use
from tongban.jobs.library import KernelNow
from tongban.messages import actions as messages
from tongban.parties.actions import accounts_in_post

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 1.0
OVERLAP = dt.timedelta(seconds=10)
TOUCHING = (
    "case.submitted", "case.edited", "case.resubmitted", "case.supplement_asked", "case.supplemented", "case.returned",
    "case.accepted", "case.deemed_accepted", "case.refused", "case.withdrawn", "case.closed", "case.terminated",
    "case.lapsed", "case.suspended", "case.resumed", "case.extension_asked", "case.extended", "case.extension_refused",
    "case.hearing_told", "case.hearing_requested", "case.hearing_held", "case.transferred", "case.handed_over",
    "case.delivered", "case.decision_corrected", "case.decision_revoked", "case.tolerated", "case.tolerance_met",
    "case.commitment_verified", "case.commitment_broken", "case.visit_arranged", "case.visit_done", "case.urged",
    "case.urging_answered", "case.commitment_signed", "case.commitment_repaired", "case.deleted", "case.due_moved",
    "case.fast_laned", "case.progress_returned", "case.referred", "case.suspension_overdue", "case.taken_over",
    "case.tolerance_missed", "case.tolerance_promised", "case.visit_called_off", "case.visit_finding_recorded",
    "case.consent_withdrawn", "case.consent_of_other_ended", "task.decided", "task.escalated", "question.asked",
    "question.answered",
)  # fmt: skip
"""After what has happened to a case the watches look at it at once."""


async def touch(connection: Connection, message: Message) -> None:
    """Have the watches look at the case that something happened to."""
    await look_soon(connection, message.region, UUID(message.payload["case"]))


async def tell_heads(connection: Connection, message: Message) -> None:
    """Tell the heads of a department about a severe ticket."""
    facts = message.payload
    if facts.get("severity") != "severe":
        return
    for account in await accounts_in_post(connection, message.region, facts["department"], "head"):
        await messages.tell(
            connection,
            region=message.region,
            account=account,
            event=message.id,
            kind=message.topic,
            subject=UUID(facts["case"]),
            at=message.now,
            detail={name: facts.get(name) for name in ("number", "watch", "about_number", "department")},
        )


OBJECTION = {"ticket.answered": "objection.answered", "ticket.reopened": "objection.reopened",
             "ticket.closed": "objection.closed"}  # fmt: skip
"""What happens to a ticket → what whoever objected is told."""


async def tell_objector(connection: Connection, message: Message) -> None:
    """Tell whoever objected to a use of data, or reported wrong ones, that the department answered."""
    facts = message.payload
    found = await objector(connection, message.region, UUID(facts["case"]))
    if found is None:
        return
    said = (facts.get("detail") or {}).get("text") if message.topic == "ticket.answered" else None
    await messages.tell(
        connection,
        region=message.region,
        account=found.account,
        event=message.id,
        kind=OBJECTION[message.topic],
        subject=found.use,
        at=message.now,
        detail={"number": facts["number"], "department": found.department, "detail": {"reasons": said}},
    )


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(TOUCHING, touch),
    **dict.fromkeys(OBJECTION, tell_objector),
    "ticket.opened": tell_heads,
}


async def _look_at_use(kernel: Kernel, since: dt.datetime) -> dt.datetime:
    """Judge who used the exchange since ``since``; after a start, in the last day. Returns since when next time.

    The next look begins a little before this one ended, so that a call that was being committed is not missed.
    """
    async with kernel.database.connection() as connection:
        now = await platform_now(connection)
    await look_at_use(kernel, max(since, now - WINDOW))
    return now - OVERLAP


async def keep_watching(database: Database, kernel_now: KernelNow, stop: asyncio.Event) -> None:
    """Look at what is due until ``stop`` is set. A fault is logged and tried again."""
    taken_up, asked_since = "", dt.datetime.min.replace(tzinfo=dt.UTC)
    while not stop.is_set():
        looked = 0
        try:
            async with database.connection() as connection:
                kernel = await kernel_now(connection)
            if kernel.oversight.digest != taken_up:
                await take_up_watches(kernel)
                taken_up = kernel.oversight.digest
            looked = (await look(kernel)).cases
            asked_since = await _look_at_use(kernel, asked_since)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            # The text may quote a row.
            _log.error("watches.store_failed", reason=type(error).__name__)
        if not looked:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue
