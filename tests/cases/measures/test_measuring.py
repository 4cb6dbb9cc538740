"""A case that was played is measured as somebody would by hand; counted once; shown only among enough others."""

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.world import CLAIM, FANG, JING, LEAD, REASONS, REGION, WEI, World

from tongban.basics.outbox import Message
from tongban.basics.sql import load_queries
from tongban.cases.actions import applicant, files
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.measures import counting
from tongban.cases.measures.errors import MonthsUnfit
from tongban.cases.measures.models import JourneyMeasures, Phases, Spread
from tongban.cases.measures.reading import journey_effect, journey_measures, months_between, months_until
from tongban.cases.models import INTAKE
from tongban.cases.views.desk import task_page
from tongban.cases.views.reading import case_page
from tongban.cli.kernel_stage import photo
from tongban.parties.errors import NotAllowed

HEAD = "沈洁"
"""Heads the health department, which leads the birth journey."""

HOUR = 3600
NOVEMBER = dt.date(2026, 11, 1)
queries = load_queries("tongban.cases.measures")


def day(number: int) -> dt.date:
    return dt.date(2026, 11, number)


async def opened(world: World, name: str, case: UUID, task: str) -> None:
    await task_page(world.kernel, await world.actor(name), REGION, case, task)


async def act(world: World, name: str, case: UUID, kind: str, task: str, **said: Any) -> None:
    revision = await world.one("SELECT revision FROM tasks WHERE case_id = %(c)s AND task = %(t)s", c=case, t=task)
    await perform(
        world.kernel, await world.actor(name), REGION, case, Act(kind, revision, task=task, reasons=REASONS, **said)
    )


async def applied(world: World) -> UUID:
    """王芳 applies on Monday at nine; a bill that she does not consent to be looked up she brings herself."""
    draft = await world.ready(FANG, **CLAIM)
    kernel, actor = world.kernel, await world.actor(FANG)
    await files.upload(
        kernel, actor, await world.now(), REGION, draft.id, "medical_bill", "a.jpg", "image/jpeg", photo()
    )
    return (await world.submit(draft)).id


async def supplemented(world: World, case: UUID) -> None:
    """On Monday at three intake asks for a better picture; she brings it on Tuesday at nine."""
    await world.go_to(day(23), 15)
    await world.decide(LEAD, case, INTAKE, "supplement", materials=("medical_bill",))
    await world.go_to(day(24), 9)
    kernel, actor = world.kernel, await world.actor(FANG)
    now = await world.now()
    await files.upload(kernel, actor, now, REGION, case, "medical_bill", "b.jpg", "image/jpeg", photo())
    page = await case_page(kernel, actor, REGION, case)
    await applicant.change(kernel, actor, REGION, case, page.revision, {})


async def played(world: World) -> UUID:
    """One case from Monday 23 November to Monday 30 November, its hours as the test below counts them."""
    case = await applied(world)
    await supplemented(world, case)
    await world.go_to(day(24), 15)
    await opened(world, LEAD, case, INTAKE)
    await world.go_to(day(24), 17)
    await world.decide(LEAD, case, INTAKE, "accept")
    await world.go_to(day(25), 9)
    await world.decide(LEAD, case, "maternity_registration", "approve")
    await opened(world, LEAD, case, "birth_certificate")
    await world.go_to(day(25), 11)
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.go_to(day(25), 17)
    await opened(world, WEI, case, "household_registration")
    await world.go_to(day(26), 9)
    await act(world, WEI, case, "suspend", "household_registration", cause="appraisal", until=day(27))
    await world.go_to(day(27), 9)
    await act(world, WEI, case, "resume", "household_registration", cause="appraisal")
    await world.go_to(day(30), 9)
    await world.decide(WEI, case, "household_registration", "approve")
    return case


async def finished(world: World, case: UUID) -> None:
    """Every handler whose turn it is decides at once, until the case is closed."""
    journey = world.kernel.catalogue.journey("birth").journey
    while ready := sorted(task for task, state in (await world.states(case)).items() if state == "ready"):
        definition = journey.task(ready[0])
        assert definition is not None
        department = world.kernel.directory.department_for(REGION, definition.department).id
        name = next(p.name for p in world.people.values() if p.posts.get(department) in ("handler", "head"))
        await world.decide(name, case, ready[0], "approve")


