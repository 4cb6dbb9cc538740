"""What the ledger says of accounts: who was invited, what was changed, never a number or a secret.

Called by the verbs of this package. Accounts are national, so the entries stand under the nation's code. Each entry
also goes to the outbox: the jobs process tells the owner what matters (``tongban.jobs.accounts``).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record

_basics = load_queries("tongban.basics")


async def note(
    connection: Connection, kind: str, account: UUID, now: datetime, person_key: bytes | None = None, **facts: Any
) -> None:
    """Record that ``kind`` (``account.<past verb>``) happened to ``account``, in the caller's transaction."""
    entry = prepare(NATION, f"account.{kind}", account, facts, now, person_key=person_key)
    await record(connection, entry)
    payload = Jsonb({"account": str(account), "facts": facts})
    await _basics.put_message(connection, region=NATION, id=entry.id, topic=entry.kind, payload=payload)
