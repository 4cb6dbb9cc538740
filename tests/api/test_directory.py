"""The directory for programs: who held what when, a merger that loses no task, and what is refused."""

import datetime as dt
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.api_client import Program
from tests.conftest import BASE, Template
from tests.world import FANG, JING, LEAD, REGION, WEI

from tongban.web.app import create_app
from tongban.web.site import Site, WebSettings

HOME = f"/directory/{REGION}"
ADMINISTRATOR = "吴浩"


@pytest.fixture(scope="module")
async def program(template: Template) -> AsyncIterator[Program]:
    """One platform for the whole file."""
    address = template.copy()
    world = template.world(address)
    await world.database.open()
    app = create_app(Site(world.kernel, WebSettings(base_url=BASE, secret="a secret of thirty-two characters")))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Program(client, world)
    await world.database.close()
    template.drop(address)


async def test_officials_read_it_and_a_persons_own_number_is_theirs(program: Program) -> None:
    units = await program.did(JING, "GET", f"{HOME}/units")
    assert "police" in [one["id"] for one in units["units"]]
    (found,) = (await program.did(JING, "GET", f"{HOME}/people?q=liwei"))["people"]
    assert (found["name"], found["mobile"], [post["department"] for post in found["posts"]]) == (WEI, "", ["police"])
    await program.refused(FANG, "GET", f"{HOME}/units", 403)
    await program.refused(
        JING, "POST", f"{HOME}/units", 403, json={"unit": {"id": "x", "kind": "department", "name": "X"}}
    )


async def test_who_held_a_post_is_known_for_every_moment(program: Program) -> None:
    jing = program.world.accounts[JING]
    made = await program.did(
        ADMINISTRATOR, "POST", f"{HOME}/posts", json={"account": str(jing), "unit": "tax", "role": "handler"}
    )
    during = (await program.world.now()).isoformat()
    await program.did(ADMINISTRATOR, "POST", f"{HOME}/posts/{made['post']}/end", json={})
    then = await program.did(WEI, "GET", f"{HOME}/units/tax/holders", params={"at": during})
    now = await program.did(WEI, "GET", f"{HOME}/units/tax/holders")
    assert JING in [one["name"] for one in then["holders"]]
    assert JING not in [one["name"] for one in now["holders"]]


async def test_nobody_appoints_themselves_and_acting_ends(program: Program) -> None:
    own = {"account": str(program.world.accounts[ADMINISTRATOR]), "unit": "tax", "role": "handler"}
    await program.refused(ADMINISTRATOR, "POST", f"{HOME}/posts", 403, json=own)
    acting = {"account": str(program.world.accounts[JING]), "unit": "tax", "role": "head", "acting": True}
    told = await program.refused(ADMINISTRATOR, "POST", f"{HOME}/posts", 422, json=acting)
    assert told["field"] == "until"


async def test_the_last_administrator_stays(program: Program) -> None:
    world = program.world
    rows = await world.rows(
        "SELECT id, account FROM posts WHERE region = %(r)s AND role = 'administrator' ORDER BY account", r=REGION
    )
    names = {account: name for name, account in world.accounts.items()}
    for post, account in rows[1:]:
        if account != world.accounts[ADMINISTRATOR]:
            await program.did(ADMINISTRATOR, "POST", f"{HOME}/posts/{post}/end", json={})
    assert ADMINISTRATOR in names.values()
    left = [row for row in rows if row[1] == world.accounts[ADMINISTRATOR]]
    others = [row for row in rows if row[1] != world.accounts[ADMINISTRATOR]][:1]
    for post, _ in others:
        await world.rows("UPDATE posts SET valid_until = platform_now() WHERE id = %(p)s", p=post)
    told = await program.refused(ADMINISTRATOR, "POST", f"{HOME}/posts/{left[0][0]}/end", 409, json={})
    assert told["code"] == "organisation.last_administrator"


async def test_a_merged_departments_open_tasks_are_its_successors(program: Program) -> None:
    world = program.world
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    task = await world.one(
        "SELECT task FROM tasks WHERE case_id = %(c)s AND department = 'police' AND state = 'ready'", c=case
    )
    await program.refused(JING, "GET", f"/desk/{REGION}/tasks/{case}/{task}", 404)
    merger = {"successor": "market", "basis": "机构改革方案"}
    await program.did(ADMINISTRATOR, "POST", f"{HOME}/units/police/merger", json=merger)
    seen = await program.did(JING, "GET", f"/desk/{REGION}/tasks/{case}/{task}")
    assert seen["decisions"] == ["approve", "decline"]
    gone = await program.did(WEI, "GET", f"{HOME}/units/police")
    assert (gone["unit"]["successor"], gone["holders"]) == ("market", [])
    roles = {post["department"] for post in (await program.did(WEI, "GET", "/sessions/current"))["posts"]}
    assert roles == {"market", "police"}  # 李伟 came along, and answers for what the police left open


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"since": "0001-01-01T00:00:00+14:00"}, 422),
        ({"since": "9999-12-31T23:59:59-12:00"}, 422),
        ({"since": "2026-12-01T00:00:00"}, 400),
        ({"unit": {"id": "bad id", "kind": "department", "name": "X"}}, 400),
        ({"unit": {"id": "strange", "kind": "office", "name": "X"}}, 422),
    ],
)
async def test_a_unit_that_can_not_be_is_refused(program: Program, change: dict[str, object], status: int) -> None:
    body = {"unit": {"id": "strange", "kind": "department", "name": "X"}, **change}
    await program.refused(ADMINISTRATOR, "POST", f"{HOME}/units", status, json=body)


async def test_a_leave_is_put_down_once_however_often_it_is_sent(program: Program) -> None:
    until = (await program.world.now() + dt.timedelta(days=3)).isoformat()
    body = {"substitute": str(program.world.accounts[LEAD]), "until": until}
    headers = {"idempotency-key": "the-same-key"}
    first = await program.did(JING, "POST", f"{HOME}/leaves", json=body, headers=headers)
    again = await program.did(JING, "POST", f"{HOME}/leaves", json=body, headers=headers)
    assert first == again
    other = await program.refused(JING, "POST", f"{HOME}/leaves", 409, json=body)
    assert other["code"] == "organisation.leave_overlaps"
    await program.did(JING, "POST", f"{HOME}/leaves/{first['id']}/end", json={})
