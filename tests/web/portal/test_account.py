"""王芳 secures her account on her telephone: sessions, password, codes; and signs in with what she chose."""

import re
from collections.abc import AsyncIterator

import pyotp
import pytest_asyncio

from tongban.cli.seeding import PASSWORD
from tongban.web.site import Site

from .browser import Browser

NEW = "seven quiet bridges"


@pytest_asyncio.fixture(loop_scope="session")
async def chen(site: Site) -> AsyncIterator[Browser]:
    """周晨's neighbour 高翔, whose account no other test signs in to."""
    browser = await Browser(site).sign_in("gaoxiang")
    yield browser
    await browser.client.aclose()


def code_in(browser: Browser) -> str:
    """The code on the demonstration's telephone."""
    found = re.search(r"验证码 (\d{6})", browser.page.text)
    assert found is not None, browser.page.text
    return found[1]


async def confirmed(browser: Browser, target: str, password: str = PASSWORD) -> None:
    """Go to ``target``, which asks to confirm first."""
    await browser.get(target)
    assert browser.page.url.path == "/account/confirm"
    await browser.post("/account/confirm", go="send")
    await browser.post("/account/confirm", password=password, code=code_in(browser))
    assert browser.page.url.path == target, browser.page.text


async def test_other_sessions_are_listed_and_ended(site: Site, chen: Browser) -> None:
    other = await Browser(site).sign_in("gaoxiang")
    await chen.get("/account")
    (others,) = set(re.findall(r'action="/account/sessions/([0-9a-f-]{36})"', chen.page.text))
    await chen.post(f"/account/sessions/{others}")
    assert (await other.get("/matters")).url.path == "/sign-in"
    assert (await chen.get("/matters")).url.path == "/matters"
    another = await Browser(site).sign_in("gaoxiang")
    await chen.get("/account")
    await chen.post("/account/sessions/others")
    assert (await another.get("/matters")).url.path == "/sign-in"


async def test_nobody_ends_a_session_of_somebody_else(site: Site, chen: Browser, xiao: Browser) -> None:
    other = await Browser(site).sign_in("gaoxiang")
    await chen.get("/account")
    found = re.findall(r'action="/account/sessions/([0-9a-f-]{36})"', chen.page.text)
    await xiao.get("/account")
    for session in found:
        await xiao.post(f"/account/sessions/{session}")
    assert (await other.get("/matters")).url.path == "/matters"


async def test_what_protects_the_account_asks_to_confirm_first(chen: Browser) -> None:
    for path in ("/account/second", "/account/totp", "/account/passkeys", "/account/mobile"):
        assert (await chen.get(path)).url.path == "/account/confirm"
    wrong = await chen.post("/account/confirm", password=PASSWORD, code="000000", sent="1")
    assert wrong.status_code == 422 and 'id="code-error"' in wrong.text
    await chen.post("/account/second", second="none")
    assert chen.page.url.path == "/account/confirm"


async def test_an_authenticator_is_added_asked_for_and_its_code_is_good_once(site: Site, chen: Browser) -> None:
    before = chen.client.cookies["tongban_session"]
    await confirmed(chen, "/account/totp")
    assert chen.client.cookies["tongban_session"] != before, "the secret of a session that was proved again is new"
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", chen.page.text)
    assert secret is not None
    app = pyotp.TOTP(secret[1])
    assert (await chen.post("/account/totp", code="12")).status_code == 422
    code = app.now()
    codes = re.findall(r"<code>([0-9a-z-]{14})</code>", (await chen.post("/account/totp", code=code)).text)
    assert len(set(codes)) == 10
    other = Browser(site)
    await other.get("/sign-in")
    await other.post("/sign-in", login="gaoxiang", password=PASSWORD, next="/matters")
    assert "验证器" in other.page.text and "tongban_session" not in other.client.cookies
    assert (await other.post("/sign-in/second", code=code)).status_code == 422, "a code was used twice"
    assert (await other.post("/sign-in/second", code=codes[0])).url.path == "/matters"
    await other.post("/sign-out")
    await other.get("/sign-in")
    await other.post("/sign-in", login="gaoxiang", password=PASSWORD, next="/matters")
    assert (await other.post("/sign-in/second", code=codes[0])).status_code == 422, "a recovery code was used twice"
    token = await other.client.post("/api/v1/sessions", json={"login": "gaoxiang", "password": PASSWORD})
    assert (token.status_code, token.json()["code"]) == (401, "log_in.second_needed")
    body = {"login": "gaoxiang", "password": PASSWORD, "code": codes[1]}
    assert (await other.client.post("/api/v1/sessions", json=body)).status_code == 201
    await chen.get("/account/second")
    await chen.post("/account/second", second="code")
    await other.get("/sign-in")
    await other.post("/sign-in", login="gaoxiang", password=PASSWORD, next="/matters")
    assert (await other.post("/sign-in/second", code=code_in(other))).url.path == "/matters"
    await chen.get("/account/second")
    await chen.post("/account/second", second="none")


async def test_a_number_becomes_the_accounts_only_by_the_code_sent_to_it(chen: Browser) -> None:
    await confirmed(chen, "/account/mobile")
    assert 'id="mobile-error"' in (await chen.post("/account/mobile", go="send", mobile="123")).text
    await chen.post("/account/mobile", go="send", mobile="199 0000 2999")
    code = code_in(chen)
    other = await chen.post("/account/mobile", mobile="19900002998", code=code, sent="1")
    assert other.status_code == 422, "the code was for another number"
    done = await chen.post("/account/mobile", mobile="19900002999", code=code, sent="1")
    assert done.url.path == "/account" and "199****2999" in done.text and "19900002999" not in done.text


async def test_a_new_password_ends_all_other_sessions(site: Site, chen: Browser) -> None:
    other = await Browser(site).sign_in("gaoxiang")
    await chen.get("/account/password")
    wrong = await chen.post("/account/password", old="wrong", password=NEW, again=NEW)
    assert wrong.status_code == 401 and 'id="old-error"' in wrong.text
    same = await chen.post("/account/password", old=PASSWORD, password=PASSWORD, again=PASSWORD)
    assert "最近 5 次" in same.text
    assert (await chen.post("/account/password", old=PASSWORD, password=NEW, again=NEW)).url.path == "/account"
    assert (await other.get("/matters")).url.path == "/sign-in"
    assert (await chen.get("/matters")).url.path == "/matters"
