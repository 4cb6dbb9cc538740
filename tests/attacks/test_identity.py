"""Sign-in for other applications, attacked at a running server: nothing is given, and whoever watches reads of it."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey
from tests.attacks.identity_tries import EVIL, TRIES, Table, Try
from tests.identity.conftest import node
from tests.identity.served import BACK, Node, agree
from tests.world import FANG, REGION, World

from tongban.parties.applications import actions
from tongban.parties.applications.models import Registration
from tongban.web.signed_in import SESSION_COOKIE

__all__ = ["node"]
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
async def table(quick: None, node: Node) -> AsyncIterator[Table]:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    department = node.world.kernel.directory.region(REGION).departments[0].id
    wanted = Registration(
        name="人事局", purpose="核对名册", department=department, kind="institution",
        scopes=("directory.provision",), keys=(dict(key.as_dict(private=False)),),
    )  # fmt: skip
    actor, now = await node.world.actor("吴浩"), await node.world.now()
    async with node.world.database.connection() as connection:
        office, _ = await actions.register(connection, actor, node.world.kernel.directory, REGION, wanted, now)
    usual = {"scopes": ("openid", "profile", "phone")}
    bike, thief = await node.registered(**usual), await node.registered(**usual, name="小偷")
    public, _ = await node.registered(**usual, kind="native", name="手机应用")
    async with (
        httpx.AsyncClient(base_url=node.address, trust_env=False) as browser,
        httpx.AsyncClient(base_url=node.address, trust_env=False) as plain,
    ):
        browser.cookies.set(SESSION_COOKIE, await node.cookie())
        found = Table(node, browser, plain, bike, thief, public, (str(office.id), key))
        found.held = await found.tokens()
        yield found


async def counted(world: World, table: str) -> int:
    """How many refusals ``table`` holds that an operator reads of."""
    return int(await world.one(f"SELECT coalesce(sum(times), 0) FROM {table}"))


def given(answer: httpx.Response) -> str:
    """What was given that nobody may have; empty for nothing."""
    location = answer.headers.get("location", "")
    if urlsplit(location).netloc and not location.startswith(f"{BACK}?"):
        return f"led to {location}"
    if "code=" in location or any(word in answer.text for word in ("access_token", "phone_number", '"active": true')):
        return answer.text[:200] or location
    if "evil" in answer.headers.get("set-cookie", "") or (EVIL in answer.text and "http-equiv" in answer.text):
        return "led elsewhere by the page"
    return "" if answer.status_code < 500 else f"failed with {answer.status_code}"


async def test_whoever_attacks_the_sign_in_of_applications_gets_nothing_and_is_seen(table: Table) -> None:
    world, wrong = table.node.world, []
    elsewhere: list[Try] = []
    for one in TRIES:
        before = await counted(world, "application_refusals")
        if found := given(await one.do(table)):
            wrong.append(f"{one.what}: {found}")
        if await counted(world, "application_refusals") == before:
            elsewhere.append(one)
    await asyncio.sleep(0.5)  # what the checkpoint refused so far is written by then
    silent = [one.what for one in elsewhere if not await _noted(table, one)]
    assert (wrong, silent) == ([], [])
    assert len(TRIES) >= 100
    honest = await table.about((await table.tokens())["access_token"])
    assert honest.status_code == 200 and honest.json()["name"] == FANG
    assert (await table.browser.get("/account/applications")).status_code == 200  # nobody signed her out


async def _noted(table: Table, one: Try) -> bool:
    """Whether the checkpoint notes ``one``, tried once more; within four seconds."""
    world = table.node.world
    before = await counted(world, "access_denials")
    await one.do(table)
    for _ in range(40):
        if await counted(world, "access_denials") > before:
            return True
        await asyncio.sleep(0.1)
    return False


async def test_two_applications_can_not_compare_what_they_know_about_a_person(table: Table) -> None:
    """By no claim, by no token of the other's, and by no number that both would be told."""
    elsewhere = "https://other.example/back"
    mine, other = await table.tokens(), await table.node.registered(redirects=(elsewhere,), after_sign_out=())
    address = table.demand(client_id=other[0], redirect_uri=elsewhere)
    code = dict(parse_qsl(urlsplit(await agree(table.browser, address)).query))["code"]
    held = (await table.trade(other, code, redirect_uri=elsewhere)).json()
    ours, theirs = [(await table.about(one["access_token"])).json() for one in (mine, held)]
    same = {name for name in ours if ours[name] == theirs.get(name)}
    assert ours["sub"] != theirs["sub"] and same <= {"name", "phone_number", "acr", "amr", "auth_time"}
    asked = await table.call("introspect", other, token=mine["access_token"])
    assert asked.json() == {"active": False}


async def test_of_many_who_bring_one_code_or_refresh_token_at_once_at_most_one_is_given_anything(table: Table) -> None:
    code = await table.code()
    answers = await asyncio.gather(*(table.trade(table.bike, code) for _ in range(12)))
    assert sum(one.status_code == 200 for one in answers) <= 1
    held = await table.tokens()
    form = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"]}
    answers = await asyncio.gather(*(table.call("token", table.bike, **form) for _ in range(12)))
    given_out = [one.json()["access_token"] for one in answers if one.status_code == 200]
    assert len(given_out) <= 1 and (await table.about(held["access_token"])).status_code == 401
