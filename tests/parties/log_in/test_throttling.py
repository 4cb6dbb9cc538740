"""Guessing is slowed for who guesses; whatever strangers do, the owner gets in; and many at once count as many."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.conftest import Template
from tests.world import FANG, WEI, World

from tongban.basics.ids import new_secret
from tongban.parties.errors import TooManyAttempts, WrongCredentials
from tongban.parties.log_in import signing_in, throttling
from tongban.parties.log_in.signing_in import From, Proved, know_device, prove_password, prove_second

PASSWORD = "tongban-2026"


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for all of these; sources differ."""
    address = template.copy()
    found = template.world(address, size=12)
    await found.database.open()
    yield found
    await found.database.close()
    template.drop(address)


async def tried(world: World, login: str, password: str, come: From) -> str:
    async with world.database.connection() as connection:
        try:
            await prove_password(connection, login=login, password=password, come=come)
        except WrongCredentials:
            return "wrong"
        except TooManyAttempts as error:
            assert 1 <= error.data["seconds"] <= throttling.WINDOW.total_seconds()
            return "wait"
    return "in"


async def test_a_known_browser_is_never_slowed_by_strangers(world: World) -> None:
    device = new_secret()
    async with world.database.connection() as connection:
        await know_device(connection, world.accounts[FANG], device)
    at_home = From("10.1.0.1", device=device)
    for _ in range(throttling.PER_ACCOUNT):
        assert await tried(world, "wangfang", "guess", From("10.1.0.1")) == "wrong"
    assert await tried(world, "wangfang", PASSWORD, From("10.1.0.1")) == "wait", "the stranger at the same address"
    assert await tried(world, "wangfang", PASSWORD, at_home) == "in"
    assert await tried(world, "liwei", PASSWORD, at_home) == "in", "another account from there, which was not tried"


async def test_a_browser_known_to_one_account_is_a_stranger_to_others(world: World) -> None:
    device = new_secret()
    async with world.database.connection() as connection:
        await know_device(connection, world.accounts[WEI], device)
    come = From("10.1.0.2", device=device)
    said = [await tried(world, "wangfang", "guess", come) for _ in range(throttling.PER_ACCOUNT + 1)]
    assert said[-1] == "wait"


async def test_many_attempts_at_one_moment_count_as_many(world: World) -> None:
    said = await asyncio.gather(*(tried(world, "linxiao", "guess", From("10.1.0.3")) for _ in range(20)))
    assert said.count("wrong") <= throttling.PER_ACCOUNT


async def test_one_source_can_not_try_many_accounts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "PER_SOURCE", 5)
    said = [await tried(world, f"nobody{n}", "guess", From("10.1.0.4")) for n in range(7)]
    assert said == ["wrong"] * 5 + ["wait"] * 2
    assert await tried(world, "linxiao", PASSWORD, From("10.1.0.5")) == "in"


async def test_waiting_is_not_made_longer_by_trying_again(world: World) -> None:
    come = From("10.1.0.6")
    for _ in range(throttling.PER_ACCOUNT):
        await tried(world, "wangfang", "guess", come)
    for _ in range(5):
        assert await tried(world, "wangfang", "guess", come) == "wait"
    limits = throttling.password_limits("wangfang", "10.1.0.6", "", known=False)
    count = "SELECT count(*) FROM sign_in_failures WHERE subject = %(s)s"
    assert await world.one(count, s=limits[0].subject) == throttling.PER_ACCOUNT


async def test_the_second_factor_is_slowed_wherever_the_guesser_is(world: World) -> None:
    account, vault = world.accounts[FANG], world.kernel.vault
    device = new_secret()

    async def guess(source: str, known: bool) -> str:
        proved = Proved(account, "totp", known, new_secret(), 0)
        async with world.database.connection() as connection:
            try:
                await prove_second(connection, vault, proved, "000000", From(source, device=device if known else ""))
            except signing_in.TongbanError as error:
                return error.code
        return "in"

    said = [await guess(f"10.2.0.{n}", known=False) for n in range(throttling.PER_SECOND + 1)]
    assert (said[-2], said[-1]) == ("log_in.code_wrong", "parties.too_many_attempts")
    assert await guess("10.2.0.99", known=True) == "log_in.code_wrong", "the owner's browser is still judged"
