"""openid-client, a certified library that is not ours, signs in against a real server: agreed, renewed, signed out."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.conftest import Template
from tests.world import FANG, REGION, World

from tongban.jobs.applications import leave_once
from tongban.parties.actions import open_session
from tongban.parties.applications import actions
from tongban.parties.applications.hints import LOGOUT_EVENT
from tongban.parties.applications.keys import SigningKeys
from tongban.parties.applications.models import Registration
from tongban.parties.applications.provider import IdentityProvider
from tongban.web.app import create_app
from tongban.web.signed_in import SESSION_COOKIE
from tongban.web.site import Site, WebSettings

ROOT = Path(__file__).parents[2]
BACK, OUT = "http://127.0.0.1:9/back", "http://127.0.0.1:9/out"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str) -> None:
    """Wait until a server answers."""
    for _ in range(200):
        try:
            assert httpx.get(address, trust_env=False).status_code == 200
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


class Notices(BaseHTTPRequestHandler):
    """An application's address for notices: keeps what it was told."""

    told: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        """Keep the token."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.told.append(parse_qs(body)["logout_token"][0])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@dataclass
class Node:
    """A server, the platform behind it, and what signs on it."""

    address: str
    world: World
    provider: IdentityProvider
    notices: str

    async def registered(self, **stated: Any) -> tuple[str, str]:
        """Client id and secret ("" for none) of a new application."""
        given: dict[str, Any] = {
            "name": "挂号网", "purpose": "挂号时确认是您本人", "department": "health", "redirects": (BACK,),
            "after_sign_out": (OUT,), "scopes": ("openid", "profile", "phone"), "sign_out_notice": self.notices,
        }  # fmt: skip
        actor, now = await self.world.actor("吴浩"), await self.world.now()
        given["department"] = self.world.kernel.directory.region(REGION).departments[0].id
        async with self.world.database.connection() as connection:
            made, secret = await actions.register(
                connection, actor, self.world.kernel.directory, REGION, Registration(**given | stated), now
            )
        return str(made.id), secret or ""

    async def cookie(self) -> str:
        """A browser session of 王芳's."""
        async with self.world.database.connection() as connection:
            return await open_session(connection, self.world.accounts[FANG], "browser", factors=("password",))


@pytest.fixture(scope="module")
async def node(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """One node served over HTTP, and an application's server that listens for notices."""
    address, port = template.copy(), free_port()
    url = f"http://127.0.0.1:{port}"
    world, keys = template.world(address), SigningKeys(tmp_path_factory.mktemp("identity"))
    served = template.world(address).kernel
    settings = WebSettings(base_url=url, secret="a secret of thirty-two characters", demonstration=True)
    front = create_app(Site(served, settings, provider=IdentityProvider(url, keys, served.vault)))
    server = Server(front, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    listening = HTTPServer(("127.0.0.1", 0), Notices)
    for serve in (lambda: asyncio.run(server.serve()), listening.serve_forever):
        threading.Thread(target=serve, daemon=True).start()
    await world.database.open()
    await asyncio.to_thread(wait_for, f"{url}/health")
    yield Node(
        url, world, IdentityProvider(url, keys, world.kernel.vault), f"http://127.0.0.1:{listening.server_port}/"
    )
    server.stop()
    listening.shutdown()
    await world.database.close()
    template.drop(address)


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


async def _agree(browser: httpx.AsyncClient, address: str) -> str:
    """Where the person is sent after agreeing on the page."""
    page = await browser.get(address)
    hidden = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page.text)[1]  # type: ignore[index]
        for name in ("_csrf_token", "account")
    }
    answer = await browser.post(f"/identity/consent?{urlsplit(address).query}", data={**hidden, "answer": "agree"})
    location: str = answer.headers["location"]
    return location


@pytest.mark.parametrize("kind", ("web", "native"))
async def test_a_certified_client_signs_in_renews_and_signs_out(node: Node, kind: str) -> None:
    Notices.told.clear()
    client_id, secret = await node.registered(kind=kind)
    application = Application(node, client_id, secret, "openid profile phone")
    async with httpx.AsyncClient(base_url=node.address, trust_env=False) as browser:
        browser.cookies.set(SESSION_COOKIE, await node.cookie())
        application.came(await _agree(browser, (await application.says("authorize"))["address"]))
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
        application.came(await _agree(browser, (await application.says("authorize"))["address"]))
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
