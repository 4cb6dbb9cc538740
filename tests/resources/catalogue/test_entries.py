"""Whoever provides edits, nobody else; data administrators publish; every version stays."""

import datetime as dt
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.world import FANG, JING, REGION, WEI, World

from tongban.parties.errors import NotAllowed
from tongban.resources.catalogue import actions, reading
from tongban.resources.catalogue.definitions import ApplicationContent, ResourceContent
from tongban.resources.catalogue.errors import (
    CategoryUnfit,
    EntryMoved,
    EntryUnfit,
    EntryUnknown,
    ReasonsMissing,
    StateUnfit,
)
from tongban.resources.catalogue.models import Asked, Listed, Page
from tongban.resources.definitions import ResourceField

ADMINISTRATOR = "吴浩"
STAYS = ResourceContent(
    name="境外人员临时住宿登记信息",
    summary="旅馆和个人住处报送的临时住宿登记，按月汇总到街道",
    category="307101",
    sharing="conditional",
    condition="仅供街道走访服务使用",
    cycle="每月",
    fields=[
        ResourceField("street", "街道", grade="L1"),
        ResourceField("stays", "登记人次", kind="integer", grade="L2"),
    ],
)


async def entered(world: World, content: ResourceContent = STAYS) -> UUID:
    async with world.database.connection() as connection:
        return await actions.enter(
            connection, await world.actor(WEI), world.kernel.directory, REGION, "police", content, await world.now()
        )


async def do(world: World, name: str, verb: str, entry: UUID, *rest: object) -> object:
    async with world.database.connection() as connection:
        return await getattr(actions, verb)(
            connection, await world.actor(name), REGION, entry, *rest, await world.now()
        )


async def published(world: World, content: ResourceContent = STAYS) -> UUID:
    entry = await entered(world, content)
    await do(world, WEI, "submit", entry)
    await do(world, ADMINISTRATOR, "publish", entry)
    return entry


async def read(world: World, name: str, entry: UUID) -> Page:
    async with world.database.connection() as connection:
        return await reading.read_entry(
            connection, await world.actor(name), world.kernel.directory, REGION, entry, await world.now()
        )


async def browsed(world: World, name: str, **asked: object) -> Listed:
    async with world.database.connection() as connection:
        return await reading.browse(
            connection,
            await world.actor(name),
            world.kernel.directory,
            Asked(REGION, **asked),  # type: ignore[arg-type]
            await world.now(),
        )


async def test_what_was_handed_in_and_published_is_found_by_another_department(world: World) -> None:
    entry = await published(world)
    found = await browsed(world, JING, words="临时住宿")
    assert [line.id for line in found.items] == [entry]
    page = await read(world, JING, entry)
    assert (page.content, page.entry.code[:7], page.may) == (STAYS, "307101/", ())


async def test_a_draft_is_unknown_to_another_department(world: World) -> None:
    entry = await entered(world)
    with pytest.raises(EntryUnknown):
        await read(world, JING, entry)
    assert not (await browsed(world, JING, words="临时住宿")).items
    assert (await read(world, WEI, entry)).draft == STAYS


async def test_another_department_may_not_edit(world: World) -> None:
    entry = await published(world)
    with pytest.raises(NotAllowed):
        await do(world, JING, "edit", entry, 1, replace(STAYS, summary="改"))
    with pytest.raises(NotAllowed):
        await do(world, JING, "withdraw", entry, "不归我们管也想撤")
    assert (await read(world, JING, entry)).content == STAYS


async def test_a_department_may_not_publish_its_own_entry(world: World) -> None:
    entry = await entered(world)
    await do(world, WEI, "submit", entry)
    with pytest.raises(NotAllowed):
        await do(world, WEI, "publish", entry)


async def test_nobody_enters_for_a_department_that_is_not_theirs(world: World) -> None:
    for name in (JING, ADMINISTRATOR, FANG):
        async with world.database.connection() as connection:
            with pytest.raises(NotAllowed):
                await actions.enter(
                    connection, await world.actor(name), world.kernel.directory, REGION, "police", STAYS,
                    await world.now(),
                )  # fmt: skip


async def test_the_published_version_stays_until_the_newer_one_is_published(world: World) -> None:
    entry = await published(world)
    newer = replace(STAYS, summary="旅馆和个人住处报送的登记，按周汇总", cycle="每周")
    await do(world, WEI, "edit", entry, 1, newer)
    assert (await read(world, JING, entry)).content == STAYS
    assert (await read(world, WEI, entry)).draft == newer
    await do(world, WEI, "submit", entry)
    await do(world, ADMINISTRATOR, "publish", entry)
    page = await read(world, JING, entry)
    assert (page.content, page.entry.revision) == (newer, 2)


