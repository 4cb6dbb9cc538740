"""The ledger's named statements, and one way to run them that does not depend on the caller's settings.

Called by every module of the ledger that touches the database.
"""

from typing import Any

from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.ledger")


async def rows(conn: Connection, name: str, **values: Any) -> list[Any]:
    """All rows of statement ``name`` as named tuples."""
    async with conn.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(getattr(_queries, name).sql, values)
        return await cursor.fetchall()


async def row(conn: Connection, name: str, **values: Any) -> Any | None:
    """The first row of statement ``name``, or None."""
    found = await rows(conn, name, **values)
    return found[0] if found else None


async def execute(conn: Connection, name: str, **values: Any) -> int:
    """Run statement ``name``; returns how many rows it touched."""
    async with conn.cursor() as cursor:
        await cursor.execute(getattr(_queries, name).sql, values)
        return cursor.rowcount
