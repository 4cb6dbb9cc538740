"""What is good for once, brought many times at the same moment to a running server: one wins, the others are noted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from tests.identity.conftest import node
from tests.identity.served import Node
from tests.parties.log_in.test_proving import asked
from tests.world import FANG, LEAD, MONDAY, REGION, WEI

from tongban.licences.actions import read
from tongban.licences.presenting.actions import present
from tongban.parties.log_in.codes import last_text
from tongban.parties.log_in.invitations import invite

__all__ = ["node"]
pytestmark = pytest.mark.long
PASSWORD = "a purple lantern on the river"
COOKIE = "tongban_form"


@dataclass
class Crowd:
    """Many visitors of one node who send the same form at once."""

    node: Node
    client: httpx.AsyncClient
    token: str

    async def send(self, path: str, form: dict[str, str]) -> httpx.Response:
        """One form, with its token and with no session."""
        headers = {"cookie": f"{COOKIE}={self.token}", "x-csrftoken": self.token}
        return await self.client.post(f"{self.node.address}{path}", data=form, headers=headers)

    async def at_once(self, path: str, forms: Sequence[dict[str, str]]) -> list[int]:
        """All ``forms`` at the same moment; the statuses in their order."""
        return [one.status_code for one in await asyncio.gather(*(self.send(path, form) for form in forms))]

    async def noted(self, route: str) -> int:
        """How many refusals at ``route`` an operator reads of, once no more come."""
        statement = "SELECT coalesce(sum(times), 0)::integer FROM access_denials WHERE action = %(a)s"
        before, found = -1, 0
        while found != before:
            before = found
            await asyncio.sleep(0.5)
            found = int(await self.node.world.one(statement, a=f"POST {route}"))
        return found

    async def opens(self, login: str, password: str) -> bool:
        """Whether somebody signs in so."""
        answer = await self.client.post(
            f"{self.node.address}/api/v1/sessions",
            json={"login": login, "password": password},
            headers={"idempotency-key": f"opens-{login}-{password[-2:]}-0001"},
        )
        return answer.status_code == 201


@pytest.fixture(scope="module")
async def crowd(quick: None, node: Node) -> AsyncIterator[Crowd]:
    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        await client.get(f"{node.address}/sign-in")
        token = client.cookies[COOKIE]
        client.cookies.clear()
        yield Crowd(node, client, token)


async def test_of_many_who_take_an_invitation_up_at_once_over_http_one_sets_the_password(crowd: Crowd) -> None:
    world = crowd.node.world
    async with world.database.connection() as connection:
        secret = await invite(connection, world.accounts[WEI], "first-sign-in", None, timedelta(days=1))
    passwords = [f"{PASSWORD} {number:02}" for number in range(16)]
    statuses = await crowd.at_once(f"/invitation/{secret}", [{"password": one, "again": one} for one in passwords])
    assert sorted(statuses) == [303, *[404] * 15]
    assert await crowd.noted("/invitation/{secret:str}") == 15
    winner = statuses.index(303)
    loser = (winner + 1) % 16
    assert await crowd.opens("liwei", passwords[winner]) and not await crowd.opens("liwei", passwords[loser])
    assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'account.taken_up'") == 1
    assert await crowd.at_once(f"/invitation/{secret}", [{"password": PASSWORD, "again": PASSWORD}]) == [404]


async def test_of_many_who_finish_a_recovery_at_once_over_http_one_sets_the_password(crowd: Crowd) -> None:
    world = crowd.node.world
    secret = await asked(world, source="10.0.9.1")
    await world.go_to(MONDAY + timedelta(days=4))
    path = f"/recover/{secret}"
    try:
        assert await crowd.at_once(path, [{"go": "send"}]) == [200]
        async with world.database.connection() as connection:
            text = await last_text(connection, world.kernel.vault, world.accounts[FANG])
        assert text is not None
        code = text.text.split("验证码 ")[1][:6]
        passwords = [f"{PASSWORD} {number:02}" for number in range(12)]
        forms = [{"sent": "1", "code": code, "password": one, "again": one} for one in passwords]
        statuses = await crowd.at_once(path, forms)
        assert sorted(set(statuses)) in ([303, 422], [303, 404], [303, 404, 422]) and statuses.count(303) == 1
        assert await crowd.noted("/recover/{secret:str}") == 11
        assert await crowd.opens("wangfang", passwords[statuses.index(303)])
        assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'account.recovery_done'") == 1
        assert await crowd.at_once(path, forms[:1]) == [404]
    finally:
        await world.go_to(MONDAY)


async def test_of_many_who_open_a_shown_licence_at_once_over_http_one_sees_it(crowd: Crowd) -> None:
    world = crowd.node.world
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    number = await world.one("SELECT id FROM licences WHERE source = %(c)s", c=case)
    async with world.database.connection() as connection:
        licence = await read(connection, world.kernel.vault, REGION, number)
        shown = await present(connection, licence, ("hospital",), await world.now())
    statuses = await crowd.at_once(f"/presented/{shown.code}", [{} for _ in range(20)])
    assert sorted(statuses) == [200, *[410] * 19]
    assert await crowd.noted("/presented/{code:str}") == 19
    assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'licence.shown'") == 1
