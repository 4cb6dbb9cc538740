"""Read cases as the watches see them, a batch in two statements. No form, no dossier, no name of a person."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.models import PastEvent, Task
from tongban.cases.oversight.models import Key, OpenUrging, Watched
from tongban.cases.oversight.shortfalls import Sight
from tongban.licences import actions as licences

_queries = load_queries("tongban.cases.oversight")
_PLAIN = (
    "region", "id", "number", "pack", "version", "journey", "state", "outcome", "submitted_at", "accepted_at",
    "closed_at", "due_on", "asked_at",
)  # fmt: skip


async def watched_cases(connection: Connection, keys: Sequence[Key]) -> list[Watched]:
    """The applications among ``keys``; tickets and what is not there are left out."""
    regions, ids = [region for region, _ in keys], [case for _, case in keys]
    rows = [row async for row in _queries.watched(connection, regions=regions, ids=ids)]
    made: dict[Key, Mapping[str, int]] = {}
    for region in sorted(set(regions)):
        found = await licences.documents_of(connection, region, [row.id for row in rows if row.region == region])
        made |= {(region, case): documents for case, documents in found.items()}
    return [_watched(row, made.get((row.region, row.id), {})) for row in rows]


def _watched(row: Any, documents: Mapping[str, int]) -> Watched:
    return Watched(
        **{name: getattr(row, name) for name in _PLAIN},
        tasks=msgspec.convert(row.tasks, tuple[Task, ...]),
        events=msgspec.convert(row.events, tuple[PastEvent, ...]),
        urgings=msgspec.convert(row.urgings, tuple[OpenUrging, ...]),
        documents=documents,
    )


def sight_of(kernel: Kernel, watched: Watched) -> Sight:
    """A case beside the journey version it is pinned to. Raises ``UnknownJourney``."""
    return Sight(watched, kernel.catalogue.pinned(watched.pack, watched.version, watched.journey))


async def sight(connection: Connection, kernel: Kernel, key: Key) -> Sight | None:
    """One case as the watches see it; None when there is no such application."""
    found = await watched_cases(connection, [key])
    return sight_of(kernel, found[0]) if found else None
