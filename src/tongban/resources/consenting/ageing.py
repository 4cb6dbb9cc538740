"""What becomes of a guardian's consent when the child is old enough: the child is told, and it ends by itself.

Called by the jobs process. The checkpoint of look-ups does not wait for it: it reads ``until`` itself.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record

_queries = load_queries("tongban.resources.consenting")
CAUSE, TIME_OVER = "the child decides", "its last day has passed"


class Grown(Struct, frozen=True):
    """A guardian's consent to look-ups for ``material`` of an application; ``owner`` is the child's account."""

    region: str
    id: UUID
    case_id: UUID
    material: str
    journey: str
    owner: UUID
    until: dt.datetime


async def grown(connection: Connection, now: dt.datetime) -> list[Grown]:
    """Consents of guardians whose child decides by ``now``, each once, at most 100. In the caller's transaction."""
    return [Grown(**row._asdict()) async for row in _queries.grown(connection, now=now)]


async def run_out(connection: Connection, now: dt.datetime) -> list[tuple[str, UUID, str]]:
    """End what guardians, or others who were asked, agreed to until now, each recorded.

    Returns region, application and material of each.

    What was looked up before stays: it was looked up by a consent that stood. In the caller's transaction.
    """
    ended = [row async for row in _queries.run_out(connection, now=now)]
    for row in ended:
        data = {"consent": str(row.id), "material": row.material, "cause": CAUSE if row.request is None else TIME_OVER}
        await record(
            connection, prepare(row.region, "consent.withdrawn", row.case_id, data, now, person_key=row.subject_key)
        )
    return [(row.region, row.case_id, row.material) for row in ended]
