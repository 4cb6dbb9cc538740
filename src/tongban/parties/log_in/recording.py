"""What the ledger says of accounts: who was invited, what was changed, never a number or a secret.

Called by the verbs of this package. Accounts are national, so the entries stand under the nation's code.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection
from tongban.ledger.actions import prepare, record


async def note(
    connection: Connection, kind: str, account: UUID, now: datetime, person_key: bytes | None = None, **facts: Any
) -> None:
    """Record that ``kind`` (``account.<past verb>``) happened to ``account``, in the caller's transaction."""
    await record(connection, prepare(NATION, f"account.{kind}", account, facts, now, person_key=person_key))
