"""The second wall: whatever a statement forgets to filter, PostgreSQL shows nobody what is not theirs.

Everything here leaves the checkpoint out on purpose, or goes around it.
"""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from tests.conftest import BASE, Template
from tests.world import CLAIM, FANG, JING, LEAD, REGION, WEI, World

from tongban.basics.database import Database, in_one_trip
from tongban.basics.second_wall import ROLE, TABLES, a_request, as_platform, by_session, declare, stand_for
from tongban.parties.access import policy
from tongban.parties.access.denials import Denials, newest
from tongban.parties.access.wall import wall_of
from tongban.parties.actions import appoint, digest_of, open_session
from tongban.parties.models import Post
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.denied import write
from tongban.web.site import Site, WebSettings


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for all."""
    address = template.copy()
    found = template.world(address, walled=True)
    await found.database.open()
    yield found
    await found.database.close()
    template.drop(address)


@pytest.fixture(scope="module")
async def case(world: World) -> UUID:
    """王芳's case, in which health and police take part; and a draft of hers beside it."""
    made: UUID = await world.accepted()
    await world.ready(**CLAIM)
    return made


@pytest.fixture(scope="module")
async def walled(world: World, case: UUID) -> AsyncIterator[Database]:
    """The store as the web process has it."""
    found = Database(world.database.conninfo, size=2, walled=True)
    await found.open()
    yield found
    await found.close()


@pytest.fixture(scope="module")
async def site(world: World, case: UUID) -> Site:
    return Site(world.kernel, WebSettings(BASE, "a secret of thirty-two characters", demonstration=True))


@pytest.fixture(scope="module")
def door(site: Site) -> FrontDoor:
    return create_app(site)


async def seen(world: World, walled: Database, name: str | None, table: str) -> int:
    """How many rows of ``table`` a statement without any filter shows to ``name``."""
    with a_request():
        if name is not None:
            stand_for(wall_of(await world.actor(name)))
        async with walled.connection() as connection:
            cursor = await connection.execute(f"SELECT count(*) FROM {table}".encode())
            row = await cursor.fetchone()
            assert row is not None
            return int(row[0])


async def ask(world: World, door: FrontDoor, name: str, path: str) -> int:
    """The status of a page for ``name``."""
    async with world.database.connection() as connection:
        secret = await open_session(connection, world.accounts[name], "browser")
    transport = httpx.ASGITransport(app=door, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return (await client.get(path, headers={"cookie": f"tongban_session={secret}"})).status_code


async def test_a_statement_without_a_filter_shows_each_only_their_own(world: World, walled: Database) -> None:
    assert await seen(world, walled, FANG, "cases WHERE account IS NOT NULL") == 1
    assert await seen(world, walled, WEI, "cases WHERE account IS NOT NULL") == 1
    assert await seen(world, walled, JING, "cases WHERE account IS NOT NULL") == 0
    for table in ("case_events", "case_evidence", "tasks"):
        all_of_hers = await world.one(f"SELECT count(*) FROM {table}")
        assert await seen(world, walled, FANG, table) == all_of_hers > 0
        assert 0 < await seen(world, walled, WEI, table) <= all_of_hers
        assert await seen(world, walled, JING, table) == 0
    assert await seen(world, walled, FANG, "drafts") == 2
    assert await seen(world, walled, LEAD, "drafts") == 0
    assert await seen(world, walled, FANG, "look_ups") == await seen(world, walled, WEI, "look_ups") + len(
        await world.rows("SELECT 1 FROM look_ups u JOIN drafts d ON d.id = u.case_id WHERE d.submitted_at IS NULL")
    )
    assert await seen(world, walled, JING, "look_ups") == 0


async def test_who_somebody_is_shows_itself_to_them_and_by_a_declared_reach_alone(
    world: World, walled: Database
) -> None:
    everybody = await world.one("SELECT count(*) FROM accounts")
    for name in (FANG, WEI, JING, LEAD):
        for table in ("accounts", "persons", "actors_now"):
            assert await seen(world, walled, name, table) == 1
        assert await seen(world, walled, name, "assisting_now") == 0
    with a_request():
        stand_for(wall_of(await world.actor(FANG)))
        found = {}
        async with walled.connection() as connection:
            for reach in ("officials", "anybody"):
                statement = f"SELECT name FROM persons -- {reach}"
                declare(statement, f"wall: {reach} (a test)")
                cursor = await connection.execute(statement.encode())
                found[reach] = {row[0] for row in await cursor.fetchall()}
    assert {WEI, JING, LEAD, FANG} <= found["anybody"] and len(found["anybody"]) <= everybody
    assert {WEI, JING, LEAD} <= found["officials"] < found["anybody"] and "林晓" not in found["officials"]


def test_a_statement_that_says_what_it_needs_says_why() -> None:
    with pytest.raises(ValueError, match="everybody"):
        declare("SELECT 1", "wall: everybody (there is no such reach)")
    with pytest.raises(ValueError, match="anybody"):
        declare("SELECT 1", "wall: anybody")


@pytest.mark.parametrize("table", TABLES)
async def test_who_has_not_signed_in_is_shown_nothing(world: World, walled: Database, table: str) -> None:
    nobodys = "(SELECT id FROM cases WHERE account IS NULL)"
    own = {
        "cases": "cases WHERE account IS NOT NULL",
        "case_events": f"case_events WHERE NOT case_id = ANY {nobodys}",
        "tasks": f"tasks WHERE NOT case_id = ANY {nobodys}",
    }.get(table, table)
    assert await seen(world, walled, None, own) == 0


async def test_a_head_of_the_same_department_elsewhere_is_shown_nothing(world: World, walled: Database) -> None:
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts["陈雨"], Post("330104", "health", "head"))
    assert await seen(world, walled, "陈雨", "cases WHERE account IS NOT NULL") == 0


