"""A one-time link opens an account once, for a while, to whoever was first."""

import asyncio
from datetime import timedelta

import pytest
from tests.world import WEI, World

from tongban.parties.actions import open_session, who_is
from tongban.parties.errors import NotSignedIn
from tongban.parties.log_in.errors import InvitationUnfit, PasswordUnfit
from tongban.parties.log_in.invitations import invite, read_invitation, take_up
from tongban.parties.log_in.signing_in import sign_in

NEW = "purple lantern on the river"
DAY = timedelta(days=1)


async def _invited(world: World, lasts: timedelta = DAY) -> str:
    async with world.database.connection() as connection:
        return await invite(connection, world.accounts[WEI], "first-sign-in", None, lasts)


async def test_a_link_sets_the_password_and_ends_every_session(world: World) -> None:
    secret = await _invited(world)
    async with world.database.connection() as connection:
        old = await open_session(connection, world.accounts[WEI], "browser")
        assert (await read_invitation(connection, secret)).login == "liwei"
        assert await take_up(connection, secret, NEW, world.kernel.vault) == world.accounts[WEI]
        with pytest.raises(NotSignedIn):
            await who_is(connection, old, "browser")
        opened = await sign_in(connection, login="liwei", password=NEW, source="10.0.0.1", kind="browser")
        assert (await who_is(connection, opened, "browser")).actor.factors == ("password",)
    kinds = [
        row.kind for row in await world.rows("SELECT kind FROM ledger_entries WHERE kind LIKE 'account.%%' ORDER BY id")
    ]
    assert kinds == ["account.invited", "account.taken_up"]


async def test_of_many_who_take_a_link_up_at_once_one_succeeds(world: World) -> None:
    secret = await _invited(world)

    async def take(password: str) -> bool:
        async with world.database.connection() as connection:
            try:
                return bool(await take_up(connection, secret, password))
            except InvitationUnfit:
                return False

    assert sorted(await asyncio.gather(*(take(f"{NEW} {n}") for n in range(4)))) == [False, False, False, True]


@pytest.mark.parametrize(
    "password", ["short", "password123", "qwertyuiop12", "liwei and the river", "李伟在河边看灯笼呀"]
)
async def test_an_unfit_password_is_refused_and_the_link_stays_good(world: World, password: str) -> None:
    secret = await _invited(world)
    async with world.database.connection() as connection:
        with pytest.raises(PasswordUnfit):
            await take_up(connection, secret, password, world.kernel.vault)
        assert await take_up(connection, secret, NEW)


async def test_a_link_ends_with_its_time_and_with_a_newer_one(world: World) -> None:
    late, replaced = await _invited(world, timedelta(0)), await _invited(world)
    newest = await _invited(world)
    async with world.database.connection() as connection:
        for secret in (late, replaced, "never-made"):
            with pytest.raises(InvitationUnfit):
                await read_invitation(connection, secret)
        assert await take_up(connection, newest, NEW)
        with pytest.raises(InvitationUnfit):
            await take_up(connection, newest, NEW)


async def test_no_secret_of_a_link_lies_in_the_store(world: World) -> None:
    secret = await _invited(world)
    stored = await world.rows("SELECT encode(digest, 'escape') AS digest, id::text FROM invitations")
    entries = await world.rows("SELECT data::text AS data FROM ledger_entries WHERE kind = 'account.invited'")
    assert all(secret not in str(row) for row in [*stored, *entries])
