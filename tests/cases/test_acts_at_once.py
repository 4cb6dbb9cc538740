"""Two acts on one case at once happen one after the other, whether the second waits for a lock or finds it was late."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.world import LEAD, REGION, World

from tongban.cases.actions.decisions import Decided
from tongban.cases.actions.events import Event
from tongban.cases.actions.locked import Overtaken, case_as_seen, locked_case
from tongban.cases.errors import TaskFinished
from tongban.cases.models import INTAKE

BUMP = "UPDATE cases SET revision = revision + 1 WHERE region = %(r)s AND id = %(c)s"


async def _counts(world: World, case: UUID) -> list[Any]:
    """How many events, ledger entries, promises and messages of the case there are, and its revision."""
    return await world.rows(
        "SELECT (SELECT count(*) FROM case_events WHERE region = %(r)s AND case_id = %(c)s) AS events,"
        " (SELECT count(*) FROM ledger_entries WHERE region = %(r)s AND subject = %(c)s) AS entries,"
        " (SELECT count(*) FROM ledger_promises p JOIN ledger_entries e ON e.region = p.region AND e.id = p.entry_id"
        "   WHERE e.subject = %(c)s) AS promises,"
        " (SELECT count(*) FROM outbox WHERE payload ->> 'case' = %(c)s::text) AS messages,"
        " (SELECT revision FROM cases WHERE region = %(r)s AND id = %(c)s)",
        r=REGION,
        c=case,
    )


async def test_an_act_that_was_overtaken_writes_nothing(world: World) -> None:
    case = await world.submitted()
    with pytest.raises(Overtaken):
        async with case_as_seen(world.kernel, REGION, case) as held:
            await world.decide(LEAD, case, INTAKE, "accept")
            after_the_first = await _counts(world, case)
            held.put([held.tasks[INTAKE]])
            held.events.append(Event("case.edited", INTAKE))
    assert await _counts(world, case) == after_the_first


async def test_an_overtaken_act_with_more_than_one_statement_writes_nothing(world: World) -> None:
    case = await world.submitted()
    before = await world.one("SELECT dossier FROM cases WHERE id = %(c)s", c=case)
    with pytest.raises(Overtaken):
        async with case_as_seen(world.kernel, REGION, case) as held:
            await world.rows(BUMP, r=REGION, c=case)
            held.replace_dossier(held.dossier)
    assert await world.one("SELECT dossier FROM cases WHERE id = %(c)s", c=case) == before


async def test_a_decision_that_was_overtaken_is_taken_after_the_other_act(world: World) -> None:
    case = await world.submitted()
    before = (await _counts(world, case))[0]
    async with world.database.transaction() as other:
        await other.execute(BUMP, {"r": REGION, "c": case})
        deciding = asyncio.create_task(world.decide(LEAD, case, INTAKE, "accept"))
        await asyncio.sleep(0.3)
        assert not deciding.done()
    decided: Decided = await deciding
    after = (await _counts(world, case))[0]
    assert decided.case_state == "accepted"
    assert [late - early for early, late in zip(before, after, strict=True)] == [1, 1, 1, 1, 2]
    assert len(decided.promises) == 1


async def test_a_decision_that_the_other_act_made_impossible_is_refused(world: World) -> None:
    case = await world.submitted()
    first = await asyncio.gather(
        *(world.decide(LEAD, case, INTAKE, "accept", revision=1) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, Decided) for one in first) == 1
    assert sum(isinstance(one, TaskFinished) for one in first) == 3


async def test_who_waited_for_the_lock_acts_on_what_the_other_left_behind(world: World) -> None:
    case = await world.submitted()
    async with world.database.transaction() as first:
        await first.execute(BUMP, {"r": REGION, "c": case})
        await first.execute(
            "UPDATE tasks SET decision = 'accepted' WHERE region = %s AND case_id = %s AND task = %s",
            (REGION, case, INTAKE),
        )
        waiting = asyncio.create_task(_seen_under_lock(world, case))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert await waiting == (2, "accepted")


async def _seen_under_lock(world: World, case: UUID) -> tuple[int, str | None]:
    async with locked_case(world.kernel, REGION, case) as held:
        return held.case.revision, held.tasks[INTAKE].decision
