"""Prove to be an enterprise's legal representative: the register is asked, and what it answers holds.

What it says at the newest proof is what holds: whoever it named before and names no more represents nobody from then
on, whether the new one proves it or the former one tries again. Whom the enterprise appointed stays appointed; the new
representative may end that. Called by the page, the API and the tests.
"""

import datetime as dt
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.calendar_file import NATION
from tongban.basics.codes import uscc
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection, Database
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.actions import particulars
from tongban.parties.enterprises import enterprise_key
from tongban.parties.log_in.rules import require_assured
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.models import Actor, EnterpriseParticulars
from tongban.parties.representing.errors import MarketRegisterSilent, NotRepresentative
from tongban.parties.representing.register import MarketRegister, Registered

TRIES = 6
"""How often one account may claim within a quarter of an hour."""
_queries = load_queries("tongban.parties.representing")
_basics = load_queries("tongban.basics")


class Represented(Struct, frozen=True):
    """The enterprise that the actor represents now: ``id`` is its hat."""

    id: UUID
    name: str


async def claim(
    database: Database, vault: Vault, register: MarketRegister | None, actor: Actor, code: str, now: dt.datetime
) -> Represented:
    """Prove that ``actor`` legally represents the enterprise with the USCC ``code``; the hat exists at once.

    No connection waits for the register. ``register`` None: not connected here. Raises ``AssuranceTooLow``,
    ``CodeError``, ``TooManyAttempts``, ``MarketRegisterSilent``, ``NotRepresentative``.
    """
    require_assured(actor, "real-name")
    try:
        number = uscc.parse(code).code
    except CodeError as error:
        raise type(error)("uscc", **error.data) from None
    if register is None:
        raise MarketRegisterSilent()
    async with database.connection() as connection:
        await attempt(connection, [Limit(subject("representative", str(actor.account)), TRIES)])
    found = await register.represented(number, particulars(vault, actor).id_number)
    key = enterprise_key(vault, number)
    async with database.connection() as connection, connection.transaction():
        if found is not None:
            return await _stand(connection, vault, actor, number, key, found, now)
        row = await _queries.end_own(connection, uscc_key=key, person=actor.person, now=now)
        if row is not None:
            held = Represented(row.id, row.name)
            await record_end(connection, str(actor.account), held, key, actor.name, actor.account, now)
    raise NotRepresentative("uscc")


async def _stand(
    connection: Connection, vault: Vault, actor: Actor, number: str, key: bytes, found: Registered, now: dt.datetime
) -> Represented:
    """The actor represents the enterprise from now on, and nobody else does."""
    held = EnterpriseParticulars(number, actor.name, found.address, found.scope)
    sealed = vault.seal(msgspec.json.encode(held), key)
    enterprise: UUID = await _queries.put_registered(
        connection, id=new_id(), uscc_key=key, name=found.name, sealed=sealed
    )
    made, whom = Represented(enterprise, found.name), {"enterprise": enterprise, "person": actor.person, "now": now}
    for former in [row async for row in _queries.end_others(connection, **whom)]:
        await record_end(connection, str(actor.account), made, key, former.name, former.account, now)
    if await _queries.put_representative(connection, **whom) is not None:
        facts = {"by": str(actor.account), "capacity": "legal-representative", "source": "register"}
        await record(connection, prepare(NATION, "enterprise.represented", enterprise, facts, now, person_key=key))
    return made


async def resign(connection: Connection, actor: Actor, now: dt.datetime) -> None:
    """``actor`` closes their account and represents no enterprise any more: in the caller's transaction, recorded.

    Whom the register still names proves it again with another account.
    """
    for row in [row async for row in _queries.resign(connection, person=actor.person, now=now)]:
        enterprise, key = Represented(row.id, row.name), bytes(row.uscc_key)
        await record_end(
            connection, str(actor.account), enterprise, key, actor.name, actor.account, now, source="account-closed"
        )


async def record_end(
    connection: Connection,
    by: str,
    enterprise: Represented,
    key: bytes,
    name: str,
    account: UUID | None,
    now: dt.datetime,
    source: str = "register",
) -> None:
    """Record that ``name`` (``account``) represents the enterprise no longer, and tell them (``jobs.appointments``).

    ``by``: the account that asked the register, ``process`` for the platform itself.
    """
    facts = {
        "by": by,
        "capacity": "legal-representative",
        "account": str(account) if account else None,
        "source": source,
    }
    entry = prepare(NATION, "appointment.ended", enterprise.id, facts, now, person_key=key)
    await record(connection, entry)
    told = {"accounts": [str(account)] if account else [], "subject": str(enterprise.id), "enterprise": True}
    told |= {"for_name": enterprise.name, "name": name, "capacity": "legal-representative"}
    await _basics.put_message(connection, region=NATION, id=entry.id, topic=entry.kind, payload=Jsonb(told))
