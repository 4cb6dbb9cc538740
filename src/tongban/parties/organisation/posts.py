"""Who holds what: appoint, let act (代理), end, move to another post, hand over what is open.

Called by the administrators' and heads' pages, the API, the import and SCIM. Administrators of a region give every
post; whoever heads a department gives the ordinary ones in it, and nobody gives themselves one.
"""

import datetime as dt
from typing import Annotated, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Role
from tongban.parties.organisation.errors import (
    LastAdministrator,
    OfficialUnknown,
    PostUnknown,
    ReceiverNeeded,
    Unfit,
    unfit,
)
from tongban.parties.organisation.models import HandOver, Holding, Position, Unit
from tongban.parties.organisation.recording import (
    By,
    holdings_of,
    lock,
    must,
    note,
    positions_of,
    queries,
    units_of,
    who,
)
from tongban.parties.organisation.rules import LONGEST_ACTING, department_of, since_fault, span_fault, standing
from tongban.parties.organisation.units import GOVERNING

Note = Annotated[str, Meta(max_length=500, pattern=r"^[^\u0000]*$")]


class OpenWork(Protocol):
    """How many tasks a department has open: counted by whoever knows tasks, who is handed in."""

    async def __call__(self, connection: Connection, region: str, department: str) -> int:
        """Tasks of ``department`` that wait to be done."""


async def nothing_open(connection: Connection, region: str, department: str) -> int:
    """What is open where no tasks are known, as at an installation."""
    return 0


class PostWish(Struct, frozen=True, forbid_unknown_fields=True):
    """A post as it shall be held: a ``position``, or a ``role`` in a ``unit``. ``acting`` needs ``until``."""

    position: str | None = None
    unit: str | None = None
    role: Role | None = None
    acting: bool = False
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class Seat(Struct, frozen=True):
    """What a wish comes to: the department that gives access, the office within it, title and role."""

    department: str
    unit: str | None
    role: Role
    title: str | None
    position: str | None


def seat_of(units: dict[str, Unit], positions: dict[str, Position], wish: PostWish) -> Seat:
    """Where ``wish`` leads. Raises ``Unfit`` for a position or unit that does not stand."""
    position = positions.get(wish.position) if wish.position else None
    if wish.position and position is None:
        raise unfit("position", f"现在没有岗位“{wish.position}”", f"There is no position “{wish.position}” now")
    unit, role = (position.unit, position.role) if position else (wish.unit, wish.role)
    department = department_of(units, unit) if unit else None
    if unit is None or role is None or department is None:
        raise unfit("position", "请选择岗位，或者选择机构和角色", "Choose a position, or a unit and a role")
    office = unit if units[unit].kind == "office" else None
    return Seat(department, office, role, position.title if position else None, position.id if position else None)


async def _seat(connection: Connection, region: str, wish: PostWish, at: dt.datetime) -> Seat:
    units = standing(await units_of(connection, [region]), at)
    return seat_of(units, standing(await positions_of(connection, region), at), wish)


async def give_post(
    connection: Connection, by: By, region: str, account: UUID, wish: PostWish, now: dt.datetime
) -> UUID:
    """Appoint ``account``, or let it act until a day. Returns the post's id.

    Raises ``NotAllowed`` (nobody appoints themselves; heads give ordinary posts of their own department only),
    ``OfficialUnknown``, ``Unfit``.
    """
    since = max(wish.since or now, now)
    seat = await _seat(connection, region, wish, since)
    must(by, "post.govern" if seat.role in GOVERNING else "post.give", region, seat.department)
    if by is not None and by.account == account:
        raise NotAllowed()
    _check_time(wish, since, now)
    async with connection.transaction():
        await lock(connection, region)
        if not await serves(connection, region, account):
            raise OfficialUnknown()
        await queries.touch_staff(connection, region=region, account=account, now=now, sealed=None, external=None)
        return await put_post(connection, by, region, account, seat, wish, since, now)


async def serves(connection: Connection, region: str, account: UUID) -> bool:
    """Whether somebody belongs to the region's directory and has not left."""
    found = [row async for row in queries.officials(connection, **one_official(region, account))]
    return bool(found) and found[0].left_at is None


def one_official(region: str, account: UUID) -> dict[str, object]:
    """What asks for one official, whether still serving or not."""
    return {
        "region": region, "account": account, "login": None, "external": None, "department": None, "typed": None,
        "units": [], "after": None, "gone": True, "most": 1,
    }  # fmt: skip


def _check_time(wish: PostWish, since: dt.datetime, now: dt.datetime) -> None:
    if wish.acting and wish.until is None:
        raise unfit("until", "代理要写明到哪一天为止", "Acting needs the day on which it ends")
    if fault := since_fault(since, now):
        raise Unfit([fault])
    if wish.until is not None:
        fault = span_fault(since, wish.until, now, LONGEST_ACTING if wish.acting else dt.timedelta(days=36525))
        if fault:
            raise Unfit([fault])


