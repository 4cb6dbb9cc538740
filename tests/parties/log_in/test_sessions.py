"""A session ends without use, writes its use once a minute, changes its secret with what it proves, and is one's."""

from datetime import timedelta

import pytest
from tests.world import FANG, WEI, World

from tongban.parties.actions import STRONG_LASTS, network_of, open_session, who_is
from tongban.parties.errors import NotSignedIn
from tongban.parties.log_in.sessions import end_session, proved_again, sessions_of


async def _age(world: World, minutes: int) -> None:
    """Sessions were used ``minutes`` ago for the last time."""
    statement = "UPDATE sessions SET used_at = statement_timestamp() - %(m)s"
    await world.rows(statement, m=timedelta(minutes=minutes))


async def test_a_session_ends_without_use_and_lives_with_it(world: World) -> None:
    async with world.database.connection() as connection:
        secret = await open_session(connection, world.accounts[FANG], "browser")
        await _age(world, 119)
        await who_is(connection, secret, "browser")
        used = "SELECT statement_timestamp() - used_at < interval '5 seconds' FROM sessions"
        assert await world.one(used), "its use was written with the read"
        before = await world.one("SELECT used_at FROM sessions")
        await who_is(connection, secret, "browser")
        assert await world.one("SELECT used_at FROM sessions") == before, "not twice within a minute"
        await _age(world, 121)
        with pytest.raises(NotSignedIn):
            await who_is(connection, secret, "browser")


async def test_what_is_proved_later_changes_the_secret_and_fades(world: World) -> None:
    async with world.database.connection() as connection:
        old = await open_session(connection, world.accounts[FANG], "browser", factors=("password",))
        first = (await who_is(connection, old, "browser")).actor
        fresh = await proved_again(connection, old, ("passkey",))
        with pytest.raises(NotSignedIn):
            await who_is(connection, old, "browser")
        actor = (await who_is(connection, fresh, "browser")).actor
        assert (first.assurance, actor.assurance) == ("real-name", "strong")
        assert set(actor.factors) == {"password", "passkey"} and actor.session == first.session
        await world.rows("UPDATE sessions SET strong_until = strong_until - %(l)s", l=STRONG_LASTS)
        assert (await who_is(connection, fresh, "browser")).actor.assurance == "real-name"
        with pytest.raises(NotSignedIn):
            await proved_again(connection, old, ("passkey",))


async def test_a_passkey_makes_no_declared_person_sure(world: World) -> None:
    await world.rows("UPDATE accounts SET assurance = 'declared' WHERE login = 'wangfang'")
    async with world.database.connection() as connection:
        secret = await open_session(connection, world.accounts[FANG], "browser", factors=("passkey",))
        assert (await who_is(connection, secret, "browser")).actor.assurance == "declared"


async def test_only_ones_own_sessions_are_seen_and_ended(world: World) -> None:
    async with world.database.connection() as connection:
        secret = await open_session(connection, world.accounts[FANG], "browser", "Firefox", source="203.0.113.77")
        hers, his = (await who_is(connection, secret, "browser")).actor, await world.actor(WEI)
        (one,) = [found for found in await sessions_of(connection, hers.account) if found.agent == "Firefox"]
        assert one.source == "203.0.*.*"
        assert not await end_session(connection, his, one.id)
        assert await end_session(connection, hers, one.id)
        with pytest.raises(NotSignedIn):
            await who_is(connection, secret, "browser")


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.*.*"), ("::ffff:203.0.113.77", "203.0.*.*"), ("2001:db8:1:2::3", "2001:0db8:0001:*"),
     ("unknown", ""), ("", "")],
)  # fmt: skip
def test_of_an_address_only_the_network_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network
