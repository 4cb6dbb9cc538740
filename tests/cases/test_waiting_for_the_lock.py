"""Who waited for a case's lock decides on what the other left behind, not on what was seen before."""

import asyncio

from tests.world import REGION, World

from tongban.basics.sql import load_queries
from tongban.cases.models import INTAKE

_queries = load_queries("tongban.cases")


async def test_a_reader_who_waited_is_told_that_the_rest_is_old(world: World) -> None:
    case = await world.submitted()
    database = world.kernel.database
    async with database.transaction() as first:
        before = await _queries.lock_case(first, region=REGION, id=case)
        await first.execute("UPDATE cases SET revision = revision + 1 WHERE region = %s AND id = %s", (REGION, case))
        await first.execute(
            "UPDATE tasks SET decision = 'accepted' WHERE region = %s AND case_id = %s AND task = %s",
            (REGION, case, INTAKE),
        )
        waiting = asyncio.create_task(_locked(world, case))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    seen, revision, waited, again = await waiting
    assert before.seen == before.revision == seen
    assert revision == seen + 1
    assert (waited, again) == (None, "accepted")


async def _locked(world: World, case: object) -> tuple[int, int, object, object]:
    async with world.kernel.database.transaction() as connection:
        row = await _queries.lock_case(connection, region=REGION, id=case)
        parts = await _queries.parts_of(connection, region=REGION, id=case)
        decisions = [next(t["decision"] for t in one.tasks if t["task"] == INTAKE) for one in (row, parts)]
        return row.seen, row.revision, decisions[0], decisions[1]
