"""What time alone brings to a case: once, under the case's lock, in the platform's name and on a legal ground."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal
from uuid import UUID

import pytest
from msgspec import structs
from tests.cases.test_procedures import act, kinds
from tests.world import FANG, LEAD, MONDAY, REGION, World

from tongban.cases.actions import applicant, timers
from tongban.cases.actions.locked import LockedCase
from tongban.cases.actions.timers import HANDLERS, look_at, look_at_due
from tongban.cases.errors import DeemedAccepted, TaskFinished
from tongban.cases.models import INTAKE
from tongban.cases.timers import WHEN, Watch
from tongban.services.definitions import Silence
from tongban.services.paths import Visit

NEXT_MONDAY = MONDAY + dt.timedelta(days=7)
TUESDAY = MONDAY + dt.timedelta(days=8)


def test_every_timer_knows_when_and_what() -> None:
    assert set(WHEN) == set(HANDLERS)


async def look(world: World) -> int:
    """Look until nothing is due; how many looks that took."""
    looks = 0
    while found := await look_at_due(world.kernel, REGION):
        looks += found
        assert looks < 50
    return looks


# ---- the notice --------------------------------------------------------------------------------------


async def test_silence_about_what_is_missing_accepts_as_of_the_day_of_receipt(world: World) -> None:
    case = await world.submitted()
    await world.go_to(NEXT_MONDAY, 23)
    assert await look(world) == 0
    await world.go_to(TUESDAY, 0)
    assert await look(world) == 1 and await look(world) == 0
    page = await world.page(case)
    assert (page.case.state, page.case.due_on, page.clock.deemed_accepted) == ("accepted", NEXT_MONDAY, MONDAY)
    told = next(event for event in page.events if event.kind == "case.deemed_accepted")
    assert (told.actor_name, told.basis) == ("平台自动", "行政许可法 第三十二条")
    assert (await world.states(case))["birth_certificate"] == "ready"
    with pytest.raises(TaskFinished):
        await world.decide(LEAD, case, INTAKE, "refuse")


async def test_before_the_platform_has_looked_a_late_department_may_only_accept(world: World) -> None:
    case = await world.submitted()
    await world.go_to(TUESDAY)
    for kind in ("refuse", "return", "supplement"):
        with pytest.raises(DeemedAccepted, match="2026-11-23"):
            await world.decide(LEAD, case, INTAKE, kind, materials=("identity",))
    await world.decide(LEAD, case, INTAKE, "accept")
    # The days run from the receipt all the same.
    assert (await world.page(case)).case.due_on == NEXT_MONDAY
    assert await look(world) == 0


async def test_a_supplement_begins_the_notice_anew(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "supplement", materials=("identity",))
    await world.go_to(TUESDAY)
    assert await look(world) == 0
    assert (await world.page(case)).case.state == "supplementing"


async def test_a_supplement_that_never_comes_ends_the_case_once(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "supplement", materials=("identity",))
    await world.go_to(dt.date(2026, 12, 14), 23)
    assert await look(world) == 0
    await world.go_to(dt.date(2026, 12, 15), 0)
    assert await look(world) == 1 and await look(world) == 0
    page = await world.page(case)
    assert (page.case.state, page.finish_code, page.events[-1].basis) == ("lapsed", "5", "部署方配置")


# ---- silence of a department -------------------------------------------------------------------------


def _silent(world: World, then: Literal["approve", "escalate"]) -> None:
    """Have the item of the birth certificate say what its department's silence means."""
    catalogue = world.kernel.catalogue
    version = catalogue.journey("birth")
    items = dict(version.items)
    item = items["birth-medical-certificate"]
    items[item.id] = structs.replace(item, silence=Silence(then=then, basis="某条例 第一条"))
    changed = replace(version, items=items)
    world.kernel = replace(
        world.kernel,
        catalogue=replace(
            catalogue,
            active={**catalogue.active, "birth": changed},
            versions={**catalogue.versions, version.key: changed},
        ),
    )


async def test_silence_approves_where_the_item_says_so_and_the_journey_goes_on(world: World) -> None:
    _silent(world, "approve")
    case = await world.accepted()
    await world.go_to(MONDAY + dt.timedelta(days=1), 23)
    assert await look(world) == 0
    await world.go_to(MONDAY + dt.timedelta(days=2))
    assert await look(world) == 1
    page, states = await world.page(case), await world.states(case)
    assert (states["birth_certificate"], states["household_registration"]) == ("done", "ready")
    (told,) = [event for event in page.events if event.kind == "task.decided"]
    assert told.detail == {"decision": "approved", "licences": ["birth-certificate"], "silence": True}
    assert (told.basis, len(page.licences)) == ("某条例 第一条", 1)


