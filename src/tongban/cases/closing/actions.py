"""Close one's own account, at once: what opened it is destroyed, what may go goes, what must stay stays.

What is kept (cases in their years of retention, uses, licences) stands under the account as under one that is only
kept: nobody signs in to it. Whoever later proves to be the person, with a new account, takes it over
(``parties.keeping.take_over``). Where nothing is kept, name and identity go too. Law followed: Personal Information
Protection Law 个人信息保护法 article 47; which records go and stay is weighed as for a request for deletion. Called by
the account's page and the API.
"""

import datetime as dt
from uuid import UUID

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.closing.errors import ClosingHeld
from tongban.cases.closing.models import Closed, Closing
from tongban.cases.closing.weighing import obstacles
from tongban.cases.kernel import Kernel
from tongban.cases.rights.deleting import delete, findings
from tongban.cases.rights.models import Found, Whose
from tongban.parties.applications.consents import withdraw_all
from tongban.parties.appointing.leaving import leave_all
from tongban.parties.errors import NotSignedIn
from tongban.parties.guarding.actions import end_as_parent
from tongban.parties.log_in.changing import require_confirmed
from tongban.parties.log_in.closing import shut
from tongban.parties.models import Actor
from tongban.parties.representing.actions import resign
from tongban.resources.consenting import actions as consenting

_queries = load_queries("tongban.cases.closing")
_WHY = "an account is weighed and closed for the person who asks: counts and rules, nothing is shown of what they hold"


async def weigh(kernel: Kernel, actor: Actor, now: dt.datetime) -> Closing:
    """What would go and stay if ``actor`` closed their account now, and what must be settled first."""
    with as_platform(_WHY):
        async with kernel.database.connection() as connection:
            found = await findings(connection, _whose(actor), now)
            held = await obstacles(connection, actor)
            return Closing(tuple(held), tuple(found), await _name_needed(connection, actor, found))


async def close(kernel: Kernel, actor: Actor) -> Closed:
    """Close the account that ``actor`` signed in to, at once and for good.

    Raises ``ConfirmFirst`` (proved again to be the owner in the last ten minutes), ``ClosingHeld``, ``NotSignedIn``.
    """
    with as_platform(_WHY):
        async with kernel.database.transaction() as connection:
            await require_confirmed(connection, kernel.vault, actor)
            row = await _queries.hold(connection, account=actor.account)
            if row is None:
                raise NotSignedIn()
            if held := await obstacles(connection, actor):
                raise ClosingHeld(zh="；".join(one.zh for one in held), en="; ".join(one.en for one in held))
            found = await delete(connection, _whose(actor), row.now)
            await _end(connection, kernel, actor, row.now)
            kept = await _name_needed(connection, actor, found)
            await shut(connection, kernel.vault, actor, kept, row.now)
    return Closed(tuple(found), kept)


def _whose(actor: Actor) -> Whose:
    """Whose data are weighed: no ticket asked for it."""
    return Whose(NATION, UUID(int=0), "deletion", actor.account, actor.id_key)


async def _end(connection: Connection, kernel: Kernel, actor: Actor, now: dt.datetime) -> None:
    """End what others were let do or know: consents, agents and offices by appointment, applications, copies."""
    rows = [row async for row in _queries.consented(connection, account=actor.account)]
    for row in rows:
        await consenting.withdraw(connection, row.region, row.case_id, now, kept=(), owner=actor.account)
    await leave_all(connection, actor, now)
    await resign(connection, actor, now)
    await end_as_parent(connection, actor, now)
    await withdraw_all(connection, kernel.vault, actor, now)
    await _queries.forget_copies(connection, account=actor.account)


async def _name_needed(connection: Connection, actor: Actor, found: list[Found]) -> bool:
    whom = {"account": actor.account, "person": actor.person, "key": actor.id_key}
    return any(one.why != "may-go" for one in found) or bool(await _queries.name_needed(connection, **whom))
