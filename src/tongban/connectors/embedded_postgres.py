"""PostgreSQL as a child process in a folder of its own, for a machine that has none.

Called by ``tongban run`` and by tests. The programs come from a wheel; starting, stopping and
recovery are done here, because the child must die with its parent, run under root without a new
user, and be waited for however long a crash recovery takes.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tongban.connectors.folders import FolderLock, prepare_folder
from tongban.connectors.postgres_errors import PostgresStartFailed
from tongban.connectors.postgres_folder import (
    DATABASE,
    USER,
    clear_leftovers,
    initialise,
    lock_file,
    programs_folder,
    residents,
    socket_folder,
)
from tongban.connectors.postgres_user import run_as

PORT = 5432  # names the socket file only; nothing listens on the network
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": "tongban",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",  # short statements: compiling them costs more than it saves
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "max_slot_wal_keep_size": "8GB",  # an archive that is away for long must not fill the disk
    "idle_in_transaction_session_timeout": "5min",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_FAST: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_STILL_IN_USE = ("is still in use", "is still using", "Is another postmaster")
_LONGEST_LOG = 16 * 1024 * 1024


def _silent(_: str) -> None:
    """Progress that nobody asked for."""


class EmbeddedPostgres:
    """One PostgreSQL server in ``home``: ``data``, ``socket``, ``postgres.log`` and ``lock`` lie there.

    ``fast`` gives up durability (tests only). ``settings`` are server parameters that replace the
    defaults. ``progress`` is told what is being waited for. Start it from a thread that lives as long
    as the server is wanted (the main one): Linux stops the child when its starting thread ends.
    """

    name = "postgres"

    def __init__(
        self,
        home: Path,
        *,
        fast: bool = False,
        settings: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self.home = home.absolute()
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self.dsn = ""
        self._fast = fast
        self._settings = {**SETTINGS, **(_FAST if fast else {}), **(settings or {})}
        self._progress = progress
        self._lock = FolderLock(self.home / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

    def start(self) -> str:
        """Bring the server up and wait until it answers; return its address (a libpq URI).

        Recovers by itself from a half-finished initialisation, a killed server and a killed run.
        Raises ``FolderUnwritable``, ``FolderInUse`` (another instance), and the errors of
        ``postgres_errors``. After the server died, calling it again starts it anew.
        """
        prepare_folder(self.home, mode=0o700)
        if self._process is None:
            self._lock.acquire()
        try:
            self._launch()
            self.wait_ready()
        except BaseException:
            self.stop(immediate=True)
            raise
        return self.dsn

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def wait_ready(self) -> None:
        """Wait until the server accepts connections, as long as its process lives.

        A crash recovery may take minutes, so there is no time limit, only progress. Raises
        ``PostgresStartFailed`` with the last words of the log.
        """
        began = told = time.monotonic()
        while True:
            if not self.alive():
                self._relaunch_if_in_use(began)
            elif lock_file(self.data) == {"pid": str(self._pid()), "status": "ready"}:
                return
            if time.monotonic() - told > 2:
                told = time.monotonic()
                self._progress(f"PostgreSQL is recovering ({told - began:.0f} s): {self._last_words()}")
            time.sleep(0.01)

    def stop(self, *, immediate: bool = False, patience: float = 60.0) -> None:
        """Stop the server: a fast stop (open transactions roll back), immediate after ``patience`` seconds.

        Harmless when it does not run. ``immediate`` skips the closing checkpoint.
        """
        if self._process is not None and self.alive():
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait()
        self._process = None
        if self._socket is not None and self._socket.parent != self.home:
            shutil.rmtree(self._socket, ignore_errors=True)
        self._lock.release()

    def _launch(self) -> None:
        programs = programs_folder()
        rights = run_as(programs)
        if not self.data.exists():
            self._progress("Initialising PostgreSQL …")
        initialise(self.data, programs, rights, sync=not self._fast)
        for part in (self.home, self.data):
            rights.own(part)
        if clear_leftovers(self.data):
            self._progress("Ended a PostgreSQL that a killed run had left behind")
        self._socket = socket_folder(self.home, rights)
        self.dsn = f"postgresql://{USER}@/{DATABASE}?host={quote(str(self._socket), safe='')}&port={PORT}"
        self._command = [*_dies_with_parent(), *rights.prefix, *self._server(programs, self._socket)]
        self._spawn()

    def _server(self, programs: Path, socket: Path) -> list[str]:
        given = [f"--{name}={value}" for name, value in self._settings.items()]
        paths = [f"-D{self.data}", f"-p{PORT}", f"--unix_socket_directories={_listed(socket)}"]
        return [str(programs / "postgres"), *paths, *given]

    def _spawn(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            # Its own session: Ctrl-C in the terminal must reach the supervisor only, which stops
            # the server last.
            self._process = subprocess.Popen(
                self._command,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**_clean_environment(), "LC_ALL": "C"},
            )

    def _relaunch_if_in_use(self, began: float) -> None:
        """After kill -9 of the server its children need a moment to let go of the shared memory."""
        words = self._words()
        passing = any(sign in words for sign in _STILL_IN_USE)
        if not passing or time.monotonic() - began > 60:
            raise PostgresStartFailed(reason=self._last_words() or "no message", log=str(self.log))
        time.sleep(0.2)
        self._spawn()

    def _words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _last_words(self) -> str:
        lines = [line for line in self._words().splitlines() if line.strip()]
        faults = [line for line in lines if "FATAL" in line or "rror" in line]
        return (faults or lines or [""])[-1]

    def _pid(self) -> int:
        return self._process.pid if self._process else 0

    def processes(self) -> list[int]:
        """Process ids of the server and its workers, for faults that are played on purpose."""
        return sorted(residents(self.data))


@contextmanager
def temporary_postgres(settings: Mapping[str, str] | None = None, *, within: Path | None = None) -> Iterator[str]:
    """A fresh server without durability in a temporary folder, for tests; yields its address.

    ``within``: where that folder is made, if not where temporary files are.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"tongban-pg-{os.getpid()}-", dir=within))
    server = EmbeddedPostgres(folder / "postgres", fast=True, settings=settings)
    try:
        yield server.start()
    finally:
        server.stop(immediate=True)
        shutil.rmtree(folder, ignore_errors=True)


def _dies_with_parent() -> tuple[str, ...]:
    """``setpriv`` asks the kernel to interrupt the server (a fast stop) when its parent dies."""
    return ("setpriv", "--pdeathsig", "INT") if shutil.which("setpriv") else ()


def _clean_environment() -> dict[str, str]:
    """The environment without ``PG*`` variables, which would change what the server does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _listed(path: Path) -> str:
    escaped = str(path).replace('"', '""')
    return f'"{escaped}"'
