"""Verbs of identity: register, sign in, sign out, and who is behind a secret.

Passwords are argon2id (argon2-cffi); a session secret is 256 random bits of which only a SHA-256 digest
is stored. Called by the web floor, by seeding and by the tests.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec.structs import replace

from tongban.basics.database import Connection
from tongban.basics.ids import new_id, new_secret
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.errors import NotSignedIn, TooManyAttempts, WrongCredentials
from tongban.parties.models import Actor, Mandate, Particulars, Post, Role

SessionKind = Literal["browser", "token"]
LASTS: dict[SessionKind, timedelta] = {"browser": timedelta(hours=12), "token": timedelta(days=1)}
ATTEMPTS = 8
WINDOW_SECONDS = 900
_hasher = PasswordHasher()
_nobody = _hasher.hash("nobody's password, so that an unknown account takes as long")
_queries = load_queries("tongban.parties")


class Signed(NamedTuple):
    """Who is behind a secret, and the platform's time of the same read."""

    actor: Actor
    now: datetime


def digest_of(secret: str) -> bytes:
    """What is stored of a session secret."""
    return hashlib.sha256(secret.encode()).digest()


def person_key(vault: Vault, id_number: str) -> bytes:
    """The keyed hash under which everything about one person is indexed (32 bytes)."""
    return vault.keyed_hash("person", id_number.upper())


async def hash_password(password: str) -> str:
    """What is kept of a password: argon2id with a salt of its own, in the PHC form (RFC 9106)."""
    return await asyncio.to_thread(_hasher.hash, password)


async def register(
    connection: Connection,
    vault: Vault,
    *,
    name: str,
    particulars: Particulars,
    login: str | None,
    password_hash: str | None,
) -> UUID | None:
    """Register a person and, with ``login`` and ``password_hash``, an account. Returns the account's id."""
    key = person_key(vault, particulars.id_number)
    person = await _queries.put_person(
        connection,
        id=new_id(),
        id_key=key,
        name=name,
        sealed=vault.seal(msgspec.json.encode(particulars), key),
    )
    if login is None or password_hash is None:
        return None
    account: UUID = await _queries.put_account(
        connection, id=new_id(), login=login.lower(), person=person, password_hash=password_hash
    )
    return account


async def appoint(connection: Connection, account: UUID, post: Post) -> None:
    """Give ``account`` the office ``post``."""
    await _queries.put_post(connection, region=post.region, account=account, department=post.department, role=post.role)


def particulars(vault: Vault, actor: Actor) -> Particulars:
    """Open the actor's sealed particulars. Raises ``VaultError`` when they were tampered with."""
    return msgspec.json.decode(vault.open(actor.sealed, actor.id_key), type=Particulars)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_in(
    connection: Connection, *, login: str, password: str, source: str, kind: SessionKind, agent: str = ""
) -> str:
    """Check log-in name and password; return a new session secret.

    ``source`` is where the attempt comes from (an address): attempts are counted per account *and* source,
    so that nobody can lock another out. Raises ``WrongCredentials``, ``TooManyAttempts``.
    """
    login = login.strip().lower()
    subject = hashlib.sha256(f"{login}\n{source}".encode()).digest()
    if await _queries.recent_failures(connection, subject=subject) >= ATTEMPTS:
        raise TooManyAttempts(seconds=WINDOW_SECONDS)
    row = await _queries.account_by_login(connection, login=login)
    right = await asyncio.to_thread(_matches, row.password_hash if row else _nobody, password)
    if row is None or not right:
        await _queries.note_failure(connection, subject=subject)
        raise WrongCredentials(field="password")
    await _queries.forget_failures(connection, subject=subject)
    if _hasher.check_needs_rehash(row.password_hash):
        hashed = await hash_password(password)
        await _queries.rehash(connection, account=row.id, password_hash=hashed)
    return await open_session(connection, row.id, kind, agent)


async def open_session(connection: Connection, account: UUID, kind: SessionKind, agent: str = "") -> str:
    """Open a session for ``account`` and return its secret."""
    secret = new_secret()
    await _queries.open_session(
        connection, digest=digest_of(secret), account=account, kind=kind, agent=agent[:200], lasts=LASTS[kind]
    )
    return secret


async def sign_out(connection: Connection, secret: str) -> None:
    """End the session behind ``secret``."""
    await _queries.close_session(connection, digest=digest_of(secret))


async def who_is(connection: Connection, secret: str, kind: SessionKind) -> Signed:
    """The actor behind ``secret``, with the platform's time. Raises ``NotSignedIn``."""
    row = await _queries.who_is(connection, digest=digest_of(secret), kind=kind)
    if row is None:
        raise NotSignedIn()
    return Signed(actor_from(row), row.now)


def actor_from(row: object) -> Actor:
    """The actor of a row that selects the columns of ``who_is``."""
    columns = ("account", "login", "person", "name", "id_key", "sealed", "posts")
    actor = msgspec.convert({name: getattr(row, name) for name in columns}, Actor, builtin_types=(UUID, bytes))
    mandates: list[object] = getattr(row, "mandates", [])
    return replace(actor, mandates=msgspec.convert(mandates, tuple[Mandate, ...])) if mandates else actor


async def accounts_in_post(connection: Connection, region: str, department: str, role: Role) -> list[UUID]:
    """The accounts that hold ``role`` in a department now."""
    held = _queries.accounts_in_post(connection, region=region, department=department, role=role)
    return [row.account async for row in held]


async def purge_sessions(connection: Connection) -> None:
    """Forget sessions that have expired."""
    await _queries.purge_sessions(connection)
