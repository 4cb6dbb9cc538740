"""王芳 asks for a proof of her household, is asked to be surer at the last step, goes on where she was with a passkey.

The authenticator is Chromium's virtual one (Web Authentication, section 11); everything else is the real part.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from tests.browser.conftest import FLAGS, _chromium
from tests.browser.visitor import JUDGE
from tests.world import FANG, REGION, World

from tongban.cases.actions import drafts
from tongban.cli.seeding import PASSWORD
from tongban.web.app import create_app
from tongban.web.listener import Embedded
from tongban.web.site import Site, WebSettings

from .visitor import AXE

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


JOURNEY = "household-proof"


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    """Where the site is served: by name, because passkeys know no numbers."""
    if _chromium() is None or not AXE.exists():
        pytest.skip("no Chromium, or no axe-core, here")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://localhost:{port}"
    settings = WebSettings(base_url=url, secret="a secret of thirty-two characters", demonstration=True)
    server = Embedded.of(create_app(Site(world.kernel, settings)), port)
    serving = asyncio.create_task(server.serve())
    yield url
    server.stop()
    await serving


@pytest.fixture
async def phone(address: str) -> AsyncIterator[Page]:
    """Her telephone, with a virtual authenticator in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        page = await browser.new_page(viewport={"width": 375, "height": 812}, locale="zh-CN", base_url=address)
        page.set_default_timeout(20_000)
        authority = await page.context.new_cdp_session(page)
        await authority.send("WebAuthn.enable")
        await authority.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield page
        await browser.close()


async def sound(page: Page) -> None:
    """Nothing is too wide, and axe finds nothing."""
    assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url
    await page.evaluate(AXE.read_text("utf-8"))
    found: Any = await page.evaluate(JUDGE)
    assert found == [], f"{page.url}: {found}"


async def press(page: Page, name: str) -> None:
    """Press a button or follow a link of the main part, and wait for the page it leads to."""
    place = page.locator("main").get_by_role("button", name=name, exact=True)
    place = place.or_(page.locator("main").get_by_role("link", name=name, exact=True)).first
    async with page.expect_navigation():
        await place.click()
    await page.wait_for_load_state()
    await sound(page)


async def test_a_passkey_is_made_at_the_last_step_and_signs_in_later(world: World, phone: Page) -> None:
    actor, now = await world.actor(FANG), await world.now()
    draft = (await drafts.open_draft(world.kernel, actor, now, REGION, JOURNEY)).draft
    draft = await drafts.read_notice(world.kernel, actor, now, REGION, draft.id, [])
    draft = await drafts.save(world.kernel, actor, now, draft, {**draft.form, "used_for": "孩子入学"})
    await phone.goto(f"/drafts/{REGION}/{draft.id}/review")
    await phone.fill("#login", "wangfang")
    await phone.fill("#password", PASSWORD)
    await press(phone, "登录")
    assert "提交时要用通行密钥确认是您本人" in await phone.locator("main").inner_text()
    await phone.locator("main form[action$='/submit'] button[type=submit]").first.click()
    await phone.wait_for_url("**/account/step-up?**")
    await sound(phone)
    assert await world.one("SELECT count(*) FROM cases WHERE id = %(c)s", c=draft.id) == 0, "refused until she is surer"
    await press(phone, "添加通行密钥")
    await press(phone, "发送验证码")
    text = await phone.locator("main").inner_text()
    await phone.fill("#password", PASSWORD)
    await phone.fill("#code", text.split("验证码 ")[1][:6])
    await press(phone, "确认")
    await phone.fill("#name", "我的手机")
    await press(phone, "添加通行密钥")
    assert "/account/step-up" in phone.url
    await press(phone, "确认并继续")
    assert phone.url.endswith(f"/drafts/{REGION}/{draft.id}/review"), phone.url
    said = await phone.locator("main").inner_text()
    assert "孩子入学" in said and "提交时要用通行密钥" not in said, "nothing is lost, and nothing is asked again"
    await phone.locator("main form[action$='/submit'] button[type=submit]").first.click()
    await phone.wait_for_url("**/receipt")
    assert await world.one("SELECT count(*) FROM cases WHERE id = %(c)s", c=draft.id) == 1
    # Later: signed out, and in again without a name.
    await phone.goto("/account")
    await sound(phone)
    assert "我的手机" not in await phone.locator("main").inner_text()
    await phone.locator("header form[action='/sign-out'] button").click()
    await phone.goto("/sign-in?next=/account")
    await press(phone, "用通行密钥登录")
    assert phone.url.endswith("/account")
    assert "本次登录已用通行密钥确认" in await phone.locator("main").inner_text()
    used = await world.rows("SELECT factors FROM sessions WHERE account = %(a)s", a=world.accounts[FANG])
    assert ["passkey"] in [row.factors for row in used]
