"""Leave with a named substitute (休假代办): who stands in sees and decides what waits, only while the leave runs.

Posts that govern accounts or watch over others are not lent, a lent post is never lent on, and whatever the substitute
decides says in whose place. Called by everybody's own page, the heads' and administrators', and the API.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor
from tongban.parties.organisation.errors import LeaveOverlaps, LeaveUnknown, SubstituteAway, Unfit, unfit
from tongban.parties.organisation.models import Leave
from tongban.parties.organisation.posts import one_official
from tongban.parties.organisation.recording import holdings_of, lock, must, note, queries
from tongban.parties.organisation.rules import LONGEST_LEAVE, span_fault


class LeaveWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is away (None: oneself), who stands in, from when until when (the moment it is over)."""

    substitute: UUID
    since: dt.datetime
    until: dt.datetime
    account: UUID | None = None


async def _may_set(connection: Connection, actor: Actor, region: str, account: UUID, now: dt.datetime) -> None:
    """One's own; else a head's for the department's people, or the administrator's."""
    held = [one for one in await holdings_of(connection, region, account=account) if one.held_at(now)]
    if account == actor.account and held:
        return
    for department in {one.department for one in held}:
        must(actor, "leave.set", region, department)
    if not held:
        raise NotAllowed()


async def set_leave(connection: Connection, actor: Actor, region: str, wish: LeaveWish, now: dt.datetime) -> Leave:
    """Put down a leave. Raises ``NotAllowed``, ``Unfit``, ``LeaveOverlaps``, ``SubstituteAway``."""
    account = wish.account or actor.account
    await _may_set(connection, actor, region, account, now)
    since = max(wish.since, now)
    if fault := span_fault(since, wish.until, now, LONGEST_LEAVE):
        raise Unfit([fault])
    async with connection.transaction():
        await lock(connection, region)
        await _check(connection, region, account, wish, since)
        leave = new_id()
        await queries.put_leave(
            connection, region=region, id=leave, account=account, substitute=wish.substitute, since=since,
            until=wish.until, set_by=actor.account, set_at=now,
        )  # fmt: skip
        facts = {"leave": leave, "substitute": wish.substitute, "since": since, "until": wish.until}
        await note(connection, actor, region, "leave.set", account, now, **facts)
        return await read_leave(connection, region, leave)


async def _check(connection: Connection, region: str, account: UUID, wish: LeaveWish, since: dt.datetime) -> None:
    if wish.substitute == account:
        raise unfit("substitute", "代办人不能是本人", "Somebody else has to stand in")
    found = [row async for row in queries.officials(connection, **one_official(region, wish.substitute))]
    if not found or found[0].left_at is not None:
        raise unfit("substitute", "代办人必须是本区划在职的工作人员", "Choose somebody who serves in this region")
    span = {"region": region, "since": since, "until": wish.until}
    if await queries.away_between(connection, account=account, **span):
        raise LeaveOverlaps("since")
    if await queries.away_between(connection, account=wish.substitute, **span):
        raise SubstituteAway("substitute", name=found[0].name)
    if await queries.standing_in_between(connection, account=account, **span):
        raise unfit(
            "since",
            "您在这段时间是别人的代办人，请先请对方改派",
            "You stand in for somebody then: let them choose again",
        )


async def end_leave(connection: Connection, actor: Actor, region: str, leave: UUID, now: dt.datetime) -> None:
    """End a leave at once: back at the desk. Raises ``LeaveUnknown``, ``NotAllowed``."""
    found = await read_leave(connection, region, leave)
    if found.ended_at is not None or found.until <= now:
        raise LeaveUnknown()
    await _may_set(connection, actor, region, found.account, now)
    async with connection.transaction():
        await queries.end_leave(connection, region=region, id=leave, at=now)
        await note(connection, actor, region, "leave.ended", found.account, now, leave=leave)


async def read_leave(connection: Connection, region: str, leave: UUID) -> Leave:
    """One leave. Raises ``LeaveUnknown``."""
    row = await queries.leave(connection, region=region, id=leave)
    if row is None:
        raise LeaveUnknown()
    return Leave(**row._asdict())


async def leaves(connection: Connection, region: str, account: UUID | None = None, past: bool = False) -> list[Leave]:
    """Leaves that run or are to come (all with ``past``), of a region or with one account on either side."""
    rows = queries.leaves_of(connection, region=region, account=account, past=past)
    return [Leave(**row._asdict()) async for row in rows]
