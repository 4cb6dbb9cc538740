"""A file that a department drops (CSV, Parquet, Excel) as a source. Called by the list of connectors.

CSV and Parquet are read by DuckDB where they lie, streaming, whatever their size; a workbook, which can not be
streamed twice, is taken into DuckDB's memory once a version. A file that is replaced is seen at the next question.
"""

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from tongban.connectors.tables.source import LONGEST_CELL, Row, Select, Unreadable, missing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LARGEST_WORKBOOK = 32 * 1024 * 1024  # bytes; larger drops are CSV or Parquet
MEMORY = "256MB"
_KINDS = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "DATE", "UUID")
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT")
_READERS: dict[str, str] = {".csv": "csv", ".txt": "csv", ".parquet": "parquet", ".xlsx": "xlsx"}
Kind = Literal["csv", "parquet", "xlsx"]
T = TypeVar("T")


class FileTable:
    """The table in the file at ``path``; its ending says the kind.

    ``delimiter`` (CSV) is found by itself unless given; ``sheet`` (Excel) is the first unless named. The first row
    holds the names. A CSV is UTF-8 and every cell of it is text.
    """

    def __init__(self, path: Path, delimiter: str | None = None, sheet: str | None = None) -> None:
        self._path, self._delimiter, self._sheet = path, delimiter, sheet
        self._kind = _READERS[path.suffix.lower()]
        self._types: dict[str, str] = {}
        self._version = ""
        self._store: DuckDBPyConnection | None = None
        self._places = asyncio.Semaphore(1)
        self._busy: asyncio.Future[Any] | None = None
        _load_engine()

    async def names(self) -> Sequence[str]:
        """The columns whose types a look-up can carry. Raises ``Unreadable``."""

        def ask(connection: "DuckDBPyConnection") -> list[str]:
            return list(self._types)

        return await self._run(ask)

    async def select(self, wanted: Select, seconds: float) -> Sequence[Row]:
        """Rows in any order. Raises ``Unreadable``."""

        def ask(connection: "DuckDBPyConnection") -> list[Row]:
            statement, given = self._question(wanted)
            return connection.execute(f"{statement} LIMIT {wanted.limit:d}", given).fetchall()

        return await self._run(ask)

    async def page(self, wanted: Select, after: str | None, seconds: float) -> Sequence[tuple[str, Row]]:
        """Rows in the file's order. Raises ``Unreadable``, also when the file is another one since ``after``."""

        def ask(connection: "DuckDBPyConnection") -> list[tuple[str, Row]]:
            first = _position(after, self._version)
            statement, given = self._question(wanted)
            rows = connection.execute(f"{statement} LIMIT {wanted.limit:d} OFFSET {first:d}", given).fetchall()
            return [(f"{self._version}:{first + number}", row) for number, row in enumerate(rows, 1)]

        return await self._run(ask)

    async def close(self) -> None:
        """Let go of what was read."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _question(self, wanted: Select) -> tuple[str, list[str]]:
        fault = missing([*wanted.columns, *wanted.equal], list(self._types), "the file of now")
        if fault:
            raise Unreadable(fault, wrong=True)
        place, given = self._place()
        columns = ", ".join(map(self._cell, wanted.columns)) or "NULL"
        same = " AND ".join(f"CAST({_named(name)} AS VARCHAR) = ?" for name in wanted.equal)
        return f"SELECT {columns} FROM {place} WHERE {same or 'true'}", [*given, *wanted.equal.values()]

    def _place(self) -> tuple[str, list[str]]:
        """What stands behind FROM, with the values bound in it."""
        if self._kind == "parquet":
            return "read_parquet(?)", [str(self._path)]
        if self._kind == "xlsx":
            return "workbook", []
        options = "header = true, all_varchar = true, max_line_size = 1048576"
        if self._delimiter is None:
            return f"read_csv(?, {options})", [str(self._path)]
        return f"read_csv(?, {options}, delim = ?)", [str(self._path), self._delimiter]

    def _cell(self, name: str) -> str:
        """A text is cut while it is read; a decimal, a moment and the rest come as they are written."""
        return _named(name) if self._types[name] in _KINDS else f"left(CAST({_named(name)} AS VARCHAR), {LONGEST_CELL})"

    async def _run(self, ask: "Callable[[DuckDBPyConnection], T]") -> T:
        async with self._places:
            # One that was given up may still be at work on the store.
            if self._busy is not None:
                await asyncio.wait([self._busy])
            self._busy = asking = asyncio.ensure_future(asyncio.to_thread(self._answered, ask))
            asking.add_done_callback(_seen)
            try:
                return await asyncio.shield(asking)
            except asyncio.CancelledError:
                if self._store is not None:
                    self._store.interrupt()
                raise

    def _answered(self, ask: "Callable[[DuckDBPyConnection], T]") -> T:
        """Runs in a thread. The engine is large: a process without such a file never loads it."""
        import duckdb

        connection = self._store or self._opened()
        try:
            self._refresh(connection)
            return ask(connection)
        except (FileNotFoundError, IsADirectoryError) as fault:
            raise Unreadable("the file is not there") from fault
        except OSError as fault:
            raise Unreadable(f"the file can not be read ({type(fault).__name__})") from fault
        except duckdb.InterruptException as fault:
            raise Unreadable("no answer in time") from fault
        except duckdb.Error as fault:
            raise Unreadable(f"the file is not of the agreed form ({type(fault).__name__})", wrong=True) from fault

    def _opened(self) -> "DuckDBPyConnection":
        """A store in memory that fetches no extension and keeps to a little memory."""
        import duckdb

        settings = {"memory_limit": MEMORY, "threads": "2", "autoinstall_known_extensions": "false"}
        self._store = duckdb.connect(":memory:", config={**settings, "autoload_known_extensions": "false"})
        return self._store

    def _refresh(self, connection: "DuckDBPyConnection") -> None:
        found = os.stat(self._path)
        version = hashlib.sha256(repr((found.st_mtime_ns, found.st_size, found.st_ino)).encode()).hexdigest()[:16]
        if version == self._version:
            return
        if self._kind == "xlsx":
            self._take_workbook(connection, found.st_size)
        place, given = self._place()
        described = connection.execute(f"DESCRIBE SELECT * FROM {place}", given).fetchall()
        self._types = {name: kind for name, kind, *_ in described if not kind.startswith(_NESTED) and kind[-1] != "]"}
        self._version = version

    def _take_workbook(self, connection: "DuckDBPyConnection", size: int) -> None:
        if size > LARGEST_WORKBOOK:
            raise Unreadable("the workbook is too large: CSV and Parquet may be larger")
        rows = _cells(self._path, self._sheet)
        names = [str(name).strip() for name in next(rows, ()) if name not in (None, "")]
        if not names or len(set(names)) < len(names):
            raise Unreadable("its first row must name every column once", wrong=True)
        connection.execute(f"CREATE OR REPLACE TABLE workbook ({', '.join(f'{_named(n)} VARCHAR' for n in names)})")
        columns = ", ".join(["unnest(?::VARCHAR[])"] * len(names))
        for batch in _batches(rows, len(names)):
            connection.execute(
                f"INSERT INTO workbook SELECT {columns}", [list(cells) for cells in zip(*batch, strict=True)]
            )


@cache
def _load_engine() -> None:
    """Begin to load the engine: from a cold disk that takes seconds, longer than the first look-up may wait."""
    threading.Thread(target=_loaded, name="load DuckDB").start()


def _loaded() -> None:
    import duckdb

    duckdb.connect(":memory:").close()


def _seen(asking: asyncio.Future[Any]) -> None:
    """Take note of a fault that nobody waits for any more."""
    if not asking.cancelled():
        asking.exception()


def _cells(path: Path, sheet: str | None) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, one after the other."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as fault:  # a broken archive raises whatever its library raises
        if isinstance(fault, OSError):
            raise
        raise Unreadable("the file is no workbook", wrong=True) from fault
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise Unreadable(f"it has no sheet {sheet}", wrong=True)
        yield from (book[sheet] if sheet is not None else book.worksheets[0]).iter_rows(values_only=True)
    finally:
        book.close()


def _batches(rows: Iterator[Sequence[Any]], width: int) -> Iterator[list[list[str | None]]]:
    batch: list[list[str | None]] = []
    for row in rows:
        cells = [_told(cell) for cell in row[:width]]
        if any(cells):
            batch.append(cells + [None] * (width - len(cells)))
        if len(batch) == 2000:
            yield batch
            batch = []
    if batch:
        yield batch


def _told(cell: Any) -> str | None:
    """A cell as text; a whole number that the workbook keeps as a fraction is a whole number."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).removesuffix(" 00:00:00")


def _position(after: str | None, version: str) -> int:
    if after is None:
        return 0
    seen, _, number = after.partition(":")
    if seen != version:
        raise Unreadable("the file was replaced meanwhile: begin with the first page", wrong=True)
    if not number.isascii() or not number.isdecimal() or len(number) > 12:
        raise Unreadable("this page is unknown: begin with the first one", wrong=True)
    return int(number)


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