async def test_what_nobody_may_see_nobody_may_change(world: World, walled: Database, case: UUID) -> None:
    with a_request():
        stand_for(wall_of(await world.actor(JING)))
        async with walled.connection() as connection:
            cursor = await connection.execute(b"UPDATE cases SET applicant_name = '' WHERE account IS NOT NULL")
            assert cursor.rowcount == 0
            assert (await connection.execute(b"DELETE FROM look_ups")).rowcount == 0


async def test_the_application_owns_no_table_and_may_not_lower_the_wall(walled: Database, world: World) -> None:
    owners = await world.rows("SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tableowner = %(r)s", r=ROLE)
    assert owners == []
    async with walled.connection() as connection:
        for statement in (b"ALTER TABLE cases DISABLE ROW LEVEL SECURITY", b"DROP POLICY walled ON cases",
                          b"UPDATE installation SET kind = 'production'"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement)


async def test_every_table_behind_the_wall_has_its_policy_and_no_other_claims_to(world: World) -> None:
    rows = await world.rows("SELECT tablename FROM pg_policies WHERE policyname = 'walled' ORDER BY 1")
    enabled = await world.rows("SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY 1")
    assert [row[0] for row in rows] == [row[0] for row in enabled] == sorted(TABLES)


async def test_a_connection_keeps_nothing_of_whom_it_stood_for(world: World, walled: Database) -> None:
    for _ in range(3):
        assert await seen(world, walled, FANG, "drafts") == 2
        assert await seen(world, walled, None, "drafts") == 0


async def test_a_rolled_back_step_takes_the_setting_with_it_and_it_is_told_anew(world: World, walled: Database) -> None:
    with a_request():
        stand_for(wall_of(await world.actor(FANG)))
        async with walled.transaction() as connection:
            with pytest.raises(psycopg.errors.DivisionByZero):
                async with connection.transaction():
                    assert (await (await connection.execute(b"SELECT count(*) FROM drafts")).fetchone()) == (2,)
                    await connection.execute(b"SELECT 1 / 0")
            assert (await (await connection.execute(b"SELECT count(*) FROM drafts")).fetchone()) == (2,)


async def test_several_statements_in_one_trip_all_meet_the_wall(world: World, walled: Database) -> None:
    for name, count in ((FANG, 2), (JING, 0)):
        with a_request():
            stand_for(wall_of(await world.actor(name)))
            async with walled.connection() as connection:
                asked = [("SELECT count(*) FROM drafts", {}), ("SELECT count(*) FROM drafts WHERE true", {})]
                found = await in_one_trip(connection, *asked)
        assert [rows[0][0] for rows in found] == [count, count]


