"""A disk that is really full, under the databases of both nodes: no data without an intent, and it goes on by itself.

Needs the right to mount a small file system in memory (root); elsewhere it is skipped and says so.
"""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tongban.basics.migrate import migrate
from tongban.connectors.embedded_postgres import EmbeddedPostgres

from .test_faults import both_logs_verify, reconciled
from .test_two_nodes import Two, two

__all__ = ["two"]
pytestmark = pytest.mark.long
SIZE = "320m"
PATIENCE = 90.0


@dataclass
class Disk:
    """A file system of ``SIZE`` with a server's data on it, and a file that takes the rest when told to."""

    server: EmbeddedPostgres
    ballast: Path
    address: str

    def fill(self) -> None:
        """Leave not one block."""
        with self.ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65536))

    def empty(self) -> None:
        """Make room again, and have a server that gave up begun anew, as ``tongban run`` does."""
        self.ballast.unlink()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(Exception):
                self.server.start() if not self.server.alive() else self.server.wait_ready()
                return
            time.sleep(0.5)
        raise AssertionError("the server did not come back")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a file system can not be mounted here: {mounted.stderr.decode().strip()}")
    server = EmbeddedPostgres(folder / "postgres", settings={"max_wal_size": "32MB", "min_wal_size": "32MB"})
    try:
        address = server.start()
        migrate(address, "production")
        yield Disk(server, folder / "ballast", address)
    finally:
        server.stop(immediate=True)
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def dsn(disk: Disk) -> str:
    """Both nodes' databases lie on the small disk."""
    return disk.address


async def test_a_disk_that_is_full_lets_nothing_out_and_calls_go_on_once_there_is_room(
    disk: Disk, two: Two, tmp_path: Path
) -> None:
    answered: list[str] = []
    failed = 0

    async def ask() -> None:
        nonlocal failed
        answer: httpx.Response = await two.stage.ask()
        if answer.status_code == 200:
            answered.append(answer.headers["x-road-request-id"])
        else:
            assert "王芳" not in answer.text
            failed += 1

    await asyncio.gather(*(ask() for _ in range(8)))
    assert (len(answered), failed) == (8, 0)
    await asyncio.to_thread(disk.fill)
    until = time.monotonic() + PATIENCE
    while failed < 30 and time.monotonic() < until:
        # What is left in the database's own files may still be written; then it fails, sooner or later for good.
        await asyncio.gather(*(ask() for _ in range(16)))
    assert failed >= 30
    assert "No space left on device" in disk.server.log.read_text("utf-8", errors="replace")
    await asyncio.to_thread(disk.empty)
    before = len(answered)
    while len(answered) < before + 8 and time.monotonic() < until + PATIENCE:
        await ask()
    assert len(answered) >= before + 8

    await reconciled(two)
    written = await two.stage.rows(
        "SELECT i.id FROM exchange_intents i JOIN exchange_outcomes o USING (region, id) WHERE o.result = 'found'"
    )
    assert set(answered) <= {str(row.id) for row in written}
    entries = await two.stage.rows("SELECT subject FROM ledger_entries WHERE kind = 'exchange.answered'")
    assert set(answered) <= {str(row.subject) for row in entries}
    # The other node told nobody anything that it had not intended to, and none of its answers came without our intent.
    there = {row.message for row in await two.there_rows("SELECT message FROM exchange_intents")}
    here = {row.message for row in await two.stage.rows("SELECT message FROM exchange_intents")}
    assert there <= here
    await both_logs_verify(two, tmp_path)
