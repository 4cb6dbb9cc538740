"""A browser without scripts, and a site that needs no built assets."""

import html
import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import httpx
from tests.world import World

from tongban.cli.seeding import PASSWORD
from tongban.parties.actions import open_session
from tongban.web.app import create_app
from tongban.web.asset_files import AssetFiles
from tongban.web.cached import FrontDoor
from tongban.web.site import Site

REGION = "330103"
BASE = "https://portal.test"


class AnyAsset(AssetFiles):
    """Addresses of assets without building them: handlers are tested, not the build."""

    def __init__(self) -> None:
        self._manifest, self._known, self._held = {}, frozenset(), {}

    def url(self, name: str) -> str:
        return f"/assets/{name}"


@cache
def door(site: Site) -> FrontDoor:
    """The application of ``site``, made once: that takes half a second."""
    return create_app(site)


class Browser:
    """A browser without scripts: follows links and forms, keeps cookies, sends the form's own hidden fields."""

    def __init__(self, site: Site) -> None:
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(door(site)), base_url=BASE)
        self.page = httpx.Response(200)

    async def get(self, address: str, **headers: str) -> httpx.Response:
        self.page = await self.client.get(address, headers=headers, follow_redirects=True)
        return self.page

    async def post(self, address: str, files: Any = None, follow: bool = True, **fields: Any) -> httpx.Response:
        """Send a form with the token and the hidden fields of the page that is open."""
        page = self.page.text.partition("<footer")[0]  # the footer's forms are choices of display
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        data = {**hidden, "_csrf_token": self.client.cookies.get("tongban_form", ""), **fields}
        referer = str(self.page.url) if "request" in vars(self.page) and self.page._request else BASE
        answer = await self.client.post(
            address, data=data, files=files, headers={"referer": referer}, follow_redirects=follow
        )
        self.page = answer
        return answer

    def filled(self) -> dict[str, str]:
        """What the fields of the open page hold, as a browser would send it."""
        text = self.page.text
        inputs = re.findall(r'<input class="form-control[^>]*? name="(\w+)" type="(?:text|date)" value="([^"]*)"', text)
        radios = re.findall(r'type="radio"[^>]*? name="(\w+)" value="([^"]*)" checked', text)
        chosen = re.findall(r'<select[^>]*? name="(\w+)".*?</select>', text, re.S)
        options = [
            (name, value)
            for name in chosen
            for value in re.findall(rf'<select[^>]*? name="{name}".*?<option value="([^"]*)" selected', text, re.S)
        ]
        return {name: html.unescape(value) for name, value in [*inputs, *radios, *options]}

    async def sign_in(self, login: str) -> "Browser":
        await self.get("/sign-in")
        answer = await self.post("/sign-in", login=login, password=PASSWORD, next="/matters")
        said = re.findall(r'role="alert".*?</', answer.text, re.S)
        assert answer.status_code == 200 and answer.url.path == "/matters", (answer.status_code, said)
        return self

    def forget_session(self) -> None:
        """The session ends while a page is open."""
        self.client.cookies.delete("tongban_session")


async def start_over(browser: Browser) -> None:
    await browser.get("/apply/birth")
    address = re.search(r'"/drafts/(\d{6})/([0-9a-f-]{36})"', browser.page.text)
    assert address is not None, browser.page.text
    await browser.get(f"/drafts/{address[1]}/{address[2]}/notice")
    await browser.post(f"/drafts/{address[1]}/{address[2]}/abandon")


SignIn = Callable[[str], Awaitable[Browser]]
"""Opens a browser as somebody of the demonstration, by log-in name."""


async def browser_of(site: Site, world: World, name: str) -> Browser:
    """A browser in which ``name`` is signed in."""
    made = Browser(site)
    async with world.database.connection() as connection:
        made.client.cookies.set("tongban_session", await open_session(connection, world.accounts[name], "browser"))
    await made.get("/account")
    return made
