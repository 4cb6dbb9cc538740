"""No project is approved before every likeness to what exists was answered."""

from uuid import UUID

import pytest
from tests.world import JING, REGION, WEI, World

from tongban.parties.actions import appoint
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Post
from tongban.resources.catalogue import actions, projects
from tongban.resources.catalogue.definitions import ApplicationContent, Project
from tongban.resources.catalogue.errors import (
    EntryUnfit,
    LikenessUnanswered,
    OwnProject,
    ProjectUnknown,
    ReasonsMissing,
    StateUnfit,
)
from tongban.resources.catalogue.models import Answer, ProjectState

ADMINISTRATOR = "吴浩"
ALIKE = Project(
    "租客居住登记小程序",
    "出租房租客自助办理居住登记，到期自动提醒，社区民警走访核验",
    ["居住登记", "到期提醒", "走访登记"],
    ["101002/000001"],
)
NEW = Project("会议室预订", "工作人员查看空闲会议室并预订，避免冲突", ["会议室预订", "冲突提醒"])
WHY = Answer("differs", "已有系统不支持租客自助办理，且没有手机端")


async def proposed(world: World, project: Project = ALIKE) -> ProjectState:
    async with world.database.connection() as connection:
        return await projects.propose(
            connection, await world.actor(WEI), world.kernel.directory, REGION, "police", project, await world.now()
        )


async def do(world: World, name: str, verb: str, project: UUID, *rest: object) -> ProjectState:
    async with world.database.connection() as connection:
        actor, now = await world.actor(name), await world.now()
        found: ProjectState = await getattr(projects, verb)(connection, actor, REGION, project, *rest, now)
        return found


async def test_what_exists_is_found_at_once_and_stands_in_the_way(world: World) -> None:
    made = await proposed(world)
    assert "流动人口管理系统" in {finding.name for finding in made.findings}
    with pytest.raises(LikenessUnanswered):
        await do(world, ADMINISTRATOR, "approve", made.id)


async def test_once_every_likeness_is_answered_it_can_be_approved(world: World) -> None:
    made = await proposed(world)
    for finding in made.findings:
        await do(world, WEI, "answer", made.id, finding.entry, WHY)
    approved = await do(world, ADMINISTRATOR, "approve", made.id)
    assert (approved.state, approved.unanswered) == ("approved", [])
    with pytest.raises(StateUnfit):
        await do(world, ADMINISTRATOR, "approve", made.id)


async def test_a_project_that_is_like_nothing_is_approved_after_its_comparison(world: World) -> None:
    made = await proposed(world, NEW)
    assert (made.findings, made.checked_at is not None) == ([], True)
    assert (await do(world, ADMINISTRATOR, "approve", made.id)).state == "approved"


async def test_what_was_published_meanwhile_is_found_at_the_approval(world: World) -> None:
    made = await proposed(world, NEW)
    same = ApplicationContent(name=NEW.title, summary=NEW.purpose, functions=NEW.functions)
    async with world.database.connection() as connection:
        now, administrator, wei = await world.now(), await world.actor(ADMINISTRATOR), await world.actor(WEI)
        entry = await actions.enter(connection, wei, world.kernel.directory, REGION, "police", same, now)
        await actions.submit(connection, wei, REGION, entry, now)
        await actions.publish(connection, administrator, REGION, entry, now)
    with pytest.raises(LikenessUnanswered):
        await do(world, ADMINISTRATOR, "approve", made.id)
    async with world.database.connection() as connection:
        known = await projects.read_project(connection, wei, REGION, made.id)
    assert [finding.entry for finding in known.findings] == [entry]


async def test_an_answer_without_reasons_is_none(world: World) -> None:
    made = await proposed(world)
    with pytest.raises(ReasonsMissing):
        await do(world, WEI, "answer", made.id, made.findings[0].entry, Answer("differs", "要"))


async def test_another_department_neither_sees_nor_answers(world: World) -> None:
    made = await proposed(world)
    async with world.database.connection() as connection:
        with pytest.raises(ProjectUnknown):
            await projects.read_project(connection, await world.actor(JING), REGION, made.id)
    with pytest.raises(NotAllowed):
        await do(world, JING, "answer", made.id, made.findings[0].entry, WHY)
    with pytest.raises(NotAllowed):
        await do(world, WEI, "approve", made.id)


async def test_nobody_approves_their_own_project(world: World) -> None:
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts[WEI], Post(REGION, "data-bureau", "administrator"))
    world.secrets.pop(WEI, None)
    made = await proposed(world, NEW)
    with pytest.raises(OwnProject):
        await do(world, WEI, "approve", made.id)


async def test_the_database_itself_refuses_an_approval_without_comparison(world: World) -> None:
    made = await proposed(world, NEW)
    with pytest.raises(Exception, match="catalogue_projects_checked_first"):
        await world.rows(
            "UPDATE catalogue_projects SET checked_at = NULL, state = 'approved', decided_at = now(),"
            " decided_by = gen_random_uuid() WHERE id = %(i)s",
            i=made.id,
        )


async def test_every_fault_of_a_project_is_told_at_once(world: World) -> None:
    with pytest.raises(EntryUnfit) as refused:
        await proposed(world, Project("新", "太短", []))
    assert {fault.field for fault in refused.value.found} == {"title", "purpose", "functions"}
