"""``tongban exchange``: the gateway's process, the systems that may call it, keys, and two nodes' logs compared.

Mounted by the main command.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from cyclopts import App
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection, Database, platform_now
from tongban.basics.demonstration import is_demonstration
from tongban.cli.home import Home
from tongban.cli.running import database_address, with_database
from tongban.cli.settings import read_settings

T = TypeVar("T")
exchange_app = App(name="exchange", help="Let departments' systems ask through the gateway; compare two nodes' logs.")
exchange_app.command("tongban.cli.exchange_limits:limits", name="limits")
exchange_app.command("tongban.cli.exchange_limits:limit", name="limit")
GRACE_MINUTES = 5


@exchange_app.command
def serve(*, port: int | None = None) -> None:
    """Serve the gateway until interrupted (``run`` and ``serve`` start it by themselves where a port is set).

    Parameters
    ----------
    port
        Where it listens; by default TONGBAN_EXCHANGE_PORT.
    """
    from tongban.cli.errors import SettingsInvalid
    from tongban.cli.node_group import exchange_spec

    settings = read_settings()
    chosen = port or settings.exchange_port
    if chosen is None:
        raise SettingsInvalid(faults="TONGBAN_EXCHANGE_PORT: say where the gateway listens, or give --port")
    os.environ["TONGBAN_DATABASE_URL"] = database_address(settings)
    spec = exchange_spec(settings, {}, chosen)
    os.execv(spec.argv[0], list(spec.argv))


@exchange_app.command
def register(member: str, code: str, /, *, region: str) -> None:
    """Register a department's system and print its token, this once.

    Parameters
    ----------
    member
        The department's id.
    code
        The department's own name for its system; it stands in X-Road-Client.
    region
        Six-digit code of the department's region.
    """
    from tongban.resources.exchange import subsystems

    async def act(connection: Connection) -> str:
        return await subsystems.register(connection, region, member, code, await platform_now(connection))

    token = with_database(act)
    print("令牌只显示这一次 shown this once:", file=sys.stderr)
    print(token)


@exchange_app.command
def end(member: str, code: str, /, *, region: str) -> None:
    """End every token of a department's system.

    Parameters
    ----------
    member
        The department's id.
    code
        The system.
    region
        Six-digit code of the department's region.
    """
    from tongban.resources.exchange import subsystems

    async def act(connection: Connection) -> int:
        connection.row_factory = namedtuple_row
        return await subsystems.end(connection, region, member, code, await platform_now(connection))

    print(with_database(act))


@exchange_app.command
def key(member: str, /) -> None:
    """Print a department's public exchange key, for the nodes that it asks or answers.

    Parameters
    ----------
    member
        The department's id.
    """

    async def act(connection: Connection) -> bytes:
        demonstration = await is_demonstration(connection)
        return Home(read_settings().home).exchange_keys(demonstration).public(member).pem()

    print(with_database(act).decode(), end="")


@exchange_app.command
def trust(member: str, file: Path, /) -> None:
    """Keep the public key of a department that another node speaks for; prints the key's id.

    Parameters
    ----------
    member
        The department's id.
    file
        Its public key, PEM, as ``tongban exchange key`` printed it there.
    """
    print(Home(read_settings().home).exchange_keys(False).register(member, file.read_bytes()))


@exchange_app.command
def proof(call: UUID, /, *, region: str) -> None:
    """Print the proof that a call was made under a valid grant, for ``tongban ledger receipt`` or the single file.

    Parameters
    ----------
    call
        The call's id: X-Road-Request-Id of its answer.
    region
        Six-digit code.
    """
    from tongban.resources.exchange.bundle import make_bundle

    async def act(connection: Connection) -> dict[str, Any]:
        connection.row_factory = namedtuple_row
        return await make_bundle(connection, region, call)

    print(msgspec.json.format(msgspec.json.encode(with_database(act))).decode())


@exchange_app.command
def unknown(*, region: str, minutes: int = GRACE_MINUTES) -> None:
    """List calls of which nothing is known since they were begun; exit 1 if there are any.

    Parameters
    ----------
    region
        Six-digit code.
    minutes
        Only calls that are older.
    """
    from tongban.cli.node_logs import clock_of
    from tongban.resources.exchange.log import ExchangeLog

    async def act(database: Database) -> int:
        before = (await clock_of(database))() - timedelta(minutes=minutes)
        found = await ExchangeLog(database).unknown(region, before)
        for row in found:
            print(f"{row.at:%Y-%m-%d %H:%M:%S} {row.message} {row.consumer} → {row.provider} {row.resource}")
        return len(found)

    if with_pool(act):
        sys.exit(1)


exchange_app.command("tongban.cli.reconciling:reconcile", name="reconcile")
exchange_app.command("tongban.cli.reconciling:differences", name="differences")


def with_pool(act: Callable[[Database], Awaitable[T]]) -> T:
    """Run ``act`` with an open pool on the running node's database."""

    async def run() -> T:
        database = Database(conninfo, size=2)
        await database.open()
        try:
            return await act(database)
        finally:
            await database.close()

    conninfo = database_address(read_settings())
    return asyncio.run(run())
