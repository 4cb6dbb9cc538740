"""Enterprises as parties: registered under a keyed hash of their code, and who may act for them.

Called by the demonstration's seeding, by drafts and submissions, and by jobs that tell an enterprise's people.
"""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

from tongban.basics.codes import uscc
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.errors import MayNotActFor
from tongban.parties.models import Actor, Capacity, Enterprise, EnterpriseParticulars, Mandate

_queries = load_queries("tongban.parties")


def enterprise_key(vault: Vault, code: str) -> bytes:
    """The keyed hash under which everything about one enterprise is indexed (32 bytes); ``code`` is its USCC."""
    return vault.keyed_hash("enterprise", code.upper())


def party_key(vault: Vault, kind: Literal["person", "organisation"], number: str) -> bytes:
    """The keyed hash of whoever has ``number``: a person's identity number, or an organisation's code."""
    return enterprise_key(vault, number) if kind == "organisation" else vault.keyed_hash("person", number.upper())


async def register_enterprise(
    connection: Connection, vault: Vault, *, name: str, particulars: EnterpriseParticulars
) -> UUID:
    """Register an enterprise, or find it registered. Returns its id. Raises ``CodeError`` for a wrong USCC."""
    code = uscc.parse(particulars.uscc).code
    key = enterprise_key(vault, code)
    sealed = vault.seal(msgspec.json.encode(msgspec.structs.replace(particulars, uscc=code)), key)
    found: UUID = await _queries.put_enterprise(connection, id=new_id(), uscc_key=key, name=name, sealed=sealed)
    return found


async def authorise(
    connection: Connection,
    enterprise: UUID,
    person_key: bytes,
    capacity: Capacity,
    since: dt.datetime,
    until: dt.datetime | None = None,
) -> None:
    """Let the registered person behind ``person_key`` act for ``enterprise``. Raises ``MayNotActFor`` for nobody."""
    row = await _queries.put_mandate(
        connection, id=new_id(), enterprise=enterprise, id_key=person_key, capacity=capacity, since=since, until=until
    )
    if row is None:
        raise MayNotActFor()


async def accounts_for(connection: Connection, enterprise: UUID, service: str | None = None) -> list[UUID]:
    """The accounts of everybody who may act for ``enterprise`` now in matters of ``service``, a journey (None: all)."""
    return [row.id async for row in _queries.accounts_for(connection, enterprise=enterprise, service=service)]


async def accounts_beside(connection: Connection, account: UUID, service: str | None) -> list[UUID]:
    """The accounts of everybody who may act now for the person with ``account`` in matters of ``service``."""
    return [row.id async for row in _queries.accounts_beside(connection, account=account, service=service)]


def mandate_of(actor: Actor, enterprise: UUID, service: str | None = None) -> Mandate:
    """The mandate by which ``actor`` acts for ``enterprise``, in ``service`` if named. Raises ``MayNotActFor``."""
    mandate = actor.mandate(enterprise)
    if mandate is None or (service is not None and not actor.covers(enterprise, service)):
        raise MayNotActFor()
    return mandate


def enterprise_particulars(vault: Vault, enterprise: Enterprise) -> EnterpriseParticulars:
    """Open what is sealed about an enterprise. Raises ``VaultError`` when it was tampered with."""
    return msgspec.json.decode(vault.open(enterprise.sealed, enterprise.key), type=EnterpriseParticulars)
