"""A journey that nobody has seen is made, checked, installed into a running kernel and run to its end.

What must come of it is reckoned apart from the rule language and the engine: the generator knows which guards
are true for its answers, and the order is read from the dates and events that the store holds.
"""

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import namedtuple_row
from tests.assembly.random_journey import RandomPack
from tests.world import PACKS, REGION, World

from tongban.assembly.installing import install, load_installed
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import local_day
from tongban.cases.actions import drafts, files
from tongban.cases.actions.submission import submit
from tongban.cases.models import INTAKE
from tongban.cases.views.desk import task_page
from tongban.cli.compose import kernel_of
from tongban.cli.kernel_stage import photo
from tongban.cli.seeding import propose_all_grants, seed_people
from tongban.services.definitions import Journey

DAILY = range(6)
LONG = range(6, 120)


async def _installed(world: World, pack: RandomPack, into: Path) -> World:
    """``world`` with ``pack`` taken up while it runs, as the web process does."""
    for manifest in PACKS.glob("*/pack.yaml"):
        (into / manifest.parent.name).symlink_to(manifest.parent)
    old = world.kernel
    async with await psycopg.AsyncConnection.connect(
        world.database.conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        await install(connection, [pack.write(into)])
        platform = await load_installed(connection)
        own = [person for person in platform.seeds.people if person.name == pack.person]
        await seed_people(connection, old.vault, own, {})
        await propose_all_grants(connection, platform)
    providers = {one.resource: RecordProvider(one) for one in platform.seeds.records}
    rows = await world.rows("SELECT p.name, a.id FROM accounts a JOIN persons p ON p.id = a.person")
    kernel = kernel_of(platform, old.database, old.vault, old.signer, providers)
    people = {person.name: person for person in platform.seeds.people}
    return replace(world, kernel=kernel, platform=platform, people=people, accounts=dict(rows))


def _handler(world: World, role: str) -> str:
    department = world.kernel.directory.department_for(REGION, role).id
    return next(p.name for p in world.people.values() if p.posts.get(department) in ("handler", "head"))


async def _submitted(world: World, pack: RandomPack) -> UUID:
    kernel, actor, now = world.kernel, await world.actor(pack.person), await world.now()
    draft = (await drafts.open_draft(kernel, actor, now, REGION, pack.name)).draft
    draft = await drafts.read_notice(kernel, actor, now, REGION, draft.id, [])
    draft = await drafts.save_form(kernel, actor, now, REGION, draft.id, draft.revision, pack.answers)
    for status in drafts.readiness_of(kernel, actor, draft, now).materials:
        if status.state == "missing":
            await files.upload(kernel, actor, now, REGION, draft.id, status.material.id, "a.jpg", "image/jpeg", photo())
    made = await submit(kernel, await world.secret(pack.person), "token", REGION, draft.id)
    return made.id


async def _run_to_the_end(world: World, journey: Journey, case: UUID, luck: random.Random) -> list[str]:
    """Decide whatever is ready, in any order, a working day apart now and then; the order of decisions."""
    order: list[str] = []
    while ready := sorted(t for t, state in (await world.states(case)).items() if state == "ready"):
        name = luck.choice(ready)
        definition = journey.task(name)
        assert definition is not None
        await world.decide(_handler(world, definition.department), case, name, "approve")
        order.append(name)
        if luck.random() < 0.3:
            day = world.kernel.calendar.add_workdays(local_day(await world.now()), 1).day
            await world.go_to(day)
    return order


async def _check_limits(world: World, journey: Journey, case: UUID) -> None:
    for row in await world.rows("SELECT task, started_at, due_on FROM tasks WHERE started_at IS NOT NULL"):
        definition = journey.task(row.task)
        days = definition.days if definition else journey.acceptance.days
        assert _working_days(local_day(row.started_at), row.due_on) == days, row.task


def _working_days(start: dt.date, end: dt.date) -> int:
    """Counted one by one, without the calendar: after ``start`` up to and with ``end``.

    From the end of November 2026 to the end of January every weekday is worked but New Year's Day.
    """
    days = [start + dt.timedelta(days=n + 1) for n in range((end - start).days)]
    return sum(day.weekday() < 5 and (day.month, day.day) != (1, 1) for day in days)


async def _play(world: World, seed: int, into: Path) -> None:
    pack = RandomPack(seed)
    world = await _installed(world, pack, into)
    journey = world.kernel.catalogue.journey(pack.name).journey
    case = await _submitted(world, pack)
    await world.decide(_handler(world, journey.lead), case, INTAKE, "accept")
    order = await _run_to_the_end(world, journey, case, random.Random(seed))
    page = await world.page(case, pack.person)
    assert (page.case.state, page.case.outcome) == ("closed", "granted")
    # Guards: exactly the tasks that the generator reckoned with were decided.
    assert {task: state == "done" for task, state in (await world.states(case)).items() if task != INTAKE} == (
        pack.applies
    )
    # Order: nothing was decided, or even started, before what it comes after.
    rows = {r.task: r for r in await world.rows("SELECT task, started_at, decided_at FROM tasks")}
    for task in journey.tasks:
        for before in task.after:
            if before in order and task.id in order:
                assert order.index(before) < order.index(task.id)
                assert rows[before].decided_at <= rows[task.id].started_at
    await _check_limits(world, journey, case)
    promised = {t.id for t in journey.tasks if t.produces is not None and pack.applies[t.id]}
    assert len(page.licences) == len(promised)
    handler = await world.actor(_handler(world, journey.lead))
    assert (await task_page(world.kernel, handler, REGION, case, INTAKE)).task.decision == "accepted"


@pytest.mark.parametrize("seed", DAILY)
async def test_an_unseen_journey_runs_to_its_end(world: World, seed: int, tmp_path: Path) -> None:
    await _play(world, seed, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG)
async def test_many_unseen_journeys_run_to_their_end(world: World, seed: int, tmp_path: Path) -> None:
    await _play(world, seed, tmp_path)


async def test_a_case_keeps_the_version_it_opened_under(world: World, tmp_path: Path) -> None:
    pack = RandomPack(3)
    world = await _installed(world, pack, tmp_path)
    journey = world.kernel.catalogue.journey(pack.name).journey
    case = await _submitted(world, pack)
    newer = RandomPack(3)
    newer.files["pack.yaml"]["version"] = "1.0.1"
    newer.journey["tasks"][0]["days"] = 1
    newer.journey["promise"]["days"] = newer.journey["promise"]["days"] + 1
    newer.journey["statutory"]["days"] = newer.journey["statutory"]["days"] + 1
    (tmp_path / "later").mkdir()
    world = await _installed(world, newer, tmp_path / "later")
    await world.decide(_handler(world, journey.lead), case, INTAKE, "accept")
    page = await world.page(case, pack.person)
    assert page.line.promise_days == journey.promise.days
    assert world.kernel.catalogue.journey(pack.name).version == "1.0.1"
