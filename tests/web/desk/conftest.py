"""A node with the district and the birth journey, its people, and the cast that works with it."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.two_doors import TwoDoors

from tongban.basics.calendar import CST
from tongban.cli.stories import Rehearsal, prepare_rehearsal
from tongban.web.app import create_app
from tongban.web.site import Site, WebSettings

from .cast import BASE, OPENING, PACKS, Cast


@pytest.fixture(scope="session")
async def rehearsal(
    migrated: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rehearsal]:
    """Packs installed, people seeded, store open."""
    home: Path = tmp_path_factory.mktemp("desk")
    conninfo = migrated("demonstration")
    await begin_at(conninfo, dt.datetime.combine(OPENING, dt.time(8), CST))
    found = await prepare_rehearsal(conninfo, home, [PACKS / "birth"])
    yield found
    await found.kernel.database.close()


async def begin_at(conninfo: str, moment: dt.datetime) -> None:
    """Let the platform's time begin before anything is granted, whatever the real day is."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute(
            "INSERT INTO demonstration_time (ahead) VALUES (%s - clock_timestamp())"
            " ON CONFLICT (single) DO UPDATE SET ahead = excluded.ahead",
            (moment,),
        )


@pytest.fixture(scope="session")
async def cast(rehearsal: Rehearsal) -> AsyncIterator[Cast]:
    """The cast on a Monday morning."""
    settings = WebSettings(
        base_url=BASE, secret="a secret of thirty-two characters", node_name="下城通办", demonstration=True
    )
    kernel = replace(rehearsal.kernel, database=TwoDoors(rehearsal.kernel.database.conninfo))
    await kernel.database.open()
    made = Cast(rehearsal, create_app(Site(kernel, settings)))
    await made.stage().go_to(OPENING)
    yield made
    await kernel.database.close()
