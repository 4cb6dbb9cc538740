"""The embedded PostgreSQL recovers from what happens to it, and says in one line what it cannot mend."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tongban.connectors.embedded_postgres import EmbeddedPostgres, temporary_postgres
from tongban.connectors.folder_errors import FolderInUse, FolderUnwritable
from tongban.connectors.postgres_errors import PostgresFolderForeign, PostgresInitFailed
from tongban.connectors.postgres_folder import lock_file, programs_folder, residents

AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
HOLDER = """
import sys, time
from pathlib import Path
from tongban.connectors.embedded_postgres import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), fast=True).start(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tongban-test-"))
    yield folder / "postgres"
    shutil.rmtree(folder)


def wait_until_empty(data: Path, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while list(residents(data)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not list(residents(data))


def holder(home: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().startswith("postgresql://")
    return process


def test_a_temporary_server_answers_and_leaves_nothing() -> None:
    with temporary_postgres() as dsn:
        with psycopg.connect(dsn) as connection:
            row = connection.execute("SELECT current_database(), current_user, uuidv7() IS NULL").fetchone()
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
        assert row == ("tongban", "tongban", False)
    assert not data.exists() and not list(residents(data))


def test_only_its_owner_may_open_the_folder_and_nothing_listens_on_the_network(home: Path) -> None:
    server = EmbeddedPostgres(home, fast=True)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert home.stat().st_mode & 0o077 == 0 and (home / "socket").stat().st_mode & 0o077 == 0
    server.stop()


def test_killing_the_supervisor_leaves_no_postgres(home: Path) -> None:
    process = holder(home)
    assert list(residents(home / "data"))
    process.kill()
    process.wait()
    assert wait_until_empty(home / "data")


def test_a_start_right_after_a_killed_run_keeps_committed_rows(home: Path) -> None:
    process = holder(home)
    server = EmbeddedPostgres(home)
    with psycopg.connect(dsn_of(home)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    process.kill()
    process.wait()
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    server.stop()


def test_a_killed_server_is_started_again_with_its_rows(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    idle = psycopg.connect(server.dsn)
    os.kill(int(lock_file(server.data)["pid"]), signal.SIGKILL)
    while server.alive():
        time.sleep(0.01)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    idle.close()
    server.stop()
    assert not list(residents(home / "data"))


def test_a_half_finished_initialisation_is_redone(home: Path) -> None:
    unfinished = home / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(home, fast=True)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    assert not unfinished.exists()


def test_a_failing_initialisation_names_its_reason_and_leaves_no_data(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongban.connectors.postgres_folder.USER", "pg_reserved")
    with pytest.raises(PostgresInitFailed, match="pg_"):
        EmbeddedPostgres(home, fast=True).start()
    assert not (home / "data").exists()


def test_a_lock_file_that_names_a_stranger_is_removed(home: Path) -> None:
    server = EmbeddedPostgres(home, fast=True)
    server.start()
    words = (home / "data" / "postmaster.pid").read_text().splitlines()
    server.stop()
    (home / "data" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *words[1:]]) + "\n")
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_a_second_instance_is_refused_in_one_line_that_names_process_and_folder(home: Path) -> None:
    first = EmbeddedPostgres(home, fast=True)
    first.start()
    with pytest.raises(FolderInUse) as refusal:
        EmbeddedPostgres(home, fast=True).start()
    assert str(os.getpid()) in str(refusal.value) and str(home) in str(refusal.value)
    assert "\n" not in str(refusal.value) and first.alive()
    first.stop()


def test_a_folder_of_another_version_is_refused(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresFolderForeign, match="found 15"):
        EmbeddedPostgres(home, fast=True).start()


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnwritable, match="TONGBAN_HOME"):
        EmbeddedPostgres(tmp_path / "file" / "postgres").start()


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(home: Path) -> None:
    server = EmbeddedPostgres(home / ("long" * 30), fast=True)
    with psycopg.connect(server.start()) as connection:
        socket = Path(connection.info.host)
    assert socket.parent != server.home and socket.stat().st_mode & 0o077 == 0
    server.stop()
    assert not socket.exists()


def test_variables_of_another_postgres_do_not_mislead_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nonexistent")
    server = EmbeddedPostgres(home, fast=True)
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_runs_as_an_ordinary_user_too(home: Path) -> None:
    if not os.access(programs_folder(), os.R_OK) or not _nobody_can_read(programs_folder()):
        pytest.skip("the environment lies in a private home")
    home.mkdir(parents=True)
    home.parent.chmod(0o755)
    os.chown(home, 65534, 65534)
    once = HOLDER.replace("time.sleep(600)", "")
    command = [*AS_NOBODY, sys.executable, "-c", once, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("postgresql://"), done.stderr
    assert (home / "data").stat().st_uid == 65534 and wait_until_empty(home / "data")
    # Root after the other user: the files change hands and the server starts.
    server = EmbeddedPostgres(home, fast=True)
    server.start()
    server.stop()


def _nobody_can_read(path: Path) -> bool:
    command = [*AS_NOBODY, sys.executable, "-c", f"open({str(path / 'initdb')!r})"]
    return subprocess.run(command, check=False).returncode == 0


def dsn_of(home: Path) -> str:
    return f"postgresql://tongban@/tongban?host={home}/socket&port=5432"
