"""A node served over HTTP by a real server, for tests of sign-in with programs that are not ours."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from tests.conftest import Template
from tests.world import FANG, REGION, World

from tongban.parties.actions import open_session
from tongban.parties.applications import actions
from tongban.parties.applications.keys import SigningKeys
from tongban.parties.applications.models import Registration
from tongban.parties.applications.provider import IdentityProvider
from tongban.web.app import create_app
from tongban.web.listener import Embedded
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


async def serving(template: Template, folder: Path) -> AsyncIterator[Node]:
    """One node served over HTTP, and an application's server that listens for notices."""
    address, port = template.copy(), free_port()
    url = f"http://127.0.0.1:{port}"
    world, keys = template.world(address), SigningKeys(folder)
    served = template.world(address).kernel
    settings = WebSettings(base_url=url, secret="a secret of thirty-two characters", demonstration=True)
    front = create_app(Site(served, settings, provider=IdentityProvider(url, keys, served.vault)))
    server = Embedded.of(front, port)
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


async def agree(browser: httpx.AsyncClient, address: str) -> str:
    """Where the person is sent after agreeing on the page."""
    page = await browser.get(address)
    hidden = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page.text)[1]  # type: ignore[index]
        for name in ("_csrf_token", "account")
    }
    answer = await browser.post(f"/identity/consent?{urlsplit(address).query}", data={**hidden, "answer": "agree"})
    location: str = answer.headers["location"]
    return location
