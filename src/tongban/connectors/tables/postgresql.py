"""A PostgreSQL table as a source: read-only transactions, statement time-outs, identifiers from the catalogue.

Called by the list of connectors. The department gives an account that may do nothing but read this table.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from tongban.connectors.credentials import Credential
from tongban.connectors.tables.pool import Lost, Pool, Refused
from tongban.connectors.tables.source import LONGEST_CELL, Row, Select, Unreadable

_TEXTS = ("text", "character varying", "character", "citext", "name")
_OTHERS = ("smallint", "integer", "bigint", "numeric", "boolean", "date", "uuid")
_MOMENTS = ("timestamp without time zone", "timestamp with time zone")
_KINDS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a
WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped"""
_UNIQUE = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
WHERE i.indrelid = pg_catalog.to_regclass(%s) AND i.indisunique AND i.indpred IS NULL AND i.indnkeyatts = 1
  AND a.attnum = i.indkey[0] AND a.attname = %s AND a.attnotnull)"""

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")


class PostgresTable:
    """``table`` (with its schema) of the database at ``address``, a libpq address without a password.

    ``order``: a column that is unique and never empty, by which lists are read; None: no lists.
    """

    def __init__(self, address: str, table: str, credential: Credential, order: str | None = None) -> None:
        self._address, self._order = address, order
        self._parts = table.split(".")
        self._name = sql.Identifier(*self._parts)
        self._kinds: dict[str, str] = {}
        self._pool: Pool[Connection] = Pool(self._connect, credential)

    async def names(self) -> Sequence[str]:
        """The columns whose types a look-up can carry. Raises ``Unreadable``."""
        place = ".".join('"' + part.replace('"', '""') + '"' for part in self._parts)

        async def ask(connection: Connection) -> None:
            found = await (await connection.execute(_KINDS, [place])).fetchall()
            known = {*_TEXTS, *_OTHERS, *_MOMENTS}
            self._kinds = {name: kind for name, kind in found if kind in known}
            if not self._kinds:
                raise Unreadable(f"there is no table {'.'.join(self._parts)} that may be read")
            if self._order is not None:
                row = await (await connection.execute(_UNIQUE, [place, self._order])).fetchone()
                if row is None or not row[0]:
                    raise Unreadable(f"lists need a unique, never empty column; {self._order} is none")

        await self._run(ask, 3.0)
        return list(self._kinds)

    async def select(self, wanted: Select, seconds: float) -> Sequence[Row]:
        """Rows in any order. Raises ``Unreadable``."""
        statement = sql.SQL("SELECT {} FROM {} WHERE {} LIMIT {}").format(
            self._columns(wanted.columns), self._name, self._where(wanted), sql.Placeholder()
        )
        return await self._rows(statement, [*wanted.equal.values(), wanted.limit], seconds)

    async def page(self, wanted: Select, after: str | None, seconds: float) -> Sequence[tuple[str, Row]]:
        """Rows in the order of the unique column. Raises ``Unreadable``."""
        if self._order is None:
            raise Unreadable("no lists are offered here")
        order = sql.Identifier(self._order)
        behind = sql.SQL("AND {} > {}").format(order, sql.Placeholder()) if after is not None else sql.SQL("")
        statement = sql.SQL("SELECT {}::text, {} FROM {} WHERE {} {} ORDER BY {} LIMIT {}").format(
            order, self._columns(wanted.columns), self._name, self._where(wanted), behind, order, sql.Placeholder()
        )
        given = [*wanted.equal.values(), *([after] if after is not None else []), wanted.limit]
        return [(str(row[0]), row[1:]) for row in await self._rows(statement, given, seconds)]

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    def _columns(self, names: Sequence[str]) -> sql.Composable:
        return sql.SQL(", ").join(self._cell(name) for name in names) if names else sql.SQL("NULL")

    def _cell(self, name: str) -> sql.Composable:
        """A text is cut by the server, so that a huge one never travels; a moment comes as it is written."""
        cell, kind = sql.Identifier(name), self._kinds[name]
        if kind in _TEXTS:
            return sql.SQL("left({}::text, {})").format(cell, sql.Literal(LONGEST_CELL))
        return sql.SQL("{}::text").format(cell) if kind in _MOMENTS else cell

    def _where(self, wanted: Select) -> sql.Composable:
        same = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in wanted.equal]
        return sql.SQL(" AND ").join(same) if same else sql.SQL("true")

    async def _rows(self, statement: sql.Composed, given: Sequence[Any], seconds: float) -> Sequence[Row]:
        async def ask(connection: Connection) -> Sequence[Row]:
            return await (await connection.execute(statement, given)).fetchall()

        return await self._run(ask, seconds)

    async def _run(self, ask: Callable[[Connection], Awaitable[T]], seconds: float) -> T:
        async def within(connection: Connection) -> T:
            try:
                async with connection.transaction():
                    # A literal: SET takes no bound value, and this one is a number of ours.
                    await connection.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
                    return await ask(connection)
            except psycopg.DataError as fault:
                raise Unreadable("the question does not fit its columns", wrong=True) from fault
            except psycopg.errors.QueryCanceled as fault:
                raise Unreadable("no answer in time") from fault
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as fault:
                raise Unreadable("the table is not as it was") from fault
            except psycopg.errors.InsufficientPrivilege as fault:
                raise Unreadable("the account may not read it") from fault
            except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
                raise Lost() from fault
            except psycopg.Error as fault:
                raise Unreadable(f"it does not answer ({type(fault).__name__})") from fault

        return await self._pool.run(within)

    async def _connect(self, secret: str) -> Connection:
        try:
            return await psycopg.AsyncConnection.connect(
                self._address,
                password=secret,
                autocommit=True,
                connect_timeout=3,
                application_name="tongban",
                options="-c default_transaction_read_only=on -c search_path=pg_catalog",
            )
        except psycopg.OperationalError as fault:
            # The server's refusal at the beginning carries no code here, only its words.
            if "authentication failed" in str(fault) or "no password supplied" in str(fault):
                raise Refused() from fault
            raise Unreadable("not reachable") from fault
