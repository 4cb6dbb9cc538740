"""The backup process: the log sealed as it is written, one base a day, old ones let go. Started by ``serve``."""

import asyncio
import datetime as dt
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from msgspec import UNSET
from psycopg.rows import namedtuple_row

from tongban.basics.calendar import CST
from tongban.basics.errors import TongbanError
from tongban.cli import operations
from tongban.cli.home import Home
from tongban.cli.keys_copy import copy_keys, head_beside_keys
from tongban.cli.settings import Settings
from tongban.connectors.backup.base import LogName, take_base
from tongban.connectors.backup.chain import LogChain, remember
from tongban.connectors.backup.plan import BackupPlan
from tongban.connectors.backup.records import LogHead
from tongban.connectors.backup.store import Archive, Base
from tongban.connectors.backup.wal import LogKeeper, seal_now

AGAIN = dt.timedelta(minutes=10)
"""How long after a base that failed the next is tried."""
PAUSE, LOOK_SECONDS = 0.5, 30.0
_log = structlog.get_logger("tongban.backup")


def due(plan: BackupPlan, newest: dt.datetime | None, tried: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a base is due: none yet, or none since today's hour (Chinese time); a failed one is tried again later."""
    if tried is not None and now - tried < AGAIN:
        return False
    if newest is None:
        return True
    hour, minute = (int(part) for part in plan.at.split(":"))
    today = now.astimezone(CST).replace(hour=hour, minute=minute, second=0, microsecond=0)
    last = today if today <= now else today - dt.timedelta(days=1)
    return newest < last


def logged_as(settings: Settings) -> LogName:
    """The transparency log's name and keys, as a backup tells them."""
    home = Home(settings.home)
    known = home.witnesses.read_text("utf-8").split() if home.witnesses.exists() else []
    key = home.signer(settings.log_origin)
    return LogName(settings.log_origin, [str(key.verifier), *known], key)


def base_now(settings: Settings, plan: BackupPlan, archive: Archive, conninfo: str) -> Base:
    """Make a base, copy the keys to their own place, seal the log up to it, let old ones go; noted as an operation."""

    def make() -> tuple[Base, dict[str, Any]]:
        base = take_base(plan, archive, conninfo, settings.home, logged_as(settings))
        seal_now(conninfo)
        copied = copy_keys(Home(settings.home), plan)
        if plan.keys_to is not None and isinstance(base.manifest.log, LogHead):
            remember(head_beside_keys(plan.keys_to, archive), base.manifest.log)
        gone = archive.prune(plan, dt.datetime.now(dt.UTC))
        told = {"base": base.folder.name, "bytes": base.manifest.size, "removed": len(gone)}
        return base, told | ({"keys": copied.name} if copied else {})

    return asyncio.run(_noted(conninfo, make))


async def _noted(conninfo: str, make: Callable[[], tuple[Base, dict[str, Any]]]) -> Base:
    async with (
        await psycopg.AsyncConnection.connect(conninfo, autocommit=True, row_factory=namedtuple_row) as connection,
        operations.noted(connection, "backup") as told,
    ):
        base, found = await asyncio.to_thread(make)
        told.update(found)
    return base


class Keeper:
    """The process: ends on SIGTERM, and by an error when the stream of the log ends (it is then started again)."""

    def __init__(self, settings: Settings, plan: BackupPlan, archive: Archive, conninfo: str) -> None:
        self._settings, self._plan, self._archive, self._conninfo = settings, plan, archive, conninfo
        home = Home(settings.home)
        chain = LogChain(archive, home.signer(settings.log_origin), home.log_memory, plan.recipients)
        self._log = LogKeeper(plan, chain, conninfo, settings.home / "wal")
        self._ends = threading.Event()
        self._making: threading.Thread | None = None
        self._tried: dt.datetime | None = None
        self._look_again = 0.0

    def run(self) -> None:
        """Until SIGTERM. Raises ``BackupFailed`` when the server no longer streams."""
        signal.signal(signal.SIGTERM, lambda *_: self._ends.set())
        self._log.start()
        try:
            while not self._ends.wait(PAUSE):
                self._log.tend()
                if time.monotonic() >= self._look_again:
                    self._look_again = time.monotonic() + LOOK_SECONDS
                    self._make_base_when_due()
        finally:
            self._log.stop()

    def _make_base_when_due(self) -> None:
        """Beside the log, which goes on being sealed while a large base is made."""
        if self._making is not None and self._making.is_alive():
            return
        now, bases = dt.datetime.now(dt.UTC), self._archive.bases()
        newest = bases[-1].manifest.ended if bases and self._leads_on(bases[-1]) else None
        if due(self._plan, newest, self._tried, now):
            self._tried = now
            self._making = threading.Thread(target=self._make, daemon=True)
            self._making.start()

    def _make(self) -> None:
        try:
            base_now(self._settings, self._plan, self._archive, self._conninfo)
        except (TongbanError, psycopg.Error, OSError) as fault:
            _log.error("backup.failed", reason=" ".join(str(fault).split()))

    def _leads_on(self, base: Base) -> bool:
        """Whether the log goes on from ``base`` signed and without a gap, on the time line that the server writes.

        Otherwise, as after a restore, a new base comes at once.
        """
        if base.manifest.log is UNSET or self._archive.gaps(base.manifest.segment):
            return False
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            row = connection.execute("SELECT timeline_id FROM pg_control_checkpoint()").fetchone()
        return row is not None and row[0] == int(base.manifest.segment[:8], 16)
