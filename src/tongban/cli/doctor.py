"""``tongban doctor``: what is well, what soon will not be, and what is broken, each with its repair.

Works beside a running node and without one; then it says so and checks what it can. Exit status: 0, or 1 when
anything is at fault. What to do at night for each fault: docs/operating.md.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
import psycopg
from cyclopts import Parameter
from psycopg.rows import namedtuple_row

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.basics.database import Connection, platform_now
from tongban.basics.demonstration import is_demonstration
from tongban.basics.outbox import replay_dead
from tongban.calendars import actions as calendars
from tongban.cases.library.writing import try_again
from tongban.cases.measures.counting import try_again as measure_again
from tongban.cli import findings
from tongban.cli.check_access import check_access
from tongban.cli.check_database import check_database
from tongban.cli.check_keys import (
    check_certificates,
    check_files,
    check_log_key,
    check_origin,
    check_vault,
    check_witness_key,
)
from tongban.cli.check_library import check_library
from tongban.cli.check_machine import check_machine, check_years
from tongban.cli.check_packs import check_grants, check_layouts, check_packs, issuers
from tongban.cli.check_setup import check_setup
from tongban.cli.check_surroundings import check_assets, check_connectors, check_web, check_witness
from tongban.cli.check_trust import check_trust
from tongban.cli.check_uploads import check_scanner
from tongban.cli.compose import calendars_of
from tongban.cli.errors import NoDatabase
from tongban.cli.findings import Finding
from tongban.cli.home import Home
from tongban.cli.main import reader_language
from tongban.cli.running import database_address
from tongban.cli.settings import Settings, read_settings
from tongban.web.asset_files import FOLDER as ASSETS

WEB_POOL, OTHERS = 8, 19
"""Connections that a web process, and everything else together, may open."""


def doctor(
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    replay: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Check machine, database, keys, calendar years, packs and surroundings; exit 1 when anything is at fault.

    Parameters
    ----------
    as_json
        Print the findings as JSON.
    replay
        First try again the messages that were given up, after their cause was mended.
    """
    found = asyncio.run(examine(read_settings(), replay))
    print(_json(found) if as_json else _told(found))
    raise SystemExit(1 if any(one.level == "fault" for one in found) else 0)


async def examine(settings: Settings, replay: bool = False) -> list[Finding]:
    """Every finding, in the order in which a person would look."""
    home = Home(settings.home)
    found = [*check_machine(settings.home), check_assets()]
    try:
        async with _database(settings) as connection:
            if replay:
                await replay_dead(connection)
                await try_again(connection)
                await measure_again(connection)
            return [*found, *await _beside(settings, home, connection)]
    except NoDatabase:
        found.append(_stopped(settings))
    except psycopg.OperationalError as error:
        found.append(_unreachable(error))
    today = local_day(dt.datetime.now(dt.UTC))
    used = (settings.home / "postgres" / "data").exists()
    return [*found, *await _keys(settings, home, None, expected=used), *check_years(today, WorkingCalendar.published())]


async def _beside(settings: Settings, home: Home, connection: Connection) -> list[Finding]:
    """What can be checked while the database answers."""
    found = await check_database(connection, settings.workers * WEB_POOL + OTHERS)
    if any(
        one.check in ("database.kind", "database.migrations", "queue.tables") and one.level == "fault" for one in found
    ):
        return [*found, *await _keys(settings, home, None, expected=False)]
    found += await check_library(connection)
    now = await platform_now(connection)
    demonstration = await is_demonstration(connection)
    found += await _keys(settings, home, connection, expected=True)
    found += await check_trust(connection, now)
    found += await check_access(connection, settings.second_wall)
    found += check_origin(settings.log_origin, demonstration)
    calendar, _ = calendars_of(await calendars.files_in_force(connection), ())
    found += check_years(local_day(now), calendar)
    packs, platform = await check_packs(connection)
    found += packs
    if platform is not None:
        found += check_certificates(home, issuers(platform), demonstration, dt.datetime.now(dt.UTC))
        found += await check_grants(connection, platform, now)
        found += check_layouts(platform, ASSETS / "fonts", now)
        found += await check_connectors(home, platform.resources)
    if not demonstration:
        found += await check_setup(settings, home, connection, platform, dt.datetime.now(dt.UTC))
    return [*found, await check_scanner(settings), *await check_witness(settings, home), await check_web(settings)]


async def _keys(settings: Settings, home: Home, connection: Connection | None, *, expected: bool) -> list[Finding]:
    return [
        *check_files(home, expected),
        *await check_vault(home, connection),
        *await check_log_key(home, settings.log_origin, connection),
        check_witness_key(home, settings.witness_url is not None),
    ]


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Connection]:
    address = database_address(settings)
    async with await psycopg.AsyncConnection.connect(
        address, autocommit=True, row_factory=namedtuple_row, connect_timeout=5
    ) as connection:
        yield connection


def _stopped(settings: Settings) -> Finding:
    found = (
        f"没有在运行（{settings.home}），数据库、应用包和周边系统未检查",
        f"nothing runs in {settings.home}: database, packs and surroundings were not checked",
    )
    return findings.warning("node.runs", found, ("tongban run 或 tongban serve", "tongban run or tongban serve"))


def _unreachable(error: psycopg.OperationalError) -> Finding:
    reason = " ".join(str(error).split())
    repair = (
        "检查 PostgreSQL 是否运行、TONGBAN_DATABASE_URL、网络；内置数据库看 postgres/postgres.log",
        "check that PostgreSQL runs, TONGBAN_DATABASE_URL, the network; embedded: see postgres/postgres.log",
    )
    return findings.fault("database.reachable", (f"数据库无应答：{reason}", f"it does not answer: {reason}"), repair)


def _told(found: list[Finding]) -> str:
    language = reader_language()
    faults, warnings = (sum(one.level == level for one in found) for level in ("fault", "warning"))
    zh = f"{len(found)} 项：{faults} 项故障，{warnings} 项注意"
    en = f"{len(found)} checks: {faults} at fault, {warnings} to watch"
    return "\n".join([*(one.line(language) for one in found), zh if language.startswith("zh") else en])


def _json(found: list[Finding]) -> str:
    rows = [
        {
            "check": one.check,
            "level": one.level,
            "found": {"zh-CN": one.found[0], "en": one.found[1]},
            "repair": {"zh-CN": one.repair[0], "en": one.repair[1]},
        }
        for one in found
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1).decode()