async def measured(world: World) -> None:
    """What the jobs process does: drain what has ended, measure it."""
    async with world.database.connection() as connection:
        for row in await world.rows("SELECT region, id, topic, payload FROM outbox"):
            if row.topic in counting.ENDINGS:
                await counting.note(connection, Message(*row, 0, await world.now()))
        await counting.count_all(connection, world.kernel)


async def figures(world: World, case: UUID) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await world.one("SELECT figures FROM case_measures WHERE case_id = %(c)s", c=case)
    return found


def phases(found: Mapping[str, Any], task: str) -> Phases:
    """To the quarter of an hour: the platform's time goes on while a busy machine plays the acts."""
    return Phases(**{name: round(seconds / 900) * 900 for name, seconds in found["stations"][task].items()})


async def test_a_story_gives_the_figures_counted_by_hand(world: World) -> None:
    case = await played(world)
    await finished(world, case)
    await measured(world)
    found = await figures(world, case)
    assert {name: found[name] for name in ("links", "materials", "days", "trips")} == {
        "links": 2,  # applying, and supplying once
        "materials": 1,  # the bill
        "days": 4,  # Tuesday's acceptance to Monday: Wednesday, Thursday, Friday, Monday
        "trips": 0,
    }
    assert (found["materials_not_asked"], found["fields_not_asked"]) == (4, 11)
    # Intake: six hours untouched, eighteen with the applicant, six untouched again, two of work.
    assert phases(found, INTAKE) == Phases(waiting=18 * HOUR, untouched=12 * HOUR, standing=0, worked=2 * HOUR)
    assert phases(found, "maternity_registration") == Phases(0, 16 * HOUR, 0, 0)
    assert phases(found, "birth_certificate") == Phases(0, 16 * HOUR, 0, 2 * HOUR)
    # From Wednesday eleven: six hours untouched, sixteen worked, a day standing, then from Friday nine to Monday nine.
    assert phases(found, "household_registration") == Phases(18 * HOUR, 6 * HOUR, 24 * HOUR, (16 + 24) * HOUR)
    # Nobody looked from Wednesday eleven to Monday nine: thirteen hours, two days, nine hours.
    assert phases(found, "vaccination_record") == Phases(18 * HOUR, (13 + 48 + 9) * HOUR, 0, 0)
    assert "insurance_payment" not in found["stations"]
    assert found["items"]["birth-registration"] == {"days": [3], "materials": 0, "trips": 0}
    assert found["items"]["maternity-expenses"] == {"days": [0], "materials": 1, "trips": 0}
    assert found["path"][:2] == ["event:supplement", "event:suspension"]
    assert "task:household_registration:approved" in found["path"] and found["path"][-1] == "end:granted"
    assert not any("insurance_payment" in mark for mark in found["path"])


async def test_the_finished_case_itself_shows_before_and_after(world: World) -> None:
    case = await played(world)
    assert (await world.page(case)).effect is None
    await finished(world, case)
    effect = (await world.page(case)).effect
    assert effect is not None and effect.before is not None
    assert (effect.before.days, effect.days) == (32, 4)
    assert (effect.before.steps, effect.links) == (16, 2)
    assert (effect.before.materials, effect.materials) == (9, 1)
    assert (effect.before.trips, effect.trips) == (4, 0)


async def counts(world: World) -> dict[tuple[str, str], int]:
    rows = await world.rows("SELECT kind, measure, sum(cases) AS n FROM measure_counts GROUP BY kind, measure")
    return {(row.kind, row.measure): row.n for row in rows}


async def test_a_case_is_counted_once_however_often_it_is_told(world: World) -> None:
    case = await world.accepted()
    await finished(world, case)
    await measured(world)
    once = await counts(world)
    assert once["journey", "days"] == once["path", "cases"] == 1
    await measured(world)
    assert await counts(world) == once
    assert await world.one("SELECT count(*) FROM measures_due") == 0


async def test_a_case_that_ended_without_a_decision_only_shows_as_a_way(world: World) -> None:
    refused = await world.submitted()
    await world.decide(LEAD, refused, INTAKE, "refuse")
    await measured(world)
    assert await counts(world) == {("path", "cases"): 1}
    assert await world.one("SELECT steps FROM measure_paths") == ["end:refused"]
    assert (await world.page(refused)).effect is None


