"""Who acts for whom, as pages and API show it."""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.parties.appointing.actions import own_mobile_key
from tongban.parties.appointing.models import Appointment
from tongban.parties.appointing.recording import queries
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may, require


class People(Struct, frozen=True):
    """Who acts for one enterprise: ``heads`` are the legal representatives' names, as the register says."""

    enterprise: UUID
    name: str
    heads: list[str]
    appointments: list[Appointment]
    may_appoint_administrators: bool


async def people_of(connection: Connection, actor: Actor, enterprise: UUID) -> People:
    """The people of an enterprise, for who governs it. Raises ``NotAllowed``, the same for an unknown one."""
    subject = Subject(region=NATION, owner=enterprise)
    require(actor, "enterprise.read_people", subject)
    mandate = actor.mandate(enterprise)
    heads = [row.name async for row in queries.heads_of(connection, enterprise=enterprise)]
    rows = [row async for row in queries.appointments_for(connection, enterprise=enterprise, principal=None)]
    administrators = may(actor, "enterprise.appoint_administrator", subject)
    return People(enterprise, mandate.name if mandate else "", heads, _all(rows), administrators)


async def agents_of(connection: Connection, actor: Actor) -> list[Appointment]:
    """Whom the actor lets or asked to act for themself."""
    return _all([row async for row in queries.appointments_for(connection, enterprise=None, principal=actor.account)])


async def offered_to(connection: Connection, vault: Vault, actor: Actor) -> list[Appointment]:
    """What waits for the actor's answer; nothing for who only says who they are."""
    if not actor.assured("real-name"):
        return []
    mobile, name = await own_mobile_key(connection, vault, actor), "".join(actor.name.split())
    return _all([row async for row in queries.offered_to(connection, key=actor.id_key, mobile=mobile, name=name)])


async def held_by(connection: Connection, actor: Actor) -> list[Appointment]:
    """What the actor accepted and still holds."""
    return _all([row async for row in queries.held_by(connection, person=actor.person)])


def _all(rows: list[Any]) -> list[Appointment]:
    return [msgspec.convert(row._asdict(), Appointment) for row in rows]
