"""An administrator registers an application, 王芳 signs in to it and takes that back: the application is told."""

import asyncio
import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from tests.browser.served import Served
from tests.browser.visitor import DESKTOP, Visitors

VERIFIER = "v" * 50
TOLD_SECONDS = 20
PAGE = "<!doctype html><html lang=zh><title>共享单车</title><main><h1>欢迎骑车</h1></main></html>"


class Bike(BaseHTTPRequestHandler):
    """The application: people come back to it, and it listens for notices."""

    notices: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        """A page for who came back."""
        self._answer(200, PAGE.encode())

    def do_POST(self) -> None:
        """A notice."""
        self.notices.append(self.rfile.read(int(self.headers["content-length"])).decode())
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def bike() -> Iterator[str]:
    """The application's address."""
    server = HTTPServer(("127.0.0.1", 0), Bike)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def _ask(client_id: str, back: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": client_id, "redirect_uri": back, "scope": "openid profile",
        "state": "s", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"/identity/authorize?{urlencode(asked)}"


async def test_from_the_register_to_the_sign_in_and_back(visitors: Visitors, served: Served, bike: str) -> None:
    Bike.notices.clear()
    hao = await visitors(DESKTOP)
    await hao.sign_in("wuhao", "/sign-in?next=/desk/applications/new?kind=web")
    for field, text in (("name", "共享单车"), ("purpose", "骑车时确认是您本人"), ("redirects", f"{bike}/back")):
        await hao.page.fill(f"#{field}", text)
    await hao.page.fill("#sign_out_notice", f"{bike}/left")
    await hao.page.select_option("#department", index=1)
    await hao.page.check("input[value=profile]")
    await hao.press("登记")
    secret, client_id = [(await each.inner_text()).strip() for each in await hao.page.locator(".copy code").all()][:2]

    fang = await visitors()
    await fang.sign_in("wangfang", f"/sign-in?next={_ask(client_id, f'{bike}/back').replace('&', '%26')}")
    assert "骑车时确认是您本人" in await fang.text() and "王芳" in await fang.text()
    await fang.page.get_by_role("button", name="同意并登录").click()
    await fang.page.wait_for_url(f"{bike}/back?*")
    code = dict(parse_qsl(urlsplit(fang.page.url).query))["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": f"{bike}/back", "code_verifier": VERIFIER,
    }  # fmt: skip
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as program:
        tokens = (await program.post("/identity/token", data=form, auth=(client_id, secret))).json()
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await program.get("/identity/userinfo", headers=bearer)).json()["name"] == "王芳"
        await fang.open("/account/applications")
        await fang.press("收回 共享单车")
        assert "已经收回：共享单车" in await fang.text()
        assert (await program.get("/identity/userinfo", headers=bearer)).status_code == 401
    for _ in range(TOLD_SECONDS):
        if Bike.notices:
            break
        await asyncio.sleep(1)
    assert Bike.notices and Bike.notices[0].startswith("logout_token=")
