"""What follows each event: a table from topic to handler, drained from the outbox by the jobs process.

A handler may run twice for one message: everything it does is harmless the second time.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.cases.actions.elsewhere import relays
from tongban.cases.library import writing as library
from tongban.cases.library.definitions import LEAVING
from tongban.cases.measures import counting as measures
from tongban.jobs import accounts, appointments, calendars, licences, notices, rights, timers, watching
from tongban.jobs.library import KernelNow
from tongban.jobs.queue import Queue
from tongban.messages import actions as messages
from tongban.parties.enterprises import accounts_beside, accounts_for

TOLD = (
    "case.submitted",
    "case.accepted",
    "case.refused",
    "case.returned",
    "case.supplement_asked",
    "case.withdrawn",
    "case.closed",
    "case.deemed_accepted",
    "case.lapsed",
    "case.suspended",
    "case.resumed",
    "case.extended",
    "case.extension_refused",
    "case.hearing_told",
    "case.hearing_held",
    "case.transferred",
    "case.terminated",
    "case.deleted",
    "case.referred",
    "case.delivered",
    "case.handed_over",
    "case.taken_over",
    "case.tolerated",
    "case.tolerance_met",
    "case.tolerance_missed",
    "case.commitment_verified",
    "case.commitment_broken",
    "case.commitment_repaired",
    "case.visit_arranged",
    "case.visit_called_off",
    "case.visit_done",
    "case.decision_corrected",
    "case.decision_revoked",
    "task.decided",
    "question.answered",
    "case.consent_of_other_ended",
)


AT_WINDOW = ("case.edited", "case.resubmitted", "case.supplemented")
"""Acts of an applicant: they are told of them only where a clerk handed them in, so that nobody does it unseen."""


async def tell_of_window(connection: Connection, message: Message) -> None:
    """Tell the applicant what was handed in at a window in their name."""
    if "window" in (message.payload.get("detail") or {}):
        await tell_applicant(connection, message)


async def tell_applicant(connection: Connection, message: Message) -> None:
    """Tell the applicant what happened to the case: an enterprise through everybody who may act for it now,
    a person directly and through who may act for them."""
    facts = message.payload
    enterprise = facts.get("enterprise")
    if enterprise:
        accounts = await accounts_for(connection, UUID(enterprise), facts.get("journey"))
    else:
        own = UUID(facts["account"])
        accounts = [own, *await accounts_beside(connection, own, facts.get("journey"))]
    for account in dict.fromkeys(accounts):
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


def handlers(queue: Queue, kernel_now: KernelNow) -> Mapping[str, Handler]:
    """The table. A document is deferred to the durable queue in the drain's own transaction.

    ``kernel_now``: the kernel with the packs that are installed now.
    """

    async def order_document(connection: Connection, message: Message) -> None:
        await queue.order_document(connection, message.region, UUID(message.payload["id"]))

    return joined(
        dict.fromkeys(TOLD, tell_applicant),
        dict.fromkeys(AT_WINDOW, tell_of_window),
        {"licence.issued": order_document},
        dict.fromkeys(LEAVING, library.note),
        dict.fromkeys(measures.ENDINGS, measures.note),
        timers.HANDLERS,
        watching.HANDLERS,
        rights.table(kernel_now),
        relays(kernel_now),
        notices.table(queue, kernel_now),
        calendars.table(queue, tell_applicant),
        accounts.table(kernel_now),
        licences.table(kernel_now),
        appointments.HANDLERS,
    )


def joined(*tables: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """One table of several: what stands in more than one is handled by each of them, in this order."""
    topics = {topic for table in tables for topic in table}
    return {topic: _each([table[topic] for table in tables if topic in table]) for topic in topics}


def _each(found: Sequence[Handler]) -> Handler:
    async def handle(connection: Connection, message: Message) -> None:
        for handler in found:
            await handler(connection, message)

    return handle
