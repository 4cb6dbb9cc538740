"""Use is counted from what was recorded, or reported; what nobody uses is found."""

import datetime as dt
from uuid import UUID

import pytest
from tests.resources.catalogue.test_entries import published
from tests.world import JING, LEAD, REGION, WEI, World

from tongban.basics.ids import new_id
from tongban.parties.errors import NotAllowed
from tongban.resources.catalogue import reading, uses
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.models import Settings, Use


async def use_of(world: World, resource: str) -> Use:
    (row,) = await world.rows(
        "SELECT id, resource FROM catalogue_entries WHERE region = %(r)s AND resource = %(n)s", r=REGION, n=resource
    )
    async with world.database.connection() as connection:
        return (await uses.usage(connection, REGION, [row], await world.now()))[row.id]


async def settle(world: World) -> int:
    """Count everything, as if it had happened long ago."""
    async with world.database.connection() as connection:
        known, uses.SETTLED = uses.SETTLED, dt.timedelta(0)
        try:
            return await uses.fold(connection)
        finally:
            uses.SETTLED = known


async def looked_up(world: World) -> str:
    """A resource that was looked up for 王芳's draft, whatever came of it."""
    await world.noticed()
    source: str = await world.one("SELECT source FROM look_ups WHERE source LIKE %(s)s LIMIT 1", s="resource:%")
    return source.removeprefix("resource:")


async def made(world: World, resource: str) -> int:
    found: int = await world.one(
        "SELECT count(*) FROM look_ups WHERE source = %(s)s AND outcome <> 'refused'", s=f"resource:{resource}"
    )
    return found


async def test_a_look_up_counts_at_once_and_still_once_after_it_was_summed(world: World) -> None:
    resource = await looked_up(world)
    times, before = await made(world, resource), await use_of(world, resource)
    assert times > 0 and (before.uses, before.recorded) == (times, True)
    assert await settle(world) >= times
    assert (await use_of(world, resource)).uses == times
    assert await settle(world) == 0
    await world.rows(
        "INSERT INTO look_ups SELECT (jsonb_populate_record(l, jsonb_build_object('id', %(i)s::text))).*"
        " FROM look_ups l WHERE source = %(s)s LIMIT 1",
        i=str(new_id()),
        s=f"resource:{resource}",
    )
    assert (await use_of(world, resource)).uses == times + 1


async def test_a_refused_look_up_is_no_use(world: World) -> None:
    await world.rows("UPDATE grants SET revoked_at = now()")
    resource = await looked_up(world)
    assert await made(world, resource) == 0
    assert (await use_of(world, resource)).uses == 0


async def report(world: World, name: str, entry: UUID, month: dt.date, times: int) -> None:
    async with world.database.connection() as connection:
        await uses.report(connection, await world.actor(name), REGION, entry, month, times, 3, None, await world.now())


async def test_the_newest_report_of_a_month_counts_and_only_the_department_reports(world: World) -> None:
    entry = await published(world)
    today = (await world.now()).date()
    await report(world, WEI, entry, today, 40)
    await report(world, WEI, entry, today, 30)
    async with world.database.connection() as connection:
        page = await reading.read_entry(
            connection, await world.actor(JING), world.kernel.directory, REGION, entry, await world.now()
        )
    assert (page.use.uses, page.use.users, page.use.recorded) == (30, 3, False)
    with pytest.raises(NotAllowed):
        await report(world, JING, entry, today, 1)
    with pytest.raises(EntryUnfit):
        await report(world, WEI, entry, today + dt.timedelta(days=40), 1)


async def idle(world: World) -> set[str]:
    async with world.database.connection() as connection:
        found = await reading.idle(
            connection, await world.actor(LEAD), world.kernel.directory, REGION, None, await world.now()
        )
    return {line.name for line in found}


async def test_what_nobody_used_for_long_is_idle_and_what_is_new_is_not(world: World) -> None:
    await published(world)
    found = await idle(world)
    assert {"独居老人探访登记小程序", "语音转写", "旅馆式管理旧虚拟机"} <= found
    assert not found & {"一件事联办平台", "统一身份认证", "境外人员临时住宿登记信息"}


async def test_the_number_of_days_is_the_data_administrators_to_choose(world: World) -> None:
    assert "义务教育入学报名系统" not in await idle(world)
    async with world.database.connection() as connection:
        now = await world.now()
        with pytest.raises(NotAllowed):
            await uses.set_settings(connection, await world.actor(WEI), REGION, Settings(60, 35), now)
        await uses.set_settings(connection, await world.actor("吴浩"), REGION, Settings(60, 35), now)
    assert "义务教育入学报名系统" in await idle(world)