async def test_after_a_trip_that_failed_the_next_one_stands_for_whom_it_should(world: World, walled: Database) -> None:
    count = "SELECT count(*) FROM drafts"
    with a_request():
        stand_for(wall_of(await world.actor(FANG)))
        async with walled.connection() as connection:
            for failing in (("SELECT 1 / 0", count), (count, "SELECT count(*) / 0 FROM drafts"), ("SELECT 1 / 0",)):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    await in_one_trip(connection, *((statement, {}) for statement in failing))
                assert (await (await connection.execute(count.encode())).fetchone()) == (2,)


async def test_what_one_statement_needed_is_not_shown_to_the_next_also_in_one_trip(
    world: World, walled: Database
) -> None:
    wide, narrow = "SELECT count(*) FROM persons -- all", "SELECT count(*) FROM persons"
    declare(wide, "wall: anybody (a test)")
    with a_request():
        stand_for(wall_of(await world.actor(FANG)))
        async with walled.transaction() as connection:
            for statement, alone in ((wide, False), (narrow, True), (wide, False)):
                cursor = await connection.execute(statement.encode())
                assert ((await cursor.fetchone()) == (1,)) is alone
            found = await in_one_trip(connection, (narrow, {}), (wide, {}), (narrow, {}))
            assert [rows[0][0] == 1 for rows in found] == [True, False, True]
            assert (await (await connection.execute(narrow.encode())).fetchone()) == (1,)


async def test_a_session_s_secret_shows_what_is_its_owner_s_and_a_guessed_one_nothing(
    world: World, walled: Database
) -> None:
    for secret, count in ((await world.secret(FANG), 2), (await world.secret(JING), 0), ("guessed", 0)):
        with a_request(), by_session(digest_of(secret)):
            async with walled.connection() as connection:
                assert (await (await connection.execute(b"SELECT count(*) FROM drafts")).fetchone()) == (count,)


async def test_the_platform_reads_for_a_reason_and_only_inside(world: World, walled: Database) -> None:
    with a_request():
        with as_platform("a test"):
            async with walled.connection() as connection:
                assert (await (await connection.execute(b"SELECT count(*) FROM drafts")).fetchone()) == (2,)
        assert await seen(world, walled, None, "drafts") == 0


async def test_with_the_checkpoint_gone_the_wall_still_refuses(
    world: World, door: FrontDoor, case: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutation: every check of the application says yes."""
    monkeypatch.setattr(policy.Compiled, "allows", lambda self, actor, subject: True)
    assert await ask(world, door, FANG, f"/matters/{REGION}/{case}") == 200
    assert await ask(world, door, JING, f"/matters/{REGION}/{case}") == 404
    assert await ask(world, door, JING, f"/desk/tasks/{REGION}/{case}/birth_certificate") == 404


async def test_a_refusal_is_recorded_once_a_minute_with_its_count_and_without_names(
    world: World, door: FrontDoor, site: Site, case: UUID
) -> None:
    for _ in range(3):
        assert await ask(world, door, JING, f"/desk/tasks/{REGION}/{case}/birth_certificate") == 404
    await write(site)
    async with world.database.connection() as connection:
        found = [one for one in await newest(connection, [REGION]) if one.account == world.accounts[JING]]
    assert sum(one.times for one in found if str(case) in one.subjects) >= 3
    assert len(found) <= 4
    assert FANG not in repr(found) and JING not in repr(found)


async def test_a_button_that_is_not_shown_is_no_refusal(world: World, door: FrontDoor, site: Site, case: UUID) -> None:
    await write(site)
    assert await ask(world, door, LEAD, f"/desk/tasks/{REGION}/{case}/birth_certificate") == 200
    assert not site.denials


async def test_a_flood_of_refusals_costs_a_bounded_number_of_rows(world: World) -> None:
    denials, account, now = Denials(), uuid4(), await world.now()
    for number in range(5000):
        denials.note(REGION, account, f"invented.{number}", "unseen", str(uuid4()), now)
    async with world.database.connection() as connection:
        assert await denials.write(connection) == 5000
    assert await world.one("SELECT count(*) FROM access_denials WHERE account = %(a)s", a=account) <= 501
