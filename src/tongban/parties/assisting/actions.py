"""Take a matter in for somebody who is present, and note how they confirmed it.

Nothing is open to a clerk but the single matters taken in that day (relation ``assists``). Called by
``cases.actions.assisted``; who may receive people at which window says the checkpoint (``identity.assist``).
"""

import datetime as dt
from uuid import UUID

from tongban.basics.calendar import CST, local_day
from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.assisting.errors import CardNotSeen, ConfirmationMissing, NameDiffers, Oneself, Underage
from tongban.parties.guarding.rules import ends_at
from tongban.parties.keeping.actions import Kept, account_for
from tongban.parties.log_in.codes import check_code, send_code
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.models import Actor, Assistance, Confirmation, Subject
from tongban.parties.rules import require

TAKEN_IN = 40
"""How many people one clerk identifies within a quarter of an hour: more would be looking up names."""
_queries = load_queries("tongban.parties.assisting")


async def identify(
    connection: Connection,
    vault: Vault,
    clerk: Actor,
    window: Subject,
    name: str,
    id_number: str,
    seen: bool,
    now: dt.datetime,
) -> Kept:
    """Whoever stands at the window: their account, kept for them if they have none. In the caller's transaction.

    Raises ``NotAllowed``, ``CardNotSeen``, ``CodeError``, ``Underage``, ``Oneself``, ``NameDiffers``.
    """
    require(clerk, "identity.assist", window)
    if not seen:
        raise CardNotSeen("seen")
    try:
        number = resident_id.parse(id_number)
    except CodeError as error:
        raise type(error)("id_number", **error.data) from None
    if ends_at(number.birth) > now:
        raise Underage("id_number")
    given = "".join(name.split())
    if not given:
        raise NameDiffers("name")
    found = await account_for(connection, vault, number, given)
    if found.account == clerk.account:
        raise Oneself("id_number")
    if found.name != given:
        raise NameDiffers("name")
    return found


async def throttle(connection: Connection, clerk: Actor) -> None:
    """Count one more person whom ``clerk`` identifies. Raises ``TooManyAttempts``."""
    await attempt(connection, [Limit(subject("window", str(clerk.account)), TAKEN_IN)])


async def begin(
    connection: Connection,
    clerk: Actor,
    window: Subject,
    found: Kept,
    matter: UUID,
    journey: str,
    now: dt.datetime,
) -> None:
    """``clerk`` sees to ``matter`` of the person until the end of the day. In the caller's transaction."""
    until = dt.datetime.combine(local_day(now) + dt.timedelta(days=1), dt.time(), CST)
    await _queries.begin(
        connection, region=window.region, matter=matter, clerk=clerk.account, department=window.department,
        account=found.account, journey=journey, now=now, until=until,
    )  # fmt: skip
    facts = {
        "clerk": str(clerk.account), "department": window.department, "card": "seen", "account": str(found.account),
        "journey": journey,
    }  # fmt: skip
    await record(connection, prepare(window.region, "assistance.begun", matter, facts, now, person_key=found.key))


async def send_own_code(connection: Connection, vault: Vault, held: Assistance, mobile: str) -> None:
    """Send a code to the telephone of whoever stands at the window. Raises ``TooManyAttempts``."""
    await send_code(connection, vault, mobile=mobile, bound_to=held.matter.bytes, use="confirm", account=held.account)


async def confirm(
    connection: Connection,
    vault: Vault,
    clerk: Actor,
    held: Assistance,
    revision: int,
    how: Confirmation,
    code: str,
    now: dt.datetime,
) -> None:
    """The person confirmed the draft at ``revision``: signed its print, or told the ``code`` from their telephone.

    Raises ``CodeWrong``, ``ConfirmationMissing`` when the day is over.
    """
    if how == "code":
        await check_code(connection, vault, bound_to=held.matter.bytes, use="confirm", code=code)
    async with connection.transaction():
        done = await _queries.confirm(
            connection, region=held.region, matter=held.matter, clerk=clerk.account, how=how, revision=revision
        )
        if done is None:
            raise ConfirmationMissing()
        facts = {"clerk": str(clerk.account), "how": how, "revision": revision}
        await record(connection, prepare(held.region, "assistance.confirmed", held.matter, facts, now))
