"""A superior urges, the department answers by its day; both stand on the case, and a late answer is abnormal."""

import datetime as dt
from uuid import UUID

import pytest
from tests.cases.oversight.test_watching import found, later, post, ticket
from tests.world import FANG, JING, LEAD, REGION, WEI, World

from tongban.cases.errors import CaseNotFound, ReasonsNeeded
from tongban.cases.models import INTAKE
from tongban.cases.oversight.clocks import clock_page, overdue_now
from tongban.cases.oversight.errors import NothingToUrge, UrgedAlready, UrgingAnswered, UrgingDay
from tongban.cases.oversight.urging import Demand, answer_urging, urge
from tongban.cases.views.desk import task_page
from tongban.parties.errors import NotAllowed

TEXT = "请尽快完成出生登记并答复"
HOUSEHOLD = "household_registration"


@pytest.fixture
async def case(world: World) -> UUID:
    """A case whose turn it is at the police; 周敏 heads the leading department, 陈静 watches over the region."""
    made = await world.accepted()
    await world.decide(LEAD, made, "birth_certificate", "approve")
    await post(world, LEAD, "health", "head")
    await post(world, JING, "government-office", "supervisor")
    world.secrets.clear()
    return made


async def in_days(world: World, days: int) -> dt.date:
    """The day ``days`` working days from today."""
    today = (await world.now()).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    return world.kernel.calendar.add_workdays(today, days).day


async def urged(
    world: World, name: str, case: UUID, task: str | None = HOUSEHOLD, text: str = TEXT, days: int = 2
) -> UUID:
    """``name`` urges."""
    demand = Demand(text, await in_days(world, days), task)
    return await urge(world.kernel, await world.actor(name), REGION, case, demand)


@pytest.mark.parametrize("name", [LEAD, JING])
async def test_the_head_of_the_lead_and_a_supervisor_may_urge(world: World, case: UUID, name: str) -> None:
    await urged(world, name, case)
    page = await task_page(world.kernel, await world.actor(WEI), REGION, case, HOUSEHOLD)
    assert [(one.text, one.answer) for one in page.urgings] == [(TEXT, None)]
    station = next(one for one in page.page.line.stations if one.task == HOUSEHOLD)
    assert station.urged
    event = page.page.events[-1]
    assert event.kind == "case.urged" and TEXT not in str(event.detail)


async def test_a_handler_of_the_case_may_not_urge_and_a_stranger_finds_nothing(world: World, case: UUID) -> None:
    with pytest.raises(NotAllowed):
        await urged(world, WEI, case)
    with pytest.raises(CaseNotFound):
        await urged(world, "马骏" if "马骏" in world.accounts else FANG, case)


async def test_the_department_answers_once_and_nobody_else(world: World, case: UUID) -> None:
    urging = await urged(world, JING, case)
    with pytest.raises(NotAllowed):
        await answer_urging(world.kernel, await world.actor(LEAD), REGION, case, urging, "正在办理，今天办好")
    with pytest.raises(ReasonsNeeded):
        await answer_urging(world.kernel, await world.actor(WEI), REGION, case, urging, "好")
    await answer_urging(world.kernel, await world.actor(WEI), REGION, case, urging, "正在办理，今天办好")
    with pytest.raises(UrgingAnswered):
        await answer_urging(world.kernel, await world.actor(WEI), REGION, case, urging, "正在办理，今天办好")
    page = await clock_page(world.kernel, await world.actor(JING), REGION, case)
    assert page.urgings[0].answer == "正在办理，今天办好" and not page.urgings[0].late
    seen = await task_page(world.kernel, await world.actor(WEI), REGION, case, HOUSEHOLD)
    assert not any(one.urged for one in seen.page.line.stations)


async def test_the_same_demand_is_not_made_twice_while_it_waits(world: World, case: UUID) -> None:
    await urged(world, JING, case)
    with pytest.raises(UrgedAlready):
        await urged(world, JING, case)
    await urged(world, LEAD, case)


@pytest.mark.parametrize("days", [0, 31])
async def test_an_answer_is_due_between_tomorrow_and_thirty_working_days(world: World, case: UUID, days: int) -> None:
    with pytest.raises(UrgingDay):
        await urged(world, JING, case, days=days)


async def test_a_weekend_is_no_day_for_an_answer(world: World, case: UUID) -> None:
    saturday = Demand(TEXT, dt.date(2026, 11, 28), HOUSEHOLD)
    with pytest.raises(UrgingDay):
        await urge(world.kernel, await world.actor(JING), REGION, case, saturday)


async def test_what_waits_for_nobody_is_not_urged(world: World, case: UUID) -> None:
    with pytest.raises(NothingToUrge):
        await urged(world, JING, case, "birth_certificate")
    with pytest.raises(CaseNotFound):
        await urged(world, JING, case, "moon_walk")


async def test_an_answer_that_is_late_becomes_an_abnormal_case_of_the_department(world: World, case: UUID) -> None:
    urging = await urged(world, JING, case, days=1)
    await later(world, 1)
    assert ("urging_unanswered", HOUSEHOLD) not in await found(world)
    await later(world, 1)
    assert ("urging_unanswered", HOUSEHOLD) in await found(world)
    row = (await world.rows("SELECT department FROM tickets WHERE watch = 'urging_unanswered'"))[0]
    assert row.department == "police"
    await answer_urging(world.kernel, await world.actor(WEI), REGION, case, urging, "正在办理，今天办好")
    page = await clock_page(world.kernel, await world.actor(JING), REGION, case)
    assert page.urgings[0].late
    assert await ticket(world, "urging_unanswered", HOUSEHOLD)


async def test_a_whole_case_is_urged_at_the_department_that_leads_it(world: World, case: UUID) -> None:
    await urged(world, JING, case, None)
    page = await clock_page(world.kernel, await world.actor(LEAD), REGION, case)
    assert page.urgings[0].department == "health"
    seen = await task_page(world.kernel, await world.actor(LEAD), REGION, case, INTAKE)
    assert seen.page.line.urged


async def test_a_clock_shows_no_person_and_only_to_those_who_may(world: World, case: UUID) -> None:
    page = await clock_page(world.kernel, await world.actor(JING), REGION, case)
    assert page.may_urge and page.case_task is None and FANG not in str(page)
    assert (await clock_page(world.kernel, await world.actor(WEI), REGION, case)).case_task == HOUSEHOLD
    with pytest.raises(CaseNotFound):
        await clock_page(world.kernel, await world.actor(FANG), REGION, case)


async def test_the_clock_shows_how_each_day_was_counted(world: World, case: UUID) -> None:
    page = await clock_page(world.kernel, await world.actor(JING), REGION, case)
    step = page.clock.step(HOUSEHOLD)
    assert step is not None and step.days[-1].day == step.period.due_on
    assert [one.number for one in step.days if one.counts] == list(range(1, step.period.length + 1))
    promise = next(one for one in page.clock.periods if one.period.name == "promise")
    assert promise.period.due_on == page.due_on


async def test_what_is_overdue_is_listed_for_heads_of_their_own_and_for_supervisors_of_all(
    world: World, case: UUID
) -> None:
    await later(world, 4)
    every = await overdue_now(world.kernel, await world.actor(JING), REGION)
    assert {line.department for line in every} >= {"health", "police"}
    own = await overdue_now(world.kernel, await world.actor(LEAD), REGION)
    assert {line.department for line in own} == {"health"} and all(line.days_over > 0 for line in own)
    with pytest.raises(NotAllowed):
        await overdue_now(world.kernel, await world.actor(WEI), REGION)
