"""A personnel system keeps the directory by SCIM 2.0; a client and a conformance tester that are not ours check it."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from wsgiref.headers import Headers

import httpx
import pytest
from scim2_client import BaseSyncSCIMClient
from scim2_client.engines.inprocess import InProcessResponse
from scim2_tester import check_server
from scim2_tester.utils import Status
from tests.conftest import BASE, Template
from tests.world import LEAD, REGION, WEI, World

from tongban.parties.actions import open_session
from tongban.parties.organisation.provisioning import add_provisioner, provisioners, revoke_provisioner
from tongban.web.app import create_app
from tongban.web.site import Site, WebSettings

SCIM = f"{BASE}/scim/v2"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class System:
    """A personnel system with its token, before the platform of a test."""

    world: World
    client: httpx.AsyncClient
    token: str

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One call."""
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/scim+json", **headers}
        return await self.client.request(
            method, f"{SCIM}{path}", content=json.dumps(body) if body is not None else None, headers=sent
        )

    async def made(self, login: str, **more: Any) -> dict[str, Any]:
        """A user just made."""
        answer = await self.ask("POST", "/Users", {"schemas": [USER], "userName": login, **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Bridge(BaseSyncSCIMClient):
    """The independent client, which waits for each answer, over the application, which runs in the test's loop."""

    def __init__(self, system: System, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._system, self._loop = system, loop

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return endpoint.startswith(SCIM) or not endpoint.startswith("http")

    def _parse_json(self, response: Any) -> Any:
        return response.json()

    def request(self, method: str, url: str, **given: Any) -> InProcessResponse:
        address = url if url.startswith("http") else f"{SCIM}/{url.lstrip('/')}"
        headers = {"authorization": f"Bearer {self._system.token}", **dict(given.pop("headers", None) or {})}
        asking = self._system.client.request(method, address, headers=headers, **given)
        answer = asyncio.run_coroutine_threadsafe(asking, self._loop).result(60)
        return InProcessResponse(answer.status_code, Headers(list(answer.headers.items())), answer.content)


@pytest.fixture(scope="module")
async def system(template: Template) -> AsyncIterator[System]:
    """One platform with a personnel system that was let in."""
    address = template.copy()
    world = template.world(address)
    await world.database.open()
    async with world.database.connection() as connection:
        token = await add_provisioner(connection, await world.actor("吴浩"), REGION, "人事系统", await world.now())
    settings = WebSettings(base_url=BASE, secret="a secret of thirty-two characters", demonstration=True)
    app = create_app(Site(world.kernel, settings))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield System(world, client, token)
    await world.database.close()
    template.drop(address)


DAILY = {"discovery", "crud:create", "crud:read"}


@pytest.mark.parametrize("tags", [DAILY, pytest.param(None, marks=pytest.mark.long)], ids=["daily", "everything"])
async def test_an_independent_tester_finds_nothing_wrong(system: System, tags: set[str] | None) -> None:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        results = await loop.run_in_executor(pool, lambda: check_server(Bridge(system, loop), include_tags=tags))
    wrong = [
        f"{one.title}: {one.reason}"
        for one in results
        if one.status in (Status.ERROR, Status.CRITICAL, Status.DEVIATION)
    ]
    assert wrong == []
    assert sum(one.status == Status.SUCCESS for one in results) > (50 if tags is None else 10)


async def test_a_deactivated_user_is_out_with_the_next_request(system: System) -> None:
    made = await system.made("scim.lin", displayName="林一", emails=[{"value": "lin@example.org", "type": "work"}])
    joined = await system.ask(
        "PATCH",
        "/Groups/police",
        {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": made["id"]}]}]},
    )
    assert joined.status_code == 200, joined.text
    async with system.world.database.connection() as connection:
        secret = await open_session(connection, made["id"], "token")
    mine = {"authorization": f"Bearer {secret}"}
    me = await system.client.get(f"{BASE}/api/v1/sessions/current", headers=mine)
    assert [(post["department"], post["role"]) for post in me.json()["posts"]] == [("police", "handler")]
    off = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    gone = await system.ask("PATCH", f"/Users/{made['id']}", off)
    assert (gone.status_code, gone.json()["active"], gone.json().get("groups")) == (200, False, None)
    assert (await system.client.get(f"{BASE}/api/v1/sessions/current", headers=mine)).status_code == 401
    kinds = await system.world.rows("SELECT kind FROM ledger_entries WHERE subject = %(a)s ORDER BY id", a=made["id"])
    assert [row[0] for row in kinds] == ["staff.registered", "post.given", "staff.left"]


async def test_whoever_saw_an_older_version_changes_nothing(system: System) -> None:
    made = await system.made("scim.etag", displayName="林二")
    version = made["meta"]["version"]
    rename = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "林贰"}]}
    assert (await system.ask("GET", f"/Users/{made['id']}", **{"if-none-match": version})).status_code == 304
    assert (await system.ask("PATCH", f"/Users/{made['id']}", rename, **{"if-match": version})).status_code == 200
    late = await system.ask("PATCH", f"/Users/{made['id']}", rename, **{"if-match": version})
    assert late.status_code == 412
    assert late.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('userName eq "liwei"', ["liwei"]),
        ('userName EQ "LIWEI"', ["liwei"]),
        ('displayName co "李" and userName sw "li"', ["liwei"]),
        ('groups.value eq "police" and userName eq "liwei"', ["liwei"]),
        ('userName eq "nobody-at-all"', []),
    ],
)
async def test_filters_find_officials(system: System, written: str, found: list[str]) -> None:
    answer = await system.client.get(
        f"{SCIM}/Users", params={"filter": written}, headers={"authorization": f"Bearer {system.token}"}
    )
    assert [one["userName"] for one in answer.json()["Resources"] or []] == found


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("GET", "/Users?filter=userName+eq", None, 400, "invalidFilter"),
        ("POST", "/Users", {"schemas": [USER], "userName": "liwei"}, 409, "uniqueness"),
        ("POST", "/Users", {"schemas": [USER], "userName": "has blanks"}, 400, "invalidValue"),
        ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue"),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("GET", "/Users/no-such", None, 404, None),
        ("DELETE", "/Groups/police", None, 409, None),
        ("GET", "/Nothing", None, 404, None),
    ],
)
async def test_what_does_not_fit_is_refused_in_the_protocols_words(
    system: System, method: str, path: str, body: Any, status: int, kind: str | None
) -> None:
    answer = await system.ask(method, path, body)
    assert (answer.status_code, answer.json().get("scimType")) == (status, kind), answer.text


