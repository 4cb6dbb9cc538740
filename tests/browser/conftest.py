"""A node that really runs, Debian's Chromium, and visitors whose every page is judged.

Node and browser are started once; each visitor has a browser context of their own.
"""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from tests.browser.served import Served
from tests.browser.visitor import AXE, Judge, Visitors

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.browser)


def _chromium() -> str | None:
    if "TONGBAN_CHROMIUM" in os.environ:
        return os.environ["TONGBAN_CHROMIUM"] or None
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def able() -> None:
    """Skips where there is no browser, or nothing to judge pages with."""
    if _chromium() is None:
        pytest.skip("no Chromium here")
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")


@pytest.fixture(scope="session")
def served(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The running node."""
    node = Served(tmp_path_factory.mktemp("served"))
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(able: None) -> AsyncIterator[Browser]:
    """The browser. No flag lets it call home."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Knows which pages were found sound."""
    return Judge()


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(chromium: Browser, served: Served, judge: Judge) -> AsyncIterator[Visitors]:
    """Visitors of one test; their browsers are closed after it."""
    async with AsyncExitStack() as stack:
        yield Visitors(chromium, served.url, judge, stack)
