"""What comparisons with other logs found, kept until a later one finds it gone. Called by the commands."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.resources.exchange.reconciling import Difference

_queries = load_queries("tongban.resources.exchange", "foreign.sql")


class Compared(Struct, frozen=True):
    """One comparison of the calls from ``since`` until ``before``; ``here`` and ``there``: how many each log had."""

    region: str
    other: str
    at: datetime
    since: datetime
    before: datetime
    here: int
    there: int
    closed: int


class Standing(Struct, frozen=True):
    """The last comparison with another log, and how many differences are open."""

    region: str
    other: str
    at: datetime
    here: int
    there: int
    closed: int
    open: int


async def keep(connection: Connection, compared: Compared, found: Sequence[Difference]) -> None:
    """Write down what a comparison found, and which earlier differences of that time are gone."""
    names = {"region": compared.region, "other": compared.other}
    async with connection.transaction():
        await _queries.put_comparison(
            connection, **names, at=compared.at, since=compared.since, before=compared.before, here=compared.here,
            there=compared.there, closed=compared.closed,
        )  # fmt: skip
        kept = [f"{one.consumer} {one.message}" for one in found]
        await _queries.end_differences(
            connection, **names, since=compared.since, before=compared.before, at=compared.at, kept=kept
        )
        for one in found:
            await _queries.put_difference(
                connection, **names, consumer=one.consumer, message=one.message, kind=one.kind, here=one.here,
                there=one.there, at=compared.at, called_at=min(one.at or compared.since, compared.before),
            )  # fmt: skip


async def standings(connection: Connection) -> list[Standing]:
    """Every log that was ever compared with this node's."""
    return [Standing(*row) async for row in _queries.comparisons(connection)]


async def open_differences(connection: Connection, region: str) -> list[tuple[str, datetime, Difference]]:
    """The differences that stand, each with the other log's name and when it was first found; a thousand at most."""
    rows = _queries.open_differences(connection, region=region)
    return [
        (row.other, row.found_at, Difference(row.message, row.kind, row.here, row.there, row.consumer, row.called_at))
        async for row in rows
    ]
