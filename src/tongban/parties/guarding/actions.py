"""Prove to be a child's parent: the register answers only whether it is so, and for each parent apart.

Child and parents share one account of the child's, which nobody can sign in to: what one parent applies for the other
sees too, once proved. It ends by itself on the day the child is of age. Called by the page and the tests.
"""

import datetime as dt
from uuid import UUID

from tongban.basics.calendar_file import NATION
from tongban.basics.codes import resident_id
from tongban.basics.database import Connection, Database
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.actions import particulars, person_key
from tongban.parties.guarding.errors import OfAge, ParentageUnproved, RegisterNotConnected
from tongban.parties.guarding.rules import ends_at
from tongban.parties.keeping.actions import account_for
from tongban.parties.log_in.rules import require_assured
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.log_in.verifiers import Verifier, Verifiers, Way
from tongban.parties.models import Actor

RESOURCE = "police.parentage"
CHILD = "child"
PARENTS = ("mother", "father")
WAYS = {
    CHILD: Way(RESOURCE, "name", "孩子姓名", "The child's name"),
    "mother": Way(RESOURCE, "mother_id_number", "母亲", "Mother"),
    "father": Way(RESOURCE, "father_id_number", "父亲", "Father"),
}
"""What is held against the register: whether it names the child so, and the actor as mother or father."""
TRIES = 6
_queries = load_queries("tongban.parties.guarding")


async def prove_child(
    database: Database, vault: Vault, register: Verifiers, actor: Actor, name: str, id_number: str, now: dt.datetime
) -> UUID:
    """Prove that ``actor`` is a parent of the child with this name and number; returns the child's account.

    No connection waits for the register.
    Raises ``AssuranceTooLow``, ``CodeError``, ``OfAge``, ``TooManyAttempts``, ``RegisterNotConnected``,
    ``ParentageUnproved``.
    """
    require_assured(actor, "real-name")
    number = resident_id.parse(id_number)
    until = ends_at(number.birth)
    if until <= now:
        raise OfAge("id_number")
    async with database.connection() as connection:
        await attempt(connection, [Limit(subject("parentage", str(actor.account)), TRIES)])
    relation = await _relation(register, number.code, "".join(name.split()), particulars(vault, actor).id_number)
    key = person_key(vault, number.code)
    async with database.connection() as connection, connection.transaction():
        child = await account_for(connection, vault, number, "".join(name.split()))
        await _queries.put_guardianship(
            connection,
            child=child.person,
            guardian=actor.person,
            relation=relation,
            source=RESOURCE,
            now=now,
            until=until,
        )
        facts = {"by": str(actor.account), "relation": relation, "source": RESOURCE, "until": until.isoformat()}
        await record(connection, prepare(NATION, "guardianship.proved", child.account, facts, now, person_key=key))
    return child.account


async def end_as_parent(connection: Connection, actor: Actor, now: dt.datetime) -> None:
    """``actor`` closes their account and acts for no child any more, until they prove it again with another one.

    In the caller's transaction, recorded about each child. Whom a court or body appointed stays appointed: an office
    of the window ends that.
    """
    for row in [row async for row in _queries.end_as_parent(connection, guardian=actor.person, now=now)]:
        facts = {"by": str(actor.account), "relation": row.relation, "reason": "account-closed"}
        entry = prepare(NATION, "guardianship.ended", row.account, facts, now, person_key=bytes(row.id_key))
        await record(connection, entry)


async def _relation(register: Verifiers, child: str, name: str, own: str) -> str:
    """As whose parent the register knows the actor; nothing is asked that does not matter any more.

    Raises ``ParentageUnproved``, ``RegisterNotConnected``.
    """
    if not WAYS.keys() <= register.keys():
        raise RegisterNotConnected()
    if await _matches(register[CHILD], child, name):
        for parent in PARENTS:
            if await _matches(register[parent], child, own):
                return parent
    raise ParentageUnproved("id_number")


async def _matches(register: Verifier, child: str, given: str) -> bool:
    """Raises ``RegisterNotConnected``."""
    verdict = await register.verify(child, given)
    if verdict == "unavailable":
        raise RegisterNotConnected()
    return verdict == "matches"
