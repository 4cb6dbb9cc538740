"""When a year is published, due dates that rested on it are worked out anew, and whom they moved is told why."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.cases.papers_made import Jobs, jobs_of
from tests.licences.cast import FONTS
from tests.world import FANG, JING, LEAD, REGION, World

from tongban.basics.calendar_file import calendar_of, parse_calendar
from tongban.calendars import actions as calendars
from tongban.cases.actions.recomputing import Change, recompute
from tongban.cases.models import INTAKE
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.typesetting import Typesetter
from tongban.messages.actions import Message, mine

TEXT = (Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml").read_text("utf-8")
FILE = parse_calendar(TEXT)
CHANGE = Change("000000", 2027, dt.date(2026, 12, 25), FILE.basis)
WINTER = dt.date(2026, 12, 28)


@pytest.fixture
async def jobs(world: World, tmp_path: Path) -> AsyncIterator[Jobs]:
    authority = DemonstrationAuthority(tmp_path)
    maker = DocumentMaker(Typesetter([FONTS]), authority, world.kernel.vault, "https://node.test", demonstration=True)
    yield await jobs_of(world, maker)


def take_up(world: World) -> None:
    """What a running process does when it sees that a calendar was published."""
    world.kernel = replace(world.kernel, calendar=calendar_of([FILE], REGION))


async def publish(world: World) -> None:
    async with world.database.connection() as connection:
        now = await world.now()
        proposal = await calendars.propose(connection, await world.actor("吴浩"), TEXT, now)
        await calendars.approve(connection, await world.actor("钱宁"), proposal.id, now)


async def due(world: World, case: UUID) -> dict[str | None, Any]:
    rows = await world.rows("SELECT task, due_on FROM tasks WHERE case_id = %(c)s AND state = 'ready'", c=case)
    whole = await world.one("SELECT due_on FROM cases WHERE id = %(c)s", c=case)
    return {None: whole, **dict(rows)}


async def told(world: World, name: str) -> list[Message]:
    async with world.database.connection() as connection:
        return [one for one in await mine(connection, world.accounts[name]) if one.kind.endswith("due_moved")]


async def test_a_date_that_rested_on_an_unpublished_year_moves_and_everybody_is_told(world: World, jobs: Jobs) -> None:
    await world.go_to(WINTER)
    case = await world.accepted()
    before = await due(world, case)
    await jobs.run()
    await publish(world)
    take_up(world)
    await jobs.run()
    after = await due(world, case)
    # Five working days from Monday 28 December: Friday 1 January was assumed to be worked and is New Year's Day.
    assert (before[None], after[None]) == (dt.date(2027, 1, 4), dt.date(2027, 1, 5))
    (message,) = await told(world, FANG)
    assert message.kind == "case.due_moved"
    inner = message.detail["detail"]
    assert (inner["from"], inner["to"]) == (str(before[None]), str(after[None])) and inner["year"] == 2027
    (handler,) = await told(world, LEAD)
    assert handler.kind == "task.due_moved" and handler.detail["task"] in after
    assert handler.detail["detail"] == {"year": 2027, "from": "2027-01-04", "to": "2027-01-05", "whole": True}
    assert await told(world, JING) == []
    (event,) = await world.rows("SELECT actor, basis FROM case_events WHERE kind = 'case.due_moved'")
    assert event == ("platform", FILE.basis)


async def test_before_acceptance_only_the_handler_is_told(world: World, jobs: Jobs) -> None:
    await world.go_to(WINTER)
    case = await world.submitted()
    before = await due(world, case)
    await publish(world)
    take_up(world)
    await jobs.run()
    assert (await due(world, case))[INTAKE] > before[INTAKE]
    assert await told(world, FANG) == []
    assert [one.kind for one in await told(world, LEAD)] == ["task.due_moved"]


async def test_a_date_that_rests_on_nothing_that_changed_stays_and_nobody_is_told(world: World, jobs: Jobs) -> None:
    case = await world.accepted()
    before = await due(world, case)
    revision = await world.one("SELECT revision FROM cases WHERE id = %(c)s", c=case)
    await publish(world)
    take_up(world)
    await jobs.run()
    assert await due(world, case) == before
    assert await world.one("SELECT revision FROM cases WHERE id = %(c)s", c=case) == revision
    assert await told(world, FANG) == await told(world, LEAD) == []


async def test_working_out_twice_moves_nothing_a_second_time(world: World) -> None:
    await world.go_to(WINTER)
    await world.accepted()
    take_up(world)
    first = await recompute(world.kernel, CHANGE)
    second = await recompute(world.kernel, CHANGE)
    assert (first.seen, first.moved, second.moved) == (1, 1, 0)
    assert await world.one("SELECT count(*) FROM case_events WHERE kind = 'case.due_moved'") == 1


async def test_batches_go_on_where_the_last_one_ended(world: World) -> None:
    await world.go_to(WINTER)
    cases = {await world.submitted(), await world.submitted()}
    take_up(world)
    first = await recompute(world.kernel, CHANGE, most=1)
    assert first.next is not None
    second = await recompute(world.kernel, CHANGE, first.next, most=1)
    assert {first.next[1], *([second.next[1]] if second.next else [])} == cases
    assert (await recompute(world.kernel, CHANGE, second.next, most=1)).seen == 0


async def test_a_region_that_the_calendar_is_not_for_is_left_alone(world: World) -> None:
    await world.go_to(WINTER)
    await world.accepted()
    take_up(world)
    assert (await recompute(world.kernel, Change("450000", 2027, CHANGE.since, "x"))).moved == 0


async def test_ended_and_withdrawn_cases_keep_their_dates(world: World) -> None:
    await world.go_to(WINTER)
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse")
    take_up(world)
    assert (await recompute(world.kernel, CHANGE)).seen == 0


async def test_a_regions_own_day_off_counts_there_and_nowhere_else(world: World) -> None:
    local = parse_calendar(
        "{year: 2026, region: '330000', basis: 虚构示例：关于放假的通知, published_on: '2026-11-20',"
        " days: [{day: '2026-11-25', is_workday: false, name: 亚运会}]}"
    )
    plain = await due(world, await world.accepted())
    nation = world.kernel.calendar
    world.kernel = replace(world.kernel, local_calendars={REGION: calendar_of([local], REGION)})
    there = await due(world, await world.accepted())
    assert there[None] == nation.add_workdays(plain[None], 1).day
    assert world.kernel.here("330105").calendar is nation and world.kernel.here(REGION).calendar is not nation
    page = await world.page(await world.submitted())
    assert page.clock.periods[0].period.due_on == nation.add_workdays(dt.date(2026, 11, 23), 6).day
