"""Whoever data are about objects to a look-up or reports an error: a ticket on the clock, whose answer they see."""

from uuid import UUID

import pytest
from tests.cases.oversight.test_watching import answered, drained, found, later, post, verified
from tests.world import FANG, JING, REGION, WEI, World

from tongban.cases.errors import ReasonsNeeded
from tongban.cases.oversight.errors import ObjectedAlready, TicketNotFound, UseNotFound
from tongban.cases.oversight.objections import Objection, ObjectionState, object_to, objections
from tongban.cases.oversight.views import ticket_page
from tongban.messages.actions import mine
from tongban.parties.errors import NotAllowed
from tongban.resources.actions import Narrowed, consumers, uses
from tongban.resources.models import Use

WORDS = "我没有申请过这件事，为什么查我的婚姻信息"
REASON = "办理新生儿落户须核对父母婚姻登记，依据附后"
VERIFIER = "孙丽"


async def looked_up(world: World) -> Use:
    """A use of 王芳's data that a real application made."""
    await world.ready()
    actor = await world.actor(FANG)
    async with world.database.connection() as connection:
        return (await uses(connection, actor.keys))[0]


async def said(world: World, use: UUID, name: str = FANG) -> list[ObjectionState]:
    """What ``name`` sees under a use."""
    actor = await world.actor(name)
    async with world.database.connection() as connection:
        return await objections(connection, actor.keys, [use])


async def ticket_of(world: World) -> UUID:
    found: UUID = await world.one("SELECT id FROM tickets WHERE about = 'objection'")
    return found


async def department_head(world: World, use: Use) -> None:
    """李伟 works for whoever looked."""
    await post(world, WEI, use.consumer, "handler")


async def test_an_objection_goes_to_who_looked_and_its_answer_comes_back(world: World) -> None:
    use = await looked_up(world)
    await department_head(world, use)
    made = await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("object", WORDS))
    assert made.department == use.consumer
    waiting = (await said(world, use.id))[0]
    assert waiting.answered_at is None and waiting.answer_due == made.answer_due
    ticket = await ticket_of(world)
    assert (await ticket_page(world.kernel, await world.actor(WEI), REGION, ticket)).objection == WORDS
    await answered(world, WEI, ticket, "explained", REASON)
    told = (await said(world, use.id))[0]
    assert (told.answer, told.answer_text, told.state) == ("explained", REASON, "answered")
    await verified(world, VERIFIER, ticket, "excuse", "说明成立，依据充分")
    assert (await said(world, use.id))[0].state == "closed"


async def test_a_report_of_wrong_data_goes_to_who_provided_them(world: World) -> None:
    use = await looked_up(world)
    made = await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("error", WORDS))
    assert made.department == use.provider
    assert await world.one("SELECT watch FROM tickets") == "data_wrong"


async def test_both_may_be_said_but_neither_twice(world: World) -> None:
    use, fang = await looked_up(world), await world.actor(FANG)
    await object_to(world.kernel, fang, REGION, use.id, Objection("object", WORDS))
    await object_to(world.kernel, fang, REGION, use.id, Objection("error", WORDS))
    with pytest.raises(ObjectedAlready):
        await object_to(world.kernel, fang, REGION, use.id, Objection("object", WORDS))
    assert [one.kind for one in await said(world, use.id)] == ["object", "error"]


async def test_nobody_objects_to_what_was_not_about_them(world: World) -> None:
    use = await looked_up(world)
    with pytest.raises(UseNotFound):
        await object_to(world.kernel, await world.actor(JING), REGION, use.id, Objection("object", WORDS))
    await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("object", WORDS))
    assert await said(world, use.id, JING) == []


async def test_an_objection_without_words_is_refused(world: World) -> None:
    use = await looked_up(world)
    with pytest.raises(ReasonsNeeded):
        await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("object", " 不 "))


async def test_another_department_sees_no_objection_and_no_word_lies_open(world: World) -> None:
    use = await looked_up(world)
    await post(world, JING, "market-supervision", "handler")
    await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("object", WORDS))
    ticket = await ticket_of(world)
    with pytest.raises(TicketNotFound):
        await ticket_page(world.kernel, await world.actor(JING), REGION, ticket)
    with pytest.raises((TicketNotFound, NotAllowed)):
        await answered(world, FANG, ticket)
    rows = await world.rows(
        "SELECT t::text FROM tickets t UNION ALL SELECT e::text FROM case_events e UNION ALL"
        " SELECT l::text FROM ledger_entries l UNION ALL SELECT o::text FROM objections o"
    )
    assert not any(WORDS in row.t for row in rows)


async def test_an_unanswered_objection_is_late_like_any_other_work(world: World) -> None:
    use = await looked_up(world)
    await department_head(world, use)
    await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("object", WORDS))
    await later(world, 6)
    await found(world)
    page = await ticket_page(world.kernel, await world.actor(WEI), REGION, await ticket_of(world))
    assert page.line.light == "red"


async def test_uses_are_narrowed_by_department_and_by_time(world: World) -> None:
    use, actor = await looked_up(world), await world.actor(FANG)
    async with world.database.connection() as connection:
        every = await uses(connection, actor.keys, limit=100)
        theirs = await uses(connection, actor.keys, limit=100, narrowed=Narrowed(consumer=use.consumer))
        nobodys = await uses(connection, actor.keys, limit=100, narrowed=Narrowed(consumer="nobody"))
        later_on = await uses(connection, actor.keys, limit=100, narrowed=Narrowed(since=await world.now()))
        before = await uses(connection, actor.keys, limit=100, narrowed=Narrowed(until=await world.now()))
        assert {one.consumer for one in every} == {asker for _, asker in await consumers(connection, actor.keys)}
    assert theirs == [one for one in every if one.consumer == use.consumer]
    assert nobodys == later_on == [] and before == every


async def test_whoever_objected_is_told_of_every_answer_and_nobody_else(world: World) -> None:
    use = await looked_up(world)
    await department_head(world, use)
    await object_to(world.kernel, await world.actor(FANG), REGION, use.id, Objection("object", WORDS))
    ticket = await ticket_of(world)
    await answered(world, WEI, ticket, "explained", REASON)
    await verified(world, VERIFIER, ticket, "reopen", "理由没有说清楚")
    await answered(world, WEI, ticket, "explained", REASON)
    await verified(world, VERIFIER, ticket, "excuse", "说明成立，依据充分")
    await drained(world)
    async with world.database.connection() as connection:
        told = [one for one in reversed(await mine(connection, world.accounts[FANG])) if one.subject == use.id]
        others = [one.kind for one in await mine(connection, world.accounts[JING])]
    kinds = ["answered", "reopened", "answered", "closed"]
    assert [one.kind for one in told] == [f"objection.{kind}" for kind in kinds]
    assert [one.detail["detail"]["reasons"] for one in told] == [REASON, None, REASON, None]
    assert not any(kind.startswith("objection.") for kind in others)
