"""What follows the answer to what a person asked about their data: they are told, and an agreed copy is made.

Handlers of the outbox; all of it is harmless the second time.
"""

from collections.abc import Mapping
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.cases.rights.asking import asker
from tongban.cases.rights.copying import make_copy
from tongban.jobs.library import KernelNow
from tongban.messages import actions as messages

TOLD = {"ticket.answered": "rights.answered", "ticket.reopened": "rights.reopened"}
"""What happens to a request's ticket → what the person is told."""


async def tell_asker(connection: Connection, message: Message) -> None:
    """Tell the person that their request was answered, or that the answer was sent back."""
    facts = message.payload
    found = await asker(connection, message.region, UUID(facts["case"]))
    if found is None:
        return
    await messages.tell(
        connection,
        region=message.region,
        account=found.account,
        event=message.id,
        kind=TOLD[message.topic],
        subject=UUID(facts["case"]),
        at=message.now,
        detail={
            "number": facts["number"],
            "department": found.department,
            "asked": found.kind,
            "detail": {"reasons": (facts.get("detail") or {}).get("text") or None},
        },
    )


def table(kernel_now: KernelNow) -> Mapping[str, Handler]:
    """The handlers. ``kernel_now``: the kernel with the packs that are installed now."""

    async def copy(connection: Connection, message: Message) -> None:
        await make_copy(connection, await kernel_now(connection), message.region, UUID(message.payload["case"]))

    async def answered(connection: Connection, message: Message) -> None:
        await tell_asker(connection, message)
        await copy(connection, message)

    return {"ticket.answered": answered, "ticket.reopened": tell_asker}
