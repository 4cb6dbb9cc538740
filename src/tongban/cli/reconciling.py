"""``tongban exchange reconcile`` and ``differences``: this node's log beside another node's, or beside a file.

Mounted by ``exchange``. What differs is kept; the doctor tells it until a later comparison finds it gone.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection, Database, platform_now
from tongban.cli.errors import SettingsInvalid
from tongban.cli.exchange import GRACE_MINUTES, with_pool
from tongban.cli.home import Home
from tongban.cli.running import with_database
from tongban.cli.settings import read_settings
from tongban.resources.exchange import comparisons, foreign, reconciling
from tongban.resources.exchange.comparisons import Compared
from tongban.resources.exchange.log import ExchangeLog
from tongban.resources.exchange.reconciling import Difference

WORDS = {
    "never_arrived": "对方没有收到 never arrived there",
    "outcome_unknown_here": "本方结果未知 outcome unknown here",
    "unknown_there": "对方结果未知 outcome unknown there",
    "question_differs": "问题摘要不一致 the question differs",
    "answer_differs": "应答摘要不一致 the answer differs",
    "result_differs": "结果不一致 the result differs",
    "missing_here": "本方没有记录 not asked from here",
}


class Span(msgspec.Struct, frozen=True):
    """Which calls are compared: of one region, from ``since``, older than ``before``."""

    region: str
    since: datetime
    before: datetime


class Beside(msgspec.Struct, frozen=True):
    """Two logs side by side: the other's name, how many calls each had, what differs."""

    other: str
    here: int
    there: int
    found: Sequence[Difference]


def reconcile(
    *,
    region: str,
    resource: str | None = None,
    log: Path | None = None,
    consumer: str | None = None,
    provider: str | None = None,
    hours: int = 24,
    minutes: int = GRACE_MINUTES,
) -> None:
    """Compare this node's log with another's, name every difference, and close what ended in the dark; exit 1 if any.

    Parameters
    ----------
    region
        Six-digit code.
    resource
        A resource that another node holds: its log is read.
    log
        A file instead: what a department's own system, or an X-Road security server, wrote down (CSV or JSON).
    consumer
        The department whose file says what it asked here.
    provider
        The department whose file says what was asked of it from here.
    hours
        How far back.
    minutes
        Calls younger than this may still be under way and are left alone.
    """

    async def act(database: Database) -> int:
        async with database.connection() as connection:
            now = await platform_now(connection)
        span = Span(region, now - timedelta(hours=hours), now - timedelta(minutes=minutes))
        beside = None
        if log is not None:
            beside = await _file(database, span, log, consumer, provider)
        elif resource is not None:
            beside = await _node(database, span, resource)
        found = [] if beside is None else beside.found
        closed = await reconciling.close(ExchangeLog(database), database, region, span.before, found)
        if beside is not None:
            await _keep(database, span, beside, closed, now)
        for one in found:
            words = WORDS[one.kind]
            print(f"{one.message}: {words}（本方 here {one.here}，对方 there {one.there}）")
        print(f"差异 differences: {len(found)}，已了结的未知调用 unknown calls closed: {closed}")
        return len(found)

    if log is not None and (consumer is None) == (provider is None):
        raise SettingsInvalid(faults="--log: say whose file it is, --consumer or --provider")
    if with_pool(act):
        sys.exit(1)


def differences(*, region: str) -> None:
    """List what comparisons found and no later one found gone; exit 1 if there is any.

    Parameters
    ----------
    region
        Six-digit code.
    """

    async def act(connection: Connection) -> list[tuple[str, datetime, Difference]]:
        connection.row_factory = namedtuple_row
        return await comparisons.open_differences(connection, region)

    found = with_database(act)
    for other, first, one in found:
        print(f"{other}  {first:%Y-%m-%d %H:%M}  {one.message}: {WORDS[one.kind]}（{one.here} / {one.there}）")
    if found:
        sys.exit(1)


async def _keep(database: Database, span: Span, beside: Beside, closed: int, now: datetime) -> None:
    compared = Compared(span.region, beside.other, now, span.since, span.before, beside.here, beside.there, closed)
    async with database.connection() as connection:
        await comparisons.keep(connection, compared, beside.found)


async def _file(database: Database, span: Span, path: Path, consumer: str | None, provider: str | None) -> Beside:
    try:
        theirs = foreign.read_log(await asyncio.to_thread(path.read_text, "utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsInvalid(faults=f"--log: {fault}") from fault
    async with database.connection() as connection:
        every = await foreign.own_calls(
            connection, span.region, consumer, provider, span.since, datetime.max.replace(tzinfo=UTC)
        )
        refused = await foreign.refused_messages(connection, span.region, consumer, span.since)
    old = [one for one in every if one.at < span.before]
    young = {name for one in every if one.at >= span.before for name in (one.message, one.request)}
    told = [
        line for line in theirs
        if (line.at is None or span.since <= line.at < span.before) and not young & {line.message, line.request}
    ]  # fmt: skip
    return Beside(
        f"{consumer or provider}", len(old), len(told), foreign.beside(old, told, refused, asked=consumer is not None)
    )


async def _node(database: Database, span: Span, resource: str) -> Beside:
    # Imported here: asking another node needs an HTTP client, a file does not.
    from tongban.cli.node_logs import compared

    home = Home(read_settings().home)
    one = await compared(database, home, span.region, resource, span.since, span.before)
    return Beside(one.peer, one.calls, one.there, one.differences)