async def put_post(
    connection: Connection,
    by: By,
    region: str,
    account: UUID,
    seat: Seat,
    wish: PostWish,
    since: dt.datetime,
    now: dt.datetime,
) -> UUID:
    """Write a post that was checked, with its entry. In the caller's transaction."""
    post = new_id()
    values = {"role": seat.role, "position": seat.position, "unit": seat.unit, "title": seat.title}
    times = {"since": since, "until": wish.until, "acting": wish.acting}
    await queries.put_held(
        connection, region=region, id=post, account=account, department=seat.department, **values, **times
    )
    kind = "post.lent" if wish.acting else "post.given"
    facts = {"post": post, "department": seat.department, "role": seat.role, "position": seat.position}
    await note(connection, by, region, kind, account, now, **facts, since=since, until=wish.until)
    return post


class Giving(Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes over what is open, and what to know about it."""

    receiver: UUID
    note: Note = ""


async def held_post(connection: Connection, region: str, post: UUID, now: dt.datetime) -> Holding:
    """A post that has not ended. Raises ``PostUnknown``."""
    held = (one for one in await holdings_of(connection, region) if one.id == post)
    found = next((one for one in held if one.until is None or one.until > now), None)
    if found is None:
        raise PostUnknown()
    return found


async def end_post(
    connection: Connection,
    by: By,
    region: str,
    post: UUID,
    now: dt.datetime,
    giving: Giving | None = None,
    open_work: OpenWork = nothing_open,
) -> None:
    """End a post at once; what is open goes to ``giving``'s receiver.

    Raises ``PostUnknown``, ``NotAllowed``, ``ReceiverNeeded`` when nobody else could go on, ``LastAdministrator``.
    """
    held = await held_post(connection, region, post, now)
    must(by, "post.govern" if held.role in GOVERNING else "post.give", region, held.department)
    async with connection.transaction():
        await lock(connection, region)
        await spare_last_administrator(connection, region, held.account, [held])
        await queries.end_post(connection, region=region, id=post, at=now)
        await queries.touch_staff(connection, region=region, account=held.account, now=now, sealed=None, external=None)
        facts = {"post": post, "department": held.department, "role": held.role}
        await note(connection, by, region, "post.ended", held.account, now, **facts)
        await hand_over(connection, by, region, held.account, held.department, giving, now, open_work)


async def move(
    connection: Connection,
    by: By,
    region: str,
    post: UUID,
    wish: PostWish,
    now: dt.datetime,
    giving: Giving | None = None,
    open_work: OpenWork = nothing_open,
) -> UUID:
    """Let somebody change post: the old one ends, the new one begins, what is open is handed over; all or nothing.

    Raises as ``end_post`` and ``give_post`` do.
    """
    held = await held_post(connection, region, post, now)
    async with connection.transaction():
        new = await give_post(connection, by, region, held.account, wish, now)
        await end_post(connection, by, region, post, now, giving, open_work)
        return new


async def spare_last_administrator(connection: Connection, region: str, account: UUID, ending: list[Holding]) -> None:
    """Raise ``LastAdministrator`` when nobody would administer ``region`` any more."""
    others = await queries.other_administrators(connection, region=region, account=account)
    if not others and any(one.role == "administrator" for one in ending):
        raise LastAdministrator()


async def hand_over(
    connection: Connection,
    by: By,
    region: str,
    giver: UUID,
    department: str,
    giving: Giving | None,
    now: dt.datetime,
    open_work: OpenWork,
) -> None:
    """Give what ``giver`` had open in ``department`` to the receiver, who gets the handler's post there if need be.

    In the caller's transaction, after the giver's post has ended. Raises ``ReceiverNeeded``, ``OfficialUnknown``.
    """
    count = await open_work(connection, region, department)
    if giving is None:
        if count and not await queries.others_deciding(connection, region=region, department=department, account=giver):
            raise ReceiverNeeded("receiver", department=department, open=count)
        return
    if giving.receiver == giver or not await serves(connection, region, giving.receiver):
        raise OfficialUnknown("receiver")
    held = await holdings_of(connection, region, account=giving.receiver, department=department)
    if not any(one.held_at(now) and one.role in ("handler", "head") for one in held):
        seat = Seat(department, None, "handler", None, None)
        await put_post(connection, by, region, giving.receiver, seat, PostWish(), now, now)
    given = {"giver": giver, "receiver": giving.receiver, "department": department, "open_tasks": count}
    made = new_id()
    await queries.put_hand_over(
        connection, region=region, id=made, note=giving.note.strip(), made_by=who(by), made_at=now, **given
    )
    facts = {"receiver": giving.receiver, "department": department, "open": count}
    await note(connection, by, region, "handover.made", giver, now, **facts)


async def confirm(connection: Connection, by: By, region: str, hand_over_id: UUID, now: dt.datetime) -> None:
    """The receiver says that it is in their hands. Raises ``PostUnknown`` for anybody else's."""
    async with connection.transaction():
        if not await queries.confirm_hand_over(connection, region=region, id=hand_over_id, account=who(by), at=now):
            raise PostUnknown()
        await note(connection, by, region, "handover.confirmed", who(by), now, handover=hand_over_id)


async def hand_overs(connection: Connection, region: str, account: UUID) -> list[HandOver]:
    """What ``account`` gave and was given, newest first."""
    rows = queries.hand_overs(connection, region=region, account=account)
    return [HandOver(**row._asdict()) async for row in rows]
