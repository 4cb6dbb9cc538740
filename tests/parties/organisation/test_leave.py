"""Somebody is away and somebody else does what waits, and nothing more."""

import datetime as dt
from uuid import UUID

import pytest
from tests.world import FANG, JING, LEAD, REGION, WEI, World

from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.errors import CaseNotFound, OwnExtension
from tongban.cases.views.desk import task_page
from tongban.parties.access.asking import actor_of
from tongban.parties.errors import NotAllowed
from tongban.parties.organisation.errors import LeaveOverlaps, SubstituteAway, Unfit
from tongban.parties.organisation.leaves import LeaveWish, end_leave, set_leave
from tongban.parties.organisation.models import Leave

ADMINISTRATOR = "吴浩"


async def _leave(world: World, by: str, who: str, substitute: str, days: int = 5, after: int = 0) -> Leave:
    now = await world.now()
    since = now + dt.timedelta(days=after)
    wish = LeaveWish(world.accounts[substitute], since, since + dt.timedelta(days=days), world.accounts[who])
    async with world.database.connection() as connection:
        return await set_leave(connection, await world.actor(by), REGION, wish, now)


async def _end(world: World, by: str, leave: Leave) -> None:
    async with world.database.connection() as connection:
        await end_leave(connection, await world.actor(by), REGION, leave.id, await world.now())


async def _at_the_police(world: World) -> tuple[UUID, str]:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    found = await world.rows(
        "SELECT task FROM tasks WHERE case_id = %(c)s AND department = 'police' AND state = 'ready'", c=case
    )
    return case, found[0][0]


async def test_the_substitute_decides_only_while_the_leave_runs_and_the_decision_says_for_whom(world: World) -> None:
    case, task = await _at_the_police(world)
    with pytest.raises(CaseNotFound):
        await task_page(world.kernel, await world.actor(JING), REGION, case, task)
    leave = await _leave(world, WEI, WEI, JING)
    seen = await task_page(world.kernel, await world.actor(JING), REGION, case, task)
    assert (seen.standing_in, "approve" in seen.decisions) == (WEI, True)
    await world.decide(JING, case, task, "approve")
    after = await task_page(world.kernel, await world.actor(WEI), REGION, case, task)
    assert (after.decided_by, after.in_place_of) == (JING, WEI)
    entry = await world.one(
        "SELECT data->'detail'->>'leave' FROM ledger_entries WHERE subject = %(c)s AND data->>'task' = %(t)s"
        " ORDER BY id DESC LIMIT 1", c=case, t=task,
    )  # fmt: skip
    assert entry == str(leave.id)
    await _end(world, WEI, leave)
    with pytest.raises(CaseNotFound):
        await task_page(world.kernel, await world.actor(JING), REGION, case, task)


async def test_a_leave_to_come_gives_nothing_yet_and_lends_no_administration(world: World) -> None:
    leave = await _leave(world, ADMINISTRATOR, ADMINISTRATOR, JING)
    assert all(post.role != "administrator" for post in (await world.actor(JING)).posts)
    await _end(world, ADMINISTRATOR, leave)
    coming = await _leave(world, WEI, WEI, JING, after=3)
    assert all(post.substitute_for is None for post in (await world.actor(JING)).posts)
    await _end(world, WEI, coming)


async def test_whoever_stands_in_for_the_one_who_asked_is_no_second_person(world: World) -> None:
    case = await world.accepted()
    revision = await world.one("SELECT revision FROM cases WHERE id = %(c)s", c=case)
    asking = Act("ask_extension", revision, reasons="需要补充核查材料", days=3)
    await perform(world.kernel, await world.actor(LEAD), REGION, case, asking)
    leave = await _leave(world, LEAD, LEAD, WEI)
    revision = await world.one("SELECT revision FROM cases WHERE id = %(c)s", c=case)
    await world.rows(
        "INSERT INTO posts (region, account, department, role) VALUES (%(r)s, %(a)s, 'health', 'head')"
        " ON CONFLICT DO NOTHING",
        r=REGION,
        a=world.accounts[LEAD],
    )
    with pytest.raises(OwnExtension):
        await perform(
            world.kernel, await world.actor(WEI), REGION, case, Act("extend", revision, reasons="同意延长三天")
        )
    await _end(world, LEAD, leave)


@pytest.mark.parametrize(
    ("by", "who", "substitute", "error"),
    [
        (JING, WEI, JING, NotAllowed),
        (WEI, WEI, WEI, Unfit),
        (WEI, WEI, FANG, Unfit),
        (FANG, FANG, WEI, NotAllowed),
    ],
)
async def test_a_leave_is_refused(world: World, by: str, who: str, substitute: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await _leave(world, by, who, substitute)


async def test_one_leave_at_a_time_and_nobody_stands_in_who_is_away(world: World) -> None:
    leave = await _leave(world, WEI, WEI, JING)
    with pytest.raises(LeaveOverlaps):
        await _leave(world, WEI, WEI, LEAD)
    with pytest.raises(SubstituteAway):
        await _leave(world, LEAD, LEAD, WEI)
    with pytest.raises(Unfit):  # 陈静 stands in for 李伟 and would lend on what was lent
        await _leave(world, JING, JING, LEAD)
    await _end(world, ADMINISTRATOR, leave)


async def test_asked_about_by_name_a_substitute_is_known_with_the_posts_lent(world: World) -> None:
    await _leave(world, "李伟", "李伟", "方远")
    async with world.database.connection() as connection:
        asked = await actor_of(connection, (await world.actor("方远")).login)
    signed = await world.actor("方远")
    assert (asked.posts, asked.mandates, asked.sealed) == (signed.posts, signed.mandates, b"")
    assert [post.substitute_for for post in asked.posts if post.substitute_for] == [world.accounts["李伟"]]
