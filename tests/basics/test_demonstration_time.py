"""A demonstration's time moves ahead, by hand or after another node's; a production's does not."""

import datetime as dt
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tongban.basics.database import platform_now
from tongban.basics.demonstration import NotDemonstration, move_time, reach_time
from tongban.basics.migrate import Kind, migrate
from tongban.connectors.embedded_postgres import temporary_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with temporary_postgres() as dsn:
        yield dsn


def made(server: str, kind: Kind) -> str:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {kind}")
    address = psycopg.conninfo.make_conninfo(server, dbname=kind)
    migrate(address, kind)
    return address


async def test_a_demonstration_reaches_a_later_moment_once_and_never_goes_back(server: str) -> None:
    second = dt.timedelta(seconds=1)
    async with await psycopg.AsyncConnection.connect(
        made(server, "demonstration"), autocommit=True, row_factory=namedtuple_row
    ) as connection:
        later = await move_time(connection, dt.timedelta(days=1)) + dt.timedelta(days=2)
        assert abs(await reach_time(connection, later) - later) < second
        assert abs(await reach_time(connection, later) - later) < second
        assert await reach_time(connection, later - dt.timedelta(days=3)) >= later
        assert await platform_now(connection) >= later


async def test_a_production_reaches_no_other_moment(server: str) -> None:
    address = made(server, "production")
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        with pytest.raises(NotDemonstration):
            await reach_time(connection, dt.datetime(2030, 1, 1, tzinfo=dt.UTC))


def test_a_start_that_was_killed_among_the_migrations_keeps_no_later_one_waiting(server: str) -> None:
    address = psycopg.conninfo.make_conninfo(server, dbname="production")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
        began = time.monotonic()
        assert migrate(address, "production") == [] and time.monotonic() - began < 8
        assert connection.execute("SELECT count(*) FROM yoyo_lock").fetchone() == (0,)
