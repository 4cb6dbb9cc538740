"""The generator of random packs, a small sound pack to spoil, and a database with every table."""

import importlib.util
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from tongban.assembly.scaffold import scaffold
from tongban.basics.database import Connection


def _random_journey() -> ModuleType:
    spec = importlib.util.spec_from_file_location("random_journey", Path(__file__).with_name("random_journey.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


random_journey = _random_journey()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of a new pack as ``tongban pack new`` makes it."""
    return scaffold("small", tmp_path)


@pytest.fixture(scope="session")
def address(migrated: Callable[[str], str]) -> str:
    """A migrated database of its own."""
    return migrated("demonstration")


@pytest.fixture
async def connection(address: str) -> AsyncIterator[Connection]:
    """A connection to a database in which no pack is installed yet."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute("ALTER TABLE packs DISABLE TRIGGER ALL")
        await connection.execute("DELETE FROM packs")
        await connection.execute("ALTER TABLE packs ENABLE TRIGGER ALL")
        yield connection