async def test_a_case_that_runs_is_not_measured(world: World) -> None:
    case = await world.accepted()
    async with world.database.connection() as connection:
        await queries.put_due(connection, region=REGION, case_id=case)
        assert await counting.count(connection, world.kernel) == 1
    assert await counts(world) == {}


async def test_a_case_that_cannot_be_measured_keeps_nobody_waiting(world: World) -> None:
    case = await world.accepted()
    await finished(world, case)
    other = await world.submitted()
    await world.decide(LEAD, other, INTAKE, "refuse")
    await world.rows("UPDATE cases SET dossier = 'x' WHERE id = %(c)s", c=case)
    await measured(world)
    assert await counts(world) == {("path", "cases"): 1}
    (due,) = await world.rows("SELECT case_id, attempts, error FROM measures_due")
    assert (due.case_id, due.attempts, due.error) == (case, 1, "SealBroken")


async def test_two_who_count_at_once_count_each_case_once(world: World) -> None:
    case = await world.accepted()
    await finished(world, case)
    async with world.database.connection() as one, world.database.connection() as other:
        await queries.put_due(one, region=REGION, case_id=case)
        async with one.transaction():
            assert await counting.count(one, world.kernel) >= 1
            assert await counting.count(other, world.kernel) == 0
    assert (await counts(world))["path", "cases"] == 1


# ---- many cases ------------------------------------------------------------------------------------------


async def added(world: World, rows: Sequence[tuple[str, str, str, int, int]], month: dt.date = NOVEMBER) -> None:
    """Counts as if so many cases had been measured: kind, subject, measure, value, cases."""
    async with world.database.connection() as connection:
        await connection.execute("DELETE FROM measure_counts")
        for kind, subject, measure, value, cases in rows:
            await connection.execute(
                "INSERT INTO measure_counts VALUES (%s, 'birth', %s, %s, %s, %s, %s, %s)",
                (REGION, month, kind, subject, measure, value, cases),
            )


async def shown(world: World, name: str = HEAD) -> JourneyMeasures:
    return await journey_measures(world.kernel, await world.actor(name), REGION, "birth", (NOVEMBER, NOVEMBER))


