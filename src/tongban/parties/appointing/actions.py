"""Verbs of acting for others: ask somebody, accept or decline, end. What ended has ended this very moment.

An enterprise's legal representative, whom the register names, asks administrators and handlers; an administrator asks
handlers only. A person asks agents, after confirming with a factor of their own. Whether anybody has the identity asked
for is not told to who asks: whoever has it, or the telephone, and the name, finds the offer. Called by pages and API.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.appointing.errors import AppointmentUnknown, TooManyOffers, unfit
from tongban.parties.appointing.models import Wish
from tongban.parties.appointing.recording import concerned, note, queries
from tongban.parties.appointing.rules import checked, ends_at
from tongban.parties.log_in.changing import require_confirmed
from tongban.parties.log_in.codes import PER_NUMBER, put_text
from tongban.parties.log_in.owners import mobile_of, read_owner
from tongban.parties.log_in.rules import require_assured
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may, require

MOST_WAITING = 50
INVITED = (
    "【通办】{name}，{whom}请您代为办事。请用本手机号实名登录通办，在“为谁办事”中查看，同意后才生效。如与您无关请忽略。"
)
_APPOINT = {"administrator": "enterprise.appoint_administrator", "handler": "enterprise.appoint_handler"}
_END = {"administrator": "enterprise.end_administrator", "handler": "enterprise.end_handler"}
_GOVERNING = {"administrator": ["legal-representative"], "handler": ["legal-representative", "administrator"]}


async def offer(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    enterprise: UUID | None,
    wish: Wish,
    known: Collection[str],
    now: dt.datetime,
) -> UUID:
    """Ask somebody to act for ``enterprise``, or with None for ``actor``; returns the appointment's id.

    ``known``: the journeys that may be named. Raises ``NotAllowed``, ``AssuranceTooLow``, ``ConfirmFirst`` (for an
    agent), ``WishUnfit``, ``TooManyOffers``, ``TooManyAttempts``.
    """
    if (enterprise is None) != (wish.capacity == "agent"):
        raise unfit("capacity", "请选择管理员或者经办人", "Choose administrator or handler")
    if enterprise is not None:
        require(actor, _APPOINT[wish.capacity], Subject(region=NATION, owner=enterprise))
    require_assured(actor, "real-name")
    wish = checked(wish, known, now)
    if enterprise is None:
        await require_confirmed(connection, vault, actor)
    key = person_key(vault, wish.id_number) if wish.id_number else None
    if key == actor.id_key:
        raise unfit("id_number", "不能授权给自己", "Nobody appoints themself")
    principal = actor.account if enterprise is None else None
    if await queries.waiting(connection, enterprise=enterprise, principal=principal) >= MOST_WAITING:
        raise TooManyOffers(most=MOST_WAITING)
    identifier = new_id()
    async with connection.transaction():
        await queries.offer(
            connection, id=identifier, enterprise=enterprise, principal=principal, capacity=wish.capacity,
            name=wish.name, person_key=key, mobile_key=_mobile_key(vault, wish.mobile), by=actor.account, now=now,
            services=list(wish.services) or None, until=ends_at(wish.last_day),
        )  # fmt: skip
        row = await queries.appointment(connection, id=identifier)
        await note(connection, actor, "offered", row, now, await concerned(connection, row))
        if wish.mobile:
            await _invite(connection, vault, wish, row.for_name)
    return identifier


async def _invite(connection: Connection, vault: Vault, wish: Wish, whom: str) -> None:
    """Tell a telephone that somebody asks: no link and no secret, the owner signs in and finds the offer."""
    number = vault.keyed_hash("mobile", wish.mobile).hex()
    await attempt(connection, [Limit(subject("invited", number), PER_NUMBER)])
    await put_text(connection, vault, wish.mobile, INVITED.format(name=wish.name, whom=whom), None)


def _mobile_key(vault: Vault, mobile: str) -> bytes | None:
    return vault.keyed_hash("mobile", mobile) if mobile else None


async def own_mobile_key(connection: Connection, vault: Vault, actor: Actor) -> bytes | None:
    """The keyed hash of the number at which the actor is reached."""
    mobile = mobile_of(await read_owner(connection, actor.account), vault)
    return _mobile_key(vault, mobile or "")


async def answer(
    connection: Connection, vault: Vault, actor: Actor, appointment: UUID, accept: bool, now: dt.datetime
) -> None:
    """Accept or decline what waits for ``actor``; a newer appointment for the same takes the place of an older one.

    Raises ``AppointmentUnknown`` also when who asked may not appoint any more, ``AssuranceTooLow``.
    """
    require_assured(actor, "real-name")
    mobile = await own_mobile_key(connection, vault, actor)
    async with connection.transaction():
        row = await queries.appointment(connection, id=appointment)
        if row is None or not _waits_for(row, actor, mobile, now) or not await _governs(connection, row, now):
            raise AppointmentUnknown()
        await queries.answer(connection, id=row.id, person=actor.person, accepted=accept, now=now)
        if accept:
            await _put_in_force(connection, actor, row, now)
        answered = await queries.appointment(connection, id=appointment)
        act = "accepted" if accept else "declined"
        await note(connection, actor, act, answered, now, await concerned(connection, answered))


def _waits_for(row: Any, actor: Actor, mobile: bytes | None, now: dt.datetime) -> bool:
    """Whether the offer is open, and meant for the actor: the same name, and the same identity or telephone."""
    open_now = row.answered_at is None and row.ended_at is None and (row.until is None or row.until > now)
    same = row.person_key == actor.id_key or (row.mobile_key is not None and row.mobile_key == mobile)
    return bool(open_now and same and row.name == "".join(actor.name.split()))


async def _governs(connection: Connection, row: Any, now: dt.datetime) -> bool:
    capacities = _GOVERNING.get(row.capacity, [])
    asked = {"enterprise": row.enterprise, "principal": row.principal, "by": row.offered_by, "now": now}
    return bool(await queries.still_governs(connection, capacities=capacities, **asked))


async def _put_in_force(connection: Connection, actor: Actor, row: Any, now: dt.datetime) -> None:
    whom = {"enterprise": row.enterprise, "principal": row.principal, "person": actor.person}
    replaced = queries.replace(connection, id=row.id, by=actor.account, now=now, **whom)
    await queries.end_mandates(connection, ids=[one.id async for one in replaced])
    if row.enterprise is not None:
        await queries.put_in_force(
            connection, enterprise=row.enterprise, person=actor.person, capacity=row.capacity, now=now,
            until=row.until, services=row.services, id=row.id,
        )  # fmt: skip


async def end(connection: Connection, actor: Actor, appointment: UUID, now: dt.datetime) -> None:
    """End an appointment, or take an offer back: it acts at once, open drafts stay whose they are.

    By who may appoint such a one, or by the person appointed. Raises ``AppointmentUnknown``, ``NotAllowed``.
    """
    async with connection.transaction():
        row = await queries.appointment(connection, id=appointment)
        if row is None or row.ended_at is not None or row.accepted is False or not _concerns(actor, row):
            raise AppointmentUnknown()
        if row.person != actor.person and row.enterprise is not None:
            require(actor, _END[row.capacity], Subject(region=NATION, owner=row.enterprise))
        await queries.end(connection, id=row.id, by=actor.account, now=now)
        await queries.end_mandates(connection, ids=[row.id])
        act = "ended" if row.accepted else "taken_back"
        await note(connection, actor, act, row, now, await concerned(connection, row))


def _concerns(actor: Actor, row: Any) -> bool:
    """Whether the actor may know of it: who appointed, whose enterprise it is, or who is appointed."""
    if row.person == actor.person or row.principal == actor.account:
        return True
    return row.enterprise is not None and may(
        actor, "enterprise.read_people", Subject(region=NATION, owner=row.enterprise)
    )
