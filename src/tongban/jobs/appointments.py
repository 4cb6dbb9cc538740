"""What everybody concerned is told of an appointment (offered, accepted, declined, taken back, ended) or a guardian.

Drained from the outbox, where ``parties.appointing.recording``, ``parties.representing`` and
``parties.guarding.appointed`` put each act with the accounts to tell.
"""

from collections.abc import Mapping
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.messages import actions as messages

TOLD = (
    *(f"appointment.{act}" for act in ("offered", "accepted", "declined", "taken_back", "ended")),
    "guardianship.confirmed",
    "guardianship.ended",
)


async def tell(connection: Connection, message: Message) -> None:
    """Tell each of the accounts once."""
    facts = message.payload
    detail = {name: facts[name] for name in ("for_name", "name", "capacity", "enterprise")}
    for account in facts["accounts"]:
        await messages.tell(
            connection,
            region=message.region,
            account=UUID(account),
            event=message.id,
            kind=message.topic,
            subject=UUID(facts["subject"]),
            at=message.now,
            detail=detail,
        )


HANDLERS: Mapping[str, Handler] = dict.fromkeys(TOLD, tell)