async def test_no_persons_token_opens_the_door_and_its_token_opens_no_other(system: System) -> None:
    lead = await system.world.secret(LEAD)
    for token in ("", "wrong", lead):
        answer = await system.client.get(f"{SCIM}/Users", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    elsewhere = await system.client.get(
        f"{BASE}/api/v1/sessions/current", headers={"authorization": f"Bearer {system.token}"}
    )
    assert elsewhere.status_code == 401


async def test_a_system_gives_nobody_power_over_others(system: System) -> None:
    """Members get the handler's post only; whoever heads or administers keeps that when left out of a list."""
    held = (
        "SELECT DISTINCT account, role FROM posts_now WHERE region = %(r)s AND department = 'data-bureau'"
        " AND role IN ('head', 'administrator', 'supervisor') ORDER BY 1, 2"
    )
    before = await system.world.rows(held, r=REGION)
    everybody = (await system.ask("GET", "/Groups/data-bureau")).json()
    answer = await system.ask(
        "PUT", "/Groups/data-bureau", {"schemas": everybody["schemas"], "displayName": everybody["displayName"]}
    )
    assert answer.status_code == 200, answer.text
    assert before
    assert await system.world.rows(held, r=REGION) == before


async def test_every_question_leaves_its_trace_without_what_was_asked_for(system: System) -> None:
    someone = await system.made("asked.for")
    await system.ask("GET", f"/Users/{someone['id']}")
    nobody = 'userName eq "11010519491231002X" or not (emails[value co "11010519491231002X"])'
    await system.ask("GET", f"/Users?filter={quote(nobody.replace(' or not', ' and'))}")
    await system.ask("POST", "/.search", {"schemas": [SEARCH], "filter": 'DISPLAYNAME sw "没有此人" and id pr'})
    refused = await system.ask("GET", f"/Users?filter={quote('x11010519491231002X eq 1')}")
    assert refused.status_code == 400
    told = await system.world.rows(
        "SELECT data, subject FROM ledger_entries WHERE kind = 'directory.asked' ORDER BY id DESC LIMIT 3"
    )
    facts = [{name: value for name, value in row.data.items() if name != "by"} for row in reversed(told)]
    assert facts == [
        {"of": "Users", "attributes": [], "found": 1},
        {"of": "Users", "attributes": ["emails", "username"], "found": 0},
        {"of": ".search", "attributes": ["displayname", "id"], "found": 0},
    ]
    assert all(row.data["by"] == str(row.subject) for row in told)


async def test_a_stopped_token_is_of_no_use(system: System) -> None:
    async with system.world.database.connection() as connection:
        actor, now = await system.world.actor("吴浩"), await system.world.now()
        other = await add_provisioner(connection, actor, REGION, "旧系统", now)
        found = next(one for one in await provisioners(connection, actor, REGION) if one.name == "旧系统")
        await revoke_provisioner(connection, actor, REGION, found.id, now)
    answer = await system.client.get(f"{SCIM}/Users", headers={"authorization": f"Bearer {other}"})
    assert answer.status_code == 401
    assert WEI not in answer.text


async def test_a_citizens_account_is_not_taken_on_by_knowing_name_and_log_in(system: System) -> None:
    """Otherwise a personnel system could end her sessions and rename her: only a number says that it is she."""
    for login in ("wangfang", "WangFang"):
        answer = await system.ask("POST", "/Users", {"schemas": [USER], "userName": login, "displayName": "王芳"})
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    world = system.world
    assert await world.rows("SELECT 1 FROM staff WHERE account = %(a)s", a=world.accounts["王芳"]) == []
