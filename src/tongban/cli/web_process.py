"""The web process: what the server loads in each worker, and the watch that takes up new packs and calendars.

Started by the supervisor as ``uvicorn --factory tongban.cli.web_process:application``; the database's address
and all settings come from the environment.
"""

import asyncio
import gc
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
import structlog
from litestar.types import ASGIApp, Receive, Scope, Send
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.cli.compose import Node, definitions_stamp, kernel_anew, make_node
from tongban.cli.settings import Settings, read_settings
from tongban.cli.vault_watch import VaultWatch
from tongban.parties.log_in.passwords import use_list
from tongban.web.app import create_app
from tongban.web.site import Site

T = TypeVar("T")
WATCH_SECONDS = 2.0
_log = structlog.get_logger("tongban.web")


def application() -> ASGIApp:
    """The ASGI application of one worker."""
    settings = read_settings()
    node = _in_a_loop_of_its_own(_node(settings))
    site = node.site()
    front = create_app(site)
    _spare_the_collector()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Litestar's types know no lifespan here, the server sends one all the same.
        if str(scope["type"]) != "lifespan":
            await front(scope, receive, send)
            return
        watching = asyncio.create_task(_watch(node, site))
        try:
            await front(scope, receive, send)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    return app


def _spare_the_collector() -> None:
    """Definitions stay as long as the process: the collector need not walk them, which took 0.2 s each time.

    Requests leave few cycles behind, so it may also come less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _in_a_loop_of_its_own(coroutine: Coroutine[Any, Any, T]) -> T:
    """The server calls the factory where a loop may already stand: run in a thread, wait for its result."""
    results: list[T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(coroutine))
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return results[0]


async def _node(settings: Settings) -> Node:
    use_list(settings.breached_passwords)
    conninfo = settings.database_url or ""
    async with await _connect(conninfo) as connection:
        return await make_node(settings, connection, conninfo, walled=True)


async def _connect(conninfo: str) -> Connection:
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True, row_factory=namedtuple_row)


async def _watch(node: Node, site: Site) -> None:
    """Take up keys, packs and calendars that come while serving: the kernel is replaced whole, between two requests."""
    known: str | None = None
    keys = VaultWatch(node.home, node.kernel.vault, "web")
    while True:
        try:
            async with node.kernel.database.connection() as connection:
                await keys.look(connection)
                seen = await definitions_stamp(connection)
                if known is not None and seen != known:
                    site.kernel = await kernel_anew(connection, site.kernel)
                known = seen
        except (TongbanError, psycopg.Error) as error:
            _log.warning("web.packs_not_read", reason=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)
