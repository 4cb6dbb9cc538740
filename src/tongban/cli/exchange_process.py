"""The exchange's process: what the server loads, and the watch that takes up new packs and the platform's time.

Started by the supervisor or by ``tongban exchange serve``. No web framework is loaded: a call's path is short.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import structlog
import yaml
from psycopg.rows import namedtuple_row

from tongban.assembly.installing import load_installed, stamp
from tongban.basics.database import Database
from tongban.basics.demonstration import is_demonstration, reach_time
from tongban.basics.errors import TongbanError
from tongban.cli.errors import SettingsInvalid
from tongban.cli.home import Home
from tongban.cli.settings import Settings, read_settings
from tongban.cli.vault_watch import VaultWatch
from tongban.connectors.live_connections import Connections
from tongban.parties.organisation.overlay import directory_now
from tongban.parties.organisation.overlay import stamp as organisation_stamp
from tongban.resources.exchange.calls import Exchange
from tongban.resources.granting.book import GrantBook
from tongban.resources.masks.keys import MaskKeys
from tongban.web.exchange.app import create_app
from tongban.web.exchange.door import Door
from tongban.web.exchange.gateway import Gateway, Receive, Scope, Send

WATCH_SECONDS = 2.0
_log = structlog.get_logger("tongban.exchange")
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Follow = Callable[[datetime], Awaitable[None]]


def application() -> Application:
    """The ASGI application of the worker: everything is read when the server opens it."""
    settings, made = read_settings(), _Made()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(made, settings, receive, send)
        elif made.app is not None:
            await made.app(scope, receive, send)

    return app


class _Made:
    """What stands once the server has opened it."""

    app: Application | None = None


async def _lifespan(made: _Made, settings: Settings, receive: Receive, send: Send) -> None:
    await receive()
    try:
        gateway, follow = await make_gateway(settings)
    except Exception as fault:
        await send({"type": "lifespan.startup.failed", "message": str(fault)})
        return
    made.app = create_app(gateway, Door(gateway, peers_of(settings.home), follow).answer)
    # Definitions stay as long as the process, and calls leave few cycles behind.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    keys = VaultWatch(Home(settings.home), gateway.exchange.vault, "exchange")
    learning = asyncio.create_task(keys.run(gateway.exchange.database))
    watching = asyncio.create_task(_watch(gateway))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in (watching, learning):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await gateway.exchange.database.close()
    await send({"type": "lifespan.shutdown.complete"})


async def make_gateway(settings: Settings) -> tuple[Gateway, Follow | None]:
    """The gateway over an opened database and, in a demonstration, how its time follows another node's.

    Raises what reading the deployment raises.
    """
    conninfo, home = settings.database_url or "", Home(settings.home)
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        platform = await load_installed(connection)
        directory = await directory_now(connection, platform.directory)
        demonstration = await is_demonstration(connection)
    database, vault = Database(conninfo), home.vault()
    await database.open()
    book = GrantBook(platform.resources, MaskKeys(vault))
    exchange = Exchange(database, book, home.exchange_keys(demonstration), vault, Connections(home.connectors))
    gateway = Gateway(exchange, directory, dict(platform.resources), settings.exchange_instance)
    return gateway, _follows(exchange) if demonstration else None


def _follows(exchange: Exchange) -> Follow:
    async def follow(moment: datetime) -> None:
        async with exchange.database.connection() as connection:
            exchange.ahead = await reach_time(connection, moment) - datetime.now(UTC)

    return follow


def peers_of(home: Path) -> dict[str, str]:
    """Department id → the node that speaks for it, from ``<home>/exchange.yaml`` (node name → department ids).

    Raises ``SettingsInvalid``.
    """
    path = home / "exchange.yaml"
    if not path.exists():
        return {}
    try:
        nodes = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), dict[str, list[str]])
    except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as fault:
        raise SettingsInvalid(faults=f"{path.name}: {fault}") from fault
    return {member: node for node, members in nodes.items() for member in members}


async def _watch(gateway: Gateway) -> None:
    """Take up packs that come while serving, and the platform's time where a demonstration moves it."""
    exchange, known = gateway.exchange, None
    while True:
        try:
            await exchange.look_at_clock()
            async with exchange.database.connection() as connection:
                seen = f"{await stamp(connection)} {await organisation_stamp(connection)}"
                if known is not None and seen != known:
                    platform = await load_installed(connection)
                    exchange.book.resources = platform.resources
                    gateway.learn(await directory_now(connection, platform.directory), dict(platform.resources))
                known = seen
        except (TongbanError, psycopg.Error) as error:
            _log.warning("exchange.not_read", reason=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)
