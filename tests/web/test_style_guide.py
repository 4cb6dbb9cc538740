"""The style guide in a real browser: nothing overflows, axe finds nothing, the policy blocks nothing."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
BASE = "http://tongban.test"
COOKIE = {"path": "/", "domain": "tongban.test"}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = os.environ.get("TONGBAN_CHROMIUM") or "/usr/bin/chromium"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        await started.close()


async def opened(browser: Browser, visitor: httpx.AsyncClient, width: int, language: str, large: bool) -> Page:
    """A page whose every request is answered by the application itself, without a port."""
    context = await browser.new_context(viewport={"width": width, "height": 900})
    chosen = {"tongban_language": language, "tongban_large": "1" if large else "0"}
    await context.add_cookies([{"name": name, "value": value, **COOKIE} for name, value in chosen.items()])  # type: ignore[typeddict-item]

    async def answer(route: Route) -> None:
        sent = {**await route.request.all_headers(), "accept-encoding": "identity"}
        got = await visitor.get(route.request.url, headers=sent)
        await route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

    await context.route("**/*", answer)
    return await context.new_page()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/style", "/verify", "/receipt-check", "/no-such-page"])
@pytest.mark.parametrize(
    ("width", "language", "large"),
    [(1280, "zh-CN", False), (375, "zh-CN", False), (375, "en", True), (320, "zh-Hant", True)],
)
async def test_a_page_is_accessible_and_fits(
    browser: Browser, visitor: httpx.AsyncClient, path: str, width: int, language: str, large: bool
) -> None:
    page = await opened(browser, visitor, width, language, large)
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if "Policy" in message.text else None)
    await page.goto(BASE + path)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.evaluate(AXE.read_text() + "; undefined")
    found = await page.evaluate("axe.run()")
    assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 10
    assert blocked == []
    await page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "map_shown"), [(1280, True), (375, False)])
async def test_the_line_is_a_map_when_wide_and_a_list_when_narrow(
    browser: Browser, visitor: httpx.AsyncClient, width: int, map_shown: bool
) -> None:
    page = await opened(browser, visitor, width, "zh-CN", False)
    await page.goto(BASE + "/style")
    assert await page.locator(".journey-map").first.is_visible() is map_shown
    box = await page.locator(".journey-list").first.bounding_box()
    assert box is not None and (box["width"] > 100) is not map_shown
    await page.context.close()


@pytest.mark.browser
async def test_texts_on_the_map_are_no_wider_than_was_reckoned(browser: Browser, visitor: httpx.AsyncClient) -> None:
    for language in ("zh-CN", "en", "zh-Hant"):
        page = await opened(browser, visitor, 1280, language, False)
        await page.goto(BASE + "/style")
        meeting = await page.evaluate(
            """() => [...document.querySelectorAll('.journey-map')].flatMap(map => {
              const boxes = [...map.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
              const across = (p, q) => p.x < q.x + q.width && q.x < p.x + p.width;
              const down = (p, q) => p.y + 3 < q.y + q.height - 3 && q.y + 3 < p.y + p.height - 3;
              return boxes.flatMap(([a, p], i) => boxes.slice(i + 1)
                .filter(([, q]) => across(p, q) && down(p, q)).map(([b]) => [a, b]));
            })"""
        )
        assert meeting == []
        await page.context.close()
