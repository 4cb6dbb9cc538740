"""A MySQL or MariaDB table as a source: prepared statements, read-only sessions, identifiers from its catalogue.

Called by the list of connectors. The driver spells values into statements; here they go into user variables as
hexadecimal digits and are bound by a prepared statement, so that no setting of the server can make text of them.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import aiomysql
from pymysql.err import MySQLError

from tongban.connectors.credentials import Credential
from tongban.connectors.tables.pool import Lost, Pool, Refused
from tongban.connectors.tables.source import LONGEST_CELL, Row, Select, Unreadable

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum")
_OTHERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "date", "year")
_MOMENTS = ("datetime", "timestamp")
_KINDS = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = ? AND table_name = ?"
_UNIQUE = (
    "SELECT max(column_name = ?) FROM information_schema.statistics WHERE table_schema = ? AND table_name = ?"
    " AND non_unique = 0 AND coalesce(nullable, '') <> 'YES' GROUP BY index_name HAVING count(*) = 1"
)
_ACCESS_DENIED = (1044, 1045, 1698)
_NOT_ALLOWED = (1142, 1143)
_TOO_LONG = (1969, 3024, 1317)
_GONE = (2006, 2013, 2014, 2055, 1927, 1053)
_BAD_VALUE = (1264, 1292, 1366, 1411, 3854)

T = TypeVar("T")


class Connection(Protocol):
    """The part of ``aiomysql.Connection`` that is used here."""

    def cursor(self) -> Any:
        """A cursor, closed by ``async with``."""
        ...

    def close(self) -> None:
        """Close the socket at once."""
        ...

    def get_server_info(self) -> str:
        """The server's version."""
        ...


