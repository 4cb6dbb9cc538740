"""A region says when its offices are open, and limits in hours count only then."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.world import FANG, MONDAY, PACKS, REGION, WEI, World

from tongban.assembly.loading import load_pack
from tongban.basics.calendar import CST
from tongban.cases.actions import drafts
from tongban.cases.actions.submission import submit
from tongban.cases.clock.hours import OfficeHours, spans_of
from tongban.cases.clock.limits import Limits
from tongban.cases.models import INTAKE
from tongban.cases.oversight.errors import UrgingDay
from tongban.cases.oversight.urging import Demand, urge


def at(hour: int, minute: int = 0, day: dt.date = MONDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), CST)


def test_hours_are_read_as_they_are_written_and_only_in_order() -> None:
    assert spans_of(["09:00-12:00", "13:30-17:00"])[1] == (dt.time(13, 30), dt.time(17))
    for wrong in (["9-12"], ["12:00-09:00"], ["09:00-12:00", "11:00-17:00"], ["25:00-26:00"]):
        with pytest.raises(ValueError, match=wrong[-1]):
            spans_of(wrong)


async def accepted(world: World, hour: int) -> UUID:
    """An instant item accepted at ``hour`` on Monday: two hours of office time are left to it."""
    await world.go_to(MONDAY, hour)
    await world.surer(FANG)
    actor, now = await world.actor(FANG), await world.now()
    draft = (await drafts.open_draft(world.kernel, actor, now, REGION, "household-proof")).draft
    draft = await drafts.read_notice(world.kernel, actor, now, REGION, draft.id, [])
    draft = await drafts.save(world.kernel, actor, now, draft, {**draft.form, "used_for": "孩子入学"})
    case = (await submit(world.kernel, await world.secret(FANG), "token", REGION, draft.id)).id
    await world.decide(WEI, case, INTAKE, "accept")
    return case


async def due(world: World, case: UUID) -> tuple[Any, Any]:
    step = (await world.page(case)).clock.step("proof")
    assert step is not None
    stored = await world.one("SELECT due_on FROM tasks WHERE case_id = %(c)s AND task = 'proof'", c=case)
    return step.period.due_at, stored


async def test_an_instant_item_is_counted_in_the_hours_that_its_region_declares(world: World) -> None:
    when, day = await due(world, await accepted(world, 10))
    assert (when.replace(second=0, microsecond=0), day) == (at(12), MONDAY)
    tuesday = MONDAY + dt.timedelta(days=1)
    when, day = await due(world, await accepted(world, 16))
    assert (when.replace(second=0, microsecond=0), day) == (at(10, day=tuesday), tuesday)


async def test_a_region_without_hours_counts_the_whole_of_each_working_day(world: World) -> None:
    assert world.kernel.limits.office("330190") == OfficeHours()
    world.kernel = replace(world.kernel, limits=Limits(world.kernel.limits.declared))
    when, day = await due(world, await accepted(world, 16))
    assert (when.replace(second=0, microsecond=0), day) == (at(18), MONDAY)


@pytest.mark.parametrize("hours", ['["17:00-09:00"]', '["09:00-12:00", "11:00-17:00"]', '["morning"]'])
def test_hours_that_are_none_are_a_fault_of_the_pack(tmp_path: Path, hours: str) -> None:
    shutil.copytree(PACKS / "xiacheng", tmp_path / "xiacheng")
    file = tmp_path / "xiacheng/regions/330103.yaml"
    file.write_text(file.read_text("utf-8").replace('["09:00-17:00"]', hours), "utf-8")
    statutes = load_pack(PACKS / "statutes").pack
    assert statutes is not None
    faults = load_pack(tmp_path / "xiacheng", [statutes]).faults
    assert {fault.code for fault in faults if not fault.warning} == {"region.office"}


async def test_the_day_of_an_answer_to_urging_is_a_working_day_of_the_region(world: World) -> None:
    case, friday = await world.submitted(), MONDAY + dt.timedelta(days=4)

    class Closed(type(world.kernel.calendar)):  # type: ignore[misc]
        """The nation's calendar, but the region rests on that Friday."""

        def is_workday(self, day: dt.date) -> bool:
            return day != friday and bool(super().is_workday(day))

    kernel = replace(world.kernel, local_calendars={REGION: Closed.published()})
    head = await world.actor("沈洁")
    with pytest.raises(UrgingDay):
        await urge(kernel, head, REGION, case, Demand("请尽快受理并答复", friday))
    assert await urge(world.kernel, head, REGION, case, Demand("请尽快受理并答复", friday))
