"""A passkey opens its owner's account on its own site, once a challenge; everything else is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.conftest import Template
from tests.world import FANG, WEI, World

from tongban.parties.log_in import passkeys
from tongban.parties.log_in.errors import PasskeyUnfit
from tongban.parties.log_in.passkeys import RelyingParty, relying_party

from .authenticator import Authenticator

PARTY = RelyingParty("tongban.example", "https://tongban.example", "通办")


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    address = template.copy()
    found = template.world(address)
    await found.database.open()
    yield found
    await found.database.close()
    template.drop(address)


def authenticator() -> Authenticator:
    return Authenticator(PARTY.id, PARTY.origin)


async def made(world: World, name: str, key: Authenticator) -> Authenticator:
    """``key`` registered for ``name``."""
    async with world.database.connection() as connection:
        actor = await world.actor(name)
        options = await passkeys.registration_options(connection, actor, PARTY)
        await passkeys.register(connection, actor, PARTY, key.make(options), "手机")
    return key


async def used(world: World, key: Authenticator) -> object:
    async with world.database.connection() as connection:
        return await passkeys.use(connection, PARTY, key.sign(await passkeys.sign_in_options(connection, PARTY)))


async def test_a_key_opens_its_owners_account_and_a_challenge_is_good_once(world: World) -> None:
    key = await made(world, FANG, authenticator())
    assert await used(world, key) == world.accounts[FANG]
    async with world.database.connection() as connection:
        answer = key.sign(await passkeys.sign_in_options(connection, PARTY))
        assert await passkeys.use(connection, PARTY, answer) == world.accounts[FANG]
        with pytest.raises(PasskeyUnfit):
            await passkeys.use(connection, PARTY, answer)


async def test_a_key_without_a_finger_or_for_another_site_is_not_taken(world: World) -> None:
    wrong = (
        Authenticator(PARTY.id, PARTY.origin, verifies=False),
        Authenticator("evil.example", PARTY.origin),
        Authenticator(PARTY.id, "https://evil.example"),
    )
    for key in wrong:
        with pytest.raises(PasskeyUnfit):
            await made(world, FANG, key)
    key = await made(world, FANG, authenticator())
    for changes in ({"verifies": False}, {"site": "evil.example"}, {"origin": "https://evil.example"}):
        with pytest.raises(PasskeyUnfit):
            await used(world, replace(key, count=key.count + 5, **changes))  # type: ignore[arg-type]


async def test_a_copied_key_is_refused_and_its_owner_told(world: World) -> None:
    key = await made(world, FANG, authenticator())
    copy = replace(key)
    await used(world, key)
    await used(world, key)
    with pytest.raises(PasskeyUnfit):
        await used(world, copy)
    told = "SELECT count(*) FROM outbox WHERE topic = 'account.passkey_copied' AND payload->>'account' = %(a)s"
    assert await world.one(told, a=str(world.accounts[FANG])) == 1


async def test_a_challenge_is_for_whoever_asked_and_for_what_it_was_asked(world: World) -> None:
    key = await made(world, FANG, authenticator())
    hers, his = await world.actor(FANG), await world.actor(WEI)
    async with world.database.connection() as connection:
        stepping_up = await passkeys.sign_in_options(connection, PARTY, hers.session)
        with pytest.raises(PasskeyUnfit):
            await passkeys.use(connection, PARTY, key.sign(stepping_up))
        stepping_up = await passkeys.sign_in_options(connection, PARTY, hers.session)
        with pytest.raises(PasskeyUnfit):
            await passkeys.use(connection, PARTY, key.sign(stepping_up), his.session)
        options = await passkeys.registration_options(connection, hers, PARTY)
        with pytest.raises(PasskeyUnfit):
            await passkeys.register(connection, his, PARTY, authenticator().make(options), "别人的")


async def test_an_unknown_key_a_strange_user_and_rubbish_are_refused(world: World) -> None:
    key = await made(world, FANG, authenticator())
    stranger = authenticator()
    stranger.user = world.accounts[FANG].bytes
    for one in (stranger, replace(key, user=world.accounts[WEI].bytes, count=50)):
        with pytest.raises(PasskeyUnfit):
            await used(world, one)
    async with world.database.connection() as connection:
        for rubbish in (b"", b"{}", b'{"rawId": "!", "response": {"clientDataJSON": "!!"}}', b"\xff\xfe"):
            with pytest.raises(PasskeyUnfit):
                await passkeys.use(connection, PARTY, rubbish)


async def test_nobody_takes_away_or_takes_over_the_key_of_somebody_else(world: World) -> None:
    key = await made(world, FANG, authenticator())
    async with world.database.connection() as connection:
        assert not await passkeys.remove(connection, await world.actor(WEI), key.id)
        assert await used(world, key) == world.accounts[FANG]
        with pytest.raises(PasskeyUnfit):
            await made(world, WEI, replace(key, key=authenticator().key))
        assert await passkeys.remove(connection, await world.actor(FANG), key.id)
    with pytest.raises(PasskeyUnfit):
        await used(world, key)


@pytest.mark.parametrize(
    ("address", "host", "origin"),
    [
        ("https://www.example.gov.cn", "www.example.gov.cn", "https://www.example.gov.cn"),
        ("http://127.0.0.1:8080", "localhost", "http://localhost:8080"),
        ("http://[::1]:8080", "localhost", "http://localhost:8080"),
    ],
)
def test_a_site_is_known_to_authenticators_by_its_name(address: str, host: str, origin: str) -> None:
    assert relying_party(address, "通办") == RelyingParty(host, origin, "通办")
