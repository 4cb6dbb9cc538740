"""How officers and systems use the exchange: counts that tell a usual day from a risky one. No data, no persons.

Called by the watches of ``cases.oversight``. Only counts of calls are looked at; whom an officer knows or is related
to is never inferred.
"""

from datetime import datetime

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.resources.exchange", "risk.sql")


class Pattern(Struct, frozen=True):
    """What one officer (``system`` False) or system of a department asked since a moment.

    ``odd_hours``: calls before 7 or after 21 o'clock in China; ``subjects``: different people or enterprises asked
    about; ``missing``: answers that there is no record; ``refused``: calls refused before anything was asked.
    """

    consumer: str
    who: str
    system: bool
    calls: int
    odd_hours: int
    most_fields: int
    subjects: int
    missing: int
    without_case: int
    refused: int


async def patterns(
    connection: Connection, region: str, since: datetime, only: tuple[str, str] | None = None
) -> list[Pattern]:
    """The patterns of a region since a moment; ``only`` narrows them to one (consumer, officer or system)."""
    consumer, who = only or (None, None)
    rows = _queries.use_patterns(connection, region=region, since=since, consumer=consumer, who=who)
    return [Pattern(**row._asdict()) async for row in rows]


async def regions_asked(connection: Connection, since: datetime) -> list[str]:
    """Regions in which an officer or a system asked anything since a moment."""
    return [row.region async for row in _queries.regions_asked(connection, since=since)]
