"""Move demonstration time. The database refuses it anywhere else: production has no such switch."""

import datetime as dt
from collections.abc import Awaitable
from typing import Any

import psycopg

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.basics")


class NotDemonstration(TongbanError):
    """Time moves only in a database that was created as a demonstration."""

    code = "basics.not_demonstration"
    status = 404
    zh = "这不是演示环境，时间不能移动。"
    en = "This is no demonstration: time does not move here."


async def is_demonstration(connection: Connection) -> bool:
    """Whether the database was created as a demonstration."""
    return bool(await _queries.kind_of_installation(connection) == "demonstration")


async def move_time(connection: Connection, by: dt.timedelta) -> dt.datetime:
    """Move the platform's time ahead by ``by`` (never back). Returns the new time. Raises ``NotDemonstration``."""
    if by < dt.timedelta(0):
        raise ValueError("time moves ahead only")
    return await _moved(_queries.move_time(connection, by=by))


async def reach_time(connection: Connection, moment: dt.datetime) -> dt.datetime:
    """Bring the platform's time to ``moment`` (aware), unless it is later already: a node of a demonstration that
    follows another's. Returns the time. Raises ``NotDemonstration``.
    """
    return await _moved(_queries.reach_time(connection, moment=moment))


async def _moved(moving: Awaitable[Any]) -> dt.datetime:
    try:
        now: dt.datetime = await moving
    except psycopg.DatabaseError as error:
        if error.sqlstate == "TB002":
            raise NotDemonstration() from error
        raise
    return now