class MysqlTable:
    """``table`` of the database at ``address`` (``mysql://user@host:port/database``, without a password).

    ``order``: a column that is unique and never empty, by which lists are read; None: no lists. ``certificates``:
    a file of trusted authorities; given, the connection is encrypted and the host's name checked.
    """

    def __init__(
        self,
        address: str,
        table: str,
        credential: Credential,
        order: str | None = None,
        certificates: str | None = None,
    ) -> None:
        self._parts, self._table, self._order = urlsplit(address), table, order
        self._database = unquote(self._parts.path.lstrip("/"))
        self._certificates = certificates
        self._kinds: dict[str, str] = {}
        self._pool: Pool[Connection] = Pool(self._connect, credential)

    async def names(self) -> Sequence[str]:
        """The columns whose types a look-up can carry. Raises ``Unreadable``."""
        found = await self._rows(_KINDS, [self._database, self._table], 3.0)
        known = {*_TEXTS, *_OTHERS, *_MOMENTS}
        self._kinds = {str(name): str(kind) for name, kind in found if kind in known}
        if not self._kinds:
            raise Unreadable(f"there is no table {self._table} that may be read")
        if self._order is not None:
            unique = await self._rows(_UNIQUE, [self._order, self._database, self._table], 3.0)
            if not any(row[0] for row in unique):
                raise Unreadable(f"lists need a unique, never empty column; {self._order} is none")
        return list(self._kinds)

    async def select(self, wanted: Select, seconds: float) -> Sequence[Row]:
        """Rows in any order. Raises ``Unreadable``."""
        columns = ", ".join(map(self._cell, wanted.columns)) or "NULL"
        statement = f"SELECT {columns} FROM {_named(self._table)} WHERE {_where(wanted)} LIMIT {wanted.limit:d}"
        return await self._rows(statement, list(wanted.equal.values()), seconds)

    async def page(self, wanted: Select, after: str | None, seconds: float) -> Sequence[tuple[str, Row]]:
        """Rows in the order of the unique column. Raises ``Unreadable``."""
        if self._order is None:
            raise Unreadable("no lists are offered here")
        columns = ", ".join([f"CAST({_named(self._order)} AS CHAR)", *map(self._cell, wanted.columns)])
        behind = f" AND {_named(self._order)} > ?" if after is not None else ""
        statement = (
            f"SELECT {columns} FROM {_named(self._table)} WHERE {_where(wanted)}{behind}"
            f" ORDER BY {_named(self._order)} LIMIT {wanted.limit:d}"
        )
        given = [*wanted.equal.values(), *([after] if after is not None else [])]
        return [(str(row[0]), row[1:]) for row in await self._rows(statement, given, seconds)]

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    def _cell(self, name: str) -> str:
        """A text is cut by the server, so that a huge one never travels; a moment comes as it is written."""
        kind = self._kinds[name]
        if kind in _TEXTS:
            return f"LEFT({_named(name)}, {LONGEST_CELL})"
        return f"CAST({_named(name)} AS CHAR)" if kind in _MOMENTS else _named(name)

    async def _rows(self, statement: str, given: Sequence[str], seconds: float) -> Sequence[Row]:
        names = [f"@v{number}" for number in range(len(given))]
        set_to = [("@q", statement), *zip(names, given, strict=True)]
        bound = ", ".join(f"{name} = {_hexadecimal(value)}" for name, value in set_to)

        async def ask(connection: Connection) -> Sequence[Row]:
            async with connection.cursor() as cursor:
                await cursor.execute(f"SET {bound}, {_limit(connection, seconds)}")
                await cursor.execute("PREPARE asked FROM @q")
                await cursor.execute(f"EXECUTE asked{' USING ' + ', '.join(names) if names else ''}")
                return [tuple(row) for row in await cursor.fetchall()]

        return await self._run(ask)

    async def _run(self, ask: Callable[[Connection], Awaitable[T]]) -> T:
        async def within(connection: Connection) -> T:
            try:
                return await ask(connection)
            except MySQLError as fault:
                raise _told(fault) from fault
            except (OSError, EOFError, RuntimeError) as fault:  # RuntimeError: the driver saw the socket close
                raise Lost() from fault

        return await self._pool.run(within)

    async def _connect(self, secret: str) -> Connection:
        parts = self._parts
        try:
            made: Connection = await aiomysql.connect(
                host=parts.hostname or "127.0.0.1",
                port=parts.port or 3306,
                user=unquote(parts.username or ""),
                password=secret,
                db=self._database,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=3,
                program_name="tongban",
                init_command="SET SESSION TRANSACTION READ ONLY",
                ssl=ssl.create_default_context(cafile=self._certificates) if self._certificates else None,
            )
        except MySQLError as fault:
            if _number(fault) in _ACCESS_DENIED:
                raise Refused() from fault
            raise Unreadable("not reachable") from fault
        except OSError as fault:
            raise Unreadable("not reachable") from fault
        return made


def _told(fault: MySQLError) -> Exception:
    number = _number(fault)
    if number in _GONE:
        return Lost()
    if number in _BAD_VALUE:
        return Unreadable("the question does not fit its columns", wrong=True)
    if number in _TOO_LONG:
        return Unreadable("no answer in time")
    if number in _NOT_ALLOWED:
        return Unreadable("the account may not read it")
    return Unreadable(f"it does not answer (error {number})")


def _number(fault: MySQLError) -> int:
    return fault.args[0] if fault.args and isinstance(fault.args[0], int) else 0


def _limit(connection: Connection, seconds: float) -> str:
    """The server's own time limit of a statement, as each of the two calls it."""
    if "mariadb" in connection.get_server_info().lower():
        return f"SESSION max_statement_time = {seconds:.3f}"
    return f"SESSION max_execution_time = {round(seconds * 1000)}"


def _where(wanted: Select) -> str:
    return " AND ".join(f"{_named(name)} = ?" for name in wanted.equal) or "TRUE"


def _named(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _hexadecimal(value: str) -> str:
    """``value`` as digits: nothing in it can end a literal, whatever the server's modes are."""
    return f"CONVERT(X'{value.encode().hex()}' USING utf8mb4)"
