"""A fresh database with the ledger's tables for each of its tests, and the keys of a log and a witness."""

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from tests.conftest import copied, named

import tongban.basics
from tongban.basics.database import Connection
from tongban.ledger.keys import Signer, log_signer, witness_signer

MIGRATION = Path(tongban.basics.__file__).parent / "migrations" / "0002_ledger.sql"


@pytest.fixture(scope="session")
def tables(postgres: str) -> str:
    """The name of a database with the ledger's tables and nothing else, to copy from."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("CREATE DATABASE ledger")
    with psycopg.connect(named(postgres, "ledger")) as connection:
        connection.execute(MIGRATION.read_text())  # type: ignore[arg-type]
    return "ledger"


@pytest.fixture
def database(postgres: str, tables: str) -> str:
    """The address of a fresh database with the ledger's tables."""
    return copied(postgres, tables)


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