async def test_the_history_says_what_changed_and_who_did_it(world: World) -> None:
    entry = await published(world)
    await do(world, WEI, "edit", entry, 1, replace(STAYS, cycle="每周"))
    history = (await read(world, WEI, entry)).history
    assert [(step.act, step.changed) for step in history] == [
        ("edited", ("cycle",)), ("published", ()), ("submitted", ()), ("entered", ()),
    ]  # fmt: skip
    assert history[0].by == "杭州市公安局下城区分局"
    kinds = await world.rows("SELECT kind FROM ledger_entries WHERE subject = %(e)s ORDER BY id", e=entry)
    assert [row.kind for row in kinds] == [
        "catalogue.entered", "catalogue.submitted", "catalogue.published", "catalogue.edited",
    ]  # fmt: skip


async def test_two_who_edit_the_same_version_do_not_overwrite_each_other(world: World) -> None:
    entry = await entered(world)
    await do(world, WEI, "edit", entry, 1, replace(STAYS, summary="甲改的摘要"))
    with pytest.raises(EntryMoved):
        await do(world, WEI, "edit", entry, 1, replace(STAYS, summary="乙改的摘要"))


async def test_what_changes_nothing_is_no_version(world: World) -> None:
    entry = await entered(world)
    assert await do(world, WEI, "edit", entry, 1, STAYS) == 1


async def test_every_fault_is_told_at_once_before_it_is_handed_in(world: World) -> None:
    poor = ResourceContent(name="一份说不清的数据", sharing="not_shared", open="open")
    entry = await entered(world, poor)
    with pytest.raises(EntryUnfit) as refused:
        await do(world, WEI, "submit", entry)
    assert {fault.field for fault in refused.value.found} == {"summary", "category", "fields", "basis", "open"}


async def test_a_wrong_category_is_refused_already_in_a_draft(world: World) -> None:
    with pytest.raises(EntryUnfit) as refused:
        await entered(world, replace(STAYS, category="107101"))
    assert [fault.field for fault in refused.value.found] == ["category"]


async def test_codes_of_a_category_count_on_and_a_published_one_keeps_its_own(world: World) -> None:
    one, two = await published(world), await entered(world)
    codes = [(await read(world, WEI, entry)).entry.code for entry in (one, two)]
    assert int(codes[1][-6:]) == int(codes[0][-6:]) + 1
    with pytest.raises(CategoryUnfit):
        await do(world, WEI, "edit", one, 1, replace(STAYS, category="307102"))


async def test_what_is_returned_comes_back_with_reasons_and_can_be_handed_in_again(world: World) -> None:
    entry = await entered(world)
    await do(world, WEI, "submit", entry)
    with pytest.raises(ReasonsMissing):
        await do(world, ADMINISTRATOR, "send_back", entry, "不")
    await do(world, ADMINISTRATOR, "send_back", entry, "请写明更新的口径")
    page = await read(world, WEI, entry)
    assert (page.entry.state, page.history[0].note) == ("returned", "请写明更新的口径")
    await do(world, WEI, "submit", entry)
    with pytest.raises(StateUnfit):
        await do(world, WEI, "submit", entry)


async def test_a_withdrawn_entry_is_gone_for_others_and_stays_for_its_department(world: World) -> None:
    entry = await published(world)
    await do(world, WEI, "withdraw", entry, "登记办法已经废止")
    with pytest.raises(EntryUnknown):
        await read(world, JING, entry)
    assert (await read(world, WEI, entry)).entry.state == "withdrawn"


async def test_a_kind_never_changes(world: World) -> None:
    entry = await entered(world)
    with pytest.raises(EntryUnfit):
        await do(world, WEI, "edit", entry, 1, ApplicationContent(name="变成应用"))


async def test_a_citizen_reads_nothing_of_the_officials_catalogue(world: World) -> None:
    with pytest.raises(NotAllowed):
        await browsed(world, FANG)


async def test_the_resources_of_packs_are_proposed_once_and_not_published(world: World) -> None:
    rows = await world.rows(
        "SELECT resource, provider, state FROM catalogue_entries WHERE region = %(r)s AND resource IS NOT NULL",
        r=REGION,
    )
    found = {row.resource: row.provider for row in rows}
    assert found["civil-affairs.marriage"] == "civil-affairs"
    assert len(found) == len(rows) == len(world.platform.resources)


async def test_data_is_stale_once_its_cycle_has_passed(world: World) -> None:
    entry = await published(world)
    assert (await read(world, JING, entry)).stale
    today = (await world.now()).date()
    await do(world, WEI, "refreshed", entry, today)
    assert not (await read(world, JING, entry)).stale
    with pytest.raises(EntryUnfit):
        await do(world, WEI, "refreshed", entry, today + dt.timedelta(days=2))


async def test_lists_go_on_behind_the_last_line_without_gap_or_repetition(world: World) -> None:
    for number in range(23):
        await published(world, replace(STAYS, name=f"分页样本{number:02d}", category="307103"))
    first = await browsed(world, JING, words="分页样本")
    second = await browsed(world, JING, words="分页样本", after=first.next)
    names = [line.name for line in (*first.items, *second.items)]
    assert len(first.items) == 20 and second.next is None
    assert names == [f"分页样本{number:02d}" for number in range(23)]
