"""The log of changes as it is written, streamed off the server, sealed and signed into the archive.

A replication slot keeps the server from dropping what has not arrived here. Works for the embedded server and for any
other alike, without touching its settings. Called by the backup process alone.
"""

import os
import subprocess
import time
from pathlib import Path

import psycopg

from tongban.connectors.backup.chain import LogChain
from tongban.connectors.backup.errors import BackupFailed
from tongban.connectors.backup.plan import BackupPlan
from tongban.connectors.postgres_folder import programs_folder

SLOT = "tongban_backup"


class LogKeeper:
    """Streams the log into ``spool`` and adds each finished segment to ``chain``."""

    def __init__(self, plan: BackupPlan, chain: LogChain, conninfo: str, spool: Path) -> None:
        self._plan, self._chain, self._conninfo, self._spool = plan, chain, conninfo, spool
        self._process: subprocess.Popen[bytes] | None = None
        self._switched = time.monotonic()
        self._position = ""

    def start(self) -> None:
        """Make the slot if there is none, and begin to stream. Raises ``BackupFailed``."""
        self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        hold_log(self._conninfo)
        self._process = subprocess.Popen(
            [*self._command(), "-D", str(self._spool), "--no-loop", "--synchronous"],
            stdin=subprocess.DEVNULL, env=_plain(),
        )  # fmt: skip

    def tend(self) -> int:
        """Seal what is finished, end the present segment when it is due; how many were sealed.

        Raises ``BackupFailed`` when the stream has ended: the supervisor then starts the process again.
        """
        if self._process is None or self._process.poll() is not None:
            raise BackupFailed(reason="the stream of the log has ended")
        sealed = self._seal_finished()
        if time.monotonic() - self._switched >= self._plan.seal_seconds:
            self._switch()
        return sealed

    def stop(self) -> None:
        """End the stream; what is finished is sealed first."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
        self._process = None
        self._seal_finished()

    def _seal_finished(self) -> int:
        finished = sorted(path for path in self._spool.iterdir() if path.suffix != ".partial")
        for path in finished:
            self._chain.keep(path)
        return len(finished)

    def _switch(self) -> None:
        """End the present segment if anything was written since the last time, so that it can be sealed."""
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            if row is not None and row[0] != self._position:
                connection.execute("SELECT pg_switch_wal()")
                row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
                self._position = row[0] if row else ""
        self._switched = time.monotonic()

    def _command(self) -> list[str]:
        return [str(programs_folder() / "pg_receivewal"), "-d", self._conninfo, "-S", SLOT, "--no-password"]


def _plain() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def hold_log(conninfo: str) -> None:
    """Let the server keep the log from now on until it is archived; harmless when it does already.

    Done before a base is made, so that nothing is missing between the base and the log. A slot that was away for so
    long that the server gave it up is made anew; the gap that it leaves asks for a new base. Raises ``BackupFailed``.
    """
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                " WHERE slot_name = %s AND wal_status = 'lost' AND NOT active",
                [SLOT],
            )
            connection.execute(
                "SELECT pg_create_physical_replication_slot(%s, true)"
                " WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = %s)",
                [SLOT, SLOT],
            )
    except psycopg.Error as error:
        raise BackupFailed(reason=" ".join(str(error).split())) from error


def seal_now(conninfo: str) -> None:
    """End the present segment, so that everything committed so far can be archived."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")


def drop_slot(conninfo: str) -> None:
    """Let the server forget the archive: for a node that makes no backups any more, and for a restored one."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active",
            [SLOT],
        )
