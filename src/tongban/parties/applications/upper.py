"""Sign-in by the upper level's identity: the port, who came from there, and to which account that leads.

The connector speaks the protocol (``connectors/upper_identity``); here it is decided who it is. Whoever comes with an
identity number leads to the person of that number; whoever comes without one is linked once, by signing in here too.
"""

import datetime as dt
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.actions import person_key
from tongban.parties.applications.reading import queries
from tongban.parties.models import Assurance


class Journey(Struct, frozen=True):
    """What is remembered of a person on the way to the upper level: sealed into a cookie, good for ten minutes."""

    state: str
    nonce: str
    verifier: str
    next: str
    at: int


class Came(Struct, frozen=True):
    """Who came back: the upper level's number for the person, how sure it is, and what else it told.

    ``assurance`` is what its ``acr`` means here. ``id_number`` is used to find the person and is not kept.
    """

    issuer: str
    subject: str
    name: str | None
    id_number: str | None
    assurance: Assurance
    acr: str
    amr: tuple[str, ...]


class UpperIdentity(Protocol):
    """The upper level's identity, as this node is registered there."""

    label: str

    async def begin(self, next: str) -> tuple[str, Journey]:
        """Where the person is sent, and what is remembered until then. Raises ``UpperUnavailable``."""
        ...

    async def finish(self, journey: Journey, parameters: dict[str, str]) -> Came:
        """Who came back. Raises ``UpperRefused`` for whatever does not fit, ``UpperUnavailable``."""
        ...


def subject_key(vault: Vault, came: Came) -> bytes:
    """Under which the upper level's number is kept."""
    return vault.keyed_hash("upper", f"{came.issuer}\n{came.subject}")


async def account_for(connection: Connection, vault: Vault, came: Came, now: dt.datetime) -> UUID | None:
    """The account of whoever came: linked before, or found by the identity number and linked by that. None: unknown."""
    row = await queries.upper_identity(connection, issuer=came.issuer, subject=subject_key(vault, came))
    if row is not None:
        seen = {"issuer": came.issuer, "subject": subject_key(vault, came), "acr": came.acr}
        await queries.came_again(connection, now=now, **seen)
        return UUID(str(row.account))
    key = _key(vault, came.id_number)
    found = [one.id async for one in queries.accounts_of_key(connection, id_key=key)] if key else []
    if len(found) != 1:
        return None
    account: UUID = found[0]
    await link(connection, vault, came, account, "identity", now)
    return account


def _key(vault: Vault, number: str | None) -> bytes | None:
    try:
        return person_key(vault, resident_id.parse(number).code) if number else None
    except CodeError:
        return None


async def link(
    connection: Connection, vault: Vault, came: Came, account: UUID, by: str, now: dt.datetime, region: str = "000000"
) -> None:
    """From now on the upper level's number leads to ``account``: by the identity number, or as its owner said."""
    async with connection.transaction():
        who = {"issuer": came.issuer, "subject": subject_key(vault, came), "account": account}
        await queries.link_upper(connection, **who, by=by, acr=came.acr, now=now)
        place = await queries.region_of_account(connection, account=account, otherwise=region)
        facts = {"issuer": came.issuer, "by": by, "acr": came.acr}
        await record(connection, prepare(place, "account.linked", account, facts, now))
