"""Keep sealing and keep asking the witness, until told to stop. Started by the jobs process.

The two run side by side, so that a slow witness never delays a seal.
"""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.ledger.cosigner import WitnessAddress, cosign
from tongban.ledger.keys import Signer
from tongban.ledger.sealer import seal_all

_log = structlog.get_logger("tongban.ledger")


async def run(
    database: Database,
    signer: Signer,
    witness: WitnessAddress | None,
    stop: asyncio.Event,
    interval: float = 0.5,
) -> None:
    """Seal and cosign every ``interval`` seconds until ``stop`` is set. A fault is logged and tried again."""

    async def sealing(conn: Connection) -> None:
        await seal_all(conn, signer)

    async def cosigning(conn: Connection) -> None:
        if witness:
            await cosign(conn, witness)

    async with asyncio.TaskGroup() as group:
        group.create_task(_repeat(database, sealing, stop, interval))
        group.create_task(_repeat(database, cosigning, stop, interval))


async def _repeat(
    database: Database, step: Callable[[Connection], Awaitable[None]], stop: asyncio.Event, interval: float
) -> None:
    while not stop.is_set():
        try:
            async with database.connection() as conn:
                await step(conn)
        except TongbanError as error:
            _log.error(error.code, reason=error.message("en"))
        except psycopg.Error as error:
            _log.error("ledger.store_failed", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), interval)
        except TimeoutError:
            continue
