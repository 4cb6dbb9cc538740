"""What follows a published calendar: due dates worked out anew, batch after batch, and whom it moved is told why."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tongban.basics.database import Connection, Database
from tongban.basics.outbox import Handler, Message
from tongban.cases.actions.recomputing import Change, recompute
from tongban.jobs.library import KernelNow
from tongban.jobs.queue import Queue
from tongban.messages import actions as messages
from tongban.parties.actions import accounts_in_post
from tongban.parties.models import Role

_TOLD: tuple[Role, ...] = ("handler", "head")


def table(queue: Queue, tell_applicant: Handler) -> Mapping[str, Handler]:
    """Topic → handler. ``tell_applicant`` tells one message to whoever applied."""

    async def order(connection: Connection, message: Message) -> None:
        await queue.order_recomputing(connection, message.payload)

    async def tell(connection: Connection, message: Message) -> None:
        if "to" in message.payload["detail"]:
            await tell_applicant(connection, message)
        await tell_departments(connection, message)

    return {"calendar.published": order, "case.due_moved": tell}


async def tell_departments(connection: Connection, message: Message) -> None:
    """Tell the departments that have the case now: of their task's days if those moved, else of the case's."""
    facts, inner = message.payload, message.payload["detail"]
    for department, task in sorted(inner["ready"].items()):
        moved = next((one for one in inner["tasks"] if one["department"] == department), inner)
        if "to" not in moved:
            continue
        told = {"year": inner["year"], "from": moved["from"], "to": moved["to"], "whole": moved is inner}
        for role in _TOLD:
            for account in await accounts_in_post(connection, message.region, department, role):
                await messages.tell(
                    connection,
                    region=message.region,
                    account=account,
                    event=message.id,
                    kind="task.due_moved",
                    subject=UUID(facts["case"]),
                    at=message.now,
                    detail={
                        "number": facts["number"],
                        "journey": facts["journey"],
                        "task": moved.get("task", task),
                        "actor": facts["actor"],
                        "detail": told,
                    },
                )


async def recompute_batch(database: Database, kernel_now: KernelNow, order: dict[str, Any]) -> dict[str, Any] | None:
    """Work one batch out anew; the order of the next one, or None at the end."""
    async with database.connection() as connection:
        kernel = await kernel_now(connection)
    change = Change(order["region"], order["year"], dt.date.fromisoformat(order["since"]), order["basis"])
    after = order.get("after")
    done = await recompute(kernel, change, (after[0], UUID(after[1])) if after else None)
    return {**order, "after": [done.next[0], str(done.next[1])]} if done.next else None
