"""Ask the register anew whether those who represent enterprises still do.

Without it whoever was replaced would go on acting until the successor claims the enterprise, which may never happen.
Called by the jobs process.
"""

import datetime as dt
from typing import Any

import msgspec

from tongban.basics.database import Database
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.models import EnterpriseParticulars, Particulars
from tongban.parties.representing.actions import Represented, record_end
from tongban.parties.representing.errors import MarketRegisterSilent
from tongban.parties.representing.register import MarketRegister

EVERY = dt.timedelta(days=30)
"""How long an answer of the register holds."""
BATCH = 20
_queries = load_queries("tongban.parties.representing")


async def review(database: Database, vault: Vault, register: MarketRegister, now: dt.datetime) -> int:
    """Ask about the ``BATCH`` whose last answer is oldest; how many the register answered.

    Whom it names no more represents nobody from ``now`` on and is told. A register that falls silent changes nothing:
    it is asked again next time. No connection waits for it. Raises ``StoreUnavailable``.
    """
    before = now - EVERY
    async with database.connection() as connection:
        due = [row async for row in _queries.due(connection, before=before, now=now, most=BATCH)]
    for answered, row in enumerate(due):
        code = msgspec.json.decode(vault.open(row.enterprise_sealed, row.uscc_key), type=EnterpriseParticulars).uscc
        number = msgspec.json.decode(vault.open(row.person_sealed, row.id_key), type=Particulars).id_number
        try:
            stands = await register.represented(code, number) is not None
        except MarketRegisterSilent:
            return answered
        await _hold(database, row, stands, now, before)
    return len(due)


async def _hold(database: Database, row: Any, stands: bool, now: dt.datetime, before: dt.datetime) -> None:
    """Keep what the register answered, unless somebody proved it in the meantime."""
    whose = {"enterprise": row.enterprise, "person": row.person, "since": row.since}
    async with database.connection() as connection, connection.transaction():
        changed = await _queries.answered(connection, **whose, stands=stands, now=now, before=before)
        if changed is not None and not stands:
            held = Represented(row.enterprise, row.name)
            await record_end(connection, "process", held, row.uscc_key, row.person_name, row.account, now)
