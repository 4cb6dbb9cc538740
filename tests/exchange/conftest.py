"""A database with every table, and one stage a test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tongban.basics.database import Database

from .stage import Stage, make_stage


@pytest.fixture(scope="session")
def dsn(migrated: Callable[[str], str]) -> str:
    return migrated("production")


@pytest.fixture
async def stage(dsn: str, tmp_path: Path) -> AsyncIterator[Stage]:
    database = Database(dsn, size=4)
    await database.open()
    made = await make_stage(database, tmp_path)
    yield made
    await made.client.aclose()
    for table in ("grants", "look_ups", "exchange_intents", "exchange_outcomes", "exchange_refusals",
                  "exchange_subsystems", "ledger_entries", "people", "exchange_comparisons", "exchange_differences",
                  "grant_days"):  # fmt: skip
        await made.rows(f"DELETE FROM {table}")
    await database.close()
