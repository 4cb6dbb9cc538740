"""The log of the exchange: an intent is committed before anybody is asked, an outcome before anybody is told.

Called by look-ups (one statement a row) and by the gateway (``grouped``: concurrent calls share statements, one group's
intents with another's outcomes). A row and its ledger entry are written together or not at all, and with an intent the
records that it takes from its grant's day.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct
from psycopg.pq import TransactionStatus

from tongban.basics.database import Connection, Database
from tongban.basics.sql import load_queries
from tongban.ledger.models import Prepared
from tongban.resources.exchange import rows
from tongban.resources.exchange.errors import ExchangeRefused, MessageReplayed, NotAllowed, QuotaSpent
from tongban.resources.exchange.group import Group
from tongban.resources.exchange.models import Intent, Outcome, Refusal

_queries = load_queries("tongban.resources.exchange")
_QUOTA = "grant_days_within_quota"
SPENT_SECONDS = 1.0
"""How long a process believes that a grant's day is used up: who goes on asking spoils nobody else's statement."""


class Concluded(Struct, frozen=True):
    """An outcome with its ledger entry, and the use that the person sees, as a row of ``look_ups``."""

    outcome: Outcome
    entry: Prepared
    use: rows.Row | None = None


class ExchangeLog:
    """Writes into the log of one database. With ``grouped`` it belongs to one event loop."""

    def __init__(self, database: Database, *, grouped: bool = False) -> None:
        self._database = database
        self._grouped = grouped
        self._calls: Group[Intent | Concluded, datetime | None] = Group(self._put_calls)
        self._refusals: Group[Refusal, None] = Group(self._put_refusals)
        self._spent: dict[tuple[UUID, int], tuple[float, int]] = {}

    async def intend(self, intent: Intent) -> datetime:
        """Commit ``intent`` with its ledger entry; returns the moment it was written at.

        Raises ``NotAllowed`` when its grant was changed, revoked or ended by then, ``QuotaSpent``, ``MessageReplayed``,
        ``StoreUnavailable``: in each case nothing was written or counted, and nobody may be asked.
        """
        self._check_spent(intent)
        try:
            at = await self._put(intent)
        except psycopg.errors.CheckViolation as fault:
            if fault.diag.constraint_name != _QUOTA:
                raise
            self._spent[intent.grant, intent.revision] = (time.monotonic(), intent.records)
            raise QuotaSpent() from fault
        if at is None:
            raise await self._why_not(intent)
        return at

    async def conclude(self, concluded: Concluded) -> None:
        """Commit an outcome. Raises ``StoreUnavailable``: then nothing may be told."""
        await self._put(concluded)

    async def _put(self, item: Intent | Concluded) -> datetime | None:
        return await self._calls.add(item) if self._grouped else (await self._put_calls([item]))[0]

    def _check_spent(self, intent: Intent) -> None:
        found = self._spent.get((intent.grant, intent.revision))
        if found is None:
            return
        if time.monotonic() - found[0] >= SPENT_SECONDS:
            del self._spent[intent.grant, intent.revision]
        elif intent.records >= found[1]:
            raise QuotaSpent()

    async def refuse(self, refusal: Refusal) -> None:
        """Commit that a call was refused. Raises ``StoreUnavailable``."""
        if self._grouped:
            await self._refusals.add(refusal)
        else:
            await self._put_refusals([refusal])

    async def unknown(self, region: str, before: datetime, limit: int = 100) -> list[Any]:
        """Intents older than ``before`` of which nothing is known since, oldest first."""
        async with self._database.connection() as connection:
            found = _queries.unknown_intents(connection, region=region, before=before, limit=limit)
            return [row async for row in found]

    async def _put_calls(self, items: Sequence[Intent | Concluded]) -> list[datetime | None]:
        intents = [item for item in items if isinstance(item, Intent)]
        concluded = [item for item in items if isinstance(item, Concluded)]
        given = rows.packed([rows.intent_row(intent) for intent in intents])
        intended = rows.packed([rows.entry_row(rows.intent_entry(intent), intent.at) for intent in intents])
        outcomes = rows.packed([rows.outcome_row(one.outcome) for one in concluded])
        uses = rows.packed([one.use for one in concluded if one.use is not None])
        answered = rows.packed([rows.entry_row(one.entry, one.outcome.at) for one in concluded])
        async with self._database.apart() as connection, _by_itself(connection):
            written = _queries.put_calls(
                connection, intents=given, intended=intended, outcomes=outcomes, uses=uses, answered=answered
            )
            moments: dict[UUID, datetime] = {row.id: row.at async for row in written}
        return [moments.get(item.id) if isinstance(item, Intent) else None for item in items]

    async def _put_refusals(self, refusals: Sequence[Refusal]) -> list[None]:
        now = datetime.now(UTC)
        entries = [rows.entry_row(rows.refusal_entry(refusal, now), None) for refusal in refusals]
        given = rows.packed([rows.refusal_row(refusal) for refusal in refusals])
        async with self._database.apart() as connection:
            await _queries.put_refusals(connection, refusals=given, entries=rows.packed(entries))
        return [None] * len(refusals)

    async def _why_not(self, intent: Intent) -> ExchangeRefused:
        async with self._database.apart() as connection:
            row = await _queries.why_not(
                connection,
                region=intent.region,
                consumer=intent.consumer,
                message=intent.message,
                grant_id=intent.grant,
                revision=intent.revision,
            )
        return MessageReplayed() if row.replayed else NotAllowed(reason=row.reason or "no grant")


def _by_itself(connection: Connection) -> AbstractAsyncContextManager[Any]:
    """In a rehearsal's transaction a savepoint, so that a statement that fails leaves the rest alone; else nothing."""
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    return nullcontext() if idle else connection.transaction()
