"""The directory's door (SCIM), attacked at a running server: nobody else's is read or changed, and each try is seen."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.attacks.directory_tries import CALLS, USER, Call
from tests.identity.conftest import node
from tests.identity.served import Node
from tests.world import FANG, JING, REGION, WEI

from tongban.parties.actions import open_session
from tongban.parties.applications import actions
from tongban.parties.organisation.provisioning import add_provisioner, provisioners, revoke_provisioner

__all__ = ["node"]
pytestmark = pytest.mark.long
ELSEWHERE = "梁栋"
OTHERS = (FANG, WEI, JING, "吴浩", "林晓", ELSEWHERE, "郑浩")


@dataclass
class Door:
    """The door with every token that somebody may show there, and the accounts that tries name."""

    node: Node
    client: httpx.AsyncClient
    tokens: dict[str, str]
    ids: dict[str, str]

    async def ask(self, call: Call) -> httpx.Response:
        """One call."""
        headers = {"content-type": "application/scim+json"}
        if token := self.tokens.get(call.token):
            headers["authorization"] = f"Bearer {token}"
        sent = None if call.body is None else self._named(json.dumps(call.body))
        return await self.client.request(
            call.method, f"/scim/v2{self._named(call.path)}", content=sent, headers=headers
        )

    def _named(self, text: str) -> str:
        for name, value in self.ids.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    async def others(self) -> list[Any]:
        """Everything about people that the system has not made itself."""
        statement = (
            "SELECT a::text AS account,"
            " (SELECT array_agg(p::text ORDER BY p::text) FROM posts p WHERE p.account = a.id) AS posts,"
            " (SELECT count(*) FROM sessions s WHERE s.account = a.id) AS sessions,"
            " (SELECT array_agg(s.region ORDER BY s.region) FROM staff s WHERE s.account = a.id) AS staff"
            " FROM accounts a WHERE a.id = ANY (%(ids)s) ORDER BY a.id"
        )
        return await self.node.world.rows(statement, ids=[self.node.world.accounts[one] for one in OTHERS])


@pytest.fixture(scope="module")
async def door(quick: None, node: Node) -> AsyncIterator[Door]:
    world = node.world
    by, now = await world.actor("吴浩"), await world.now()
    async with world.database.connection() as connection:
        own = await add_provisioner(connection, by, REGION, "人事系统", now)
        ended = await add_provisioner(connection, by, REGION, "从前的系统", now)
        for one in await provisioners(connection, by, REGION):
            if one.name == "从前的系统":
                await revoke_provisioner(connection, by, REGION, one.id, now)
        tokens = {
            who: await open_session(connection, world.accounts[name], "token")
            for who, name in (("person", FANG), ("official", WEI), ("administrator", "吴浩"))
        }
        session = await open_session(connection, world.accounts["吴浩"], "browser", factors=("password",))
    client_id, secret = await node.registered(kind="institution", scopes=("directory.provision",), redirects=(),
                                              after_sign_out=(), sign_out_notice=None)  # fmt: skip
    async with httpx.AsyncClient(base_url=node.address, trust_env=False, timeout=20) as client:
        given = await client.post(
            "/identity/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
        )
        tokens |= {"own": own, "ended": ended, "session": session, "guessed": "A" * 43,
                   "application": given.json().get("access_token", "")}  # fmt: skip
        async with world.database.connection() as connection:
            await actions.close(connection, world.kernel.vault, by, UUID(client_id), await world.now())
        ids = {"foreign": str(world.accounts[ELSEWHERE]), "citizen": str(world.accounts[FANG])}
        found = Door(node, client, tokens, ids)
        made = await found.ask(Call("own", "POST", "/Users", {"schemas": [USER], "userName": "own.one"}))
        assert made.status_code == 201, made.text
        found.ids["own"] = made.json()["id"]
        yield found


async def seen(door: Door) -> int:
    """How many refusals and entries of the directory an operator reads of."""
    statement = (
        "SELECT (SELECT coalesce(sum(times), 0) FROM access_denials)"
        " + (SELECT count(*) FROM ledger_entries WHERE kind ~ '^(staff|account|directory)[.]')"
    )
    return int(await door.node.world.one(statement))


async def test_whoever_attacks_the_directory_reads_and_changes_nobody_else_and_is_seen(door: Door) -> None:
    before_all, wrong, silent = await door.others(), [], []
    for call in CALLS:
        before = await seen(door)
        answer = await door.ask(call)
        if fault := _given(door, call, answer):
            wrong.append(f"{call.what}: {fault}")
        if await door.others() != before_all:
            wrong.append(f"{call.what}: somebody else was changed")
            before_all = await door.others()
        if not await _later(door, before):
            silent.append(f"{call.what}: {answer.status_code} {answer.text[:80]}")
    assert (wrong, silent) == ([], [])
    assert len(CALLS) >= 100


async def _later(door: Door, before: int) -> bool:
    """Whether something was noted since ``before`` within four seconds."""
    for _ in range(80):
        if await seen(door) > before:
            return True
        await asyncio.sleep(0.05)
    return False


def _given(door: Door, call: Call, answer: httpx.Response) -> str:
    """What was given that nobody may have; empty for nothing."""
    if answer.status_code >= 500 or "Traceback" in answer.text or "psycopg" in answer.text:
        return f"failed: {answer.status_code} {answer.text[:120]}"
    if answer.elapsed.total_seconds() > 3:
        return f"took {answer.elapsed.total_seconds():.1f} s"
    if any(word in answer.text for word in ("argon2", "62773913", "root:", "id_key")):
        return answer.text[:120]
    if call.token != "own" and answer.status_code != 401:
        return f"answered {answer.status_code}"
    if answer.status_code == 201:
        made = answer.json()
        held = {"roles", "entitlements", "password", "posts", "region", "assurance", "title", "groups"} & set(made)
        if held or made["id"] in door.ids.values() or "evil" in answer.text:
            return f"took {held or made['id']}"
    return ""
