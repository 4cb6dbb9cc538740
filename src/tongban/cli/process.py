"""One supervised process: started in its own session, probed until ready, stopped with all it started.

Called by ``tongban run``, which gives the specs to a ``ProcessGroup``.
"""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from tongban.cli.errors import ProcessFailed

# Marks every process of a group with its working folder, so that the next run finds leftovers.
MARK = "TONGBAN_SUPERVISED_BY"
_LONGEST_LOG = 16 * 1024 * 1024
_LONGEST_READ = 64 * 1024
# How Python and our own commands end a failure: "ValueError: …", "tongban: port.taken: …".
_FAULT = re.compile(r"(tongban: [a-z_.]+: |[\w.]+(Error|Exception|Refused|Missing|Fault|Unavailable|Taken)\b: )")


class ProcessSpec(msgspec.Struct, frozen=True):
    """A process to supervise.

    ``argv``: program and arguments. ``env``: variables added to the supervisor's own. ``ready``: an
    address that must answer below 500, or a callable that must return True, None for "at once".
    ``ready_seconds`` and ``stop_seconds``: how long to wait before giving up or killing.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = {}
    ready: str | Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 20.0


class Process:
    """A child made from ``spec``; what it prints goes to ``<home>/log/<name>.log``."""

    def __init__(self, spec: ProcessSpec, home: Path) -> None:
        self.name = spec.name
        self.spec = spec
        self.log = home / "log" / f"{spec.name}.log"
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False
        self._log_start = 0

    def start(self) -> None:
        """Start it and wait until it is ready. Raises ``ProcessFailed`` with what its log says."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it without waiting, so that several get ready side by side. Raises ``ProcessFailed``."""
        self._kill_group()  # workers that outlived their parent would keep its port
        self._launch()

    def wait_ready(self) -> None:
        """Wait until it is ready. Raises ``ProcessFailed`` with what its log says since it was launched."""
        deadline = time.monotonic() + self.spec.ready_seconds
        while not self._ready():
            if not self.alive():
                raise self._failed(self._last_words() or "no message")
            if time.monotonic() > deadline:
                self.stop()
                said = self._fault()
                raise self._failed(f"not ready after {self.spec.ready_seconds:.0f} s{': ' if said else ''}{said}")
            time.sleep(0.05)

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Ask it to end without waiting, so that several end side by side; ``stop`` follows."""
        if self._process is not None and self.alive() and not self._asked:
            self._asked = True
            self._process.send_signal(self.spec.stop_signal)

    def stop(self) -> None:
        """Ask it to end, wait ``stop_seconds``, then kill it and everything in its session."""
        self.ask_to_stop()
        if self._process is not None and self.alive():
            try:
                self._process.wait(self.spec.stop_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._kill_group()
        self._process = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.alive() else None

    def _launch(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        surroundings = {**os.environ, **self.spec.env, MARK: str(self._home)}
        self._asked = False
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            try:
                self._process = subprocess.Popen(
                    [*dies_with_parent(), *self.spec.argv],
                    env=surroundings,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as fault:
                raise self._failed(str(fault)) from fault

    def _ready(self) -> bool:
        if not self.alive():
            return False
        probe = self.spec.ready
        if isinstance(probe, str):
            return answers(probe)
        return True if probe is None else probe()

    def _kill_group(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            # Its children are nobody's now, and take a moment to die: whoever is told that all has ended finds nothing.
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline and _in_group(self._process.pid, leftovers(self._home)):
                time.sleep(0.01)

    def _failed(self, reason: str) -> ProcessFailed:
        return ProcessFailed(name=self.name, reason=reason, log=str(self.log))

    def _last_words(self) -> str:
        """The last error it told since it was launched, else its last line."""
        lines = [line.strip() for line in self._words() if line.strip()]
        return self._fault() or (lines or [""])[-1]

    def _fault(self) -> str:
        return next((line.strip() for line in reversed(self._words()) if _FAULT.match(line)), "")

    def _words(self) -> list[str]:
        with self.log.open("rb") as log:
            log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - _LONGEST_READ))
            return log.read().decode(errors="replace").splitlines()


def answers(address: str) -> bool:
    """Whether a GET of ``address`` answers with a status below 500 within two seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False


def leftovers(home: Path) -> Iterator[int]:
    """Process ids that a killed run of ``home`` left behind. Call it only while holding its lock."""
    mark = f"{MARK}={home}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and mark in _environment(entry):
            yield int(entry.name)


def _in_group(group: int, pids: Iterable[int]) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError):
            if os.getpgid(pid) == group:
                return True
    return False


def end_leftovers(home: Path, patience: float = 10.0) -> int:
    """Ask what a killed run left behind to end, kill it after ``patience`` seconds; how many there were."""
    found = list(leftovers(home))
    deadline = time.monotonic() + patience
    for pid in found:
        _send(pid, signal.SIGTERM)
    while remaining := list(leftovers(home)):
        if time.monotonic() > deadline:
            for pid in remaining:
                _send(pid, signal.SIGKILL)
        time.sleep(0.05)
    return len(found)


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []  # it ended meanwhile, or belongs to another user


def dies_with_parent() -> tuple[str, ...]:
    """``setpriv`` asks the kernel to end the child when its parent dies, however it dies. A parent that died before
    it had asked is noticed by the shell that follows: the child has another one then.
    """
    if not shutil.which("setpriv"):
        return ()
    still_there = f'[ "$PPID" = {os.getpid()} ] || exit 143; exec "$@"'
    return ("setpriv", "--pdeathsig", "TERM", "sh", "-c", still_there, "supervised")
