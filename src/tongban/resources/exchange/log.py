"""The log of the exchange: an intent is committed before anybody is asked, an outcome before anybody is told.

Called by look-ups (one statement a row) and by the gateway (``grouped``: concurrent calls share statements). A row
and its ledger entry are written together or not at all.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Database
from tongban.basics.sql import load_queries
from tongban.ledger.models import Prepared
from tongban.resources.exchange import rows
from tongban.resources.exchange.errors import ExchangeRefused, MessageReplayed, NotAllowed
from tongban.resources.exchange.group import Group
from tongban.resources.exchange.models import Intent, Outcome, Refusal

_queries = load_queries("tongban.resources.exchange")


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
        self._intents: Group[Intent, datetime | None] = Group(self._put_intents)
        self._outcomes: Group[Concluded, None] = Group(self._put_outcomes)
        self._refusals: Group[Refusal, None] = Group(self._put_refusals)

    async def intend(self, intent: Intent) -> datetime:
        """Commit ``intent`` with its ledger entry; returns the moment it was written at.

        Raises ``NotAllowed`` when its grant was changed, revoked or ended by then, ``MessageReplayed``,
        ``StoreUnavailable``: in each case nothing was written and nobody may be asked.
        """
        at = await self._intents.add(intent) if self._grouped else (await self._put_intents([intent]))[0]
        if at is None:
            raise await self._why_not(intent)
        return at

    async def conclude(self, concluded: Concluded) -> None:
        """Commit an outcome. Raises ``StoreUnavailable``: then nothing may be told."""
        if self._grouped:
            await self._outcomes.add(concluded)
        else:
            await self._put_outcomes([concluded])

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

    async def _put_intents(self, intents: Sequence[Intent]) -> list[datetime | None]:
        given = rows.packed([rows.intent_row(intent) for intent in intents])
        entries = rows.packed([rows.entry_row(rows.intent_entry(intent), intent.at) for intent in intents])
        async with self._database.apart() as connection:
            written = _queries.put_intents(connection, intents=given, entries=entries)
            moments: dict[UUID, datetime] = {row.id: row.at async for row in written}
        return [moments.get(intent.id) for intent in intents]

    async def _put_outcomes(self, concluded: Sequence[Concluded]) -> list[None]:
        outcomes = rows.packed([rows.outcome_row(one.outcome) for one in concluded])
        uses = rows.packed([one.use for one in concluded if one.use is not None])
        entries = rows.packed([rows.entry_row(one.entry, one.outcome.at) for one in concluded])
        async with self._database.apart() as connection:
            await _queries.put_outcomes(connection, outcomes=outcomes, uses=uses, entries=entries)
        return [None] * len(concluded)

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
