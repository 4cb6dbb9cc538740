"""What is stored of the clock is what the clock says, after every step of every story of every pack."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import Template
from tests.packs.test_stories import TOLD

from tongban.assembly.definitions import Pack, Story
from tongban.assembly.playing import play
from tongban.basics.sql import load_queries
from tongban.cases.clock_of import clock_of, due_of_case, due_of_task
from tongban.cases.rows import to_case, to_events, to_tasks
from tongban.cases.timers import Watch, next_look
from tongban.cli import stories
from tongban.cli.kernel_stage import KernelStage
from tongban.cli.stories import Rehearsal

_queries = load_queries("tongban.cases")
SEEN: list[str] = []


class Auditor:
    """A stage that reads the case after every verb and derives its clock anew, from the events alone."""

    def __init__(self, stage: KernelStage) -> None:
        self.stage = stage

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self.stage, name)

        async def audited(*given: Any, **named: Any) -> Any:
            try:
                return await verb(*given, **named)
            finally:
                if self.stage._case is not None:
                    await self.audit(name)

        return audited

    async def audit(self, verb: str) -> None:
        """Compare. A moment that has just passed need not have been looked at yet."""
        kernel = self.stage.kernel
        async with kernel.database.connection() as connection:
            row = await _queries.case(connection, region=self.stage.region, id=self.stage.case)
        case, tasks, events = to_case(row), to_tasks(row.tasks), to_events(row.events)
        version = kernel.catalogue.pinned(case.pack, case.version, case.journey)
        clock = clock_of(version, case, events, tasks, kernel.limits, kernel.calendar, row.now)
        stored: Mapping[str, object] = {"case": case.due_on} | {t.task: t.due_on for t in tasks if _kept(t.state)}
        derived = {"case": due_of_case(clock)} | {t.task: due_of_task(clock, t) for t in tasks if _kept(t.state)}
        assert stored == derived, verb
        assert case.look_at == next_look(Watch(case, {t.task: t for t in tasks}, events, clock)), verb
        SEEN.append(verb)


def _kept(state: str) -> bool:
    return state in ("waiting", "ready", "done")


@pytest.fixture(scope="module")
async def rehearsal(template: Template) -> AsyncIterator[Rehearsal]:
    """All packs installed together, as on a node."""
    address = template.copy()
    kernel = template.world(address).kernel
    await kernel.database.open()
    yield replace(template.rehearsal, kernel=kernel)
    await kernel.database.close()
    template.drop(address)


@pytest.mark.parametrize(("pack", "story"), TOLD, ids=[f"{pack.manifest.id}: {story.it}" for pack, story in TOLD])
async def test_stored_due_dates_are_what_the_clock_derives(
    rehearsal: Rehearsal, pack: Pack, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def audited(told: Story, stage: KernelStage, version: Any) -> Any:
        return await play(told, Auditor(stage), version)

    monkeypatch.setattr(stories, "play", audited)
    SEEN.clear()
    played = await rehearsal.play(story.journey or pack.journeys[0].id, story)
    assert played.failures == ()
    assert SEEN or all("fails" in (body or {}) for step in story.steps for body in step.values())
