"""openid-client, a certified library that is not ours, signs in against a real server: agreed, renewed, signed out."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.identity.served import BACK, OUT, ROOT, Node, Notices, agree
from tests.world import FANG

from tongban.jobs.applications import leave_once
from tongban.parties.applications.hints import LOGOUT_EVENT
from tongban.web.signed_in import SESSION_COOKIE


class Application:
    """openid-client in a process of its own."""

    def __init__(self, node: Node, client_id: str, secret: str, scope: str) -> None:
        program = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
        command = [program, "tools/openid_check.mjs", node.address, client_id, secret, BACK, scope, OUT]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    async def says(self, step: str) -> Mapping[str, Any]:
        """What it tells of the next step."""
        assert self._process.stdout and self._process.stderr
        line = await asyncio.to_thread(self._process.stdout.readline)
        assert line, self._process.stderr.read()
        told: dict[str, Any] = json.loads(line)
        assert told["step"] == step
        return told

    def came(self, address: str) -> None:
        """The person came back at ``address``."""
        assert self._process.stdin
        self._process.stdin.write(f"{address}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Let it end."""
        self._process.communicate(timeout=20)


@pytest.mark.parametrize("kind", ("web", "native"))
async def test_a_certified_client_signs_in_renews_and_signs_out(node: Node, kind: str) -> None:
    Notices.told.clear()
    client_id, secret = await node.registered(kind=kind)
    application = Application(node, client_id, secret, "openid profile phone")
    async with httpx.AsyncClient(base_url=node.address, trust_env=False) as browser:
        browser.cookies.set(SESSION_COOKIE, await node.cookie())
        application.came(await agree(browser, (await application.says("authorize"))["address"]))
        signed = await application.says("signed in")
        assert signed["about"]["name"] == FANG and signed["claims"]["iss"] == node.address
        renewed = await application.says("renewed")
        assert renewed["changed"] and renewed["active"] in (True, None)
        left = await browser.get((await application.says("leave"))["address"])
        assert left.headers["location"] == f"{OUT}?state=bye"
        application.came("out")
    assert (await application.says("left"))["refused"] == "invalid_grant"
    application.end()
    assert await leave_once(node.world.database, node.provider) == 1
    keys = KeySet.import_key_set({"keys": node.provider.keys.published()})
    claims = jwt.decode(Notices.told[0], keys, algorithms=["ES256"]).claims
    assert claims["sub"] == signed["claims"]["sub"] and claims["sid"] == signed["claims"]["sid"]
    assert claims["aud"] == client_id and claims["events"] == {LOGOUT_EVENT: {}} and "nonce" not in claims


async def test_a_session_that_ends_in_any_way_is_told_and_a_deaf_address_is_asked_again(node: Node) -> None:
    client_id, secret = await node.registered(sign_out_notice="http://127.0.0.1:9/deaf")
    application = Application(node, client_id, secret, "openid")
    async with httpx.AsyncClient(base_url=node.address, trust_env=False) as browser:
        browser.cookies.set(SESSION_COOKIE, await node.cookie())
        application.came(await agree(browser, (await application.says("authorize"))["address"]))
        await application.says("signed in")
        await application.says("renewed")
        await application.says("leave")
        await node.world.rows("DELETE FROM sessions WHERE kind = 'browser'")
        application.came("out")
    assert (await application.says("left"))["refused"] == "invalid_grant"
    application.end()
    begun = time.monotonic()
    assert await leave_once(node.world.database, node.provider) == 2  # ended, and tried to tell
    assert time.monotonic() - begun < 10
    statement = "SELECT tries, told_at, next_at > statement_timestamp() AS later FROM application_notices"
    row = (await node.world.rows(f"{statement} WHERE address LIKE '%%deaf'"))[0]
    assert (row.tries, row.told_at, row.later) == (1, None, True)
