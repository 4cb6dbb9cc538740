"""Somebody at a browser. Every page that opens is judged: nothing broken, nothing hidden, nobody left out."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, Route

from tongban.cli.seeding import PASSWORD

PATIENCE_SECONDS = 60
PHONE, SMALL_PHONE, DESKTOP = (375, 812), (320, 640), (1280, 900)
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
STATE = """() => ({
    title: document.title, headings: document.querySelectorAll("h1").length, language: document.documentElement.lang,
    wide: document.documentElement.scrollWidth - window.innerWidth, width: window.innerWidth,
    html: document.documentElement.outerHTML,
})"""
JUDGE = """() => axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map(
    (fault) => `${fault.id}: ${fault.nodes.map((node) => node.html).join(" | ").slice(0, 400)}`))"""
VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|_csrf_token\" value=\"[^\"]*\"|<svg class=\"qr.*?</svg>|\d+")


class Judge:
    """Finds faults of accessibility with axe. A page like one judged before, but for its numbers, is let pass."""

    def __init__(self) -> None:
        self._script = AXE.read_text("utf-8")
        self._passed: set[bytes] = set()

    async def faults(self, page: Page, state: Mapping[str, Any]) -> Sequence[str]:
        """What axe finds on the open page."""
        look = f"{state['width']} {VARIES.sub('', state['html'])}"
        key = hashlib.sha256(look.encode()).digest()
        if key in self._passed:
            return ()
        await page.evaluate(self._script)
        found: list[str] = await page.evaluate(JUDGE)
        if not found:
            self._passed.add(key)
        return found


async def show_without_scripts(page: Page, address: str, html: str) -> None:
    """Show ``html`` in ``page`` as if ``address`` had answered it, with its styles and without its scripts."""

    async def answer(route: Route) -> None:
        if route.request.is_navigation_request():
            await route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif route.request.resource_type == "script":
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/*", answer)
    await page.goto(address)
    await page.unroute("**/*", answer)


class Visitor:
    """One person at one device. ``refused``: HTTP statuses that the person is about to cause on purpose."""

    def __init__(self, context: BrowserContext, page: Page, base: str, judge: Judge, twin: Page | None = None) -> None:
        """``twin``: where pages of a browser without scripts are judged, because the judge is a script."""
        self.context, self.page, self.base, self._twin = context, page, base, twin
        self.refused: set[int] = set()
        self._judge = judge
        self._faults: list[str] = []
        self._console: list[str] = []
        context.on("request", self._requested)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._faults.append(f"script: {error}"))
        page.on("response", self._answered)

    def _requested(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self._faults.append(f"a request left this machine: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.refused:
            self._faults.append(f"{response.status}: {response.request.method} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # A refused address is told as an error of the console too; ``_answered`` judges those.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self._faults.append(f"console: {message.text}")

    def forget(self) -> None:
        """Let pass what was found until now."""
        self._faults.clear()

    @property
    def path(self) -> str:
        """The open page's path."""
        return urlsplit(self.page.url).path

    async def open(self, path: str) -> int:
        """Go to ``path``; returns the status. The page is judged."""
        answer = await self.page.goto(self.base + path)
        assert answer is not None
        await self.look()
        return answer.status

    async def look(self) -> None:
        """Judge the open page: its title, heading, width, requests, console, and what axe finds."""
        await self.page.wait_for_load_state()
        await asyncio.wait_for(self._look(self._twin or self.page), PATIENCE_SECONDS)

    async def _look(self, page: Page) -> None:
        if page is self._twin:
            await show_without_scripts(page, self.page.url, await self.page.content())
        state = await page.evaluate(STATE)
        where = f"{self.path} at {state['width']} px"
        assert state["title"].strip(" ·"), f"{where} has no title"
        assert state["headings"] == 1, f"{where} has {state['headings']} first headings"
        assert state["wide"] <= 0, f"{where} is {state['wide']} px too wide"
        assert not self._faults, f"{where}: {self._faults}"
        found = await self._judge.faults(page, state)
        assert not found, f"{where}: {found}"

    async def another_tab(self) -> "Visitor":
        """The same person at the same device, in a second tab."""
        return Visitor(self.context, await self.context.new_page(), self.base, self._judge, self._twin)

    def button(self, name: str) -> Locator:
        """The first button of this name in the page's main part."""
        return self.page.locator("main").get_by_role("button", name=name, exact=True).first

    def link(self, name: str) -> Locator:
        """The first link in the page's main part whose name holds ``name``."""
        return self.page.locator("main").get_by_role("link", name=name).first

    async def follow(self, place: Locator) -> None:
        """Press what leads to another page, and judge that page."""
        async with self.page.expect_navigation():
            await place.click()
        await self.look()

    async def press(self, name: str) -> None:
        """Press a button of the page that leads on."""
        await self.follow(self.button(name))

    async def go(self, name: str) -> None:
        """Follow a link of the page."""
        await self.follow(self.link(name))

    async def sign_in(self, account: str, path: str | None = None) -> None:
        """Sign in, on the form at ``path`` or on the one that is open, and land where it leads."""
        if path is not None or not await self.page.locator("#login").count():
            await self.open(path or "/sign-in")
        await self.page.fill("#login", account)
        await self.page.fill("#password", PASSWORD)
        await self.follow(self.page.locator("form[action='/sign-in'] button[type=submit]"))

    async def fill(self, **fields: str | bool) -> None:
        """Fill in fields of the open form: text, a choice's value, yes or no."""
        for name, value in fields.items():
            text = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
            place = self.page.locator(f'[name="{name}"]').first
            await place.wait_for()
            if await place.get_attribute("type") == "radio":
                await self.page.locator(f'[name="{name}"][value="{text}"]').check()
            elif await place.evaluate("one => one.localName") == "select":
                await place.select_option(text)
            else:
                await place.fill(text)

    async def text(self) -> str:
        """What the page's main part says."""
        return await self.page.locator("main").inner_text()


class Visitors:
    """Makes visitors: ``await visitors()``, each with a device of their own."""

    def __init__(self, browser: Browser, base: str, judge: Judge, stack: AsyncExitStack) -> None:
        self._browser, self._base, self._judge, self._stack = browser, base, judge, stack

    async def __call__(self, size: tuple[int, int] = PHONE, **options: Any) -> Visitor:
        """A visitor with a phone, or with a screen of ``size``; ``options`` as Playwright's contexts take them."""
        # Without movement pages look at once as they will; what moves has a test of its own.
        settings = {"locale": "zh-CN", "reduced_motion": "reduce", **options}
        context = await self._browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
        context.set_default_timeout(30_000)
        self._stack.push_async_callback(context.close)
        twin = None if options.get("java_script_enabled", True) else await self._scripted(settings, size)
        return Visitor(context, await context.new_page(), self._base, self._judge, twin)

    async def _scripted(self, settings: Mapping[str, Any], size: tuple[int, int]) -> Page:
        sound = {**settings, "java_script_enabled": True, "viewport": {"width": size[0], "height": size[1]}}
        context = await self._browser.new_context(**sound)
        self._stack.push_async_callback(context.close)
        return await context.new_page()
