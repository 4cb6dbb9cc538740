"""宋雨 registers on her telephone, proves who she is and goes on; a lost account comes back after three days."""

import re
from collections.abc import AsyncIterator

import pytest_asyncio

from tongban.web.site import Site

from .browser import Browser

PASSWORD = "purple lantern on the river"
FORM = {
    "name": "宋雨", "id_number": "33010319980912064 0", "mobile": "199 0000 2031", "login": "SongYu",
    "password": PASSWORD, "again": PASSWORD,
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def yu(site: Site) -> AsyncIterator[Browser]:
    """Her browser."""
    browser = Browser(site)
    yield browser
    await browser.client.aclose()


def code_in(browser: Browser) -> str:
    found = re.search(r"验证码 (\d{6})", browser.page.text)
    assert found is not None, browser.page.text
    return found[1]


async def test_from_the_form_to_a_proved_identity(yu: Browser) -> None:
    await yu.get("/register?next=/apply/birth")
    wrong = await yu.post("/register", **{**FORM, "id_number": "330103199809120641", "mobile": "1", "again": "x"})
    assert wrong.status_code == 422
    assert re.findall(r'id="(\w+)-error"', wrong.text) == ["id_number", "mobile"]
    assert PASSWORD not in wrong.text and 'value="songyu"' in wrong.text.lower()
    await yu.post("/register", **FORM)
    code = code_in(yu)
    assert "199****2031" in yu.page.text and "330103199809120640" not in yu.page.text
    assert (await yu.post("/register/code", code="000000")).status_code == 422
    await yu.post("/register/code", code=code)
    assert yu.page.url.path == "/account/identity"
    # Until then a draft may be opened, and nothing is looked up: the notice leads to the proof, and back to itself.
    await yu.get("/apply/birth")
    await yu.post("/apply/birth")
    notice = yu.page.url.path
    assert notice.endswith("/notice")
    await yu.post(notice)
    assert yu.page.url.path == "/account/identity"
    await yu.get(f"/account/identity?next={notice}")  # where a browser comes from, which this one does not say
    before = yu.client.cookies["tongban_session"]
    differs = await yu.post("/account/identity", **{"social-card": "A99000012", "driving-licence": "330190000011"})
    assert differs.status_code == 422 and 'id="social-card-error"' in differs.text
    await yu.post("/account/identity", **{"social-card": "A99000011", "driving-licence": "330190000011"})
    assert yu.page.url.path == notice and yu.client.cookies["tongban_session"] != before
    await yu.post(notice)
    assert "/steps/" in yu.page.url.path
    assert "已实名认证" in (await yu.get("/account")).text
    shown = (await yu.get("/my-data")).text
    assert "为什么" in shown and "实名核验" in shown and "不属于哪个办件" in shown and "A99000011" not in shown


async def test_a_wrong_proof_of_somebody_else_recovers_nothing(yu: Browser) -> None:
    await yu.get("/recover")
    lost = {"login": "linxiao", "name": "林晓", "id_number": "330103199602090560", "social-card": "A99000014"}
    refused = await yu.post("/recover", **{**lost, "driving-licence": "1"})
    assert refused.status_code == 422 and "没有对上" in refused.text
    asked = await yu.post("/recover", **{**lost, "driving-licence": "330190000014"})
    assert re.fullmatch(r"/recover/[\w-]{43}", asked.url.path) and "请等到" in asked.text
    assert (await yu.post(asked.url.path, go="send")).status_code == 409, "not before the three days are over"


async def test_the_owner_sees_it_and_stops_it(xiao: Browser) -> None:
    assert "有人正在找回这个账号" in (await xiao.get("/account")).text
    stopped = await xiao.post("/account/recovery/stop")
    assert "已停止找回" in stopped.text and "有人正在找回这个账号" not in stopped.text


async def test_at_the_window_two_officials_hand_over_a_link(site: Site, visitor: Browser) -> None:
    clerk, administrator = await Browser(site).sign_in("heping"), await Browser(site).sign_in("wuhao")
    lost = {"login": "xujing", "name": "徐静", "id_number": "330103199303280647", "go": "recover"}
    await clerk.get("/desk/identity")
    assert 'id="seen-error"' in (await clerk.post("/desk/identity", **lost)).text, "the card was not seen"
    await clerk.post("/desk/identity", **lost, seen="1")
    assert "由您登记" in clerk.page.text
    seen = (await administrator.get("/desk/identity")).text
    (waiting,) = set(re.findall(r'name="recovery" value="([0-9a-f-]{36})"', seen))
    assert (await clerk.post("/desk/identity/confirm", recovery=waiting)).status_code == 403, "both eyes were the same"
    await administrator.post("/desk/identity/confirm", recovery=waiting)
    link = re.search(r"/invitation/[\w-]{43}", administrator.page.text)
    assert link is not None, administrator.page.text
    await visitor.get(link[0])
    assert (await visitor.post(link[0], password=PASSWORD, again=PASSWORD)).url.path == "/account"
