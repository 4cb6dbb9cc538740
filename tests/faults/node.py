"""A really running node that a test may kill: started, found process by process, killed, healed, stopped.

Only processes that this node started are ever touched: the supervisor itself, those that carry its working
folder in their environment, and the PostgreSQL that lives in that folder.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import psycopg

from tongban.cli.process import leftovers
from tongban.connectors.postgres_folder import DATABASE, USER, residents

SCRIPT = Path(__file__).with_name("node_process.py")
START_SECONDS = 90.0
Kind = str
"""What to kill: ``web``, ``worker`` (one of the web's), ``jobs``, ``postgres``, ``backend``, ``all``."""


def free_ports(wanted: int) -> int:
    """The first of ``wanted`` neighbouring ports on which nobody listens now."""
    while True:
        first = random.randrange(20000, 32000 - wanted)  # above, outgoing connections take them
        if all(_is_free(first + n) for n in range(wanted)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Node:
    """One node in ``home``. ``broken`` names a module that serves in place of the sound web application."""

    def __init__(self, home: Path, broken: str | None = None) -> None:
        self.home = home
        self.broken = broken
        self.port = free_ports(12)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a command of ``tongban`` speak of this node."""
        own = {"TONGBAN_HOME": str(self.home), "TONGBAN_PORT": str(self.port), "TONGBAN_WORKERS": "2"}
        return {**os.environ, **own}

    @property
    def conninfo(self) -> str:
        """The database's address."""
        lines = (self.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
        return f"host={lines[4]} port={lines[3]} user={USER} dbname={DATABASE}"

    def start(self) -> None:
        """Start the supervisor and wait until the node serves."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "supervisor.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT), *([self.broken] if self.broken else [])],
                env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self.wait_healed()

    def wait_healed(self, patience: float = START_SECONDS) -> None:
        """Wait until the web answers, jobs run and entries are sealed as they come."""
        deadline = time.monotonic() + patience
        while not self.well():
            assert self._process is not None and self._process.poll() is None, self.last_words()
            assert time.monotonic() < deadline, f"not well after {patience:.0f} s: {self.last_words()}"
            time.sleep(0.1)

    def well(self) -> bool:
        """Whether everything runs and the sealer is up to date."""
        if not _ready(f"{self.url}/health/ready") or not list(self.pids("jobs")):
            return False
        try:
            with psycopg.connect(self.conninfo, connect_timeout=2) as connection:
                row = connection.execute(
                    "SELECT count(*) FROM ledger_entries e JOIN ledger_promises p ON (p.region, p.entry_id)"
                    " = (e.region, e.id) WHERE leaf_index IS NULL AND include_by < clock_timestamp() + '8 s'"
                ).fetchone()
                return row is not None and row[0] == 0
        except (psycopg.Error, OSError):
            return False

    def last_words(self) -> str:
        """The end of the supervisor's log, for a failing test."""
        return (self.home / "supervisor.log").read_text(errors="replace")[-1500:]

    def pids(self, kind: Kind) -> Iterator[int]:
        """Process ids of one kind."""
        if kind in ("postgres", "backend", "all"):
            yield from self._postgres(kind)
        if kind == "all":
            assert self._process is not None
            yield self._process.pid
        found = list(leftovers(self.home))
        serving = {pid for pid in found if "uvicorn" in _command(pid) and "exchange_process" not in _command(pid)}
        masters = {pid for pid in serving if _parent(pid) not in serving}
        for pid in found:
            command, child = _command(pid), _parent(pid) in masters
            if (
                kind == "all"
                or (kind == "jobs" and " jobs " in f"{command} ")
                or (kind == "web" and (pid in masters or child))
                or (kind == "worker" and child and "spawn_main" in command)
            ):
                yield pid

    def _postgres(self, kind: Kind) -> Iterator[int]:
        data = self.home / "postgres" / "data"
        found = list(residents(data))
        masters = [pid for pid in found if _parent(pid) not in found]
        clients = [pid for pid in found if pid not in masters and b"[local]" in _raw(pid)]
        yield from masters if kind == "postgres" else clients[:1] if kind == "backend" else found

    def kill(self, kind: Kind) -> int:
        """Kill -9 everything of ``kind``; of workers and connections only one. Returns how many were hit."""
        found = list(self.pids(kind))
        if kind == "worker":
            found = random.sample(found, min(1, len(found)))
        for pid in found:
            _kill(pid)
        if kind == "all":
            assert self._process is not None
            self._process.wait()
        return len(found)

    def stop(self) -> None:
        """Stop it as Ctrl-C does; whatever then still lives is killed."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pid in [*leftovers(self.home), *residents(self.home / "postgres" / "data")]:
            _kill(pid)


def _ready(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _raw(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _command(pid: int) -> str:
    return _raw(pid).replace(b"\0", b" ").decode(errors="replace").strip()


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
