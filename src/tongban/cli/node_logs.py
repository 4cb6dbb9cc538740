"""This node's log of calls beside another node's.

Called by ``tongban exchange reconcile`` and by the demonstration when its stories are told.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.database import Database, platform_now
from tongban.basics.sql import load_queries
from tongban.cli.errors import SettingsInvalid
from tongban.cli.home import Home
from tongban.connectors.exchange_node import NodeProvider
from tongban.connectors.live_connections import Connections
from tongban.resources.exchange import reconciling
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.reconciling import Difference
from tongban.resources.exchange.rows import intent_of_row, outcome_of_row
from tongban.resources.exchange.statements import answer_text, request_text

_queries = load_queries("tongban.cli")


class Compared(Struct, frozen=True):
    """How many calls this node's log has of the time compared, and what the log of ``peer`` (``there`` calls) says
    otherwise."""

    calls: int
    differences: list[Difference]
    peer: str
    there: int


async def clock_of(database: Database) -> Callable[[], datetime]:
    """The platform's time as a clock that goes on, ahead of the machine's where a demonstration moved it."""
    async with database.connection() as connection:
        ahead = await platform_now(connection) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead


async def compared(
    database: Database, home: Home, region: str, resource: str, since: datetime, before: datetime
) -> Compared:
    """Both logs of the calls about ``resource``, a resource that another node holds, begun in that time.

    Raises ``SettingsInvalid`` when no other node holds it, and ``httpx.HTTPError``.
    """
    connections = Connections(home.connectors)
    provider = connections.get(resource)
    if not isinstance(provider, NodeProvider):
        raise SettingsInvalid(faults=f"connectors.yaml: {resource} is not held by another node")
    clock = await clock_of(database)
    found: list[Difference] = []
    calls = there = 0
    for consumer in await reconciling.consumers(database, region, provider.peer, since):
        ours = await reconciling.own_lines(database, region, consumer, provider.peer, since)
        theirs = await provider.log(region, consumer, since, clock)
        known = {line.message for line in ours}
        old = [line for line in ours if line.at < before]
        young = known - {line.message for line in old}
        told = [line for line in theirs if line.message not in young]
        found += [replace(one, consumer=consumer) for one in reconciling.compare(old, told)]
        calls, there = calls + len(old), there + len(told)
    await connections.close()
    return Compared(calls, found, provider.peer, there)


async def signed_on_both_sides(database: Database, keys: KeyRing, peer: str) -> int:
    """How many of this node's calls to ``peer`` were answered under its signature, every signature checked anew from
    the log alone. Raises ``SignatureWrong``.
    """
    async with database.connection() as connection:
        intents = [intent_of_row(row) async for row in _queries.calls_to_peer(connection, peer=peer)]
        outcomes = {row.id: outcome_of_row(row) async for row in _queries.answers_of_peer(connection, peer=peer)}
    signed = 0
    for intent in intents:
        assert intent.signature is not None
        keys.check(intent.consumer, intent.signature, request_text(intent))
        outcome = outcomes.get(intent.id)
        if outcome is not None and outcome.signature is not None:
            keys.check(intent.provider, outcome.signature, answer_text(intent, outcome))
            signed += 1
    return signed
