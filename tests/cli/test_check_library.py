"""The doctor sees what the case library's feed lacks: records not written, given up, or fetched by nobody."""

from tests.world import REGION, World

from tongban.basics.ids import new_id
from tongban.cases.library.feed import acknowledge, receiver_of, register, revoke
from tongban.cli.check_library import check_library


async def _levels(world: World) -> dict[str, str]:
    async with world.database.connection() as connection:
        return {one.check: one.level for one in await check_library(connection)}


async def _due(world: World, attempts: int, due: str) -> None:
    await world.rows(
        "INSERT INTO library_due (region, event_id, case_id, attempts, due_at)"
        " VALUES (%(r)s, %(e)s, %(e)s, %(a)s, clock_timestamp() - %(d)s::interval)",
        r=REGION, e=new_id(), a=attempts, d=due,
    )  # fmt: skip


async def test_what_is_late_or_given_up_is_a_fault(world: World) -> None:
    assert await _levels(world) == {"library.waiting": "ok", "library.dead": "ok"}
    await _due(world, 0, "10 seconds")
    assert (await _levels(world))["library.waiting"] == "ok"
    await _due(world, 3, "5 minutes")
    await _due(world, 12, "1 day")
    assert await _levels(world) == {"library.waiting": "fault", "library.dead": "fault"}


async def test_a_receiver_that_falls_silent_is_told_of_until_it_is_ended(world: World) -> None:
    async with world.database.connection() as connection:
        receiver = await receiver_of(connection, await register(connection, REGION, "省办件库"))
        await world.rows("UPDATE library_receivers SET registered_at = clock_timestamp() - interval '2 days'")
        assert (await _levels(world))["library.receivers"] == "ok"
        await world.rows(
            "INSERT INTO library_records (region, position, id, case_id, number, event_id, kind, at, sealed)"
            " VALUES (%(r)s, 1, %(e)s, %(e)s, '…', %(e)s, 'process', clock_timestamp(), '')",
            r=REGION, e=new_id(),
        )  # fmt: skip
        assert (await _levels(world))["library.receivers"] == "warning"
        await acknowledge(connection, receiver, 1)
        assert (await _levels(world))["library.receivers"] == "ok"
        await revoke(connection, REGION, "省办件库")
        assert "library.receivers" not in await _levels(world)
