"""Text messages that wait are handed to the operator, in order, tried again with growing pauses, never held for long.

Without an operator (a demonstration) nothing is sent: its pages show what would be. After eight tries, some four
minutes, a message is given up: whoever waits for a code has asked for another.
"""

import asyncio

import msgspec
import structlog

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.jobs.library import KernelNow
from tongban.messages.channels import NotCarried, TextChannel
from tongban.parties.log_in.codes import Text

BATCH, PAUSE_SECONDS = 20, 1.0
_queries = load_queries("tongban.parties.log_in")
_log = structlog.get_logger("tongban.jobs")


async def keep_sending(
    database: Database, kernel_now: KernelNow, channel: TextChannel | None, stop: asyncio.Event
) -> None:
    """Send until told to stop."""
    while channel is not None and not stop.is_set():
        taken = 0
        try:
            async with database.connection() as connection:
                taken = await send_waiting(connection, (await kernel_now(connection)).vault, channel)
        except TongbanError as error:
            _log.error(error.code, message=error.message("en"))
        if not taken:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue


async def send_waiting(connection: Connection, vault: Vault, channel: TextChannel) -> int:
    """Hand over what is due, each in a transaction of its own; returns how many were taken up."""
    taken = 0
    while taken < BATCH and await _send_one(connection, vault, channel):
        taken += 1
    return taken


async def _send_one(connection: Connection, vault: Vault, channel: TextChannel) -> bool:
    async with connection.transaction():
        row = await _queries.next_text(connection)
        if row is None:
            return False
        text = msgspec.json.decode(vault.open(row.sealed, row.id.bytes), type=Text)
        try:
            await channel.send(text.mobile, text.text, str(row.id))
        except NotCarried as error:
            _log.warning("texts.not_carried", reason=error.reason, tries=row.tries + 1)
            await _queries.text_failed(connection, id=row.id)
        else:
            await _queries.text_sent(connection, id=row.id)
    return True
