"""The supervisor starts in order, keeps its children running, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tongban.cli.errors import AlreadyRunning, PortTaken, ProcessFailed
from tongban.cli.process import Process, ProcessSpec, dies_with_parent, end_leftovers, leftovers
from tongban.cli.supervisor import ProcessGroup, Stopped, check_port, one_instance, stops_on_signals
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.connectors.folder_errors import FolderUnwritable
from tongban.connectors.postgres_folder import lock_file

SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
STUBBORN = [sys.executable, "-c", f"{DEAF}; time.sleep(600)"]
FORKING = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"
PARENT = [sys.executable, "-c", f"{FORKING}; time.sleep(600)"]
DYING = [sys.executable, "-c", "raise SystemExit('no such table')"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    made: list[Process] = []

    def start(name: str, argv: list[str], **settings: object) -> Process:
        child = Process(ProcessSpec(name, argv, **settings), tmp_path)  # type: ignore[arg-type]
        made.append(child)
        return child

    yield start
    for child in made:
        child.stop()


def says(child: Process, words: str) -> bool:
    return child.log.exists() and words in child.log.read_text()


def test_a_server_is_ready_only_when_it_answers(started: Callable[..., Process], tmp_path: Path) -> None:
    port = free_port()
    serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", str(tmp_path)]
    child = started("web", serve, ready=f"http://127.0.0.1:{port}/missing")
    child.start()
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        assert child.alive()
    child.stop()
    assert not child.alive()


def test_a_process_that_ends_at_once_is_named_with_its_last_words(started: Callable[..., Process]) -> None:
    child = started("broken", [sys.executable, "-c", "raise SystemExit('no such table')"], ready=lambda: False)
    with pytest.raises(ProcessFailed, match="no such table") as refusal:
        child.start()
    assert str(child.log) in str(refusal.value)


def test_a_program_that_is_missing_is_named(started: Callable[..., Process]) -> None:
    with pytest.raises(ProcessFailed, match=r"broken"):
        child = started("broken", ["/nonexistent/program"], ready=lambda: False)
        child.start()


def test_a_process_that_never_gets_ready_is_stopped(started: Callable[..., Process]) -> None:
    child = started("slow", SLEEPER, ready=lambda: False, ready_seconds=0.3)
    with pytest.raises(ProcessFailed, match="not ready"):
        child.start()
    assert not child.alive()


def test_a_process_that_ignores_the_request_is_killed(started: Callable[..., Process]) -> None:
    child = started("deaf", STUBBORN, stop_seconds=0.3)
    child.start()
    assert soon(lambda: says(child, "deaf"))
    pid = child.pid
    child.stop()
    assert pid and not running(pid)


def test_stopping_ends_what_the_child_started_too(started: Callable[..., Process]) -> None:
    child = started("parent", PARENT)
    child.start()
    assert soon(lambda: says(child, "\n"))
    grandchild = int(child.log.read_text())
    assert running(grandchild)
    child.stop()
    assert soon(lambda: not running(grandchild))


class Recorder:
    """A child that only notes what is asked of it."""

    def __init__(self, name: str, told: list[str], fails: bool = False) -> None:
        self.name = name
        self.told = told
        self.fails = fails
        self.up = False

    def start(self) -> None:
        self.told.append(f"start {self.name}")
        if self.fails:
            raise ProcessFailed(name=self.name, reason="broken", log="-")
        self.up = True

    def alive(self) -> bool:
        return self.up

    def stop(self) -> None:
        self.told.append(f"stop {self.name}")
        self.up = False


def test_the_group_starts_in_order_and_stops_in_reverse() -> None:
    told: list[str] = []
    group = ProcessGroup([Recorder("database", told), Recorder("web", told)], lambda _: None)
    group.start()
    group.stop()
    assert told == ["start database", "start web", "stop web", "stop database"]


def test_a_failing_start_stops_what_was_started() -> None:
    told: list[str] = []
    group = ProcessGroup([Recorder("database", told), Recorder("web", told, fails=True)], lambda _: None)
    with pytest.raises(ProcessFailed):
        group.start()
    assert told == ["start database", "start web", "stop web", "stop database"]


def test_a_killed_child_comes_back(started: Callable[..., Process]) -> None:
    child = started("web", SLEEPER)
    lines: list[str] = []
    group = ProcessGroup([child], lines.append)
    group.start()
    first = child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 10
    group.watch(until=lambda: child.pid not in (None, first) or time.monotonic() > deadline, pause=0.02)
    assert child.alive() and child.pid != first
    assert any("starting it again" in line for line in lines)


def test_a_killed_database_comes_back_with_its_rows() -> None:
    home = Path(tempfile.mkdtemp(prefix="tongban-test-"))
    server = EmbeddedPostgres(home / "postgres")
    group = ProcessGroup([server], lambda _: None)
    group.start()
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    first = int(lock_file(server.data)["pid"])
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 20
    group.watch(until=lambda: lock_file(server.data).get("pid") not in (None, "", str(first)) and server.alive())
    with psycopg.connect(server.dsn) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert time.monotonic() < deadline
    group.stop()
    shutil.rmtree(home)


def test_a_child_that_keeps_dying_is_tried_less_and_less_often() -> None:
    told: list[str] = []
    lines: list[str] = []
    child = Recorder("web", told)
    group = ProcessGroup([child], lines.append)
    group.start()
    child.fails, child.up = True, False
    deadline = time.monotonic() + 1.7
    group.watch(until=lambda: time.monotonic() > deadline, pause=0.01)
    assert told.count("start web") == 3  # at the beginning, after 0.5 s, after 1 s more
    assert [line[-8:] for line in lines if "again" in line] == ["in 0.5 s", "in 1.0 s", "in 2.0 s"]


def test_a_signal_stops_the_watch() -> None:
    group = ProcessGroup([], lambda _: None)
    with pytest.raises(Stopped), stops_on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        group.watch()


SUPERVISOR = textwrap.dedent("""
    import sys
    from pathlib import Path
    from tongban.cli.process import Process, ProcessSpec
    from tongban.cli.supervisor import *
    home = Path(sys.argv[1])
    child = Process(ProcessSpec("child", sys.argv[2:]), home)
    group = ProcessGroup([child], lambda line: None)
    try:
        with one_instance(home), stops_on_signals():
            group.start()
            print(child.pid, flush=True)
            group.watch()
    except Stopped:
        group.stop()
        print("stopped", flush=True)
