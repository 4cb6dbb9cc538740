"""Lights change where a region says so, and are as ever where nothing is declared."""

import datetime as dt
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.world import LEAD, REGION, World

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.cases.models import INTAKE
from tongban.cases.oversight.definitions import LightRule, Threshold
from tongban.cases.oversight.lights import DEFAULT, Lights, Marks
from tongban.cases.views.desk import Narrowing, inbox
from tongban.cases.views.reading import my_cases
from tongban.services.definitions import Journey, Limit, Task

CALENDAR = WorkingCalendar.published()
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31))
JOURNEY = Journey(
    id="birth",
    name="出生",
    summary="",
    audience="person",
    lead="health",
    form="birth",
    tasks=[Task(id="register", name="登记", department="police", item="birth-registration", days=20)],
    promise=Limit(days=45),
    statutory=Limit(days=60),
)


def as_ever(due: dt.date, today: dt.date) -> str:
    """The light as it was before anything could be declared."""
    if today > due:
        return "red"
    return "yellow" if CALENDAR.workdays_between(today, due) <= 1 else "green"


@given(DAYS, DAYS)
def test_nothing_declared_changes_nothing(due: dt.date, today: dt.date) -> None:
    assert Lights().of_task(REGION, JOURNEY, "register").light(due, today, CALENDAR) == as_ever(due, today)
    assert Lights().of_case(REGION, JOURNEY).light(due, today, CALENDAR) == as_ever(due, today)


@given(st.integers(0, 10), st.none() | st.integers(0, 9), DAYS, DAYS)
def test_the_bounds_of_a_list_show_what_each_line_shows(
    yellow: int, red: int | None, due: dt.date, today: dt.date
) -> None:
    if not CALENDAR.is_workday(due):
        due = CALENDAR.add_workdays(due, 1).day
    marks = Marks(yellow, red)
    shown = marks.light(due, today, CALENDAR)
    if due <= marks.red_until(today, CALENDAR):
        assert shown == "red"
    elif due <= marks.yellow_until(today, CALENDAR):
        assert shown == "yellow"
    else:
        assert shown == "green"


def test_a_share_is_measured_against_the_limit_and_whichever_is_earlier_counts() -> None:
    lights = Lights((LightRule(yellow=Threshold(days=2, share=20)),))
    assert lights.of_task(REGION, JOURNEY, "register").yellow == 4
    assert lights.of_task(REGION, JOURNEY, INTAKE).yellow == 2
    assert lights.of_case(REGION, JOURNEY).yellow == 9


@pytest.mark.parametrize(
    ("rule", "task", "case"),
    [
        (LightRule(yellow=Threshold(days=5)), 5, 5),
        (LightRule(yellow=Threshold(days=5), level="case"), 1, 5),
        (LightRule(yellow=Threshold(days=5), task="register"), 5, 1),
        (LightRule(yellow=Threshold(days=5), item="birth-registration"), 5, 1),
        (LightRule(yellow=Threshold(days=5), journey="move-in"), 1, 1),
        (LightRule(yellow=Threshold(days=5), region="3301"), 5, 5),
        (LightRule(yellow=Threshold(days=5), region="3302"), 1, 1),
    ],
)
def test_a_rule_binds_what_it_names(rule: LightRule, task: int, case: int) -> None:
    lights = Lights((rule,))
    assert (lights.of_task(REGION, JOURNEY, "register").yellow, lights.of_case(REGION, JOURNEY).yellow) == (task, case)


def test_the_most_specific_rule_counts() -> None:
    rules = [
        LightRule(yellow=Threshold(days=2)),
        LightRule(yellow=Threshold(days=3), region="3301"),
        LightRule(yellow=Threshold(days=4), journey="birth"),
        LightRule(yellow=Threshold(days=6), journey="birth", task="register", red=Threshold(days=0)),
    ]
    lights = Lights(tuple(rules))
    assert lights.of_task(REGION, JOURNEY, "register") == Marks(6, 0)
    assert lights.of_task(REGION, JOURNEY, INTAKE) == Marks(4)
    assert Lights(tuple(rules[:2])).of_task(REGION, JOURNEY, INTAKE) == Marks(3)


async def test_inbox_filter_counts_and_lines_agree_with_what_is_declared(world: World) -> None:
    await world.submitted()
    rule = LightRule(yellow=Threshold(days=5), journey="birth", task=INTAKE)
    local = replace(world.kernel, oversight=replace(world.kernel.oversight, lights=Lights((rule,))))
    actor, today = await world.actor(LEAD), local_day(await world.now())
    for kernel, shows in ((world.kernel, "green"), (local, "yellow")):
        held = await inbox(kernel, actor, REGION, today)
        assert [line.light for line in held.tasks] == [shows]
        assert held.soon == (shows == "yellow")
        for light in ("red", "yellow", "green"):
            part = await inbox(kernel, actor, REGION, today, only=Narrowing(light=light))
            assert len(part.tasks) == (light == shows)


async def test_my_matters_show_the_light_of_the_case(world: World) -> None:
    await world.accepted()
    rule = LightRule(yellow=Threshold(share=100), level="case")
    local = replace(world.kernel, oversight=replace(world.kernel.oversight, lights=Lights((rule,))))
    actor = await world.actor("王芳")
    assert [line.light for line in (await my_cases(world.kernel, actor))[0]] == ["green"]
    assert [line.light for line in (await my_cases(local, actor))[0]] == ["yellow"]


def test_a_rule_is_read_as_it_is_written() -> None:
    read = msgspec.convert({"yellow": {"days": 3}, "level": "task"}, LightRule)
    assert read.yellow.of(10) == 3 and DEFAULT.red is None
