"""Real nodes in folders of their own: started as a person starts them, and gone when a test ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tongban.cli.process import leftovers

TONGBAN = (sys.executable, "-m", "tongban.cli")
READY = "就绪"


def free_port() -> int:
    """A port with a few free ones above it, at random; below those that outgoing connections are given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return 20000 + int(probe.getsockname()[1]) % 12000


def soon(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def slowness() -> float:
    """How much slower this machine is now than when idle; limits are stated for an idle one."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Node:
    """``tongban`` over one working folder."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.output = home.parent / f"{home.name}.out"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
        own = {"TONGBAN_HOME": str(self.home), "TONGBAN_PORT": str(self.port), "LANG": "en_US.UTF-8", "LC_ALL": ""}
        return {**kept, **own, **settings}

    def call(self, *words: str, program: Sequence[str] = TONGBAN, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command, environment = [*program, *words], self.environment(**settings)
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=240)

    def start(self, *words: str, **settings: str) -> None:
        """Start a command in a session of its own, as a terminal does."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*TONGBAN, *words],
                env=self.environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text("utf-8")

    def wait_ready(self, seconds: float = 120) -> None:
        assert self.process is not None
        process = self.process
        assert soon(lambda: READY in self.said or process.poll() is not None, seconds), self.said
        assert process.poll() is None, self.said

    def alive(self) -> list[int]:
        """Every process that was started over this folder and still runs."""
        data = str(self.home / "postgres")
        return [*leftovers(self.home), *_with_argument(data)]

    def end(self) -> None:
        """Whatever the test left."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        for pid in self.alive():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _with_argument(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and text in (entry / "cmdline").read_text("utf-8", "replace"):
                found.append(int(entry.name))
    return found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "home")
    yield made
    made.end()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, subprocess.CompletedProcess[str]]]:
    """A demonstration whose story was told once, and the run that told it."""
    made = Node(tmp_path_factory.mktemp("node") / "home")
    yield made, made.call("run", "--once")
    made.end()


@pytest.fixture
def settled(told: tuple[Node, subprocess.CompletedProcess[str]]) -> Iterator[Node]:
    """That demonstration, stopped again after each test."""
    yield told[0]
    told[0].end()
