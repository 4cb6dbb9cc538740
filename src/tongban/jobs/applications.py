"""End sign-ins at applications whose browser session is gone, and tell the applications. Part of the jobs process."""

import asyncio

import httpx
import psycopg
import structlog

from tongban.basics.database import Database
from tongban.basics.errors import TongbanError
from tongban.parties.applications.ending import end_gone
from tongban.parties.applications.provider import IdentityProvider
from tongban.parties.applications.telling import Telling, due, failed, told

_log = structlog.get_logger("tongban.jobs")
PAUSE_SECONDS = 1.0
SECONDS = 5.0
TAKEN = (200, 204)


async def keep_leaving(database: Database, provider: IdentityProvider, stop: asyncio.Event) -> None:
    """End and tell until ``stop`` is set. A fault is logged and tried again."""
    while not stop.is_set():
        done = 0
        try:
            done = await leave_once(database, provider)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        except psycopg.Error as error:
            _log.error("applications.store_failed", reason=type(error).__name__)
        if not done:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue


async def leave_once(database: Database, provider: IdentityProvider) -> int:
    """End what is to be ended, tell who is to be told; how many of both."""
    async with database.connection() as connection:
        ended = await end_gone(connection, provider.vault)
        waiting = await due(connection, provider)
    if waiting:
        # No redirects: the address was registered, and the token is for nobody else.
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
            await asyncio.gather(*(_tell(database, client, one) for one in waiting))
    return ended + len(waiting)


async def _tell(database: Database, client: httpx.AsyncClient, one: Telling) -> None:
    try:
        status = (await client.post(one.address, data={"logout_token": one.token})).status_code
        answer, taken = str(status), status in TAKEN
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        answer, taken = type(error).__name__, False
    async with database.connection() as connection:
        await (told if taken else failed)(connection, one, answer)