""")


def supervisor(home: Path, argv: list[str]) -> "tuple[subprocess.Popen[str], int]":
    process = subprocess.Popen([sys.executable, "-c", SUPERVISOR, home, *argv], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_interrupting_the_supervisor_stops_everything(tmp_path: Path) -> None:
    process, child = supervisor(tmp_path, SLEEPER)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=20)
    assert told == "stopped\n" and not running(child)


def test_killing_the_supervisor_ends_its_children(tmp_path: Path) -> None:
    process, child = supervisor(tmp_path, SLEEPER)
    process.kill()
    process.communicate()
    assert soon(lambda: not running(child))


def test_a_child_whose_supervisor_died_before_it_came_to_itself_does_not_begin(tmp_path: Path) -> None:
    """The kernel tells a parent's death only to those that asked before it; the rest look who their parent is."""
    asked = list(dies_with_parent())
    above_all = f"= {2**22 + 1} "  # no process has so high an id
    of_the_dead = [part.replace(f"= {os.getpid()} ", above_all) for part in asked]
    touch = [sys.executable, "-c", "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()", tmp_path / "begun"]
    assert subprocess.run([*of_the_dead, *touch], check=False).returncode == 143 and not (tmp_path / "begun").exists()
    assert subprocess.run([*asked, *touch], check=False).returncode == 0 and (tmp_path / "begun").exists()


def test_what_outlives_a_killed_run_is_found_and_ended_by_the_next(tmp_path: Path) -> None:
    process, child = supervisor(tmp_path, STUBBORN)
    assert soon(lambda: (tmp_path / "log" / "child.log").read_text() == "deaf\n")
    process.kill()
    process.communicate()
    assert running(child)
    with one_instance(tmp_path):
        assert end_leftovers(tmp_path, patience=0.2) == 1
    assert not running(child) and not list(leftovers(tmp_path))


def test_a_second_instance_is_refused_in_one_line(tmp_path: Path) -> None:
    process, _ = supervisor(tmp_path, SLEEPER)
    with pytest.raises(AlreadyRunning) as refusal, one_instance(tmp_path):
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert str(process.pid) in str(refusal.value) and str(tmp_path) in str(refusal.value)
    with one_instance(tmp_path):
        pass


def test_an_unwritable_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnwritable, match="TONGBAN_HOME"), one_instance(tmp_path / "file" / "var"):
        pass


def test_a_taken_port_is_refused_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f":{port} .*TONGBAN_PORT"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_a_host_that_is_not_here_is_refused() -> None:
    with pytest.raises(PortTaken):
        check_port("203.0.113.1", free_port())
