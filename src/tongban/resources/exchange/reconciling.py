"""Two nodes' logs side by side: every difference by name, and what becomes of a call that ended in the dark.

Called by ``tongban exchange reconcile``. A call without an outcome delivered nothing, because an outcome is committed
before an answer is given; what the other side did is written down and told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from tongban.basics.database import Database
from tongban.basics.sql import load_queries
from tongban.resources.exchange import rows
from tongban.resources.exchange.between import LogLine
from tongban.resources.exchange.log import Concluded, ExchangeLog
from tongban.resources.exchange.models import Outcome

Kind = Literal["never_arrived", "outcome_unknown_here", "unknown_there", "question_differs", "answer_differs",
               "result_differs", "missing_here"]  # fmt: skip
NO_OTHER_LOG = "no other node's log"
_queries = load_queries("tongban.resources.exchange")


class Difference(Struct, frozen=True):
    """One call on which two logs do not say the same. ``here`` and ``there``: what each says; ``at``: when it was."""

    message: str
    kind: Kind
    here: str
    there: str
    consumer: str = ""
    at: datetime | None = None


def compare(ours: Iterable[LogLine], theirs: Iterable[LogLine]) -> list[Difference]:
    """Every difference between this node's calls and the other node's log of them, in the order of messages."""
    own, other = {line.message: line for line in ours}, {line.message: line for line in theirs}
    found = [_difference(message, own.get(message), other.get(message)) for message in sorted({*own, *other})]
    return [difference for difference in found if difference is not None]


def _difference(message: str, here: LogLine | None, there: LogLine | None) -> Difference | None:
    if here is None:
        return Difference(message, "missing_here", "never asked", _says(there), at=there.at if there else None)
    if there is None:
        # Refused there before anything was written, or lost on the way: then nobody was asked.
        expected = here.result in ("unavailable", "undelivered")
        return None if expected else Difference(message, "never_arrived", _says(here), "never arrived", at=here.at)
    kind = _kind(here, there)
    return None if kind is None else Difference(message, kind, _says(here), _says(there), at=here.at)


def _kind(here: LogLine, there: LogLine) -> Kind | None:
    if here.digest != there.digest:
        return "question_differs"
    if here.result is None:
        return "outcome_unknown_here"
    if here.result == "undelivered":
        return None
    if there.result is None:
        return None if here.result == "unavailable" else "unknown_there"
    if here.result == "unavailable":
        return None  # it came too late, or not at all: told so, and nothing was delivered
    if here.result != there.result:
        return "result_differs"
    if here.result == "invalid":
        return None  # what was not believed is not kept here
    return None if here.answer == there.answer else "answer_differs"


def _says(line: LogLine | None) -> str:
    return "nothing" if line is None else line.result or "unknown"


async def own_lines(database: Database, region: str, consumer: str, peer: str, since: datetime) -> list[LogLine]:
    """The calls that ``consumer`` made through this node to ``peer`` since a moment."""
    async with database.connection() as connection:
        found = _queries.lines(
            connection, region=region, consumer=consumer, peer=peer, since=since, after="", sides=["consumer"],
            limit=1_000_000,
        )  # fmt: skip
        return [LogLine(*row) async for row in found]


async def consumers(database: Database, region: str, peer: str, since: datetime) -> list[str]:
    """The departments that asked ``peer`` through this node since a moment."""
    async with database.connection() as connection:
        found = _queries.consumers_of_peer(connection, region=region, peer=peer, since=since)
        return [row.consumer async for row in found]


async def close(
    log: ExchangeLog, database: Database, region: str, before: datetime, differences: Sequence[Difference]
) -> int:
    """Give every unknown call older than ``before`` its outcome: undelivered, with what the other side says.

    Calls to another node are closed only with that node's word among ``differences``. Returns how many.
    """
    word = {difference.message: difference.there for difference in differences}
    closed = 0
    for row in await unknown_rows(database, region, before):
        intent = rows.intent_of_row(row)
        if intent.peer is not None and intent.side == "consumer" and intent.message not in word:
            continue
        outcome = Outcome(
            region=region,
            id=intent.id,
            at=None,
            result="undelivered",
            there=word.get(intent.message, NO_OTHER_LOG),
        )
        await log.conclude(Concluded(outcome, rows.outcome_entry(intent, outcome, intent.subject)))
        closed += 1
    return closed


async def unknown_rows(database: Database, region: str, before: datetime) -> list[Any]:
    """Whole rows of intents without an outcome, older than ``before``."""
    async with database.connection() as connection:
        return [row async for row in _queries.unknown_whole(connection, region=region, before=before)]
