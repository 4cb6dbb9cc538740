"""From the own word to a proved identity: registration, proofs through registers, or a clerk who sees the card.

Who registers is *declared*: an account with drafts and nothing else. Until the identity is proved the account hangs on
a person of its own, whose key is made from the account and not from the identity number: whoever gives somebody else's
number sees nothing of theirs. Called by the registration and identity pages, and by the window.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation

from tongban.basics.codes import mobile as mobiles
from tongban.basics.codes import resident_id
from tongban.basics.database import Connection, Database, platform_now
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.keeping.actions import take_over
from tongban.parties.log_in.errors import (
    HasAccount,
    LoginTaken,
    LoginUnfit,
    NotDeclared,
    ProofsDiffer,
    ProofsMissing,
    RegisterSilent,
)
from tongban.parties.log_in.owners import read_owner
from tongban.parties.log_in.passwords import Owner, check_new, hash_password
from tongban.parties.log_in.recording import note
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.log_in.verifiers import FURTHER, PERSON, Verifiers
from tongban.parties.models import Actor, Particulars

LOGIN = re.compile(r"[a-z][a-z0-9_.-]{3,31}")
PROOFS, PROOFS_OF_ONE = 6, 60
"""How often proofs of one identity may be tried within a quarter of an hour: by one who asks, and by everybody.

The second is wide, so that a stranger can not easily keep the owner from proving who they are."""
_queries = load_queries("tongban.parties.log_in")


def declared_key(vault: Vault, account: UUID) -> bytes:
    """The key of a person who is known by the own word alone: nobody's identity number leads to it."""
    return vault.keyed_hash("declared person", str(account))


async def register_declared(
    connection: Connection, vault: Vault, *, login: str, name: str, id_number: str, mobile: str, password: str
) -> UUID:
    """Open an account by the own word; ``mobile`` was confirmed before. Returns its id.

    Raises ``CodeError``, ``LoginUnfit``, ``LoginTaken``, ``PasswordUnfit``.
    """
    login, number, phone = login.strip().lower(), resident_id.parse(id_number), mobiles.parse(mobile).code
    if not LOGIN.fullmatch(login):
        raise LoginUnfit("login")
    await check_new(password, Owner(name, login, phone))
    account, hashed = new_id(), await hash_password(password)
    key = declared_key(vault, account)
    particulars = Particulars(number.code, number.birth, number.sex, mobile=phone)
    try:
        async with connection.transaction():
            now = await platform_now(connection)
            await _queries.put_declared(
                connection, person=new_id(), id_key=key, name=name, account=account, login=login, now=now,
                sealed=vault.seal(msgspec.json.encode(particulars), key), password_hash=hashed,
                mobile=vault.seal(phone.encode(), account.bytes),
            )  # fmt: skip
            await note(connection, "registered", account, now, way="self")
    except UniqueViolation as error:
        raise LoginTaken("login") from error
    return account


async def prove(database: Database, vault: Vault, verifiers: Verifiers, actor: Actor, given: Mapping[str, str]) -> None:
    """Prove who ``actor`` is: name and number against the register of persons, and two further ways of ``given``.

    No connection waits for a register. Raises ``NotDeclared``, ``ProofsMissing``, ``ProofsDiffer`` at the first way
    that differs, ``RegisterSilent``, ``HasAccount``, ``TooManyAttempts``.
    """
    async with database.connection() as connection:
        row = await read_owner(connection, actor.account)
    if row.assurance != "declared":
        raise NotDeclared()
    held = _particulars(vault, row)
    who = str(actor.account)
    checked = await check_proofs(database, vault, verifiers, row.name, held.id_number, given, who)
    proofs = dict.fromkeys(checked, "register")
    async with database.connection() as connection:
        await _attach(connection, vault, row, held, proofs, way="registers", by=None)


async def check_proofs(
    database: Database,
    vault: Vault,
    verifiers: Verifiers,
    name: str,
    id_number: str,
    given: Mapping[str, str],
    who: str,
) -> list[str]:
    """Hold what somebody says of a person against the registers; returns the ways that matched. Raises as ``prove``.

    ``who``: the account or address that asks, for throttling.
    """
    filled = {kind: number.strip() for kind, number in given.items() if number.strip() and kind in verifiers}
    if PERSON not in verifiers:
        raise RegisterSilent()
    if len(filled) < FURTHER:
        raise ProofsMissing(next((kind for kind in given if not given[kind].strip()), None), n=FURTHER)
    key = person_key(vault, id_number).hex()
    limits = [Limit(subject("proofs", key, who), PROOFS), Limit(subject("proofs", key), PROOFS_OF_ONE)]
    async with database.connection() as connection:
        await attempt(connection, limits)
    asked = {PERSON: name, **filled}
    for kind, number in asked.items():
        verdict = await verifiers[kind].verify(id_number, number)
        if verdict == "unavailable":
            raise RegisterSilent(kind)
        if verdict == "differs":
            raise ProofsDiffer(kind)
    return list(asked)


async def prove_in_person(
    connection: Connection, vault: Vault, clerk: Actor, *, login: str, name: str, id_number: str
) -> UUID:
    """A clerk saw the person and the card: the account ``login`` is that person's. Returns the account.

    What the account says of itself must be what stands on the card. Raises ``CodeError``, ``NotDeclared`` (also for
    an unknown account), ``ProofsDiffer``, ``HasAccount``.
    """
    number = resident_id.parse(id_number).code
    row = await _queries.owner_by_login(connection, login=login.strip().lower())
    if row is None or row.assurance != "declared":
        raise NotDeclared("login")
    held = _particulars(vault, row)
    if held.id_number != number or row.name != name.strip():
        raise ProofsDiffer("id_number")
    await _attach(connection, vault, row, held, {"identity-card": "window"}, way="window", by=clerk.account)
    account: UUID = row.account
    return account


def _particulars(vault: Vault, row: Any) -> Particulars:
    return msgspec.json.decode(vault.open(row.sealed, row.id_key), type=Particulars)


async def _attach(
    connection: Connection,
    vault: Vault,
    row: Any,
    held: Particulars,
    proofs: Mapping[str, str],
    *,
    way: str,
    by: UUID | None,
) -> None:
    """Hang the account on the proved person, who is found or made; the person of the own word goes.

    What was kept for the person is theirs from now on. Raises ``HasAccount``.
    """
    key = person_key(vault, held.id_number)
    async with connection.transaction():
        now = await platform_now(connection)
        sealed = vault.seal(msgspec.json.encode(held), key)
        person = await _queries.proved_person(connection, id=new_id(), id_key=key, name=row.name, sealed=sealed)
        try:
            taken = await take_over(connection, person, row.account)
        except LookupError:
            raise HasAccount() from None
        await _queries.attach(connection, account=row.account, person=person)
        await _queries.forget_declared(connection, person=row.person)
        await _queries.put_proofs(
            connection, account=row.account, kinds=list(proofs), verifiers=list(proofs.values()), now=now
        )
        facts = {"way": way, "proofs": sorted(proofs), "by": str(by) if by else None}
        await note(connection, "proved", row.account, now, person_key=key, **facts)
        if taken is not None:
            await note(connection, "taken_over", row.account, now, person_key=key, **taken)
