"""Whose account it is, as far as the verbs of log-in need to know. Called by all of them."""

from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.errors import NotSignedIn
from tongban.parties.log_in.passwords import KEPT, Owner
from tongban.parties.models import Particulars

_queries = load_queries("tongban.parties.log_in")


async def read_owner(connection: Connection, account: UUID) -> Any:
    """The row of an account with its person. Raises ``NotSignedIn`` for one that is unknown or disabled."""
    row = await _queries.owner(connection, account=account)
    if row is None or row.disabled_at is not None:
        raise NotSignedIn()
    return row


def mobile_of(row: Any, vault: Vault) -> str | None:
    """The number to which codes and warnings go: the account's confirmed one, else the one on record."""
    if row.mobile is not None:
        return vault.open(row.mobile, row.account.bytes).decode()
    return msgspec.json.decode(vault.open(row.sealed, row.id_key), type=Particulars).mobile


def owner_of(row: Any, vault: Vault | None) -> Owner:
    """What a new password is held against; the telephone number only with ``vault``."""
    return Owner(row.name, row.login, (mobile_of(row, vault) or "") if vault else "")


async def earlier_hashes(connection: Connection, row: Any) -> list[str]:
    """Hashes of the present password and of those before it, newest first."""
    found = _queries.earlier_passwords(connection, account=row.account, most=KEPT)
    return [hashed for hashed in (row.password_hash, *[one.password_hash async for one in found]) if hashed]
