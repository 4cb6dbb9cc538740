"""What every change of the organisation shares: who may, one change at a time, one ledger entry.

An entry names accounts and units by their ids, never a person's name or number.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.parties.models import Actor, Subject
from tongban.parties.organisation.models import Holding, Position, Unit
from tongban.parties.rules import require

queries = load_queries("tongban.parties.organisation")
INSTALLATION = "installation"
"""In whose name is recorded what an operator's command did before anybody could sign in."""
By = Actor | None
"""Who changes: an official, an institution's system, or None for the installation itself."""


def must(by: By, action: str, region: str, department: str | None = None) -> None:
    """Raise ``NotAllowed`` unless ``by`` may; the installation may."""
    if by is not None:
        require(by, action, Subject(region=region, department=department))


def unit_subject(region: str, unit: str) -> UUID:
    """Under which id a unit's or position's entries stand in the ledger: always the same."""
    return uuid5(NAMESPACE_URL, f"urn:tongban:unit:{region}:{unit}")


def who(by: By) -> UUID:
    """The account that is stored as having made a change."""
    return by.account if by else UUID(int=0)


async def note(
    connection: Connection, by: By, region: str, kind: str, subject: UUID, now: datetime, **facts: Any
) -> None:
    """Record one entry of ``kind`` about ``subject``; what is None is left out."""
    told = {name: _plain(value) for name, value in facts.items() if value is not None}
    doer = str(by.account) if by else INSTALLATION
    await record(connection, prepare(region, kind, subject, {**told, "by": doer}, now))


def _plain(value: Any) -> Any:
    if isinstance(value, (UUID, datetime)):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    return list(value) if isinstance(value, tuple) else value


async def lock(connection: Connection, region: str) -> None:
    """Changes of one region's organisation happen one after the other. In a transaction."""
    async for _ in queries.lock_region(connection, region=region):
        pass


async def units_of(connection: Connection, regions: Iterable[str] | None = None) -> list[Unit]:
    """Every version of every unit of ``regions`` (all when None), each unit's oldest first."""
    named = None if regions is None else list(regions)
    rows = queries.units_of(connection, regions=named)
    return [Unit(**{**row._asdict(), "roles": tuple(row.roles)}) async for row in rows]


async def positions_of(connection: Connection, region: str) -> list[Position]:
    """Every version of every position of ``region``, each position's oldest first."""
    return [Position(**row._asdict()) async for row in queries.positions_of(connection, region=region)]


async def holdings_of(
    connection: Connection,
    region: str,
    *,
    account: UUID | None = None,
    department: str | None = None,
    position: str | None = None,
) -> list[Holding]:
    """Who held what and when, in the order of ranks."""
    rows = queries.holdings(connection, region=region, account=account, department=department, position=position)
    return [Holding(**row._asdict()) async for row in rows]
