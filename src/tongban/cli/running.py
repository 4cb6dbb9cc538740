"""A connection to the database of this deployment, for commands that need one while or without the web running.

Called by the pack commands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from tongban.basics.database import Connection, StoreUnavailable
from tongban.cli.errors import NoDatabase
from tongban.cli.settings import Settings, read_settings
from tongban.connectors.postgres_folder import DATABASE, USER

Result = TypeVar("Result")


def database_address(settings: Settings) -> str:
    """The libpq address of the configured database, or of the embedded server that runs now.

    Raises ``NoDatabase`` when neither is there.
    """
    if settings.database_url:
        return settings.database_url
    state = settings.home / "postgres" / "data" / "postmaster.pid"
    lines = state.read_text("utf-8").splitlines() if state.exists() else []
    if len(lines) < 5:
        raise NoDatabase(home=str(settings.home))
    return f"host={lines[4]} port={lines[3]} user={USER} dbname={DATABASE}"


def with_database(act: Callable[[Connection], Awaitable[Result]], address: str | None = None) -> Result:
    """Run ``act`` on a connection in autocommit, by default to this deployment's database.

    Raises ``NoDatabase``, and ``StoreUnavailable`` when PostgreSQL does not answer.
    """
    place = address or database_address(read_settings())

    async def run() -> Result:
        try:
            connection = await psycopg.AsyncConnection.connect(place, autocommit=True)
        except psycopg.OperationalError as error:
            raise StoreUnavailable() from error
        async with connection:
            return await act(connection)

    return asyncio.run(run())