async def test_silence_does_not_approve_what_waits_for_a_visit(world: World) -> None:
    _silent(world, "approve")
    visit = Visit(id="home", name="联合核查", tasks=["birth_certificate"], within=5, result="核查意见书")
    catalogue, version = world.kernel.catalogue, world.kernel.catalogue.journey("birth")
    visited = replace(version, journey=structs.replace(version.journey, visits=[visit]))
    catalogue = replace(
        catalogue,
        active={**catalogue.active, "birth": visited},
        versions={**catalogue.versions, version.key: visited},
    )
    world.kernel = replace(world.kernel, catalogue=catalogue)
    case = await world.accepted()
    await world.go_to(MONDAY + dt.timedelta(days=2))
    assert await look(world) == 1 and await look(world) == 0
    assert (await world.states(case))["birth_certificate"] == "ready"
    assert await kinds(world, case) == ["task.escalated"]


async def test_silence_is_passed_to_the_head_once_where_the_item_says_so(world: World) -> None:
    _silent(world, "escalate")
    case = await world.accepted()
    await world.go_to(MONDAY + dt.timedelta(days=2))
    assert await look(world) == 1 and await look(world) == 0
    assert await kinds(world, case) == ["task.escalated"]
    await world.decide(LEAD, case, "birth_certificate", "approve")


async def test_while_the_clock_stands_silence_means_nothing(world: World) -> None:
    _silent(world, "approve")
    case = await world.accepted()
    await act(world, LEAD, case, "suspend", cause="test", until=MONDAY + dt.timedelta(days=25))
    await world.go_to(MONDAY + dt.timedelta(days=11))
    assert await look(world) == 0
    assert (await world.states(case))["birth_certificate"] == "ready"


# ---- suspensions -------------------------------------------------------------------------------------


async def test_a_suspension_that_outlasts_its_announcement_is_reminded_of_once(world: World) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "suspend", cause="test", until=MONDAY + dt.timedelta(days=3))
    await world.go_to(MONDAY + dt.timedelta(days=3), 23)
    assert await look(world) == 0
    await world.go_to(MONDAY + dt.timedelta(days=4))
    assert await look(world) == 1 and await look(world) == 0
    assert await kinds(world, case) == ["case.suspended", "case.suspension_overdue"]
    # It stands nevertheless: only the department lets it go on.
    assert (await world.page(case)).case.due_on is None


# ---- faults ------------------------------------------------------------------------------------------


async def test_a_case_at_which_looking_fails_waits_and_its_neighbours_do_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await world.submitted(), await world.accepted()
    await act(world, LEAD, good, "suspend", cause="test", until=MONDAY + dt.timedelta(days=1))

    async def fails(held: LockedCase, watch: Watch) -> None:
        raise RuntimeError("the printer burns")

    broken: dict[str, Callable[[LockedCase, Watch], Awaitable[None]]] = {**HANDLERS, "deemed_acceptance": fails}
    monkeypatch.setattr(timers, "HANDLERS", broken)
    await world.go_to(TUESDAY)
    assert await look(world) == 2
    assert await kinds(world, good) == ["case.suspended", "case.suspension_overdue"]
    assert await kinds(world, bad) == [] and (await world.page(bad)).case.state == "submitted"
    monkeypatch.undo()
    await world.rows("UPDATE cases SET look_at = platform_now() WHERE look_at IS NOT NULL")
    await look(world)
    assert (await world.page(bad)).case.state == "accepted"


async def test_looking_at_a_case_that_is_not_due_changes_nothing(world: World) -> None:
    case = await world.accepted()
    before = await world.rows("SELECT state, due_on, look_at FROM cases")
    assert await look_at(world.kernel, REGION, case)
    assert await world.rows("SELECT state, due_on, look_at FROM cases") == before
    assert await kinds(world, case) == []


async def test_a_case_of_an_older_release_is_looked_at_and_finds_its_moment(world: World) -> None:
    case: UUID = await world.submitted()
    moment = await world.one("SELECT look_at FROM cases")
    await world.rows("UPDATE cases SET look_at = submitted_at")
    assert await look(world) == 1
    assert await world.one("SELECT look_at FROM cases") == moment
    await applicant.withdraw(world.kernel, await world.actor(FANG), REGION, case, "")
    assert await world.one("SELECT look_at FROM cases") is None
