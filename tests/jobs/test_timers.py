"""Time is kept by a process that may have been away: it catches up in batches, and two of them do a thing once."""

import asyncio
import datetime as dt
from dataclasses import replace

import psycopg
import pytest
from tests.cases.test_procedures import act
from tests.conftest import Template
from tests.world import FANG, LEAD, MONDAY, REGION, World

from tongban.basics.database import Connection
from tongban.basics.outbox import drain
from tongban.cases.actions.timers import BATCH, look_at_due
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE
from tongban.jobs.events import TOLD, tell_applicant
from tongban.jobs.timers import HANDLERS, keep_time, look_everywhere
from tongban.messages import actions as messages

MONTH_LATER = MONDAY + dt.timedelta(days=30)


async def _waiting(world: World) -> None:
    """Three cases nobody accepts, two whose supplement never comes, one that stands too long."""
    for _ in range(3):
        await world.submitted()
    for _ in range(2):
        case = await world.submitted()
        await world.decide(LEAD, case, INTAKE, "supplement", materials=("identity",))
    standing = await world.accepted()
    await act(world, LEAD, standing, "suspend", cause="test", until=MONDAY + dt.timedelta(days=2))


async def _done(world: World) -> dict[str, int]:
    rows = await world.rows(
        "SELECT kind, count(*) FROM case_events WHERE actor = 'platform' GROUP BY kind ORDER BY kind"
    )
    return dict(rows)


ONCE = {"case.deemed_accepted": 3, "case.lapsed": 2, "case.suspension_overdue": 1}


async def _worker(kernel: Kernel, stop: asyncio.Event) -> None:
    async def same(_: Connection) -> Kernel:
        return kernel

    await keep_time(kernel.database, same, stop)


async def test_two_workers_that_start_after_a_month_away_do_each_thing_once(world: World, template: Template) -> None:
    await _waiting(world)
    await world.go_to(MONTH_LATER)
    assert await _done(world) == {}
    other = template.world(world.database.conninfo).kernel
    await other.database.open()
    stop = asyncio.Event()
    workers = [asyncio.create_task(_worker(kernel, stop)) for kernel in (world.kernel, other)]
    for _ in range(200):
        if not await world.one("SELECT count(*) FROM cases WHERE look_at <= platform_now()"):
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.2)
    stop.set()
    await asyncio.gather(*workers)
    await other.database.close()
    assert await _done(world) == ONCE
    assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'case.deemed_accepted'") == 3
    assert await world.one("SELECT count(*) FROM outbox WHERE topic = 'case.lapsed'") == 2


async def test_a_backlog_is_taken_in_batches_the_longest_due_first(world: World) -> None:
    first = [await world.submitted() for _ in range(2)]
    await world.go_to(MONDAY + dt.timedelta(days=1))
    later = [await world.submitted() for _ in range(2)]
    await world.go_to(MONTH_LATER)
    assert await look_at_due(world.kernel, REGION, 2) == 2
    assert {(await world.page(case)).case.state for case in first} == {"accepted"}
    assert {(await world.page(case)).case.state for case in later} == {"submitted"}
    assert await look_everywhere(world.kernel) == 2 <= BATCH
    assert await look_everywhere(world.kernel) == 0


async def test_a_case_that_a_handler_holds_is_passed_over_and_found_again(world: World) -> None:
    case = await world.submitted()
    await world.go_to(MONTH_LATER)
    async with await psycopg.AsyncConnection.connect(world.database.conninfo) as handler:
        await handler.execute("SELECT 1 FROM cases WHERE id = %s FOR UPDATE", (case,))
        assert await asyncio.wait_for(look_at_due(world.kernel, REGION), 5) == 0
    assert await look_at_due(world.kernel, REGION) == 1


async def test_a_worker_that_dies_in_the_middle_leaves_all_of_its_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _waiting(world)
    await world.go_to(MONTH_LATER)
    with pytest.raises(ConnectionResetError):
        async with world.database.one_transaction():
            assert await look_at_due(world.kernel, REGION) == 6
            raise ConnectionResetError
    assert await _done(world) == {}
    assert await look_everywhere(world.kernel) == 6 and await _done(world) == ONCE


async def test_applicant_and_officials_are_told_what_time_brought(world: World) -> None:
    await world.submitted()
    await world.rows("DELETE FROM outbox")
    await world.go_to(MONTH_LATER)
    await look_everywhere(world.kernel)
    table = {**dict.fromkeys(TOLD, tell_applicant)}

    async def both(connection: Connection, message: object) -> None:
        await tell_applicant(connection, message)  # type: ignore[arg-type]
        await HANDLERS["case.deemed_accepted"](connection, message)  # type: ignore[arg-type]

    async with world.database.connection() as connection:
        await drain(connection, {**table, "case.deemed_accepted": both})
        for name in (FANG, LEAD):
            told = await messages.mine(connection, world.accounts[name])
            assert [one.kind for one in told] == ["case.deemed_accepted"], name


async def test_a_kernel_without_regions_looks_at_nothing(world: World) -> None:
    nowhere = replace(world.kernel, directory=replace(world.kernel.directory, regions={}))
    assert await look_everywhere(nowhere) == 0
