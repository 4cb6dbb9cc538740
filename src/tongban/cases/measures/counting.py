"""Measure cases that have ended and add them to the monthly counts, once each. Called by the jobs process.

The outbox tells that a case has ended (``note``); ``count`` takes some of these cases, measures them and adds them
up in one transaction. Cut off anywhere, it is done again whole; a case that was counted is never counted again.
"""

import hashlib
import logging
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.outbox import Message
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.measures.counts import Key, counts_of
from tongban.cases.measures.ended import ended
from tongban.cases.measures.figures import measure

_queries = load_queries("tongban.cases.measures")
_log = logging.getLogger(__name__)
BATCH = 100

ENDINGS = (
    "case.closed",
    "case.refused",
    "case.withdrawn",
    "case.terminated",
    "case.lapsed",
    "case.referred",
    "case.deleted",
    "case.handed_over",
)
"""Events after which a case may have ended."""

Row = tuple[str, str, object, str, str, str, int]


async def note(connection: Connection, message: Message) -> None:
    """Note that a case is to be measured; the outbox's handler for ``ENDINGS``."""
    await _queries.put_due(connection, region=message.region, case_id=UUID(message.payload["case"]))


async def try_again(connection: Connection) -> None:
    """Measure again what failed twelve times, after its cause was mended."""
    await _queries.measure_again(connection)


async def count(connection: Connection, kernel: Kernel, most: int = BATCH) -> int:
    """Measure up to ``most`` ended cases in one transaction; returns how many were taken.

    A case that can not be measured is put off, with growing pauses, and keeps nobody else waiting.
    """
    added: Counter[Row] = Counter()
    paths: dict[str, tuple[str, ...]] = {}
    async with connection.transaction():
        due = [row async for row in _queries.due_cases(connection, most=most)]
        done = [row for row in due if await _counted(connection, kernel, row, added, paths)]
        if added:
            await _queries.put_paths(connection, digests=sorted(paths), steps=[Jsonb(paths[d]) for d in sorted(paths)])
            await _add(connection, added)
        if done:
            regions, cases = [row.region for row in done], [row.case_id for row in done]
            await _queries.no_longer_due(connection, regions=regions, cases=cases)
    return len(due)


async def count_all(connection: Connection, kernel: Kernel) -> int:
    """Measure until nothing is due; returns how many cases were taken."""
    taken = 0
    while found := await count(connection, kernel):
        taken += found
    return taken


async def _counted(
    connection: Connection, kernel: Kernel, due: Any, added: Counter[Row], paths: dict[str, tuple[str, ...]]
) -> bool:
    try:
        async with connection.transaction():
            found = await _measured(connection, kernel, due.region, due.case_id)
    except Exception as error:
        # The text of an error may hold personal data; its kind is enough to find the cause.
        _log.error("measuring %s failed: %s", due.case_id, type(error).__name__)
        words = {"region": due.region, "case_id": due.case_id, "error": type(error).__name__}
        await _queries.not_measured(connection, **words)
        return False
    if found is not None:
        journey, month, digest, path, keys = found
        paths[digest] = path
        added.update({(due.region, journey, month, *key): cases for key, cases in keys.items()})
    return True


async def _measured(
    connection: Connection, kernel: Kernel, region: str, case_id: UUID
) -> tuple[str, object, str, tuple[str, ...], Counter[Key]] | None:
    """What a case adds; None for one that runs, or was measured before."""
    row = await _queries.ended_case(connection, region=region, case_id=case_id)
    if row is None:
        return None
    case = ended(kernel, row)
    figures = measure(case, kernel.calendar_in(region))
    month = local_day(case.closed_at).replace(day=1)
    new = await _queries.put_measured(
        connection,
        region=region,
        case_id=case_id,
        journey=row.journey,
        month=month,
        figures=Jsonb(msgspec.to_builtins(figures)),
    )
    if new is None:
        return None
    digest = hashlib.sha256("\n".join(figures.path).encode()).hexdigest()[:32]
    return row.journey, month, digest, figures.path, counts_of(figures, digest, decided=case.state == "closed")


async def _add(connection: Connection, added: Counter[Row]) -> None:
    rows = sorted(added, key=lambda row: tuple(map(str, row)))
    columns = list(zip(*rows, strict=True))
    names = ("regions", "journeys", "months", "kinds", "subjects", "measures", "values")
    listed = {name: list(column) for name, column in zip(names, columns, strict=True)}
    await _queries.add_counts(connection, **listed, cases=[added[row] for row in rows])