async def test_medians_and_quartiles_are_observed_values(world: World) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.integers(0, 9), min_size=5, max_size=40))
    def drawn(values: list[int]) -> None:
        samples.append(values)

    samples: list[list[int]] = []
    drawn()
    for values in samples:
        await added(world, [("journey", "", "days", value, values.count(value)) for value in set(values)])
        spread = next(c.after for c in (await shown(world)).comparisons if c.measure == "days")
        order = sorted(values)
        quarter = -(-len(values) // 4)
        three = -(-3 * len(values) // 4)
        expected = Spread(len(values), statistics.median_low(values), order[quarter - 1], order[three - 1])
        assert spread == expected


async def test_fewer_than_five_cases_are_not_shown(world: World) -> None:
    station = [("station", INTAKE, one, 1440, 4) for one in ("waiting", "untouched", "standing", "worked", "idle")]
    item = [("item", "birth-registration", one, 1, 4) for one in ("days", "materials", "trips")]
    totals = [("journey", "", one, 3, 4) for one in ("links", "days", "materials_not_asked", "fields_not_asked")]
    await added(world, [*station, *item, *totals, ("path", "d", "cases", 0, 4)])
    seen = await shown(world)
    assert seen.cases is None and seen.materials_not_asked is None and seen.fields_not_asked is None
    assert [one.after for one in seen.comparisons] == [None] * 4
    assert (seen.stations, seen.items, seen.paths, seen.other_paths) == ([], [], [], 0)
    await added(world, [(*row[:4], 5) for row in [*station, *item, *totals]])
    seen = await shown(world)
    assert (seen.cases, seen.materials_not_asked, seen.fields_not_asked) == (5, 15, 15)
    assert [one.task for one in seen.stations] == [INTAKE] and seen.stations[0].idle == 1.0
    assert [one.days for one in seen.items] == [Spread(5, 1, 1, 1)]


async def test_the_bottleneck_is_where_cases_lose_the_longest_median_time(world: World) -> None:
    rows = [("journey", "", "links", 1, 30)]
    for task, idle in {INTAKE: 720, "birth_certificate": 2880, "household_registration": 1440}.items():
        rows += [("station", task, one, idle, 30) for one in ("untouched", "idle")]
        rows += [("station", task, one, 0, 30) for one in ("waiting", "standing", "worked")]
    await added(world, rows)
    stations = {one.task: one for one in (await shown(world)).stations}
    assert [task for task, one in stations.items() if one.bottleneck] == ["birth_certificate"]
    assert stations["birth_certificate"].idle == 2.0 and stations["birth_certificate"].cases == 30


async def test_a_station_does_not_tell_how_few_cases_passed_it_by(world: World) -> None:
    names = ("waiting", "untouched", "standing", "worked", "idle")
    rows = [("journey", "", "links", 1, 30)]
    rows += [("station", "birth_certificate", one, 60, 28) for one in names]
    rows += [("station", "social_card", one, 60, 25) for one in names]
    await added(world, rows)
    assert {one.task: one.cases for one in (await shown(world)).stations} == {
        "birth_certificate": None,
        "social_card": 25,
    }


async def test_ways_are_told_by_their_names_and_rare_ones_together(world: World) -> None:
    async with world.database.connection() as connection:
        for digest, steps in {
            "a": ["task:birth_certificate:approved", "end:granted"],
            "b": ["event:supplement", "task:birth_certificate:declined", "end:declined"],
            "c": ["end:withdrawn"],
        }.items():
            await connection.execute("INSERT INTO measure_paths VALUES (%s, to_jsonb(%s::text[]))", (digest, steps))
    await added(world, [("path", "a", "cases", 0, 20), ("path", "b", "cases", 0, 7), ("path", "c", "cases", 0, 6)])
    seen = await shown(world)
    assert [(len(one.steps), one.cases) for one in seen.paths] == [(2, 20), (3, 7), (1, 6)]
    assert seen.paths[1].steps[1].name == "出生医学证明" and seen.paths[1].steps[1].result == "declined"
    await added(world, [("path", "a", "cases", 0, 20), ("path", "b", "cases", 0, 3), ("path", "c", "cases", 0, 2)])
    seen = await shown(world)
    assert ([one.cases for one in seen.paths], seen.other_paths) == ([20], 5)


async def test_only_heads_and_supervisors_read_the_measures_of_a_journey(world: World) -> None:
    assert (await shown(world)).name == "新生儿出生一件事"
    for name in (WEI, LEAD, JING, FANG):
        with pytest.raises(NotAllowed):
            await shown(world, name)


async def test_everybody_reads_before_and_after(world: World) -> None:
    today = day(30)
    await added(world, [("journey", "", "days", 4, 3), ("journey", "", "days", 2, 4)])
    version = world.kernel.catalogue.journey("birth")
    async with world.database.connection() as connection:
        effect = await journey_effect(connection, version, REGION, today)
    days = next(one for one in effect.comparisons if one.measure == "days")
    assert (effect.cases, days.before, days.after) == (7, 32, Spread(7, 2, 2, 4))
    assert effect.first == dt.date(2025, 12, 1) and effect.last == NOVEMBER


def test_months_are_the_last_twelve_unless_others_are_asked_for() -> None:
    today = dt.date(2026, 1, 31)
    assert months_until(today) == (dt.date(2025, 2, 1), dt.date(2026, 1, 1))
    assert months_between(None, None, today) == months_until(today)
    assert months_between("2025-11", "2025-12", today) == (dt.date(2025, 11, 1), dt.date(2025, 12, 1))
    for first, last in (("2026-02", "2026-01"), ("2020-01", "2026-01"), ("heute", None), ("0001-01", None)):
        with pytest.raises(MonthsUnfit):
            months_between(first, last, today)


async def test_measuring_keeps_no_name_and_no_number_of_anybody(world: World) -> None:
    case = await played(world)
    await finished(world, case)
    await measured(world)
    tables = ("task_openings", "case_measures", "measure_counts", "measure_paths")
    kept = "".join([str(await world.rows(f"SELECT * FROM {table}")) for table in tables])
    assert "household_registration" in kept
    assert not [name for name in world.people if name in kept]
    assert not [one.id_number for one in world.people.values() if one.id_number in kept]
