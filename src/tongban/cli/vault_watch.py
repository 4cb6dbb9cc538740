"""Each running process learns new keys without a pause, and says which ones it holds.

A rotation waits for that before it uses a key. Called by the loops of the web, jobs and exchange processes.
"""

import asyncio
import time
from pathlib import Path
from uuid import UUID

import psycopg
import structlog

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_id
from tongban.basics.key_file import read_ring, ring_file
from tongban.basics.vault import Vault
from tongban.cli.home import Home
from tongban.cli.operations import queries

LOOK_SECONDS = 1.0
TELL_SECONDS = 5.0
_log = structlog.get_logger("tongban.vault")


class VaultWatch:
    """Watches the keys' file for one process, whose holders of ``vault`` all see what it takes up."""

    def __init__(self, home: Home, vault: Vault, name: str) -> None:
        self._keys, self._vault, self._name = home.keys, vault, name
        self._process: UUID = new_id()
        self._seen = _stamp(self._keys)
        self._told = 0.0

    async def look(self, connection: Connection) -> None:
        """Take up keys that have changed, and say from time to time which ones are held. Raises ``VaultError``."""
        seen = await asyncio.to_thread(_stamp, self._keys)
        if seen != self._seen:
            self._vault.take_up((await asyncio.to_thread(read_ring, self._keys)).vault())
            self._seen, self._told = seen, 0.0
        if time.monotonic() - self._told >= TELL_SECONDS or not self._told:
            await queries.hold_keys(
                connection, process=self._process, name=self._name,
                keys=list(self._vault.key_ids), current=self._vault.current,
            )  # fmt: skip
            self._told = time.monotonic()

    async def run(self, database: Database) -> None:
        """Look every second, for ever; a fault is logged and tried again."""
        while True:
            try:
                async with database.connection() as connection:
                    await self.look(connection)
            except (TongbanError, psycopg.Error) as error:
                _log.warning("vault.not_read", reason=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)


def _stamp(keys: Path) -> tuple[int, int]:
    """What changes whenever the file does: it is replaced as a whole."""
    try:
        found = ring_file(keys).stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)
