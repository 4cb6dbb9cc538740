"""The store: one pool of connections to PostgreSQL, and the platform's time.

Every floor above takes a ``Database`` (or one connection of it) as a parameter; nobody opens its own.
"""

import select
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tongban.basics.errors import TongbanError
from tongban.basics.second_wall import WalledConnection, behind_the_wall

Connection = psycopg.AsyncConnection[Any]
_joined: ContextVar[Connection | None] = ContextVar("joined", default=None)
_rehearsed: ContextVar[bool] = ContextVar("rehearsed", default=False)

WAIT_SECONDS = 5.0
"""How long a request waits for a connection, and how long the pool goes on trying before the next request makes
it begin anew: so it finds a server that was restarted within seconds, however long that took."""

set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)


class StoreUnavailable(TongbanError):
    """PostgreSQL does not answer. Nothing was half-done: an unfinished transaction leaves no trace."""

    code = "basics.store_unavailable"
    status = 503
    zh = "系统正在恢复，请稍后再试。您已提交的内容不会丢失。"
    en = "The system is recovering. Try again shortly; what you submitted is not lost."


class ValueUnfit(TongbanError):
    """A text holds a NUL character, which the store can not keep."""

    code = "basics.value_unfit"
    zh = "填写的内容含有无法保存的字符，请删除后再试。"
    en = "The text holds a character that can not be stored. Remove it and try again."


_NUL_IN_TEXT, _NUL_IN_JSON = "22021", "22P05"


def _holds_nul(error: psycopg.DataError) -> bool:
    """Whether psycopg (which gives no state) or PostgreSQL refused a NUL; other data errors are faults of ours."""
    return error.sqlstate in (_NUL_IN_TEXT, _NUL_IN_JSON) or (error.sqlstate is None and "NUL" in str(error))


async def _configure(connection: Connection) -> None:
    connection.prepare_threshold = 2
    await connection.set_autocommit(True)


async def _still_open(connection: Connection) -> None:
    """Raise when the server has closed an idle connection; costs a look at the socket, no round trip.

    An idle connection has nothing to say but its farewell, or a notice, which is read here.
    """
    listening = select.poll()
    listening.register(connection.pgconn.socket, select.POLLIN)
    if listening.poll(0):
        connection.pgconn.consume_input()


class Database:
    """A pool over ``conninfo`` (libpq string or URL). Connections are in autocommit: one statement, one transaction.

    ``walled``: they take the application's role and meet the second wall.
    """

    def __init__(self, conninfo: str, *, size: int = 8, walled: bool = False) -> None:
        self.conninfo = conninfo
        self.walled = walled
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            behind_the_wall(conninfo) if walled else conninfo,
            connection_class=WalledConnection if walled else psycopg.AsyncConnection,
            min_size=1,
            max_size=size,
            open=False,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
            configure=_configure,
            check=_still_open,
            kwargs={"row_factory": namedtuple_row},
        )

    async def open(self) -> None:
        """Open the pool and wait for the first connection."""
        await self.pool.open(wait=True, timeout=30)

    async def close(self) -> None:
        """Close the pool; running statements end first."""
        await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection in autocommit. Raises ``StoreUnavailable`` when PostgreSQL does not answer.

        Inside ``one_transaction`` it is that transaction's connection.
        """
        joined = _joined.get()
        if joined is not None:
            yield joined
            return
        try:
            async with self.pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise StoreUnavailable() from error
        except psycopg.DataError as error:
            if _holds_nul(error):
                raise ValueUnfit() from error
            raise

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Connection]:
        """A connection whose every statement is committed when it ends, also inside ``one_transaction``.

        For what must stand whatever becomes of the rest: that somebody was about to be asked. In a rehearsal, where
        nothing is to remain, it is that transaction's. Raises ``StoreUnavailable``.
        """
        joined = None if _rehearsed.get() else _joined.get()
        token = _joined.set(None) if joined is not None else None
        try:
            async with self.connection() as connection:
                yield connection
        finally:
            if token is not None:
                _joined.reset(token)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One connection inside one transaction: commits on leaving, rolls back on any error."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def one_transaction(self, *, rehearsal: bool = False) -> AsyncIterator[Connection]:
        """Everything that this task does with the store inside the block is one transaction.

        For callers that must commit a verb together with something of their own, such as an idempotency key.
        ``rehearsal``: it will be rolled back, and with it even what is written ``apart``.
        """
        async with self.transaction() as connection:
            token, rehearsed = _joined.set(connection), _rehearsed.set(rehearsal)
            try:
                yield connection
            finally:
                _joined.reset(token)
                _rehearsed.reset(rehearsed)


async def in_one_trip(connection: Connection, *asked: tuple[str, Mapping[str, Any]]) -> list[list[Any]]:
    """The rows of several reading statements, each given with its named parameters, in one round trip."""
    async with connection.pipeline():
        cursors = [await connection.execute(statement.encode(), values) for statement, values in asked]
        return [await cursor.fetchall() for cursor in cursors]


async def platform_now(connection: Connection) -> datetime:
    """The platform's time (aware, UTC): the database's, moved ahead only in a demonstration."""
    cursor = await connection.execute("SELECT platform_now()")
    row = await cursor.fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
