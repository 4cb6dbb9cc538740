"""Verbs of identity: register, open a session, sign out, and who is behind a secret.

A session secret is 256 random bits of which only a SHA-256 digest is stored. What must be proved before a session
opens is the matter of ``parties.log_in``. Called by the web floor, by seeding and by the tests.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tongban.basics.database import Connection
from tongban.basics.ids import new_id, new_secret
from tongban.basics.second_wall import by_session
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.errors import NotSignedIn
from tongban.parties.models import Actor, Assistance, Factor, Mandate, Particulars, Post, Representation, Role

SessionKind = Literal["browser", "token"]
LASTS: dict[SessionKind, timedelta] = {"browser": timedelta(hours=12), "token": timedelta(days=1)}
IDLE: dict[SessionKind, timedelta] = {"browser": timedelta(hours=2), "token": timedelta(days=1)}
SHARED_IDLE, SHARED_LASTS = timedelta(minutes=10), timedelta(hours=1)
"""How long a session lasts unused, and at most, on a telephone or computer that its owner shares with others."""
STRONG_LASTS = timedelta(hours=1)
"""How long after a passkey or certificate was shown the session counts as strong."""
STRONG: frozenset[Factor] = frozenset(("passkey", "certificate"))
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


async def open_session(
    connection: Connection,
    account: UUID,
    kind: SessionKind,
    agent: str = "",
    *,
    factors: Sequence[Factor] = (),
    source: str = "",
    shared: bool = False,
) -> str:
    """Open a session for ``account`` and return its secret; a short one on a ``shared`` device.

    ``agent`` is what the device calls itself, ``source`` the address it comes from, ``factors`` what was proved.
    """
    secret = new_secret()
    await _queries.open_session(
        connection,
        digest=digest_of(secret),
        account=account,
        kind=kind,
        agent=agent[:200],
        source=network_of(source),
        factors=list(factors),
        idle=SHARED_IDLE if shared else IDLE[kind],
        strong=STRONG_LASTS if STRONG.intersection(factors) else None,
        lasts=SHARED_LASTS if shared else LASTS[kind],
    )
    return secret


def network_of(source: str) -> str:
    """The network of an address: enough for its owner to know the place, too little to follow a person.

    The first two bytes of four (IPv4), the first 48 bits (IPv6); empty when it is no address.
    """
    try:
        address = ip_address(source)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return ".".join(str(address).split(".")[:2]) + ".*.*"
    return ":".join(address.exploded.split(":")[:3]) + ":*"


async def sign_out(connection: Connection, secret: str) -> None:
    """End the session behind ``secret``."""
    await _queries.close_session(connection, digest=digest_of(secret))


async def who_is(connection: Connection, secret: str, kind: SessionKind) -> Signed:
    """The actor behind ``secret``, with the platform's time. Raises ``NotSignedIn``."""
    digest = digest_of(secret)
    with by_session(digest):
        row = await _queries.who_is(connection, digest=digest, kind=kind)
    if row is None:
        raise NotSignedIn()
    return Signed(actor_from(row), row.now)


async def find_actor(connection: Connection, *, account: UUID | None = None, login: str | None = None) -> Actor | None:
    """Whoever has an account, signed in or not, with the posts and mandates of this moment; None when it is closed."""
    row = await _queries.actor(connection, account=account, login=login)
    return None if row is None else actor_from(row)


def actor_from(row: object) -> Actor:
    """The actor of a row of ``actors_now`` with what is known of the session."""
    columns = (
        "account", "login", "person", "name", "id_key", "sealed",
        "assurance", "session", "factors", "proved_at",
    )  # fmt: skip
    known = {name: getattr(row, name) for name in columns}
    actor = msgspec.convert(known, Actor, builtin_types=(UUID, bytes, datetime))
    # Most people hold no post and act for nobody else: nothing is read for them.
    if posts := getattr(row, "posts", ()):
        actor = replace(actor, posts=msgspec.convert(posts, tuple[Post, ...]))
    if mandates := getattr(row, "mandates", ()):
        actor = replace(actor, mandates=msgspec.convert(mandates, tuple[Mandate, ...]))
    if represented := getattr(row, "represented", ()):
        actor = replace(actor, represented=msgspec.convert(represented, tuple[Representation, ...]))
    if assisting := getattr(row, "assisting", ()):
        actor = replace(actor, assisting=msgspec.convert(assisting, tuple[Assistance, ...]))
    return actor


async def accounts_in_post(connection: Connection, region: str, department: str, role: Role) -> list[UUID]:
    """The accounts that hold ``role`` in a department now."""
    held = _queries.accounts_in_post(connection, region=region, department=department, role=role)
    return [row.account async for row in held]


async def purge_sessions(connection: Connection) -> None:
    """Forget sessions that have expired."""
    await _queries.purge_sessions(connection)
