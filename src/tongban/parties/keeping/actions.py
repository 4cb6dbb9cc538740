"""Keep an account for somebody who has none, and hand its matters over once they prove who they are.

A kept account has no password that fits, so nobody signs in to it. Called by guardians, windows and identity proofs.
"""

from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.codes.resident_id import ResidentId
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.models import Particulars

_queries = load_queries("tongban.parties.keeping")


class Kept(Struct, frozen=True):
    """Under which account the matters of a person stand. ``kept``: nobody can sign in to it; ``name`` as on record.

    ``key``: the person's, under which all about them is indexed.
    """

    account: UUID
    person: UUID
    key: bytes
    name: str
    kept: bool


async def account_for(connection: Connection, vault: Vault, number: ResidentId, name: str) -> Kept:
    """The account of whoever has ``number``, kept for them if they have none. In the caller's transaction."""
    key = person_key(vault, number.code)
    sealed = vault.seal(msgspec.json.encode(Particulars(number.code, number.birth, number.sex)), key)
    person = await _queries.person(connection, id=new_id(), id_key=key, name=name, sealed=sealed)
    row = await _queries.account_of(connection, person=person.id)
    if row is not None:
        return Kept(row.id, person.id, key, person.name, row.kept)
    account = new_id()
    await _queries.keep_account(connection, id=account, login=f"kept-{account}", person=person.id)
    return Kept(account, person.id, key, person.name, True)


async def take_over(connection: Connection, person: UUID, heir: UUID) -> dict[str, object] | None:
    """Make the matters of ``person``'s kept account those of the account ``heir``; what the ledger says of it.

    None, and nothing done, when ``person`` has no account. Nobody acts for them any more by what was kept. In the
    caller's transaction, before ``heir`` becomes theirs. Raises ``LookupError`` when the account is not only kept.
    """
    row = await _queries.account_of(connection, person=person)
    if row is None:
        return None
    if not row.kept or row.guarded:
        raise LookupError(person)
    return {"kept": str(row.id), "cases": await _queries.take_over(connection, was=row.id, heir=heir)}
