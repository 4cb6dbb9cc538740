"""What follows a change of a licence: its holder is told, and the list for those offline is made anew."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.jobs.library import KernelNow
from tongban.licences import actions
from tongban.licences.life.actions import accounts_of
from tongban.licences.listing.actions import publish
from tongban.messages import actions as messages

CHANGED = (
    "licence.suspended",
    "licence.resumed",
    "licence.revoked",
    "licence.withdrawn",
    "licence.cancelled",
)


def table(kernel_now: KernelNow) -> Mapping[str, Handler]:
    """Every change of a licence → who tells of it."""

    async def tell(connection: Connection, message: Message) -> None:
        kernel = await kernel_now(connection)
        licence = await actions.read(connection, kernel.vault, message.region, UUID(message.payload["id"]))
        detail = {"licence": licence.type_name, "detail": {"reasons": licence.state_reason}}
        for account in await accounts_of(connection, licence.holder_key):
            await messages.tell(
                connection,
                region=message.region,
                account=account,
                event=message.id,
                kind=message.topic,
                subject=licence.id,
                at=message.now,
                detail=msgspec.to_builtins(detail),
            )
        await publish(connection, kernel.signer, message.region, message.now)

    return dict.fromkeys(CHANGED, tell)
