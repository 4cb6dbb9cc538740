"""The abnormal kinds that come of special acts and of silence, found by the jobs process itself within a minute."""

import asyncio
import datetime as dt
import time
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from tests.cases.oversight.test_watching import found, later
from tests.cases.test_procedures import act
from tests.world import LEAD, MONDAY, REGION, World

from tongban.basics.calendar import CST, WorkingCalendar
from tongban.basics.database import Connection
from tongban.basics.outbox import drain
from tongban.basics.rules import compile
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.actions.timers import look_at_due
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, PastEvent, Task
from tongban.cases.oversight.definitions import Watch
from tongban.cases.oversight.models import Watched
from tongban.cases.oversight.names import SCHEMA, Days
from tongban.cases.oversight.shortfalls import Sight
from tongban.cases.oversight.watching import AHEAD_DAYS, CompiledWatch, next_look, set_off
from tongban.jobs.watching import HANDLERS, TOUCHING, keep_watching
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Form, Journey, Limit
from tongban.services.definitions import Task as TaskDefinition

CALENDAR = WorkingCalendar.published()


def test_every_special_act_has_the_case_looked_at() -> None:
    assert {procedure.event for procedure in PROCEDURES.values()} <= set(TOUCHING)


async def test_a_clock_that_stands_too_long_is_found_and_one_resumed_in_time_is_not(world: World) -> None:
    long, short = await world.accepted(), await world.accepted()
    for case in (long, short):
        await act(world, LEAD, case, "suspend", cause="appraisal", until=MONDAY + dt.timedelta(days=60))
    await later(world, 20)
    assert "stopped_too_long" not in {watch for watch, _ in await found(world)}
    await act(world, LEAD, short, "resume", cause="appraisal")
    await later(world, 1)
    assert ("stopped_too_long", "") in await found(world)
    rows = await world.rows("SELECT case_id, department FROM tickets WHERE watch = 'stopped_too_long'")
    assert [(row.case_id, row.department) for row in rows] == [(long, "health")]


async def test_acceptance_by_silence_is_a_skipped_step(world: World) -> None:
    case = await world.submitted()
    heeded = await world.submitted()
    await world.decide(LEAD, heeded, INTAKE, "accept")
    await later(world, 6)
    while await look_at_due(world.kernel, REGION):
        continue
    assert ("skipped_step", INTAKE) in await found(world)
    rows = await world.rows("SELECT case_id FROM tickets WHERE watch = 'skipped_step'")
    assert [row.case_id for row in rows] == [case]


async def watched_by_the_process(world: World, until: int) -> float:
    """Seconds until the drain and the watching loop together have opened ``until`` tickets."""
    stop, begun = asyncio.Event(), time.monotonic()

    async def kernel_now(connection: Connection) -> Kernel:
        return world.kernel

    async def draining() -> None:
        while not stop.is_set():
            async with world.database.connection() as connection:
                await drain(connection, HANDLERS)
            await asyncio.sleep(0.2)

    async def counting() -> None:
        for _ in range(600):
            if await world.one("SELECT count(*) FROM tickets") >= until:
                break
            await asyncio.sleep(0.1)
        stop.set()

    loops = (
        keep_watching(world.database, kernel_now, stop),
        keep_watching(world.database, kernel_now, stop),
        draining(),
        counting(),
    )
    await asyncio.gather(*loops)
    return time.monotonic() - begun


async def test_the_jobs_process_finds_what_was_done_within_a_minute_and_once(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse", "不行不行不行")
    assert await watched_by_the_process(world, 1) < 60
    assert await world.one("SELECT count(*) FROM tickets") == 1


async def test_a_process_that_was_stopped_for_a_month_catches_up_once(world: World) -> None:
    cases: list[UUID] = [await world.submitted() for _ in range(3)]
    await later(world, 22)
    assert await watched_by_the_process(world, 3) < 60
    rows = await world.rows("SELECT case_id, watch, task, count(*) AS n FROM tickets GROUP BY 1, 2, 3")
    assert {row.n for row in rows} == {1} and {row.case_id for row in rows} == set(cases)


async def test_a_new_set_of_watches_has_every_open_case_looked_at_again(world: World) -> None:
    await world.submitted()
    assert await found(world) == set()
    ways = world.kernel.oversight
    rule = compile("case.open", SCHEMA)
    extra = CompiledWatch("local", "1.0.0", Watch("anything", "本地规则", "case.open", "请看", "地方规定"), rule)
    new = replace(ways, watches=(*ways.watches, extra), every={**ways.every, extra.key: extra})
    world.kernel = replace(world.kernel, oversight=new)
    assert await watched_by_the_process(world, 1) < 60
    assert [row.watch for row in await world.rows("SELECT watch FROM tickets")] == ["anything"]


# ---- when to look again --------------------------------------------------------------------------------------

RULES = (
    "task.state = 'ready' AND task.overdue_days > 0",
    "case.state = 'accepted' AND case.idle_days > 3",
    "case.open AND case.overdue_days > 1",
    "case.suspended_days > 2",
    "task.days_since_decision > 1 AND task.result_missing",
    "case.open AND today > DATE '2026-03-04'",
)
WATCHES = [
    CompiledWatch("p", "1", Watch(f"w{n}", "", rule, "", ""), compile(rule, SCHEMA)) for n, rule in enumerate(RULES)
]
JOURNEY = Journey(
    id="j", name="", summary="", audience="person", lead="a", form="f",
    tasks=[TaskDefinition(id="step", name="", department="a", item="i", days=3)],
    promise=Limit(days=5), statutory=Limit(days=20),
)  # fmt: skip
VERSION = JourneyVersion("p", "1", JOURNEY, Form(id="f", title="", steps=[]), {}, {}, {})
MOMENTS = st.dates(dt.date(2026, 2, 1), dt.date(2026, 3, 10)).map(
    lambda day: dt.datetime.combine(day, dt.time(10), CST)
)


@given(MOMENTS, st.integers(0, 12), st.booleans(), st.booleans(), st.integers(0, 10))
def test_nothing_becomes_abnormal_before_the_next_look(
    submitted: dt.datetime, due: int, accepted: bool, stands: bool, today: int
) -> None:
    begun = submitted.astimezone(CST).date()
    due_on = CALENDAR.add_workdays(begun, due).day
    events = [PastEvent("case.submitted", submitted, actor="applicant")]
    if stands:
        events.append(PastEvent("case.suspended", submitted, actor="a", detail={"cause": "appraisal"}))
    watched = Watched(
        region=REGION, id=UUID(int=1), number="n", pack="p", version="1", journey="j",
        state="accepted" if accepted else "submitted", outcome=None, submitted_at=submitted,
        accepted_at=submitted if accepted else None, closed_at=None, due_on=due_on,
        tasks=(
            Task(INTAKE, "intake", "a", "done" if accepted else "ready", submitted, due_on, submitted),
            Task("step", "step", "a", "ready" if accepted else "waiting", submitted, due_on),
        ),
        events=tuple(events),
    )  # fmt: skip
    sight, now = Sight(watched, VERSION), begun + dt.timedelta(days=today)
    known = set(set_off(WATCHES, sight, Days(now, CALENDAR)))
    look = next_look(WATCHES, sight, now, CALENDAR)
    assert look is not None
    last = look.astimezone(CST).date()
    assert now < last <= now + dt.timedelta(days=AHEAD_DAYS)
    for ahead in range(1, (last - now).days):
        day = now + dt.timedelta(days=ahead)
        assert set(set_off(WATCHES, sight, Days(day, CALENDAR))) <= known
